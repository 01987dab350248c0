//! Names, messages and states of a server that would drive a terminal or a CI job: nothing of the
//! kind reaches standard output, standard error or a file for people.

use crate::harness::{Cloud, Ran, Site, virtual_machine, workspace};
use crate::security::wire::{Answer, Heard, Server};
use plumb_model::text::acts;
use serde_json::{Value, json};

/// Escapes, line breaks, commands of three CI systems, bidirectional marks, fences of markdown.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\n::error::taken\n##[command]taken\n\
                       ##vso[task.setvariable variable=taken]x\n\u{202e}nekat\u{2066}\u{200b}\n\
                       ```\n``````\n<script>taken</script>";

/// What a test writes where the server's answer is to have that text.
const PLACE: &str = "PLACE";

/// A server that puts that text into its answers.
fn hostile(cloud: &Cloud, also: &'static [(&'static str, &'static str)]) -> Server {
    let text = json!(HOSTILE).to_string();
    let inner = text.trim_matches('"').to_owned();
    Server::before(
        cloud,
        |_| None,
        move |_: &Heard, answer: &mut Answer| {
            let mut body = String::from_utf8_lossy(&answer.body).replace(PLACE, &inner);
            for (from, to) in also {
                body = body.replace(from, &to.replace(PLACE, &inner));
            }
            answer.body = body.into_bytes();
        },
    )
}

/// Lines that a CI system acts upon: `::name` at their beginning, the others anywhere.
fn is_command(line: &str) -> bool {
    line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[")
}

/// Sees that a text does nothing but show itself.
#[track_caller]
fn expect_harmless(what: &str, text: &str) {
    let acting = |character: char| acts(character) && character != '\n';
    if let Some(found) = text.chars().find(|character| acting(*character)) {
        panic!("{what} has {:?}:\n{text}", found.escape_unicode().to_string());
    }
    if let Some(line) = text.lines().find(|line| is_command(line)) {
        panic!("{what} has the command {line:?}:\n{text}");
    }
}

#[track_caller]
fn expect_harmless_run(line: &str, ran: &Ran) {
    expect_harmless(&format!("standard output of {line}"), &ran.out);
    expect_harmless(&format!("standard error of {line}"), &ran.err);
}

fn connected(cloud: &Cloud, server: &Server) -> Site {
    let mut site = Site::at(cloud);
    site.set("PLUMB_RAFAY_ENDPOINT", &server.endpoint);
    site.set("VOLTAGE_PARK_ENDPOINT", &server.endpoint);
    site
}

/// Objects of somebody else whose names, tags and descriptions hold the text.
fn world() -> Value {
    json!({"voltage-park": {"seeded": {
        "virtual_machines": [{"name": "vm-PLACE", "tags": ["t=PLACE", "PLACE"]}],
    }}})
}

fn run(site: &Site, line: &str) -> Ran {
    let words: Vec<&str> = line.split(' ').collect();
    site.plumb(&words)
}

const LOOKS: &[&str] = &[
    "plan",
    "plan --why -vvv",
    "plan --format json",
    "plan --format markdown",
    "drift",
    "drift --format json",
    "drift --format markdown",
    "drift --metrics ../out/metrics",
    "get",
    "get VirtualMachine",
    "get -o wide",
    "get -o json",
    "get -o yaml",
    "get -o name",
    "get BareMetal",
    "export",
    "graph",
    "catalog",
    "cost",
    "cost transactions",
    "history",
    "doctor",
];

#[test]
fn names_and_states_of_a_server_do_nothing() {
    let cloud = Cloud::start(&world());
    // What plumb itself made has hostile states and texts, too.
    let server = hostile(
        &cloud,
        &[
            ("\"Running\"", "\"PLACE\""),
            ("\"Dallas\"", "\"Dallas PLACE\""),
            ("H100", "H100 PLACE"),
            ("\"a description\"", "\"PLACE\""),
        ],
    );
    let described =
        workspace("dev").replace("  name: dev\n", "  name: dev\n  description: a description\n");
    let site = Site::at(&cloud).with_documents("fleet", &[described, virtual_machine("box")]);
    site.exits(0, "apply --yes");
    let mut site = site;
    std::fs::create_dir(site.beside("out")).unwrap();
    for variables in [[("CI", "true")], [("GITHUB_ACTIONS", "true")]] {
        for (name, value) in variables {
            site.set(name, value);
        }
        site.set("PLUMB_RAFAY_ENDPOINT", &server.endpoint);
        site.set("VOLTAGE_PARK_ENDPOINT", &server.endpoint);
        let mut said = 0;
        for line in LOOKS {
            let ran = run(&site, line);
            expect_harmless_run(line, &ran);
            said += usize::from(ran.all().contains("taken"));
        }
        assert!(said > 10, "only {said} looks show the text at all");
    }
    let metrics = std::fs::read_to_string(site.beside("out/metrics")).unwrap();
    expect_harmless("the metrics", &metrics);
}

#[test]
fn messages_of_a_server_do_nothing() {
    std::thread::scope(|scope| {
        for (status, body) in [
            (400, json!({"code": 400, "external": "PLACE", "message": "PLACE", "detail": "PLACE"})),
            (422, json!({"detail": [{"loc": ["body", "PLACE"], "msg": "PLACE", "type": "PLACE"}]})),
            (403, json!("PLACE")),
            (500, json!({"error": "PLACE"})),
        ] {
            scope.spawn(move || expect_harmless_messages(status, &body));
        }
    });
}

fn expect_harmless_messages(status: u16, body: &Value) {
    let cloud = Cloud::start(&json!({}));
    let site = || {
        let server = hostile(&cloud, &[]);
        connected(&cloud, &server)
            .with_documents("fleet", &[workspace("dev"), virtual_machine("box")])
    };
    let respond = json!({"type": "respond", "status": status, "body": body.to_string()});
    cloud.faults(&json!({"match": {"method": "POST"}, "effect": respond}));
    for line in ["apply --yes", "apply --yes --format json", "apply --yes -vvv --events events"] {
        // 500 is no answer to wait for here: a create in doubt is looked for, for minutes.
        if status < 500 {
            let site = site();
            let ran = run(&site, line);
            assert_ne!(ran.code, 0, "{status} {line}\n{}", ran.all());
            expect_harmless_run(line, &ran);
            ran.says(&["taken"]);
            if line.ends_with("events") {
                let events = std::fs::read_to_string(site.root().join("events")).unwrap();
                expect_harmless("the events", &events);
            }
            expect_harmless_run("history", &site.exits(0, "history"));
        }
    }
    cloud.control("DELETE", "faults", None);
    cloud.faults(&json!({"match": {"method": "GET"}, "effect": respond}));
    let site = site();
    // What may pass is tried again for a while; once is enough.
    let lines = ["plan -vvv", "plan --format json", "drift", "get", "doctor"];
    for line in &lines[..if status < 500 { lines.len() } else { 1 }] {
        expect_harmless_run(line, &run(&site, line));
    }
}

/// The header that names a request, and a header that is no text at all.
#[test]
fn headers_of_a_server_do_nothing() {
    let cloud = Cloud::start(&json!({}));
    let headers = "x-request-id: \u{1b}[2J::error::taken\r\nretry-after: \u{1b}[2J\r\n\
                   date: ::error::taken\r\nx-odd: \u{7f}\u{80}\r\n";
    let server = Server::before(
        &cloud,
        |heard: &Heard| {
            let refused = Answer { headers: String::new(), ..Answer::json(400, &json!({})) };
            (heard.method == "POST").then_some(refused)
        },
        |_, _| {},
    );
    let odd = Server::answering(Answer {
        headers: headers.to_owned(),
        ..Answer::json(400, &json!({"external": "no"}))
    });
    std::thread::scope(|scope| {
        for server in [&server, &odd] {
            let cloud = &cloud;
            scope.spawn(move || {
                let site = connected(cloud, server).with_documents("fleet", &[workspace("dev")]);
                for line in ["plan", "apply --yes -vvv"] {
                    let ran = run(&site, line);
                    expect_harmless_run(line, &ran);
                }
            });
        }
    });
}
