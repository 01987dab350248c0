//! One connection to one cloud: credentials, limits, time, and the classification of answers.
//! Everything plumb sends goes through here.

use crate::clock::{Clock, Jitter};
use crate::transport::limiter::{Limiter, Place};
use crate::transport::outcome::{self, Answer, Content, Outcome, Rejection, Seen};
use crate::transport::retry::{self, Decision};
use crate::transport::{
    BoxFuture, HeaderText, HttpRequest, HttpResponse, Transport, TransportError,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use plumb_kind::{AnswerClass, Budgets, CollectionId, Effect, Provider, Refusal, Request};
use plumb_model::Body;
use plumb_model::body::{Pool, Unfilled};
use plumb_model::text::{Secret, ServerText};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What RFC 3986 lets stand in a query.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// How much of a body is looked at for words.
const TEXT_BYTES: usize = 4096;

/// Where and with which key a provider is reached; always as a pair, and always the operator's.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The provider's short name.
    pub provider: String,
    /// The endpoint.
    pub endpoint: String,
    /// The key.
    pub key: Secret,
    /// The organization that a partner's key acts inside; its own where none is named.
    pub organization: Option<String>,
    /// The most requests in flight; as many as the provider allows where nothing is said.
    pub in_flight: Option<usize>,
}

/// Why nothing comes of a cloud for a while, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The provider's short name.
    pub provider: &'static str,
    /// Why, in words.
    pub because: ServerText,
    /// How long nothing is sent from now on.
    pub pause: Duration,
    /// How long it is tried for at most from now on; `None` where tries are counted.
    pub patience: Option<Duration>,
}

/// Who wants to know of silences.
pub(crate) type Silences = Arc<dyn Fn(Silence) + Send + Sync>;

/// A silence that goes on is told of again after this long.
const REMINDER: Duration = Duration::from_secs(30);

/// A request that is about to be repeated.
#[derive(Clone, Debug)]
pub(crate) struct Repeat {
    /// Counts from 1; the first repeat is 2. A refusal for too many requests is no try.
    pub(crate) attempt: u32,
    /// The pause before it.
    pub(crate) pause: Duration,
    /// Why.
    pub(crate) because: String,
}

/// Who wants to know about repeats, and may want none.
pub(crate) trait Watcher: Sync {
    /// A request is about to be repeated.
    fn tell(&self, repeat: Repeat);

    /// Ends when nothing is to be repeated any more.
    fn stopping(&self) -> BoxFuture<'_, ()>;
}

/// What it means for the key when a request is refused because of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It is no key.
    Needed,
    /// It may be one all the same, and not be allowed this one thing.
    Aside,
}

/// Nobody: what is read for a bulk look is repeated in silence.
struct Nobody;

impl Watcher for Nobody {
    fn tell(&self, _repeat: Repeat) {}

