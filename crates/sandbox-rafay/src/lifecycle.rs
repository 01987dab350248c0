//! Where an object that is deployed stands (contract 4.1 to 4.3), and what that means.
//!
//! What moves it is in `transitions`; how a state is spelled on the wire in `render`.

use serde::{Deserialize, Serialize};

use super::kinds::Kind;
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
    pub status: Status,
    /// The last verb: `publish`, `delete` or an action's.
    pub action: Option<String>,
    /// Why it failed.
    pub reason: Option<String>,
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
    /// The status.
    pub status: Status,
    /// The verb that led to it.
    pub action: Option<String>,
    /// Its reason.
    pub reason: Option<String>,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Lifecycle {
            status: Status::NotDeployed,
            action: None,
            reason: None,
            power: Power::Off,
            provisioned_at: None,
            published: None,
            due: None,
            stale: None,
        }
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
    pub(crate) fn text(&self, kind: Kind) -> &str {
        match self {
            Status::NotDeployed => "not_deployed",
            Status::Submitted => "submitted",
            Status::Deploying if kind == Kind::Service => "deploying",
            Status::Deploying | Status::Acting => "pending",
            Status::Ready if kind == Kind::Service => "deployed",
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

    /// The status of this text; texts without a meaning here are kept as they are.
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "not_deployed" => Status::NotDeployed,
            "submitted" => Status::Submitted,
            "deploying" | "pending" => Status::Deploying,
            "success" | "deployed" => Status::Ready,
            "failed" => Status::Failed,
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
