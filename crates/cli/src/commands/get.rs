//! `plumb get`: live objects as they are, secrets hidden. Manifests of them are `export`'s.

use super::prelude::{
    Args, Context, Ended, Exit, JsonSchema, Output, Problem, Serialize, ValueEnum,
};
use crate::clouds::Clouds;
use crate::live::{self, Which};
use crate::report::List;
use crate::{report, yaml};
use plumb_kind::export::plain;
use plumb_kind::{Collection, Kind, Registry, Snapshot};
use plumb_model::body::walk::DEEPEST;
use plumb_model::{LiveObject, Money, RemoteId};
use plumb_render::sheet;
use plumb_render::table::{self, Columns};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Show live objects.
#[derive(Debug, Args)]
pub(crate) struct Get {
    /// A kind, for instance ComputeInstance; all when missing.
    kind: Option<String>,
    /// A name.
    name: Option<String>,
    /// Only this project.
    #[arg(short, long)]
    project: Option<String>,
    /// The table with more columns, the documents, or names alone.
    #[arg(short = 'o', long = "output", visible_alias = "format", value_enum, default_value_t = Shape::Table)]
    format: Shape,
    /// Print secret outputs as they are.
    #[arg(long)]
    show_secrets: bool,
}

/// How live objects are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// A table.
    #[value(alias = "human")]
    Table,
    /// A table with more columns.
    Wide,
    /// The documents as YAML.
    Yaml,
    /// The documents as JSON.
    Json,
    /// Addresses alone.
    Name,
}

/// Live objects.
pub(super) type Found = List<Document>;

/// One live object.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Document {
    /// Its fields as its cloud has them, the same as in a manifest; secrets are placeholders.
    #[serde(flatten)]
    fields: Map<String, Value>,
    /// What became of it.
    status: Status,
    /// Of one that was asked for by name: what else is known of it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    details: BTreeMap<String, String>,
}

/// What became of an object.
#[derive(Debug, Serialize, JsonSchema)]
struct Status {
    /// How far it is.
    phase: String,
    /// The vendor's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    id: Option<RemoteId>,
    /// What it costs an hour, in US dollars as decimal text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    hourly: Option<Money>,
    /// What it gives others to use; secrets are placeholders.
    #[serde(skip_serializing_if = "Value::is_null")]
    output: Value,
}

impl Get {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        context.block_on(self.look(context))
    }

    async fn look(&self, context: &Context) -> Result<Ended, Problem> {
        let output = &context.output;
        let which = Which {
            kinds: self.kind.iter().cloned().collect(),
            name: self.name.clone(),
            projects: self.project.iter().cloned().collect(),
        };
        let clouds = Clouds::anywhere(context).await?;
        let registry = clouds.engine.registry();
        which.check(registry)?;
        let mut observed = live::look(&clouds, &which).await?;
        if !self.show_secrets && matches!(self.format, Shape::Yaml | Shape::Json) {
            // Only the profiles know which of their variables are secret.
            clouds.engine.read_export_lookups(&mut observed).await;
        }
        clouds.refuse_unreachable()?;
        clouds.refuse_closed_keys()?;
        let seen = live::tell_gaps(&observed.live, &which, registry, output);
        let objects = live::chosen(&observed, &which);
        if objects.is_empty() {
            output.message(match seen {
                Exit::Done => "Nothing found.",
                _ => "Nothing found in what could be listed.",
            });
        }
        let facts = match (&which.name, objects.as_slice()) {
            (Some(_), [object]) => facts(&clouds, object, &observed.snapshot).await,
            _ => Facts::new(),
        };
        let document = |object: &&LiveObject| Document {
            details: facts
                .iter()
                .map(|(name, fact)| (sheet::field_name(name), fact.clone()))
                .collect(),
            ..self.document(registry, object, &observed.snapshot)
        };
        output.data(&match self.format {
            Shape::Table => described(&objects, &facts, Columns::Default, output),
            Shape::Wide => described(&objects, &facts, Columns::Wide, output),
            Shape::Name => {
                objects.iter().map(|object| object.key.to_string()).collect::<Vec<_>>().join("\n")
            }
            Shape::Json => report::json(&objects.iter().map(document).collect::<Found>()),
            Shape::Yaml => yaml::texts(objects.iter().map(document)),
        });
        // The one that was asked for by name is there, whatever else could not be listed.
        Ok(match (which.name.is_some(), objects.is_empty()) {
            (true, true) => Ended::because(Exit::Error, "nothing of that name was found"),
            (true, false) => Exit::Done.into(),
            (false, _) => live::partly(seen),
        })
    }

    /// The whole live document, outputs with it. Of a kind that is not known nobody knows what is
    /// secret.
    fn document(&self, registry: &Registry, object: &LiveObject, known: &Snapshot) -> Document {
        let (document, output) = match registry.kind(&object.key.kind) {
            _ if self.show_secrets => {
                (object.body.with_secrets_in_clear(), object.outputs.with_secrets_in_clear())
            }
            // Outputs are opaque and may hold credentials anywhere: all of them are sealed.
            Some(kind) => (without_secrets(kind, object, known), object.outputs.shown()),
            None => (object.body.shown(), object.outputs.shown()),
        };
        let mut fields = match document {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        // The cloud's own words of it are in the phase.
        fields.remove("status");
        let phase = object.status.phase.to_string();
        let (id, hourly) = (object.remote_id.clone(), object.hourly);
        let status = Status { phase, id, hourly, output };
        Document { fields, status, details: BTreeMap::new() }
    }
}

