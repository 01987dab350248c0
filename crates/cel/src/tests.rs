//! Expressions over data: what holds, what does not and why, and what is a mistake.

use crate::{Broken, Expression, Fleet, Mistake};
use serde_json::{Value, json};

fn fleet() -> Value {
    json!({
        "stack": "ml",
        "resources": [
            {"address": "Rental/one", "kind": "Rental", "name": "one", "gpus": 8, "hourly": 0.1,
             "spec": {"place": "Dallas", "tags": ["team"]}},
            {"address": "Rental/two", "kind": "Rental", "name": "two", "gpus": 8, "hourly": 0.2,
             "spec": {"place": "Ashton", "tags": []}},
            {"address": "House/ml", "kind": "House", "name": "ml", "gpus": 0, "spec": {}},
        ],
        "removed": [{"address": "Rental/old", "kind": "Rental"}],
        "totals": {"resources": 3, "gpus": 16, "hourly": 0.3},
        "changes": {"add": 1, "change": 0, "destroy": 1},
    })
}

/// A line for everything that keeps it from holding.
fn judged(text: &str) -> Vec<String> {
    let expression = Expression::read(text).unwrap_or_else(|mistake| panic!("{text}: {mistake:?}"));
    let broken = Fleet::new(&fleet()).judge(&expression);
    let line = |broken: Broken| match broken {
        Broken::False { about, figure } => {
            format!("{}: {}", about.join(" "), figure.unwrap_or_default())
        }
        Broken::Unjudged { about, why } => format!("{}? {why}", about.unwrap_or_default()),
    };
    broken.into_iter().map(line).collect()
}

#[test]
fn what_holds_and_what_does_not() {
    for (text, lines) in [
        ("totals.gpus <= 16", vec![]),
        ("totals.gpus <= 15", vec![": totals.gpus is 16, and not <= 15"]),
        ("totals.gpus <= 15.5", vec![": totals.gpus is 16, and not <= 15.5"]),
        ("totals.hourly <= 1", vec![]),
        ("resources.map(r, r.gpus).sum() <= 15", vec![": it is 16, and not <= 15"]),
        ("resources.filter(r, has(r.hourly)).map(r, r.hourly).sum() == 0.3", vec![]),
        ("resources.filter(r, r.kind == 'Rental').size() == 2 && changes.add < 2", vec![]),
        (
            "resources.all(r, r.kind != 'Rental' || r.spec.place == 'Dallas')",
            vec!["Rental/two: r.spec.place is \"Ashton\", and not == \"Dallas\""],
        ),
        (
            "resource.kind == 'House' || 'team' in resource.spec.tags",
            vec!["Rental/two: it is \"team\", and not in []"],
        ),
        ("resource.name.matches('^[a-z]+$')", vec![]),
        (
            "resource.name.startsWith('o') || resource.name.matches('^m')",
            vec!["Rental/two: resource.name is \"two\", and not matches(\"^m\")"],
        ),
        (
            "removed.all(r, r.kind != 'Rental')",
            vec!["Rental/old: r.kind is \"Rental\", and not != \"Rental\""],
        ),
        (
            "stack == 'ml' ? changes.destroy == 0 : true",
            vec![": changes.destroy is 1, and not == 0"],
        ),
        ("!(totals.gpus > 15)", vec![": "]),
        ("resource.hourly < 1", vec!["House/ml? no such key: hourly"]),
        ("totals.monthly < 1.0", vec!["? no such key: monthly"]),
        ("resources[0].name", vec!["? it does not say true or false"]),
        (
            "resource.name.matches('(')",
            vec!["Rental/one? error executing function 'matches': regex parse error"],
        ),
    ] {
        let found = judged(text);
        let fits = |(found, line): (&String, &&str)| {
            found == line || (line.contains("regex") && found.starts_with(line))
        };
        let same = text.contains("matches('(')") || found.len() == lines.len();
        assert!(same && found.iter().zip(&lines).all(fits), "{text}: {found:#?}");
    }
}

