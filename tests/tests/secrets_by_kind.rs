//! A secret planted in every place of every kind, and looked for in everything that a person, a
//! file or a log may get: plans in every form, ledger entries, exports, debug texts.
//!
//! Two ways of planting: as a value from elsewhere in every place that may hold text, and as plain
//! text in the places whose name says that they are secret, whatever the kind's rules say. So a rule
//! that is forgotten shows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use plumb_kind::{Context, Kind, Snapshot, Step};
use plumb_model::body::walk;
use plumb_model::finding::Span;
use plumb_model::key::ScopeLevel;
use plumb_model::ledger::{Protections, Provenance, Record};
use plumb_model::live::{Completeness, LiveStatus};
use plumb_model::resource::{Origin, Wishes};
use plumb_model::rules::{Access, RuleSet};
use plumb_model::{
    Body, Desired, Entry, Fields, LedgerView, Live, LiveObject, Observation, Policy, Resource,
    ResourceKey, Secret, Veiled, body,
};
use plumb_render::worlds::Worlds;
use plumb_render::{human, json, markdown};
use plumb_tests::plumb::registry;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What must not be seen.
const CANARY: &str = "canary";
/// The fields that the contracts call secret, whatever the rules say. Of a cloud-init only what comes
/// from elsewhere is.
const SECRET: [&str; 3] = ["password", "kubeconfig", "token"];
/// How deep schemas are grown, and how many of their alternatives are tried.
const DEEPEST: usize = 12;
const ALTERNATIVES: usize = 4;

/// How secrets are planted.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// As a value from elsewhere, wherever text may stand.
    FromElsewhere,
    /// As text, where the name says that it is secret.
    Bare,
}

/// Grows a document that says everything a schema allows.
struct Growing<'s> {
    root: &'s Value,
    way: Way,
    /// Which of several alternatives is taken.
    alternative: usize,
    planted: usize,
}

impl Growing<'_> {
    fn value(&mut self, schema: &Value, in_secret: bool, depth: usize) -> Option<Body> {
        if depth > DEEPEST {
            return None;
        }
        if let Some(place) = schema.get("$ref").and_then(Value::as_str) {
            let target = self.root.pointer(place.trim_start_matches('#'))?.clone();
            return self.value(&target, in_secret, depth + 1);
        }
        for word in ["anyOf", "oneOf"] {
            if let Some(Value::Array(all)) = schema.get(word) {
                let real: Vec<&Value> = all.iter().filter(|it| it["type"] != "null").collect();
                let chosen = real[self.alternative % real.len()].clone();
                return self.value(&chosen, in_secret, depth + 1);
            }
        }
        if let Some(fixed) = schema.get("const").or_else(|| schema.get("enum")?.get(0)) {
            return Some(fixed.into());
        }
        let is = |name: &str| match schema.get("type") {
            Some(Value::Array(all)) => all.iter().any(|it| it == name),
            Some(one) => one == name,
            None => false,
        };
        if is("object") {
            return Some(self.object(schema, in_secret, depth));
        }
        if is("array") {
            let items = schema.get("items").cloned().unwrap_or_default();
            let items = [0, 1].map(|_| self.value(&items, in_secret, depth + 1));
            return Some(items.into_iter().flatten().collect());
        }
        if is("string") || schema.get("type").is_none() {
            return Some(self.text(in_secret));
        }
        Some(if is("boolean") { true.into() } else { 3.into() })
    }

    fn object(&mut self, schema: &Value, in_secret: bool, depth: usize) -> Body {
        let mut fields = Fields::new();
        for (name, inner) in
            schema.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let in_secret = in_secret || SECRET.contains(&name.as_str());
            if let Some(value) = self.value(inner, in_secret, depth + 1) {
                fields.insert(name, value);
            }
        }
        if let Some(inner) = schema.get("additionalProperties").filter(|it| it.is_object()) {
            let inner = self.value(inner, in_secret, depth + 1);
            fields.insert("more", inner.unwrap_or_default());
        }
        Body::Fields(fields)
    }

    fn text(&mut self, in_secret: bool) -> Body {
        self.planted += usize::from(self.way == Way::FromElsewhere || in_secret);
        let number = self.planted;
        match self.way {
            Way::FromElsewhere => Secret::new(format!("{CANARY}-{number}")).into(),
            Way::Bare if in_secret => format!("{CANARY}-{number}").into(),
            Way::Bare => format!("plain-{number}").into(),
        }
    }
}

