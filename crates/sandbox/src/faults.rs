//! Fault rules as data: which calls they meet, and what happens to those.
//!
//! A rule counts the calls it matches and the times it fired, so that a test can tell a planned
//! fault from one that took place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::edit::Edit;
use crate::glob;
use crate::http::Request;

/// One rule. Rules are tried in order; the first that fires decides, all that match count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// For people and for the request log.
    #[serde(default)]
    pub name: String,
    /// Which calls it meets; absent means every call to a cloud.
    #[serde(default, rename = "match")]
    pub matches: FaultMatch,
    /// At which of them it fires; absent means at each.
    #[serde(default)]
    pub when: FaultTiming,
    /// What happens.
    pub effect: FaultEffect,
}

/// Which calls a rule meets: all that is given must agree.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultMatch {
    /// The method.
    pub method: Option<String>,
    /// A pattern for the path as sent; `*` stands for anything. One with a question mark is for the
    /// path and the query.
    pub path: Option<String>,
    /// A pattern for the operation's id, e.g. `toy.things.*`.
    pub operation: Option<String>,
}

/// At which matching calls a rule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultTiming {
    /// The first call it fires at, from 1. Alone: the only one.
    pub nth: Option<u64>,
    /// How many times it fires at most.
    pub count: Option<u64>,
    /// Fires at every so many calls.
    pub every: Option<u64>,
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultEffect {
    /// This answer is given, with or without the call taking effect.
    Respond {
        /// HTTP status.
        status: u16,
        /// Further headers.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body; absent means an error body of the cloud.
        #[serde(default)]
        body: Option<String>,
        /// Whether the call takes effect.
        #[serde(default)]
        call: CallFate,
    },
    /// The call takes effect; the answer is held back this long, in real milliseconds.
    Delay {
        /// Real milliseconds.
        ms: u64,
    },
    /// The connection is closed before the call takes effect.
    LostBefore,
    /// The call takes effect, then the connection is closed without an answer.
    LostAfter,
    /// The call takes effect; the answer breaks off after so many bytes of its body.
    CloseMidBody {
        /// Bytes of the body that are delivered.
        bytes: usize,
    },
    /// The call arrives twice.
    Duplicate {
        /// Which of the two answers the client gets.
        #[serde(default)]
        answer: DuplicateAnswer,
    },
    /// The connection is closed, and the call takes effect after so many further calls.
    LateEffect {
        /// Further calls to clouds, at least 1.
        after_calls: u64,
    },
    /// Somebody else makes an edit just before the call, which is then carried out normally.
    Edit {
        /// What is done.
        edit: Edit,
    },
}

/// Whether a call with a made-up answer takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallFate {
    /// Nothing happens.
    #[default]
    Skipped,
    /// It happens all the same.
    Done,
}

/// Which answer to a call that arrived twice the client gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateAnswer {
    /// The one to the first arrival.
    #[default]
    First,
    /// The one to the second.
    Second,
}

/// A rule with its counters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultState {
    /// The rule.
    #[serde(flatten)]
    pub rule: FaultRule,
    /// Calls it matched.
    pub seen: u64,
    /// Times it fired.
    pub fired: u64,
}

/// A call that takes effect later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LateCall {
    /// Further calls to come before it.
    pub(crate) remaining: u64,
    /// The number of the call it came in.
    pub(crate) number: u64,
    pub(crate) request: Request,
}

/// What the rules say about a call.
#[derive(Debug)]
pub(crate) struct Decision {
    /// Whether any counter moved.
    pub(crate) counted: bool,
    /// The rule that fired.
    pub(crate) fired: Option<FaultRule>,
}

/// The rules of a world with their counters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FaultBook {
    rules: Vec<FaultState>,
}

impl FaultBook {
    /// Replaces all rules; counters of rules that stay the same in place and content are kept.
    pub fn replace(&mut self, rules: Vec<FaultRule>) {
        let same = rules.len() == self.rules.len()
            && rules.iter().zip(&self.rules).all(|(new, old)| *new == old.rule);
        if !same {
            self.rules.clear();
            self.extend(rules);
        }
    }

