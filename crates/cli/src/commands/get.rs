//! `plumb get`: live objects as they are, secrets hidden. Manifests of them are `export`'s.

use super::prelude::{
    Args, Context, Ended, Exit, JsonSchema, Manifests, Output, Problem, Serialize, ValueEnum,
    broken, place,
};
use crate::clouds::Clouds;
use crate::contract::{Term, Terms};
use crate::live::{self, Families, Which};
use crate::report::List;
use crate::{report, yaml};
use plumb_kind::export::plain;
use plumb_kind::{Kind, Registry, Snapshot};
use plumb_model::body::walk::DEEPEST;
use plumb_model::{LiveObject, Money, RemoteId, ServerText};
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
    #[command(flatten)]
    families: Families,
    /// The table with more columns, the documents, or names alone.
    #[arg(short = 'o', long = "output", visible_alias = "format", value_enum, default_value_t = Shape::Table)]
    format: Shape,
    /// Print secret outputs as they are.
    #[arg(long)]
    show_secrets: bool,
    // The ledger of the stack knows which contracts run.
    #[command(flatten)]
    manifests: Manifests,
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
    /// Its contract, where the stack's ledger has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<Term>,
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
            families: self.families.clone(),
            ..Which::default()
        };
        let clouds = Clouds::anywhere(context).await?;
        let registry = clouds.engine.registry();
        let which = which.checked(registry)?;
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
        let terms = self.terms(&objects, context);
        let document = |object: &&LiveObject| {
            let mut document = self.document(registry, object, &observed.snapshot);
            document.status.contract = terms.get(&object.key).cloned();
            let facts = facts.iter().map(|(name, fact)| (sheet::field_name(name), fact.clone()));
            Document { details: facts.collect(), ..document }
        };
        output.data(&match self.format {
            Shape::Table => described(&objects, &facts, (Columns::Default, &terms), output),
            Shape::Wide => described(&objects, &facts, (Columns::Wide, &terms), output),
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

    /// The contracts that run, as the stack's ledger has them. Without a ledger none is known, and the
    /// objects are shown all the same.
    fn terms(&self, objects: &[&LiveObject], context: &Context) -> Terms {
        if matches!(self.format, Shape::Table | Shape::Name) {
            return Terms::new();
        }
        let read = place(&self.manifests.all(), context)
            .and_then(|place| place.store.read(&place.stack).map_err(|error| broken(&error)));
        let view = match read {
            Ok(view) => view,
            Err(problem) => {
                let why: Vec<String> =
                    problem.findings.into_iter().map(|found| found.message).collect();
                let why = why.join("; ");
                context.output.message(&format!("warning: contracts are not known: {why}"));
                return Terms::new();
            }
        };
        let now = context.environment.now();
        let term = |object: &&LiveObject| {
            let contract = live::entry_of(&view, object)?.protections.contract.as_ref()?;
            Some((object.key.clone(), Term::of(contract, now)))
        };
        objects.iter().filter_map(term).collect()
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
        let status = Status { phase, id, hourly, contract: None, output };
        Document { fields, status, details: BTreeMap::new() }
    }
}

/// Names and values, in the order they are shown.
type Facts = Vec<(String, String)>;

/// Reads what describes an object: how it is reached, what its kind knows, what it costs.
async fn facts(clouds: &Clouds, object: &LiveObject, known: &Snapshot) -> Facts {
    let Some(kind) = clouds.engine.registry().kind(&object.key.kind) else { return Facts::new() };
    let snapshot =
        live::learn(clouds, object, known, |kind, object, known| kind.details(object, known)).await;
    let reach = kind.reach(object);
    let texts = |list: &[ServerText]| {
        list.iter().map(|text| text.raw().to_owned()).collect::<Vec<_>>().join(", ")
    };
    let logins = reach.logins.iter().map(|login| login.command.to_string());
    let reached = [
        ("public address", texts(&reach.public)),
        ("private address", texts(&reach.private)),
        ("log in", logins.collect::<Vec<_>>().join(", ")),
    ];
    let reached = reached.into_iter().filter(|(_, text)| !text.is_empty());
    let own = kind.describe(object, &snapshot).into_iter();
    let own = own.map(|(name, value)| (name, value.to_string()));
    let price = object.hourly.map(|hourly| ("price", format!("{hourly} an hour")));
    reached.chain(own).chain(price).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A table, and below it what is known of the one object in it, whose id may not fit above.
fn described(
    objects: &[&LiveObject],
    facts: &Facts,
    (columns, terms): (Columns, &Terms),
    output: &Output,
) -> String {
    let contracts = terms.iter().map(|(key, term)| (key.clone(), term.short()));
    let table = table::objects(objects, &contracts.collect(), (columns, output.table_style()));
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
