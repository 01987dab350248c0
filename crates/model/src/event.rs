//! What the engine tells while it runs. One stream; progress bars, CI lines, the event log and the
//! history are renderers of it.

use crate::codes::Code;
use crate::digest::Digest;
pub use crate::holder::RunId;
use crate::intent::Intent;
use crate::key::{RemoteId, ResourceKey};
use crate::path::FieldPath;
use crate::phase::Phase;
use crate::plan::{ActionId, Operation};
use crate::text::ServerText;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an action came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum ActionOutcome {
    /// Done, and read back.
    Done,
    /// It failed; nothing of it is left undone silently.
    Failed(Failure),
    /// The wait ended before the thing did: still under way, not failed.
    Pending {
        /// The phase it was last seen in.
        phase: Phase,
        /// How long it was waited for, in seconds.
        waited_seconds: u64,
    },
    /// The world moved since the plan: nothing was sent.
    Moved {
        /// The fields that are no longer what the plan was made from; empty when the object
        /// itself came or went.
        #[schemars(with = "Vec<String>")]
        fields: Vec<FieldPath>,
        /// What moved, in words.
        what: String,
    },
    /// The create's answer is lost and looking did not settle it.
    Indeterminate(Box<Intent>),
    /// The run was interrupted before it was finished; `sent` tells whether something was sent.
    Interrupted {
        /// Whether a request went out.
        sent: bool,
    },
}

impl ActionOutcome {
    /// The code of an action that did not come to its end.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Done => None,
            Self::Failed(_) => Some(Code::ACTION_FAILED),
            Self::Moved { .. } => Some(Code::ACTION_MOVED),
            Self::Pending { .. } => Some(Code::ACTION_PENDING),
            Self::Indeterminate(_) => Some(Code::INDETERMINATE),
            Self::Interrupted { .. } => Some(Code::ACTION_INTERRUPTED),
        }
    }
}

/// Why an action failed, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// What failed, as a lowercase fragment.
    pub message: String,
    /// The server's own words.
    pub said: Option<ServerText>,
    /// What a person can do next.
    pub help: Option<String>,
    /// The request: method and path, and the server's request id where it gave one.
    pub request: Option<String>,
}

/// Why an action was not even started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// An action it requires did not succeed.
    Requires(ActionId),
    /// The run was interrupted.
    Interrupted,
    /// Nothing more is sent to this provider: its key was refused.
    KeyRefused,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// The run began.
    RunStarted {
        /// The run.
        run: RunId,
        /// How many actions there are.
        actions: usize,
        /// The digest of what its plan was made from.
        plan: Option<Digest>,
    },
    /// An action began.
    ActionStarted {
        /// The action.
        id: ActionId,
        /// The resource.
        #[schemars(with = "String")]
        key: ResourceKey,
        /// What is done to it.
        operation: Operation,
    },
    /// An action is waiting, or got further.
    ActionProgress {
        /// The action.
        id: ActionId,
        /// The resource.
        #[schemars(with = "String")]
        key: ResourceKey,
        /// The phase seen.
        phase: Phase,
        /// Why, in the server's words.
        reason: Option<ServerText>,
        /// Since the action began, in milliseconds.
        elapsed_milliseconds: u64,
    },
    /// A request of an action is sent again, or looked for.
    ActionRetried {
        /// The action.
        id: ActionId,
        /// The resource.
        #[schemars(with = "String")]
        key: ResourceKey,
        /// Counts from 1.
        attempt: u32,
        /// The pause before it, in milliseconds.
        delay_milliseconds: u64,
        /// Why.
        because: String,
    },
    /// An action ended.
    ActionFinished {
        /// The action.
        id: ActionId,
        /// The resource.
        #[schemars(with = "String")]
        key: ResourceKey,
        /// What was done to it.
        operation: Operation,
        /// What it came to.
        outcome: ActionOutcome,
        /// The vendor's id, where one is known now.
        #[schemars(with = "Option<String>")]
        remote_id: Option<RemoteId>,
        /// Since the action began, in milliseconds.
        elapsed_milliseconds: u64,
    },
    /// An action was not started.
    ActionSkipped {
        /// The action.
        id: ActionId,
        /// The resource.
        #[schemars(with = "String")]
        key: ResourceKey,
        /// Why.
        because: SkipReason,
    },
    /// Something odd that stops nothing (an unknown status, say).
    Warned {
        /// The resource, if it is about one.
        #[schemars(with = "Option<String>")]
        key: Option<ResourceKey>,
        /// What.
        message: String,
    },
    /// The run ended.
    RunFinished {
        /// How.
        outcome: RunOutcome,
        /// In milliseconds.
        elapsed_milliseconds: u64,
    },
}

/// How a run ended; the worst of its actions decides.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Everything was done.
    Done,
    /// Some actions failed, were skipped, or are still pending.
    Incomplete,
    /// A create could not be settled.
    Indeterminate,
    /// Interrupted.
    Interrupted,
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Each action that was started.
    pub outcomes: BTreeMap<ActionId, ActionOutcome>,
    /// Each action that was not.
    pub skipped: BTreeMap<ActionId, SkipReason>,
    /// Whether the run was interrupted.
    pub interrupted: bool,
}

impl Report {
    /// How the run ended.
    #[must_use]
    pub fn outcome(&self) -> RunOutcome {
        if self.interrupted {
            return RunOutcome::Interrupted;
        }
        let skipped =
            if self.skipped.is_empty() { RunOutcome::Done } else { RunOutcome::Incomplete };
        let worst = self.outcomes.values().map(|outcome| match outcome {
            ActionOutcome::Done => RunOutcome::Done,
            ActionOutcome::Indeterminate(_) => RunOutcome::Indeterminate,
            ActionOutcome::Interrupted { .. } => RunOutcome::Interrupted,
            ActionOutcome::Failed(_)
            | ActionOutcome::Pending { .. }
            | ActionOutcome::Moved { .. } => RunOutcome::Incomplete,
        });
        worst.max().unwrap_or(RunOutcome::Done).max(skipped)
    }
}
