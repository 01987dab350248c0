//! `plumb get`: live objects as they are, secrets hidden. Manifests of them are `export`'s.

use crate::arguments::{Shape, Shared};
use crate::clouds::Clouds;
use crate::commands::describe::{self, Facts};
use crate::environment::Environment;
use crate::exit::{Ended, Exit};
use crate::output::Output;
use crate::problem::Problem;
use plumb_engine::Observed;
use plumb_kind::export::plain;
use plumb_kind::{Kind, Registry, Snapshot};
use plumb_model::body::walk::DEEPEST;
use plumb_model::finding::nearest;
use plumb_model::key::ScopeLevel;
use plumb_model::{Body, Code, Finding, Gap, KindId, Live, LiveObject, Observation, Scope};
use plumb_render::sheet;
use plumb_render::table::{self, Columns};
use serde_json::{Value, json};

/// Which live objects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Which {
    /// Kinds by name; all when empty.
    pub(crate) kinds: Vec<String>,
    /// One name.
    pub(crate) name: Option<String>,
    /// Projects; all when empty.
    pub(crate) projects: Vec<String>,
}

impl Which {
    fn includes(&self, object: &LiveObject) -> bool {
        let named =
            |list: &[String], text: &str| list.is_empty() || list.iter().any(|one| one == text);
        let kind = self.kinds.is_empty()
            || self.kinds.iter().any(|kind| kind.eq_ignore_ascii_case(&object.key.kind.kind));
        let project = match object.key.scope.project() {
            Some(project) => named(&self.projects, project),
            None => self.projects.is_empty() || self.projects.contains(&object.key.name),
        };
        kind && project && self.name.as_ref().is_none_or(|name| is_called(object, name))
    }

    /// Whether something that could not be listed may hide what is wanted: a list of such a kind, or
    /// of what such a kind lives in.
    fn may_hide_in(&self, gap: &Gap, registry: &Registry) -> bool {
        let named =
            |kind: &KindId| self.kinds.iter().any(|name| name.eq_ignore_ascii_case(&kind.kind));
        let holds_others = || registry.table().inside(&gap.kind).next().is_some();
        let kind = self.kinds.is_empty() || named(&gap.kind) || holds_others();
        let project = gap.scope.project().is_none_or(|project| {
            self.projects.is_empty() || self.projects.iter().any(|wanted| wanted == project)
        });
        kind && project
    }

    /// The kinds' rules, when all of them are outside of projects: then only their own lists need
    /// be read.
    fn outside_of_projects(&self, registry: &Registry) -> Option<Vec<KindId>> {
        let named =
            |kind: &KindId| self.kinds.iter().any(|name| name.eq_ignore_ascii_case(&kind.kind));
        let rules = registry.kinds().map(Kind::rules).filter(|rules| named(&rules.id));
        let rules: Vec<_> = rules.collect();
        let global = rules.iter().all(|rules| rules.level == ScopeLevel::Global);
        (global && !rules.is_empty()).then(|| rules.iter().map(|rules| rules.id.clone()).collect())
    }

    /// Refuses names of kinds that do not exist.
    pub(crate) fn check(&self, registry: &Registry) -> Result<(), Problem> {
        let known: Vec<String> =
            registry.kinds().map(|kind| kind.rules().id.kind.clone()).collect();
        for kind in &self.kinds {
            if known.iter().any(|name| name.eq_ignore_ascii_case(kind)) {
                continue;
            }
            let help = nearest(kind, known.iter().map(String::as_str)).map_or_else(
                || format!("the kinds are {}", known.join(", ")),
                |near| format!("did you mean {near}?"),
            );
            let finding = Finding::error(Code::UNKNOWN_KIND, format!("no kind {kind}")).help(help);
            return Err(finding.into());
        }
        Ok(())
    }
}

/// Whether an object is known by a name: its own, or its id where names are not unique.
fn is_called(object: &LiveObject, name: &str) -> bool {
    object.key.name == name
        || object.remote_id.as_ref().is_some_and(|id| id.as_str() == name)
        || object.body.pointer("/metadata/name").and_then(Body::as_str) == Some(name)
}

/// Looks at what is wanted, and no further than that takes.
pub(crate) async fn look(clouds: &Clouds, which: &Which) -> Result<Observed, Problem> {
    let Some(kinds) = which.outside_of_projects(clouds.engine.registry()) else {
        return Ok(clouds.engine.discover().await);
    };
    kinds.iter().try_for_each(|kind| clouds.require(kind, &kind.kind))?;
    let places: Vec<_> = kinds.into_iter().map(|kind| (kind, Scope::Global)).collect();
    Ok(clouds.engine.observe_scopes(&places).await)
}

