//! The sandbox in process: the engine's transport and clock over one world, without sockets.
//!
//! Time is tokio's: paused in tests, so that it moves only while everybody waits, and the sandbox's
//! virtual clock follows it second for second.

use crate::simulated::{self, Seen as _};
use plumb_engine::{BoxFuture, Clock, HttpRequest, HttpResponse, Transport, TransportError};
use plumb_sandbox::{Reply, Request, Response, World, handle};
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A simulated cloud, shared by whoever looks at it.
#[derive(Clone, Debug)]
pub struct Cloud {
    world: Arc<Mutex<World>>,
    began: Instant,
    /// How long the world was there before it began.
    before: Duration,
}

impl Cloud {
    /// A world of this configuration, which begins now.
    ///
    /// # Errors
    /// When the configuration is none, or something seeded cannot be made.
    pub fn new(config: Value) -> Result<Self, String> {
        simulated::world(config).map(Self::over)
    }

    /// A world that is there already, and goes on from now.
    #[must_use]
    pub fn over(world: World) -> Self {
        Self::after(world, Duration::ZERO)
    }

    /// A world that was watched for so long, and goes on from now.
    #[must_use]
    pub fn after(world: World, before: Duration) -> Self {
        Self { world: Arc::new(Mutex::new(world)), began: Instant::now(), before }
    }

    /// How long the world was watched.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.before + self.began.elapsed()
    }

    /// The keys of all clouds, by provider.
    #[must_use]
    pub fn keys(&self) -> [(&'static str, String); 2] {
        let world = self.world();
        ["rafay", "voltage-park"].map(|cloud| (cloud, world.key(cloud)))
    }

    /// The world, as it is now.
    pub fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.observe(self.age());
        world
    }

    /// Merges a patch over the configuration.
    ///
    /// # Errors
    /// When the result is no configuration.
    pub fn configure(&self, patch: &Value) -> Result<(), String> {
        simulated::configure(&mut self.world(), patch)
    }
}

/// JSON merge patch (RFC 7396).
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        if !patch.is_null() {
            *target = patch.clone();
        }
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, value) in fields {
        if value.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

impl Transport for Cloud {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(async move {
            let limit = request.timeout;
            let exchange = self.exchange(request);
            match tokio::time::timeout(limit, exchange).await {
                Ok(answer) => answer,
                Err(_) => Err(TransportError::Lost("the answer took too long".into())),
            }
        })
    }
}

impl Cloud {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        // A call takes a moment, so that calls at the same time overlap as they do on a network.
        tokio::time::sleep(Duration::from_millis(1)).await;
        let reply = {
            let mut world = self.world();
            let request = arriving(&request, self.age());
            handle(&mut world, &request)
        };
        match reply {
            Reply::Answer(response) => {
                tokio::time::sleep(response.delay).await;
                Ok(answered(response))
            }
            Reply::Drop => Err(TransportError::Lost("the connection was closed".into())),
            Reply::Truncated(..) => Err(TransportError::Lost("the answer broke off".into())),
        }
    }
}

fn arriving(request: &HttpRequest, at: Duration) -> Request {
    let mut arriving = Request::new(&request.method.to_string(), &request.target).at(at);
    for (name, value) in &request.headers {
        arriving = arriving.header(name, value.expose());
    }
    arriving.body = request.body.clone().unwrap_or_default();
    arriving
}

fn answered(response: Response) -> HttpResponse {
    let lower = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
    HttpResponse {
        status: response.status,
        headers: response.headers.into_iter().map(lower).collect(),
        body: response.body,
    }
}

impl Clock for Cloud {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.world().now().as_micros()).unwrap_or_default()
    }
}
