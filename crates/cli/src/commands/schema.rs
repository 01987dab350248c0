//! `plumb schema`: the JSON Schemas of manifests, and of what commands print.

use super::prelude::{Args, Context, Ended, Exit, Problem};
use crate::problem::meant;
use crate::stack;
use plumb_model::{Code, Finding};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The schema that accepts a manifest of any kind.
const ALL: &str = "plumb";
/// The file of the schema of plans in JSON.
const PLAN: &str = "plan.schema.json";

/// Print or write the JSON Schemas of manifests, for editors.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// One kind, for instance ComputeInstance, or a command with `--format json`; the combined
    /// schema of all kinds when missing.
    kind: Option<String>,
    /// List all kinds.
    #[arg(long)]
    list: bool,
    /// Write all schemas into this folder.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

impl Schema {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        match &self.into {
            _ if self.list => context.output.data(&list()?),
            Some(folder) => write(folder, context)?,
            None => context.output.data(&text(find(&all(context.schemas)?, self.kind.as_deref())?)),
        }
        Ok(Exit::Done.into())
    }
}

/// The kinds.
fn list() -> Result<String, Problem> {
    let registry = stack::registry()?;
    let line = |kind: &'static dyn plumb_kind::Kind| {
        let rules = kind.rules();
        format!("{:<26} {:<21} {}", rules.api_version, rules.id.kind, kind.summary())
    };
    Ok(registry.kinds().map(line).collect::<Vec<_>>().join("\n"))
}

/// Writes every schema into a folder.
fn write(folder: &Path, context: &Context) -> Result<(), Problem> {
    std::fs::create_dir_all(folder).map_err(|error| Problem::file(folder, error))?;
    for (name, schema) in all(context.schemas)? {
        let path = folder.join(name);
        std::fs::write(&path, text(&schema)).map_err(|error| Problem::file(&path, error))?;
    }
    Ok(())
}

/// The schema of all kinds together, as text.
pub(crate) fn of_everything() -> Result<String, Problem> {
    find(&all(BTreeMap::new)?, None).map(text)
}

/// The schemas of manifests and plans, with those that are printed beside them.
fn all(printed: fn() -> BTreeMap<String, Value>) -> Result<BTreeMap<String, Value>, Problem> {
    let mut schemas = plumb_manifest::schemas(&stack::registry()?)?;
    schemas.insert(PLAN.to_owned(), plumb_render::json::plan_schema());
    schemas.extend(printed());
    Ok(schemas)
}

fn text(schema: &Value) -> String {
    format!("{schema:#}\n")
}

/// A kind's schema, by the kind's name; the schema of all kinds together when none is named.
fn find<'s>(
    schemas: &'s BTreeMap<String, Value>,
    kind: Option<&str>,
) -> Result<&'s Value, Problem> {
    let kind = kind.unwrap_or(ALL);
    let ending = format!("_{kind}.schema.json");
    let plain = format!("{}.schema.json", kind.to_lowercase());
    let mut named = schemas.iter().filter(|(name, _)| name.ends_with(&ending) || **name == plain);
    if let Some((_, schema)) = named.next() {
        return Ok(schema);
    }
    let registry = stack::registry()?;
    let known: Vec<&str> = registry.kinds().map(|known| known.rules().id.kind.as_str()).collect();
    let help = meant(kind, &known, "`plumb schema --list` shows all kinds");
    Err(Finding::error(Code::UNKNOWN_KIND, format!("no kind {kind}")).help(help).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_in_schemas_are_the_generated_ones() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
        let schemas = all(crate::commands::schemas).unwrap();
        for (name, schema) in &schemas {
            let kept = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            assert_eq!(kept, text(schema), "run: cargo run -- schema --into schemas ({name})");
        }
        let kept = std::fs::read_dir(&folder).map(Iterator::count).unwrap_or_default();
        assert_eq!(kept, schemas.len(), "a schema of no kind is left in schemas/");
    }
}