/// A document of a kind with secrets in it, and how many.
fn document(kind: &dyn Kind, way: Way, alternative: usize) -> (Body, usize) {
    let schema = kind.schema().to_value();
    let mut growing = Growing { root: &schema, way, alternative, planted: 0 };
    let mut body = growing.value(&schema, false, 0).unwrap();
    let planted = growing.planted;
    let level = kind.rules().level;
    let given = [("name", true), ("project", level != ScopeLevel::Global)];
    for (name, _) in given.into_iter().filter(|(_, here)| *here) {
        body["metadata"][name] = "thing".into();
    }
    if matches!(level, ScopeLevel::Workspace | ScopeLevel::ProjectOrWorkspace) {
        body["metadata"]["workspace"] = "thing".into();
    }
    // What names the elements of a list, or another resource, is no secret.
    if let Some(list) = body["spec"].get_mut("variables").and_then(Body::as_array_mut) {
        for (at, variable) in list.iter_mut().enumerate() {
            variable["name"] = format!("V{at}").into();
        }
    }
    (body, planted)
}

fn resource(kind: &dyn Kind, body: Body) -> Resource {
    let (scope, name) = kind.identify(&body).unwrap();
    let span = Span { file: "f".into(), line: 1, column: 1, start: 0, end: 0 };
    Resource {
        key: ResourceKey::new(kind.rules().id.clone(), scope, name),
        body,
        wishes: Wishes { adopt: true, ..Wishes::default() }.into(),
        origin: Origin { file: "f".into(), document: 0, item: None, span },
    }
}

/// A live object with this document and secret outputs, as the engine has it.
fn live(kind: &dyn Kind, key: &ResourceKey, body: Body) -> LiveObject {
    let object = LiveObject {
        key: key.clone(),
        remote_id: "019c6665-205e-784f-b9bc-fc6c5f8aff7c".parse().ok(),
        body,
        status: LiveStatus::ready(),
        outputs: body!({"ip": {"value": "canary-ip"}, "list": ["canary", {"x": "canary"}]}),
        mark: Some("stack".to_owned()),
        uid: None,
        hourly: None,
        completeness: Completeness::Full,
    };
    object.sealed(RuleSet::new(&kind.rules().fields, &[]))
}

/// Everything that is told of a document: as it is to be made, and as it differs from another.
fn told(kind: &dyn Kind, declared: &Resource, other: &Body) -> Vec<String> {
    let object = live(kind, &declared.key, other.clone());
    // As the front end has it. The walks get it as it is, and have to know by themselves.
    let mut read = declared.clone();
    walk::seal(&mut read.body, RuleSet::new(&kind.rules().fields, &[]));
    let entry = Entry {
        key: declared.key.clone(),
        remote_id: object.remote_id.clone(),
        provenance: Provenance::Created,
        since: None,
        sent: Veiled::from(read.body.clone()),
        hashes: BTreeMap::new(),
        protections: Protections::default(),
        requires: BTreeSet::new(),
    };
    let mut ledger = LedgerView { stack: "stack".to_owned(), ..LedgerView::default() };
    let mut telling = vec![
        format!("{read:?} {object:?} {entry:?} {:?} {:?}", object.body, object.outputs),
        serde_json::to_string(&Record::Applied(Arc::new(entry.clone()))).unwrap(),
        plumb_kind::export::plain(&object, kind.rules(), &[]).to_string(),
        format!("{:?}", kind.export(&object, &Snapshot::default())),
        format!("{:?}", kind.describe(&object, &Snapshot::default())),
        format!("{:?}", kind.check(declared)),
        object.body.shown().to_string() + &object.outputs.shown().to_string(),
    ];
    let desired = Desired::new(registry().table().clone(), [declared.clone()]).unwrap();
    let present = Observation::Present(Box::new(object.clone()));
    for (seen, recorded) in
        [(Observation::Absent, false), (present.clone(), false), (present, true)]
    {
        if recorded {
            ledger.absorb(&Record::Applied(Arc::new(entry.clone())));
        }
        let mut live = Live::default();
        live.objects.insert(declared.key.clone(), seen);
        let plan = plumb_planner::plan(&desired, &live, &ledger, &Policy::default());
        telling.push(format!("{plan:?}"));
        telling.push(serde_json::to_string(&plan).unwrap());
        let worlds = Some(Worlds { desired: &desired, live: &live });
        telling.push(serde_json::to_string(&json::plan(&plan, worlds, "fp", "0")).unwrap());
        telling.push(markdown::plan(&plan, None));
        for detail in [human::Detail::Plan, human::Detail::Why] {
            telling.push(human::plan(&plan, detail, plumb_render::Style::default()));
        }
    }
    telling.push(requests(kind, declared, &object));
    telling
}

