//! The guard as a table: what was before, what is seen then, and what it means.

use super::*;
use Judgement::{Ended, Unchanged, UnderWay};
use plumb_model::ServerText;

type Case<'a> = (&'a str, Awaited<'a>, Option<LiveStatus>, Vec<LiveStatus>, Judgement);

const PATIENCE: Duration = Duration::from_mins(1);
const SUBMITTED: &str = "2026-01-01T10:00:00Z";

fn status(phase: Phase) -> LiveStatus {
    LiveStatus { phase, ..LiveStatus::ready() }
}

fn completed(phase: Phase, at: &str) -> LiveStatus {
    LiveStatus { completed_at: Some(at.parse().unwrap()), ..status(phase) }
}

fn of(operation: StatusOperation) -> LiveStatus {
    LiveStatus { operation: Some(operation), ..status(Phase::Ready) }
}

fn power(power: Power, operation: Option<StatusOperation>) -> LiveStatus {
    LiveStatus { power: Some(power), operation, ..status(Phase::Ready) }
}

/// Judges statuses seen ten seconds apart; the last judgement.
fn last(awaited: Awaited<'_>, before: Option<LiveStatus>, seen: &[LiveStatus]) -> Judgement {
    let start = Instant::now();
    let mut guard = Guard::new(awaited, before, Some(SUBMITTED.parse().unwrap()), PATIENCE);
    let mut judgement = UnderWay;
    for (at, status) in (0..).zip(seen) {
        judgement = guard.judge(status, start + Duration::from_secs(10) * at);
    }
    judgement
}

#[test]
fn a_deployment() {
    use Phase::{DeleteFailed, Deleting, Failed, NotDeployed, Pending, Ready};
    let ready = || status(Ready);
    let odd = || status(Phase::Unknown(ServerText::new("warming")));
    let cases: Vec<(&str, LiveStatus, Vec<LiveStatus>, Judgement)> = vec![
        ("1: was not deployed", status(NotDeployed), vec![ready()], Ended(Ending::Well)),
        ("1: failed at once", status(NotDeployed), vec![status(Failed)], Ended(Ending::Badly)),
        ("1: was pending", status(Pending), vec![ready()], Ended(Ending::Well)),
        ("not begun yet", status(NotDeployed), vec![status(NotDeployed); 9], UnderWay),
        (
            "begun and undone",
            status(NotDeployed),
            vec![status(Pending), status(NotDeployed)],
            Ended(Ending::Badly),
        ),
        ("stale ready", ready(), vec![ready()], UnderWay),
        ("stale failed", status(Failed), vec![status(Failed); 3], UnderWay),
        ("another terminal may be older still", status(Failed), vec![ready(), ready()], UnderWay),
        (
            "2: pending was seen",
            ready(),
            vec![ready(), status(Pending), ready()],
            Ended(Ending::Well),
        ),
        (
            "2: deleting was seen",
            ready(),
            vec![status(Deleting), status(DeleteFailed)],
            Ended(Ending::Badly),
        ),
        ("2: an unknown text is pending", ready(), vec![odd(), ready()], Ended(Ending::Well)),
        ("unknown text", ready(), vec![odd(); 20], UnderWay),
        (
            "3: completed later",
            ready(),
            vec![completed(Ready, "2026-01-01T10:00:01Z")],
            Ended(Ending::Well),
        ),
        (
            "3: failed later",
            ready(),
            vec![completed(Failed, "2026-01-01T10:00:01Z")],
            Ended(Ending::Badly),
        ),
        ("3: the same second proves nothing", ready(), vec![completed(Ready, SUBMITTED)], UnderWay),
        (
            "3: the time was there before",
            completed(Ready, "2026-01-01T10:00:00.5Z"),
            vec![completed(Ready, "2026-01-01T10:00:00.5Z")],
            UnderWay,
        ),
        ("unchanged for 50 s", ready(), vec![ready(); 6], UnderWay),
        ("unchanged for 60 s", ready(), vec![ready(); 7], Unchanged(Ending::Well)),
        ("unchanged failure", status(Failed), vec![status(Failed); 7], Unchanged(Ending::Badly)),
        (
            "another operation's",
            status(NotDeployed),
            vec![of(StatusOperation::Power(Power::On))],
            UnderWay,
        ),
        (
            "another operation's, unchanged",
            status(NotDeployed),
            vec![of(StatusOperation::Power(Power::On)); 7],
            Unchanged(Ending::Well),
        ),
        ("named ours", status(NotDeployed), vec![of(StatusOperation::Deploy)], Ended(Ending::Well)),
    ];
    for (name, before, seen, expected) in cases {
        assert_eq!(last(Awaited::Deployed, Some(before), &seen), expected, "{name}");
    }
}

#[test]
fn a_change_of_the_terminal_status_restarts_the_patience() {
    let mut seen = vec![status(Phase::Ready); 6];
    seen.extend(vec![status(Phase::Failed); 6]);
    assert_eq!(last(Awaited::Deployed, Some(status(Phase::Ready)), &seen), UnderWay);
    seen.push(status(Phase::Failed));
    assert_eq!(
        last(Awaited::Deployed, Some(status(Phase::Ready)), &seen),
        Unchanged(Ending::Badly)
    );
}

#[test]
fn power_deletion_verbs_and_readiness() {
    let start = || Some(StatusOperation::Power(Power::On));
    let stop = || Some(StatusOperation::Power(Power::Off));
    let before = || Some(power(Power::On, start()));
    let pending = || status(Phase::Pending);
    let off = Awaited::Power(Power::Off);
    let reset = || of(StatusOperation::Other(ServerText::new("Power Reset")));
    let cases: Vec<Case<'_>> = vec![
        ("still the start", off, before(), vec![power(Power::On, start())], UnderWay),
        ("stopped", off, before(), vec![pending(), power(Power::Off, stop())], Ended(Ending::Well)),
        (
            "would not stop",
            off,
            before(),
            vec![pending(), power(Power::On, stop())],
            Ended(Ending::Badly),
        ),
        (
            "power is not told",
            off,
            before(),
            vec![pending(), status(Phase::Ready)],
            Ended(Ending::Well),
        ),
        ("not gone yet", Awaited::Gone, before(), vec![power(Power::On, start()); 20], UnderWay),
        (
            "will not go",
            Awaited::Gone,
            before(),
            vec![status(Phase::Deleting), status(Phase::DeleteFailed)],
            Ended(Ending::Badly),
        ),
        (
            "would not go before",
            Awaited::Gone,
            Some(status(Phase::DeleteFailed)),
            vec![status(Phase::DeleteFailed)],
            UnderWay,
        ),
        (
            "a verb",
            Awaited::Verb("power reset"),
            before(),
            vec![pending(), reset()],
            Ended(Ending::Well),
        ),
        ("another verb", Awaited::Verb("reboot"), before(), vec![pending(), reset()], UnderWay),
        (
            "made and ready",
            Awaited::Ready,
            None,
            vec![power(Power::On, start())],
            Ended(Ending::Well),
        ),
    ];
    for (name, awaited, before, seen, expected) in cases {
        assert_eq!(last(awaited, before, &seen), expected, "{name}");
    }
}
