//! What ends a run before its end.

use plumb_engine::{Engine, EngineError};
use plumb_ledger::LedgerError;
use plumb_model::{Account, ServerText};

/// Why a run could not go on. What was sent until then is in the ledger.
#[derive(Debug)]
pub enum RunError<E> {
    /// No connection to a cloud came about: nothing was seen of it and nothing sent to it.
    Unreachable {
        /// The provider's name.
        provider: &'static str,
        /// Why, where it is known.
        because: Option<ServerText>,
    },
    /// A cloud has refused for longer than the patience, or asks for more, because of too many
    /// requests: not all of it was seen, and nothing is sent to it any more.
    GivenUp {
        /// The provider's name.
        provider: &'static str,
    },
    /// A key was refused: nothing that was seen with it can be trusted.
    KeyRefused {
        /// The provider's name.
        provider: &'static str,
        /// What the server said, where it said something.
        because: Option<ServerText>,
    },
    /// A key is another account's than the one that everything of ours is in: nothing that is seen
    /// with it says anything about what is ours.
    AnotherAccount {
        /// The provider's name.
        provider: &'static str,
        /// Whose the key is.
        found: Box<Account>,
        /// The account on record.
        recorded: Box<Account>,
    },
    /// The ledger cannot be opened or read, or another run holds it.
    Ledger(LedgerError),
    /// The engine had to stop.
    Engine(EngineError),
    /// A hook said so.
    Hook(E),
}

impl<E> From<LedgerError> for RunError<E> {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl<E> From<EngineError> for RunError<E> {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

/// An error when a cloud was never reached, or was given up.
///
/// # Errors
/// [`RunError::Unreachable`] or [`RunError::GivenUp`] with the first of them.
pub fn refuse_unreachable<E>(engine: &Engine) -> Result<(), RunError<E>> {
    if let Some(provider) = engine.refusing().first() {
        return Err(RunError::GivenUp { provider });
    }
    let Some(provider) = engine.unreachable().first().copied() else { return Ok(()) };
    let because = engine.unreachable_because(provider);
    Err(RunError::Unreachable { provider, because })
}

/// An error when a key was refused.
///
/// # Errors
/// [`RunError::KeyRefused`] with the first of them.
pub fn refuse_closed_keys<E>(engine: &Engine) -> Result<(), RunError<E>> {
    match engine.refused_keys().first() {
        Some(provider) => {
            let because = engine.refused_because(provider);
            Err(RunError::KeyRefused { provider, because })
        }
        None => Ok(()),
    }
}
