//! Tables: the vocabulary of api §4.2 in every spelling, power, and workspaces.

use super::{Powered, common, deployed, normalise};
use plumb_model::live::StatusOperation;
use plumb_model::{Phase, Power, ServerText, body};

#[test]
fn every_word_has_its_phase_in_every_spelling() {
    for (word, phase) in [
        ("not_deployed", Phase::NotDeployed),
        ("deploying", Phase::Pending),
        ("submitted", Phase::Pending),
        ("pending", Phase::Pending),
        ("success", Phase::Ready),
        ("deployed", Phase::Ready),
        ("running", Phase::Ready),
        ("active", Phase::Ready),
        ("failed", Phase::Failed),
        ("error", Phase::Failed),
        ("actioncomplete", Phase::Ready),
        ("actionfailed", Phase::Ready),
        ("destroypending", Phase::Deleting),
        ("destroying", Phase::Deleting),
        ("destroyed", Phase::Deleting),
        ("destroyfailed", Phase::DeleteFailed),
        ("stopped", Phase::Ready),
    ] {
        let upper = word.to_uppercase();
        for spelling in
            [word.to_owned(), format!(" {upper} "), format!("Status_{upper}"), upper.clone()]
        {
            let status = deployed(Some(&body!({"status": spelling})), Powered::ByVerb);
            assert_eq!(status.phase, phase, "{spelling}");
        }
    }
}

#[test]
fn an_unknown_word_is_never_success() {
    for (status, shown) in [
        (body!({"status": "Successful-ish"}), "Successful-ish"),
        (body!({"status": ""}), "none"),
        (body!({"status": 3}), "none"),
        (body!({}), "none"),
        (body!(null), "none"),
    ] {
        let read = deployed(Some(&status), Powered::ByVerb);
        assert_eq!(read.phase, Phase::Unknown(ServerText::new(shown)), "{status:?}");
        assert_eq!(read.power, None);
    }
    assert_eq!(deployed(None, Powered::No).phase, Phase::Unknown(ServerText::new("none")));
}

/// the last completed verb decides.
#[test]
fn power_follows_the_last_completed_verb() {
    for (status, action, power) in [
        ("success", "", Some(Power::On)),
        ("success", "publish", Some(Power::On)),
        ("success", "stop", Some(Power::Off)),
        ("actioncomplete", "stop", Some(Power::Off)),
        ("ActionComplete", "ACTION_START", Some(Power::On)),
        ("actioncomplete", "Power reset", Some(Power::On)),
        ("actioncomplete", "Power cycle", Some(Power::On)),
        ("actionfailed", "stop", Some(Power::On)),
        ("actionfailed", "start", Some(Power::Off)),
        ("actionfailed", "Power cycle", None),
        ("stopped", "publish", Some(Power::Off)),
        ("pending", "stop", None),
        ("not_deployed", "", None),
        ("failed", "publish", None),
        ("destroying", "delete", None),
    ] {
        let status = body!({"status": status, "action": action});
        assert_eq!(deployed(Some(&status), Powered::ByVerb).power, power, "{status:?}");
        assert_eq!(deployed(Some(&status), Powered::No).power, None, "{status:?}");
    }
}

#[test]
fn the_operation_is_named() {
    for (action, operation) in [
        ("start", Some(StatusOperation::Power(Power::On))),
        ("Stop", Some(StatusOperation::Power(Power::Off))),
        ("publish", Some(StatusOperation::Deploy)),
        ("deploy", Some(StatusOperation::Deploy)),
        ("destroy", Some(StatusOperation::Delete)),
        ("Power reset", Some(StatusOperation::Other(ServerText::new("Power reset")))),
        ("", None),
    ] {
        let status = body!({"status": "pending", "action": action, "reason": " queued "});
        let read = deployed(Some(&status), Powered::No);
        assert_eq!(read.operation, operation, "{action}");
        assert_eq!(read.reason, Some(ServerText::new("queued")));
    }
}

#[test]
fn the_time_is_read_when_it_is_one() {
    let at = |text: &str| {
        deployed(Some(&body!({"status": "success", "provisioned_at": text})), Powered::No)
            .completed_at
            .map(|at| at.to_string())
    };
    assert_eq!(at("2026-02-16T12:20:29.406538Z").as_deref(), Some("2026-02-16T12:20:29.406538Z"));
    assert_eq!(at("yesterday"), None);
}

#[test]
fn a_workspace_is_ready_unless_it_says_otherwise() {
    for (condition, phase) in [
        ("StatusOK", Phase::Ready),
        ("StatusNotSet", Phase::Ready),
        ("StatusPartiallyReady", Phase::Ready),
        ("StatusSubmitted", Phase::Pending),
        ("StatusFailed", Phase::Failed),
        ("StatusOdd", Phase::Unknown(ServerText::new("StatusOdd"))),
    ] {
        let status = body!({"commonStatus": {"conditionStatus": condition, "reason": "why"}});
        let read = common(Some(&status));
        assert_eq!(read.phase, phase, "{condition}");
        assert_eq!(read.reason, Some(ServerText::new("why")));
    }
    for empty in [body!(null), body!({}), body!({"commonStatus": {}})] {
        assert_eq!(common(Some(&empty)).phase, Phase::Ready, "{empty:?}");
    }
    assert_eq!(common(None).phase, Phase::Ready);
}

#[test]
fn leaked_enum_names_are_stripped() {
    assert_eq!(normalise(" STATUS_ACTION_Complete"), "complete");
    assert_eq!(normalise("Not_Deployed"), "not_deployed");
}
