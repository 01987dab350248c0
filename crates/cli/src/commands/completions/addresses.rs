//! Addresses for the word at the cursor: those that the stack declares, and those that its ledger
//! knows. Nothing is sent anywhere: a ledger that is not on this machine is left out.

use super::super::prelude::{Context, place};
use crate::arguments::Shared;
use crate::stack::{self, Unset};
use clap::{ArgMatches, FromArgMatches};
use plumb_model::{Address, ResourceKey};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Stands for the word at the cursor while the arguments are parsed: whichever has it is the one that
/// is completed.
const CURSOR: &str = "Kind/at-the-cursor";

/// The addresses that the last word may become; none where it is no address. A command line that is
/// not understood yet, and manifests with errors, have none.
pub(super) fn offered(words: &[String], context: &mut Context) -> Vec<String> {
    let Some((option, begun, words)) = cut(words) else { return Vec::new() };
    let grammar = (context.grammar)().ignore_errors(true);
    let Ok(parsed) = grammar.try_get_matches_from(words) else { return Vec::new() };
    let Ok(shared) = Shared::from_arg_matches(&parsed) else { return Vec::new() };
    context.shared = shared;
    let command = deepest(&parsed);
    let wanted = known_to(command, context);
    let wanted =
        wanted.iter().filter(|address| address.starts_with(&begun) && is_one_word(address));
    wanted.map(|address| format!("{option}{address}")).collect()
}

/// The option that the last word begins with, what is written of its value, and all words with the
/// cursor's in the place of that. Some shells have `=` as a word of its own.
fn cut(words: &[String]) -> Option<(String, String, Vec<String>)> {
    let (last, before) = words.split_last()?;
    let mut before: Vec<String> = before.iter().filter(|word| *word != "=").cloned().collect();
    let split = last.strip_prefix("--").and_then(|rest| rest.split_once('='));
    let (option, begun) = match split {
        Some((name, begun)) => {
            before.push(format!("--{name}"));
            (format!("--{name}="), begun)
        }
        None => (String::new(), last.as_str()),
    };
    before.push(CURSOR.to_owned());
    Some((option, begun.trim_start_matches('=').to_owned(), before))
}

/// The matches of the command itself, below those of the commands that it is a part of.
fn deepest(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, below)| deepest(below))
}

/// Whether the word at the cursor is an address.
fn is_at_address(command: &ArgMatches) -> bool {
    let is_cursor = |address: &Address| address.to_string() == CURSOR;
    command.ids().any(|id| {
        let typed = command.try_get_many::<Address>(id.as_str());
        typed.is_ok_and(|values| values.is_some_and(|mut values| values.any(is_cursor)))
    }) || follows_a_verb(command)
}

/// `plumb action` has an address behind its verb.
fn follows_a_verb(command: &ArgMatches) -> bool {
    let words = command.try_get_many::<String>("words").ok().flatten();
    words.is_some_and(|mut words| words.position(|word| word == CURSOR).is_some_and(|at| at > 0))
}

fn known_to(command: &ArgMatches, context: &Context) -> BTreeSet<String> {
    let paths = paths(command);
    // Nobody types manifests while a shell waits.
    if !is_at_address(command) || paths.iter().any(|path| path == Path::new("-")) {
        return BTreeSet::new();
    }
    let declared = stack::read(&paths, Unset::Open, context);
    let place = place(&paths, context).ok().filter(|place| place.store.is_on_this_machine());
    let known = place.and_then(|place| place.store.read(&place.stack).ok());
    let declared = declared.iter().flat_map(|read| read.desired.resources().keys());
    let known = known.iter().flat_map(|view| view.entries.keys().chain(view.open_intents.keys()));
    declared.chain(known).map(ResourceKey::to_string).collect()
}

/// Where the command's manifests are.
fn paths(command: &ArgMatches) -> Vec<PathBuf> {
    let named = ["paths", "manifests"].iter().flat_map(|id| {
        command.try_get_many::<PathBuf>(id).ok().flatten().into_iter().flatten().cloned()
    });
    let named: Vec<PathBuf> = named.collect();
    if named.is_empty() { vec![PathBuf::from(".")] } else { named }
}

/// Whether a shell takes it as it is: whoever wrote a manifest has no say in what a shell does.
fn is_one_word(address: &str) -> bool {
    address.chars().all(|it| it.is_ascii_alphanumeric() || "/-_.@+".contains(it))
}