/// Prints live objects.
pub(crate) async fn get(
    which: &Which,
    shape: Shape,
    secrets: Secrets,
    shared: &Shared,
    (environment, output): (&Environment, &Output),
) -> Result<Ended, Problem> {
    let clouds = Clouds::anywhere(shared, environment).await?;
    which.check(clouds.engine.registry())?;
    let mut observed = look(&clouds, which).await?;
    if secrets == Secrets::Hidden && matches!(shape, Shape::Yaml | Shape::Json) {
        // Only the profiles know which of their variables are secret.
        clouds.engine.read_export_lookups(&mut observed).await;
    }
    clouds.refuse_unreachable()?;
    clouds.refuse_closed_keys()?;
    let seen = tell_gaps(&observed.live, which, clouds.engine.registry(), output);
    let objects = chosen(&observed, which);
    if objects.is_empty() {
        let found = match seen {
            Exit::Done => "Nothing found.",
            _ => "Nothing found in what could be listed.",
        };
        output.message(found);
    }
    let facts = match (which.name.is_some(), objects.as_slice()) {
        (true, [object]) => describe::facts(&clouds, object, &observed.snapshot).await,
        _ => Facts::new(),
    };
    let registry = clouds.engine.registry();
    let document = |object: &&LiveObject| {
        let mut document = document(registry, object, secrets, &observed.snapshot);
        if let (Some(fields), false) = (document.as_object_mut(), facts.is_empty()) {
            fields.insert("details".to_owned(), describe::as_json(&facts));
        }
        document
    };
    let documents = || objects.iter().map(document).collect::<Vec<_>>();
    match shape {
        Shape::Table => output.data(&described(&objects, &facts, Columns::Default, output)),
        Shape::Wide => output.data(&described(&objects, &facts, Columns::Wide, output)),
        Shape::Name => {
            let names: Vec<String> = objects.iter().map(|object| object.key.to_string()).collect();
            output.data(&names.join("\n"));
        }
        Shape::Json => {
            let list = json!({"apiVersion": "v1", "kind": "List", "items": documents()});
            output.data(&super::findings::pretty(&list));
        }
        Shape::Yaml => output.data(&yaml(&documents())),
    }
    clouds.stop().await;
    // The one that was asked for by name is there, whatever else could not be listed.
    Ok(match (which.name.is_some(), objects.is_empty()) {
        (true, true) => Ended::because(Exit::Error, "nothing of that name was found"),
        (true, false) => Exit::Done.into(),
        (false, _) => super::partly(seen),
    })
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

/// Whether secret outputs are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// Placeholders stand for them.
    Hidden,
    /// As they are: `--show-secrets`.
    Shown,
}

pub(crate) fn chosen<'o>(observed: &'o Observed, which: &Which) -> Vec<&'o LiveObject> {
    let present = observed.live.objects.values().filter_map(|observation| match observation {
        Observation::Present(object) => Some(&**object),
        Observation::Absent | Observation::Unknown(_) => None,
    });
    present.filter(|object| which.includes(object)).collect()
}

/// Says what could not be seen, so that a short list is not taken for the whole. An error when
/// something that is wanted may be missing.
#[must_use]
pub(crate) fn tell_gaps(live: &Live, which: &Which, registry: &Registry, output: &Output) -> Exit {
    for gap in &live.gaps {
        let scope = gap.scope.segments().join("/");
        let place = if scope.is_empty() { "the organization" } else { scope.as_str() };
        output.message(&format!(
            "warning: {} of {place} could not be listed: {}",
            gap.kind.kind, gap.reason
        ));
    }
    let hides = live.gaps.iter().any(|gap| which.may_hide_in(gap, registry));
    if hides { Exit::Error } else { Exit::Done }
}

/// The whole live document, outputs with it.
fn document(
    registry: &Registry,
    object: &LiveObject,
    secrets: Secrets,
    snapshot: &Snapshot,
) -> Value {
    let mut document = match (secrets, registry.kind(&object.key.kind)) {
        (Secrets::Hidden, Some(kind)) => without_secrets(kind, object, snapshot),
        (Secrets::Hidden, None) => object.body.shown(),
        (Secrets::Shown, _) => object.body.with_secrets_in_clear(),
    };
    let outputs = match secrets {
        Secrets::Shown => object.outputs.with_secrets_in_clear(),
        // Outputs are opaque and may hold credentials anywhere: all of them are sealed.
        Secrets::Hidden => object.outputs.shown(),
    };
    if let Value::Object(fields) = &mut document {
        let mut status = json!({"phase": object.status.phase.to_string()});
        if let Some(status) = status.as_object_mut() {
            let id = object.remote_id.as_ref().map(|id| json!(id));
            let hourly = object.hourly.map(|rate| json!(rate));
            let output = Some(outputs).filter(|outputs| !outputs.is_null());
            for (name, value) in [("id", id), ("hourly", hourly), ("output", output)] {
                status.extend(value.map(|value| (name.to_owned(), value)));
            }
        }
        fields.insert("status".to_owned(), status);
    }
    document
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

pub(crate) fn yaml(documents: &[Value]) -> String {
    let mut text = String::new();
    for document in documents {
        if !text.is_empty() {
            text.push_str("---\n");
        }
        text.push_str(&super::yaml::text(document));
    }
    text
}
