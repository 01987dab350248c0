//! What organizations have: machines, rentals, volumes and SSH keys (contract 2.4, 2.5, 5).
//!
//! What can be done with them is in `machines`, `rentals`, `volumes` and `keys`.

use serde::{Deserialize, Serialize};

use super::catalog::{NODE_GPUS, Network};
use super::choices::one_of;
use super::money::Money;
use super::record::{Record, Stale};

/// Where an object stands: one of the states of contract 4, or a text of a knob or of somebody else.
macro_rules! states {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $state:ident,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$about])* $state,)+
            /// A text of a knob or of somebody else.
            Other(String),
        }

        impl $name {
            /// The text of contract 4.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$state => stringify!($state),)+
                    $name::Other(text) => text,
                }
            }

            pub(crate) fn parse(text: &str) -> Self {
                match text {
                    $(stringify!($state) => $name::$state,)+
                    other => $name::Other(other.to_owned()),
                }
            }
        }
    };
}

states! {
    /// Where a machine stands.
    MachineStatus {
        /// It runs.
        Running,
        /// It is off and holds its resources.
        Stopped,
        /// It is off and holds only its disk.
        StoppedDisassociated,
        /// It moves to another host.
        Relocating,
    }
}

states! {
    /// Where a rental stands.
    RentalStatus {
        /// It is made or rebooted.
        Pending,
        /// It is there, on or off.
        Running,
        /// It could not be made; not billed (V-33).
        Failed,
    }
}

/// A virtual machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Identity, name, tags.
    pub record: Record,
    /// Where it stands.
    pub status: MachineStatus,
    /// The id of its preset.
    pub preset: String,
    /// The id of its location.
    pub location: String,
    /// The id of its host.
    pub hostnode: String,
    /// Whether it holds its resources.
    pub associated: bool,
    /// Its number among addresses, once it has one.
    pub(crate) address: Option<u64>,
    pub(crate) stale: Option<Stale<MachineStatus>>,
}

one_of! {
    /// Whether the nodes of a rental are on.
    pub enum RentalPower {
        /// They are.
        Running = "Running",
        /// They are not.
        Stopped = "Stopped",
    }
}

/// A bare-metal rental.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rental {
    /// Identity, name, tags.
    pub record: Record,
    /// Where it stands.
    pub status: RentalStatus,
    /// Whether its nodes are on.
    pub power: RentalPower,
    /// The id of its location.
    pub location: String,
    /// Its network.
    pub network: Network,
    /// Its GPUs.
    pub gpus: u64,
    /// What an hour costs.
    pub rate: Money,
    /// Who it may talk to.
    pub sub_order: Option<i64>,
    /// Whether it ever was `Running`: a reboot does not fail.
    pub(crate) provisioned: bool,
    pub(crate) stale: Option<Stale<(RentalStatus, RentalPower)>>,
}

impl Rental {
    /// Its whole nodes.
    #[must_use]
    pub fn nodes(&self) -> u64 {
        self.gpus.div_ceil(NODE_GPUS)
    }

    /// The public and private addresses of its nodes.
    pub(crate) fn addresses(&self) -> Vec<(String, String)> {
        let nodes = 0..self.nodes().min(4096);
        let base = self.record.sequence.wrapping_mul(64);
        nodes.map(|node| addresses(base.wrapping_add(node))).collect()
    }
}

/// A shared volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Identity and name.
    pub record: Record,
    /// Its size.
    pub size_in_gb: u64,
    /// `active` or `inactive`, or a text of somebody else.
    pub status: String,
    /// The rentals that mount it, oldest attachment first.
    pub order_ids: Vec<String>,
    /// What is on it.
    pub used_bytes: u64,
}

/// An SSH public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshKey {
    /// Identity and name.
    pub record: Record,
    /// The text as it was given.
    pub content: String,
}

/// A public and a private address by number, of ranges nobody has.
pub(crate) fn addresses(number: u64) -> (String, String) {
    let [.., second, third, fourth] = number.to_be_bytes();
    let public = format!("198.{}.{third}.{fourth}", 18 + (second & 1));
    (public, format!("10.{second}.{third}.{fourth}"))
}
