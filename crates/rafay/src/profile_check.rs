//! What is wrong with a resource in the light of its profile, as findings that name the variable
//! (api §3.7, R-28, R-30). Everything a server would answer 400 to is said here, at plan time.

use crate::profile::{Choice, Profile, ProfileField, ProfileVariable, Range};
use crate::profile_search::{Elsewhere, Sight};
use crate::variables::{self, Known, Variable};
use plumb_kind::lookup::suggestion;
use plumb_kind::{Kind, Surroundings};
use plumb_model::finding::nearest;
use plumb_model::text::escape;
use plumb_model::{Aspect, Body, Code, FieldPath, FieldRule, Finding, Refinement, Resource};
use std::sync::Arc;

/// The rules the profile adds for a resource, and what is wrong with it.
pub(crate) fn refine(
    field: &ProfileField,
    resource: &Resource,
    around: &Surroundings<'_>,
) -> Refinement {
    let seen = field.seen(&resource.body, &resource.key, &around.looked_up);
    let declared = variables::declared(resource);
    let mut rules = said_to_be_json(&declared);
    let mut hourly = Err("its profile cannot be seen".to_owned());
    let findings = match &seen.sight {
        Sight::NotRead => Vec::new(),
        Sight::Found(profile) => {
            hourly = seen.hourly(profile, &resource.body);
            check(resource, &declared, profile)
        }
        Sight::Hidden(why) => vec![unseen(
            field,
            resource,
            &format!("cannot be seen: {why}"),
            "check the key's permissions, and whether the profile is shared with the organization",
        )],
        Sight::Absent(Elsewhere::InCatalog) => vec![unseen(
            field,
            resource,
            "is one of the system catalog",
            &format!("write {}: {{name: …, systemCatalog: true}}", field.field),
        )],
        Sight::Absent(Elsewhere::OfProject) => vec![unseen(
            field,
            resource,
            "is one of the project's own, and not of the system catalog",
            &format!("write {}: {{name: …}}, without systemCatalog: true", field.field),
        )],
        Sight::Absent(Elsewhere::Nowhere(meant)) => {
            let otherwise = "check the name, and systemCatalog: true for shared profiles";
            let help = suggestion(meant.clone(), otherwise);
            vec![unseen(field, resource, "does not exist", &help)]
        }
    };
    let (hourly, unpriced) = match hourly {
        Ok(hourly) => (Some(hourly), None),
        Err(why) => (None, Some(why)),
    };
    let rules = if rules.is_empty() {
        Arc::clone(&seen.rules)
    } else {
        rules.extend_from_slice(&seen.rules);
        rules.into()
    };
    Refinement { rules, findings, hourly, unpriced, ..Refinement::default() }
}

