//! The known-bad reconcilers that go wrong on the network: what stands between the engine and the
//! wire does what the engine never would.

use plumb_engine::{
    BoxFuture, Endpoint, HttpRequest, HttpResponse, HttpTransport, Transport, TransportError,
};
use plumb_kind::Method;
use plumb_tests::trial::Seams;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

type Answer = Result<HttpResponse, TransportError>;

/// Sends a write again that a server in trouble may have done.
pub(crate) fn retrying_on_server_errors() -> Seams {
    between(|wire| Arc::new(Retrying(wire)))
}

/// Takes the first list that does not show a create in doubt for proof that nothing was made.
pub(crate) fn looking_once() -> Seams {
    between(|wire| Arc::new(LookingOnce(wire)))
}

/// Takes "it is there already" for success.
pub(crate) fn ignoring_conflicts() -> Seams {
    between(|wire| Arc::new(IgnoringConflicts(wire)))
}

/// Believes a list that changed while its pages were read.
pub(crate) fn blind_to_shifting_pages() -> Seams {
    between(|wire| Arc::new(Blind::new(wire)))
}

/// Takes the list that a refused key gets for an empty one.
pub(crate) fn reading_refusals_as_empty() -> Seams {
    between(|wire| Arc::new(ReadingRefusalsAsEmpty(wire)))
}

/// Writes headers into the log.
pub(crate) fn logging_headers() -> Seams {
    between(|wire| Arc::new(LoggingHeaders(wire)))
}

fn between(transport: fn(Arc<dyn Transport>) -> Arc<dyn Transport>) -> Seams {
    Seams { transport, ..Seams::default() }
}

struct Retrying(Arc<dyn Transport>);

impl Transport for Retrying {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            let answer = self.0.send(request.clone()).await;
            let in_trouble = answer.as_ref().is_ok_and(|answer| answer.status >= 500);
            if in_trouble && request.method != Method::Get {
                return self.0.send(request).await;
            }
            answer
        })
    }
}

struct LookingOnce(Arc<dyn Transport>);

impl Transport for LookingOnce {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            let answer = self.0.send(request.clone()).await;
            let Err(TransportError::Lost(why)) = answer else { return answer };
            let Some(name) = created(&request) else { return Err(TransportError::Lost(why)) };
            let list = HttpRequest { method: Method::Get, target: list(&request), ..request };
            let listed = self.0.send(HttpRequest { body: None, ..list }).await;
            let is_shown = |listed: &HttpResponse| {
                json_of(listed)["results"]
                    .as_array()
                    .is_some_and(|items| items.iter().any(|item| item["name"] == name))
            };
            match listed {
                Ok(listed) if !is_shown(&listed) => Err(TransportError::NotSent(why)),
                _ => Err(TransportError::Lost(why)),
            }
        })
    }
}

/// The name of what a request makes, if it makes something.
fn created(request: &HttpRequest) -> Option<Value> {
    let body: Value = serde_json::from_slice(request.body.as_deref()?).ok()?;
    (request.method == Method::Post).then(|| body.get("name").cloned())?
}

/// Where everything of the sort is listed that a request makes: `/api/v1/bare-metal/`.
fn list(request: &HttpRequest) -> String {
    let family: Vec<&str> = request.target.split('/').take(4).collect();
    format!("{}/?limit=100&offset=0", family.join("/"))
}

struct IgnoringConflicts(Arc<dyn Transport>);

impl Transport for IgnoringConflicts {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            let answer = self.0.send(request).await?;
            let status = if answer.status == 409 { 200 } else { answer.status };
            Ok(HttpResponse { status, ..answer })
        })
    }
}

/// Every page says that it is all there is, so that none contradicts another.
/// Does not notice that pages shift, and while it has written nothing believes a page that it read
/// before.
struct Blind {
    wire: Arc<dyn Transport>,
    /// The pages read so far; `None` once something was written.
    believed: Mutex<Option<BTreeMap<String, HttpResponse>>>,
}

impl Blind {
    fn new(wire: Arc<dyn Transport>) -> Self {
        Self { wire, believed: Mutex::new(Some(BTreeMap::new())) }
    }
}

impl Transport for Blind {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            if request.method != Method::Get {
                *self.believed.lock().unwrap() = None;
                return self.wire.send(request).await;
            }
            let target = request.target.clone();
            let known =
                self.believed.lock().unwrap().as_ref().and_then(|it| it.get(&target).cloned());
            if let Some(known) = known {
                return Ok(known);
            }
            let answer = self.wire.send(request).await?;
            let mut page = json_of(&answer);
            let Some(count) = page["results"].as_array().map(Vec::len) else { return Ok(answer) };
            page["total_result_count"] = json!(count);
            let answer = HttpResponse { body: page.to_string().into_bytes(), ..answer };
            if let Some(believed) = self.believed.lock().unwrap().as_mut() {
                believed.insert(target, answer.clone());
            }
            Ok(answer)
        })
    }
}

struct ReadingRefusalsAsEmpty(Arc<dyn Transport>);

impl Transport for ReadingRefusalsAsEmpty {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            let reads = request.method == Method::Get;
            let answer = self.0.send(request).await?;
            if !reads || answer.status != 401 {
                return Ok(answer);
            }
            let nothing = json!({"results": [], "total_result_count": 0});
            Ok(HttpResponse { status: 200, body: nothing.to_string().into_bytes(), ..answer })
        })
    }
}

struct LoggingHeaders(Arc<dyn Transport>);

impl Transport for LoggingHeaders {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Answer> {
        let texts: Vec<&str> = request.headers.iter().map(|(_, text)| text.expose()).collect();
        tracing::debug!(?texts, "sending");
        self.0.send(request)
    }
}

/// Goes where a server sends it, key and body included.
pub(crate) struct FollowingRedirects(pub(crate) HttpTransport);

impl Transport for FollowingRedirects {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            let answer = self.0.send(request.clone()).await?;
            let Some(place) = answer.header("location").map(str::to_owned) else {
                return Ok(answer);
            };
            let after_host = place.find("://").map_or(0, |at| at + 3);
            let path = after_host + place[after_host..].find('/').unwrap();
            let (origin, target) = place.split_at(path);
            let next = HttpTransport::new(Endpoint::parse(origin).unwrap()).unwrap();
            next.send(HttpRequest { target: target.to_owned(), ..request }).await
        })
    }
}

fn json_of(answer: &HttpResponse) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}
