//! How a run is told to stop: once to finish what is in flight, twice to leave at once.

use tokio::sync::watch;

/// How urgently a run is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Go on.
    None,
    /// Start nothing new, finish and record what is in flight, end waits.
    Graceful,
    /// Leave at once; as safe as being killed.
    Immediate,
}

/// Asks a run to stop.
#[derive(Debug)]
pub struct Interrupter(watch::Sender<Urgency>);

impl Interrupter {
    /// Asks once more: the first call asks for a graceful end, every further one to leave at once.
    pub fn interrupt(&self) {
        self.0.send_modify(|urgency| {
            *urgency = match urgency {
                Urgency::None => Urgency::Graceful,
                Urgency::Graceful | Urgency::Immediate => Urgency::Immediate,
            };
        });
    }
}

/// What a run watches.
#[derive(Clone, Debug)]
pub struct Interrupt(Option<watch::Receiver<Urgency>>);

/// A pair: one asks, the other is watched.
#[must_use]
pub fn interrupt() -> (Interrupter, Interrupt) {
    let (sender, receiver) = watch::channel(Urgency::None);
    (Interrupter(sender), Interrupt(Some(receiver)))
}

impl Interrupt {
    /// One that never asks.
    #[must_use]
    pub fn never() -> Self {
        Self(None)
    }

    /// What is asked for now.
    #[must_use]
    pub fn urgency(&self) -> Urgency {
        self.0.as_ref().map_or(Urgency::None, |receiver| *receiver.borrow())
    }

    /// Ends when at least this is asked for; never, if it never is.
    pub async fn reached(&self, wanted: Urgency) {
        if let Some(receiver) = &self.0 {
            let mut receiver = receiver.clone();
            // An error means that nobody is left to ask.
            if receiver.wait_for(|urgency| *urgency >= wanted).await.is_ok() {
                return;
            }
        }
        std::future::pending::<()>().await;
    }
}
