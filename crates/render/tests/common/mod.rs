//! A plan with something of everything, and strings that would do harm.

#![allow(dead_code, reason = "each test file uses a part")]

use plumb_model::finding::Span;
use plumb_model::plan::{
    Because, Blocked, ChangeEffect, CostChange, FieldChange, Hidden, HiddenReason, Note, Operation,
    Precondition, Shown, Tripped,
};
use plumb_model::{
    Action, ActionId, Code, FieldPath, Finding, KindId, Plan, Power, ResourceKey, Scope,
};
use serde_json::{Value, json};

/// A workflow command, terminal escapes, a bidirectional mark, a fence, and markup.
pub(crate) const HOSTILE: &str =
    "x\n::error::owned\r\n\u{1b}[31mred\u{9b}0m\u{202e}evil\u{7}\n````\n</details><script>@all";

pub(crate) fn key(kind: &str, name: &str) -> ResourceKey {
    let scope = Scope::Workspace { project: "ml".into(), workspace: "research".into() };
    ResourceKey::new(KindId::new("paas.envmgmt.io", kind), scope, name.into())
}

pub(crate) fn path(text: &str) -> FieldPath {
    text.parse().unwrap()
}

pub(crate) fn plain(value: Value) -> Shown {
    Shown::Plain(value)
}

pub(crate) fn change(at: &str, before: Shown, after: Shown) -> FieldChange {
    FieldChange { path: path(at), before, after, effect: ChangeEffect::InPlace }
}

pub(crate) fn action(
    operation: Operation,
    key: &ResourceKey,
    because: Because,
    changes: Vec<FieldChange>,
) -> Action {
    Action {
        id: ActionId::new(operation, key),
        key: key.clone(),
        operation,
        requires: [].into(),
        changes,
        because: [because].into(),
        precondition: None,
    }
}

pub(crate) fn span() -> Span {
    Span { file: "manifests/a.yaml".into(), line: 2, column: 9, start: 18, end: 26 }
}

pub(crate) fn finding() -> Finding {
    Finding::error(Code::UNKNOWN_FIELD, "spec has no field \"replcias\"")
        .at(span())
        .of(&key("ComputeInstance", "a"))
        .field(path("spec.replcias"))
        .help("did you mean \"replicas\"?")
}

fn made() -> Vec<Action> {
    let key = key("ComputeInstance", "train-01");
    let fields = vec![
        change("spec.computeProfile.name", Shown::Absent, plain(json!("bmaas-h100"))),
        FieldChange {
            effect: ChangeEffect::Replace,
            ..change("spec.variables[Contract Term].value", Shown::Absent, plain(json!("12")))
        },
        change("spec.variables[Password].value", Shown::Absent, Shown::Secret),
        change("spec.variables[Address].value", Shown::Absent, Shown::KnownAfterApply),
        change("metadata.labels[\"a.b/c\"]", Shown::Absent, plain(json!(true))),
    ];
    let mut create = action(Operation::Create, &key, Because::Missing, fields);
    let mut publish = action(Operation::Publish, &key, Because::NotDeployed, Vec::new());
    publish.requires.insert(create.id.clone());
    create.requires.insert(ActionId::new(Operation::Create, &self::key("Service", "vpc")));
    let mut off = action(Operation::Power(Power::Off), &key, Because::Power, Vec::new());
    off.requires.insert(publish.id.clone());
    vec![create, publish, off]
}

fn updated() -> Vec<Action> {
    let key = key("ComputeInstance", "train-02");
    let policies = |port: u32| {
        let rules = json!({"rules": [{"name": "ssh", "port": port}, {"name": "web", "port": 443}]});
        plain(Value::from(rules.to_string()))
    };
    let fields = vec![
        change("spec.sharing", plain(json!({"enabled": true})), Shown::Absent),
        change("spec.variables[Contract Term].value", plain(json!("12")), plain(json!("24"))),
        change("spec.variables[Policies].value", policies(22), policies(2222)),
        change("spec.variables[Size].value", plain(json!(3)), Shown::Default(json!(1))),
        change("spec.variables[Token].value", Shown::Secret, Shown::Secret),
    ];
    let update = action(Operation::Update, &key, Because::Changed, fields);
    let mut publish = action(Operation::Publish, &key, Because::Updated, Vec::new());
    publish.requires.insert(update.id.clone());
    vec![update, publish]
}

