//! Plans as people, code hosts and programs see them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use common::{
    HOSTILE, acts, change, expect, key, plain, plan, plan_saying, rented, renting, stripped,
};
use plumb_model::plan::{Because, CostChange, Operation, Shown, Tripped};
use plumb_model::{Code, Note, Plan, ResourceKey};
use plumb_render::human::Detail;
use plumb_render::{Colour, Style, html, human, json, markdown};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const COLOURED: Style = Style { colour: Colour::Always, width: 100 };

fn one(changes: Vec<plumb_model::FieldChange>) -> Plan {
    let update =
        common::action(Operation::Update, &key("Workspace", "w"), Because::Changed, changes);
    Plan { stack: "ml".into(), actions: vec![update], ..Plan::default() }
}

#[test]
fn a_plan_reads_dangers_first_and_ends_with_the_sentence() {
    let text = human::plan(&plan(), Detail::Why, Style::default());
    expect("plan.txt", &text);
}

#[test]
fn reasons_are_only_listed_when_asked_for() {
    let text = human::plan(&plan(), Detail::Plan, Style::default());
    assert!(!text.contains("Differences that are not shown"));
}

#[test]
fn an_empty_plan_is_one_sentence() {
    let empty = Plan { stack: "ml".into(), ..Plan::default() };
    assert_eq!(
        human::plan(&empty, Detail::Plan, Style::default()),
        "No changes. Everything in stack ml is as its manifests say.\n"
    );
    assert!(markdown::plan(&empty, None).contains("**No changes. "));
}

#[test]
fn colour_changes_nothing_but_colour() {
    for plan in [plan(), renting(), plan_saying(HOSTILE), Plan::default()] {
        let plain = human::plan(&plan, Detail::Why, Style::default());
        let coloured = human::plan(&plan, Detail::Why, COLOURED);
        assert_eq!(stripped(&coloured), plain);
        assert!(!plain.contains('\u{1b}'));
        assert!(coloured.contains('\u{1b}'));
    }
}

#[test]
fn no_foreign_text_acts() {
    let plan = plan_saying(HOSTILE);
    for text in [human::plan(&plan, Detail::Why, Style::default()), markdown::plan(&plan, None)] {
        assert_eq!(acts(&text), None, "{text}");
        for line in text.lines() {
            assert!(!line.trim_start().starts_with("::"), "{line}");
            assert!(!line.contains("##["), "{line}");
        }
    }
}

#[test]
fn long_values_are_cut_and_counted() {
    let plan = one(vec![change("spec.a", Shown::Absent, plain(json!("x".repeat(5_000))))]);
    let text = human::plan(&plan, Detail::Plan, Style::default());
    assert!(text.contains("… (5002 characters)"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() < 120));
}

#[test]
fn a_large_diff_is_cut_and_counted() {
    let lines = |word: &str| -> Value {
        (0..500).map(|n| format!("{word}{n}")).collect::<Vec<_>>().join("\n").into()
    };
    let plan = one(vec![change("spec.a", plain(lines("a")), plain(lines("b")))]);
    let text = human::plan(&plan, Detail::Plan, Style::default());
    assert!(text.contains("  | … 940 more lines"), "{text}");
}

#[test]
fn a_diff_of_lines_shows_only_what_is_near_a_change() {
    let text = |middle: &str| plain(json!(format!("1\n2\n3\n{middle}\n5\n6\n7\n")));
    let plan = one(vec![change("spec.cloudInit", text("4"), text("four"))]);
    let shown = human::plan(&plan, Detail::Plan, Style::default());
    let expected = "      ~ spec.cloudInit:\n          | 2\n          | 3\n      -   | 4\n      +   | four\n          | 5\n          | 6\n";
    assert!(shown.contains(expected), "{shown}");
}

