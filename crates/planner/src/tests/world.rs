//! A world to plan in, and a simple hand that carries a plan out in it.

use super::toys;
use crate::{basis, plan};
use jiff::Timestamp;
use plumb_model::body::walk;
use plumb_model::digest::{Digest, HashKey};
use plumb_model::finding::Span;
use plumb_model::ledger::{Contract, Protections, Provenance};
use plumb_model::live::{Candidate, Completeness, LiveStatus, Observation, Rivals};
use plumb_model::mark::uid;
use plumb_model::plan::{Basis, Operation};
use plumb_model::resource::{Origin, OutputReference, Wishes};
use plumb_model::rules::{Lifecycle, MarkPlace, RuleSet};
use plumb_model::{
    Action, ActionId, Body, Code, Desired, Entry, FieldPath, Gap, Intent, LedgerView, Live,
    LiveObject, Money, Phase, Plan, Policy, Power, Record, Refinement, Resource, ResourceKey,
    RunId, Scope, ServerText, body,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) const STACK: &str = "ours";

/// Documents, live objects, a ledger and a policy.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) documents: Vec<Resource>,
    pub(super) live: Live,
    pub(super) ledger: LedgerView,
    pub(super) policy: Policy,
}

pub(super) fn path(text: &str) -> FieldPath {
    text.parse().unwrap()
}

/// The rules of a resource's kind.
fn rules_of<'d>(desired: &'d Desired, resource: &Resource) -> RuleSet<'d> {
    RuleSet::new(&desired.kinds().get(resource.kind()).unwrap().fields, &[])
}

pub(super) fn resource(key: &str, body: Body) -> Resource {
    let span = Span { file: "f".into(), line: 1, column: 1, start: 0, end: 0 };
    Resource {
        key: toys::key(key),
        body,
        wishes: Wishes::default().into(),
        origin: Origin { file: "f".into(), document: 0, item: None, span },
    }
}

/// An object that is there and ready, with this stack's mark where its kind has one.
pub(super) fn object(key: &str, body: Body) -> LiveObject {
    let key = toys::key(key);
    let marked = toys::kinds().get(&key.kind).is_some_and(|rules| rules.mark == MarkPlace::Object);
    LiveObject {
        remote_id: id_of(&key).parse().ok(),
        uid: marked.then(|| uid(STACK, &key)),
        key,
        body,
        status: LiveStatus { power: Some(Power::On), ..LiveStatus::ready() },
        outputs: body!({"ip": {"value": "10.0.0.1"}}),
        mark: marked.then(|| STACK.to_owned()),
        hourly: None,
        completeness: Completeness::Full,
    }
}

/// One of several objects, at a price where one is given.
pub(super) fn candidate(id: &str, name: &str, hourly: Option<&str>) -> Candidate {
    let hourly = hourly.map(|price| price.parse().unwrap());
    Candidate { id: id.parse().unwrap(), name: ServerText::new(name), hourly }
}

pub(super) fn dollars(text: &str) -> Money {
    text.parse().unwrap()
}

fn id_of(key: &ResourceKey) -> String {
    Digest::of_bytes(key.canonical().as_bytes()).to_string()
}

pub(super) fn entry(key: &str, sent: Body) -> Entry {
    let key = toys::key(key);
    Entry {
        remote_id: id_of(&key).parse().ok(),
        key,
        provenance: Provenance::Created,
        since: None,
        sent: sent.into(),
        hashes: BTreeMap::new(),
        protections: Protections::default(),
        requires: BTreeSet::new(),
    }
}

pub(super) fn contract() -> Contract {
    Contract { months: 6, since: "2026-01-31T10:00:00Z".parse::<Timestamp>().unwrap() }
}

pub(super) fn gap(kind: &str, scope: Scope) -> Gap {
    Gap { kind: toys::id(kind), scope, reason: ServerText::new("500") }
}

