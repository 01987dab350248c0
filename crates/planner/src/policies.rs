//! The policies of a stack: expressions, held against the whole planned world as rails are. One that cannot be
//! judged is not kept.

use crate::costs;
use crate::planned::{self, Planned};
use crate::scene::Scene;
use crate::words;
use plumb_cel::{Broken, Expression, Fleet, Mistake};
use plumb_model::plan::{Operation, Tripped};
use plumb_model::rails::Measure;
use plumb_model::text::escape;
use plumb_model::{CelPolicy, Code, Money, Plan, ResourceKey, Scope, Worlds};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// So many resources are named in a refusal.
const MOST_NAMED: usize = 8;

/// All policies that the planned world breaks. A plan that only takes things away is asked by those alone
/// that speak of what goes.
pub(crate) fn judge(scene: &Scene<'_>, plan: &Plan) -> Vec<Tripped> {
    if scene.policy.policies.is_empty() {
        return Vec::new();
    }
    let only_takes_away = planned::only_takes_away(scene, plan);
    let world = planned::world(scene, plan);
    let asked = scene.policy.policies.iter().filter_map(|policy| {
        let expression = Expression::read(&policy.cel);
        let speaks_of_it = |expression: &Expression| {
            ["removed", "changes"].iter().any(|name| expression.names(name))
        };
        let is_asked = !only_takes_away || expression.as_ref().map_or(true, speaks_of_it);
        is_asked.then_some((policy, expression))
    });
    let judged = asked.flat_map(|(policy, expression)| match expression {
        Ok(expression) => Judging { scene, plan, policy, world: &world }.all(&expression),
        Err(Mistake { line, column, why }) => {
            vec![tripped(policy, &format!("cannot be judged: line {line}, column {column}: {why}"))]
        }
    });
    judged.collect()
}

fn tripped(policy: &CelPolicy, what: &str) -> Tripped {
    Tripped {
        code: Code::LIMIT_POLICY,
        message: format!("policy {policy}: {what}"),
        help: "change what is declared, or the policy in plumb.yaml; no option of a run passes it"
            .to_owned(),
    }
}

/// One policy before the world.
struct Judging<'j, 'a> {
    scene: &'j Scene<'a>,
    plan: &'j Plan,
    policy: &'j CelPolicy,
    world: &'j [Planned<'a>],
}

impl Judging<'_, '_> {
    fn all(&self, expression: &Expression) -> Vec<Tripped> {
        let (mut about, mut figures, mut unjudged) = (BTreeSet::new(), Vec::new(), Vec::new());
        let mut is_false = false;
        for broken in Fleet::new(&self.variables()).judge(expression) {
            match broken {
                Broken::False { about: found, figure } => {
                    is_false = true;
                    about.extend(found);
                    figures.extend(figure);
                }
                Broken::Unjudged { about, why } => {
                    let unknown = self.unknown(&why, about.as_deref());
                    let about = about.map(|about| format!("{about}, ")).unwrap_or_default();
                    unjudged.push(format!("{about}{why}{unknown}"));
                }
            }
        }
        if about.is_empty() {
            about.extend(self.concerned(expression));
        }
        let refusal = is_false.then(|| self.refusal(figures.into_iter().next(), &about));
        let unjudged =
            (!unjudged.is_empty()).then(|| format!("cannot be judged: {}", words::few(unjudged)));
        refusal.into_iter().chain(unjudged).map(|what| tripped(self.policy, &what)).collect()
    }

    fn refusal(&self, figure: Option<String>, about: &BTreeSet<String>) -> String {
        let message = self.policy.message.as_deref().map(escape);
        let what: Vec<String> = message.into_iter().chain(figure).collect();
        let what = if what.is_empty() { "it does not hold".to_owned() } else { what.join("; ") };
        if about.is_empty() { what } else { format!("{what}: {}", words::some(about, MOST_NAMED)) }
    }

    fn is_about(&self, one: &Planned<'_>) -> bool {
        self.policy.about.as_ref().is_none_or(|fit| fit.fits(one.key, one.body))
    }