#[test]
fn a_large_plan_is_grouped_by_scope() {
    let mut plan = Plan::default();
    for project in ["b", "a"] {
        for number in 0..3 {
            let key = key("Workspace", &format!("w{number}"));
            let scope = plumb_model::Scope::Project(project.into());
            let key = ResourceKey::new(key.kind.clone(), scope, key.name.clone());
            plan.actions.push(common::action(Operation::Create, &key, Because::Missing, vec![]));
        }
    }
    let text = human::plan(&plan, Detail::Plan, Style::default());
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with("In ")).collect();
    assert_eq!(headings, ["In a:", "In b:"]);
}

#[test]
fn markdown_reads_dangers_first() {
    expect("plan.md", &markdown::plan(&plan(), None));
}

#[test]
fn markdown_says_what_it_leaves_out_and_keeps_deletions() {
    let mut plan = plan();
    for number in 0..2_000 {
        let key = key("ComputeInstance", &format!("made-{number}"));
        let fields = vec![change("spec.a", Shown::Absent, plain(json!("y".repeat(100))))];
        plan.actions.push(common::action(Operation::Create, &key, Because::Missing, fields));
    }
    let text = markdown::plan(&plan, None);
    assert!(text.chars().count() < markdown::LONGEST);
    assert!(text.chars().count() > markdown::LONGEST - 3_000, "the room is used");
    assert!(text.contains("ComputeInstance/ml/research/old: delete"));
    assert!(text.contains("Creations (2001)") && text.contains("not shown, the plan is too long"));
    let shown = text.matches("+ ComputeInstance/ml/research/").count();
    let left_out = text
        .lines()
        .find_map(|line| line.strip_suffix(" more are not shown, the plan is too long."));
    assert_eq!(shown + left_out.unwrap().parse::<usize>().unwrap(), 2_001);
    assert!(text.contains("Notes (1)"), "what is short and last still has its place");
}

#[test]
fn nothing_leaves_a_fence() {
    let text = markdown::plan(&plan_saying(HOSTILE), None);
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            None if ticks >= 3 => fence = Some(&line[..ticks]),
            Some(open) if line == open => fence = None,
            Some(open) => assert!(!line.starts_with(open), "{line}"),
            None => assert!(!line.contains("<script>") || line.starts_with("### "), "{line}"),
        }
    }
    assert_eq!(fence, None);
    assert!(text.contains("\n`````diff\n"), "longer than the four in the text");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn markdown_never_exceeds_the_limit(
        text in "(\\PC|`|\\n){0,3000}",
        resources in 0..120_usize,
        size in 0..1_500_usize,
    ) {
        let mut plan = plan_saying(&text);
        for number in 0..resources {
            let key = key("ComputeInstance", &format!("{number}{}", &"n".repeat(size / 8)));
            let operation = if number % 3 == 0 { Operation::Delete } else { Operation::Update };
            let fields = vec![change("spec.a", Shown::Absent, plain(json!("z\n".repeat(size))))];
            plan.actions.push(common::action(operation, &key, Because::Changed, fields));
            plan.notes.push(plumb_model::Note { key: Some(key), ..plan.notes[0].clone() });
        }
        let shown = markdown::plan(&plan, None);
        prop_assert!(shown.chars().count() < markdown::LONGEST, "{}", shown.chars().count());
        prop_assert_eq!(acts(&shown), None);
    }

    #[test]
    fn no_text_acts_whatever_it_is(text in "\\PC{0,20}[\\x00-\\x1f\\x7f-\\u{9f}\\u{200b}-\\u{206f}]{0,8}(::|##\\[)?.{0,20}") {
        let plan = plan_saying(&text);
        prop_assert_eq!(acts(&human::plan(&plan, Detail::Why, Style::default())), None);
    }
}

