//! What a read shows of a stored object (contract 11): server fields, defaults, masks, and the quirks
//! the knobs ask for. Nothing here changes anything.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::answers::{Items, Named, ShownMetadata, ShownObject, ShownStatus, Version, Whose};
use super::described::Described;
use super::directory::Directory;
use super::kinds::Form;
use super::knobs::{Knobs, LabelStyle, Mask};
use super::objects::Object;
use super::settings::Secrets;
use super::status;
use super::variables::Variable;
use super::walk;
use super::world::World;
use plumb_sandbox::ids;

/// Whether an object is shown alone or in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Single,
    Item,
}

/// Shows objects the way the knobs say.
#[derive(Debug)]
pub(crate) struct Renderer<'a> {
    knobs: &'a Knobs,
    secrets: &'a Secrets,
    directory: &'a Directory,
    /// Differs from call to call, for what comes back in another order.
    salt: u64,
}

/// A variable of what is made from a profile.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownVariable<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Value>,
}

/// What shows objects at this call.
pub(crate) fn renderer<'a>(world: &'a World<'_>) -> Renderer<'a> {
    Renderer {
        knobs: &world.config.knobs,
        secrets: &world.config.secrets,
        directory: &world.rafay.directory,
        salt: ids::hash(world.seed(), &world.calls().to_string()),
    }
}

impl<'a> Renderer<'a> {
    /// The whole object.
    pub(crate) fn object(&self, object: &'a Object, view: View) -> ShownObject<'a> {
        let kind = object.key.kind;
        let named = view == View::Single || !kind.is_written_out();
        let thin = view == View::Item && self.knobs.list_thin;
        ShownObject {
            api_version: named.then_some(kind.api.version),
            kind: kind.name,
            metadata: self.metadata(object, view),
            spec: if thin { None } else { self.spec(object) },
            status: status::of(object, self.knobs, self.secrets),
        }
    }

    /// The object with nothing but its status.
    pub(crate) fn status(&self, object: &'a Object) -> ShownStatus<'a> {
        ShownStatus {
            api_version: object.key.kind.api.version,
            kind: object.key.kind.name,
            metadata: Named { name: &object.key.name, project: &object.key.project },
            status: status::of(object, self.knobs, self.secrets),
        }
    }

    /// Every version, newest first.
    pub(crate) fn versions(&self, object: &Object) -> Items<Version> {
        let specs = std::iter::once(&object.spec).chain(object.older.iter().rev());
        Items { items: specs.map(|spec| Version { spec: self.declared(object, spec) }).collect() }
    }

    fn metadata(&self, object: &'a Object, view: View) -> ShownMetadata<'a> {
        let drops = self.knobs.drop_zero_values;
        let user = |username: &'a str| Whose { username, is_sso: (!drops).then_some(false) };
        ShownMetadata {
            name: &object.key.name,
            project: &object.key.project,
            project_id: self.directory.project(&object.key.project).map(|it| it.id.as_str()),
            workspace: object.key.workspace.as_deref(),
            id: &object.id,
            created_at: object.created_at,
            modified_at: object.modified_at,
            created_by: user(&object.created_by),
            modified_by: user(&object.modified_by),
            about: self.about(&object.about, view),
        }
    }

    fn about(&self, about: &Described, view: View) -> Described {
        let mut about = about.clone();
        if self.knobs.drop_zero_values {
            about.display_name.take_if(|text| text.is_empty());
            about.description.take_if(|text| text.is_empty());
        }
        if !self.shows_labels(view) {
            (about.labels, about.annotations) = (BTreeMap::new(), BTreeMap::new());
        }
        about
    }

    fn shows_labels(&self, view: View) -> bool {
        match (self.knobs.labels, view) {
            (LabelStyle::Dropped, _) | (LabelStyle::DroppedInLists, View::Item) => false,
            (_, View::Item) => !self.knobs.list_thin,
            (_, View::Single) => true,
        }
    }

    /// The spec; none where it is empty, of a kind that is written out.
    fn spec(&self, object: &Object) -> Option<Value> {
        if !object.key.kind.is_written_out() {
            return Some(self.declared(object, &object.spec));
        }
        let mut spec = object.spec.clone();
        if object.key.kind.form == Form::Made {
            spec.insert("variables".to_owned(), json!(self.variables(object)));
        }
        let spec = self.without_zeros(spec);
        let empty = spec.as_object().is_some_and(Map::is_empty);
        let packed = |spec: Value| {
            if self.knobs.spec_as_string { Value::String(spec.to_string()) } else { spec }
        };
        (!empty).then(|| packed(spec))
    }

    /// A spec of what is declared.
    fn declared(&self, object: &Object, spec: &Map<String, Value>) -> Value {
        let (kind, mask) = (object.key.kind, self.knobs.mask);
        let mut spec = spec.clone();
        if self.knobs.add_defaults {
            let adds = serde_json::from_str(kind.adds).unwrap_or_default();
            walk::add(&mut spec, &adds);
        }
        let mut spec = Value::Object(spec);
        if mask != Mask::Plaintext {
            for path in kind.secrets {
                walk::hide(&mut spec, path, mask);
            }
            walk::hide_sensitive(&mut spec, mask, 0);
        }
        if self.knobs.shuffle_variables {
            walk::shuffle(&mut spec, self.salt, 0);
        }
        self.without_zeros(spec)
    }

    fn variables<'b>(&self, object: &'b Object) -> Vec<ShownVariable<'b>> {
        let merged = self.knobs.merged_variables;
        let shown = object.variables.iter().filter(|it| merged || it.declared);
        let mut shown: Vec<&Variable> = shown.collect();
        if self.knobs.shuffle_variables {
            shown.sort_by_cached_key(|it| ids::hash(self.salt, &it.name));
        }
        shown.into_iter().enumerate().map(|(index, it)| self.variable(it, index)).collect()
    }

    fn variable<'b>(&self, variable: &'b Variable, index: usize) -> ShownVariable<'b> {
        let (defaults, value) = (self.knobs.add_defaults, variable.value.as_str());
        let by_profile = variable.profile_type.as_deref();
        let by_profile = by_profile.filter(|_| defaults || !variable.declared);
        let weight = || {
            json!({
                "mask": variable.sensitive,
                "displayMetadata": { "weight": index + 1 },
            })
        };
        let given = (!variable.options.is_null()).then(|| variable.options.clone());
        ShownVariable {
            name: &variable.name,
            value: if variable.sensitive { self.knobs.mask.shows(value) } else { Some(value) },
            value_type: variable.value_type.as_deref().or(by_profile),
            options: given.or_else(|| defaults.then(weight)),
        }
    }

    fn without_zeros(&self, spec: impl Into<Value>) -> Value {
        let spec = spec.into();
        if self.knobs.drop_zero_values { walk::drop_zeros(spec, 0) } else { spec }
    }
}