    fn things(&self) -> impl Iterator<Item = &Planned<'_>> {
        self.world.iter().filter(|one| self.is_about(one))
    }

    /// Those that have some of what the expression counts.
    fn concerned(&self, expression: &Expression) -> Vec<String> {
        let counted = COUNTED.iter().find(|(field, _)| expression.reads(field));
        let Some((_, measure)) = counted else { return Vec::new() };
        let has_some =
            |one: &&Planned<'_>| one.figure(self.scene, *measure).is_ok_and(|it| it > Money::ZERO);
        self.things().filter(has_some).map(|one| one.key.to_string()).collect()
    }

    /// Why a figure is not there that an expression asked for, of one thing or of all.
    fn unknown(&self, why: &str, about: Option<&str>) -> String {
        let asked =
            COUNTED.iter().find(|(field, _)| why.ends_with(&format!("no such key: {field}")));
        let Some((_, measure)) = asked else { return String::new() };
        let unknown = self.things().filter_map(|one| {
            let why = one.figure(self.scene, *measure).err()?;
            let address = one.key.to_string();
            match about {
                Some(about) => (about == address).then_some(why),
                None => Some(format!("{address}, {why}")),
            }
        });
        let unknown = words::few(unknown);
        if unknown.is_empty() { unknown } else { format!(" ({unknown})") }
    }

    /// What the expression may speak of.
    fn variables(&self) -> Value {
        let plan = self.plan;
        let turns = turns(plan);
        let counts = plan.counts();
        let worlds = Worlds { desired: self.scene.desired, live: self.scene.live };
        let resources: Vec<Value> = self
            .things()
            .map(|one| {
                let document = if self.scene.is_declared(one.key) {
                    worlds.kept(one.key).or_else(|| worlds.declared(one.key))
                } else {
                    worlds.prior(one.key)
                };
                let mut all = described(one.key, document.as_ref().map(|shown| &shown.document));
                all.extend(self.figures(one));
                all.insert("declared".to_owned(), self.scene.is_declared(one.key).into());
                let turn = turns.get(one.key).copied().unwrap_or("none");
                all.insert("action".to_owned(), turn.into());
                Value::Object(all)
            })
            .collect();
        json!({
            "resources": resources,
            "removed": self.removed(worlds),
            "totals": self.totals(),
            "changes": {"add": counts.add, "change": counts.change, "destroy": counts.destroy},
            "stack": plan.stack,
        })
    }

    /// What is deleted and not made again.
    fn removed(&self, worlds: Worlds<'_>) -> Vec<Value> {
        let there: BTreeSet<&ResourceKey> = self.world.iter().map(|one| one.key).collect();
        let deletes = self.plan.actions.iter().filter(|it| it.operation == Operation::Delete);
        let gone = deletes.map(|action| &action.key).filter(|key| !there.contains(*key));
        let gone = gone.filter(|key| {
            let body = self.scene.live.present(key).map(|object| &object.body);
            body.is_none_or(|body| self.is_about(&Planned { key, body }))
        });
        let described = |key: &ResourceKey| {
            let prior = worlds.prior(key);
            let mut all = described(key, prior.as_ref().map(|shown| &shown.document));
            let hourly = costs::now(self.scene, key).and_then(number);
            all.extend(hourly.map(|hourly| ("hourly".to_owned(), hourly)));
            Value::Object(all)
        };
        gone.map(described).collect()
    }

    /// The figures of a thing that are known.
    fn figures(&self, one: &Planned<'_>) -> Map<String, Value> {
        let named = MEASURES.iter().filter_map(|(name, measure)| {
            let figure = one.figure(self.scene, *measure).ok()?;
            Some(((*name).to_owned(), number(figure)?))
        });
        named.collect()
    }

    /// The sums of those that are known of everything.
    fn totals(&self) -> Value {
        let mut totals = Map::new();
        for (name, measure) in MEASURES.iter().filter(|(_, it)| *it != Measure::ContractMonths) {
            let all: Result<Vec<Money>, String> =
                self.things().map(|one| one.figure(self.scene, *measure)).collect();
            let sum = all.ok().map(|all| all.into_iter().sum::<Money>()).and_then(number);
            totals.extend(sum.map(|sum| ((*name).to_owned(), sum)));
        }
        totals.insert("resources".to_owned(), self.things().count().into());
        Value::Object(totals)
    }
}

/// What expressions count, and who has some of it.
const COUNTED: [(&str, Measure); 3] =
    [("gpus", Measure::Gpus), ("hourly", Measure::Hourly), ("monthly", Measure::Hourly)];

/// What each thing has some of.
const MEASURES: [(&str, Measure); 4] = [
    ("gpus", Measure::Gpus),
    ("hourly", Measure::Hourly),
    ("monthly", Measure::Monthly),
    ("contract_months", Measure::ContractMonths),
];

/// A whole number where it is one.
fn number(figure: Money) -> Option<Value> {
    let text = figure.plain();
    let whole = figure.normalized().parse::<i64>().ok().map(Value::from);
    whole.or_else(|| text.parse::<f64>().ok().map(Value::from))
}

/// What happens to each thing, in a word.
fn turns(plan: &Plan) -> BTreeMap<&ResourceKey, &'static str> {
    let mut turns = BTreeMap::new();
    for action in &plan.actions {
        let before = turns.get(&action.key).copied();
        let turn = match (action.operation, before) {
            (Operation::Wait, before) => before.unwrap_or("none"),
            (Operation::Delete, _) => "delete",
            (_, Some("delete" | "replace")) => "replace",
            (Operation::Create, _) | (_, Some("create")) => "create",
            _ => "update",
        };
        turns.insert(&action.key, turn);
    }
    turns
}

/// A resource by what it is called, with its document.
fn described(key: &ResourceKey, document: Option<&Value>) -> Map<String, Value> {
    let part = |name: &str| document.and_then(|document| document.get(name)).cloned();
    let empty = || Value::Object(Map::new());
    let metadata = part("metadata").unwrap_or_else(empty);
    let labels = metadata.get("labels").cloned().filter(Value::is_object).unwrap_or_else(empty);
    let fields = [
        ("address", Value::from(key.to_string())),
        ("group", key.kind.group.clone().into()),
        ("kind", key.kind.kind.clone().into()),
        ("scope", scope(&key.scope).into()),
        ("name", key.name.clone().into()),
        ("labels", labels),
        ("metadata", metadata),
        ("spec", part("spec").unwrap_or_else(empty)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn scope(scope: &Scope) -> String {
    scope.segments().join("/")
}
