//! The normalised status of a thing, whatever its vendor calls it.

use crate::text::ServerText;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where in its life a thing is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Made, not yet deployed.
    NotDeployed,
    /// Something is under way.
    Pending,
    /// Usable. Kinds without a life cycle are always ready.
    Ready,
    /// The last deployment failed.
    Failed,
    /// On its way out.
    Deleting,
    /// Its deletion failed; it is still there.
    DeleteFailed,
    /// A status we do not know: treated as pending with a warning, never as success.
    Unknown(ServerText),
}

impl Phase {
    /// Whether the phase ends an operation rather than showing one under way.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        match self {
            Self::NotDeployed | Self::Ready | Self::Failed | Self::DeleteFailed => true,
            Self::Pending | Self::Deleting | Self::Unknown(_) => false,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDeployed => formatter.write_str("not deployed"),
            Self::Pending => formatter.write_str("pending"),
            Self::Ready => formatter.write_str("ready"),
            Self::Failed => formatter.write_str("failed"),
            Self::Deleting => formatter.write_str("deleting"),
            Self::DeleteFailed => formatter.write_str("deletion failed"),
            Self::Unknown(text) => write!(formatter, "unknown status \"{text}\""),
        }
    }
}

/// Whether a machine runs.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// Running.
    On,
    /// Stopped, with its resources kept.
    Off,
    /// Stopped, with its resources given back: starting it needs free stock.
    Disassociated,
}

impl fmt::Display for Power {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Disassociated => "disassociated",
        })
    }
}
