//! A cloud in memory behind the transport seam: folders that hold things, a clock, and faults.

pub(crate) mod kinds;
pub(crate) mod world;

use plumb_engine::{BoxFuture, HttpRequest, HttpResponse, Transport, TransportError};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use world::World;

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is sent.
    NotSent,
    /// The request is lost on its way.
    LostBefore,
    /// It is done, and the answer is lost.
    LostAfter,
    /// It is done this many requests later, and the answer is lost.
    Late(usize),
    /// The server fails before doing anything.
    TroubleBefore,
    /// The server fails after doing it.
    TroubleAfter,
    /// The answer is cut.
    Truncated,
    /// Too many requests; try again in so many seconds.
    Throttled(u64),
    /// No answer in time.
    Silent,
    /// A 404, whatever is there.
    NotFound,
    /// A 409, whatever is there.
    Conflict,
    /// The key is refused.
    KeyRefused,
}

/// Which request a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Strike {
    /// The one with this number, from 0.
    Call(usize),
    /// The next `count` whose method and target begin so.
    Next { beginning: String, count: usize },
}

/// One request as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Logged {
    pub(crate) text: String,
    pub(crate) at: Duration,
    /// How many answers were looked into before.
    pub(crate) looked_into: usize,
}

/// The cloud.
#[derive(Clone)]
pub(crate) struct Cloud(Arc<Mutex<State>>);

pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) faults: Vec<(Strike, Fault)>,
    pub(crate) log: Vec<Logged>,
    pub(crate) fired: usize,
    /// The keys that requests carried.
    pub(crate) keys: Vec<String>,
    pub(crate) latency: Duration,
    pub(crate) in_flight: usize,
    pub(crate) most_in_flight: usize,
    late: Vec<(usize, HttpRequest)>,
}

impl Cloud {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            world: World::new(),
            faults: Vec::new(),
            log: Vec::new(),
            fired: 0,
            keys: Vec::new(),
            latency: Duration::from_millis(50),
            in_flight: 0,
            most_in_flight: 0,
            late: Vec::new(),
        })))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn fault(&self, strike: Strike, fault: Fault) {
        self.state().faults.push((strike, fault));
    }

    pub(crate) fn fault_next(&self, beginning: &str, count: usize, fault: Fault) {
        self.fault(Strike::Next { beginning: beginning.to_owned(), count }, fault);
    }

    /// No further faults.
    pub(crate) fn mend(&self) {
        self.state().faults.clear();
    }

    /// How long ago a moment of the world's clock was.
    pub(crate) fn since(&self, moment: Duration) -> Duration {
        self.state().world.now().saturating_sub(moment)
    }

    /// The requests that begin so.
    pub(crate) fn sent(&self, beginning: &str) -> usize {
        self.state().log.iter().filter(|logged| logged.text.starts_with(beginning)).count()
    }

    async fn serve(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let (fault, latency) = self.state().receive(&request);
        if fault == Some(Fault::NotSent) {
            self.state().in_flight -= 1;
            return Err(TransportError::NotSent("connection refused".into()));
        }
        tokio::time::sleep(latency).await;
        if fault == Some(Fault::Silent) {
            self.state().in_flight -= 1;
            std::future::pending::<()>().await;
        }
        let mut state = self.state();
        state.in_flight -= 1;
        state.answer(request, fault)
    }
}

impl State {
    fn receive(&mut self, request: &HttpRequest) -> (Option<Fault>, Duration) {
        let call = self.log.len();
        let text = format!("{} {}", request.method, request.target);
        let fault = self.strike(call, &text);
        self.fired += usize::from(fault.is_some());
        let (at, looked_into) = (self.world.now(), kinds::looked_into());
        self.log.push(Logged { text, at, looked_into });
        self.keys.extend(kinds::key_of(request).map(str::to_owned));
        self.in_flight += 1;
        self.most_in_flight = self.most_in_flight.max(self.in_flight);
        for (due, late) in std::mem::take(&mut self.late) {
            if due <= call {
                self.world.handle(&late);
            } else {
                self.late.push((due, late));
            }
        }
        if let Some(Fault::Late(after)) = fault {
            self.late.push((call + after, request.clone()));
        }
        (fault, self.latency)
    }

    fn strike(&mut self, call: usize, text: &str) -> Option<Fault> {
        for (strike, fault) in &mut self.faults {
            match strike {
                Strike::Call(number) if *number == call => return Some(*fault),
                Strike::Next { beginning, count }
                    if *count > 0 && text.starts_with(&*beginning) =>
                {
                    *count -= 1;
                    return Some(*fault);
                }
                Strike::Call(_) | Strike::Next { .. } => {}
            }
        }
        None
    }

    fn answer(
        &mut self,
        request: HttpRequest,
        fault: Option<Fault>,
    ) -> Result<HttpResponse, TransportError> {
        let lost = || Err(TransportError::Lost("connection reset".into()));
        let date = self.world.date();
        let plain = |status, body: &str| {
            let headers = vec![("date".to_owned(), date.clone())];
            Ok(HttpResponse { status, headers, body: body.as_bytes().to_vec() })
        };
        match fault {
            None => {
                let (status, body) = self.world.handle(&request);
                plain(status, &body)
            }
            Some(Fault::LostAfter) => {
                self.world.handle(&request);
                lost()
            }
            Some(Fault::TroubleAfter) => {
                self.world.handle(&request);
                plain(502, "<html>bad gateway</html>")
            }
            Some(Fault::Truncated) => {
                let (status, mut body) = self.world.handle(&request);
                body.truncate(body.len() / 2);
                plain(status, &body)
            }
            Some(Fault::TroubleBefore) => plain(500, "{\"error\": \"internal\"}"),
            Some(Fault::NotFound) => plain(404, "{}"),
            Some(Fault::Conflict) => plain(409, "{\"error\": \"no capacity\"}"),
            Some(Fault::KeyRefused) => plain(401, "{\"error\": \"expired\"}"),
            Some(Fault::Throttled(seconds)) => Ok(HttpResponse {
                status: 429,
                headers: vec![("retry-after".to_owned(), seconds.to_string())],
                body: Vec::new(),
            }),
            Some(Fault::LostBefore | Fault::Late(_) | Fault::NotSent | Fault::Silent) => lost(),
        }
    }
}

impl Transport for Cloud {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(self.serve(request))
    }
}
