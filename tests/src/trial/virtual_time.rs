//! Virtual time: it moves only while everybody waits, and begins at a whole millisecond, so that
//! the same seed gives the same moments.

use std::future::Future;
use std::time::Duration;

/// Carries a trial out in virtual time, in one thread.
///
/// # Errors
/// When the machine gives no runtime.
pub fn in_virtual_time<T>(trial: impl Future<Output = T>) -> Result<T, String> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let built = builder.enable_time().start_paused(true).build();
    let runtime = built.map_err(|error| error.to_string())?;
    Ok(runtime.block_on(async {
        // Timers end at whole milliseconds of the runtime, and time stands where the last one ended.
        tokio::time::sleep(Duration::from_millis(1)).await;
        trial.await
    }))
}
