//! The text of every code.

use crate::codes::Code;
use serde::{Deserialize, Deserializer};

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
    /// The code with this text, in any case.
    #[must_use]
    pub fn find(text: &str) -> Option<&'static Explanation> {
        EXPLANATIONS.iter().find(|known| known.code.as_str().eq_ignore_ascii_case(text))
    }

    /// What the code means.
    #[must_use]
    pub fn explanation(self) -> Option<&'static Explanation> {
        EXPLANATIONS.iter().find(|known| known.code == self)
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
        text: "A file may have 8 MiB, 64 levels of nesting, 100,000 documents, a value for every 5 \
               bytes, and a bounded number of aliases; a document 50,000 values; a key or name \
               1,024 characters. These limits keep a hostile pull request from stopping the run. Split \
               the file, or write the repeated parts out.",
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
               which is shown. It is kept from networks: build what has remote bases beforehand, \
               and name the result.",
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
        code: Code::UNMANAGEABLE_KIND,
        title: "a kind that nobody can manage from outside",
        text: "The cloud has such things, and no public path by which they are made, read or deleted; its \
               console is the only way. The document would never do anything, so it is refused. Remove it; \
               the message says what is known.",
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
               other. Set it where plumb runs. Whatever writes needs all of them; plan and drift \
               only those of what has to be made or changed; validate and graph none.",
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
        code: Code::NOT_IN_STOCK,
        title: "there is not enough free stock",
        text: "The cloud has fewer free machines or GPUs than all that is to be made needs. Declare \
               less, choose another location, network or size, or try again later.",
    },
    Explanation {
        code: Code::CLOUD_INIT_REFUSED,
        title: "the server does not take the cloud-init",
        text: "The server checked the cloud-init before anything is rented, and found a mistake in \
               it. Its words are in the message.",
    },
    Explanation {
        code: Code::POWER_COST,
        title: "what the declared power costs or risks",
        text: "A stopped machine keeps its resources and is billed like a running one. A \
               disassociated one is billed for its disk alone, and can be started again only while \
               there is free stock.",
    },
    Explanation {
        code: Code::NEGATIVE_PRICE,
        title: "a price is negative",
        text: "The cloud, or the stack's price book, names a price below nothing. No sum with it means \
               anything, so nothing is made or changed at that price until it is put right.",
    },
    Explanation {
        code: Code::BLOCKED_NOT_OURS,
        title: "the object exists and is not ours",
        text: "A live object has this name, carries no mark of this stack, and differs from what is \
               declared. plumb does not touch it until the manifest says `plumb.dev/adopt: \
               \"true\"`. Where names prove nothing, an object with this stack's mark that is not \
               the one on record counts as such too: marks can be copied.",
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
               One of them is missing. What carries the mark and is declared is taken on record by \
               the next apply.",
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
        text: "Names are not unique there, more than one candidate was found, and nothing on \
               record says which one is meant. They are listed with their ids. Bind one with \
               `plumb.dev/remote-id`; while a create is open, settle it with `plumb resolve \
               ADDRESS --adopt ID`.",
    },
    Explanation {
        code: Code::BLOCKED_BUSY,
        title: "the object is being deleted",
        text: "The name is free only when the deletion has ended. Run again then.",
    },
    Explanation {
        code: Code::BLOCKED_DUPLICATE,
        title: "a second object carries its mark",
        text: "A create happened twice, or somebody copied the tags, and both are paid for. The one \
               on record is kept, and nothing is changed about it until there is one. plumb never \
               deletes the other: look which of them is in use, and delete the other by hand.",
    },
    Explanation {
        code: Code::BLOCKED_BILL,
        title: "the bill may speak of what is about to be rented",
        text: "The account is billed for more than everything that is listed costs, and by enough \
               to be what is about to be rented: it may run already. Look into the console. If \
               it is there, and not listed yet, run again later; if the amount is something \
               else, accept it in plumb.yaml as limits.unexplainedHourly.",
    },
    Explanation {
        code: Code::BLOCKED_WINDOW,
        title: "it waits for a maintenance window",
        text: "What is to be done disturbs something that is there, and spec.windows in plumb.yaml allows \
               that only at other times. Everything else is done; run again when the window is open, \
               which stands with the message. A run that leaves nothing else undone ends well.",
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
        code: Code::LIMIT_MONEY,
        title: "the plan costs more than the limit allows",
        text: "The run would raise the bill by more dollars an hour than the stack's limit. If that is \
               meant, name the amount with --allow-hourly.",
    },
    Explanation {
        code: Code::LIMIT_UNPRICED,
        title: "nobody knows the price, and there is a limit on money",
        text: "Neither the cloud nor the stack says what something costs, so that it could be any \
               amount; the message says why. Say the price in plumb.yaml under spec.prices, or name \
               what is meant at any price with --allow-unpriced.",
    },
    Explanation {
        code: Code::LIMIT_RAIL,
        title: "the planned world leaves a guard rail",
        text: "What the stack would be after the run, with all that stays as it is, is not as spec.rails in \
               plumb.yaml says. The message names the rail, the resources and the figure. Change what is \
               declared, or the rail, in a reviewed change; no option of a run passes it.",
    },
    Explanation {
        code: Code::LIMIT_POLICY,
        title: "the planned world breaks a policy",
        text: "What the stack would be after the run, with all that stays as it is, is not as an expression of \
               spec.policies in plumb.yaml asks, or nobody can say whether it is. The message names the \
               policy, the resources and what was found. Change what is declared, or the policy, in a \
               reviewed change; no option of a run passes it. plumb policy test tries policies on cases.",
    },
    Explanation {
        code: Code::VERSION_UNCHANGED,
        title: "a changed spec with an old version",
        text: "Objects of this kind have versions, and what a version says stays as it is: others may use \
               it. The manifest differs from the live object in something and names the same version. Give \
               spec.version a new value; the old version stays for those who use it.",
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
        text: "--target or --exclude left it out, or only some of the manifests were read.",
    },
    Explanation {
        code: Code::NOTE_REPORTED,
        title: "a difference that is only reported",
        text: "No call changes this field.",
    },
    Explanation {
        code: Code::NOTE_UNREAD,
        title: "not all could be read",
        text: "A list did not answer, or a resource that is not declared any more could not be seen. \
               What is said about the rest is true; about this nothing is known.",
    },
    Explanation {
        code: Code::NOTE_RENAMED,
        title: "it may only have another name",
        text: "Something is to be made, and something of the same kind that says the same is owned \
               and no longer declared. Where the document was only given another name, set \
               `plumb.dev/moved-from` to the old one: it is renamed, and nothing is made or deleted.",
    },
    Explanation {
        code: Code::NOTE_NOT_SET,
        title: "a value was not compared",
        text: "An environment variable that a manifest takes a value from is not set where plumb \
               runs. Planning needs no secrets: what the variable would give is left out of the \
               comparison, and only what has to be sent needs it.",
    },
    Explanation {
        code: Code::NOTE_CONTRACT_ENDS,
        title: "a contract ends soon",
        text: "It ends within 30 days, 7 days or a day. What happens then (another term, another price, \
               the end of the machine) is in the contract. Until it ends, deleting costs what is \
               left of it; afterwards nothing is held up for its sake.",
    },
    Explanation {
        code: Code::NOTE_KEY_ENDS,
        title: "an API key ends soon",
        text: "The key of a connection is not accepted any more in 30 days, 7 days or a day. Make a new \
               one at the cloud and put it where this one is configured; `plumb doctor` shows where \
               that is.",
    },
    Explanation {
        code: Code::NOTE_SCHEDULED,
        title: "a schedule switches it",
        text: "spec.schedules in plumb.yaml says when machines run; in between they are off. What is \
               declared off stays off at all times. A machine whose resources are given back while it is \
               off may find none when it is to start again.",
    },
    Explanation {
        code: Code::NOTE_ENDED,
        title: "its time is over",
        text: "plumb.dev/time-to-live or plumb.dev/expires in its manifest says when it is deleted, and \
               that is past. It is not made again while the manifest says so: set a later time, or take \
               the document out. To have it made anew with the same time to live, take the document out, \
               apply, and put it back.",
    },
    Explanation {
        code: Code::NOTE_OTHERS,
        title: "others gave it more than is declared",
        text: "Somebody has a role, or is in a group, that no document here gives: by hand, by another \
               stack, or by the cloud itself. It stays; plumb takes away only what a document gave. \
               Declare it to have it kept in step, or take it away by hand.",
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
    Explanation {
        code: Code::TOO_MANY_REQUESTS,
        title: "a cloud takes no more requests",
        text: "The server has answered with 429 for longer than --patience, or asked for a longer \
               pause than that. A refused request did nothing; what was done before is recorded. Run \
               it again later, or with more patience.",
    },
    Explanation {
        code: Code::ANOTHER_ACCOUNT,
        title: "the key is another account's",
        text: "The first apply writes down in which account at each provider everything is made: \
               the organization that the key belongs to. This key belongs to another one, in which \
               nothing of this stack is, so that everything would look gone, be rented again and \
               be forgotten. Nothing was planned or sent. Connect with a key of the account on \
               record. To have the same in both accounts, give each a ledger of its own \
               (--ledger, or ledger in plumb.yaml).",
    },
    Explanation {
        code: Code::LEDGER_OTHER_KEY,
        title: "the ledger's key and journal are of two moments",
        text: "The ledger keeps hashes of secrets, made with the key beside its journal. This key is \
               not the one with which the journal was written, so that every secret would count as \
               changed, and machines with a password that is fixed at creation would be replaced. \
               Nothing was changed. Restore key and journal from the same backup. Where the right \
               key is lost, remove the file key: the secrets then count as not recorded, and not \
               as changed.",
    },
    Explanation {
        code: Code::UNNAMED_STACK,
        title: "the stack has no name",
        text: "A stack's name marks what it owns. A folder without a plumb.yaml that names the stack \
               goes by the folder's name, which folders of other repositories have too: each would \
               take the other's machines for its own, and prune them. It can be planned and looked \
               at for drift. To write, run `plumb init`, which writes plumb.yaml with a name and an \
               id, or say --stack NAME. What was made under the folder's name stays the stack's \
               when it is given that name.",
    },
    Explanation {
        code: Code::LEDGER_BEHIND,
        title: "the ledger is older than what it wrote",
        text: "Something carries the mark of a later run of this stack than the ledger knows of: a \
               backup or a CI's cache brought an older ledger back, or two places keep one each. \
               Nothing was changed: what it does not know of could be made again, and what changed \
               since be changed back. Restore the newest ledger. Where it is lost for good, move this \
               one away: what carries the stack's mark is then taken on record again by the next \
               apply. Only stacks with an id in plumb.yaml leave the number of the run in marks.",
    },
    Explanation {
        code: Code::LEDGER_EVICTED,
        title: "another run took the ledger over",
        text: "A run that holds a shared ledger shows signs of life there. This one showed none for \
               longer than it had promised: its machine stood still, or could not reach the store. Another \
               run was waiting and took over, and is named. What this run had in flight then is in the \
               ledger as not settled, and the run that took over settles it; this one sent nothing \
               further, and exits with 5. Run it again: it waits for the other one \
               (--lock-timeout), looks again, and does what is left.",
    },
    Explanation {
        code: Code::ACTION_FAILED,
        title: "an action failed",
        text: "The server refused it, or what was made did not become ready. What was done before is \
               recorded and not done twice: mend the cause, which stands with the action, and run \
               again.",
    },
    Explanation {
        code: Code::ACTION_MOVED,
        title: "the object changed between plan and action",
        text: "Every object is read again right before it is changed. This one was no longer what \
               the plan was made from, so it was left alone. Run again for a new plan.",
    },
    Explanation {
        code: Code::ACTION_PENDING,
        title: "an action is still under way",
        text: "It was sent and accepted, and waiting for it ended first. Run again to go on waiting; \
               plumb.dev/timeout says how long.",
    },
    Explanation {
        code: Code::ACTION_INTERRUPTED,
        title: "an action was interrupted",
        text: "Somebody ended the run. What was sent is recorded; run again to go on.",
    },
    Explanation {
        code: Code::INTERNAL,
        title: "plumb contradicts itself",
        text: "Something that cannot be is, which is a mistake in plumb and not in what you wrote. \
               What it is about was left alone from there on; what was sent before is in the \
               ledger, and the next run takes it up. Report it with the history of the run.",
    },
    Explanation {
        code: Code::UNUSABLE_KIND,
        title: "a kind is built wrong",
        text: "What a kind of this build says of itself cannot be right: a rule for a field that \
               is not there, rules that contradict each other, or a schema with a word that is \
               not understood. Nothing was read or sent. No manifest can cause or mend it: use \
               another build, and report it.",
    },
];