    fn stopping(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// A session with one provider.
///
/// # Guarantees
/// - At most the provider's number of requests are in flight.
/// - Once the key was refused, nothing further is sent; nor once the server has refused for longer
///   than the patience, or asks for more, because of too many requests.
/// - A request is repeated only where the retry table says `Repeat`.
/// - Keys and bodies are not logged.
pub(crate) struct Session {
    provider: &'static dyn Provider,
    key: Secret,
    /// The header that names the organization a partner's key acts inside, and its id.
    inside: Option<(&'static str, String)>,
    transport: Arc<dyn Transport>,
    budgets: Budgets,
    limiter: Limiter,
    clock: Arc<dyn Clock>,
    jitter: Arc<Jitter>,
    closed: AtomicBool,
    /// What the server said when it refused the key.
    refused: Mutex<Option<ServerText>>,
    answered: AtomicBool,
    /// Whether all tries of a request went by and no connection had ever come about.
    given_up: AtomicBool,
    /// Why the last request that could not be sent was not.
    unsent: Mutex<Option<ServerText>>,
    requests: AtomicU64,
    /// How many items a page of a list has at most, as the server said it last.
    page_sizes: Mutex<BTreeMap<CollectionId, usize>>,
    /// Keeps once what repeats in the objects of a cloud, in whatever answers they come.
    pool: Mutex<Pool>,
    silences: Option<Silences>,
    told: Mutex<Option<Instant>>,
}

/// What all sessions of an engine share.
#[derive(Clone)]
pub(crate) struct Common {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) jitter: Arc<Jitter>,
    /// How long a server may refuse for before it is given up.
    pub(crate) patience: Duration,
    pub(crate) pace: u32,
    pub(crate) silences: Option<Silences>,
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Session")
            .field("provider", &self.provider.name())
            .finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) fn new(
        provider: &'static dyn Provider,
        key: Secret,
        transport: Arc<dyn Transport>,
        common: Common,
    ) -> Self {
        let Common { clock, jitter, patience, pace, silences } = common;
        let budgets = provider.budgets().at_pace(pace);
        Self {
            provider,
            key,
            inside: None,
            transport,
            budgets,
            limiter: Limiter::new(budgets.in_flight, patience),
            clock,
            jitter,
            closed: AtomicBool::new(false),
            refused: Mutex::new(None),
            answered: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            unsent: Mutex::new(None),
            requests: AtomicU64::new(0),
            page_sizes: Mutex::default(),
            pool: Mutex::default(),
            silences,
            told: Mutex::new(None),
        }
    }

    /// The same, acting inside an organization that this header names.
    pub(crate) fn inside(mut self, header: &'static str, organization: String) -> Self {
        self.inside = Some((header, organization));
        self
    }

    /// The same, with no more than so many requests in flight.
    pub(crate) fn at_most(mut self, in_flight: usize) -> Self {
        self.limiter = self.limiter.at_most(in_flight);
        self
    }

    /// The organization it acts inside, where it is not the key's own.
    pub(crate) fn organization(&self) -> Option<&str> {
        self.inside.as_ref().map(|(_, organization)| organization.as_str())
    }

    /// How the session behaves.
    pub(crate) fn budgets(&self) -> &Budgets {
        &self.budgets
    }

    /// Chance, for pauses.
    pub(crate) fn jitter(&self) -> &Jitter {
        &self.jitter
    }

    /// Whether the key was refused.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Whether the server has refused for too long, or asks for too much patience: nothing is sent
    /// any more.
    pub(crate) fn has_given_up(&self) -> bool {
        self.limiter.has_given_up()
    }

    /// Whether the server has ever had too many requests.
    pub(crate) fn was_refused(&self) -> bool {
        self.limiter.was_refused()
    }

    /// How long nothing is sent, since the server had too many requests.
    pub(crate) fn quiet(&self) -> Duration {
        self.limiter.quiet()
    }

    /// What the server said when it refused the key.
    pub(crate) fn refused_because(&self) -> Option<ServerText> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether requests were made and no connection ever came about.
    pub(crate) fn is_unreachable(&self) -> bool {
        self.requests() > 0 && !self.answered.load(Ordering::Relaxed)
    }

    /// Why no connection came about, when none did.
    pub(crate) fn unreachable_because(&self) -> Option<ServerText> {
        let unsent = self.unsent.lock().unwrap_or_else(PoisonError::into_inner);
        unsent.clone().filter(|_| self.is_unreachable())
    }

    /// How many items a page of a list has at most, where the server has said so.
    pub(crate) fn page_size(&self, list: &CollectionId) -> Option<usize> {
        self.page_sizes.lock().unwrap_or_else(PoisonError::into_inner).get(list).copied()
    }

    /// Remembers what the server says of the pages of a list.
    pub(crate) fn remember_page_size(&self, list: &CollectionId, size: usize) {
        let mut sizes = self.page_sizes.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.insert(list.clone(), size);
    }

    /// How many requests went out.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Waits for a place in flight; `None` when nothing may be sent.
    pub(crate) async fn place(&self) -> Option<Place<'_>> {
        self.limiter.enter().await
    }

    /// Sends, and repeats while the table says so, tries are left and nobody asked to stop. A refusal
    /// for too many requests did nothing: it is no try, and repeated while patience lasts.
    pub(crate) async fn call(&self, request: &Request, watcher: &dyn Watcher) -> Answer {
        self.repeated(request, watcher, Standing::Needed).await
    }

    /// The key, to be told apart from others.
    pub(crate) fn key(&self) -> &Secret {
        &self.key
    }

    /// Reads what nothing depends on and a key may not be allowed to read: a refusal is no word on
    /// the key.
    pub(crate) async fn read_aside(&self, request: &Request) -> Answer {
        self.repeated(request, &Nobody, Standing::Aside).await
    }

