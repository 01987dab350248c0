//! Signals that ask plumb to stop.

use tokio::signal::unix::{SignalKind, signal};

/// Waits for the next INT, TERM or HUP. Never ends when signals cannot be watched.
pub(crate) async fn first() {
    let watched = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    );
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = watched else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}
