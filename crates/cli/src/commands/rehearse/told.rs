//! What a rehearsal came to: the steps in their order with how long each took in simulated time, what it
//! costs, and what a second plan would do.

use crate::report::{Part, Tables};
use jiff::Timestamp;
use plumb_model::plan::HourlyChange;
use plumb_model::{ActionId, ActionOutcome, Bill, Event, Money, Plan, ResourceKey};
use plumb_render::sheet::{Sheet, dollars};
use plumb_render::words::{duration, skipped};
use schemars::JsonSchema;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What the simulated clouds began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Beginning {
    /// Empty accounts.
    Nothing,
    /// An export.
    Export,
    /// What the stack owns in the real clouds.
    Live,
}

/// Trouble that was made on purpose.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub(crate) struct Faults {
    /// From which it follows.
    pub(crate) seed: u64,
    /// How many requests met it.
    pub(crate) met: u64,
}

/// What a rehearsal came to. Times are simulated: what the clouds would have taken.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Rehearsal {
    /// The stack.
    stack: String,
    /// What the simulated clouds began with.
    beginning: Beginning,
    /// Trouble that was made on purpose; null without.
    faults: Option<Faults>,
    /// How many resources the plan touches.
    counts: Counts,
    /// What it costs.
    cost: Cost,
    /// The steps, in the order in which they began.
    steps: Vec<Step>,
    /// How long each resource took, the longest first.
    resources: Vec<Resource>,
    /// How many runs it took.
    runs: usize,
    /// How long all of it took, in seconds.
    seconds: u64,
    /// What was in the way of the plan: blocked resources and limits.
    in_the_way: Vec<String>,
    /// What a second plan would do; empty when nothing is left.
    left: Vec<String>,
}

/// How many resources a plan touches.
#[derive(Debug, Serialize, JsonSchema)]
struct Counts {
    /// Made.
    add: usize,
    /// Changed.
    change: usize,
    /// Deleted.
    destroy: usize,
}

/// What a plan costs, in US dollars an hour as decimal text.
#[derive(Debug, Serialize, JsonSchema)]
struct Cost {
    /// What it changes, where prices are known.
    #[schemars(with = "String")]
    hourly_change: Money,
    /// How many resources have a price that nobody knows.
    unknown: usize,
    /// What its resources cost when it was over; null when it did not come to its end.
    #[schemars(with = "Option<String>")]
    hourly_found: Option<Money>,
}

/// A step that was taken.
#[derive(Debug, Serialize, JsonSchema)]
struct Step {
    /// The resource.
    address: String,
    /// What was done.
    operation: String,
    /// When it began, in seconds.
    began_seconds: u64,
    /// How long it took, in seconds; null when it did not come to its end.
    seconds: Option<u64>,
    /// What it came to, in words: `done` when it was.
    outcome: String,
}

/// How long a resource took.
#[derive(Debug, Serialize, JsonSchema)]
struct Resource {
    /// The resource.
    address: String,
    /// From the begin of its first step to the end of its last, in seconds.
    seconds: u64,
}

/// What was heard of the runs.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The plan of the first.
    plan: Option<Plan>,
    /// The bill of the first that has one.
    bill: Option<Bill>,
    /// What happened, each with how long after the begin of all in real milliseconds.
    events: Vec<(u64, Event)>,
    began: Option<Timestamp>,
    ended: u64,
    runs: usize,
}

impl Heard {
    /// Of one more run, from when to when.
    pub(super) fn run(
        &mut self,
        (began, ended): (Timestamp, Timestamp),
        plan: Plan,
        events: Vec<(Timestamp, Event)>,
        bill: Option<Bill>,
    ) {
        let first = *self.began.get_or_insert(began);
        let since =
            |at: Timestamp| u64::try_from(at.duration_since(first).as_millis()).unwrap_or(0);
        self.plan.get_or_insert(plan);
        self.bill = self.bill.take().or(bill);
        self.events.extend(events.into_iter().map(|(at, event)| (since(at), event)));
        (self.ended, self.runs) = (since(ended), self.runs.saturating_add(1));
    }