pub(super) fn house(name: &str) -> Scope {
    Scope::Project(name.to_owned())
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            documents: Vec::new(),
            live: Live::default(),
            ledger: LedgerView {
                stack: STACK.to_owned(),
                hash_key: HashKey::new(vec![3; 32]),
                ..LedgerView::default()
            },
            policy: Policy::default(),
        }
    }

    /// Looked at by then.
    pub(super) fn at(mut self, now: &str) -> Self {
        self.ledger.as_of = Some(now.parse().unwrap());
        self
    }

    pub(super) fn declare(mut self, key: &str, body: Body) -> Self {
        self.documents.push(resource(key, body));
        if !self.live.objects.contains_key(&toys::key(key)) {
            self.live.objects.insert(toys::key(key), Observation::Absent);
        }
        self
    }

    pub(super) fn live(mut self, key: &str, body: Body) -> Self {
        let object = object(key, body);
        self.live.objects.insert(object.key.clone(), Observation::Present(Box::new(object)));
        self
    }

    pub(super) fn absent(mut self, key: &str) -> Self {
        self.live.objects.insert(toys::key(key), Observation::Absent);
        self
    }

    pub(super) fn unknown(mut self, key: &str) -> Self {
        let reason = ServerText::new("500");
        self.live.objects.insert(toys::key(key), Observation::Unknown(reason));
        self
    }

    pub(super) fn recorded(mut self, key: &str, sent: Body) -> Self {
        self.ledger.entries.insert(toys::key(key), entry(key, sent).into());
        self
    }

    /// Live and in the ledger, and not declared.
    pub(super) fn owned(self, key: &str, body: Body) -> Self {
        self.live(key, body.clone()).recorded(key, body)
    }

    /// Declared, live and in the ledger, all with one body.
    pub(super) fn settled(self, key: &str, body: Body) -> Self {
        self.declare(key, body.clone()).owned(key, body)
    }

    pub(super) fn wish(mut self, key: &str, change: impl FnOnce(&mut Resource)) -> Self {
        let key = toys::key(key);
        change(self.documents.iter_mut().find(|resource| resource.key == key).unwrap());
        self
    }

    pub(super) fn seen(mut self, key: &str, change: impl FnOnce(&mut LiveObject)) -> Self {
        match self.live.objects.get_mut(&toys::key(key)).unwrap() {
            Observation::Present(object) => change(object),
            other => panic!("{key} is {other:?}"),
        }
        self
    }

    /// What it costs as it is, and as it is declared.
    pub(super) fn priced(mut self, key: &str, now: Option<&str>, declared: Option<&str>) -> Self {
        if let Some(Observation::Present(object)) = self.live.objects.get_mut(&toys::key(key)) {
            object.hourly = now.map(dollars);
        }
        let refinement = Refinement { hourly: declared.map(dollars), ..Refinement::default() };
        self.live.refinements.insert(toys::key(key), refinement);
        self
    }

    pub(super) fn rivals(mut self, key: &str, rivals: Rivals) -> Self {
        self.live.rivals.insert(toys::key(key), rivals);
        self
    }

    pub(super) fn phase(self, key: &str, phase: Phase) -> Self {
        self.seen(key, |object| object.status.phase = phase)
    }

    pub(super) fn kept(mut self, key: &str, change: impl FnOnce(&mut Entry)) -> Self {
        change(Arc::make_mut(self.ledger.entries.get_mut(&toys::key(key)).unwrap()));
        self
    }

    pub(super) fn requires(self, key: &str, others: &[&str]) -> Self {
        self.kept(key, |entry| entry.requires = others.iter().map(|o| toys::key(o)).collect())
    }

    pub(super) fn policy(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        change(&mut self.policy);
        self
    }

    pub(super) fn gap(mut self, kind: &str, scope: Scope) -> Self {
        self.live.gaps.insert(gap(kind, scope));
        self
    }

    pub(super) fn output(self, key: &str, at: &str, source: &str, output: &str) -> Self {
        let reference = OutputReference { key: toys::key(source), path: path(output) };
        self.wish(key, |resource| {
            resource.put(&path(at), reference);
        })
    }

    pub(super) fn intent(mut self, key: &str) -> Self {
        let key = toys::key(key);
        let at = Timestamp::UNIX_EPOCH;
        let intent = Intent {
            key: key.clone(),
            uid: "u".to_owned(),
            attempt: 1,
            digest: Digest::of_bytes(b""),
            at,
            deadline: at,
            run: RunId("r".to_owned()),
        };
        self.ledger.open_intents.insert(key, intent);
        self
    }

    pub(super) fn desired(&self) -> Desired {
        Desired::new(toys::kinds(), self.documents.clone()).unwrap()
    }

    /// Plans, and checks what holds for every plan.
    pub(super) fn plan(&self) -> Plan {
        let made = plan(&self.desired(), &self.live, &self.ledger, &self.policy);
        let mut backwards = self.clone();
        backwards.documents.reverse();
        let again = plan(&backwards.desired(), &self.live, &self.ledger, &self.policy);
        assert_eq!(text(&made), text(&again), "the same, whatever the order of documents");
        check(&made);
        made
    }

    pub(super) fn basis(&self) -> Basis {
        let of = |world: &Self, plan: &Plan| {
            basis(plan, &world.desired(), &world.live, &world.ledger, &world.policy)
        };
        let made = of(self, &self.plan());
        let mut backwards = self.clone();
        backwards.documents.reverse();
        assert_eq!(
            made,
            of(&backwards, &backwards.plan()),
            "the same, whatever the order of documents"
        );
        made
    }

    /// The plan as lines: `create Machine/a/r/m`, `! PL0501 Machine/a/r/m`, `# PL0530 …`.
    pub(super) fn lines(&self) -> Vec<String> {
        lines(&self.plan())
    }

    #[track_caller]
    pub(super) fn gives(self, expected: &[&str]) -> Self {
        assert_eq!(self.lines(), expected);
        self
    }

    /// Carries the plan out, after which planning again does nothing more.
    #[track_caller]
    pub(super) fn then_nothing(mut self) {
        let first = self.plan();
        assert!(first.tripped.is_empty() && first.blocked.is_empty(), "{:?}", lines(&first));
        self.apply(&first);
        let second = self.plan();
        assert!(second.is_empty(), "{:?}", lines(&second));
    }

    /// Does what the engine would do, in a world where everything works.
    pub(super) fn apply(&mut self, plan: &Plan) {
        let desired = self.desired();
        for key in &plan.unchanged {
            let known = self.ledger.entries.get(key).map(|entry| entry.provenance);
            let resource = desired.get(key).unwrap();
            self.record(&desired, resource, known.unwrap_or(Provenance::Adopted));
        }
        for key in plan.gone() {
            self.ledger.absorb(&Record::Forgotten { key: key.clone() });
        }
        for action in &plan.actions {
            self.carry_out(&desired, action);
        }
    }

    fn carry_out(&mut self, desired: &Desired, action: &Action) {
        let key = &action.key;
        match action.operation {
            Operation::Create => self.make(desired, key),
            Operation::Adopt | Operation::Update => self.write(desired, action),
            Operation::Publish => self.change(key, |object| {
                object.status = LiveStatus { power: Some(Power::On), ..LiveStatus::ready() };
            }),
            Operation::Wait | Operation::Restart => self.change(key, |object| {
                object.status.phase = Phase::Ready;
                object.completeness = Completeness::Full;
            }),
            Operation::Power(power) => {
                self.change(key, |object| object.status.power = Some(power));
            }
            Operation::Delete => {
                self.live.objects.insert(key.clone(), Observation::Absent);
                self.ledger.absorb(&Record::Forgotten { key: key.clone() });
            }
        }
    }

    fn make(&mut self, desired: &Desired, key: &ResourceKey) {
        let resource = desired.get(key).unwrap();
        let mut made = object(&key.to_string(), self.sendable(desired, resource));
        made.status.phase = match desired.kinds().get(&key.kind).unwrap().lifecycle {
            Lifecycle::Immediate => Phase::Ready,
            Lifecycle::Published => Phase::NotDeployed,
            Lifecycle::Waited => Phase::Pending,
        };
        self.live.objects.insert(key.clone(), Observation::Present(Box::new(made)));
        self.record(desired, resource, Provenance::Created);
    }

    fn write(&mut self, desired: &Desired, action: &Action) {
        let resource = desired.get(&action.key).unwrap();
        let body = self.sendable(desired, resource);
        let marked = object(&action.key.to_string(), Body::Null).mark;
        let adopts = action.operation == Operation::Adopt;
        self.change(&action.key, |object| {
            object.mark = marked;
            if !adopts {
                object.body = body;
            }
        });
        let known = self.ledger.entries.get(&action.key).map(|entry| entry.provenance);
        self.record(desired, resource, known.unwrap_or(Provenance::Adopted));
        // An adopt sends no fields, so what cannot be read is not on record by it.
        if let Some(entry) = self.ledger.entries.get_mut(&action.key).filter(|_| adopts) {
            let mut sent = (*entry.sent).clone();
            if let Some(fields) = sent.get_mut("spec").and_then(Body::as_object_mut) {
                fields.remove("groups");
                fields.remove("place");
            }
            Arc::make_mut(entry).sent = sent.into();
        }
    }

    fn sendable(&self, desired: &Desired, resource: &Resource) -> Body {
        let outputs = walk::outputs(&resource.body, rules_of(desired, resource)).into_iter();
        let body = outputs.fold(resource.body.clone(), |body, (at, reference)| {
            let value = self.live.output(&reference.key, &reference.path).unwrap_or_default();
            body.with(&at, value)
        });
        body.with_secrets_in_clear().into()
    }

    fn record(&mut self, desired: &Desired, resource: &Resource, provenance: Provenance) {
        let key = &resource.key;
        let secrets = walk::secrets(&resource.body, rules_of(desired, resource)).into_iter();
        let entry = Entry {
            key: key.clone(),
            remote_id: self.live.present(key).unwrap().remote_id.clone(),
            provenance,
            since: None,
            sent: resource.body.clone().into(),
            hashes: secrets.map(|(at, secret)| (at, self.ledger.hash_key.of(secret))).collect(),
            protections: Protections {
                prevent_destroy: resource.wishes.prevent_destroy,
                contract: self.ledger.entries.get(key).and_then(|e| e.protections.contract.clone()),
            },
            requires: desired.edges()[key].clone(),
        };
        self.ledger.absorb(&Record::Applied(Arc::new(entry)));
    }

    fn change(&mut self, key: &ResourceKey, change: impl FnOnce(&mut LiveObject)) {
        match self.live.objects.get_mut(key) {
            Some(Observation::Present(object)) => change(object),
            other => panic!("{key} is {other:?}"),
        }
    }
}

