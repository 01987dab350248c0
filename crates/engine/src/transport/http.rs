//! The transport of the product: HTTP/1.1 over TLS through reqwest, to one origin.

use crate::transport::authorities::Authorities;
use crate::transport::{
    BoxError, BoxFuture, HeaderText, HttpRequest, HttpResponse, Transport, TransportError,
};
use plumb_kind::Method;
use reqwest::header::{HeaderName, HeaderValue};
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// To get a connection; a host that does not answer in this time is not there.
const CONNECT: Duration = Duration::from_secs(10);
/// Shorter than the idle time of usual load balancers (60 s), so that a write does not meet a
/// connection that is just being closed.
const IDLE: Duration = Duration::from_secs(20);

/// An origin that requests may be sent to: `https://host[:port]`, or plain `http` on loopback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    origin: String,
    reach: Reach,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Loopback,
    Network,
}

/// The text is not an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEndpoint {
    /// It is no URL.
    #[error("{0:?} is not a URL like https://console.example.ai")]
    Url(String),
    /// Its host is written in letters that names of hosts are not sent in.
    #[error("{0:?} is not ASCII; write the host's name as it is sent, xn--…")]
    Letters(String),
    /// A key would cross the network in the clear.
    #[error("{0:?} is not encrypted; plain http is accepted for loopback only")]
    Plain(String),
    /// It has parts that an origin has not: user, path, query.
    #[error("{0:?} has more than scheme, host and port")]
    More(String),
}

impl Endpoint {
    /// Reads and checks an endpoint.
    ///
    /// # Errors
    /// When it is no URL, not encrypted and not loopback, or more than an origin.
    pub fn parse(text: &str) -> Result<Self, NotAnEndpoint> {
        if !text.is_ascii() {
            return Err(NotAnEndpoint::Letters(shown(text)));
        }
        let url = reqwest::Url::parse(text).map_err(|_| NotAnEndpoint::Url(shown(text)))?;
        let host = url.host_str().ok_or_else(|| NotAnEndpoint::Url(shown(text)))?;
        let user = !url.username().is_empty() || url.password().is_some();
        let reach = if is_loopback(host) { Reach::Loopback } else { Reach::Network };
        match (url.scheme(), reach) {
            ("https", _) | ("http", Reach::Loopback) => {}
            ("http", Reach::Network) => return Err(NotAnEndpoint::Plain(shown(text))),
            _ => return Err(NotAnEndpoint::Url(shown(text))),
        }
        if user || url.query().is_some() || url.fragment().is_some() || url.path() != "/" {
            return Err(NotAnEndpoint::More(shown(text)));
        }
        Ok(Self { origin: url.origin().ascii_serialization(), reach })
    }

    /// The origin, without a closing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.origin
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.origin)
    }
}

/// What stands before an `@` may be a password.
fn shown(text: &str) -> String {
    text.rsplit_once('@').map_or(text, |(_, after)| after).to_owned()
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// No client could be made from this machine's settings.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up an HTTP client")]
pub struct NoClient(#[source] reqwest::Error);

/// Sends to one endpoint.
///
/// # Guarantees
/// Redirects are not followed and nothing is sent twice by the client below; answers are read
/// chunk by chunk up to the request's limit; a key never leaves the endpoint.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    endpoint: Endpoint,
    client: reqwest::Client,
}

impl HttpTransport {
    /// A transport to this endpoint.
    ///
    /// # Errors
    /// When the machine's certificates or settings allow no client.
    pub fn new(endpoint: Endpoint) -> Result<Self, NoClient> {
        Self::trusting(endpoint, &Authorities::default())
    }

    /// A transport to this endpoint that trusts these authorities as well as the system's. It goes
    /// through the proxy that the environment names (`HTTPS_PROXY`, `NO_PROXY`), but never to
    /// loopback.
    ///
    /// # Errors
    /// When the machine's certificates or settings allow no client.
    pub fn trusting(endpoint: Endpoint, authorities: &Authorities) -> Result<Self, NoClient> {
        // A second install is refused and means that one is there already, which is what we want.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .http1_only()
            // A key and a body are for the server they were meant for.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true);
        builder = if endpoint.origin.starts_with("http://") {
            // Nothing is proved by certificates, and reading the system's takes longer than a plan.
            builder.tls_certs_only([])
        } else {
            builder.tls_certs_merge(authorities.certificates().map_err(NoClient)?)
        };
        if endpoint.reach == Reach::Loopback {
            builder = builder.no_proxy();
        } else {
            builder = builder.https_only(true);
        }
        Ok(Self { endpoint, client: builder.build().map_err(NoClient)? })
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let limit = request.answer_bytes;
        let ready = self.prepare(request).map_err(TransportError::NotSent)?;
        let mut response = self.client.execute(ready).await.map_err(classify)?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.into()))
            })
            .collect();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if body.len().saturating_add(chunk.len()) > limit {
                let text = format!("the answer is larger than {limit} bytes");
                return Err(TransportError::Lost(text.into()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse { status, headers, body })
    }

    fn prepare(&self, request: HttpRequest) -> Result<reqwest::Request, BoxError> {
        let url = reqwest::Url::parse(&format!("{}{}", self.endpoint.origin, request.target))?;
        if url.origin().ascii_serialization() != self.endpoint.origin {
            return Err("the path leads to another host".into());
        }
        if target(&url) != request.target {
            return Err("the path would be sent as another one".into());
        }
        let mut ready = reqwest::Request::new(method(request.method), url);
        *ready.timeout_mut() = Some(request.timeout);
        for (name, text) in &request.headers {
            let mut value = HeaderValue::from_str(text.expose())
                .map_err(|_| format!("the value of header {name} is not sendable"))?;
            value.set_sensitive(matches!(text, HeaderText::Secret(_)));
            ready.headers_mut().insert(HeaderName::from_bytes(name.as_bytes())?, value);
        }
        *ready.body_mut() = request.body.map(Into::into);
        Ok(ready)
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// The path and query that would be sent. Whoever reads URLs resolves dots, encoded ones too: a
/// segment of dots would turn an item's path into its collection's.
fn target(url: &reqwest::Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// Only a failure to connect is known to have sent nothing.
fn classify(error: reqwest::Error) -> TransportError {
    if error.is_connect() || error.is_builder() {
        TransportError::NotSent(Box::new(error.without_url()))
    } else {
        lost(error)
    }
}

fn lost(error: reqwest::Error) -> TransportError {
    TransportError::Lost(Box::new(error.without_url()))
}

#[cfg(test)]
mod tests;
