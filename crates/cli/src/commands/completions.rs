//! `plumb completions`: what shells complete, generated from the arguments themselves. Addresses are
//! asked for when they are wanted: see `completions::addresses`.

mod addresses;

use super::prelude::{Args, Context, Ended, Exit, Problem};
use crate::stack;
use clap::builder::PossibleValuesParser;
use clap_complete::Shell;
use plumb_model::Address;
use std::any::TypeId;
use std::collections::BTreeSet;

/// The commands with an argument that is the name of a kind, which is called `kind`.
const OF_KINDS: [&str; 2] = ["get", "schema"];

/// Asks for addresses first; the words are cut where the cursor is.
const BASH: &str = r#"
_plumb_or_addresses() {
    local IFS=$'\n' found
    found=$("$1" completions --words "${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
    if [[ -n $found ]]; then
        COMPREPLY=($found)
    else
        unset IFS
        _plumb "$@"
    fi
}
"#;

/// The same for zsh.
const ZSH: &str = r#"
_plumb_or_addresses() {
    local -a found
    found=(${(f)"$("${words[1]}" completions --words "${(@)words[1,CURRENT]}" 2>/dev/null)"})
    if (( ${#found} )); then
        compadd -a found
    else
        _plumb "$@"
    fi
}
"#;

/// The same for fish, where options say by themselves what they are completed with.
const FISH: &str = r#"
function __plumb_addresses
    plumb completions --words (commandline -opc) "$(commandline -ct)" 2>/dev/null
end
complete -c plumb -f -a "(__plumb_addresses)"
"#;

/// Print a shell's completion script.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(required_unless_present = "words")]
    shell: Option<Shell>,
    /// What the scripts ask: the addresses that the last of these words may become.
    #[arg(long, hide = true, num_args = 1.., allow_hyphen_values = true, conflicts_with = "shell")]
    words: Vec<String>,
}

impl Completions {
    pub(super) fn run(self, context: &mut Context) -> Result<Ended, Problem> {
        let Some(shell) = self.shell else {
            let found = addresses::offered(&self.words, context);
            context.output.data(&found.join("\n"));
            return Ok(Exit::Done.into());
        };
        let registry = stack::registry()?;
        let kinds: Vec<&str> = registry.kinds().map(|it| it.rules().id.kind.as_str()).collect();
        let known =
            |argument: clap::Arg| argument.value_parser(PossibleValuesParser::new(kinds.clone()));
        let mut grammar = (context.grammar)();
        for command in OF_KINDS {
            grammar = grammar.mut_subcommand(command, |it| it.mut_arg("kind", known));
        }
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut grammar, "plumb", &mut script);
        let script = String::from_utf8_lossy(&script);
        context.output.data(&with_addresses(shell, &script, &grammar));
        Ok(Exit::Done.into())
    }
}

/// The script with what asks for addresses, where the shell is one of those that can.
fn with_addresses(shell: Shell, script: &str, grammar: &clap::Command) -> String {
    const ASKS: &str = "_plumb_or_addresses";
    match shell {
        Shell::Bash => format!("{script}{BASH}")
            .replace("complete -F _plumb ", &format!("complete -F {ASKS} ")),
        Shell::Zsh => script
            .replace("\nif [ \"$funcstack[1]\"", &format!("{ZSH}\nif [ \"$funcstack[1]\""))
            .replace("    _plumb \"$@\"\nelse", &format!("    {ASKS} \"$@\"\nelse"))
            .replace("compdef _plumb plumb", &format!("compdef {ASKS} plumb")),
        Shell::Fish => {
            options(grammar).into_iter().fold(format!("{script}{FISH}"), |script, name| {
                let begins = format!(" -l {name} ");
                script.replace(&begins, &format!("{begins}-a \"(__plumb_addresses)\" "))
            })
        }
        _ => script.to_owned(),
    }
}

/// The options whose value is an address.
fn options(grammar: &clap::Command) -> BTreeSet<&str> {
    let of_addresses =
        |argument: &&clap::Arg| argument.get_value_parser().type_id() == TypeId::of::<Address>();
    let arguments = grammar.get_subcommands().flat_map(clap::Command::get_arguments);
    arguments.filter(of_addresses).filter_map(clap::Arg::get_long).collect()
}
