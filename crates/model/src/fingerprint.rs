//! The fingerprint of a plan: one word that a reviewed plan is approved by, and that says what moved
//! when it is no longer the plan. docs/decisions/0100-a-plan-is-approved-by-its-fingerprint.md

use crate::digest::Digest;
use crate::facts::{Facts, Moved, Part, Subject, Then, text};
use crate::ledger::LedgerView;
use crate::plan::{Action, Basis, FieldChange, Operation, Plan, Shown};
use crate::sketch::Sketch;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// How a fingerprint of this format begins. Another format, or other facts, has another number.
const HEAD: &str = "plumb1_";

/// The fingerprint of a plan.
///
/// As text it is one word of 191 letters, digits and an underscore: `plumb1_`, and in hexadecimal the
/// beginning of the digest of the stack's mark (8 digits), the digest of all facts (32), the beginning
/// of a digest of each [`Part`] (4 each), and a sketch of the named facts (128).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    stack: String,
    digest: String,
    parts: Vec<String>,
    sketch: Sketch,
}

/// A text is no fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAFingerprint {
    /// It is something else, or not all of one.
    #[error("this is no fingerprint of a plan, or not the whole of one")]
    Malformed,
    /// It was made by a plumb that makes others.
    #[error("the fingerprint is of another version of plumb")]
    OtherFormat,
}

impl Fingerprint {
    /// The fingerprint of a plan of the stack with this mark.
    #[must_use]
    pub fn of(mark: &str, facts: &Facts) -> Self {
        let mut sketch = Sketch::default();
        facts.named.iter().for_each(|(subject, said)| sketch.add(element(subject, said)));
        let part = |part: Part| {
            let of_part = facts.named.iter().filter(|(subject, _)| subject.part() == part);
            let texts: Vec<String> = of_part.map(|(subject, said)| text(subject, said)).collect();
            Digest::of_bytes(texts.join("\n").as_bytes()).beginning(4)
        };
        Self {
            stack: Digest::of_bytes(mark.as_bytes()).beginning(8),
            digest: facts.digest().to_string(),
            parts: Part::ALL.map(part).to_vec(),
            sketch,
        }
    }

    /// Whether it is of a plan of the stack with this mark.
    #[must_use]
    pub fn is_of(&self, mark: &str) -> bool {
        self.stack == Digest::of_bytes(mark.as_bytes()).beginning(8)
    }

    /// The parts that are not what they are now.
    #[must_use]
    pub fn differing_parts(&self, now: &Self) -> Vec<Part> {
        let parts = Part::ALL.into_iter().zip(self.parts.iter().zip(&now.parts));
        parts.filter(|(_, (then, now))| then != now).map(|(part, _)| part).collect()
    }

    /// What moved since, as far as it can be told: what is said now and was not then, and of what was
    /// said then whatever is among `supposed`. Nothing when more moved than a sketch can hold.
    #[must_use]
    pub fn moved(&self, now: &Facts, supposed: &BTreeSet<(Subject, String)>) -> Vec<Moved> {
        let current = Self::of("", now);
        let locator = (self.sketch ^ current.sketch).locator();
        let mut then: BTreeMap<&Subject, Value> = BTreeMap::new();
        for (subject, said) in supposed {
            let said: Value = serde_json::from_str(said).unwrap_or_default();
            if !now.has(subject, &said) && locator.finds(element(subject, &said)) {
                then.insert(subject, said);
            }
        }
        let new = now.named.iter().filter(|(subject, said)| locator.finds(element(subject, said)));
        let new: BTreeMap<&Subject, &Value> = new.collect();
        let all_told = new.len().saturating_add(then.len()) == locator.count();
        let was = |subject: &Subject| match then.get(subject) {
            Some(said) => Then::Known(said.clone()),
            None if all_told || is_new(subject, &new) => Then::Nothing,
            None => Then::Unknown,
        };
        let subjects: BTreeSet<&Subject> = new.keys().chain(then.keys()).copied().collect();
        let moved = subjects.into_iter().map(|subject| Moved {
            subject: subject.clone(),
            then: was(subject),
            now: new.get(subject).map(|said| (*said).clone()),
        });
        moved.collect()
    }
}

