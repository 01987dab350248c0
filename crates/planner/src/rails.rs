//! The guard rails of a stack, held against the whole planned world: what is made and changed, and what
//! stays as it is. A rail that cannot be judged is not kept.

use crate::costs;
use crate::scene::{Scene, Seen};
use crate::words;
use plumb_model::plan::{Operation, Tripped};
use plumb_model::prices::text;
use plumb_model::rails::{Measure, Rail, looks_like};
use plumb_model::text::escape;
use plumb_model::{Body, Code, FieldPath, Money, Plan, Power, ResourceKey};
use std::collections::BTreeSet;

/// What is there when the plan is carried out.
struct Planned<'a> {
    key: &'a ResourceKey,
    body: &'a Body,
}

/// All rails that the planned world leaves. A plan that only takes things away passes.
pub(crate) fn judge(scene: &Scene<'_>, plan: &Plan) -> Vec<Tripped> {
    let takes_away = |operation| match operation {
        Operation::Delete | Operation::Wait => true,
        Operation::Power(power) => power != Power::On,
        _ => false,
    };
    if scene.is_destroying() || plan.actions.iter().all(|action| takes_away(action.operation)) {
        return Vec::new();
    }
    let world = world(scene, plan);
    let rails = scene.policy.rails.rails.iter();
    rails.flat_map(|rail| Judging { scene, rail, world: &world }.all()).collect()
}

/// What is declared, and what is ours, not declared and not deleted: what could not be seen is taken as
/// it was last sent.
fn world<'a>(scene: &Scene<'a>, plan: &Plan) -> Vec<Planned<'a>> {
    let going = plan.actions.iter().filter(|action| action.operation == Operation::Delete);
    let going: BTreeSet<&ResourceKey> = going.map(|action| &action.key).collect();
    let declared = scene.desired.resources().iter().filter(|(key, _)| scene.is_declared(key));
    let declared = declared.map(|(key, resource)| Planned { key, body: &resource.body });
    let kept = scene.ledger.entries.iter().filter_map(|(key, entry)| {
        let stays = !scene.is_declared(key) && !going.contains(key);
        match scene.seen(key) {
            Seen::Present(object) if stays => Some(Planned { key, body: &object.body }),
            Seen::Unknown(_) if stays => Some(Planned { key, body: &entry.sent }),
            Seen::Present(_) | Seen::Unknown(_) | Seen::Absent => None,
        }
    });
    declared.chain(kept).collect()
}

/// One rail before the world.
struct Judging<'j, 'a> {
    scene: &'j Scene<'a>,
    rail: &'j Rail,
    world: &'j [Planned<'a>],
}