#[test]
fn json_has_terraforms_shape() {
    let made = json::plan(&plan(), None, "fp", "1.2.3");
    expect("plan.json", &format!("{}\n", serde_json::to_string_pretty(&made).unwrap()));
    let document = json!(made);
    let actions = |address: &str| {
        let changes = document["resource_changes"].as_array().unwrap();
        let found = changes.iter().find(|change| change["address"] == address).unwrap();
        found["change"]["actions"].clone()
    };
    let instance = |name: &str| format!("ComputeInstance.paas.envmgmt.io/ml/research/{name}");
    assert_eq!(actions(&instance("train-01")), json!(["create"]));
    assert_eq!(actions(&instance("train-02")), json!(["update"]));
    assert_eq!(actions(&instance("old")), json!(["delete"]));
    assert_eq!(actions(&instance("same")), json!(["no-op"]));
    assert_eq!(actions("Service.paas.envmgmt.io/ml/research/vpc"), json!(["delete", "create"]));
}

#[test]
fn json_comes_back_as_it_was_and_its_schema_names_its_fields() {
    let document = json::plan(&plan(), None, "fp", "1.2.3");
    let text = serde_json::to_string(&document).unwrap();
    assert_eq!(serde_json::from_str::<json::PlanDocument>(&text).unwrap(), document);
    let schema = json::plan_schema();
    let described: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    let value = json!(document);
    assert_eq!(described, value.as_object().unwrap().keys().collect::<Vec<_>>());
}

#[test]
fn a_list_element_far_out_makes_no_long_list() {
    let fields = vec![
        change("spec.a[2]", Shown::Absent, plain(json!("third"))),
        change("spec.b[4000000000]", Shown::Absent, plain(json!("far"))),
    ];
    let document = json::plan(&one(fields), None, "fp", "1");
    let after = &document.resource_changes[0].change.after;
    assert_eq!(after["spec"], json!({"a": [null, null, "third"], "b": ["far"]}));
}

#[test]
fn a_field_of_two_actions_is_shown_once() {
    let mut plan = one(vec![change("spec.groups", Shown::Absent, plain(json!(1)))]);
    let mut again = plan.actions[0].clone();
    again.operation = Operation::Create;
    plan.actions.push(again);
    let text = human::plan(&plan, Detail::Plan, Style::default());
    assert_eq!(text.matches("spec.groups").count(), 1, "{text}");
}

#[test]
fn money_is_shown_where_it_is_spent_and_in_sum() {
    for width in [80, 120] {
        let style = Style { width, ..Style::default() };
        expect(&format!("renting-{width}.txt"), &human::plan(&renting(), Detail::Plan, style));
    }
    expect("renting.md", &markdown::plan(&renting(), None));
    let document = json::plan(&renting(), None, "fp", "1.2.3");
    expect("renting.json", &format!("{}\n", serde_json::to_string_pretty(&document).unwrap()));
}

/// A plan that creates so many machines at this price, which may not be known.
fn making(count: usize, hourly: &str) -> Plan {
    let mut plan = Plan::default();
    for number in 0..count {
        let key = rented("VirtualMachine", &format!("vm-{number}"));
        let cost = CostChange { before: "0".parse().ok(), after: hourly.parse().ok() };
        plan.actions.push(common::action(Operation::Create, &key, Because::Missing, vec![]));
        plan.costs.insert(key, cost);
    }
    plan
}

fn last_line(plan: &Plan) -> String {
    let style = Style { width: 1_000, ..Style::default() };
    human::plan(plan, Detail::Plan, style).lines().last().unwrap().to_owned()
}

