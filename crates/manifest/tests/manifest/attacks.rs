//! Inputs made to stop a run: each is answered within the budget of time and memory, as an error
//! unless it is only large, and without a panic.

use super::read_text;
use proptest::prelude::*;
use std::process::Command;
use std::time::Duration;

/// The budget of the threat model. Without optimisation the same work takes longer.
const LONGEST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 5_000 } else { 200 });
const MOST_MEMORY: u64 = 64 << 20;
/// Which attack a process of its own is to measure.
const CHOICE: &str = "PLUMB_TEST_ATTACK";

const HEAD: &str = "apiVersion: toy.dev/v1\nkind: Machine\nmetadata: {name: x}\nspec:\n";

/// A name and what makes the text.
type Attack = (&'static str, fn() -> String);

/// Those that are only large, and so no mistake.
const HARMLESS: [&str; 2] = ["flat mapping", "deep branches"];

const ATTACKS: &[Attack] = &[
    ("open brackets", || "[".repeat(100_000)),
    ("open braces", || "{a: ".repeat(50_000)),
    ("open and closed brackets", || "[".repeat(50_000) + &"]".repeat(50_000)),
    ("deep blocks", || (0..5_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect()),
    ("dashes", || "- ".repeat(50_000)),
    ("question marks", || "? ".repeat(50_000)),
    ("billion laughs", laughs),
    ("merge bomb", merges),
    ("long alias", || format!("- &a {}\n{}", "x".repeat(50_000), "- *a\n".repeat(50_000))),
    ("alias chain", chain),
    ("anchors", || (0..20_000).map(|at| format!("- &a{at} x\n")).collect()),
    ("unknown aliases", || "- *nothing\n".repeat(20_000)),
    ("flat mapping", || format!("{HEAD}  free:\n{}", keys(20_000, "    "))),
    ("unknown fields", || format!("{HEAD}{}", keys(100_000, "  "))),
    ("equal keys", || format!("{HEAD}{}", "  same: 1\n".repeat(50_000))),
    ("empty documents", || "---\n".repeat(100_000)),
    ("small documents", || "---\n{}\n".repeat(100_000)),
    ("broken documents", || "---\n]\n".repeat(100_000)),
    ("colons", || ":".repeat(100_000)),
    ("one long line", || format!("a: {}", "x ".repeat(200_000))),
    ("one long key", || format!("\"{}\": 1", "x".repeat(500_000))),
    ("open quote", || format!("a: \"{}", "\\u0041".repeat(50_000))),
    ("comments", || "# comment\n".repeat(50_000)),
    ("tags", || "- !!str x\n".repeat(50_000)),
    ("refused tags", || "- !x y\n".repeat(50_000)),
    ("directives", || "%TAG !a! tag:example.com,2000:\n".repeat(10_000)),
    ("bidi", || "\u{202e}".repeat(50_000)),
    ("nulls", || "\0".repeat(100_000)),
    ("carriage returns", || "a: b\r".repeat(50_000)),
    ("merges of many", || {
        format!("x: &x\n{}y:\n  <<: [{}]\n", keys(1_000, "  "), "*x, ".repeat(2_000))
    }),
    ("block scalar", || format!("a: |\n{}", "  text\n".repeat(100_000))),
    ("ambiguous scalars", || "- yes\n".repeat(50_000)),
    ("huge numbers", || format!("- {}\n", "9".repeat(200_000))),
    ("many items", || format!("apiVersion: v1\nkind: List\nitems:\n{}", "- {}\n".repeat(100_000))),
    ("nested lists", || "{kind: List, items: [".repeat(30) + &"]}".repeat(30)),
    ("bare mappings", || format!("x: [{}]\n", "{a: 1}, ".repeat(100_000))),
    ("wrong types", || format!("{HEAD}  disks: [{}]\n", "x, ".repeat(100_000))),
    ("deep branches", || {
        format!("{HEAD}  tree: {}{}\n", "{children: [".repeat(25), "]}".repeat(25))
    }),
];

fn keys(count: usize, indent: &str) -> String {
    (0..count).map(|at| format!("{indent}key{at}: {at}\n")).collect()
}

fn laughs() -> String {
    (1..40).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, at| {
        let before = at - 1;
        text + &format!("a{at}: &a{at} [{}]\n", vec![format!("*a{before}"); 9].join(", "))
    })
}

fn merges() -> String {
    (1..40).fold("m0: &m0 {a: 1, b: 2}\n".to_owned(), |text, at| {
        let before = at - 1;
        text + &format!("m{at}: &m{at} {{<<: [*m{before}, *m{before}], k{at}: *m{before}}}\n")
    })
}

fn chain() -> String {
    (1..200).fold("c0: &c0 [1]\n".to_owned(), |text, at| {
        text + &format!("c{at}: &c{at} [*c{}]\n", at - 1)
    })
}

#[test]
fn attacks_are_answered_within_the_budget() {
    let mut wrong = Vec::new();
    assert!(ATTACKS.len() >= 30);
    for (name, _) in ATTACKS {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "attacks::one_attack", "--nocapture", "--test-threads=1"])
            .env(CHOICE, name)
            .output()
            .unwrap();
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr);
            wrong.push(format!("{name}: {words}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Does nothing unless the test above asks for an attack: memory is measured by process.
#[test]
#[expect(clippy::disallowed_methods, reason = "how a test speaks to its own process")]
fn one_attack() {
    let Ok(choice) = std::env::var(CHOICE) else { return };
    let (name, text) = ATTACKS.iter().find(|(name, _)| *name == choice).unwrap();
    let text = text();
    let before = peak();
    let started = processor();
    let (_, resolved) = read_text(&text);
    let took = processor().saturating_sub(started);
    let grown = peak().saturating_sub(before);
    assert_eq!(resolved.desired.is_some(), HARMLESS.contains(name), "{name}");
    assert!(resolved.findings.len() < 12_000, "{} findings", resolved.findings.len());
    assert!(took < LONGEST, "{name} took {took:?}");
    assert!(grown < MOST_MEMORY, "{name} grew by {grown} bytes");
}

/// The processor time of this process, which other processes lengthen less than the time of day.
/// Nothing where the system does not say.
fn processor() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split(' ').collect();
    let field = |at: usize| fields.get(at).and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    // After the name come the state, and then user and system time as 12th and 13th.
    Duration::from_millis((field(12) + field(13)) * 10)
}

/// The most memory this process ever had, in bytes; 0 where the system does not say.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

#[test]
fn what_was_built_from_a_large_mapping_is_all_there() {
    let (_, resolved) = read_text(&format!("{HEAD}  free:\n{}", keys(5_000, "    ")));
    let desired = resolved.desired.unwrap();
    let resource = desired.resources().values().next().unwrap();
    assert_eq!(resource.body["spec"]["free"].as_object().unwrap().len(), 5_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Text made of what YAML is made of, so that the parser gets beyond the first character.
    #[test]
    fn no_text_makes_it_panic(pieces in prop::collection::vec(piece(), 0..60)) {
        read_text(&pieces.concat());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.yaml"), &bytes).unwrap();
        super::read(&[folder.path().to_path_buf()], &std::collections::BTreeMap::new());
    }
}

fn piece() -> impl Strategy<Value = String> {
    let words = [
        "apiVersion: toy.dev/v1\n",
        "kind: Machine\n",
        "metadata: {name: x}\n",
        "spec:\n",
        "  ",
        "- ",
        ": ",
        "\n",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "&a ",
        "*a ",
        "<<: ",
        "!!str ",
        "!x ",
        "\"",
        "'",
        "|\n",
        ">-\n",
        "---\n",
        "...\n",
        "# c\n",
        "? ",
        "~",
        "1",
        "yes",
        "gpus: ",
        "free: ",
        "valueFrom: ",
        "{var: X}",
        "{output: {kind: Machine, name: x, path: a}}",
        "\t",
        "\r\n",
        "\u{feff}",
        "\u{202e}",
        "\\ud83d",
        "annotations: ",
        "plumb.dev/ignore: ",
        "a[",
        "items: ",
        "kind: List\n",
        "%YAML 1.1\n",
        "é",
        "0777",
        "1:30",
    ];
    prop_oneof![9 => prop::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => ".{0,4}"]
}
