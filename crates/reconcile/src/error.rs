//! What ends a run before its end.

use plumb_engine::{Engine, EngineError};
use plumb_ledger::LedgerError;
use plumb_model::ServerText;

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
    /// A key was refused: nothing that was seen with it can be trusted.
    KeyRefused {
        /// The provider's name.
        provider: &'static str,
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

/// An error when a cloud was never reached.
///
/// # Errors
/// [`RunError::Unreachable`] with the first of them.
pub fn refuse_unreachable<E>(engine: &Engine) -> Result<(), RunError<E>> {
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
        Some(provider) => Err(RunError::KeyRefused { provider }),
        None => Ok(()),
    }
}