    /// How many there were.
    pub(super) fn runs(&self) -> usize {
        self.runs
    }
}

/// A step as it is heard of.
struct Taken<'e> {
    key: &'e ResourceKey,
    operation: String,
    began: u64,
    ended: Option<u64>,
    outcome: String,
}

impl Rehearsal {
    /// What was heard, at a clock that is so much faster than the wall's, and what a second plan found.
    pub(super) fn of(
        stack: &str,
        beginning: Beginning,
        faults: Option<Faults>,
        (heard, again): (&Heard, &Plan),
        pace: u32,
    ) -> Self {
        let nothing = Plan::default();
        let plan = heard.plan.as_ref().unwrap_or(&nothing);
        let HourlyChange { known, unknown } = plan.hourly_change();
        let counts = plan.counts();
        let taken = taken(&heard.events);
        let seconds = |real: u64| real.saturating_mul(u64::from(pace)) / 1_000;
        let step = |step: &Taken<'_>| Step {
            address: address(step.key),
            operation: step.operation.clone(),
            began_seconds: seconds(step.began),
            seconds: step.ended.map(|ended| seconds(ended.saturating_sub(step.began))),
            outcome: step.outcome.clone(),
        };
        Self {
            stack: stack.to_owned(),
            beginning,
            faults,
            counts: Counts { add: counts.add, change: counts.change, destroy: counts.destroy },
            cost: Cost {
                hourly_change: known,
                unknown,
                hourly_found: heard.bill.as_ref().map(|bill| bill.found),
            },
            steps: taken.iter().map(step).collect(),
            resources: resources(&taken, seconds),
            runs: heard.runs,
            seconds: seconds(heard.ended),
            in_the_way: in_the_way(plan),
            left: left(again),
        }
    }

    fn head(&self) -> String {
        let beginning = match self.beginning {
            Beginning::Nothing => "empty accounts",
            Beginning::Export => "what the export has",
            Beginning::Live => "what the stack owns",
        };
        let Counts { add, change, destroy } = self.counts;
        let plan = format!("{add} to add, {change} to change, {destroy} to destroy");
        let faults = self.faults.map(|Faults { seed, met }| {
            format!("Trouble of seed {seed} was met by {met} requests.\n")
        });
        let runs = if self.runs == 1 { "1 run".to_owned() } else { format!("{} runs", self.runs) };
        format!(
            "Rehearsal of {} in simulated clouds, beginning with {beginning}: {plan}.\n{}It took {} of \
             simulated time, in {runs}.{}\n",
            self.stack,
            faults.unwrap_or_default(),
            duration(self.seconds.saturating_mul(1_000)),
            self.cost.words(),
        )
    }

    fn timetable(&self) -> Sheet {
        let clock = |seconds: u64| duration(seconds.saturating_mul(1_000));
        let row = |(at, step): (usize, &Step)| {
            let Step { address, operation, began_seconds, seconds, outcome } = step;
            let took = seconds.map_or_else(|| "-".to_owned(), clock);
            let texts = [address, operation].map(String::clone).to_vec();
            [
                vec![at.saturating_add(1).to_string()],
                texts,
                vec![clock(*began_seconds), took, outcome.clone()],
            ]
            .concat()
        };
        let columns = ["Order", "Resource", "Step", "Begins at", "Takes", "Outcome"];
        Sheet::new("In this order", &columns, self.steps.iter().enumerate().map(row))
    }

    fn longest(&self) -> Sheet {
        let row = |resource: &Resource| {
            vec![resource.address.clone(), duration(resource.seconds.saturating_mul(1_000))]
        };
        Sheet::new("How long each takes", &["Resource", "Takes"], self.resources.iter().map(row))
    }
}

