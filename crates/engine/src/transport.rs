//! The seam to the network: a request in bytes, an answer in bytes, and exactly what is known when
//! there is none. What a request means, and what to do about an answer, is not decided here.
//!
//! The rest of what carries requests is in the modules of this room: the connection, its session
//! with key, limits and repeats, what an answer came to and what may follow, and reading pages.

pub(crate) mod authorities;
pub mod http;
pub(crate) mod limiter;
pub mod outcome;
pub(crate) mod pages;
pub mod retry;
pub(crate) mod session;
pub(crate) mod ways;

use plumb_kind::Method;
use plumb_model::text::Secret;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// A future on the heap.
pub type BoxFuture<'f, T> = Pin<Box<dyn Future<Output = T> + Send + 'f>>;

/// A header's value. Secret ones never show themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderText {
    /// May be shown.
    Plain(String),
    /// A key, or part of one.
    Secret(Secret),
}

impl HeaderText {
    /// The value as it is sent.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }
}

/// A request, complete but for the origin. Its `Debug` shows no body: there may be secrets in it.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// Path and query, encoded, beginning with a slash.
    pub target: String,
    /// Header names in lower case, with their values.
    pub headers: Vec<(&'static str, HeaderText)>,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
    /// From connecting to the last byte of the answer.
    pub timeout: Duration,
    /// The largest body that is read, in bytes.
    pub answer_bytes: usize,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// An answer, read to its end. Its `Debug` shows no body: there may be secrets in it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, with their values. Values that are not text are left out.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The first header of a name, which is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HttpResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

/// There is no answer. Says exactly what is known about the request.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Not one byte of the request went out: refused, no such host, no TLS.
    #[error("the request could not be sent")]
    NotSent(#[source] BoxError),
    /// The request, or part of it, may have arrived and been acted upon: timeout, reset, end of
    /// file, an answer that is cut or too large.
    #[error("the answer was lost")]
    Lost(#[source] BoxError),
}

/// Any error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl TransportError {
    /// What went wrong with its causes, on one line.
    #[must_use]
    pub fn chain(&self) -> String {
        plumb_model::text::chain(self)
    }
}

/// Sends one request, once, and never by itself a second time.
///
/// # Guarantees an implementation gives
/// - `NotSent` only when it knows that nothing was sent; in doubt `Lost`.
/// - No redirect is followed, nothing is repeated.
/// - The request is not kept and not logged.
pub trait Transport: Send + Sync {
    /// Sends and waits for the whole answer.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>>;
}