/// How often a kind may ask for more in the light of what was read.
const ROUNDS: usize = 3;

/// Names and values, in the order they are shown.
type Facts = Vec<(String, String)>;

/// Reads what describes an object.
async fn facts(clouds: &Clouds, object: &LiveObject, known: &Snapshot) -> Facts {
    let registry = clouds.engine.registry();
    let kind = &object.key.kind;
    let (Some(provider), Some(kind)) = (registry.provider(kind), registry.kind(kind)) else {
        return Facts::new();
    };
    let mut snapshot = known.clone();
    for _ in 0..ROUNDS {
        let mut unread: Vec<Collection> = kind.details(object, &snapshot);
        unread.retain(|collection| snapshot.reading(&collection.id).is_none());
        if unread.is_empty() {
            break;
        }
        snapshot.0.extend(clouds.engine.read_lookups(provider.name(), &unread).await.0);
    }
    let facts = kind.describe(object, &snapshot).into_iter();
    facts.map(|(name, value)| (name.to_owned(), value.to_string())).collect()
}

/// A table, and below it what is known of the one object in it, whose id may not fit above.
fn described(objects: &[&LiveObject], facts: &Facts, columns: Columns, output: &Output) -> String {
    let table = table::objects(objects, columns, output.table_style());
    if facts.is_empty() {
        return table;
    }
    let ids = objects.iter().filter_map(|object| object.remote_id.as_ref());
    let ids = ids.map(|id| ("id".to_owned(), id.to_string()));
    let facts: Facts = ids.chain(facts.iter().cloned()).collect();
    format!("{table}\n{}", sheet::facts(&facts, output.style()))
}

/// Secret is what the kind says, and what its manifest would take from outside.
fn without_secrets(kind: &dyn Kind, object: &LiveObject, snapshot: &Snapshot) -> Value {
    let mut document = plain(object, kind.rules(), &[]);
    if let Some(manifest) = kind.export(object, snapshot) {
        hide_what_comes_from_outside(&mut document, &manifest, 0);
    }
    document
}

/// Puts a placeholder wherever the manifest says `valueFrom`.
fn hide_what_comes_from_outside(document: &mut Value, manifest: &Value, depth: usize) {
    if manifest.get("valueFrom").is_some() || depth > DEEPEST {
        *document = plumb_model::text::SECRET_PLACEHOLDER.into();
        return;
    }
    match (document, manifest) {
        (Value::Object(fields), Value::Object(declared)) => {
            for (name, value) in fields {
                if let Some(declared) = declared.get(name) {
                    hide_what_comes_from_outside(value, declared, depth + 1);
                }
            }
        }
        (Value::Array(items), Value::Array(declared)) => {
            for item in items {
                let same = |other: &&Value| other.get("name") == item.get("name");
                if let Some(declared) = declared.iter().find(same) {
                    hide_what_comes_from_outside(item, declared, depth + 1);
                }
            }
        }
        _ => {}
    }
}
