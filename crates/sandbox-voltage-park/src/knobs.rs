//! The knobs of contract 14.2, named as there, with the documented behaviour as the default.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use plumb_sandbox::glob;
use plumb_sandbox::time::Timestamp;
use plumb_sandbox::{choice, knobs};

/// A lag of lists: until so much time has passed and so many lists of the collection were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Lag {
    /// Virtual seconds.
    pub seconds: u64,
    /// Lists of the collection, each page one.
    pub list_calls: u64,
    /// Whether volumes and keys lag too, which answer as if done at once (contract 6).
    pub everywhere: bool,
}

/// How often something happens yet; counts down. `true` is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Times(pub u64);

choice!(
    /// The status of a refused key.
    AuthFailureCode {
        /// 401.
        #[default]
        Unauthorized = "401",
        /// 403.
        Forbidden = "403",
    }
);
choice!(
    /// What is answered to the power state a machine has.
    PowerNoop {
        /// 200.
        #[default]
        Accepted = "200",
        /// 400.
        Refused = "400",
    }
);
choice!(
    /// How the provisioning of a rental ends.
    BareMetalOutcome {
        /// Well.
        #[default]
        Running = "Running",
        /// Badly; the rental stays listed until it is deleted.
        Failed = "Failed",
    }
);
choice!(
    /// Whether a pending rental shows its tags.
    PendingTags {
        /// It does.
        #[default]
        Present = "present",
        /// It does not.
        Absent = "absent",
    }
);
choice!(
    /// What a pending rental shows.
    PendingShape {
        /// Id, name, status, time, rate.
        #[default]
        Minimal = "minimal",
        /// Every field.
        Full = "full",
    }
);
choice!(
    /// What becomes of a start that finds no free GPUs.
    RestartWithoutCapacity {
        /// 400, and the machine is as it was.
        #[default]
        Refused = "400",
        /// 200, and the machine is `Stopped`.
        Stuck = "stopped",
    }
);
choice!(
    /// The status of an unknown id.
    MissingCode {
        /// 404.
        #[default]
        NotFound = "404",
        /// 400.
        BadRequest = "400",
    }
);
choice!(
    /// The status of a taken name.
    DuplicateNameCode {
        /// 400.
        #[default]
        BadRequest = "400",
        /// 409.
        Conflict = "409",
        /// 422 on the name.
        Unprocessable = "422",
    }
);
choice!(
    /// Which names volumes may have.
    StorageNames {
        /// Lower case, digits, `.`, `_` and `-`, at most 60, and each once.
        #[default]
        StrictUnique = "strict_unique",
        /// Any text.
        FreeText = "free_text",
    }
);
choice!(
    /// What becomes of a GPU count that is no multiple of eight.
    GpuMultiple {
        /// 400.
        #[default]
        BadRequest = "400",
        /// 422.
        Unprocessable = "422",
        /// It is accepted.
        Accepted = "accept",
    }
);
choice!(
    /// Whether a volume may shrink.
    Shrink {
        /// Down to what is used.
        #[default]
        DownToUsed = "400_below_used",
        /// Never.
        Refused = "400",
        /// Always.
        Allowed = "allow",
    }
);
choice!(
    /// What becomes of the delete of an attached volume.
    DeleteAttached {
        /// 400.
        #[default]
        Refused = "400",
        /// It is detached and deleted.
        Detached = "detach",
    }
);
choice!(
    /// How a machine's price of CPUs is called.
    PricingKey {
        /// Both ways.
        #[default]
        Both = "both",
        /// `vcpus_per_hr`.
        Seed = "seed",
        /// `vcpu_per_hr`.
        Other = "other",
    }
);
choice!(
    /// The order of lists.
    ListOrder {
        /// By age, the youngest first.
        #[default]
        NewestFirst = "newest_first",
        /// By age, the oldest first.
        OldestFirst = "oldest_first",
        /// Without sense, but always the same.
        Random = "random",
    }
);
choice!(
    /// Whether calls are there.
    Alive {
        /// They are.
        #[default]
        Alive = "alive",
        /// They answer 404.
        Gone = "404",
    }
);
choice!(
    /// What an empty balance does.
    ZeroBalance {
        /// Nothing: the balance is not empty.
        #[default]
        Off = "off",
        /// Orders answer 400.
        Refuse = "create_400",
        /// Orders answer 400, and after a while everything that costs money is terminated.
        Terminate = "terminate",
    }
);

