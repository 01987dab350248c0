//! Variables of profiles and of what is made from them: checking, merging, and which changes are
//! closed after creation (contract 3.7).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The value types the API knows (contract 3.7); absent means `text`.
const VALUE_TYPES: [&str; 4] = ["text", "json", "hcl", "expression"];

/// A variable of an instance or a service, merged from its profile and its body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    /// The name; case-sensitive, may contain spaces.
    pub name: String,
    /// The value, always text.
    pub value: String,
    /// The value type as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_type: Option<String>,
    /// The value type the profile gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_type: Option<String>,
    /// Options as sent.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub options: Value,
    /// Whether reads mask it.
    #[serde(default)]
    pub sensitive: bool,
    /// Whether the body declared it; otherwise it is the profile's default.
    pub declared: bool,
}

/// A variable as a profile defines it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileVariable {
    /// The name.
    pub name: String,
    /// The value type; absent means `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_type: Option<String>,
    /// The default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Rules and display hints.
    #[serde(default)]
    pub options: VariableOptions,
}

/// Rules and display hints of a profile's variable.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VariableOptions {
    /// For people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether a value must be given where there is no default.
    pub required: bool,
    /// Whether reads mask it.
    pub sensitive: bool,
    /// Whether it is fixed after creation.
    pub immutable: bool,
    /// Which values may replace the default.
    #[serde(rename = "override")]
    pub overriding: Override,
    /// Display hints; two of them are rules: the range, and `disableForDay2Operation`.
    pub display_metadata: DisplayMetadata,
}

/// Which values may replace a default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Override {
    /// How free the value is.
    #[serde(rename = "type")]
    pub kind: OverrideKind,
    /// The values allowed when it is restricted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub restricted_values: Vec<String>,
    /// Whether several of them may be chosen: the value is a JSON array then.
    #[serde(skip_serializing_if = "is_false")]
    pub multi_select: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// How free a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OverrideKind {
    /// Any value.
    #[default]
    Allowed,
    /// Only the default.
    NotAllowed,
    /// One of the listed values.
    Restricted,
}

/// Display hints of a profile's variable.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DisplayMetadata {
    /// Whether it is fixed after creation.
    pub disable_for_day2_operation: bool,
    /// Whether the console shows it greyed.
    pub disabled: bool,
    /// The least number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub increment_decrement_min: Option<i64>,
    /// The greatest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub increment_decrement_max: Option<i64>,
    /// The distance of allowed numbers, counted from the least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub increment_decrement_step: Option<i64>,
    /// The unit shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub increment_decrement_label: Option<String>,
}

/// Everything wrong with the variables of a body; empty when nothing is.
pub(crate) fn problems(profile: &[ProfileVariable], sent: &[VariableBody]) -> Vec<String> {
    let mut problems = Vec::new();
    for (index, variable) in sent.iter().enumerate() {
        let name = &variable.name;
        if sent.iter().take(index).any(|earlier| earlier.name == *name) {
            problems.push(format!("variable \"{name}\" is given more than once"));
        }
        match profile.iter().find(|known| known.name == *name) {
            Some(known) => problems.extend(known.problem(variable)),
            None => problems.push(format!("variable \"{name}\" is not defined by the profile")),
        }
    }
    let missing = profile.iter().filter(|known| known.is_missing(sent));
    problems.extend(missing.map(|known| format!("variable \"{}\" is required", known.name)));
    problems
}

/// The full set: the profile's variables in its order, with the body's values where it has any.
pub(crate) fn merge(profile: &[ProfileVariable], sent: &[VariableBody]) -> Vec<Variable> {
    profile.iter().filter_map(|known| known.merged(sent)).collect()
}

/// The body's variables as they were merged before.
pub(crate) fn declared(variables: &[Variable]) -> Vec<VariableBody> {
    variables.iter().filter(|it| it.declared).map(VariableBody::from).collect()
}