pub(super) fn text(plan: &Plan) -> String {
    serde_json::to_string(plan).unwrap()
}

pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let actions = plan.actions.iter().map(|action| format!("{} {}", action.operation, action.key));
    let blocked = plan.blocked.iter().map(|b| format!("! {} {}", b.code, b.key));
    let tripped = plan.tripped.iter().map(|tripped| format!("!! {}", tripped.code));
    let notes = plan.notes.iter().map(|note| {
        let key = note.key.as_ref().map(ToString::to_string);
        format!("# {} {}", note.code, key.unwrap_or_default()).trim_end().to_owned()
    });
    actions.chain(blocked).chain(tripped).chain(notes).collect()
}

/// What holds for every plan.
fn check(plan: &Plan) {
    let mut seen: BTreeSet<&ActionId> = BTreeSet::new();
    for action in &plan.actions {
        for required in &action.requires {
            assert!(seen.contains(required), "{} comes after {required}", action.id);
        }
        assert!(seen.insert(&action.id), "{} is there once", action.id);
        assert!(!action.because.is_empty(), "{} has a reason", action.id);
    }
    let acting: BTreeSet<&ResourceKey> = plan.actions.iter().map(|action| &action.key).collect();
    // What goes may leave duplicates behind.
    let deletes = plan.actions.iter().filter(|action| action.operation == Operation::Delete);
    let going: BTreeSet<&ResourceKey> = deletes.map(|action| &action.key).collect();
    let blocked = plan
        .blocked
        .iter()
        .filter(|blocked| blocked.code != Code::BLOCKED_DUPLICATE || !going.contains(&blocked.key));
    let blocked: BTreeSet<&ResourceKey> = blocked.map(|blocked| &blocked.key).collect();
    let unchanged: BTreeSet<&ResourceKey> = plan.unchanged.iter().collect();
    assert!(acting.is_disjoint(&blocked) && acting.is_disjoint(&unchanged));
    assert!(blocked.is_disjoint(&unchanged));
    for blocked in &plan.blocked {
        assert!(!blocked.message.is_empty() && !blocked.help.is_empty());
        assert!(blocked.code.explanation().is_some());
    }
    let parsed: Plan = serde_json::from_str(&text(plan)).unwrap();
    assert_eq!(parsed, *plan, "a plan file holds the whole plan");
}
