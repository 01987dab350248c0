//! Patterns: regular expressions that are looked for in short texts, in time linear in the text.
//!
//! Of the engines that there are for them this takes two. The usual choice brings five more, which are there
//! to find where something stands in long texts: half a megabyte of what ships, and tables made at each
//! start. docs/decisions/0156-two-engines-for-patterns.md has figures.

use crate::text::innermost;
use regex_automata::Input;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, pikevm::PikeVM};
use regex_automata::util::pool::Pool;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// So many bytes a pattern may take when it is compiled.
const LARGEST: usize = 1 << 20;

/// A regular expression, in the syntax of the crate `regex`.
#[derive(Clone)]
pub struct Pattern(Arc<Compiled>);

struct Compiled {
    text: String,
    /// States of it are made when a text first leads there, and kept in a cache.
    states: DFA,
    caches: Pool<Cache, MakeCache>,
}

type MakeCache = Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>;

impl Pattern {
    /// # Errors
    ///
    /// What is wrong with it, where it is none or takes more than a mebibyte when it is compiled.
    pub fn new(text: &str) -> Result<Self, String> {
        let states = DFA::builder()
            .thompson(thompson::Config::new().nfa_size_limit(Some(LARGEST)))
            .configure(DFA::config().unicode_word_boundary(true).skip_cache_capacity_check(true))
            .build(text)
            .map_err(|error| innermost(&error))?;
        let maker = states.clone();
        let caches: MakeCache = Box::new(move || maker.create_cache());
        Ok(Self(Arc::new(Compiled { text: text.to_owned(), states, caches: Pool::new(caches) })))
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Whether it is found somewhere in a text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        let Compiled { states, caches, .. } = &*self.0;
        let input = Input::new(text).earliest(true);
        match states.try_search_fwd(&mut caches.get(), &input) {
            Ok(found) => found.is_some(),
            // Where words end in a text that is not plain ASCII is not to be had from states alone.
            Err(_) => PikeVM::new_from_nfa(states.get_nfa().clone())
                .is_ok_and(|slow| slow.is_match(&mut slow.create_cache(), text)),
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Pattern").field(&self.0.text).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_where_another_engine_finds_it() {
        for (pattern, text, found) in [
            ("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", "a-name-1", true),
            ("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", "a-name-", false),
            ("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", "a-name\n", false),
            ("", "", true),
            ("b+$", "aabb", true),
            ("^b", "ab", false),
            ("(?i)straße", "STRASSE STRAßE", true),
            (r"^\p{L}{2}$", "äé", true),
            (r"\bgpu\b", "the gpu here", true),
            (r"\bgpu\b", "the gpus here", false),
            (r"\bgpu\b", "größe: gpu", true),
            (r"\bgpu\b", "größe: ägpu", false),
        ] {
            let compiled = Pattern::new(pattern).unwrap();
            assert_eq!(compiled.is_match(text), found, "{pattern} in {text:?}");
            assert_eq!(compiled.is_match(text), found, "{pattern} in {text:?}, again");
            assert_eq!(compiled.as_str(), pattern);
        }
    }

    #[test]
    fn what_is_none_or_too_large_is_told() {
        let told = Pattern::new("a(").unwrap_err();
        assert!(told.contains("unclosed group"), "{told}");
        let told = Pattern::new(r"(\pL{500}){500}").unwrap_err();
        assert!(told.contains("exceeded limit"), "{told}");
    }
}
