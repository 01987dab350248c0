//! `plumb man`: the manual, generated from the arguments themselves.

use super::prelude::{Args, Context, Ended, Exit, Problem};
use std::path::{Path, PathBuf};

/// Print the manual page, or write one for every command.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Write all pages into this folder.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let command = (context.grammar)();
        if let Some(folder) = &self.into {
            let broken = |error| Problem::file(folder, error);
            std::fs::create_dir_all(folder).map_err(broken)?;
            clap_mangen::generate_to(command, folder).map_err(broken)?;
            return Ok(Exit::Done.into());
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(|error| Problem::file(Path::new("standard output"), error))?;
        context.output.data(&String::from_utf8_lossy(&page));
        Ok(Exit::Done.into())
    }
}