impl Knobs {
    /// The most that may be free of something, when the `capacity` knob says anything about it.
    pub(crate) fn most_free(&self, what: &str) -> Option<u64> {
        let matching = self.capacity.iter().filter(|(pattern, _)| glob::matches(pattern, what));
        matching.map(|(_, most)| *most).min()
    }
}

impl Times {
    /// Whether it happens this time; one time less then.
    pub(crate) fn take(&mut self) -> bool {
        let happens = self.0 > 0;
        if self.0 != u64::MAX {
            self.0 = self.0.saturating_sub(1);
        }
        happens
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Switch(bool),
            Count(u64),
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Switch(on) => Times(if on { u64::MAX } else { 0 }),
            Written::Count(count) => Times(count),
        })
    }
}

impl<'de> Deserialize<'de> for Lag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Seconds(u64),
            Full(Full),
        }
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct Full {
            seconds: u64,
            list_calls: u64,
            everywhere: bool,
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Seconds(seconds) => Lag { seconds, ..Lag::default() },
            Written::Full(Full { seconds, list_calls, everywhere }) => {
                Lag { seconds, list_calls, everywhere }
            }
        })
    }
}

knobs! {
    /// Quirks of the Voltage Park API. Any of them may change while the world runs.
    #[expect(clippy::struct_excessive_bools, reason = "switches of a configuration file")]
    pub struct Knobs {
        /// Whether keys and storage take `x-api-token` only, and `/locations/` wants a key (V-07).
        pub strict_auth_2025: bool,
        /// The status of every refused key (V-08).
        pub auth_failure_code: AuthFailureCode,
        /// From this virtual moment on every key is refused.
        pub key_expires_at: Option<Timestamp>,
        /// What a new machine says until its address is known (V-28).
        pub vm_first_status: String = "Running".to_owned(),
        /// Virtual seconds until a new machine is `Running` with an address.
        pub vm_ip_delay: u64,
        /// How long lists do not show what is new (V-40). Reads by id show it at once.
        pub create_visibility_lag: Lag,
        /// How long lists still show what is gone (V-41). Reads by id do not.
        pub delete_visibility_lag: Lag,
        /// Whether what is deleted stays for ever, as `Terminated`.
        pub linger_terminated: bool,
        /// What a machine answers to the power state it has (V-20).
        pub vm_power_noop: PowerNoop,
        /// The same for rentals; what is accepted there answers a text instead of null.
        pub bm_power_noop: PowerNoop,
        /// So many reads after a power call still show the state before it.
        pub stale_power_polls: u64,
        /// So many reads after a reboot still show `Running`.
        pub stale_reboot_polls: u64,
        /// Virtual seconds a new rental is `Pending`.
        pub bm_provision_time: u64 = 900,
        /// Virtual seconds a reboot takes.
        pub bm_reboot_time: u64 = 300,
        /// How the provisioning of a rental ends.
        pub bm_outcome: BareMetalOutcome,
        /// Whether a `Pending` rental shows its tags (V-29).
        pub pending_tags: PendingTags,
        /// What else a `Pending` rental shows.
        pub pending_shape: PendingShape,
        /// The most that is free of something, whatever the stock says: patterns of
        /// `LOCATION/PRESET`, `LOCATION/ethernet` and `LOCATION/infiniband`, `*` stands for anything.
        /// Of the patterns that match, the least number holds; `{"*": 0}` is August 2026.
        pub capacity: BTreeMap<String, u64>,
        /// Whether the lists of cities and of instant machines leave out locations with nothing free:
        /// sold out they are empty pages, as in August 2026, while bare metal is still listed.
        pub empty_when_sold_out: bool,
        /// At so many coming orders somebody takes all there is of it just before.
        pub steal_capacity: Times,
        /// What becomes of a start that finds no free GPUs (V-31).
        pub restart_without_capacity: RestartWithoutCapacity,
        /// The status of an unknown id, except where 404 is documented (V-16).
        pub missing_id_code: MissingCode,
        /// The status of a delete of what is gone (V-43).
        pub delete_gone_code: MissingCode,
        /// The status of a taken name (V-23).
        pub dup_name_code: DuplicateNameCode,
        /// Which names volumes may have (V-21).
        pub storage_names: StorageNames,
        /// What becomes of a GPU count that is no multiple of eight (V-18).
        pub gpu_multiple: GpuMultiple,
        /// Virtual seconds a new volume is `inactive` (V-36).
        pub storage_lag: u64,
        /// Whether a volume may shrink (V-39).
        pub shrink: Shrink,
        /// What becomes of the delete of an attached volume (V-38).
        pub delete_attached: DeleteAttached,
        /// Whether money is a JSON number.
        pub prices_as_numbers: bool,
        /// How a machine's price of CPUs is called (V-27).
        pub pricing_key: PricingKey,
        /// The order of lists (V-04).
        pub list_order: ListOrder,
        /// So many times somebody creates an object when the first of several pages was read.
        pub insert_between_pages: Times,
        /// So many times a later page begins with the last item of the page before it.
        pub duplicate_across_pages: Times,
        /// Whether the deprecated presets are still there (V-17).
        pub presets_deprecated: Alive,
        /// Whether the calls outside the seed document are there (contract 2.8).
        pub optional_calls: Alive,
        /// What an empty balance does (V-53). A real balance at zero refuses orders by itself.
        pub zero_balance: ZeroBalance,
        /// Virtual seconds until `zero_balance` terminates everything.
        pub zero_balance_delay: u64 = 3600,
        /// The `warning` in the answer to an order of bare metal.
        pub create_warning: Option<String>,
        /// The origin in the `Location` of a redirect; absent means the one that was called.
        pub redirect_origin: Option<String>,
        /// Whether more than 20 tags, longer than 64 or not printable ASCII, are refused (V-45).
        pub tag_limits: bool = true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lags_and_times_read_short_and_long() {
        let knobs = json!({
            "create_visibility_lag": 30,
            "delete_visibility_lag": { "list_calls": 3, "everywhere": true },
            "insert_between_pages": true,
            "duplicate_across_pages": 2,
            "steal_capacity": false,
        });
        let knobs: Knobs = serde_json::from_value(knobs).unwrap();
        assert_eq!(knobs.create_visibility_lag, Lag { seconds: 30, ..Lag::default() });
        let lag = Lag { seconds: 0, list_calls: 3, everywhere: true };
        assert_eq!(knobs.delete_visibility_lag, lag);
        let times = (knobs.insert_between_pages, knobs.duplicate_across_pages);
        assert_eq!((times, knobs.steal_capacity), ((Times(u64::MAX), Times(2)), Times(0)));
        let written = serde_json::to_value(&knobs).unwrap();
        assert_eq!(serde_json::from_value::<Knobs>(written).unwrap(), knobs);
    }

    #[test]
    fn times_count_down_or_last_for_ever() {
        let (mut twice, mut ever) = (Times(2), Times(u64::MAX));
        assert_eq!([twice.take(), twice.take(), twice.take()], [true, true, false]);
        assert!(ever.take() && ever.0 == u64::MAX);
    }

    #[test]
    fn knobs_carry_the_names_of_the_contract() {
        let knobs = serde_json::to_value(Knobs::default()).unwrap();
        for name in [
            "strict_auth_2025",
            "auth_failure_code",
            "key_expires_at",
            "vm_first_status",
            "vm_ip_delay",
            "create_visibility_lag",
            "delete_visibility_lag",
            "linger_terminated",
            "vm_power_noop",
            "bm_power_noop",
            "stale_power_polls",
            "stale_reboot_polls",
            "bm_provision_time",
            "bm_reboot_time",
            "bm_outcome",
            "pending_tags",
            "pending_shape",
            "capacity",
            "restart_without_capacity",
            "missing_id_code",
            "delete_gone_code",
            "dup_name_code",
            "storage_names",
            "gpu_multiple",
            "storage_lag",
            "shrink",
            "delete_attached",
            "prices_as_numbers",
            "pricing_key",
            "list_order",
            "insert_between_pages",
            "duplicate_across_pages",
            "presets_deprecated",
            "optional_calls",
            "zero_balance",
            "create_warning",
        ] {
            assert!(knobs.get(name).is_some(), "{name}");
        }
    }
}
