//! Stable codes: every finding, block and note has one, and `plumb explain` describes it.
//!
//! `PL01nn` reading files, `PL02nn` shape of documents, `PL03nn` references, `PL04nn` profiles,
//! `PL05nn` planning, `PL06nn` executing. A meaning never changes; a code no longer used is
//! not given out again.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A stable code, for instance `PL0203`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

/// What a code means.
#[derive(Clone, Copy, Debug)]
pub struct Explanation {
    /// The code.
    pub code: Code,
    /// One line.
    pub title: &'static str,
    /// What it means and what to do.
    pub text: &'static str,
}

impl Code {
    /// The code's text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The code with this text, in any case.
    #[must_use]
    pub fn find(text: &str) -> Option<&'static Explanation> {
        EXPLANATIONS.iter().find(|known| known.code.0.eq_ignore_ascii_case(text))
    }

    /// What the code means.
    #[must_use]
    pub fn explanation(self) -> Option<&'static Explanation> {
        EXPLANATIONS.iter().find(|known| known.code == self)
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

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::find(&text)
            .map(|known| known.code)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown code {text:?}")))
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
    /// More deletes than the limit allows.
    pub const LIMIT_DELETES: Self = Self("PL0520");
    /// Most of what the ledger knows is gone.
    pub const LIMIT_EMPTY_WORLD: Self = Self("PL0521");
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
}