/// A variable that is declared as json is compared as JSON, whatever the profile says.
fn said_to_be_json(declared: &[Variable<'_>]) -> Vec<FieldRule> {
    let json = declared.iter().filter(|variable| variable.value_type == Some("json"));
    json.map(|variable| FieldRule::exactly(&variables::value_path(variable.name), Aspect::Json))
        .collect()
}

fn unseen(field: &ProfileField, resource: &Resource, what: &str, help: &str) -> Finding {
    let (name, _) = field.named(&resource.body).unwrap_or_default();
    let path = FieldPath::root().key("spec").key(field.field).key("name");
    let message = format!("{} {name:?} {what}", field.row.rules().id.kind);
    Finding::error(Code::UNKNOWN_PROFILE, message).of(&resource.key).field(path).help(help)
}

fn check(resource: &Resource, declared: &[Variable<'_>], profile: &Profile) -> Vec<Finding> {
    if profile.variables.is_none() {
        return Vec::new();
    }
    let mut findings: Vec<Finding> = declared
        .iter()
        .filter_map(|variable| {
            let problem = match profile.variable(variable.name) {
                Some(rule) => wrong(variable, rule, &profile.name)?,
                None => unknown(variable.name, profile),
            };
            Some(problem.finding(resource))
        })
        .collect();
    findings.extend(
        profile
            .variables()
            .iter()
            .filter(|rule| is_missing(rule, declared))
            .map(|rule| missing(rule, profile).finding(resource)),
    );
    findings
}

/// A finding before it knows its resource.
struct Problem {
    code: Code,
    path: FieldPath,
    message: String,
    help: String,
}

impl Problem {
    fn finding(self, resource: &Resource) -> Finding {
        Finding::error(self.code, self.message).of(&resource.key).field(self.path).help(self.help)
    }
}

fn unknown(name: &str, profile: &Profile) -> Problem {
    let names = || profile.variables().iter().map(|variable| variable.name.as_str());
    let help = match nearest(name, names()) {
        Some(meant) => format!("did you mean {:?}?", escape(meant)),
        None => format!("it has {}", list(names())),
    };
    Problem {
        code: Code::UNKNOWN_VARIABLE,
        path: variables::path(name).key("name"),
        message: format!("profile {:?} has no variable {name:?}", profile.name),
        help,
    }
}

fn is_missing(rule: &ProfileVariable, declared: &[Variable<'_>]) -> bool {
    let given = declared.iter().find(|variable| variable.name == rule.name);
    let empty = given.is_none_or(|variable| variable.known == Known::Plain(""));
    rule.required && rule.default.is_none() && empty
}

fn missing(rule: &ProfileVariable, profile: &Profile) -> Problem {
    let name = escape(&rule.name);
    let value = match (&rule.choice, rule.sensitive) {
        (_, true) => "{valueFrom: {var: NAME}}".to_owned(),
        (Choice::Among(values), _) => list(values.iter().map(String::as_str)),
        (Choice::Several(values), _) => {
            format!("a JSON array of {}", list(values.iter().map(String::as_str)))
        }
        _ => "…".to_owned(),
    };
    Problem {
        code: Code::MISSING_PROFILE_VARIABLE,
        path: variables::list_path(),
        message: format!("variable {name:?} is missing, which profile {:?} requires", profile.name),
        help: format!("add - name: {name}, value: {value}"),
    }
}

/// What is wrong with one variable that the profile has.
fn wrong(variable: &Variable<'_>, rule: &ProfileVariable, profile: &str) -> Option<Problem> {
    let Known::Plain(value) = variable.known else { return None };
    let name = variable.name;
    let problem = |code, message, help| {
        Some(Problem { code, path: variables::value_path(name), message, help })
    };
    if rule.sensitive && !value.is_empty() {
        let message = format!("variable {name:?} is sensitive and stands in the manifest");
        let help = "write value: {valueFrom: {var: NAME}} and set PLUMB_VAR_NAME".to_owned();
        return problem(Code::PLAIN_SECRET, message, help);
    }
    // What an expression comes to is known to the server alone.
    if variable.value_type.unwrap_or(&rule.value_type) == "expression" {
        return None;
    }
    match &rule.choice {
        Choice::Closed if rule.default.as_deref().unwrap_or_default() != value => {
            let message = format!("profile {profile:?} does not let variable {name:?} be set");
            let help = "remove it; the profile's own value is used".to_owned();
            return problem(Code::OVERRIDE_NOT_ALLOWED, message, help);
        }
        Choice::Among(values) if !value.is_empty() && !values.iter().any(|v| v == value) => {
            let message = format!("variable {name:?} cannot be {value:?}");
            return problem(Code::VALUE_NOT_ALLOWED, message, allowed(value, values));
        }
        Choice::Several(values) if !value.is_empty() => {
            let (why, help) = not_among(value, values)?;
            return problem(Code::VALUE_NOT_ALLOWED, format!("variable {name:?} {why}"), help);
        }
        Choice::Closed | Choice::Among(_) | Choice::Several(_) | Choice::Free => {}
    }
    let (why, help) = outside(value, rule.range)?;
    problem(Code::VALUE_NOT_ALLOWED, format!("variable {name:?} {why}"), help)
}

fn allowed(value: &str, values: &[String]) -> String {
    let all = list(values.iter().map(String::as_str));
    match nearest(value, values.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean {:?}? The profile allows {all}", escape(meant)),
        None => format!("the profile allows {all}"),
    }
}

/// Whether a value is no list of allowed ones, and how.
fn not_among(value: &str, values: &[String]) -> Option<(String, String)> {
    let chosen = Body::parse(value.as_bytes()).ok();
    let chosen = chosen.as_ref().and_then(Body::as_array);
    let texts = chosen.and_then(|items| items.iter().map(Body::as_str).collect::<Option<Vec<_>>>());
    let Some(texts) = texts else {
        let help = format!(
            "write a JSON array as text, as in value: '[\"a\", \"b\"]'; the profile allows {}",
            list(values.iter().map(String::as_str))
        );
        return Some((format!("is {value:?}, which is no JSON array of texts"), help));
    };
    let wrong = texts.into_iter().find(|text| !values.iter().any(|value| value == text))?;
    Some((format!("cannot hold {wrong:?}"), allowed(wrong, values)))
}

/// Whether a value is outside a range, and how.
fn outside(value: &str, range: Range) -> Option<(String, String)> {
    if range == Range::default() || value.is_empty() {
        return None;
    }
    let help = bounds(range);
    let Some(number) = value.trim().parse::<f64>().ok().filter(|number| number.is_finite()) else {
        return Some((format!("is {value:?}, which is no number"), help));
    };
    if range.min.is_some_and(|min| number < min) || range.max.is_some_and(|max| number > max) {
        return Some((format!("is {value}, which is out of range"), help));
    }
    let steps = range.step.map(|step| (number - range.min.unwrap_or_default()) / step);
    let between =
        steps.is_some_and(|steps| (steps - steps.round()).abs() > 1e-9 * steps.abs().max(1.0));
    between.then(|| (format!("is {value}, which is between two steps"), help))
}

fn bounds(range: Range) -> String {
    let part = |word: &str, bound: Option<f64>| bound.map(|bound| format!("{word} {bound}"));
    let parts = [part("from", range.min), part("to", range.max), part("in steps of", range.step)];
    let text: Vec<String> = parts.into_iter().flatten().collect();
    format!("the profile allows numbers {}", text.join(" "))
}

/// At most twelve names, for a message.
fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const MOST: usize = 12;
    let names: Vec<String> = names.map(|name| format!("{:?}", escape(name))).collect();
    let shown = names.get(..MOST.min(names.len())).unwrap_or_default().join(", ");
    if names.len() > MOST { format!("{shown} and {} more", names.len() - MOST) } else { shown }
}