/// As long as an expression may be, and as deep as that allows.
fn deep(open: &str, close: &str) -> String {
    let times = 4_000 / (open.len() + close.len());
    format!("{}true{}", open.repeat(times), close.repeat(times))
}

#[test]
fn mistakes_have_a_place() {
    let long = format!("{}true", "true || ".repeat(600));
    let wide = format!("{}1 == 1", "1 + ".repeat(900));
    for (text, line, column, why) in [
        ("totals.gpus <=", 1, 15, "it does not parse"),
        ("totals.gpus <= 16\n  && &", 2, 6, "it does not parse"),
        ("'ä' == 'ö' 1", 1, 12, "it does not parse"),
        ("", 1, 1, "it does not parse"),
        ("true &&\n totls.gpus == 'totls'", 2, 2, "nothing is called totls; did you mean totals?"),
        ("'totls' == totls", 1, 12, "nothing is called totls"),
        (
            "resource.name.matchez('a')",
            1,
            15,
            "no function is called matchez; did you mean matches?",
        ),
        ("timestamp('2026-01-01T00:00:00Z') < now", 1, 37, "nothing is called now"),
        ("resources.map(r, r.gpus)", 1, 1, "it does not say true or false"),
        ("totals.gpus", 1, 1, "it does not say true or false"),
        ("1 + 1", 1, 1, "it does not say true or false"),
        ("totals.gpu <= 16", 1, 1, "no such key: gpu"),
        ("totals.gpus <= 'many'", 1, 1, "no matching overload"),
        ("true && totals.gpus", 1, 1, "overload"),
        ("size(resources)", 1, 1, "it does not say true or false"),
        ("'yes'", 1, 1, "it does not say true or false"),
        (&long, 1, 1, "characters"),
        (&wide, 1, 1, "parts"),
        (&deep("[", "]"), 1, 1, "recursion limit"),
        (&deep("{1: ", "}"), 1, 1, "recursion limit"),
        (&deep("!-", ""), 1, 1, "parts"),
        (&deep("1 == -", ""), 1, 0, "parts"),
        (&deep("resources.all(r, ", ")"), 1, 1, "recursion limit"),
    ] {
        let mistake = Expression::read(text).unwrap_err();
        let Mistake { line: found, column: at, why: said } = &mistake;
        assert!(said.contains(why), "{text}: {mistake:?}");
        assert!(*found == line && (column == 0 || *at == column), "{text}: {mistake:?}");
    }
    // What is only wrapped is taken out of it.
    for (open, close) in [("(", ")"), ("!!", "")] {
        assert_eq!(judged(&deep(open, close)), [""; 0]);
    }
}

/// Loops nest: what takes too many steps is given up, whatever it would say, and soon.
#[test]
fn what_takes_too_long_is_not_judged() {
    let one = |at: usize| json!({"address": format!("Rental/r{at}"), "tags": ["a", "b", "c"]});
    let fleet = json!({"resources": (0..2_000).map(one).collect::<Vec<_>>(), "totals": {}});
    let fleet = Fleet::new(&fleet);
    for text in [
        "resources.all(a, resources.all(b, resources.all(c, true)))",
        "resources.exists(a, resources.all(b, resources.exists(c, false)) || a.address == 'Rental/r1999')",
        "resources.map(a, resources.map(b, b.address)).size() > 0",
        "resources.filter(a, resources.filter(b, b.address == a.address).size() == 1).size() > 0",
        "resources.all(a, resources.exists(b, b == a)) && resource.address != ''",
    ] {
        let began = std::time::Instant::now();
        let broken = fleet.judge(&Expression::read(text).unwrap());
        let [Broken::Unjudged { why, .. }] = broken.as_slice() else {
            panic!("{text}: {:?}", broken.first())
        };
        assert!(why.contains("steps over the fleet"), "{text}: {why}");
        assert!(began.elapsed().as_secs() < 60, "{text}: {:?}", began.elapsed());
    }
    let plain = "resources.all(r, r.tags.exists(t, t == 'c'))";
    assert_eq!(fleet.judge(&Expression::read(plain).unwrap()), []);
}
