//! `plumb graph`: what comes after what.

use super::prelude::{
    Args, Context, Ended, Exit, JsonSchema, Paths, Problem, Serialize, ValueEnum,
};
use crate::report;
use crate::stack::{self, Unset};
use plumb_model::ResourceKey;
use plumb_model::graph::Requirements;
use plumb_render::graph;
use std::collections::{BTreeMap, BTreeSet};

/// Print the graph of dependencies.
#[derive(Debug, Args)]
pub(crate) struct Graph {
    #[command(flatten)]
    paths: Paths,
    /// The language.
    #[arg(short = 'o', long = "output", visible_alias = "format", value_enum, default_value_t = Language::Dot)]
    format: Language,
}

/// The languages of graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// Graphviz.
    #[value(alias = "human")]
    Dot,
    /// Mermaid, which Markdown renderers draw.
    Mermaid,
    /// For programs.
    Json,
}

/// What comes after what.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Dependencies {
    /// The declared resources by their full addresses, each with those it comes after.
    resources: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let manifested = stack::read(&self.paths.all(), Unset::Open, context)?;
        let edges = manifested.desired.edges();
        context.output.data(&match self.format {
            Language::Dot => graph::dot(edges),
            Language::Mermaid => graph::mermaid(edges),
            Language::Json => report::json(&Dependencies::of(edges)),
        });
        Ok(Exit::Done.into())
    }
}

impl Dependencies {
    fn of(edges: &Requirements<ResourceKey>) -> Self {
        let one = |(key, required): (&ResourceKey, &BTreeSet<ResourceKey>)| {
            (key.canonical(), required.iter().map(ResourceKey::canonical).collect())
        };
        Self { resources: edges.iter().map(one).collect() }
    }
}
