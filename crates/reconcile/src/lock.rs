//! Opening the ledger to write, and waiting for whoever writes it already.

use plumb_ledger::{Holding, Ledger, LedgerError, Store};
use std::time::Duration;
use tokio::time::Instant;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// The ledger, locked for this run. Waits for another's lock as long as allowed, and says so once.
pub(crate) async fn locked(
    store: &Store,
    stack: &str,
    holding: &Holding,
    wait: Duration,
    tell: impl Fn(Option<&Holding>),
) -> Result<Ledger, LedgerError> {
    let began = Instant::now();
    let mut told = false;
    loop {
        match store.open(stack, holding) {
            Err(LedgerError::Held { holder: other, .. }) if began.elapsed() < wait => {
                if !told {
                    tell(other.as_deref());
                    told = true;
                }
                tokio::time::sleep(PAUSE).await;
            }
            opened => return opened,
        }
    }
}
