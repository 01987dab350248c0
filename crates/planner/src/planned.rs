//! What is there when the plan is carried out, and what is known of it: what is made and changed, and what stays
//! as it is.

use crate::costs;
use crate::scene::{Scene, Seen};
use plumb_model::plan::Operation;
use plumb_model::prices::text;
use plumb_model::rails::Measure;
use plumb_model::text::escape;
use plumb_model::{Body, FieldPath, Money, Plan, Power, ResourceKey};
use std::collections::BTreeSet;

/// One thing that is there then.
pub(crate) struct Planned<'a> {
    pub(crate) key: &'a ResourceKey,
    pub(crate) body: &'a Body,
}

/// What is declared, and what is ours, not declared and not deleted: what could not be seen is taken as
/// it was last sent.
pub(crate) fn world<'a>(scene: &Scene<'a>, plan: &Plan) -> Vec<Planned<'a>> {
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

/// Whether the plan only takes things away.
pub(crate) fn only_takes_away(scene: &Scene<'_>, plan: &Plan) -> bool {
    let takes_away = |operation| match operation {
        Operation::Delete | Operation::Wait => true,
        Operation::Power(power) => power != Power::On,
        _ => false,
    };
    scene.is_destroying() || plan.actions.iter().all(|action| takes_away(action.operation))
}

impl Planned<'_> {
    /// How much it has of something, or why nobody can say.
    pub(crate) fn figure(&self, scene: &Scene<'_>, measure: Measure) -> Result<Money, String> {
        match measure {
            Measure::Resources => Ok(Money::ONE),
            Measure::Gpus => self.gpus(scene),
            Measure::Hourly => self.hourly(scene),
            Measure::Monthly => Ok(self.hourly(scene)?.a_month()),
            Measure::ContractMonths => {
                let rules = scene.rules(self.key);
                let months = rules.and_then(|rules| rules.contract_months(self.body));
                Ok(Money::of_count(months.unwrap_or_default().into()))
            }
            Measure::LifetimeHours => self.lifetime(scene),
        }
    }

    /// How many GPUs it has: as its fields say, else as the stack says.
    fn gpus(&self, scene: &Scene<'_>) -> Result<Money, String> {
        let fields = scene.rules(self.key).map(|rules| &*rules.gpus).unwrap_or_default();
        if fields.is_empty() {
            return Ok(Money::ZERO);
        }
        let told = fields.iter().find_map(|field| self.field(scene, field));
        let told = told.and_then(|count| Money::ONE.for_quantity(&count));
        let booked = || {
            let mut book = scene.policy.rails.gpus.iter();
            let (_, count) = book.find(|(fit, _)| fit.fits(self.key, self.body))?;
            Some(Money::of_count(*count))
        };
        told.or_else(booked).ok_or_else(|| {
            "of which nobody says how many GPUs it has: say it in plumb.yaml (spec.gpus)".to_owned()
        })
    }

    /// How many hours it has, begun ones whole: from when it is made, or from now until a date.
    fn lifetime(&self, scene: &Scene<'_>) -> Result<Money, String> {
        const HOUR: i64 = 3600;
        let wishes = scene.desired.get(self.key).map(|resource| &resource.wishes);
        let lives = wishes.and_then(|wishes| i64::try_from(wishes.time_to_live?.as_secs()).ok());
        let until = || {
            let (expires, now) =
                wishes.and_then(|wishes| wishes.expires).zip(scene.ledger.as_of)?;
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

    fn hourly(&self, scene: &Scene<'_>) -> Result<Money, String> {
        let unknown =
            || "of which nobody knows the price: say it in plumb.yaml (spec.prices)".to_owned();
        costs::planned(scene, self.key).ok_or_else(unknown)
    }

    /// A field's text: as it is declared, else as it is there.
    fn field(&self, scene: &Scene<'_>, field: &FieldPath) -> Option<String> {
        let live = || scene.live.present(self.key)?.body.find(field).and_then(text);
        self.body.find(field).and_then(text).or_else(live)
    }

    pub(crate) fn value(&self, scene: &Scene<'_>, field: &FieldPath) -> Result<String, String> {
        self.field(scene, field)
            .ok_or_else(|| format!("which has no {} that is known", escape(&field.to_string())))
    }
}