fn replaced() -> Vec<Action> {
    let key = key("Service", "vpc");
    let forcing = FieldChange {
        effect: ChangeEffect::Replace,
        ..change("spec.cidr", plain(json!("10.0.0.0/16")), plain(json!("10.1.0.0/16")))
    };
    let fields = vec![
        change("spec.cidr", Shown::Absent, plain(json!("10.1.0.0/16"))),
        change("spec.zone", Shown::Absent, plain(json!("eu"))),
    ];
    vec![
        action(Operation::Delete, &key, Because::Replaced, vec![forcing]),
        action(Operation::Create, &key, Because::Replaced, fields),
    ]
}

fn adopted() -> Action {
    let key = ResourceKey::new(KindId::new("auth", "Project"), Scope::Global, "ml".into());
    let precondition =
        Precondition { remote_id: Some("p-7".parse().unwrap()), ..Precondition::default() };
    Action {
        precondition: Some(precondition),
        ..action(Operation::Adopt, &key, Because::Unmarked, Vec::new())
    }
}

/// A plan with something of everything.
pub(crate) fn plan() -> Plan {
    let gone = key("ComputeInstance", "old");
    let waiting = key("ComputeInstance", "slow");
    let mut actions = vec![adopted()];
    actions.extend(replaced());
    actions.extend(made());
    actions.extend(updated());
    actions.push(action(Operation::Wait, &waiting, Because::Pending, Vec::new()));
    actions.push(action(Operation::Delete, &gone, Because::NotDeclared, Vec::new()));
    Plan {
        stack: "ml".into(),
        actions,
        blocked: vec![Blocked {
            key: key("ComputeInstance", "kept"),
            code: Code::BLOCKED_IMMUTABLE,
            message: "spec.computeProfile.name cannot change".into(),
            help: "plumb.dev/replace: allowed lets it be replaced; its data is lost".into(),
            changes: vec![change(
                "spec.computeProfile.name",
                plain(json!("bmaas-l40s")),
                plain(json!("bmaas-h100")),
            )],
        }],
        tripped: vec![Tripped {
            code: Code::LIMIT_DELETES,
            message: "2 deletes are planned, 1 is allowed".into(),
            help: "--allow-deletes 2 accepts them".into(),
        }],
        notes: vec![Note {
            key: Some(key("Service", "left")),
            code: Code::NOTE_NOT_DECLARED,
            message: "it is no longer declared; --prune deletes it".into(),
        }],
        unchanged: vec![key("ComputeInstance", "same")],
        hidden: vec![Hidden {
            key: key("ComputeInstance", "same"),
            path: path("metadata.createdAt"),
            reason: HiddenReason::ServerDefault,
        }],
        findings: vec![finding()],
        ..Plan::default()
    }
}

/// A plan in which every text is the given one, as far as the types let it be.
pub(crate) fn plan_saying(text: &str) -> Plan {
    let bad = ResourceKey::new(KindId::new(text, text), Scope::Project(text.into()), text.into());
    let at = FieldPath::root().key(text).item(text, text);
    let fields = vec![
        FieldChange {
            path: at.clone(),
            before: plain(json!(text)),
            after: plain(json!({text: [text]})),
            effect: ChangeEffect::Replace,
        },
        FieldChange {
            path: at.key("b"),
            before: Shown::Absent,
            after: Shown::Default(json!(text)),
            effect: ChangeEffect::InPlace,
        },
    ];
    Plan {
        stack: text.into(),
        actions: vec![
            action(Operation::Update, &bad, Because::Changed, fields.clone()),
            action(Operation::Delete, &bad, Because::NotDeclared, Vec::new()),
        ],
        blocked: vec![Blocked {
            key: bad.clone(),
            code: Code::BLOCKED_BUSY,
            message: text.into(),
            help: text.into(),
            changes: fields,
        }],
        tripped: vec![Tripped {
            code: Code::LIMIT_DELETES,
            message: text.into(),
            help: text.into(),
        }],
        notes: vec![Note { key: Some(bad.clone()), code: Code::NOTE_GONE, message: text.into() }],
        unchanged: Vec::new(),
        hidden: vec![Hidden { key: bad.clone(), path: at.clone(), reason: HiddenReason::Order }],
        findings: vec![hostile_finding(text, &bad, at)],
        costs: [(bad, cost("1", "2"))].into(),
        ..Plan::default()
    }
}