impl<'j> Judging<'j, '_> {
    fn all(&self) -> Vec<Tripped> {
        let rail = self.rail;
        let mut tripped = Vec::new();
        for (measure, most) in &rail.most {
            tripped.extend(self.together(*measure, *most));
        }
        for one in self.concerned() {
            for (measure, most) in &rail.most_each {
                let found = self.figure(*measure, one);
                let found = found.map(|found| (found > *most, measure.shown(found)));
                let allowed = measure.shown(*most);
                tripped.extend(self.each(one, found, &format!("the most is {allowed}")));
            }
            for (field, values) in &rail.among {
                let allowed: Vec<String> = values.iter().map(|value| escape(value)).collect();
                let allowed = format!("{} is allowed", words::some(allowed, 8));
                let wrong = self.value(one, field);
                let wrong = wrong.map(|value| (!values.contains(&value), said(field, &value)));
                tripped.extend(self.each(one, wrong, &allowed));
            }
            for (field, pattern) in &rail.like {
                let wrong = self.value(one, field);
                let wrong = wrong.map(|value| (!looks_like(&value, pattern), said(field, &value)));
                let allowed = format!("it must look like {:?}", escape(pattern));
                tripped.extend(self.each(one, wrong, &allowed));
            }
            for (field, wanted) in &rail.has {
                let missing = self.missing(one, field, wanted);
                tripped
                    .extend(missing.map(|missing| self.tripped(&format!("{} {missing}", one.key))));
            }
        }
        tripped
    }

    fn concerned(&self) -> impl Iterator<Item = &'j Planned<'j>> {
        let (rail, world) = (self.rail, self.world);
        world.iter().filter(move |one| rail.is_about(one.key, one.body))
    }

    /// What all of them come to.
    fn together(&self, measure: Measure, most: Money) -> Option<Tripped> {
        let mut sum = Money::ZERO;
        for one in self.concerned() {
            match self.figure(measure, one) {
                Ok(figure) => sum = sum + figure,
                Err(why) => {
                    return Some(self.tripped(&format!("cannot be judged: {}, {why}", one.key)));
                }
            }
        }
        let message = || {
            let counted: Vec<&ResourceKey> = self
                .concerned()
                .filter(|one| self.figure(measure, one).is_ok_and(|figure| figure > Money::ZERO))
                .map(|one| one.key)
                .collect();
            let (found, allowed) = (measure.shown(sum), measure.shown(most));
            format!("{found} planned, and the most is {allowed}: {}", words::some(counted, 8))
        };
        (sum > most).then(|| self.tripped(&message()))
    }

    /// What is wrong with one of them, or why that cannot be told.
    fn each(
        &self,
        one: &Planned<'_>,
        found: Result<(bool, String), String>,
        allowed: &str,
    ) -> Option<Tripped> {
        match found {
            Ok((false, _)) => None,
            Ok((true, found)) => {
                Some(self.tripped(&format!("{}: {found}, and {allowed}", one.key)))
            }
            Err(why) => Some(self.tripped(&format!("cannot be judged: {}, {why}", one.key))),
        }
    }

    fn tripped(&self, what: &str) -> Tripped {
        Tripped {
            code: Code::LIMIT_RAIL,
            message: format!("guard rail {}: {what}", self.rail),
            help:
                "change what is declared, or the rail in plumb.yaml; no option of a run passes it"
                    .to_owned(),
        }
    }

    fn figure(&self, measure: Measure, one: &Planned<'_>) -> Result<Money, String> {
        match measure {
            Measure::Resources => Ok(Money::ONE),
            Measure::Gpus => self.gpus(one),
            Measure::Hourly => self.hourly(one),
            Measure::Monthly => Ok(self.hourly(one)?.a_month()),
            Measure::ContractMonths => {
                let rules = self.scene.rules(one.key);
                let months = rules.and_then(|rules| rules.contract_months(one.body));
                Ok(Money::of_count(months.unwrap_or_default().into()))
            }
            Measure::LifetimeHours => self.lifetime(one),
        }
    }

    /// How many GPUs it has: as its fields say, else as the stack says.
    fn gpus(&self, one: &Planned<'_>) -> Result<Money, String> {
        let fields = self.scene.rules(one.key).map(|rules| &*rules.gpus).unwrap_or_default();
        if fields.is_empty() {
            return Ok(Money::ZERO);
        }
        let told = fields.iter().find_map(|field| self.field(one, field));
        let told = told.and_then(|count| Money::ONE.for_quantity(&count));
        let booked = || {
            let mut book = self.scene.policy.rails.gpus.iter();
            let (_, count) = book.find(|(fit, _)| fit.fits(one.key, one.body))?;
            Some(Money::of_count(*count))
        };
        told.or_else(booked).ok_or_else(|| {
            "of which nobody says how many GPUs it has: say it in plumb.yaml (spec.gpus)".to_owned()
        })
    }

    /// How many hours it has, begun ones whole: from when it is made, or from now until a date.
    fn lifetime(&self, one: &Planned<'_>) -> Result<Money, String> {
        const HOUR: i64 = 3600;
        let wishes = self.scene.desired.get(one.key).map(|resource| &resource.wishes);
        let lives = wishes.and_then(|wishes| i64::try_from(wishes.time_to_live?.as_secs()).ok());
        let until = || {
            let (expires, now) =
                wishes.and_then(|wishes| wishes.expires).zip(self.scene.ledger.as_of)?;
            Some(expires.duration_since(now).as_secs())
        };
        let seconds = lives.or_else(until).ok_or_else(|| {
            "which says nowhere when it is to be gone: annotate it with plumb.dev/time-to-live or \
             plumb.dev/expires"
                .to_owned()
        })?;
        let hours = (seconds.max(0) + HOUR - 1) / HOUR;
        Ok(Money::of_count(hours.unsigned_abs()))
    }

    fn hourly(&self, one: &Planned<'_>) -> Result<Money, String> {
        let unknown =
            || "of which nobody knows the price: say it in plumb.yaml (spec.prices)".to_owned();
        costs::planned(self.scene, one.key).ok_or_else(unknown)
    }

    /// A field's text: as it is declared, else as it is there.
    fn field(&self, one: &Planned<'_>, field: &FieldPath) -> Option<String> {
        let live = || self.scene.live.present(one.key)?.body.find(field).and_then(text);
        one.body.find(field).and_then(text).or_else(live)
    }

    fn value(&self, one: &Planned<'_>, field: &FieldPath) -> Result<String, String> {
        self.field(one, field)
            .ok_or_else(|| format!("which has no {} that is known", escape(&field.to_string())))
    }

    /// What a field should have and has not.
    fn missing(
        &self,
        one: &Planned<'_>,
        field: &FieldPath,
        wanted: &BTreeSet<String>,
    ) -> Option<String> {
        let path = field.to_string();
        let live = || self.scene.live.present(one.key)?.body.find(field);
        let Some(found) = one.body.find(field).or_else(live) else {
            return Some(format!("has no {}", escape(&path)));
        };
        let values: BTreeSet<String> = match found.as_array() {
            Some(items) => items.iter().filter_map(text).collect(),
            None => text(found).into_iter().collect(),
        };
        let missing = wanted.difference(&values).next()?;
        Some(format!("has no {:?} in {}", escape(missing), escape(&path)))
    }
}

/// A field with its value.
fn said(field: &FieldPath, value: &str) -> String {
    format!("{} is {:?}", escape(&field.to_string()), escape(value))
}