impl Cost {
    fn words(&self) -> String {
        let change = match self.hourly_change {
            nothing if nothing == Money::ZERO => String::new(),
            less if less < Money::ZERO => {
                format!(" It costs {} an hour less.", dollars(less.magnitude()))
            }
            more => format!(" It costs {} an hour more.", dollars(more)),
        };
        match self.unknown {
            0 => change,
            1 => format!("{change} Of 1 resource nobody knows the price."),
            count => format!("{change} Of {count} resources nobody knows the price."),
        }
    }
}

impl Tables for Rehearsal {
    fn parts(&self) -> Vec<Part> {
        let lines = |all: &[String]| {
            let lines: Vec<String> = all.iter().map(|line| format!("  {line}\n")).collect();
            lines.concat()
        };
        let blocked = (!self.in_the_way.is_empty())
            .then(|| Part::Text(format!("In the way:\n{}", lines(&self.in_the_way))));
        let left = if self.left.is_empty() {
            "A second plan has nothing to do.\n".to_owned()
        } else {
            format!("A second plan would still do:\n{}", lines(&self.left))
        };
        let sheets = [self.timetable(), self.longest()];
        let sheets = sheets.into_iter().filter(|sheet| !sheet.rows.is_empty()).map(Part::Table);
        let head = [Part::Text(self.head())].into_iter().chain(blocked);
        head.chain(sheets).chain([Part::Text(left)]).collect()
    }
}

/// The steps in the order in which they began.
fn taken(events: &[(u64, Event)]) -> Vec<Taken<'_>> {
    let mut all: Vec<Taken<'_>> = Vec::new();
    let mut open: BTreeMap<&ActionId, usize> = BTreeMap::new();
    for (at, event) in events {
        match event {
            Event::ActionStarted { id, key, operation } => {
                open.insert(id, all.len());
                let (operation, outcome) = (operation.to_string(), "not heard of again".to_owned());
                all.push(Taken { key, operation, began: *at, ended: None, outcome });
            }
            Event::ActionFinished { id, outcome, .. } => {
                let step = open.remove(id).and_then(|place| all.get_mut(place));
                if let Some(step) = step {
                    step.outcome = plumb_render::report::outcome(outcome);
                    step.ended = (*outcome == ActionOutcome::Done).then_some(*at);
                }
            }
            Event::ActionSkipped { key, because, id } => {
                let operation = id.to_string();
                let operation = operation.split(' ').next().unwrap_or_default().to_owned();
                let outcome = format!("skipped: {}", skipped(because));
                all.push(Taken { key, operation, began: *at, ended: None, outcome });
            }
            _ => {}
        }
    }
    all
}

/// How long each resource took, the longest first.
fn resources(steps: &[Taken<'_>], seconds: impl Fn(u64) -> u64) -> Vec<Resource> {
    let mut spans: BTreeMap<&ResourceKey, (u64, u64)> = BTreeMap::new();
    for (step, ended) in steps.iter().filter_map(|step| Some((step, step.ended?))) {
        let span = spans.entry(step.key).or_insert((step.began, ended));
        *span = (span.0.min(step.began), span.1.max(ended));
    }
    let one = |(key, (began, ended)): (&ResourceKey, (u64, u64))| Resource {
        address: address(key),
        seconds: seconds(ended.saturating_sub(began)),
    };
    let mut resources: Vec<Resource> = spans.into_iter().map(one).collect();
    resources.sort_by_key(|resource| Reverse(resource.seconds));
    resources
}

/// What keeps a plan from being carried out whole.
fn in_the_way(plan: &Plan) -> Vec<String> {
    let limits = plan.tripped.iter().map(|limit| format!("{} {}", limit.code, limit.message));
    let blocked = plan.blocked.iter();
    let blocked = blocked.map(|it| format!("{}: {} {}", address(&it.key), it.code, it.message));
    limits.chain(blocked).collect()
}

/// What a plan would do, or cannot.
fn left(again: &Plan) -> Vec<String> {
    let step = |it: &plumb_model::Action| format!("{}: {}", address(&it.key), it.operation);
    again.actions.iter().map(step).chain(in_the_way(again)).collect()
}

fn address(key: &ResourceKey) -> String {
    key.to_string()
}