    async fn repeated(
        &self,
        request: &Request,
        watcher: &dyn Watcher,
        standing: Standing,
    ) -> Answer {
        let mut attempt = 1;
        loop {
            let answer = self.send(self.place().await, request, standing).await;
            if retry::decide(request.effect, &answer.outcome) != Decision::Repeat {
                return answer;
            }
            let Some(pause) = self.pause_after(&answer, &mut attempt) else { return answer };
            watcher.tell(Repeat { attempt, pause, because: answer.why().to_owned() });
            tokio::select! {
                biased;
                () = watcher.stopping() => return answer,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// The pause before a request is repeated; `None` when it is not.
    pub(crate) fn pause_after(&self, answer: &Answer, attempt: &mut u32) -> Option<Duration> {
        let is_throttled = answer.outcome == Outcome::NotApplied(Rejection::Throttled);
        let (pause, patience) = if is_throttled {
            if self.has_given_up() {
                return None;
            }
            (self.quiet(), Some(self.limiter.patience_left()))
        } else {
            if *attempt >= self.tries() {
                self.give_up_if_unreachable();
                return None;
            }
            *attempt += 1;
            (retry::pause(*attempt, answer.retry_after, &self.jitter), None)
        };
        if is_throttled || self.is_unreachable() {
            self.tell_of_silence(answer, pause, patience);
        }
        Some(pause)
    }

    /// Says why nothing comes for a while, once, and now and then again.
    fn tell_of_silence(&self, answer: &Answer, pause: Duration, patience: Option<Duration>) {
        let Some(silences) = &self.silences else { return };
        let now = Instant::now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_some_and(|told| now.duration_since(told) < REMINDER) {
            return;
        }
        *told = Some(now);
        drop(told);
        let (provider, because) = (self.provider.name(), answer.reason());
        silences(Silence { provider, because, pause, patience });
    }

    /// How often a request is sent at most. Where no connection has ever come about in all tries of
    /// one, each further request only looks whether one does now.
    fn tries(&self) -> u32 {
        let in_vain = self.given_up.load(Ordering::Relaxed) && self.is_unreachable();
        if in_vain { 1 } else { self.budgets.tries }
    }

    fn give_up_if_unreachable(&self) {
        if self.is_unreachable() {
            self.given_up.store(true, Ordering::Relaxed);
        }
    }

    /// Reads, without anyone to tell about repeats.
    pub(crate) async fn read(&self, request: &Request) -> Answer {
        self.call(request, &Nobody).await
    }

    /// Sends once, from a place that was waited for.
    pub(crate) async fn once(&self, place: Option<Place<'_>>, request: &Request) -> Answer {
        self.send(place, request, Standing::Needed).await
    }

    async fn send(
        &self,
        place: Option<Place<'_>>,
        request: &Request,
        standing: Standing,
    ) -> Answer {
        let Some(place) = place else { return refuse(request) };
        if self.is_closed() {
            return refuse(request);
        }
        if self.has_given_up() {
            return too_many(request);
        }
        let sent = Instant::now();
        self.requests.fetch_add(1, Ordering::Relaxed);
        let Ok(ready) = self.prepare(request) else { return unfilled(request) };
        let result = tokio::time::timeout(self.budgets.call, self.transport.send(ready)).await;
        let result =
            result.unwrap_or_else(|_| Err(TransportError::Lost("no answer in time".into())));
        let mut place = Some(place);
        let is_shown = result.as_ref().is_ok_and(|it| (200..300).contains(&it.status));
        if request.effect == Effect::Read && is_shown {
            // Whoever waited for the place sends before what is shown is looked into.
            place.take();
            tokio::task::yield_now().await;
        }
        let answer = self.understand(request, result);
        self.learn(&answer, sent, standing);
        drop(place);
        tracing::debug!(
            request = %answer.request,
            milliseconds = u64::try_from(sent.elapsed().as_millis()).unwrap_or(u64::MAX),
            came_to = if matches!(answer.outcome, Outcome::Applied(_)) { "success" } else { answer.why() },
            "sent"
        );
        answer
    }

    fn learn(&self, answer: &Answer, sent: Instant, standing: Standing) {
        if answer.outcome == Outcome::NotApplied(Rejection::NotSent) {
            let mut unsent = self.unsent.lock().unwrap_or_else(PoisonError::into_inner);
            unsent.clone_from(&answer.said);
        } else {
            self.answered.store(true, Ordering::Relaxed);
        }
        match answer.outcome {
            Outcome::NotApplied(Rejection::Throttled) => {
                self.limiter.throttled(sent, answer.retry_after);
            }
            Outcome::NotApplied(Rejection::Refused(Refusal::Key))
                if standing == Standing::Needed =>
            {
                let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
                *refused = refused.take().or_else(|| answer.said.clone());
                self.closed.store(true, Ordering::Relaxed);
            }
            Outcome::Unknown(_) | Outcome::NotApplied(Rejection::NotSent) => {}
            _ => self.limiter.succeeded(sent),
        }
    }

    /// What reads answer is much alike. What a write answers may be a new key, and is kept nowhere.
    fn content(&self, effect: Effect, body: &[u8]) -> Content {
        if effect != Effect::Read {
            return outcome::content(body, Body::parse);
        }
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        outcome::content(body, |json| pool.read(json))
    }

    fn prepare(&self, request: &Request) -> Result<HttpRequest, Unfilled> {
        let mut target = request.path.as_str().to_owned();
        for (position, (name, value)) in request.query.iter().enumerate() {
            target.push(if position == 0 { '?' } else { '&' });
            target.extend(utf8_percent_encode(name, QUERY));
            target.push('=');
            target.extend(utf8_percent_encode(value, QUERY));
        }
        let mut headers = vec![
            ("accept", HeaderText::Plain("application/json".to_owned())),
            (
                "user-agent",
                HeaderText::Plain(concat!("plumb/", env!("CARGO_PKG_VERSION")).to_owned()),
            ),
        ];
        let body = request.body.as_ref().map(Body::to_wire).transpose()?;
        if body.is_some() {
            headers.push(("content-type", HeaderText::Plain("application/json".to_owned())));
        }
        if let Some((name, organization)) = &self.inside {
            headers.push((*name, HeaderText::Plain(organization.clone())));
        }
        let keys = self.provider.headers(request, &self.key);
        headers.extend(keys.into_iter().map(|(name, value)| (name, HeaderText::Secret(value))));
        Ok(HttpRequest {
            method: request.method,
            target,
            headers,
            body,
            timeout: self.budgets.call,
            answer_bytes: self.budgets.answer_bytes,
        })
    }

    fn understand(
        &self,
        request: &Request,
        result: Result<HttpResponse, TransportError>,
    ) -> Answer {
        let response = match result {
            Ok(response) => response,
            Err(error) => {
                return Answer {
                    outcome: outcome::outcome(outcome::seen_error(&error), request.effect),
                    said: Some(ServerText::new(&error.chain())),
                    date: None,
                    retry_after: None,
                    request: request.summary(),
                    bytes: 0,
                };
            }
        };
        let content = self.content(request.effect, &response.body);
        let text = beginning(&response.body);
        let json = match &content {
            Content::Json(value) => Some(value),
            Content::Empty | Content::Unreadable => None,
        };
        let class = self.provider.classify(response.status, json, &text);
        let says_gone =
            request.effect == Effect::Read && self.provider.says_gone(response.status, json, &text);
        let said = said(self.provider, &class, json, &text);
        // A server may quote what it was sent, in its words and in its headers.
        let sent: Vec<&Secret> =
            request.body.iter().flat_map(Body::secrets).chain([&self.key]).collect();
        let veiled = |text: ServerText| text.without(sent.iter().copied());
        let date = outcome::date(&response);
        let asked = response.header("retry-after");
        Answer {
            said: said.map(&veiled),
            retry_after: asked.and_then(|text| {
                retry::retry_after(text, date.unwrap_or_else(|| self.clock.now()))
            }),
            date,
            bytes: response.body.len(),
            request: describe(request, &response, veiled),
            outcome: if says_gone {
                Outcome::SaidGone
            } else {
                outcome::outcome(Seen::Answer(class, content), request.effect)
            },
        }
    }
}

/// The answer to a request that was never ready to be sent: a contradiction in the program.
fn unfilled(request: &Request) -> Answer {
    Answer {
        outcome: Outcome::NotApplied(Rejection::Refused(Refusal::Request)),
        said: Some(ServerText::new(&Unfilled.to_string())),
        ..refuse(request)
    }
}

/// The answer of a session whose key was refused.
fn refuse(request: &Request) -> Answer {
    Answer {
        outcome: Outcome::NotApplied(Rejection::SessionClosed),
        said: None,
        date: None,
        retry_after: None,
        request: request.summary(),
        bytes: 0,
    }
}

/// The answer of a session that has given up.
fn too_many(request: &Request) -> Answer {
    Answer { outcome: Outcome::NotApplied(Rejection::Throttled), ..refuse(request) }
}

fn said(
    provider: &dyn Provider,
    class: &AnswerClass,
    json: Option<&Body>,
    text: &str,
) -> Option<ServerText> {
    if *class == AnswerClass::Success {
        return None;
    }
    Some(provider.explain(json, text)).filter(|said| !said.raw().trim().is_empty())
}

/// The beginning of a body as text, for words in it.
fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(body.get(..TEXT_BYTES).unwrap_or(body)).into_owned()
}

/// The request and what came back, for people and logs. Headers are as little to be trusted as
/// bodies are.
fn describe(
    request: &Request,
    response: &HttpResponse,
    veiled: impl Fn(ServerText) -> ServerText,
) -> String {
    const LONGEST: usize = 128;
    let mut text = format!("{}: {}", request.summary(), response.status);
    if let Some(id) = response.header("x-request-id") {
        let id = veiled(ServerText::new(id)).to_string();
        text.push_str(", request id ");
        text.extend(id.chars().take(LONGEST));
    }
    text
}
