//! Findings, events, reports, tables and graphs as text.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use common::{HOSTILE, acts, expect, finding, hostile_finding, key, path, span, stripped};
use plumb_model::digest::Digest;
use plumb_model::event::{ActionOutcome, Event, Failure, RunOutcome, SkipReason};
use plumb_model::finding::Finding;
use plumb_model::live::{Completeness, LiveStatus};
use plumb_model::policy::Purpose;
use plumb_model::{
    ActionId, Body, Code, Excerpts, Intent, LiveObject, Operation, Phase, Plan, Power, Report,
    ResourceKey, RunId, ServerText,
};
use plumb_render::report::Extent;
use plumb_render::table::Columns;
use plumb_render::{Colour, Style, events, findings, graph, report, sarif, table};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const COLOURED: Style = Style { colour: Colour::Always, width: 100 };

fn excerpts() -> Excerpts {
    let mut excerpts = Excerpts::default();
    let text = "spec:\n  name: a\n  replcias: 3\n";
    excerpts.insert("manifests/a.yaml".into(), text.into(), std::iter::once(0..text.len()));
    excerpts
}

fn misspelled() -> Finding {
    let mut span = span();
    (span.line, span.column, span.start, span.end) = (3, 3, 18, 26);
    let mut first = span.clone();
    (first.line, first.column, first.start, first.end) = (2, 3, 8, 12);
    Finding { span: Some(span), ..finding() }.and(first, "the object is named here")
}

#[test]
fn a_finding_shows_its_place_in_the_source() {
    let text = findings::human(&[misspelled()], &excerpts(), Style::default());
    expect("finding.txt", &text);
    assert_eq!(stripped(&findings::human(&[misspelled()], &excerpts(), COLOURED)), text);
    assert_eq!(findings::human(&[], &excerpts(), Style::default()), "");
}

#[test]
fn a_finding_without_its_source_shows_the_position() {
    let text = findings::human(&[misspelled()], &Excerpts::default(), Style::default());
    assert!(text.contains("manifests/a.yaml:3:3"), "{text}");
    let nowhere = Finding { span: None, ..finding() };
    let text = findings::human(&[nowhere], &excerpts(), Style::default());
    assert!(text.contains("ComputeInstance/ml/research/a spec.replcias"), "{text}");
}

#[test]
fn a_finding_on_one_line() {
    assert_eq!(
        findings::line(&finding()),
        "manifests/a.yaml:2:9: error[PL0203]: spec has no field \"replcias\" \
         [ComputeInstance/ml/research/a spec.replcias] (help: did you mean \"replicas\"?)"
    );
    let document = findings::json(&[finding()]);
    assert_eq!((&document["errors"], &document["warnings"]), (&json!(1), &json!(0)));
    assert_eq!(document["findings"][0]["code"], "PL0203");
}

#[test]
fn hostile_findings_do_nothing() {
    let mut excerpts = Excerpts::default();
    let text = format!("a: {HOSTILE}\n");
    let open = 0..text.len();
    excerpts.insert(HOSTILE.into(), text.into(), std::iter::once(open));
    let at = path("spec").item(HOSTILE, HOSTILE);
    let hostile = hostile_finding(HOSTILE, &key(HOSTILE, HOSTILE), at);
    let all = [hostile];
    for text in [
        findings::human(&all, &excerpts, Style::default()),
        findings::human(&all, &Excerpts::default(), Style::default()),
        findings::line(&all[0]),
    ] {
        assert_eq!(acts(&text), None, "{text}");
    }
    assert_eq!(findings::line(&all[0]).lines().count(), 1);
    let called = Finding {
        span: Some(plumb_model::Span { file: "::error::x".into(), ..span() }),
        ..self::finding()
    };
    assert!(findings::line(&called).starts_with("./::error"));
}

#[test]
fn strange_spans_are_shown_somehow() {
    for (start, end) in [(0, 0), (30, 30), (29, 900), (900, 901), (5, 2), (6, 30)] {
        let mut finding = misspelled();
        finding.span = Some(plumb_model::Span { start, end, ..span() });
        let text = findings::human(&[finding], &excerpts(), Style::default());
        assert!(text.contains("PL0203") && text.contains("manifests/a.yaml"), "{text}");
    }
    let mut excerpts = Excerpts::default();
    excerpts.insert("manifests/a.yaml".into(), "é: 😀\n".into(), std::iter::once(0..9));
    for start in 0..8 {
        let mut finding = finding();
        finding.span = Some(plumb_model::Span { start, end: start + 1, ..span() });
        let text = findings::human(&[finding], &excerpts, Style::default());
        assert!(text.contains("PL0203"), "{text}");
    }
}