/// Every code, in order.
pub const EXPLANATIONS: &[Explanation] = &[
    Explanation {
        code: Code::SYNTAX,
        title: "the file is not valid YAML or JSON",
        text: "The text could not be parsed. The position is where the parser gave up; the mistake \
               is there or just before it.",
    },
    Explanation {
        code: Code::TOO_LARGE,
        title: "the input is larger, deeper or more repetitive than allowed",
        text: "A file may have 8 MiB, 64 levels of nesting, and a bounded number of aliases. These \
               limits keep a hostile pull request from stopping the run. Split the file, or write \
               the repeated parts out.",
    },
    Explanation {
        code: Code::DUPLICATE_FIELD,
        title: "a mapping has the same key twice",
        text: "Only one of the two values could be meant, so neither is taken. Remove one. Keys are \
               compared as text: `1` and `\"1\"` are the same key.",
    },
    Explanation {
        code: Code::UNREADABLE_FILE,
        title: "a file or folder cannot be read",
        text: "The path does not exist, or may not be read by this user, or is not UTF-8 text.",
    },
    Explanation {
        code: Code::CONTROL_CHARACTER,
        title: "a control or bidirectional character outside quotes",
        text: "Such characters can make a file read differently from how it looks in a review. \
               Write the value in double quotes with an escape, as in \"\\u202e\".",
    },
    Explanation {
        code: Code::AMBIGUOUS_SCALAR,
        title: "a plain value that older YAML readers take for something else",
        text: "`yes`, `no`, `on`, `off`, `0777` and `1:30` mean other things to YAML 1.1 tools. \
               plumb reads YAML 1.2, where they are text or plain numbers. Put the value in quotes \
               to say so.",
    },
    Explanation {
        code: Code::NO_DOCUMENTS,
        title: "no manifests were found",
        text: "The given paths hold no .yaml, .yml or .json document. Name a folder or file that \
               does, or `-` for standard input.",
    },
    Explanation {
        code: Code::KUSTOMIZE_FAILED,
        title: "the kustomization could not be built",
        text: "A folder with a kustomization.yaml is built by `kustomize build` or `kubectl \
               kustomize`, whichever is installed. The tool is missing, or ended with an error, \
               which is shown.",
    },
    Explanation {
        code: Code::KEY_NOT_TEXT,
        title: "a mapping key is not text",
        text: "Keys must be strings. Lists and mappings as keys, and null, are not allowed.",
    },
    Explanation {
        code: Code::NOT_A_DOCUMENT,
        title: "the document is not a manifest",
        text: "Every document needs `apiVersion` and `kind`, and `metadata` with a `name`.",
    },
    Explanation {
        code: Code::UNKNOWN_KIND,
        title: "no such kind",
        text: "The pair of apiVersion and kind is not one plumb knows. `plumb schema --list` shows \
               all kinds.",
    },
    Explanation {
        code: Code::UNKNOWN_FIELD,
        title: "no such field",
        text: "The kind has no field of that name. Servers drop unknown fields silently, which \
               loses the setting; so it is an error here.",
    },
    Explanation {
        code: Code::WRONG_TYPE,
        title: "a value has the wrong type",
        text: "The field wants another type: text in quotes, a number, true or false, a list, or a \
               mapping.",
    },
    Explanation {
        code: Code::MISSING_FIELD,
        title: "a required field is missing",
        text: "The kind cannot be created without it.",
    },
    Explanation {
        code: Code::INVALID_VALUE,
        title: "a value is not allowed",
        text: "The value is outside the field's allowed values, range, length or pattern.",
    },
    Explanation {
        code: Code::READ_ONLY_KIND,
        title: "the kind can only be read",
        text: "plumb uses objects of this kind but does not manage them. Remove the document.",
    },
    Explanation {
        code: Code::OLD_FORMAT,
        title: "an older manifest format",
        text: "The apiVersion belongs to an older tool's format, which plumb does not apply. Write \
               the document for the current API; `plumb export` shows how.",
    },
    Explanation {
        code: Code::BAD_ANNOTATION,
        title: "a plumb.dev annotation is wrong",
        text: "The annotation is not one plumb knows, or its value cannot be read. The value is \
               always text, so write \"true\" with quotes.",
    },
    Explanation {
        code: Code::BAD_STACK_FILE,
        title: "plumb.yaml is wrong",
        text: "The stack's settings cannot be used as they stand. Endpoints and keys never belong \
               there: they come from the operator's environment or connections file.",
    },
    Explanation {
        code: Code::DUPLICATE_RESOURCE,
        title: "a resource is declared twice",
        text: "Two documents have the same kind, scope and name. Remove one, or give it another \
               name.",
    },
    Explanation {
        code: Code::UNKNOWN_REFERENCE,
        title: "a reference names nothing",
        text: "depends-on and valueFrom.output can only name resources declared in the same stack.",
    },
    Explanation {
        code: Code::AMBIGUOUS_REFERENCE,
        title: "a reference names more than one resource",
        text: "Write the scope too: Kind/project/workspace/name.",
    },
    Explanation {
        code: Code::CYCLE,
        title: "resources depend on each other in a circle",
        text: "No order exists in which they could be made. Take one of the references out.",
    },
    Explanation {
        code: Code::MISSING_VARIABLE,
        title: "an environment variable is not set",
        text: "`valueFrom: {var: NAME}` reads the environment variable PLUMB_VAR_NAME, and no \
               other. Set it where plumb runs.",
    },
    Explanation {
        code: Code::UNREADABLE_VALUE_FILE,
        title: "a valueFrom file cannot be read",
        text: "`valueFrom: {file: path}` reads a file below the manifests' root; no symbolic link \
               may lead out of it.",
    },
    Explanation {
        code: Code::BAD_VALUE_FROM,
        title: "a valueFrom is wrong",
        text: "valueFrom takes exactly one of var, file or output.",
    },
    Explanation {
        code: Code::UNKNOWN_PARENT,
        title: "the scope does not exist",
        text: "The project or workspace the resource lives in is neither declared nor live. Declare \
               it, or correct its name.",
    },
    Explanation {
        code: Code::UNKNOWN_PROFILE,
        title: "the profile is not visible",
        text: "No profile of that name can be seen with this key. Check the name and \
               `systemCatalog`, and whether the profile is shared with the organization.",
    },
    Explanation {
        code: Code::UNKNOWN_VARIABLE,
        title: "the profile has no such variable",
        text: "Variables are matched by name, exactly as the profile spells them.",
    },
    Explanation {
        code: Code::MISSING_PROFILE_VARIABLE,
        title: "a variable the profile requires is missing",
        text: "The profile marks the variable as required and has no default for it.",
    },
    Explanation {
        code: Code::VALUE_NOT_ALLOWED,
        title: "the value is not one the profile allows",
        text: "The profile restricts the variable to certain values, or to a range and step.",
    },
    Explanation {
        code: Code::OVERRIDE_NOT_ALLOWED,
        title: "the profile does not allow this variable to be set",
        text: "Remove the variable; the profile's own value is used.",
    },
    Explanation {
        code: Code::DUPLICATE_VARIABLE,
        title: "a variable is given twice",
        text: "Names must be unique in a list of variables.",
    },
    Explanation {
        code: Code::UNKNOWN_ROLE,
        title: "no such role",
        text: "The controller has no role of that name. Role ids differ per installation, so roles \
               are looked up by name.",
    },
    Explanation {
        code: Code::UNKNOWN_GROUP,
        title: "no such group",
        text: "The controller has no group of that name.",
    },
    Explanation {
        code: Code::PLAIN_SECRET,
        title: "a secret stands in the manifest",
        text: "The profile marks the variable as sensitive, so its value must not stand in a file \
               that is kept and shown. Write `valueFrom: {var: NAME}` and set PLUMB_VAR_NAME where \
               plumb runs, or `valueFrom: {file: path}`.",
    },
    Explanation {
        code: Code::BLOCKED_NOT_OURS,
        title: "the object exists and is not ours",
        text: "A live object has this name, carries no mark of this stack, and differs from what is \
               declared. plumb does not touch it until the manifest says `plumb.dev/adopt: \
               \"true\"`.",
    },
    Explanation {
        code: Code::BLOCKED_OTHER_STACK,
        title: "the object belongs to another stack",
        text: "The live object carries another stack's mark. Two stacks must not manage one object: \
               remove it from one of them.",
    },
    Explanation {
        code: Code::BLOCKED_IMMUTABLE,
        title: "an immutable field changes",
        text: "The field is fixed when the object is made. Replacing deletes the object and its \
               data; allow it with `plumb.dev/replace: allowed`, or put the old value back.",
    },
    Explanation {
        code: Code::BLOCKED_REFUSED,
        title: "the change cannot be made",
        text: "The API has no call that makes this change, and replacing would not be sensible. Put \
               the old value back, or make the change by hand and ignore the field.",
    },
    Explanation {
        code: Code::BLOCKED_PROTECTED,
        title: "the resource is protected",
        text: "`plumb.dev/prevent-destroy` was set when it was last applied. The protection \
               outlives the document: apply once without the annotation to lift it.",
    },
    Explanation {
        code: Code::BLOCKED_UNKNOWN,
        title: "the object could not be seen",
        text: "The server did not give a complete answer, and what cannot be seen is not taken for \
               absent. See the reason, and run again.",
    },
    Explanation {
        code: Code::BLOCKED_FINDING,
        title: "the manifest has an error that only the live world shows",
        text: "See the findings: the profile does not allow what is declared.",
    },
    Explanation {
        code: Code::BLOCKED_DEPENDENCY,
        title: "something it needs is blocked",
        text: "Nothing is done until what it requires can be.",
    },
    Explanation {
        code: Code::BLOCKED_CONTRACT,
        title: "the contract has not ended",
        text: "Deleting before the end of the contract term may still be charged. Name the resource \
               with --approve-early-termination to go on.",
    },
    Explanation {
        code: Code::BLOCKED_NO_PROOF,
        title: "ownership is not proven",
        text: "A delete needs two proofs: the stack's mark on the object, and the ledger's record. \
               One of them is missing.",
    },
    Explanation {
        code: Code::BLOCKED_GAP,
        title: "part of the scope could not be seen",
        text: "A delete needs a complete view of the scope it happens in.",
    },
    Explanation {
        code: Code::BLOCKED_STILL_NEEDED,
        title: "something that stays still needs it",
        text: "A resource that is declared or cannot be deleted lives in it or depends on it.",
    },
    Explanation {
        code: Code::BLOCKED_INDETERMINATE,
        title: "an earlier create is not settled",
        text: "An earlier run sent a create whose answer was lost, and looking has not settled it. \
               Wait for it to appear, or settle it with `plumb resolve`.",
    },
    Explanation {
        code: Code::BLOCKED_AMBIGUOUS,
        title: "two live objects could be it",
        text: "Names are not unique there, and more than one candidate was found. Bind one with \
               `plumb.dev/remote-id`.",
    },
    Explanation {
        code: Code::BLOCKED_BUSY,
        title: "the object is being deleted",
        text: "The name is free only when the deletion has ended. Run again then.",
    },
    Explanation {
        code: Code::LIMIT_DELETES,
        title: "more deletes than the limit allows",
        text: "The run would delete more than the stack's limit. If that is meant, name the number \
               with --allow-deletes.",
    },
    Explanation {
        code: Code::LIMIT_EMPTY_WORLD,
        title: "most of what the ledger knows is gone",
        text: "Far fewer of our objects were seen than the ledger has. That is what a key of \
               another organization looks like; rebuilding would pay for everything twice. If it is \
               really gone, say --confirm-loss.",
    },
    Explanation {
        code: Code::NOTE_NOT_DECLARED,
        title: "owned, and no longer declared",
        text: "The document is gone and prune is off, so the resource stays. Use --prune to delete \
               it.",
    },
    Explanation {
        code: Code::NOTE_UNMANAGED,
        title: "live, and managed by nobody",
        text: "An object in a scope of this stack carries no mark.",
    },
    Explanation {
        code: Code::NOTE_PENDING,
        title: "still under way",
        text: "The status shows an operation in progress.",
    },
    Explanation {
        code: Code::NOTE_UNKNOWN_STATUS,
        title: "an unknown status",
        text: "The server answered a status plumb does not know; it is taken as pending, never as \
               success.",
    },
    Explanation {
        code: Code::NOTE_GONE,
        title: "deleted outside",
        text: "The ledger has it, the server does not: somebody deleted it. It is made again while \
               it is declared.",
    },
    Explanation {
        code: Code::NOTE_EXCLUDED,
        title: "left out of this run",
        text: "--target or --exclude left it out.",
    },
    Explanation {
        code: Code::NOTE_REPORTED,
        title: "a difference that is only reported",
        text: "No call changes this field.",
    },
    Explanation {
        code: Code::STALE_PLAN,
        title: "the plan is stale",
        text: "What the plan was made from has changed since: the manifests, the live objects, or \
               the ledger. Plan again and review the new plan.",
    },
    Explanation {
        code: Code::LOCK_HELD,
        title: "another run holds the lock",
        text: "Wait for it with --lock-timeout, or, when that run is surely dead, use `plumb \
               unlock`.",
    },
    Explanation {
        code: Code::KEY_REFUSED,
        title: "the key was refused",
        text: "The server did not accept the API key: it is missing, wrong, expired, or may not do \
               this. Nothing further is sent with it.",
    },
    Explanation {
        code: Code::UNREACHABLE,
        title: "the endpoint cannot be reached",
        text: "No connection could be made, so nothing was sent.",
    },
    Explanation {
        code: Code::NO_CONNECTION,
        title: "no connection is configured",
        text: "Set the endpoint and the key, both, in the environment or in connections.yaml.",
    },
    Explanation {
        code: Code::INDETERMINATE,
        title: "a create could not be settled",
        text: "The answer to a create was lost, and looking did not show whether it was made. plumb \
               does not send it again. The next run looks again; `plumb resolve` settles it by \
               hand.",
    },
    Explanation {
        code: Code::IGNORED_CHANGE,
        title: "the server accepted a change and did not make it",
        text: "After the write the object was read back, and the field still has its old value.",
    },
    Explanation {
        code: Code::LEDGER_DAMAGED,
        title: "the ledger is damaged",
        text: "A record in the middle of the journal cannot be read. Nothing was changed. Restore \
               the file, or move it away: ownership is found again by mark, but removed fields and \
               changed secrets are not noticed once.",
    },
    Explanation {
        code: Code::LEDGER_NEWER,
        title: "the ledger was written by a newer plumb",
        text: "Use that version or a newer one.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_sorted_and_found() {
        for pair in EXPLANATIONS.windows(2) {
            assert!(pair[0].code < pair[1].code, "{} {}", pair[0].code, pair[1].code);
        }
        assert_eq!(Code::find("pl0203").unwrap().code, Code::UNKNOWN_FIELD);
        assert!(Code::find("PL9999").is_none());
    }
}
