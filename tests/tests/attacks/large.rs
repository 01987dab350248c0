//! Attacks that are large: what makes them stands here, and the test writes them to a file. What
//! fits in few kilobytes is a file in `tests/attacks/`.

/// What makes the text of an attack.
pub(crate) type Make = fn() -> Vec<u8>;

/// The most bytes a file may have.
const LARGEST: usize = 8 << 20;
/// Enough for anything that is not linear to show itself.
const LARGE: usize = 2 << 20;

const WORKSPACE: &str = "apiVersion: paas.envmgmt.io/v1\nkind: Workspace\n";
/// A workspace with a field that takes any text, which follows.
const README: &str = "apiVersion: paas.envmgmt.io/v1\nkind: Workspace\nmetadata: {name: w, project: \
                      p}\nspec:\n  readme: ";
/// A volume with a field that takes a number, which follows.
const VOLUME: &str = "apiVersion: voltagepark.com/v1\nkind: StorageVolume\nmetadata: {name: \
                      v}\nspec:\n  size_in_gb: ";
const NODE: &str = "apiVersion: paas.envmgmt.io/v1\nkind: ComputeInstance\nmetadata: {name: n, \
                    project: p, workspace: w}\nspec:\n  computeType: vm\n  computeProfile: {name: \
                    gpu-vm, systemCatalog: true}\n  variables:\n";

