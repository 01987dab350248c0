//! `plumb completions`: what shells complete, generated from the arguments themselves.

use super::prelude::{Args, Context, Ended, Exit, Problem};
use crate::stack;
use clap::builder::PossibleValuesParser;

/// The commands with an argument that is the name of a kind, which is called `kind`.
const OF_KINDS: [&str; 2] = ["get", "schema"];

/// Print a shell's completion script.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: clap_complete::Shell,
}

impl Completions {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let registry = stack::registry()?;
        let kinds: Vec<&str> = registry.kinds().map(|it| it.rules().id.kind.as_str()).collect();
        let known =
            |argument: clap::Arg| argument.value_parser(PossibleValuesParser::new(kinds.clone()));
        let mut grammar = (context.grammar)();
        for command in OF_KINDS {
            grammar = grammar.mut_subcommand(command, |it| it.mut_arg("kind", known));
        }
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut grammar, "plumb", &mut script);
        context.output.data(&String::from_utf8_lossy(&script));
        Ok(Exit::Done.into())
    }
}
