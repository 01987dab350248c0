//! `plumb completions` and `plumb man`: what is generated from the arguments themselves.

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::Problem;
use clap::CommandFactory;
use std::path::Path;

/// Prints a shell's completion script.
pub(crate) fn completions(output: &Output, shell: clap_complete::Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "plumb", &mut script);
    output.data(&String::from_utf8_lossy(&script));
    Exit::Done
}

/// Prints the manual page, or writes one for every command.
pub(crate) fn manual(output: &Output, into: Option<&Path>) -> Result<Exit, Problem> {
    let command = Arguments::command();
    if let Some(folder) = into {
        std::fs::create_dir_all(folder).map_err(|error| Problem::file(folder, error))?;
        clap_mangen::generate_to(command, folder).map_err(|error| Problem::file(folder, error))?;
        return Ok(Exit::Done);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .map_err(|error| Problem::file(Path::new("standard output"), error))?;
    output.data(&String::from_utf8_lossy(&page));
    Ok(Exit::Done)
}