pub(crate) fn hostile_finding(text: &str, key: &ResourceKey, at: FieldPath) -> Finding {
    let span = Span { file: text.into(), line: 1, column: 1, start: 0, end: text.len() };
    Finding::warning(Code::SYNTAX, text)
        .of(key)
        .field(at)
        .at(span.clone())
        .and(span, text)
        .help(text)
}

/// A key of a cloud without scopes.
pub(crate) fn rented(kind: &str, name: &str) -> ResourceKey {
    let kind = KindId::new("voltagepark.com", kind);
    ResourceKey::new(kind, Scope::Global, name.into())
}

fn cost(before: &str, after: &str) -> CostChange {
    CostChange { before: before.parse().ok(), after: after.parse().ok() }
}

/// A plan about what is paid for by the hour, with a machine that is there twice. An empty price is
/// not known.
pub(crate) fn renting() -> Plan {
    let (trainer, worker) = (rented("BareMetal", "trainer"), rented("BareMetal", "worker"));
    let [dev, spare, idle, odd, old] =
        ["dev", "spare", "idle", "odd", "old"].map(|name| rented("VirtualMachine", name));
    let gpus = vec![change("spec.gpu_count", Shown::Absent, plain(json!(16)))];
    let size = vec![change("spec.size_in_gb", plain(json!(500)), plain(json!(1000)))];
    let data = rented("StorageVolume", "data");
    let power = |power, key| action(Operation::Power(power), key, Because::Power, Vec::new());
    let actions = vec![
        action(Operation::Create, &trainer, Because::Missing, gpus),
        action(Operation::Wait, &trainer, Because::Pending, Vec::new()),
        action(Operation::Create, &odd, Because::Missing, Vec::new()),
        action(Operation::Wait, &odd, Because::Pending, Vec::new()),
        power(Power::Disassociated, &odd),
        power(Power::Off, &dev),
        power(Power::Disassociated, &spare),
        power(Power::On, &idle),
        action(Operation::Update, &data, Because::Changed, size),
        action(Operation::Delete, &old, Because::NotDeclared, Vec::new()),
    ];
    let costs = [
        (trainer, cost("0", "39.84")),
        (dev, cost("1.99", "1.990000")),
        (spare, cost("1.990000", "0.100000")),
        (idle, cost("0.1", "1.99")),
        (odd.clone(), cost("0", "")),
        (data, cost("0.087040", "0.174080")),
        (old, cost("4.98", "0")),
    ];
    let block = |key: &ResourceKey, code, message: &str, help: &str| Blocked {
        key: key.clone(),
        code,
        message: message.into(),
        help: help.into(),
        changes: Vec::new(),
    };
    let blocked = vec![
        block(
            &rented("BareMetal", "alike"),
            Code::BLOCKED_AMBIGUOUS,
            "2 unmarked objects have its name, and nothing on record says which one is meant",
            "bind one with the annotation `plumb.dev/remote-id: ID`",
        ),
        block(
            &worker,
            Code::BLOCKED_DUPLICATE,
            "a second BareMetal carries its mark: 5d0c (\"worker\", $19.92 an hour)",
            "the recorded one is kept; delete the other by hand, plumb does not",
        ),
    ];
    Plan { stack: "gpus".into(), actions, blocked, costs: costs.into(), ..Plan::default() }
}

/// Compares with a file of `tests/expected`; `INSTA_UPDATE=always` writes it.
#[track_caller]
pub(crate) fn expect(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => "../expected", prepend_module_to_snapshot => false, omit_expression => true
    }, { insta::assert_snapshot!(name, text) });
}

/// Whether a text has a character that acts, line breaks of ours apart.
pub(crate) fn acts(text: &str) -> Option<char> {
    text.chars().find(|character| *character != '\n' && plumb_model::text::acts(*character))
}

/// The text without colour sequences.
pub(crate) fn stripped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}
