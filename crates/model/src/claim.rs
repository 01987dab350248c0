//! Whose a live object is: one verdict for planning, creating, settling, taking over, deleting and
//! exporting (docs/rules.md §2, §3). Pure.
//!
//! What follows from it is its caller's business: that a delete needs the mark *and* the ledger,
//! or that something on its way out is not changed, is not decided here.

use crate::ledger::{Entry, Provenance};
use crate::live::LiveObject;
use crate::mark::{self, uid};
use crate::phase::Phase;
use crate::rules::{CreateSafety, Identity, KindRules, MarkPlace};

/// Everything the verdict rests on.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The rules of the object's kind.
    pub rules: &'a KindRules,
    /// The object, under the address it is asked about.
    pub object: &'a LiveObject,
    /// Our stack.
    pub stack: &'a str,
    /// What speaks for it beside what it carries.
    pub beside: Beside<'a>,
}

/// What speaks for an object beside what it carries; which question is asked.
#[derive(Clone, Copy, Debug)]
pub enum Beside<'a> {
    /// Whether it is ours: what the ledger has of the address.
    Record(Option<&'a Entry>),
    /// Whether it is what a create of the address made. What was on record before the create is
    /// no evidence for that.
    Create(Sending),
}

/// What became of the sendings of a create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// All were refused: nothing of ours can be there.
    Refused,
    /// One may have been taken.
    InDoubt(Agreement),
}

/// Whether an object is, field by field, what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// In everything that can be read.
    Full,
    /// Not, or what was sent is not known any more.
    Lacking,
}

/// Whose an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim<'a> {
    /// Ours, and what says so.
    Ours(Proof),
    /// It carries the mark of this other stack.
    AnotherStacks(&'a str),
    /// It carries our stack's mark without the uid of this address, where names prove nothing: a
    /// mark that was copied from somewhere.
    Copied,
    /// Nothing says whose.
    Unmarked,
    /// Nothing can say whose: of a create in doubt, a person or time decides.
    Undecided,
    /// It is on its way out, so it is not what a create made, and does not say that there was none.
    Leaving,
}

/// What says that an object is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It carries our mark.
    Mark,
    /// The ledger knows it: by its id, or where its kind has no place for a mark, or the server
    /// does not show it, by its name.
    Record,
    /// It is as a create in doubt sent it.
    AsSent,
}

/// The verdict.
#[must_use]
pub fn claim<'a>(evidence: &Evidence<'a>) -> Claim<'a> {
    match evidence.beside {
        Beside::Record(entry) => standing(evidence, entry),
        Beside::Create(sending) => made(evidence, sending),
    }
}

fn standing<'a>(evidence: &Evidence<'a>, entry: Option<&Entry>) -> Claim<'a> {
    let Evidence { rules, object, .. } = evidence;
    let by_id = entry.is_some_and(|entry| ids_match(entry, object));
    match carried(evidence) {
        Carried::Ours => Claim::Ours(Proof::Mark),
        // Which one it is says its id; whose, its mark.
        Carried::Copy if by_id => Claim::Ours(Proof::Mark),
        Carried::Copy => Claim::Copied,
        Carried::Others(stack) => Claim::AnotherStacks(stack),
        // Some servers drop labels; the recorded id proves as much.
        Carried::Nothing if by_id => Claim::Ours(Proof::Record),
        Carried::Nothing => match entry {
            Some(entry) if has_no_mark(entry, rules) && !ids_differ(entry, object) => {
                Claim::Ours(Proof::Record)
            }
            _ => Claim::Unmarked,
        },
    }
}

/// Whether nothing but the ledger can say whose something is.
fn has_no_mark(entry: &Entry, rules: &KindRules) -> bool {
    rules.mark == MarkPlace::Ledger || entry.provenance == Provenance::CreatedUnmarked
}

fn made<'a>(evidence: &Evidence<'a>, sending: Sending) -> Claim<'a> {
    let Evidence { rules, object, .. } = evidence;
    let is_leaving = object.status.phase == Phase::Deleting;
    let proves_nothing = rules.create_safety == CreateSafety::AtMostOnce;
    match (carried(evidence), sending) {
        // Where names are not unique, another of the same name proves nothing.
        _ if is_leaving && proves_nothing => Claim::Undecided,
        _ if is_leaving => Claim::Leaving,
        (Carried::Ours, _) => Claim::Ours(Proof::Mark),
        _ if proves_nothing => Claim::Undecided,
        (Carried::Others(stack), _) => Claim::AnotherStacks(stack),
        (Carried::Copy, _) => Claim::Copied,
        (Carried::Nothing, Sending::Refused) => Claim::Unmarked,
        (Carried::Nothing, Sending::InDoubt(Agreement::Full)) => Claim::Ours(Proof::AsSent),
        (Carried::Nothing, Sending::InDoubt(Agreement::Lacking)) => match rules.mark {
            // Somebody's object stands where ours would be marked.
            MarkPlace::Object => Claim::Unmarked,
            MarkPlace::Ledger => Claim::Undecided,
        },
    }
}

/// What an object carries.
enum Carried<'a> {
    Ours,
    Others(&'a str),
    Copy,
    Nothing,
}

fn carried<'a>(evidence: &Evidence<'a>) -> Carried<'a> {
    let Evidence { rules, object, stack, .. } = evidence;
    match object.mark.as_deref() {
        None => Carried::Nothing,
        Some(carried) if !mark::is_of(carried, stack) => Carried::Others(mark::base(carried)),
        // A mark where its kind has no place for one proves nothing.
        Some(_) if rules.mark == MarkPlace::Ledger => Carried::Nothing,
        Some(_) if rules.identity == Identity::Name => Carried::Ours,
        Some(mark) => match &object.uid {
            Some(carried) if *carried == uid(mark::base(mark), &object.key) => Carried::Ours,
            _ => Carried::Copy,
        },
    }
}

/// Whether the ledger speaks of another object than this one.
#[must_use]
pub fn ids_differ(entry: &Entry, object: &LiveObject) -> bool {
    let ids = entry.remote_id.as_ref().zip(object.remote_id.as_ref());
    ids.is_some_and(|(recorded, live)| recorded != live)
}

fn ids_match(entry: &Entry, object: &LiveObject) -> bool {
    entry.remote_id.is_some() && entry.remote_id == object.remote_id
}

#[cfg(test)]
mod tests;
