//! `plumb completions`: what shells complete, generated from the arguments themselves.

use super::{Args, Arguments, CommandFactory, Context, Ended, Exit};

/// Print a shell's completion script.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: clap_complete::Shell,
}

impl Completions {
    pub(super) fn run(&self, context: &Context) -> Ended {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "plumb", &mut script);
        context.output.data(&String::from_utf8_lossy(&script));
        Exit::Done.into()
    }
}