#[test]
fn the_line_of_costs() {
    let free = {
        let mut plan = making(1, "1.99");
        let price = "1.99".parse().ok();
        plan.costs.values_mut().for_each(|cost| cost.before = price);
        plan
    };
    let swapped = {
        let mut plan = making(2, "1");
        let last = plan.costs.values_mut().last().unwrap();
        (last.before, last.after) = (last.after, last.before);
        plan
    };
    for (plan, expected) in [
        (making(0, "1"), "No changes. Everything in stack  is as its manifests say."),
        (
            making(1, "0.000174"),
            "Cost: +$0.000174/h (about +$0.13 a month): VirtualMachine/vm-0 +$0.000174/h.",
        ),
        (
            making(7, "1.99"),
            "Cost: +$13.93/h (about +$10,168.90 a month): VirtualMachine/vm-0 +$1.99/h, \
             VirtualMachine/vm-1 +$1.99/h, VirtualMachine/vm-2 +$1.99/h, VirtualMachine/vm-3 \
             +$1.99/h, VirtualMachine/vm-4 +$1.99/h, and 2 more +$3.98/h.",
        ),
        (
            making(2, "nobody knows"),
            "Cost: not known for VirtualMachine/vm-0, VirtualMachine/vm-1.",
        ),
        (free, "Cost: no change."),
        (
            swapped,
            "Cost: no change in sum: VirtualMachine/vm-0 +$1.00/h, VirtualMachine/vm-1 -$1.00/h.",
        ),
    ] {
        assert_eq!(last_line(&plan), expected);
    }
    let six = last_line(&making(6, "1"));
    assert!(six.contains("vm-5 +$1.00/h") && !six.contains("more"), "{six}");
}

#[test]
fn a_page_shows_what_the_other_forms_show() {
    let page = html::plan(&renting(), Some("plumb apply --approve plumb1_x")).unwrap();
    let document = json::plan(&renting(), None, "fp", "1");
    let text = human::plan(&renting(), Detail::Plan, Style { width: 400, ..Style::default() });
    let comment = markdown::plan(&renting(), None);
    let cost = text.lines().find(|line| line.starts_with("Cost: ")).unwrap();
    assert!(page.contains(cost), "{cost}");
    for change in &document.resource_changes {
        let is_touched = change.change.actions != [json::TerraformAction::NoOp];
        let row =
            format!(">{} <span class=\"what\">", change.address.replace(".voltagepark.com", ""));
        assert_eq!(page.contains(&row), is_touched, "{}", change.address);
    }
    let rows = page.matches("<details data-change=").count();
    let listed =
        comment.lines().filter(|line| line.starts_with("| ") && !line.contains("---")).count();
    assert_eq!(rows, listed - 1, "the head of the table is none");
    assert!(page.contains("plumb apply --approve plumb1_x"));
    assert!(page.contains(&format!("{rows} of {rows}")));
}

#[test]
fn nothing_on_a_page_is_markup_of_somebody_else() {
    let evil = "<script>alert(1)</script>\"'>";
    let mut plan = one(vec![change("spec.a", Shown::Absent, plain(json!(evil)))]);
    plan.stack = evil.to_owned();
    plan.tripped.push(Tripped {
        code: Code::LIMIT_MONEY,
        message: evil.to_owned(),
        help: evil.to_owned(),
    });
    plan.notes.push(Note { key: None, code: Code::NOTE_GONE, message: evil.to_owned() });
    let page = html::plan(&plan, Some(evil)).unwrap();
    assert!(!page.contains("<script>alert"), "{page}");
    assert_eq!(page.matches("<script>").count(), 1);
    assert_eq!(page.matches("alert(1)").count(), 7, "the title has the stack's name too");
}

/// Five thousand changes, half of them deletions.
#[test]
fn thousands_of_changes_fit_a_comment_and_a_page() {
    let mut plan = Plan::default();
    for number in 0..5_000 {
        let key = rented("VirtualMachine", &format!("vm-{number:04}"));
        let operation = if number % 2 == 0 { Operation::Create } else { Operation::Delete };
        let fields = vec![
            change("metadata.name", Shown::Absent, plain(json!(format!("vm-{number:04}")))),
            change("spec.preset.gpu_count", Shown::Absent, plain(json!(8))),
            change("spec.cloud_init.packages", Shown::Absent, plain(json!(["nvtop", "tmux"]))),
        ];
        plan.actions.push(common::action(operation, &key, Because::Missing, fields));
    }
    let comment = markdown::plan(&plan, None);
    assert!(comment.chars().count() < 65_000, "{}", comment.chars().count());
    let page = html::plan(&plan, None).unwrap();
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    assert_eq!(page.matches("<details data-change=").count(), 5_000);
    assert!(page.contains("resources are not shown here: the page would be too large"));
}

