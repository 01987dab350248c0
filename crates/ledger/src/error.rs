//! What can go wrong with the ledger, each with its stable code and advice.

use crate::holding::Holding;
use plumb_model::{Code, ResourceKey};

/// The ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// No store answers to its address. What follows the scheme may hold a password.
    #[error("a ledger at {scheme:?} is not supported by this build")]
    UnknownScheme {
        /// What stands before the address's first colon.
        scheme: String,
    },
    /// Another run holds the lock.
    #[error("the ledger {place} is locked by {}", held_by(holder.as_deref()))]
    Held {
        /// The folder.
        place: String,
        /// Who holds it, when that could be read.
        holder: Option<Box<Holding>>,
    },
    /// Another run has taken the ledger over: this one showed no sign of life for too long.
    #[error("the ledger {place} was taken over by {}", held_by(by.as_deref()))]
    Evicted {
        /// The store.
        place: String,
        /// Who holds it now, when that could be read.
        by: Option<Box<Holding>>,
    },
    /// The address is none.
    #[error("{address:?} is no address of a ledger: {why}")]
    BadAddress {
        /// The address, without what may be a password.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is something where a ledger was to be copied to.
    #[error("the ledger {place} is not empty")]
    NotEmpty {
        /// The store.
        place: String,
    },
    /// A record that was durable once cannot be read.
    #[error("the ledger file {file} is damaged at byte {offset}: {what}")]
    Damaged {
        /// The file's name in the folder.
        file: String,
        /// Where, in bytes from its beginning.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// It was written in a format this version does not know.
    #[error("the ledger file {file} has format {version}, which this plumb does not know")]
    Newer {
        /// The file's name in the folder.
        file: String,
        /// Its format.
        version: u32,
    },
    /// The folder is another stack's.
    #[error("the ledger {place} belongs to stack {found:?}, not to {wanted:?}")]
    OtherStack {
        /// The folder.
        place: String,
        /// Whose it is.
        found: String,
        /// Who asked.
        wanted: String,
    },
    /// The hash key can be read by others.
    #[error("the hash key {place} can be read by other users")]
    OpenKey {
        /// The key's file.
        place: String,
    },
    /// The hash key is not the one with which the journal was written.
    #[error(
        "the hash key in {place} (id {found}) is not the one with which its journal was written \
         (id {written})"
    )]
    OtherKey {
        /// The folder.
        place: String,
        /// The id of the key of the journal.
        written: String,
        /// The id of the key that is there.
        found: String,
    },
    /// The resource has no create waiting to be settled.
    #[error("{0} has no create that waits to be settled")]
    NothingToResolve(ResourceKey),
    /// An earlier failure left the journal in a state that only reopening it can tell.
    #[error("the journal of {place} failed earlier in this run")]
    Broken {
        /// The folder.
        place: String,
    },
    /// The operating system refused.
    #[error("cannot {doing} {place}")]
    Io {
        /// What was tried: "read", "write".
        doing: &'static str,
        /// The file or folder.
        place: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// The forms of an address.
const ADDRESSES: &str = "name a folder, or s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, \
                         az://CONTAINER/PREFIX, git:origin, git+https://HOST/REPOSITORY, \
                         git+ssh://HOST/REPOSITORY, git+file:///REPOSITORY, the last four with \
                         #refs/… where it is not refs/plumb/ledger";

fn held_by(holder: Option<&Holding>) -> String {
    holder.map_or_else(|| "another run".to_owned(), ToString::to_string)
}

impl LedgerError {
    /// The stable code, where one exists.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Held { .. } => Some(Code::LOCK_HELD),
            Self::Evicted { .. } => Some(Code::LEDGER_EVICTED),
            Self::Damaged { .. } => Some(Code::LEDGER_DAMAGED),
            Self::Newer { .. } => Some(Code::LEDGER_NEWER),
            Self::UnknownScheme { .. } | Self::BadAddress { .. } => Some(Code::BAD_STACK_FILE),
            Self::OtherKey { .. } => Some(Code::LEDGER_OTHER_KEY),
            Self::OtherStack { .. }
            | Self::OpenKey { .. }
            | Self::NothingToResolve(_)
            | Self::NotEmpty { .. }
            | Self::Broken { .. }
            | Self::Io { .. } => None,
        }
    }

    /// What a person can do.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Held { .. } => "wait for it with --lock-timeout; the lock ends with the process \
                                  that holds it, and `plumb unlock` clears what a dead one left"
                .to_owned(),
            Self::Damaged { file, .. } => format!(
                "nothing was changed; restore {file} from a backup, or move the ledger folder away: \
                 ownership is found again by mark, but removed fields and changed secrets are not \
                 noticed once"
            ),
            Self::Evicted { .. } => {
                "nothing further was sent; run again: what this run left open is \
                                     settled by the one that took over, or by the next"
                    .to_owned()
            }
            Self::BadAddress { .. } => ADDRESSES.to_owned(),
            Self::NotEmpty { .. } => {
                "nothing was changed; a ledger is copied to where none is, so \
                                      that none is lost"
                    .to_owned()
            }
            Self::UnknownScheme { scheme } => {
                format!("{ADDRESSES}; a folder that begins with {scheme:?} is written ./{scheme}:")
            }
            Self::Newer { .. } => "use the plumb that wrote it, or a newer one".to_owned(),
            Self::OtherStack { found, .. } => format!(
                "give every stack a ledger folder of its own; if this stack was renamed, rename it \
                 back to {found:?}"
            ),
            Self::OtherKey { place, .. } => format!(
                "nothing was changed; restore {place}/key and the journal from the same moment: with \
                 a key of another one every secret would count as changed. Where the right key is \
                 lost, remove {place}/key: the secrets then count as not recorded"
            ),
            Self::OpenKey { place } => format!("run `chmod 600 {place}`"),
            Self::NothingToResolve(_) => {
                "`plumb plan` lists the creates that are not settled".to_owned()
            }
            Self::Broken { .. } => "mend the disk, then run again: what was recorded is kept, and \
                                    open creates are settled first"
                .to_owned(),
            Self::Io { .. } => "check that the disk has space and that this user may read and \
                                write the ledger folder"
                .to_owned(),
        }
    }

    pub(crate) fn io(
        doing: &'static str,
        place: impl Into<String>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let place = place.into();
        move |source| Self::Io { doing, place, source }
    }
}
