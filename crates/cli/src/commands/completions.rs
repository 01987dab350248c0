//! `plumb completions`: what shells complete, generated from the arguments themselves.

use super::prelude::{Args, Context, Ended, Exit, Problem};

/// Print a shell's completion script.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: clap_complete::Shell,
}

impl Completions {
    #[expect(clippy::unnecessary_wraps, reason = "it is run as every command")]
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut (context.grammar)(), "plumb", &mut script);
        context.output.data(&String::from_utf8_lossy(&script));
        Ok(Exit::Done.into())
    }
}