/// The names of variables that differ although they are closed after creation.
pub(crate) fn locked_changes(
    profile: &[ProfileVariable],
    before: &[Variable],
    after: &[Variable],
) -> Vec<String> {
    let locked = profile.iter().filter(|known| known.is_locked());
    let changed =
        locked.filter(|known| value_of(before, &known.name) != value_of(after, &known.name));
    changed.map(|known| known.name.clone()).collect()
}

fn value_of<'a>(variables: &'a [Variable], name: &str) -> Option<&'a str> {
    variables.iter().find(|it| it.name == name).map(|it| it.value.as_str())
}

impl From<&Variable> for VariableBody {
    fn from(variable: &Variable) -> Self {
        VariableBody {
            name: variable.name.clone(),
            value: variable.value.clone(),
            value_type: variable.value_type.clone(),
            options: variable.options.clone(),
        }
    }
}

impl ProfileVariable {
    /// Whether a change after creation is refused.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.options.immutable || self.options.display_metadata.disable_for_day2_operation
    }

    fn is_missing(&self, sent: &[VariableBody]) -> bool {
        let given = sent.iter().find(|it| it.name == self.name).map(|it| it.value.as_str());
        self.options.required && given.or(self.value.as_deref()).unwrap_or_default().is_empty()
    }

    fn merged(&self, sent: &[VariableBody]) -> Option<Variable> {
        let given = sent.iter().find(|it| it.name == self.name);
        let value = given.map(|it| it.value.clone()).or_else(|| self.value.clone())?;
        Some(Variable {
            name: self.name.clone(),
            value,
            value_type: given.and_then(|it| it.value_type.clone()),
            profile_type: self.value_type.clone(),
            options: given.map(|it| it.options.clone()).unwrap_or_default(),
            sensitive: self.options.sensitive,
            declared: given.is_some(),
        })
    }

    fn problem(&self, sent: &VariableBody) -> Option<String> {
        let (name, value) = (&self.name, sent.value.as_str());
        let value_type = sent.value_type.as_deref().or(self.value_type.as_deref());
        let value_type = value_type.unwrap_or("text");
        if !VALUE_TYPES.contains(&value_type) {
            return Some(format!("variable \"{name}\" has the unknown valueType \"{value_type}\""));
        }
        if value_type == "expression" {
            return None;
        }
        if value_type == "json" && serde_json::from_str::<Value>(value).is_err() {
            return Some(format!("variable \"{name}\" is not valid JSON"));
        }
        self.override_problem(value).or_else(|| self.range_problem(value))
    }

    fn override_problem(&self, value: &str) -> Option<String> {
        let name = &self.name;
        let overriding = &self.options.overriding;
        match overriding.kind {
            OverrideKind::Allowed => None,
            OverrideKind::NotAllowed if self.value.as_deref() == Some(value) => None,
            OverrideKind::NotAllowed => Some(format!("variable \"{name}\" may not be overridden")),
            OverrideKind::Restricted => {
                let known = |value: &String| overriding.restricted_values.contains(value);
                let allowed = overriding.restricted_values.join(", ");
                if overriding.multi_select {
                    let chosen = serde_json::from_str::<Vec<String>>(value).unwrap_or_default();
                    let fine = !chosen.is_empty() && chosen.iter().all(known);
                    return (!fine).then(|| {
                        format!("variable \"{name}\" must be a JSON array of some of: {allowed}")
                    });
                }
                (!known(&value.to_owned()))
                    .then(|| format!("variable \"{name}\" must be one of: {allowed}"))
            }
        }
    }

    fn range_problem(&self, value: &str) -> Option<String> {
        let hints = &self.options.display_metadata;
        let (least, greatest) = (hints.increment_decrement_min, hints.increment_decrement_max);
        if least.is_none() && greatest.is_none() {
            return None;
        }
        let name = &self.name;
        let Ok(number) = value.parse::<i64>() else {
            return Some(format!("variable \"{name}\" must be a whole number"));
        };
        let (low, high) = (least.unwrap_or(i64::MIN), greatest.unwrap_or(i64::MAX));
        if number < low || number > high {
            return Some(format!("variable \"{name}\" must be between {low} and {high}"));
        }
        let step = hints.increment_decrement_step.filter(|step| *step > 1)?;
        let distance = number.checked_sub(least.unwrap_or(0))?;
        let even = distance.checked_rem(step) == Some(0);
        (!even).then(|| format!("variable \"{name}\" must move in steps of {step}"))
    }
}

