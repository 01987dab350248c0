//! Compute profiles: what a compute instance can be made from. Read only (api §3.6).

use crate::profile;
use crate::profile_kind::{ProfileKind, rules};
use std::sync::LazyLock;

/// Compute profiles of `paas.envmgmt.io/v1`.
pub(crate) static COMPUTE_PROFILE: ProfileKind = ProfileKind {
    named: profile::COMPUTE,
    rules: LazyLock::new(|| rules(profile::COMPUTE)),
    summary: "What a compute instance can be made from: its variables, their limits, its price. \
              Read only.",
};
