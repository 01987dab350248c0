//! `plumb init`: a plumb.yaml that names the stack in a folder, with an id that no other has.

use super::prelude::{
    Args, Context, Ended, Exit, Format, JsonSchema, Output, Problem, Report, Serialize,
};
use crate::{stack, yaml};
use plumb_manifest::{Naming, Outside};
use plumb_model::{Code, Finding};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The characters of an id: letters and digits that are not mistaken for one another.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// How long an id is; two stacks of one name have the same once in 10¹².
const LONG: usize = 8;
/// What is said to whoever opens the file.
const HEAD: &str = "# Name and id mark everything that this stack makes: they stay as they are. A copy of this folder\n\
     # that is to be a stack of its own needs an id of its own.\n";

/// Write a plumb.yaml that names the stack in a folder.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder [default: the current one].
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
}

/// A stack that is named now.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Named {
    /// The file that says so.
    file: String,
    /// Its name.
    name: String,
    /// Its id.
    id: String,
}

impl Report for Named {
    fn human(&self, _output: &Output) -> String {
        let Self { file, name, id } = self;
        format!("{file} names the stack {name} ({id}).")
    }
}

impl Init {
    /// Writes it; never over one that is there.
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let Context { shared, output, .. } = context;
        let folder = self.folder.clone().unwrap_or_else(|| PathBuf::from("."));
        let nothing = |_: &str| None;
        let outside = Outside { variable: &nothing, standard_input: None };
        let path = folder.join("plumb.yaml");
        std::fs::create_dir_all(&folder).map_err(|error| Problem::file(&folder, error))?;
        let loaded = stack::load(&[folder], &outside, shared)?;
        let id = id()?;
        let Ok(mut file) = File::create_new(&path) else { return Err(there(&path, &id)) };
        let text = yaml::text(&document(&loaded.stack.name, Some(&id)));
        file.write_all(format!("{HEAD}{text}").as_bytes())
            .map_err(|error| Problem::file(&path, error))?;
        let named = Named { file: path.display().to_string(), name: loaded.stack.name, id };
        self.format.print(&named, output);
        if loaded.stack.naming == Naming::OfFolder {
            output.message(
                "It is its folder's name; what was made under it so far stays this stack's.",
            );
        }
        Ok(Exit::Done.into())
    }
}

/// A plumb.yaml with a name, and an id where there is one.
pub(crate) fn document(name: &str, id: Option<&str>) -> Value {
    let metadata = match id {
        Some(id) => json!({"name": name, "id": id}),
        None => json!({"name": name}),
    };
    json!({"apiVersion": plumb_manifest::API_VERSION, "kind": "Stack", "metadata": metadata})
}

/// A new id.
fn id() -> Result<String, Problem> {
    let mut bytes = [0; LONG];
    getrandom::fill(&mut bytes).map_err(|error| {
        let message = format!("there are no random bytes: {error}");
        Problem::from(Finding::error(Code::UNREADABLE_FILE, message))
    })?;
    let letter = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).copied().map(char::from);
    Ok(bytes.iter().filter_map(letter).collect())
}

fn there(path: &Path, id: &str) -> Problem {
    let message = format!("{} is there already, or cannot be written", path.display());
    let help = format!(
        "to give its stack an id, write below its metadata: `id: {id}`. What was made under the name \
         alone stays this stack's"
    );
    Finding::error(Code::UNREADABLE_FILE, message).help(help).into()
}
