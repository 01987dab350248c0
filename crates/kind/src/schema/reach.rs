//! Where a field pattern leads in a schema: whether there is such a field, and what it may hold.

use super::rule::{Additional, Rule, RuleId, Schema, Type};
use plumb_model::PathPattern;
use plumb_model::path::{Matcher, Segment};
use std::collections::BTreeSet;

/// What a pattern leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Into what the schema leaves open: anything may be there.
    Open,
    /// To these rules; none when there can be no such field.
    Rules(BTreeSet<RuleId>),
}

impl Reach {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Rules(mut some), Self::Rules(more)) => {
                some.extend(more);
                Self::Rules(some)
            }
            _ => Self::Open,
        }
    }
}

impl Schema {
    /// Where a pattern leads from the root.
    #[must_use]
    pub fn reach(&self, pattern: &PathPattern) -> Reach {
        let root = Reach::Rules(BTreeSet::from([self.root()]));
        pattern.matchers().iter().fold(root, |here, matcher| self.step(&here, matcher))
    }

    /// Where one more step leads.
    #[must_use]
    pub fn step(&self, here: &Reach, matcher: &Matcher) -> Reach {
        let Reach::Rules(ids) = here else { return Reach::Open };
        let alternatives = ids.iter().flat_map(|id| self.alternatives(*id));
        let nowhere = Reach::Rules(BTreeSet::new());
        alternatives.fold(nowhere, |found, rule| found.and(self.from(rule, matcher)))
    }

    /// The types that may stand at what was reached; `None` when any.
    #[must_use]
    pub fn types_at(&self, reach: &Reach) -> Option<BTreeSet<Type>> {
        let Reach::Rules(ids) = reach else { return None };
        let each: Option<Vec<BTreeSet<Type>>> = ids.iter().map(|id| self.types(*id)).collect();
        Some(each?.into_iter().flatten().collect())
    }

    /// A rule and everything it refers to that concerns the same value.
    fn alternatives(&self, id: RuleId) -> Vec<&Rule> {
        let mut rules = Vec::new();
        for rule in self.together(id) {
            rules.push(rule);
            let branches = rule.one.iter().flat_map(|(branches, _)| branches);
            rules.extend(branches.flat_map(|branch| self.alternatives(*branch)));
        }
        rules
    }

    fn from(&self, rule: &Rule, matcher: &Matcher) -> Reach {
        let may_be = |wanted: Type| rule.types.as_ref().is_none_or(|types| types.contains(&wanted));
        let to = |ids: Vec<RuleId>| Reach::Rules(ids.into_iter().collect());
        match matcher {
            Matcher::Exactly(Segment::Key(name)) if may_be(Type::Object) => {
                rule.properties.get(&**name).map_or_else(|| others(rule), |id| to(vec![*id]))
            }
            Matcher::AnyKey if may_be(Type::Object) => {
                to(rule.properties.values().copied().collect()).and(others(rule))
            }
            Matcher::Exactly(Segment::Item { by, .. }) if may_be(Type::Array) => {
                let element = elements(rule);
                let key = Matcher::Exactly(Segment::Key(by.clone()));
                match self.step(&element, &key) {
                    Reach::Rules(ids) if ids.is_empty() => to(Vec::new()),
                    _ => element,
                }
            }
            Matcher::Exactly(Segment::Index(_)) | Matcher::AnyElement if may_be(Type::Array) => {
                elements(rule)
            }
            _ => to(Vec::new()),
        }
    }
}

/// What fields without a name of their own in a rule may be.
fn others(rule: &Rule) -> Reach {
    match rule.additional {
        Additional::Checked(id) => Reach::Rules(BTreeSet::from([id])),
        Additional::Free if says_all(rule) => Reach::Open,
        Additional::Free | Additional::Refused => Reach::Rules(BTreeSet::new()),
    }
}

fn elements(rule: &Rule) -> Reach {
    match rule.items {
        None if says_all(rule) => Reach::Open,
        items => Reach::Rules(items.into_iter().collect()),
    }
}

/// Whether no other rule says what the value may be.
fn says_all(rule: &Rule) -> bool {
    !rule.never && rule.allowed.is_none() && rule.all.is_empty() && rule.one.is_empty()
}
