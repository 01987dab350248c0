//! Service profiles: what a service can be made from. Read only (api §3.6).

use crate::profile;
use crate::profile_kind::{ProfileKind, rules};
use std::sync::LazyLock;

/// Service profiles of `paas.envmgmt.io/v1`.
pub(crate) static SERVICE_PROFILE: ProfileKind = ProfileKind {
    named: profile::SERVICE,
    rules: LazyLock::new(|| rules(profile::SERVICE)),
    summary: "What a service can be made from: its variables, their limits, its price. Read only.",
};