/// The requests of every step, as a log would have them. Their bytes are the one place where the
/// secrets stand.
fn requests(kind: &dyn Kind, declared: &Resource, object: &LiveObject) -> String {
    let context = Context {
        key: &declared.key,
        body: Some(&declared.body),
        live: Some(object),
        entry: None,
        changes: &[],
        stack: "stack",
        uid: "uid",
        snapshot: &Snapshot::default(),
        ids: &BTreeMap::new(),
        parts: &[],
    };
    let steps = [Step::Adopt, Step::Create, Step::Update, Step::Delete];
    let built = steps.into_iter().filter_map(|step| kind.requests(step, &context).ok());
    format!("{:?}", built.collect::<Vec<_>>())
}

#[test]
fn no_kind_shows_a_secret_wherever_it_stands() {
    let (mut kinds, mut planted) = (0, BTreeMap::new());
    let registry = registry();
    for kind in registry.kinds().filter(|kind| kind.rules().access == Access::Managed) {
        kinds += 1;
        for alternative in 0..ALTERNATIVES {
            for way in [Way::FromElsewhere, Way::Bare] {
                let (body, count) = document(kind, way, alternative);
                *planted.entry(format!("{way:?}")).or_insert(0) += count;
                let declared = resource(kind, body);
                let (other, _) = document(kind, Way::Bare, alternative + 1);
                for (at, text) in told(kind, &declared, &other).iter().enumerate() {
                    let place = text.find(CANARY).map(|found| &text[found.saturating_sub(200)..]);
                    assert_eq!(place, None, "{} {way:?} {alternative}: {at}", kind.rules().id);
                }
            }
        }
    }
    assert!(kinds >= 9, "{kinds} kinds");
    assert!(planted["FromElsewhere"] > 300 && planted["Bare"] > 5, "{planted:?}");
}

#[test]
fn the_bytes_of_a_request_are_where_the_secrets_stand() {
    let registry = registry();
    let user = registry.kinds().find(|kind| kind.rules().id.kind == "User").unwrap();
    let mut body = body!({"metadata": {"name": "a@b.c"}, "spec": {
        "first_name": "A", "last_name": "B", "user_type": "API", "password": "canary"}});
    walk::seal(&mut body, RuleSet::new(&user.rules().fields, &[]));
    let declared = resource(user, body);
    let object = live(user, &declared.key, body!({}));
    let context = Context {
        key: &declared.key,
        body: Some(&declared.body),
        live: Some(&object),
        entry: None,
        changes: &[],
        stack: "stack",
        uid: "uid",
        snapshot: &Snapshot::default(),
        ids: &BTreeMap::new(),
        parts: &[],
    };
    let made = user.requests(Step::Create, &context).unwrap();
    assert!(!format!("{made:?}").contains(CANARY));
    let bytes = made[0].body.as_ref().unwrap().to_wire().unwrap();
    assert!(String::from_utf8(bytes).unwrap().contains("\"password\":\"canary\""));
}