    /// Removes all rules.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// Adds rules behind the present ones.
    pub fn extend(&mut self, rules: Vec<FaultRule>) {
        self.rules.extend(rules.into_iter().map(|rule| FaultState { rule, seen: 0, fired: 0 }));
    }

    /// The rules with their counters, in order.
    #[must_use]
    pub fn states(&self) -> &[FaultState] {
        &self.rules
    }

    /// Counts a call and says which rule fires at it.
    pub(crate) fn decide(&mut self, request: &Request, operation: &str) -> Decision {
        let (mut decided, mut counted) = (None, false);
        for state in &mut self.rules {
            if state.rule.matches.meets(request, operation) {
                counted = true;
                state.seen = state.seen.saturating_add(1);
                if decided.is_none() && state.rule.when.fires(state.seen, state.fired) {
                    state.fired = state.fired.saturating_add(1);
                    decided = Some(state.rule.clone());
                }
            }
        }
        Decision { counted, fired: decided }
    }
}

impl FaultMatch {
    fn meets(&self, request: &Request, operation: &str) -> bool {
        let method = self.method.as_ref().is_none_or(|it| it.eq_ignore_ascii_case(&request.method));
        let whole = || format!("{}?{}", request.path, request.query);
        let path = self.path.as_ref().is_none_or(|it| {
            if it.contains('?') {
                glob::matches(it, &whole())
            } else {
                glob::matches(it, &request.path)
            }
        });
        method && path && self.operation.as_ref().is_none_or(|it| glob::matches(it, operation))
    }
}

impl FaultTiming {
    fn fires(self, seen: u64, fired: u64) -> bool {
        let step = self.every.unwrap_or(1).max(1);
        let start = self.nth.unwrap_or(step).max(1);
        let alone = self.nth.is_some() && self.every.is_none();
        let limit = self.count.unwrap_or(if alone { 1 } else { u64::MAX });
        seen >= start && (seen - start).is_multiple_of(step) && fired < limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn firing(when: FaultTiming) -> Vec<u64> {
        let rule = FaultRule {
            name: String::new(),
            matches: FaultMatch::default(),
            when,
            effect: FaultEffect::LostBefore,
        };
        let mut book = FaultBook::default();
        book.extend(vec![rule]);
        let request = Request::new("GET", "/x");
        (1..=8).filter(|_| book.decide(&request, "").fired.is_some()).collect()
    }

    #[test]
    fn timing() {
        let none = FaultTiming::default();
        assert_eq!(firing(none), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(firing(FaultTiming { nth: Some(3), ..none }), [3]);
        assert_eq!(firing(FaultTiming { count: Some(2), ..none }), [1, 2]);
        assert_eq!(firing(FaultTiming { every: Some(3), ..none }), [3, 6]);
        assert_eq!(firing(FaultTiming { nth: Some(3), count: Some(2), ..none }), [3, 4]);
        assert_eq!(firing(FaultTiming { nth: Some(2), every: Some(3), ..none }), [2, 5, 8]);
    }

    #[test]
    fn rules_read_as_json() {
        let rule: FaultRule = serde_json::from_value(serde_json::json!({
            "match": { "method": "post", "path": "*/publish" },
            "when": { "nth": 2 },
            "effect": { "type": "respond", "status": 502, "body": "<html>" },
        }))
        .unwrap();
        assert!(rule.matches.meets(&Request::new("POST", "/a/publish"), "any"));
        assert!(!rule.matches.meets(&Request::new("POST", "/a/publish/b"), "any"));
        assert!(rule.matches.meets(&Request::new("POST", "/a/publish?x=1"), "any"));
    }

    #[test]
    fn a_pattern_with_a_question_mark_is_for_the_query_too() {
        let matches = FaultMatch { path: Some("*/list?limit=*".to_owned()), ..Default::default() };
        assert!(matches.meets(&Request::new("GET", "/a/list?limit=5"), ""));
        assert!(!matches.meets(&Request::new("GET", "/a/list?kind=vm&limit=5"), ""));
        assert!(!matches.meets(&Request::new("GET", "/a/list"), ""));
    }
}
