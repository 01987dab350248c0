//! Signals that ask plumb to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// INT, TERM and HUP, listened for since it was made: none that comes between two looks is missed.
#[derive(Debug)]
pub(crate) struct Signals {
    /// None where signals cannot be watched.
    streams: Option<[Signal; 3]>,
}

impl Signals {
    /// Listens from now on.
    pub(crate) fn watch() -> Self {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hangup] = kinds.map(signal);
        let streams = match (interrupt, terminate, hangup) {
            (Ok(interrupt), Ok(terminate), Ok(hangup)) => Some([interrupt, terminate, hangup]),
            _ => None,
        };
        Self { streams }
    }

    /// Waits for the next one. Never ends when signals cannot be watched.
    pub(crate) async fn next(&mut self) {
        let Some([interrupt, terminate, hangup]) = &mut self.streams else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

/// Waits for the first signal from now on.
pub(crate) async fn first() {
    Signals::watch().next().await;
}
