//! A world that many tasks and threads use: behind a lock, with the real clock and the store.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::dispatch::handle;
use crate::http::{Reply, Request};
use crate::store::{Store, StoreError};
use crate::world::World;

/// A world in use. Clones are the same world.
#[derive(Clone)]
pub struct SharedWorld {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    world: World,
    store: Option<Store>,
    /// When this process took the world over, and the world's real time then.
    started: Instant,
    base: Duration,
}

impl SharedWorld {
    /// A world in memory only.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self::over(world, None)
    }

    /// A world that is saved with every change.
    #[must_use]
    pub fn with_store(world: World, store: Store) -> Self {
        Self::over(world, Some(store))
    }

    /// Handles a request at the time it carries: for tests without a socket and without waiting.
    /// A request whose effect cannot be saved is not answered.
    #[must_use]
    pub fn handle(&self, request: &Request) -> Reply {
        self.lock().handle(request)
    }

    /// Handles a request now, by the clock of the machine.
    #[must_use]
    pub fn handle_now(&self, mut request: Request) -> Reply {
        let mut inner = self.lock();
        request.at = inner.base.saturating_add(inner.started.elapsed());
        inner.handle(&request)
    }

    /// Looks at the world, or changes it; changes are saved.
    pub fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut inner = self.lock();
        let (revision, loads) = (inner.world.revision(), inner.world.loads);
        let result = act(&mut inner.world);
        if (inner.world.revision(), inner.world.loads) != (revision, loads)
            && let Err(problem) = inner.save()
        {
            tracing::error!(%problem, "the sandbox cannot save its world");
        }
        result
    }

    fn over(world: World, store: Option<Store>) -> Self {
        let base = world.clock().real();
        let inner = Inner { world, store, started: Instant::now(), base };
        SharedWorld { inner: Arc::new(Mutex::new(inner)) }
    }

    /// A panic elsewhere leaves a world that is still worth looking at.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn handle(&mut self, request: &Request) -> Reply {
        let (calls, revision) = (self.world.calls(), self.world.revision());
        let reply = handle(&mut self.world, request);
        // A read changes a saved world too, when time has passed a step or a fault rule counts it.
        let changed = request.method != "GET" || self.world.revision() != revision;
        if let Some(store) = self.store.as_mut().filter(|_| changed)
            && let Err(problem) = store.append(&self.world, calls, request)
        {
            tracing::error!(%problem, "the sandbox cannot save a request and drops its answer");
            return Reply::Drop;
        }
        reply
    }

    fn save(&mut self) -> Result<(), StoreError> {
        match &mut self.store {
            Some(store) => store.snapshot(&self.world),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for SharedWorld {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SharedWorld").finish_non_exhaustive()
    }
}