#[test]
fn sarif_points_into_files_and_explains_every_rule() {
    let log = sarif::log(&[misspelled()], "1.2.3");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let result = &run["results"][0];
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(rules[index]["id"], "PL0203");
    assert_eq!(rules.len(), plumb_model::explanations::EXPLANATIONS.len());
    assert_eq!(log["version"], "2.1.0");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "manifests/a.yaml");
    assert_eq!(place["region"]["startLine"], 3);
    assert_eq!(result["relatedLocations"][0]["message"]["text"], "the object is named here");
    assert_eq!(sarif::log(&[], "1")["runs"][0]["results"], json!([]));
}

#[test]
fn an_odd_file_name_is_a_valid_reference() {
    let file = "./a b/ü%#?.yaml";
    let finding =
        Finding { span: Some(plumb_model::Span { file: file.into(), ..span() }), ..finding() };
    let log = sarif::log(&[finding], "1");
    let uri = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        ["uri"];
    assert_eq!(uri, "a%20b/%C3%BC%25%23%3F.yaml");
}

fn instance() -> ResourceKey {
    key("ComputeInstance", "x")
}

fn intent(key: &ResourceKey) -> Intent {
    Intent {
        key: key.clone(),
        uid: "u-1".into(),
        attempt: 1,
        digest: Digest::of_bytes(b""),
        at: "2026-01-01T10:00:00Z".parse().unwrap(),
        deadline: "2026-01-01T10:10:00Z".parse().unwrap(),
        run: RunId("r".into()),
    }
}

fn failure(text: &str) -> Failure {
    Failure {
        message: text.into(),
        said: Some(ServerText::new(text)),
        help: Some(text.into()),
        request: Some(text.into()),
    }
}

#[test]
fn events_are_one_plain_line_each() {
    let key = instance();
    let id = |operation| ActionId::new(operation, &key);
    let finished = |outcome| Event::ActionFinished {
        id: id(Operation::Create),
        key: key.clone(),
        operation: Operation::Create,
        outcome,
        remote_id: None,
        elapsed_milliseconds: 65_000,
    };
    let progress = Event::ActionProgress {
        id: id(Operation::Publish),
        key: key.clone(),
        phase: Phase::Pending,
        reason: Some(ServerText::new("deploying")),
        elapsed_milliseconds: 45_000,
    };
    let retried = Event::ActionRetried {
        id: id(Operation::Delete),
        key: key.clone(),
        attempt: 2,
        delay_milliseconds: 1_500,
        because: "503".into(),
    };
    let skipped = Event::ActionSkipped {
        id: id(Operation::Publish),
        key: key.clone(),
        because: SkipReason::Requires(id(Operation::Create)),
    };
    let x = "[  12.3s] ComputeInstance/ml/research/x";
    for (event, expected) in [
        (
            Event::ActionStarted {
                id: id(Operation::Publish),
                key: key.clone(),
                operation: Operation::Publish,
            },
            format!("{x}: publishing..."),
        ),
        (progress, format!("{x}: publishing... pending: deploying (45s)")),
        (retried, format!("{x}: deleting... try 2 in 1.5s: 503")),
        (finished(ActionOutcome::Done), format!("{x}: created (1m05s)")),
        (
            finished(ActionOutcome::Failed(failure("no stock"))),
            format!("{x}: create failed: no stock (the server said: no stock) (1m05s)"),
        ),
        (
            skipped,
            format!(
                "{x}: publish skipped: it needs `create ComputeInstance/ml/research/x`, which did not succeed"
            ),
        ),
        (Event::Warned { key: None, message: "odd".into() }, "[  12.3s] warning: odd".into()),
        (
            Event::RunFinished { outcome: RunOutcome::Done, elapsed_milliseconds: 3_723_000 },
            "[  12.3s] run done after 1h02m".into(),
        ),
        (
            Event::RunStarted { run: RunId("r1".into()), actions: 1, plan: None },
            "[  12.3s] run r1 started: 1 action".into(),
        ),
    ] {
        let line = events::line(&event, 12_345, Style::default());
        assert_eq!(line, expected);
        assert_eq!(stripped(&events::line(&event, 12_345, COLOURED)), line);
    }
}

