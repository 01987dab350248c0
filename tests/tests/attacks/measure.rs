//! What reading takes: processor time and memory, and an end to waiting for what never ends. What
//! it may take is in `answer`.

use peak_alloc::PeakAlloc;
use rustix::time::{ClockId, clock_gettime};
use std::fmt;
use std::sync::mpsc::channel;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// Counts what is allocated. Growing a block counts as a new one beside the old, which is what the
/// worst allocator does.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Both clock and counter are the process's: each test of it has a turn, whether it measures or not.
static TURN: Mutex<()> = Mutex::new(());

/// What never answers waits for something, such as a pipe nobody writes to.
const PATIENCE: Duration = Duration::from_mins(5);

/// What was used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    /// Processor time of all threads together. Other processes lengthen it little: they take turns,
    /// and only share caches.
    pub(crate) time: Duration,
    /// The most bytes that were allocated at any moment, beside what was before.
    pub(crate) memory: usize,
}

impl Spent {
    /// The least of two measurements: everything else on a machine only makes things slower.
    pub(crate) fn least(self, other: Self) -> Self {
        Self { time: self.time.min(other.time), memory: self.memory.min(other.memory) }
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.1} ms, {} KiB", self.time.as_secs_f64() * 1e3, self.memory / 1024)
    }
}

/// Waits until no other test of this process does anything, and lets none begin. Every test here holds
/// this from its first line to its last: what it does between two measurements would count in another's.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does something and says what it used. Panics when nobody is [`alone`].
pub(crate) fn measured<T>(work: impl FnOnce() -> T) -> (T, Spent) {
    assert!(
        matches!(TURN.try_lock(), Err(TryLockError::WouldBlock)),
        "measured beside other tests"
    );
    MEMORY.reset_peak_usage();
    let (before, began) = (MEMORY.current_usage(), processor());
    let done = work();
    let time = processor().saturating_sub(began);
    (done, Spent { time, memory: MEMORY.peak_usage().saturating_sub(before) })
}

/// Does something in a thread of its own, and fails when it does not end.
pub(crate) fn ended<T: Send + 'static>(what: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = channel();
    let worker = std::thread::spawn(move || sender.send(work()));
    let Ok(done) = receiver.recv_timeout(PATIENCE) else {
        // A panic of the worker ends the waiting too, and has been printed.
        panic!("{what}: no answer, {}", if worker.is_finished() { "a panic" } else { "no end" });
    };
    done
}

/// The processor time of this process.
fn processor() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}