/// Every attack of this sort, by the name of its file.
pub(crate) const ATTACKS: &[(&str, Make)] = &[
    // Nesting.
    ("open-brackets.yaml", || fill(LARGEST, "[")),
    ("open-braces.yaml", || fill(LARGE, "{a: ")),
    ("closed-brackets.yaml", || [fill(LARGE / 2, "["), fill(LARGE / 2, "]")].concat()),
    ("staircase.yaml", || (0..2_000).flat_map(|at| line(&" ".repeat(at), "a:")).collect()),
    ("dashes.yaml", || fill(LARGEST, "- ")),
    ("questions.yaml", || fill(LARGE, "? ")),
    ("colons.yaml", || fill(LARGE, ": ")),
    ("narrow-lists.json", || fill(LARGE, "[]")),
    // Millions of small things.
    ("empty-items.yaml", || fill(LARGEST, "-\n")),
    ("numbers-on-one-line.json", || around("[", &fill(LARGEST - 4, "1,"), "1]")),
    ("numbers-on-many-lines.json", || around("[", &fill(LARGE, "1,\n"), "1]")),
    ("lists-in-a-list.json", || around("[", &fill(LARGE, "[],"), "[]]")),
    ("mappings-in-a-list.json", || around("[", &fill(LARGE, "{\"a\":[0]},"), "0]")),
    ("commas.yaml", || around("[", &fill(LARGE, ","), "]")),
    ("list-of-a-million.yaml", || list_of_a_million("- {}\n")),
    ("list-of-a-million-scalars.json", || {
        around("{\"kind\":\"List\",\"items\":[", &fill(2_000_000, "1,"), "1]}")
    }),
    ("lists-of-lists.json", || {
        let inner = fill(LARGE / 4, "{\"kind\":\"List\",\"items\":[{}]},");
        around("{\"kind\":\"List\",\"items\":[", &inner, "{}]}")
    }),
    ("documents-of-numbers.yaml", || {
        let document = format!("--- [{}1]\n", "1,".repeat(1_000));
        fill(LARGEST, &document)
    }),
    ("items-of-numbers.json", || {
        let item = format!("[{}1],", "1,".repeat(1_000));
        around("{\"kind\":\"List\",\"items\":[", &fill(LARGE, &item), "1]}")
    }),
    ("list-of-lists-of-numbers.yaml", || fill(LARGE, &format!("- [{}1]\n", "1,".repeat(1_000)))),
    ("marks-of-documents.yaml", || fill(LARGE, "---\n")),
    ("empty-documents.yaml", || fill(LARGE, "--- {}\n")),
    ("broken-documents.yaml", || fill(LARGE, "---\n]\n")),
    ("documents-without-a-mapping.yaml", || fill(LARGE, "--- x\n")),
    // Huge things.
    ("plain-scalar.yaml", || around(README, &fill(LARGEST - 200, "word "), "\n")),
    ("quoted-scalar.yaml", || {
        around(&format!("{README}\""), &fill(LARGEST - 200, "\\u0041\\n"), "\"\n")
    }),
    ("open-quote.yaml", || around(&format!("{README}\""), &fill(LARGEST - 200, "a   b\n"), "")),
    ("single-quotes.yaml", || around(&format!("{README}'"), &fill(LARGE, "''"), "'\n")),
    ("block-scalar.yaml", || around(&format!("{README}|\n"), &fill(LARGE, "    a\n"), "")),
    ("folded-scalar.yaml", || {
        around(&format!("{README}>\n"), &fill(LARGE, "    a\n\n     b\n"), "")
    }),
    ("empty-lines.yaml", || fill(LARGEST, "\n")),
    ("spaces.yaml", || fill(LARGEST, " ")),
    ("key.yaml", || around("\"", &fill(LARGEST - 6, "k"), "\": 1\n")),
    ("key-of-a-document.yaml", || {
        around(
            &format!("{WORKSPACE}metadata: {{name: d, project: p}}\n\""),
            &fill(LARGE, "k"),
            "\": 1\n",
        )
    }),
    ("explicit-key.yaml", || around("? ", &fill(LARGE, "k"), "\n: 1\n")),
    ("long-keys.yaml", || {
        let keys = (0..400).flat_map(|at| line("  ", &format!("{}{at}: 1", "k".repeat(5_000))));
        around(
            &format!("{WORKSPACE}metadata: {{name: d, project: p}}\nspec:\n"),
            &keys.collect::<Vec<u8>>(),
            "",
        )
    }),
    ("long-names.yaml", || {
        let name = |at: usize| {
            format!("---\n{WORKSPACE}metadata: {{name: {}{at}, project: p}}\n", "n".repeat(20_000))
        };
        (0..100).map(name).collect::<String>().into_bytes()
    }),
    ("digits.yaml", || around(VOLUME, &fill(LARGEST - 200, "9"), "\n")),
    ("digits-in-base-60.yaml", || around(&format!("{VOLUME}1"), &fill(LARGE, ":30"), "\n")),
    ("exponent.yaml", || around(&format!("{VOLUME}1e"), &fill(LARGE, "9"), "\n")),
    ("fraction.yaml", || around(&format!("{VOLUME}0."), &fill(LARGE, "1"), "\n")),
    ("comment.yaml", || around("# ", &fill(LARGEST - 3, "c"), "\n")),
    ("comments.yaml", || fill(LARGEST, "#\n")),
    ("comments-between.yaml", || around("x:\n", &fill(LARGE, "# c\n- 1\n"), "")),
    ("too-large.yaml", || fill(LARGEST + 1, "#")),
    // Anchors, tags, directives.
    ("laughs-many.yaml", laughs_many),
    ("anchors-never-used.yaml", || {
        (0..150_000).flat_map(|at| line("- ", &format!("&a{at} x"))).collect()
    }),
    ("aliases-of-one.yaml", || around("- &a x\n", &fill(LARGE, "- *a\n"), "")),
    ("aliases-of-nothing.yaml", || fill(LARGE, "- *a\n")),
    ("alias-of-a-long-text.yaml", || {
        around("- &a ", &fill(100_000, "x"), &format!("\n{}", "- *a\n".repeat(100_000)))
    }),
    ("merges.yaml", || around("- &m {a: 1, b: 2}\n", &fill(LARGE, "- {<<: *m, c: 3}\n"), "")),
    ("merges-in-one.yaml", || around("- &m {a: 1}\n- {", &fill(LARGE, "<<: *m, "), "}\n")),
    ("tags.yaml", || fill(LARGE, "- !!str x\n")),
    ("tags-unknown.yaml", || fill(LARGE, "- !x y\n")),
    ("tag-of-a-megabyte.yaml", || around("!", &fill(LARGE, "t"), " x\n")),
    ("exclamation-marks.yaml", || fill(LARGE, "!")),
    ("tag-directives.yaml", || {
        (0..50_000).flat_map(|at| line("%TAG ", &format!("!a{at}! tag:x,2000:"))).collect()
    }),
    ("reserved-directives.yaml", || fill(LARGE, "%FOO bar\n")),
    // Characters.
    ("nulls.yaml", || fill(LARGEST, "\0")),
    ("bidirectional.yaml", || fill(LARGE, "\u{202e}")),
    ("bidirectional-in-quotes.yaml", || fill(LARGE, "- \"\u{202e}\"\n")),
    ("invalid-bytes.yaml", || vec![0xff; LARGEST]),
    ("wide-characters.yaml", || around(README, &fill(LARGE, "\u{1f469}\u{200d}\u{1f4bb}"), "\n")),
    ("carriage-returns.yaml", || fill(LARGE, "a: b\r")),
    // Mistakes without end, also far to the right.
    ("equal-keys.yaml", || around("x:\n", &fill(LARGE, "  same: 1\n"), "")),
    ("equal-keys-on-one-line.json", || around("{", &fill(LARGE, "\"same\":1,"), "\"x\":1}")),
    ("different-keys.json", || {
        let keys = (0..200_000).flat_map(|at| format!("\"key{at}\":0,").into_bytes());
        around("{", &keys.collect::<Vec<u8>>(), "\"x\":1}")
    }),
    ("mistakes-on-one-line.json", || mistakes_on_one_line(16_000)),
    ("unknown-fields.yaml", || {
        let fields = (0..100_000).flat_map(|at| line("  ", &format!("field{at}: {at}")));
        around(
            &format!("{WORKSPACE}metadata: {{name: d, project: p}}\nspec:\n"),
            &fields.collect::<Vec<u8>>(),
            "",
        )
    }),
    ("wrong-values.yaml", || around(NODE, &fill(LARGE, "    - {name: 1, value: [x]}\n"), "")),
    ("wrong-values-of-one.yaml", || {
        let fields = (0..40_000).map(|at| format!("f{at}: [], ")).collect::<Vec<_>>().concat();
        format!("{NODE}    - {{{fields} name: n}}\n").into_bytes()
    }),
    ("ambiguous.yaml", || fill(LARGE, "- yes\n")),
    ("annotations.yaml", || {
        let wishes = (0..60_000).flat_map(|at| line("    ", &format!("plumb.dev/x{at}: \"1\"")));
        let head = format!("{WORKSPACE}metadata:\n  name: d\n  project: p\n  annotations:\n");
        around(&head, &wishes.collect::<Vec<u8>>(), "")
    }),
    ("labels.yaml", || {
        let labels = (0..60_000).flat_map(|at| line("    ", &format!("plumb.dev/x{at}: \"1\"")));
        let head = format!("{WORKSPACE}metadata:\n  name: d\n  project: p\n  labels:\n");
        around(&head, &labels.collect::<Vec<u8>>(), "")
    }),
    // What is only wrong once documents are put together.
    ("equal-documents.yaml", || {
        let document = "--- {apiVersion: paas.envmgmt.io/v1, kind: Workspace, metadata: {name: \
                        w, project: p}}\n";
        document.repeat(6_000).into_bytes()
    }),
    ("dependencies-of-one.yaml", || {
        let names: Vec<String> = (0..60_000).map(|at| format!("Workspace/p/w{at}, ")).collect();
        let names = names.concat();
        let head = format!("{WORKSPACE}metadata:\n  name: d\n  project: p\n  annotations:\n");
        format!("{head}    plumb.dev/depends-on: {names}\n").into_bytes()
    }),
    ("dependencies-of-all.yaml", || {
        let document = |at: usize| {
            let next = at + 1;
            format!(
                "--- {{apiVersion: paas.envmgmt.io/v1, kind: Workspace, metadata: {{name: w{at}, \
                     project: p, annotations: {{plumb.dev/depends-on: Workspace/p/w{next}}}}}}}\n"
            )
        };
        (0..3_000).map(document).collect::<String>().into_bytes()
    }),
    ("everything-after-everything.yaml", everything_after_everything),
    ("outputs-of-nothing.yaml", || {
        let variable = |at: usize| {
            format!(
                "    - {{name: v{at}, value: {{valueFrom: {{output: {{kind: Service, name: \
                     s{at}, path: a}}}}}}}}\n"
            )
        };
        let services = |at: usize| {
            format!(
                "--- {{apiVersion: paas.envmgmt.io/v1, kind: Service, metadata: {{name: t{at}, \
                     project: p}}, spec: {{serviceProfile: {{name: vpc}}}}}}\n"
            )
        };
        let all: String = (0..500).map(variable).chain((0..1_100).map(services)).collect();
        format!("{NODE}{all}").into_bytes()
    }),
    ("variables-of-the-environment.yaml", || {
        let variable =
            |at: usize| format!("    - {{name: v{at}, value: {{valueFrom: {{var: X}}}}}}\n");
        format!("{NODE}{}", (0..4_000).map(variable).collect::<String>()).into_bytes()
    }),
    ("circle.yaml", || {
        let document = |at: usize| {
            let next = (at + 1) % 3_000;
            format!(
                "--- {{apiVersion: paas.envmgmt.io/v1, kind: Workspace, metadata: {{name: w{at}, \
                     project: p, annotations: {{plumb.dev/depends-on: Workspace/p/w{next}}}}}}}\n"
            )
        };
        (0..3_000).map(document).collect::<String>().into_bytes()
    }),
    ("outputs-of-equal-names.yaml", || {
        let variable = |at: usize| {
            format!(
                "    - {{name: v{at}, value: {{valueFrom: {{output: {{kind: Service, name: s, \
                     path: a}}}}}}}}\n"
            )
        };
        let services = |at: usize| {
            format!(
                "--- {{apiVersion: paas.envmgmt.io/v1, kind: Service, metadata: {{name: s, \
                     project: p{at}}}, spec: {{serviceProfile: {{name: vpc}}}}}}\n"
            )
        };
        let all: String = (0..1_500).map(variable).chain((0..1_500).map(services)).collect();
        format!("{NODE}{all}").into_bytes()
    }),
    ("name-of-a-megabyte.yaml", || {
        let fields = (0..200).flat_map(|at| line("", &format!("field{at}: {at}")));
        let name = "n".repeat(1 << 20);
        let head = format!("{WORKSPACE}metadata: {{name: {name}, project: p}}\n");
        around(&head, &fields.collect::<Vec<u8>>(), "")
    }),
    ("little-text-for-much.yaml", || {
        let keys: Vec<String> = (0..1_000).map(|at| format!("k{at}: 1, ")).collect();
        let keys = keys.concat();
        let variables = "    - {name: v, value: {<<: *b}}\n".repeat(200);
        format!("{NODE}    - &b {{{keys}}}\n{variables}").into_bytes()
    }),
    ("keys-of-a-machine.yaml", || {
        let head = "apiVersion: voltagepark.com/v1\nkind: BareMetal\nmetadata: {name: m}\nspec:\n  \
                    location_id: a3111bd4-550a-47d0-838a-0a52bff2ae3f\n  gpu_count: 8\n  \
                    network_type: ethernet\n  ssh_keys:\n";
        around(head, &fill(LARGE / 4, "    - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 x\n"), "")
    }),
    ("roles-of-a-user.yaml", || {
        let role = |at: usize| format!("    - {{project: p{at}, roles: [ADMIN, ADMIN]}}\n");
        let head = "apiVersion: auth/v1\nkind: User\nmetadata: {name: a@example.com}\nspec:\n  \
                    first_name: A\n  last_name: B\n  user_type: CONSOLE\n  projectRoles:\n";
        format!("{head}{}", (0..8_000).map(role).collect::<String>()).into_bytes()
    }),
    ("json-in-text.yaml", || {
        let value = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
        format!("{NODE}    - {{name: v, valueType: json, value: '{value}'}}\n").into_bytes()
    }),
    ("equal-variables.yaml", || {
        around(NODE, &fill(LARGE / 2, "    - {name: v, value: \"1\"}\n"), "")
    }),
];