#[test]
fn hostile_events_do_nothing() {
    let key = key(HOSTILE, HOSTILE);
    let id = ActionId::new(Operation::Wait, &key);
    let outcomes = [
        ActionOutcome::Failed(failure(HOSTILE)),
        ActionOutcome::Moved { fields: vec![path("a").key(HOSTILE)], what: HOSTILE.into() },
        ActionOutcome::Pending {
            phase: Phase::Unknown(ServerText::new(HOSTILE)),
            waited_seconds: 1,
        },
        ActionOutcome::Indeterminate(Box::new(Intent { uid: HOSTILE.into(), ..intent(&key) })),
    ];
    let mut events: Vec<Event> = outcomes
        .iter()
        .map(|outcome| Event::ActionFinished {
            id: id.clone(),
            key: key.clone(),
            operation: Operation::Wait,
            outcome: outcome.clone(),
            remote_id: None,
            elapsed_milliseconds: 0,
        })
        .collect();
    events.push(Event::Warned { key: Some(key.clone()), message: HOSTILE.into() });
    events.push(Event::RunStarted { run: RunId(HOSTILE.into()), actions: 1, plan: None });
    events.push(Event::ActionSkipped {
        id: id.clone(),
        key: key.clone(),
        because: SkipReason::Requires(id.clone()),
    });
    for event in &events {
        let line = events::line(event, 0, Style::default());
        assert_eq!(acts(&line), None, "{line}");
        assert!(!line.contains('\n'), "{line}");
    }
    let mut plan = Plan::default();
    plan.actions.push(common::action(
        Operation::Wait,
        &key,
        plumb_model::plan::Because::Pending,
        vec![],
    ));
    for outcome in outcomes {
        let report = Report { outcomes: [(id.clone(), outcome)].into(), ..Report::default() };
        let text = report::summary(&plan, &report, IN_PART, Style::default());
        assert_eq!(acts(&text), None, "{text}");
        assert!(text.lines().all(|line| !line.trim_start().starts_with("::")), "{text}");
    }
}

/// An apply after which something is left.
const IN_PART: (Purpose, Extent) = (Purpose::Converge, Extent::Part);

#[test]
fn a_run_that_worked_is_one_sentence() {
    let plan = plumb_model::Plan { blocked: Vec::new(), tripped: Vec::new(), ..common::plan() };
    let all = plan.actions.iter().map(|action| (action.id.clone(), ActionOutcome::Done));
    let report = Report { outcomes: all.collect(), ..Report::default() };
    let summary =
        |extent| report::summary(&plan, &report, (Purpose::Converge, extent), Style::default());
    let done = "2 added, 2 changed, 2 destroyed.\n";
    assert_eq!(summary(Extent::Whole), format!("Apply complete: {done}"));
    // All of it was done, and looking again found something left.
    assert_eq!(summary(Extent::Part), format!("Apply incomplete: {done}"));
}

#[test]
fn trouble_is_told_with_what_to_do() {
    let plan = common::plan();
    let made = key("ComputeInstance", "train-01");
    let service = key("Service", "vpc");
    let id = |operation, key: &ResourceKey| ActionId::new(operation, key);
    let failed = Failure {
        message: "cannot update the instance".into(),
        said: Some(ServerText::new("quota\nexceeded")),
        help: Some("ask for more quota".into()),
        request: Some("POST /apis/x (request 7)".into()),
    };
    let report = Report {
        outcomes: BTreeMap::from([
            (id(Operation::Create, &made), ActionOutcome::Indeterminate(Box::new(intent(&made)))),
            (
                id(Operation::Update, &key("ComputeInstance", "train-02")),
                ActionOutcome::Failed(failed),
            ),
            (id(Operation::Delete, &service), ActionOutcome::Done),
            (
                id(Operation::Create, &service),
                ActionOutcome::Moved {
                    fields: vec![path("spec.cidr")],
                    what: "somebody changed it".into(),
                },
            ),
            (
                id(Operation::Wait, &key("ComputeInstance", "slow")),
                ActionOutcome::Pending { phase: Phase::Pending, waited_seconds: 3_600 },
            ),
        ]),
        skipped: BTreeMap::from([(
            id(Operation::Publish, &made),
            SkipReason::Requires(id(Operation::Create, &made)),
        )]),
        interrupted: false,
    };
    let text = report::summary(&plan, &report, IN_PART, Style::default());
    expect("report.txt", &text);
    let coloured = report::summary(&plan, &report, IN_PART, COLOURED);
    assert_eq!(stripped(&coloured), text);
}

#[test]
fn a_resolve_command_survives_a_shell() {
    let odd = key("ComputeInstance", "it's; rm -rf $HOME");
    let mut plan = Plan::default();
    plan.actions.push(common::action(
        Operation::Create,
        &odd,
        plumb_model::plan::Because::Missing,
        vec![],
    ));
    let outcome = ActionOutcome::Indeterminate(Box::new(intent(&odd)));
    let report =
        Report { outcomes: [(plan.actions[0].id.clone(), outcome)].into(), ..Report::default() };
    let text = report::summary(&plan, &report, IN_PART, Style::default());
    assert!(
        text.contains(
            r"plumb resolve 'ComputeInstance/ml/research/it'\''s; rm -rf $HOME' --not-created"
        ),
        "{text}"
    );
}

