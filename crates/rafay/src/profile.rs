//! The profile is the schema: what a compute or service profile says of the variables of the
//! resources that use it (api §3.6, §3.7). Where it is found is `profile_search`; finding fault with a
//! resource is `profile_check`.

use crate::rates::{RateCard, as_text};
use crate::words::Words;
use crate::{paas, variables};
use plumb_kind::Row;
use plumb_kind::row::decoded;
use plumb_model::{Aspect, Body, FieldRule, Fields};
use std::borrow::Cow;

/// How a kind names its profile.
#[derive(Debug)]
pub(crate) struct ProfileField {
    /// The field of `spec` that holds the profile's name.
    pub(crate) field: &'static str,
    /// The profile's kind.
    pub(crate) row: &'static Row,
}

/// How a compute instance names its profile.
pub(crate) static COMPUTE: ProfileField =
    ProfileField { field: "computeProfile", row: &paas::COMPUTE_PROFILE };

/// How a service names its profile.
pub(crate) static SERVICE: ProfileField =
    ProfileField { field: "serviceProfile", row: &paas::SERVICE_PROFILE };

/// What a profile says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Profile {
    /// Its name.
    pub(crate) name: String,
    /// Its labels.
    pub(crate) labels: Fields,
    /// Its variables, as listed; `None` when the list left them out.
    pub(crate) variables: Option<Vec<ProfileVariable>>,
    /// What is made from it costs.
    pub(crate) rates: RateCard,
}

/// What a profile says of one variable.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ProfileVariable {
    /// Its name.
    pub(crate) name: String,
    /// The words of the name, by which a rate card speaks of it.
    pub(crate) words: Words,
    /// `text`, `json`, `hcl` or `expression`.
    pub(crate) value_type: String,
    /// The value where an instance says nothing; `None` when there is none.
    pub(crate) default: Option<String>,
    /// Whether it must be given a value, by the profile or by the instance.
    pub(crate) required: bool,
    /// Whether an instance may say anything but the default.
    pub(crate) choice: Choice,
    /// Whether the value is a secret, masked when read.
    pub(crate) sensitive: bool,
    /// Whether the value is fixed after creation.
    pub(crate) fixed: bool,
    /// The numbers that are allowed.
    pub(crate) range: Range,
}

/// Whether an instance may say anything but the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Anything goes.
    #[default]
    Free,
    /// One of these.
    Among(Vec<String>),
    /// Any of these, as a JSON array.
    Several(Vec<String>),
    /// Nothing but the default.
    Closed,
}

/// The numbers that are allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Range {
    /// The smallest.
    pub(crate) min: Option<f64>,
    /// The largest.
    pub(crate) max: Option<f64>,
    /// The distance between two neighbours, counted from the smallest.
    pub(crate) step: Option<f64>,
}

impl Profile {
    /// Reads an item of a list, or the profile itself.
    pub(crate) fn read(name: &str, item: &Body) -> Self {
        // Read for every resource that uses it: only a spec that is text is made anew.
        let spec = match item.get("spec") {
            Some(Body::Fields(_)) => item.get("spec").map(Cow::Borrowed),
            spec => decoded(spec).ok().flatten().map(Cow::Owned),
        };
        let variables = spec.map(|spec| {
            let list = spec.get("variables").and_then(Body::as_array);
            list.into_iter().flatten().filter_map(ProfileVariable::read).collect()
        });
        let labels = item.pointer("/metadata/labels").and_then(Body::as_object);
        Self {
            name: name.to_owned(),
            labels: labels.cloned().unwrap_or_default(),
            variables,
            rates: RateCard::read(item),
        }
    }

    /// Its variables; none when they are not known.
    pub(crate) fn variables(&self) -> &[ProfileVariable] {
        self.variables.as_deref().unwrap_or_default()
    }

    /// One of its variables.
    pub(crate) fn variable(&self, name: &str) -> Option<&ProfileVariable> {
        self.variables().iter().find(|variable| variable.name == name)
    }

    /// The field rules it adds to an object that uses it.
    pub(crate) fn rules(&self) -> Vec<FieldRule> {
        self.variables().iter().flat_map(ProfileVariable::rules).collect()
    }
}

impl ProfileVariable {
    fn read(item: &Body) -> Option<Self> {
        let name = item.get("name")?.as_str()?;
        let options = item.get("options");
        let option = |name: &str| options.and_then(|options| options.get(name));
        let is_true = |value: Option<&Body>| value == Some(&Body::Bool(true));
        let display = |name: &str| option("displayMetadata").and_then(|hints| hints.get(name));
        let fixed = is_true(option("immutable")) || is_true(display("disableForDay2Operation"));
        Some(Self {
            name: name.to_owned(),
            words: Words::of(name),
            value_type: item.get("valueType").and_then(Body::as_str).unwrap_or("text").to_owned(),
            default: item.get("value").and_then(as_text).filter(|text| !text.is_empty()),
            required: is_true(option("required")),
            choice: choice(option("override"), is_true(option("readOnly"))),
            sensitive: is_true(option("sensitive")),
            fixed,
            range: Range {
                min: display("incrementDecrementMin").and_then(as_number),
                max: display("incrementDecrementMax").and_then(as_number),
                step: display("incrementDecrementStep").and_then(as_number).filter(|s| *s > 0.0),
            },
        })
    }

    fn rules(&self) -> Vec<FieldRule> {
        let element = variables::path(&self.name);
        let value = element.key("value");
        let mut rules = Vec::new();
        // That nothing means text is a rule of every variable already.
        if self.value_type != "text" {
            let default = Aspect::Default(self.value_type.as_str().into());
            rules.push(FieldRule::exactly(&element.key("valueType"), default));
        }
        if let Some(default) = &self.default {
            rules.push(FieldRule::exactly(&value, Aspect::Default(default.as_str().into())));
        }
        if self.value_type == "json" || matches!(self.choice, Choice::Several(_)) {
            rules.push(FieldRule::exactly(&value, Aspect::Json));
        }
        // Both hold for the whole element: taking a variable away is a change of its value, and a
        // sensitive variable may be missing altogether when read.
        if self.fixed {
            rules.push(FieldRule::exactly(&element, Aspect::Immutable));
        }
        if self.sensitive {
            rules.push(FieldRule::exactly(&element, Aspect::WriteOnly));
        }
        rules
    }
}

fn choice(overriding: Option<&Body>, read_only: bool) -> Choice {
    let of = |name: &str| overriding.and_then(|overriding| overriding.get(name));
    let values: Vec<String> = of("restrictedValues")
        .and_then(Body::as_array)
        .into_iter()
        .flatten()
        .filter_map(as_text)
        .collect();
    match of("type").and_then(Body::as_str).map(str::to_lowercase).as_deref() {
        Some("notallowed") => Choice::Closed,
        _ if read_only => Choice::Closed,
        Some("restricted") | None if !values.is_empty() => {
            match of("multiSelect").and_then(Body::as_bool) {
                Some(true) => Choice::Several(values),
                _ => Choice::Among(values),
            }
        }
        _ => Choice::Free,
    }
}

/// Numbers, which some installations write as text.
fn as_number(value: &Body) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    number.is_finite().then_some(number)
}
