//! Stable codes: every finding, block and note has one, and `plumb explain` describes it.
//!
//! `PL01nn` reading files, `PL02nn` shape of documents, `PL03nn` references, `PL04nn` profiles,
//! `PL05nn` planning, `PL06nn` executing, `PL09nn` plumb itself. A meaning never changes; a code no
//! longer used is not given out again.

use serde::{Serialize, Serializer};
use std::fmt;

/// A stable code, for instance `PL0203`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

impl Code {
    /// The code's text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl Code {
    /// The file is not valid YAML or JSON.
    pub const SYNTAX: Self = Self("PL0101");
    /// The input is larger, deeper or more repetitive than allowed.
    pub const TOO_LARGE: Self = Self("PL0102");
    /// A mapping has the same key twice.
    pub const DUPLICATE_FIELD: Self = Self("PL0103");
    /// A file or folder cannot be read.
    pub const UNREADABLE_FILE: Self = Self("PL0104");
    /// A control or bidirectional character outside quotes.
    pub const CONTROL_CHARACTER: Self = Self("PL0105");
    /// A plain value that older YAML readers take for something else.
    pub const AMBIGUOUS_SCALAR: Self = Self("PL0106");
    /// No manifests were found.
    pub const NO_DOCUMENTS: Self = Self("PL0107");
    /// The kustomization could not be built.
    pub const KUSTOMIZE_FAILED: Self = Self("PL0108");
    /// A mapping key is not text.
    pub const KEY_NOT_TEXT: Self = Self("PL0109");
    /// The document is not a manifest.
    pub const NOT_A_DOCUMENT: Self = Self("PL0201");
    /// No such kind.
    pub const UNKNOWN_KIND: Self = Self("PL0202");
    /// No such field.
    pub const UNKNOWN_FIELD: Self = Self("PL0203");
    /// A value has the wrong type.
    pub const WRONG_TYPE: Self = Self("PL0204");
    /// A required field is missing.
    pub const MISSING_FIELD: Self = Self("PL0205");
    /// A value is not allowed.
    pub const INVALID_VALUE: Self = Self("PL0206");
    /// The kind can only be read.
    pub const READ_ONLY_KIND: Self = Self("PL0207");
    /// An older manifest format.
    pub const OLD_FORMAT: Self = Self("PL0208");
    /// A plumb.dev annotation is wrong.
    pub const BAD_ANNOTATION: Self = Self("PL0209");
    /// Plumb.yaml is wrong.
    pub const BAD_STACK_FILE: Self = Self("PL0210");
    /// The kind is known, and its cloud has no public way to manage it.
    pub const UNMANAGEABLE_KIND: Self = Self("PL0211");
    /// A resource is declared twice.
    pub const DUPLICATE_RESOURCE: Self = Self("PL0301");
    /// A reference names nothing.
    pub const UNKNOWN_REFERENCE: Self = Self("PL0302");
    /// A reference names more than one resource.
    pub const AMBIGUOUS_REFERENCE: Self = Self("PL0303");
    /// Resources depend on each other in a circle.
    pub const CYCLE: Self = Self("PL0304");
    /// An environment variable is not set.
    pub const MISSING_VARIABLE: Self = Self("PL0305");
    /// A valueFrom file cannot be read.
    pub const UNREADABLE_VALUE_FILE: Self = Self("PL0306");
    /// A valueFrom is wrong.
    pub const BAD_VALUE_FROM: Self = Self("PL0307");
    /// The scope does not exist.
    pub const UNKNOWN_PARENT: Self = Self("PL0308");
    /// The profile is not visible.
    pub const UNKNOWN_PROFILE: Self = Self("PL0401");
    /// The profile has no such variable.
    pub const UNKNOWN_VARIABLE: Self = Self("PL0402");
    /// A variable the profile requires is missing.
    pub const MISSING_PROFILE_VARIABLE: Self = Self("PL0403");
    /// The value is not one the profile allows.
    pub const VALUE_NOT_ALLOWED: Self = Self("PL0404");
    /// The profile does not allow this variable to be set.
    pub const OVERRIDE_NOT_ALLOWED: Self = Self("PL0405");
    /// A variable is given twice.
    pub const DUPLICATE_VARIABLE: Self = Self("PL0406");
    /// No such role.
    pub const UNKNOWN_ROLE: Self = Self("PL0407");
    /// No such group.
    pub const UNKNOWN_GROUP: Self = Self("PL0408");
    /// A secret stands in the manifest.
    pub const PLAIN_SECRET: Self = Self("PL0409");
    /// There is not enough free stock.
    pub const NOT_IN_STOCK: Self = Self("PL0410");
    /// The server does not take the cloud-init.
    pub const CLOUD_INIT_REFUSED: Self = Self("PL0411");
    /// What the declared power costs or risks.
    pub const POWER_COST: Self = Self("PL0412");
    /// A price is negative.
    pub const NEGATIVE_PRICE: Self = Self("PL0413");
    /// The object exists and is not ours.
    pub const BLOCKED_NOT_OURS: Self = Self("PL0501");
    /// The object belongs to another stack.
    pub const BLOCKED_OTHER_STACK: Self = Self("PL0502");
    /// An immutable field changes.
    pub const BLOCKED_IMMUTABLE: Self = Self("PL0503");
    /// The change cannot be made.
    pub const BLOCKED_REFUSED: Self = Self("PL0504");
    /// The resource is protected.
    pub const BLOCKED_PROTECTED: Self = Self("PL0505");
    /// The object could not be seen.
    pub const BLOCKED_UNKNOWN: Self = Self("PL0506");
    /// The manifest has an error that only the live world shows.
    pub const BLOCKED_FINDING: Self = Self("PL0507");
    /// Something it needs is blocked.
    pub const BLOCKED_DEPENDENCY: Self = Self("PL0508");
    /// The contract has not ended.
    pub const BLOCKED_CONTRACT: Self = Self("PL0509");
    /// Ownership is not proven.
    pub const BLOCKED_NO_PROOF: Self = Self("PL0510");
    /// Part of the scope could not be seen.
    pub const BLOCKED_GAP: Self = Self("PL0511");
    /// Something that stays still needs it.
    pub const BLOCKED_STILL_NEEDED: Self = Self("PL0512");
    /// An earlier create is not settled.
    pub const BLOCKED_INDETERMINATE: Self = Self("PL0513");
    /// Two live objects could be it.
    pub const BLOCKED_AMBIGUOUS: Self = Self("PL0514");
    /// The object is being deleted.
    pub const BLOCKED_BUSY: Self = Self("PL0515");
    /// A second object carries its mark.
    pub const BLOCKED_DUPLICATE: Self = Self("PL0516");
    /// The bill may speak of what is about to be rented.
    pub const BLOCKED_BILL: Self = Self("PL0517");
    /// It waits for a maintenance window.
    pub const BLOCKED_WINDOW: Self = Self("PL0518");
    /// More deletes than the limit allows.
    pub const LIMIT_DELETES: Self = Self("PL0520");
    /// Most of what the ledger knows is gone.
    pub const LIMIT_EMPTY_WORLD: Self = Self("PL0521");
    /// The plan costs more than the limit allows.
    pub const LIMIT_MONEY: Self = Self("PL0522");
    /// Something costs nobody knows what, and there is a limit on money.
    pub const LIMIT_UNPRICED: Self = Self("PL0523");
    /// The planned world leaves a guard rail.
    pub const LIMIT_RAIL: Self = Self("PL0524");
    /// The planned world breaks a policy.
    pub const LIMIT_POLICY: Self = Self("PL0525");
    /// A spec was changed, and its version was not.
    pub const VERSION_UNCHANGED: Self = Self("PL0526");
    /// Owned, and no longer declared.
    pub const NOTE_NOT_DECLARED: Self = Self("PL0530");
    /// Live, and managed by nobody.
    pub const NOTE_UNMANAGED: Self = Self("PL0531");
    /// Still under way.
    pub const NOTE_PENDING: Self = Self("PL0532");
    /// An unknown status.
    pub const NOTE_UNKNOWN_STATUS: Self = Self("PL0533");
    /// Deleted outside.
    pub const NOTE_GONE: Self = Self("PL0534");
    /// Left out of this run.
    pub const NOTE_EXCLUDED: Self = Self("PL0535");
    /// A difference that is only reported.
    pub const NOTE_REPORTED: Self = Self("PL0536");
    /// Not all could be read.
    pub const NOTE_UNREAD: Self = Self("PL0537");
    /// It may only have another name.
    pub const NOTE_RENAMED: Self = Self("PL0538");
    /// A variable is not set, and what it would give is not compared.
    pub const NOTE_NOT_SET: Self = Self("PL0539");
    /// A contract ends soon.
    pub const NOTE_CONTRACT_ENDS: Self = Self("PL0545");
    /// The key of a connection ends soon.
    pub const NOTE_KEY_ENDS: Self = Self("PL0546");
    /// A schedule switches it.
    pub const NOTE_SCHEDULED: Self = Self("PL0548");
    /// Its time is over.
    pub const NOTE_ENDED: Self = Self("PL0549");
    /// Others gave it more than is declared.
    pub const NOTE_OTHERS: Self = Self("PL0555");
    /// The plan is stale.
    pub const STALE_PLAN: Self = Self("PL0601");
    /// Another run holds the lock.
    pub const LOCK_HELD: Self = Self("PL0602");
    /// The key was refused.
    pub const KEY_REFUSED: Self = Self("PL0603");
    /// The endpoint cannot be reached.
    pub const UNREACHABLE: Self = Self("PL0604");
    /// No connection is configured.
    pub const NO_CONNECTION: Self = Self("PL0605");
    /// A create could not be settled.
    pub const INDETERMINATE: Self = Self("PL0606");
    /// The server accepted a change and did not make it.
    pub const IGNORED_CHANGE: Self = Self("PL0607");
    /// The ledger is damaged.
    pub const LEDGER_DAMAGED: Self = Self("PL0608");
    /// The ledger was written by a newer plumb.
    pub const LEDGER_NEWER: Self = Self("PL0609");
    /// A cloud takes no more requests.
    pub const TOO_MANY_REQUESTS: Self = Self("PL0610");
    /// The key is another account's than the ledger's.
    pub const ANOTHER_ACCOUNT: Self = Self("PL0611");
    /// The ledger's hash key is not the one with which its journal was written.
    pub const LEDGER_OTHER_KEY: Self = Self("PL0612");
    /// The ledger is older than what it wrote.
    pub const LEDGER_BEHIND: Self = Self("PL0614");
    /// The stack has no name to write under.
    pub const UNNAMED_STACK: Self = Self("PL0613");
    /// Another run took the ledger over.
    pub const LEDGER_EVICTED: Self = Self("PL0615");
    /// An action failed.
    pub const ACTION_FAILED: Self = Self("PL0620");
    /// The object changed between plan and action.
    pub const ACTION_MOVED: Self = Self("PL0621");
    /// An action is still under way.
    pub const ACTION_PENDING: Self = Self("PL0622");
    /// An action was interrupted.
    pub const ACTION_INTERRUPTED: Self = Self("PL0623");
    /// Plumb contradicts itself.
    pub const INTERNAL: Self = Self("PL0901");
    /// A kind is built wrong.
    pub const UNUSABLE_KIND: Self = Self("PL0902");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanations::EXPLANATIONS;

    #[test]
    fn codes_are_unique_sorted_and_found() {
        for pair in EXPLANATIONS.windows(2) {
            assert!(pair[0].code < pair[1].code, "{} {}", pair[0].code, pair[1].code);
        }
        assert_eq!(Code::find("pl0203").unwrap().code, Code::UNKNOWN_FIELD);
        assert!(Code::find("PL9999").is_none());
    }
}
