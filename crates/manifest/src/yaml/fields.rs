//! What a mapping holds: keys that are text, each once, and what merge keys add.

use super::{LONGEST_KEY, MOST_ERRORS, NODE_WEIGHT, Open, Reader, Stop};
use crate::tree::{Content, NodeId, Tree};
use plumb_model::text::escape;
use plumb_model::{Code, Finding};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// What is wrong with a key.
enum Mistake {
    NotText,
    TooLong,
    GivenBefore(NodeId),
}

impl Reader {
    /// The fields of a mapping: keys that are text, each once, merged ones last.
    pub(super) fn fields(
        &mut self,
        open: &mut Open,
        children: &[NodeId],
    ) -> Result<Vec<NodeId>, Stop> {
        let mut fields = Vec::with_capacity(children.len());
        let (mut merges, mut wrong) = (Vec::new(), Vec::new());
        let mut seen = Keys::of(&self.tree, children.len() / 2);
        for pair in children.chunks_exact(2) {
            let [key, value] = pair else { continue };
            match self.tree.key_text(*key) {
                Some("<<") if self.tree.written(*key) == "<<" => merges.push((*key, *value)),
                Some(text) if text.chars().nth(LONGEST_KEY).is_some() => {
                    wrong.push((Mistake::TooLong, *key));
                }
                Some(text) => match seen.insert(text, *key) {
                    None => fields.extend([*key, *value]),
                    Some(first) => wrong.push((Mistake::GivenBefore(first), *key)),
                },
                None => wrong.push((Mistake::NotText, *key)),
            }
        }
        for (mistake, key) in wrong {
            match mistake {
                Mistake::GivenBefore(first) => self.duplicate(first, key),
                Mistake::NotText => self.key_not_text(key),
                Mistake::TooLong => {
                    let (message, (start, _)) =
                        ("a key has more than 1,024 characters", self.tree.offsets(key));
                    let help = "shorten it".to_owned();
                    self.report_with_help(Code::TOO_LARGE, message.to_owned(), start..start, help);
                }
            }
            if self.findings.len() >= MOST_ERRORS {
                return Err(Stop);
            }
        }
        if !merges.is_empty() {
            self.merge(open, &merges, &mut fields)?;
        }
        Ok(fields)
    }

    fn key_not_text(&mut self, key: NodeId) {
        let span = self.tree.head(key);
        let found = match self.tree.content(key) {
            Content::List(_) => "a list",
            Content::Mapping(_) => "a mapping",
            _ => "nothing",
        };
        let message = format!("a key must be text, and this one is {found}");
        let mut finding = Finding::error(Code::KEY_NOT_TEXT, message).at(span);
        if self.tree.written(key).starts_with('{') {
            finding = finding.help("braces of a template must stand in quotes");
        }
        self.findings.push(finding);
    }

    fn duplicate(&mut self, first: NodeId, second: NodeId) {
        self.tree.double(first, second);
        let name = escape(self.tree.key_text(second).unwrap_or_default());
        let finding = Finding::error(Code::DUPLICATE_FIELD, format!("{name} is given twice"));
        let (first, second) = (self.tree.span(first), self.tree.span(second));
        let finding = finding.at(second).and(first, "first given here").help("remove one of them");
        self.findings.push(finding);
    }

    /// Adds the fields of merged mappings that are not given themselves; of several, the first
    /// mapping that has a field gives it.
    fn merge(
        &mut self,
        open: &mut Open,
        merges: &[(NodeId, NodeId)],
        fields: &mut Vec<NodeId>,
    ) -> Result<(), Stop> {
        let mut taken: HashSet<String> = fields
            .iter()
            .step_by(2)
            .map(|key| self.tree.key_text(*key).unwrap_or_default().to_owned())
            .collect();
        for (key, value) in merges {
            let bases = match self.tree.content(*value) {
                Content::Mapping(_) => vec![*value],
                Content::List(_) => self.tree.elements(*value).to_vec(),
                _ => Vec::new(),
            };
            let mapping = |node: &NodeId| matches!(self.tree.content(*node), Content::Mapping(_));
            let (start, end) = self.tree.offsets(*key);
            if bases.is_empty() || !bases.iter().all(mapping) {
                let message = "<< merges a mapping or a list of mappings, and nothing else";
                self.report(Code::SYNTAX, message, start..end);
                continue;
            }
            for base in bases {
                let given: Vec<(NodeId, NodeId)> = self.tree.fields(base).collect();
                self.spend(NODE_WEIGHT * given.len() as u64, start..end)?;
                open.weight = open.weight.saturating_add(NODE_WEIGHT * given.len() as u64);
                for (key, value) in given {
                    if taken.insert(self.tree.key_text(key).unwrap_or_default().to_owned()) {
                        fields.extend([key, value]);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The keys of one mapping: compared one by one while they are few, hashed when they are many.
enum Keys<'t> {
    Few(&'t Tree, Vec<NodeId>),
    Many(HashMap<&'t str, NodeId>),
}

impl<'t> Keys<'t> {
    fn of(tree: &'t Tree, count: usize) -> Self {
        const FEW: usize = 16;
        if count <= FEW {
            Self::Few(tree, Vec::with_capacity(count))
        } else {
            Self::Many(HashMap::with_capacity(count))
        }
    }

    /// The key of the same text that was there before, if there was one.
    fn insert(&mut self, text: &'t str, key: NodeId) -> Option<NodeId> {
        match self {
            Self::Few(tree, keys) => {
                let same = keys.iter().find(|known| tree.key_text(**known) == Some(text)).copied();
                if same.is_none() {
                    keys.push(key);
                }
                same
            }
            Self::Many(keys) => match keys.entry(text) {
                Entry::Occupied(first) => Some(*first.get()),
                Entry::Vacant(place) => {
                    place.insert(key);
                    None
                }
            },
        }
    }
}
