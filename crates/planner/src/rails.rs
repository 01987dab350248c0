//! The guard rails of a stack, held against the whole planned world: what is made and changed, and what
//! stays as it is. A rail that cannot be judged is not kept.

use crate::planned::{self, Planned};
use crate::scene::Scene;
use crate::words;
use plumb_model::plan::Tripped;
use plumb_model::prices::text;
use plumb_model::rails::{Measure, Rail, looks_like};
use plumb_model::text::escape;
use plumb_model::{Code, FieldPath, Money, Plan, ResourceKey};
use std::collections::BTreeSet;

/// All rails that the planned world leaves. A plan that only takes things away passes.
pub(crate) fn judge(scene: &Scene<'_>, plan: &Plan) -> Vec<Tripped> {
    if planned::only_takes_away(scene, plan) {
        return Vec::new();
    }
    let world = planned::world(scene, plan);
    let rails = scene.policy.rails.rails.iter();
    rails.flat_map(|rail| Judging { scene, rail, world: &world }.all()).collect()
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
                let found = one.figure(self.scene, *measure);
                let found = found.map(|found| (found > *most, measure.shown(found)));
                let allowed = measure.shown(*most);
                tripped.extend(self.each(one, found, &format!("the most is {allowed}")));
            }
            for (field, values) in &rail.among {
                let allowed: Vec<String> = values.iter().map(|value| escape(value)).collect();
                let allowed = format!("{} is allowed", words::some(allowed, 8));
                let wrong = one.value(self.scene, field);
                let wrong = wrong.map(|value| (!values.contains(&value), said(field, &value)));
                tripped.extend(self.each(one, wrong, &allowed));
            }
            for (field, pattern) in &rail.like {
                let wrong = one.value(self.scene, field);
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
            match one.figure(self.scene, measure) {
                Ok(figure) => sum = sum + figure,
                Err(why) => {
                    return Some(self.tripped(&format!("cannot be judged: {}, {why}", one.key)));
                }
            }
        }
        let message = || {
            let counted: Vec<&ResourceKey> = self
                .concerned()
                .filter(|one| {
                    one.figure(self.scene, measure).is_ok_and(|figure| figure > Money::ZERO)
                })
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