/// Whether nothing was said of a subject before: it has only one thing to say, or its field was as
/// declared.
fn is_new(subject: &Subject, new: &BTreeMap<&Subject, &Value>) -> bool {
    match subject {
        Subject::Action(..) | Subject::Blocked(..) | Subject::Difference(..) => true,
        Subject::Field(key, path) => {
            new.contains_key(&Subject::Difference(key.clone(), path.clone()))
        }
        _ => false,
    }
}

/// What may have been said when a plan was reviewed, from what is known now: that objects were not
/// there, that fields were as they were last sent, that there were other steps.
#[must_use]
pub fn supposed(plan: &Plan, basis: &Basis, ledger: &LedgerView) -> BTreeSet<(Subject, String)> {
    let Basis { veiled, identity, ledger: records, .. } = basis;
    let keys =
        veiled.keys().chain(identity.keys()).chain(records.keys()).chain(ledger.entries.keys());
    let keys: BTreeSet<_> = keys.collect();
    let mut supposed = BTreeSet::new();
    let mut suppose = |subject: Subject, said: Value| supposed.insert((subject, said.to_string()));
    for key in keys {
        for seen in [Basis::absent(), Basis::unknown()] {
            suppose(Subject::Object(key.clone()), json!(seen));
        }
        for operation in Operation::ALL {
            suppose(Subject::Action(key.clone(), operation), Value::Null);
        }
    }
    let changed = plan.actions.iter().map(|Action { key, changes, .. }| (key, changes));
    let held_up = plan.blocked.iter().map(|blocked| (&blocked.key, &blocked.changes));
    for (key, changes) in changed.chain(held_up) {
        let sent = ledger.entries.get(key).map(|entry| &entry.sent);
        for change in changes {
            let sent = sent.and_then(|sent| sent.find(&change.path));
            let sent = sent.map_or(Shown::Absent, |sent| Shown::Plain(sent.shown()));
            let then = FieldChange { before: sent, ..change.clone() };
            suppose(Subject::Field(key.clone(), change.path.clone()), json!(then));
        }
    }
    for (name, all) in [("prune", ["on", "off"]), ("purpose", ["converge", "destroy"])] {
        for said in all {
            suppose(Subject::Setting(name.to_owned()), json!(said));
        }
    }
    supposed
}

/// A fact as an element of a sketch.
fn element(subject: &Subject, said: &Value) -> u32 {
    let digest = Digest::of_bytes(text(subject, said).as_bytes());
    u32::from_str_radix(&digest.beginning(8), 16).unwrap_or_default().max(1)
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stack, digest, parts, sketch } = self;
        write!(formatter, "{HEAD}{stack}{digest}{}", parts.concat())?;
        sketch.0.iter().try_for_each(|sum| write!(formatter, "{sum:08x}"))
    }
}

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let Some(digits) = text.strip_prefix(HEAD) else {
            let head = text.strip_prefix("plumb").and_then(|rest| rest.split_once('_'));
            let numbered = head.is_some_and(|(number, _)| number.parse::<u32>().is_ok());
            return Err(if numbered {
                NotAFingerprint::OtherFormat
            } else {
                NotAFingerprint::Malformed
            });
        };
        let mut digits = digits.chars().peekable();
        let mut take = |count: usize| -> String { digits.by_ref().take(count).collect() };
        let (stack, digest) = (take(8), take(32));
        let parts = Part::ALL.map(|_| take(4)).to_vec();
        let mut sketch = Sketch::default();
        for sum in &mut sketch.0 {
            *sum = u32::from_str_radix(&take(8), 16).map_err(|_| NotAFingerprint::Malformed)?;
        }
        let read = Self { stack, digest, parts, sketch };
        // Only what would be written again is one: nothing is left over, and nothing is missing.
        if read.to_string() == text { Ok(read) } else { Err(NotAFingerprint::Malformed) }
    }
}
