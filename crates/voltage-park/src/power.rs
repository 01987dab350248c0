//! Power as manifests say it (`spec.power`), as the API is asked for it (`power-status`), and what
//! each state costs (contract §5, §10).

use crate::paths;
use plumb_kind::{CannotBuild, Context, Effect, Method, Request};
use plumb_model::{
    Body, Code, FieldPath, Finding, LiveObject, Money, Phase, Power, Resource, body,
};
use serde_json::{Value, json};

/// A power as manifests and requests spell it (contract §4).
pub(crate) fn spelled(power: Power) -> &'static str {
    match power {
        Power::On => "started",
        Power::Off => "stopped",
        Power::Disassociated => "stopped_disassociated",
    }
}

fn read(text: &str) -> Option<Power> {
    [Power::On, Power::Off, Power::Disassociated].into_iter().find(|power| spelled(*power) == text)
}

/// The field in which manifests say it.
pub(crate) fn path() -> FieldPath {
    FieldPath::root().key("spec").key("power")
}

/// Moves `spec.power` into the wishes. Where the annotation says something too the field stays,
/// for [`check`] to find.
pub(crate) fn prepare(resource: &mut Resource) {
    if resource.wishes.power.is_some() {
        return;
    }
    let Some(Body::Fields(spec)) = resource.body.get_mut("spec") else { return };
    let power = spec.get("power").and_then(Body::as_str).and_then(read);
    if power.is_some() {
        spec.remove("power");
        resource.wishes.power = power;
    }
}

/// What is wrong with the declared power.
pub(crate) fn check(resource: &Resource) -> Option<Finding> {
    resource.field(&path())?;
    let message = "power is declared twice: in the field and in the annotation plumb.dev/power";
    let finding = Finding::error(Code::BAD_ANNOTATION, message).of(&resource.key).field(path());
    Some(finding.help("keep spec.power, and take the annotation out"))
}

/// The request that switches a machine of a collection.
pub(crate) fn switch(
    collection: &str,
    context: &Context<'_>,
    power: Power,
) -> Result<Request, CannotBuild> {
    let path = paths::item(collection, context.own_id()?.as_str()).then("power-status");
    let body = body!({"status": spelled(power)});
    Ok(Request::write(Method::Put, path, Effect::Act).json(body))
}

/// Says the power of a live machine in its document, when it is not what nothing said means.
pub(crate) fn export(live: &LiveObject, document: &mut Value) {
    let power = live.status.power.filter(|power| *power != Power::On);
    if let (Some(power), Value::Object(fields)) = (power, document) {
        let spec = fields.entry("spec").or_insert_with(|| json!({}));
        if let Value::Object(spec) = spec {
            spec.insert("power".to_owned(), spelled(power).into());
        }
    }
}

/// What a machine costs an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rates {
    /// With its resources, whether it runs or not.
    pub(crate) associated: Option<Money>,
    /// With nothing but its disk.
    pub(crate) disassociated: Option<Money>,
}

impl Rates {
    /// The rate in a state of power.
    pub(crate) fn at(self, power: Option<Power>) -> Option<Money> {
        match power {
            Some(Power::Disassociated) => self.disassociated,
            Some(Power::On | Power::Off) | None => self.associated,
        }
    }

    fn saved(self) -> Option<Money> {
        Some(self.associated? - self.disassociated?)
    }
}

/// What switching as declared costs or risks, when it is going to happen: a machine that is to be
/// made or is not in that state yet.
pub(crate) fn warn(
    resource: &Resource,
    live: Option<&LiveObject>,
    rates: Rates,
) -> Option<Finding> {
    let wish = resource.wishes.power?;
    let settled =
        |live: &LiveObject| live.status.phase == Phase::Ready && live.status.power == Some(wish);
    if live.is_some_and(settled) {
        return None;
    }
    let message = match wish {
        Power::On => return None,
        Power::Off => match rates.associated {
            Some(rate) => format!("a stopped machine is billed as a running one: {rate} an hour"),
            None => "a stopped machine is billed as a running one".to_owned(),
        },
        Power::Disassociated => {
            let saved = rates.saved().map(|saved| format!("saves {saved} an hour, and "));
            let saved = saved.unwrap_or_default();
            format!(
                "disassociating {saved}gives the machine's resources back: starting it again \
                 needs free stock"
            )
        }
    };
    Some(Finding::warning(Code::POWER_COST, message).of(&resource.key).field(path()))
}

#[cfg(test)]
mod tests;