fn object(name: &str, phase: Phase) -> LiveObject {
    LiveObject {
        key: key("ComputeInstance", name),
        remote_id: None,
        body: Body::Null,
        status: LiveStatus {
            phase,
            power: Some(Power::On),
            reason: Some(ServerText::new("why\nnot")),
            ..LiveStatus::ready()
        },
        outputs: plumb_model::body!({"password": "canary"}),
        mark: Some("ml".into()),
        uid: None,
        hourly: None,
        completeness: Completeness::Full,
    }
}

#[test]
fn objects_are_a_table() {
    let (a, b) = (object("a", Phase::Ready), object("long-name", Phase::NotDeployed));
    let text = table::objects(&[&a, &b], &BTreeMap::new(), (Columns::Default, Style::default()));
    assert_eq!(
        text,
        "KIND              PROJECT   WORKSPACE   NAME        STATUS         POWER   STACK\n\
         ComputeInstance   ml        research    a           ready          on      ml\n\
         ComputeInstance   ml        research    long-name   not deployed   on      ml\n"
    );
    let wide = table::objects(&[&a], &BTreeMap::new(), (Columns::Wide, COLOURED));
    assert!(wide.contains("why\\u{a}not") && !wide.contains("canary"), "{wide}");
    let kind = key("Machine", "rented").kind.clone();
    let rented = ResourceKey::new(kind, plumb_model::Scope::Global, "rented".to_owned());
    let rented = LiveObject {
        key: rented,
        remote_id: "0d0c6e0e".parse().ok(),
        hourly: "1.99".parse().ok(),
        mark: None,
        ..a.clone()
    };
    let text = table::objects(&[&rented], &BTreeMap::new(), (Columns::Default, Style::default()));
    let head = "KIND      NAME     STATUS   POWER   STACK   ID\n";
    assert_eq!(text, format!("{head}Machine   rented   ready    on      -       0d0c6e0e\n"));
    let narrow = Style { width: 40, ..Style::default() };
    let text = table::objects(&[&rented], &BTreeMap::new(), (Columns::Default, narrow));
    assert!(!text.contains("0d0c6e0e") && text.ends_with("on      -\n"), "{text}");
    let text = table::objects(&[&rented], &BTreeMap::new(), (Columns::Wide, Style::default()));
    assert!(text.contains("HOURLY") && text.contains("0d0c6e0e   $1.99"), "{text}");
    let hostile = object(HOSTILE, Phase::Unknown(ServerText::new(HOSTILE)));
    let text = table::objects(&[&hostile], &BTreeMap::new(), (Columns::Wide, Style::default()));
    assert_eq!((acts(&text), text.lines().count()), (None, 2), "{text}");
}

#[test]
fn graphs_name_every_resource_and_edge() {
    let (a, b) = (key("Service", "a\"b"), key("Workspace", "w"));
    let edges = BTreeMap::from([(a.clone(), BTreeSet::from([b.clone()]))]);
    assert_eq!(
        graph::dot(&edges),
        "digraph plumb {\n  rankdir = \"RL\";\n  node [shape = \"box\"];\n  \
         \"Service/ml/research/a\\\"b\";\n  \"Workspace/ml/research/w\";\n  \
         \"Service/ml/research/a\\\"b\" -> \"Workspace/ml/research/w\";\n}\n"
    );
    assert_eq!(
        graph::mermaid(&edges),
        "flowchart RL\n  n0[\"Service/ml/research/a#34;b\"]\n  n1[\"Workspace/ml/research/w\"]\n  n0 --> n1\n"
    );
    let hostile = BTreeMap::from([(key(HOSTILE, HOSTILE), BTreeSet::from([a]))]);
    assert_eq!(acts(&graph::dot(&hostile)), None);
    let mermaid = graph::mermaid(&hostile);
    assert!(acts(&mermaid).is_none() && !mermaid.contains("<script>"), "{mermaid}");
}

#[test]
fn codes_are_in_every_form() {
    let finding = Finding::warning(Code::AMBIGUOUS_SCALAR, "m");
    assert!(findings::line(&finding).starts_with("warning[PL0106]: m"));
    assert!(
        findings::human(&[finding], &excerpts(), Style::default())
            .starts_with("warning[PL0106]: m")
    );
}
