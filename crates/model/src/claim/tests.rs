//! The verdict as two tables: whose a thing is, and whether it is what a create made.

use super::*;
use crate::body::{Body, Veiled};
use crate::key::ResourceKey;
use crate::key::{KindId, Scope, ScopeLevel};
use crate::ledger::{Protections, Provenance};
use crate::live::{Completeness, LiveStatus};
use std::collections::{BTreeMap, BTreeSet};

const STACK: &str = "ours";

fn key() -> ResourceKey {
    ResourceKey::new(KindId::new("toy", "Thing"), Scope::Global, "a".into())
}

fn rules(identity: Identity, mark: MarkPlace, create_safety: CreateSafety) -> KindRules {
    let plain = KindRules::plain("toy/v1", "Thing", ScopeLevel::Global);
    KindRules { identity, mark, create_safety, ..plain }
}

/// Known by name and marked; known by name without a place for a mark; and rented by id.
fn kinds() -> [(&'static str, KindRules); 3] {
    use CreateSafety::{AtMostOnce, Repeatable};
    [
        ("marked", rules(Identity::Name, MarkPlace::Object, Repeatable)),
        ("ledger", rules(Identity::Name, MarkPlace::Ledger, Repeatable)),
        ("rented", rules(Identity::Id, MarkPlace::Object, AtMostOnce)),
    ]
}

#[derive(Clone, Copy)]
enum Carries {
    Nothing,
    Ours,
    /// Our stack's mark, without the uid.
    MarkAlone,
    /// Our stack's mark, with the uid of another address.
    ForeignUid,
    Theirs,
}

fn object(carries: Carries, phase: Phase) -> LiveObject {
    let own = uid(STACK, &key());
    let (mark, uid) = match carries {
        Carries::Nothing => (None, None),
        Carries::Ours => (Some(STACK), Some(own)),
        Carries::MarkAlone => (Some(STACK), None),
        Carries::ForeignUid => (Some(STACK), Some("another".to_owned())),
        Carries::Theirs => (Some("theirs"), None),
    };
    LiveObject {
        key: key(),
        remote_id: "id-1".parse().ok(),
        body: Body::Null,
        status: LiveStatus { phase, ..LiveStatus::ready() },
        outputs: Body::Null,
        mark: mark.map(str::to_owned),
        uid,
        hourly: None,
        completeness: Completeness::Full,
    }
}

fn entry(remote_id: Option<&str>) -> Entry {
    Entry {
        key: key(),
        remote_id: remote_id.and_then(|id| id.parse().ok()),
        provenance: Provenance::Created,
        since: None,
        sent: Veiled::default(),
        hashes: BTreeMap::new(),
        protections: Protections::default(),
        requires: BTreeSet::new(),
    }
}

/// What an object carries, what the ledger has, and the verdict for each of the kinds.
type Standing = (Carries, Option<Entry>, [Claim<'static>; 3]);

#[test]
fn whose_a_thing_is() {
    use Claim::{AnotherStacks, Copied, Ours, Unmarked};
    let (none, same, other, nameless) =
        (None, Some(entry(Some("id-1"))), Some(entry(Some("id-2"))), Some(entry(None)));
    let (mark, record) = (Ours(Proof::Mark), Ours(Proof::Record));
    let theirs = AnotherStacks("theirs");
    let table: [Standing; 14] = [
        (Carries::Nothing, none.clone(), [Unmarked, Unmarked, Unmarked]),
        (Carries::Nothing, same.clone(), [record, record, record]),
        (Carries::Nothing, other.clone(), [Unmarked, Unmarked, Unmarked]),
        (Carries::Nothing, nameless.clone(), [Unmarked, record, Unmarked]),
        (Carries::Ours, none.clone(), [mark, Unmarked, mark]),
        (Carries::Ours, same.clone(), [mark, record, mark]),
        (Carries::Ours, other.clone(), [mark, Unmarked, mark]),
        (Carries::MarkAlone, none.clone(), [mark, Unmarked, Copied]),
        (Carries::ForeignUid, none, [mark, Unmarked, Copied]),
        // Its id says which one it is, whatever its uid says.
        (Carries::ForeignUid, same.clone(), [mark, record, mark]),
        (Carries::ForeignUid, other, [mark, Unmarked, Copied]),
        (Carries::ForeignUid, nameless.clone(), [mark, record, Copied]),
        // What the ledger knows does not overrule the mark of another stack.
        (Carries::Theirs, same, [theirs, theirs, theirs]),
        (Carries::Theirs, nameless, [theirs, theirs, theirs]),
    ];
    for (line, (carries, entry, verdicts)) in table.into_iter().enumerate() {
        for ((name, rules), expected) in kinds().iter().zip(verdicts) {
            // Whether it goes away does not change whose it is.
            for phase in [Phase::Ready, Phase::Deleting, Phase::DeleteFailed] {
                let object = object(carries, phase);
                let beside = Beside::Record(entry.as_ref());
                let evidence = Evidence { rules, object: &object, stack: STACK, beside };
                assert_eq!(claim(&evidence), expected, "line {line}, {name}");
            }
        }
    }
}

/// where marks are not shown the ledger decides, and still not against a mark or an id.
#[test]
fn what_is_on_record_as_unmarked_is_ours_by_the_record() {
    use Claim::{AnotherStacks, Ours, Unmarked};
    let record = Ours(Proof::Record);
    for (carries, id, expected) in [
        (Carries::Nothing, None, record),
        (Carries::Nothing, Some("id-1"), record),
        (Carries::Nothing, Some("id-2"), Unmarked),
        (Carries::Theirs, None, AnotherStacks("theirs")),
    ] {
        let entry = Entry { provenance: Provenance::CreatedUnmarked, ..entry(id) };
        let (rules, object) = (&kinds()[0].1, object(carries, Phase::Ready));
        let beside = Beside::Record(Some(&entry));
        let evidence = Evidence { rules, object: &object, stack: STACK, beside };
        assert_eq!(claim(&evidence), expected, "{id:?}");
    }
}

/// What an object carries, what was sent, and the verdict for each of the kinds.
type Made = (Carries, Sending, [Claim<'static>; 3]);

#[test]
fn what_a_create_made() {
    use Claim::{AnotherStacks, Ours, Undecided, Unmarked};
    use Sending::{InDoubt, Refused};
    let (same, differs) = (InDoubt(Agreement::Full), InDoubt(Agreement::Lacking));
    let (mark, as_sent) = (Ours(Proof::Mark), Ours(Proof::AsSent));
    let theirs = AnotherStacks("theirs");
    let table: [Made; 11] = [
        (Carries::Nothing, Refused, [Unmarked, Unmarked, Undecided]),
        (Carries::Nothing, same, [as_sent, as_sent, Undecided]),
        (Carries::Nothing, differs, [Unmarked, Undecided, Undecided]),
        (Carries::Ours, Refused, [mark, Unmarked, mark]),
        (Carries::Ours, differs, [mark, Undecided, mark]),
        (Carries::MarkAlone, same, [mark, as_sent, Undecided]),
        (Carries::ForeignUid, same, [mark, as_sent, Undecided]),
        (Carries::ForeignUid, differs, [mark, Undecided, Undecided]),
        (Carries::Theirs, Refused, [theirs, theirs, Undecided]),
        (Carries::Theirs, same, [theirs, theirs, Undecided]),
        (Carries::Theirs, differs, [theirs, theirs, Undecided]),
    ];
    for (line, (carries, sending, verdicts)) in table.into_iter().enumerate() {
        for ((name, rules), expected) in kinds().iter().zip(verdicts) {
            let verdict = |phase| {
                let object = object(carries, phase);
                let beside = Beside::Create(sending);
                // The verdict outlives the object only where it names nobody.
                match claim(&Evidence { rules, object: &object, stack: STACK, beside }) {
                    AnotherStacks(_) => theirs,
                    Ours(proof) => Ours(proof),
                    Claim::Copied => Claim::Copied,
                    Unmarked => Unmarked,
                    Undecided => Undecided,
                    Claim::Leaving => Claim::Leaving,
                }
            };
            assert_eq!(verdict(Phase::Ready), expected, "line {line}, {name}");
            assert_eq!(verdict(Phase::Pending), expected, "line {line}, {name}");
            let leaving = if *name == "rented" { Undecided } else { Claim::Leaving };
            assert_eq!(verdict(Phase::Deleting), leaving, "line {line}, {name}, leaving");
        }
    }
}

#[test]
fn a_uid_is_of_one_stack_and_one_address() {
    let other = key().named("b".into());
    assert_eq!(uid(STACK, &key()), uid(STACK, &key()));
    assert_ne!(uid(STACK, &key()), uid("theirs", &key()));
    assert_ne!(uid(STACK, &key()), uid(STACK, &other));
}