/// A plan of five thousand changes, of which so many are deletions of things of these names.
fn thousands(deletions: usize, name: impl Fn(usize) -> String) -> Plan {
    let mut plan = Plan::default();
    for number in 0..5_000 {
        let key = rented("VirtualMachine", &name(number));
        let is_deleted = number < deletions;
        let operation = if is_deleted { Operation::Delete } else { Operation::Update };
        let size = plain(json!(8));
        let field = change("spec.preset.gpu_count", Shown::Absent, size);
        plan.actions.push(common::action(operation, &key, Because::Missing, vec![field]));
    }
    plan
}

/// All names that a list of folded ones stands for.
fn unfolded(comment: &str) -> BTreeSet<String> {
    let section = comment.split("Every deletion by name").nth(1).unwrap_or_default();
    let section = section.split("```").nth(1).unwrap_or_default();
    let lines = section.lines().filter(|line| line.starts_with("  "));
    let mut names = BTreeSet::new();
    for word in lines.flat_map(str::split_whitespace) {
        let Some((start, rest)) = word.split_once('{') else {
            names.insert(word.to_owned());
            continue;
        };
        for part in rest.trim_end_matches('}').split(',') {
            let (from, until) = part.split_once("..").unwrap_or((part, part));
            let width = from.len();
            match (from.parse::<u32>(), until.parse::<u32>()) {
                (Ok(from), Ok(until)) => {
                    names.extend((from..=until).map(|it| format!("{start}{it:0width$}")));
                }
                _ => _ = names.insert(format!("{start}{part}")),
            }
        }
    }
    names
}

#[test]
fn every_deletion_is_named_however_many_there_are() {
    let mixed = |number: usize| {
        let mut state = u64::try_from(number).unwrap().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let letters = (0..12).map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + u8::try_from((state >> 40) % 26).unwrap())
        });
        letters.collect::<String>()
    };
    let counted = |number: usize| format!("vm-{number:04}");
    let team = |number: usize| format!("{}-{:02}", &mixed(number / 7)[..6], number % 7);
    let sorts: [(usize, &dyn Fn(usize) -> String); 3] =
        [(5_000, &mixed), (5_000, &counted), (3_000, &team)];
    for (deletions, name) in sorts {
        let comment = markdown::plan(&thousands(deletions, name), Some("plumb apply --yes"));
        assert!(comment.chars().count() < 65_000, "{}", comment.chars().count());
        let wanted: BTreeSet<String> = (0..deletions).map(name).collect();
        let named = unfolded(&comment);
        assert_eq!(named.len(), wanted.len(), "{}", &comment[..3_000]);
        assert_eq!(named, wanted);
        assert!(comment.ends_with("plumb apply --yes\n```\n"));
        assert!(!comment.contains("not named here"));
    }
    // What cannot be named is counted, with where it stands.
    let long =
        |number: usize| format!("{}{}{}", mixed(number), mixed(number + 1), mixed(number + 2));
    let comment = markdown::plan(&thousands(5_000, long), None);
    assert!(comment.chars().count() < 65_000);
    let named = unfolded(&comment).len();
    assert!(named > 1_000, "{named}");
    let left = 5_000 - named;
    let says = format!("{left} deletions are not named here: `plumb plan --format json` has all");
    assert!(comment.contains(&says), "{left}");
    // Where all can be said, nothing is said twice.
    let mut few = thousands(5_000, counted);
    few.actions.truncate(20);
    assert!(!markdown::plan(&few, None).contains("Every deletion by name"));
}
