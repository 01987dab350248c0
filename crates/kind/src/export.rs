//! A live object as a manifest: without what the server owns, masks or puts by itself, so that a
//! plan of it is empty.

use plumb_model::body::walk::{self, DEEPEST, Place, Turn, Visitor};
use plumb_model::compare::{is_mask, is_zero};
use plumb_model::path::Segment;
use plumb_model::rules::{FieldRule, RuleSet};
use plumb_model::{Body, FieldPath, KindRules, LiveObject};
use serde_json::{Value, json};

/// The prefix of plumb's own labels and annotations.
pub const OWN_PREFIX: &str = "plumb.dev/";

/// The document without server-owned, secret, masked, zero and default values. `refined` are the
/// rules the profile adds. Elements of keyed lists whose value is the default are left out whole.
#[must_use]
pub fn plain(live: &LiveObject, rules: &KindRules, refined: &[FieldRule]) -> Value {
    let set = RuleSet::new(&rules.fields, refined);
    let kept = walk::rebuild(&live.body, set, &mut FieldPath::root(), &mut Plain);
    let mut document = kept.filter(Body::is_object).map_or_else(|| json!({}), |kept| kept.shown());
    if let Value::Object(fields) = &mut document {
        fields.insert("apiVersion".to_owned(), rules.api_version.into());
        fields.insert("kind".to_owned(), rules.id.kind.clone().into());
    }
    document
}

/// Leaves out what a schema refuses by name: servers answer with more than they take.
pub(crate) fn leave_out_unknown(document: &mut Value, schema: &Value) {
    match document {
        Value::Object(fields) => {
            let Some(known) = schema.get("properties").and_then(Value::as_object) else { return };
            if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
                fields.retain(|name, _| known.contains_key(name));
            }
            for (name, value) in fields {
                if let Some(inner) = known.get(name) {
                    leave_out_unknown(value, inner);
                }
            }
        }
        Value::Array(items) => {
            let Some(inner) = schema.get("items") else { return };
            for item in items {
                leave_out_unknown(item, inner);
            }
        }
        _ => {}
    }
}

/// The variable that a secret of an export comes from, of kind, name and field in upper snake case:
/// `COMPUTE_INSTANCE_TRAIN_01_PASSWORD`.
#[must_use]
pub fn variable_name(parts: &[&str]) -> String {
    let words: Vec<String> = parts.iter().map(|part| upper_snake(part)).collect();
    words.join("_")
}

fn upper_snake(text: &str) -> String {
    let mut snake = String::with_capacity(text.len() + 4);
    let mut after_lower = false;
    for character in text.chars() {
        if !character.is_ascii_alphanumeric() {
            if !snake.ends_with('_') && !snake.is_empty() {
                snake.push('_');
            }
            after_lower = false;
            continue;
        }
        if character.is_ascii_uppercase() && after_lower {
            snake.push('_');
        }
        after_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
        snake.push(character.to_ascii_uppercase());
    }
    snake.trim_end_matches('_').to_owned()
}

/// Leaves out what no manifest would say.
struct Plain;

impl Visitor for Plain {
    fn enter(&mut self, place: &Place<'_>, value: &Body) -> Turn {
        let Place { path, facets } = place;
        let own =
            matches!(path.segments(), [_, .., Segment::Key(name)] if name.starts_with(OWN_PREFIX));
        let default = facets.default.as_ref().is_some_and(|default| *value == *default);
        let deep = value.has_children() && path.segments().len() >= DEEPEST;
        let nothing = deep || is_zero(value) || value.as_str().is_some_and(is_mask);
        if facets.server_owned
            || facets.at_creation
            || facets.secret
            || value.is_hidden()
            || own
            || default
            || nothing
        {
            return Turn::LeaveOut;
        }
        Turn::Into
    }

    fn leave(&mut self, place: &Place<'_>, rebuilt: Body, was: &Body) -> Option<Body> {
        let fields = |body: &Body| body.as_object().map(plumb_model::Fields::len);
        let is_empty =
            rebuilt.as_array().is_some_and(<[Body]>::is_empty) || fields(&rebuilt) == Some(0);
        // An element of which only its name is left says nothing.
        let is_element = matches!(place.path.segments().last(), Some(Segment::Item { .. }));
        let says_nothing = is_element && fields(&rebuilt) == Some(1) && fields(was) != Some(1);
        (!is_empty && !says_nothing).then_some(rebuilt)
    }
}