/// A variable of a body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VariableBody {
    pub(crate) name: String,
    /// Always text, also for numbers, booleans and JSON.
    pub(crate) value: String,
    /// `text`, `json`, `hcl` or `expression`; absent means `text`.
    pub(crate) value_type: Option<String>,
    /// Accepted, without a meaning for the object.
    #[serde(default)]
    pub(crate) options: Value,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::profile_variable as variable;

    fn sent(name: &str, value: &str) -> VariableBody {
        VariableBody {
            name: name.to_owned(),
            value: value.to_owned(),
            value_type: None,
            options: Value::Null,
        }
    }

    #[test]
    fn each_mistake_has_its_message() {
        let profile = [
            variable("term").default("1").one_of(&["1", "6"]),
            variable("disk").default("100").range(100, 2000, 50),
            variable("rules").json(),
            variable("cpu").default("8").fixed(),
            variable("password").required(),
            variable("zones").some_of(&["a", "b"]),
        ];
        let password = sent("password", "x");
        for (body, expected) in [
            (vec![], "variable \"password\" is required"),
            (vec![sent("term", "2"), password.clone()], "must be one of: 1, 6"),
            (vec![sent("disk", "90"), password.clone()], "between 100 and 2000"),
            (vec![sent("disk", "120"), password.clone()], "steps of 50"),
            (vec![sent("disk", "big"), password.clone()], "whole number"),
            (vec![sent("rules", "[{"), password.clone()], "not valid JSON"),
            (vec![sent("cpu", "16"), password.clone()], "may not be overridden"),
            (vec![sent("Term", "1"), password.clone()], "not defined"),
            (vec![sent("zones", "a"), password.clone()], "a JSON array of some of: a, b"),
            (vec![sent("zones", "[\"c\"]"), password.clone()], "a JSON array of some of: a, b"),
            (vec![sent("term", "1"), sent("term", "6"), password.clone()], "more than once"),
        ] {
            let found = problems(&profile, &body);
            assert!(found.len() == 1 && found[0].contains(expected), "{expected}: {found:?}");
        }
        let hcl = VariableBody { value_type: Some("hcl".to_owned()), ..sent("zones", "[\"b\"]") };
        let fine = [sent("term", "6"), sent("disk", "150"), sent("cpu", "8"), hcl, password];
        assert_eq!(problems(&profile, &fine), Vec::<String>::new());
    }

    #[test]
    fn merging_and_declaring_are_inverse() {
        let profile = [variable("a").default("1"), variable("b")];
        let merged = merge(&profile, &[sent("b", "x")]);
        let shown: Vec<_> = merged.iter().map(|it| (it.name.as_str(), it.declared)).collect();
        assert_eq!(shown, [("a", false), ("b", true)]);
        assert_eq!(declared(&merged), [sent("b", "x")]);
    }

    #[test]
    fn leaving_a_locked_variable_at_its_default_is_no_change() {
        let profile = [variable("os").default("22").locked()];
        let (default, same) = (merge(&profile, &[]), merge(&profile, &[sent("os", "22")]));
        assert!(locked_changes(&profile, &default, &same).is_empty());
        let other = merge(&profile, &[sent("os", "24")]);
        assert_eq!(locked_changes(&profile, &default, &other), ["os"]);
    }
}