/// A piece again and again, up to a number of bytes.
fn fill(bytes: usize, piece: &str) -> Vec<u8> {
    piece.repeat(bytes / piece.len()).into_bytes()
}

fn around(before: &str, middle: &[u8], after: &str) -> Vec<u8> {
    [before.as_bytes(), middle, after.as_bytes()].concat()
}

fn line(indent: &str, text: &str) -> Vec<u8> {
    format!("{indent}{text}\n").into_bytes()
}

fn list_of_a_million(item: &str) -> Vec<u8> {
    format!("apiVersion: v1\nkind: List\nitems:\n{}", item.repeat(1_000_000)).into_bytes()
}

/// As many bombs as a file can hold, each with documents of its own.
fn laughs_many() -> Vec<u8> {
    let bomb = (1..9).fold("---\na0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned(), |text, at| {
        let before = vec![format!("*a{}", at - 1); 8].join(", ");
        text + &format!("a{at}: &a{at} [{before}]\n")
    });
    fill(LARGE, &bomb)
}

/// Mistakes whose columns are counted from the beginning of a line of megabytes.
fn mistakes_on_one_line(count: usize) -> Vec<u8> {
    let items = "{\"kind\":\"Nothing\",\"apiVersion\":\"\u{e9}\"},".repeat(count);
    format!("{{\"kind\":\"List\",\"items\":[{items}{{}}]}}").into_bytes()
}

/// Every machine of a project comes after every network of it.
fn everything_after_everything() -> Vec<u8> {
    let network = |at: usize| {
        format!(
            "--- {{apiVersion: paas.envmgmt.io/v1, kind: Service, metadata: {{name: s{at}, \
                 project: p}}, spec: {{serviceProfile: {{name: vpc}}}}}}\n"
        )
    };
    let machine = |at: usize| {
        format!(
            "--- {{apiVersion: paas.envmgmt.io/v1, kind: ComputeInstance, metadata: {{name: \
                 c{at}, project: p, workspace: w}}, spec: {{computeType: vm, computeProfile: \
                 {{name: gpu-vm}}}}}}\n"
        )
    };
    (0..500).map(network).chain((0..500).map(machine)).collect::<String>().into_bytes()
}
