//! Where an object that takes time stands (contract 4.1 to 4.3), and what that means.
//!
//! What moves it is in `transitions`; how a state is spelled on the wire in `status`.

use serde::{Deserialize, Serialize};

use super::kinds::Kind;
use super::table::SERVICE;
use plumb_sandbox::time::Timestamp;

/// Where an object stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Never published, or reset by the `post_resets_status` knob.
    NotDeployed,
    /// A publish was accepted.
    Submitted,
    /// It is being deployed.
    Deploying,
    /// It is deployed.
    Ready,
    /// The deployment failed.
    Failed,
    /// An action is under way.
    Acting,
    /// The last action succeeded; still deployed.
    ActionComplete,
    /// The last action failed; still deployed.
    ActionFailed,
    /// A delete was accepted.
    DestroyPending,
    /// It is being deleted.
    Destroying,
    /// The delete failed; it is still there.
    DestroyFailed,
    /// It is deleted, and reads still show it.
    Destroyed,
    /// A text somebody set by hand.
    Other(String),
}

/// What a status means for the next operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    NotDeployed,
    Busy,
    Ready,
    Failed,
    Deleting,
    DeleteFailed,
    Destroyed,
    Other,
}

/// Whether a machine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// It runs.
    On,
    /// It does not.
    #[default]
    Off,
}

/// The state of what is deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// Where it stands.
    #[serde(flatten)]
    pub now: Seen,
    /// Whether the machine runs.
    pub power: Power,
    /// When the last deployment succeeded.
    pub provisioned_at: Option<Timestamp>,
    /// Digest of what was last published.
    pub published: Option<String>,
    /// When it moves next.
    pub due: Option<Timestamp>,
    /// What reads still show for a while.
    pub stale: Option<Stale>,
}

/// A previous terminal status that reads still show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stale {
    /// Reads to come that show it.
    pub polls: u64,
    /// What they show.
    #[serde(flatten)]
    pub seen: Seen,
}

/// What reads show of where an object stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Where it stands.
    pub status: Status,
    /// The last verb: `publish`, `delete` or an action's.
    pub action: Option<String>,
    /// Why it failed.
    pub reason: Option<String>,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Lifecycle {
            now: Seen { status: Status::NotDeployed, action: None, reason: None },
            power: Power::Off,
            provisioned_at: None,
            published: None,
            due: None,
            stale: None,
        }
    }
}

impl Lifecycle {
    /// What a read shows.
    pub(crate) fn seen(&self) -> &Seen {
        self.stale.as_ref().map_or(&self.now, |stale| &stale.seen)
    }

    /// One read less that shows a stale status; whether there was one.
    pub(crate) fn count_poll(&mut self) -> bool {
        let Some(stale) = &mut self.stale else { return false };
        stale.polls = stale.polls.saturating_sub(1);
        self.stale.take_if(|stale| stale.polls == 0);
        true
    }

    /// An operation of this verb begins; so many reads do not see it yet.
    pub(crate) fn begin(&mut self, verb: &str, polls: u64) {
        if polls > 0 && self.now.status.is_terminal() {
            self.stale = Some(Stale { polls, seen: self.now.clone() });
        }
        self.now.action = Some(verb.to_owned());
    }

    /// Enters a status, with all that belongs to it.
    pub(crate) fn enter(&mut self, status: Status, at: Timestamp) {
        let action = self.now.action.as_deref();
        match (&status, action) {
            (Status::Ready, _) => {
                self.provisioned_at = Some(at);
                self.power = Power::On;
            }
            (Status::ActionComplete, Some("stop" | "powerOff")) => self.power = Power::Off,
            (Status::ActionComplete, _) => self.power = Power::On,
            _ => {}
        }
        let told = "the sandbox was told to fail it";
        self.now.reason = match status {
            Status::Failed => Some(format!("deployment failed: {told}")),
            Status::ActionFailed => Some(format!("action {} failed", action.unwrap_or("unknown"))),
            Status::DestroyFailed => Some(format!("delete failed: {told}")),
            _ => None,
        };
        self.now.status = status;
    }
}

impl Status {
    pub(crate) fn class(&self) -> Class {
        match self {
            Status::NotDeployed => Class::NotDeployed,
            Status::Submitted | Status::Deploying | Status::Acting => Class::Busy,
            Status::Ready | Status::ActionComplete | Status::ActionFailed => Class::Ready,
            Status::Failed => Class::Failed,
            Status::DestroyPending | Status::Destroying => Class::Deleting,
            Status::DestroyFailed => Class::DeleteFailed,
            Status::Destroyed => Class::Destroyed,
            Status::Other(_) => Class::Other,
        }
    }

    /// Whether a reader could take it for the result of an operation (contract 4.4).
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.class(), Class::Ready | Class::Failed | Class::DeleteFailed)
    }

    /// The text of contract 4.2 for an object of this kind.
    pub(crate) fn text(&self, kind: &Kind) -> &str {
        match self {
            Status::NotDeployed => "not_deployed",
            Status::Submitted => "submitted",
            Status::Deploying if *kind == SERVICE => "deploying",
            Status::Deploying | Status::Acting => "pending",
            Status::Ready if *kind == SERVICE => "deployed",
            Status::Ready => "success",
            Status::Failed => "failed",
            Status::ActionComplete => "actioncomplete",
            Status::ActionFailed => "actionfailed",
            Status::DestroyPending => "destroypending",
            Status::Destroying => "destroying",
            Status::DestroyFailed => "destroyfailed",
            Status::Destroyed => "destroyed",
            Status::Other(text) => text,
        }
    }

    /// The status of this text, in the words of any form; texts without a meaning here are kept as they
    /// are.
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "not_deployed" | "StatusNotSet" => Status::NotDeployed,
            "submitted" => Status::Submitted,
            "deploying" | "pending" | "StatusSubmitted" | "MKS_CLUSTER_STATUS_PROVISIONING" => {
                Status::Deploying
            }
            "success" | "deployed" | "StatusOK" | "MKS_CLUSTER_STATUS_RUNNING" => Status::Ready,
            "failed" | "StatusFailed" | "MKS_CLUSTER_STATUS_ERROR" => Status::Failed,
            "actioncomplete" => Status::ActionComplete,
            "actionfailed" => Status::ActionFailed,
            "destroypending" => Status::DestroyPending,
            "destroying" => Status::Destroying,
            "destroyfailed" => Status::DestroyFailed,
            "destroyed" => Status::Destroyed,
            other => Status::Other(other.to_owned()),
        }
    }
}
