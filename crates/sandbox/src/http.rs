//! Plain request and response values, and the parsing of paths and queries.
//!
//! No sockets and no HTTP library: the server and the in-process tests both speak these types.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One request as it arrived, with the moment of its arrival.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// Real time since the world began. The world never goes back: an earlier value than the last
    /// one seen counts as the last one seen.
    pub at: Duration,
    /// The method, upper case.
    pub method: String,
    /// The path as sent, percent-encoded, without the query.
    pub path: String,
    /// The query as sent, without the question mark; may be empty.
    pub query: String,
    /// Names and values in order of arrival.
    pub headers: Vec<(String, String)>,
    /// The body; empty when there is none.
    #[serde(with = "body_text")]
    pub body: Vec<u8>,
}

/// One answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Response {
    /// HTTP status code.
    pub status: u16,
    /// Names and values; never `content-length`, which the server adds.
    pub headers: Vec<(String, String)>,
    /// The body; may be empty.
    #[serde(with = "body_text")]
    pub body: Vec<u8>,
    /// How long the server takes for the answer from when the call came, in real time. The effect has
    /// taken place already.
    pub delay: Duration,
}

/// What becomes of a request on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// An ordinary answer.
    Answer(Response),
    /// The connection is closed without an answer.
    Drop,
    /// The head and the first so many bytes of the body, then the connection is closed.
    Truncated(Response, usize),
}

impl Reply {
    /// The answer, when a whole one was given.
    #[must_use]
    pub fn answer(&self) -> Option<&Response> {
        match self {
            Reply::Answer(response) => Some(response),
            Reply::Drop | Reply::Truncated(..) => None,
        }
    }
}

impl Request {
    /// A request for `target` (path and optional query) at the world's beginning.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            ..Request::default()
        }
    }

    /// The same request with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same request with a JSON body and its content type.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = bytes_of(body);
        self.header("content-type", "application/json")
    }

    /// The same request arriving at another moment.
    #[must_use]
    pub fn at(mut self, at: Duration) -> Self {
        self.at = at;
        self
    }

    /// The first header of this name, compared without regard to case.
    #[must_use]
    pub fn header_value(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl Response {
    /// An answer without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Response { status, ..Response::default() }
    }

    /// An answer with a JSON body.
    #[must_use]
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        Response {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: bytes_of(body),
            delay: Duration::ZERO,
        }
    }

    /// The body as JSON; null when it is empty or not JSON.
    #[must_use]
    pub fn body_json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The first header of this name, compared without regard to case.
    #[must_use]
    pub fn header_value(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

fn bytes_of(body: &impl Serialize) -> Vec<u8> {
    // Text keys and finite numbers: nothing in a body can fail.
    serde_json::to_vec(body).unwrap_or_default()
}

/// The decoded segments of a path below its leading slash; a trailing slash yields a last empty
/// segment. `None` when the path is not absolute or does not decode to text.
#[must_use]
pub fn path_segments(path: &str) -> Option<Vec<String>> {
    path.strip_prefix('/')?.split('/').map(decode).collect()
}

/// The decoded names and values of a query; an undecodable pair is left out.
#[must_use]
pub fn query_pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(&name.replace('+', " "))?, decode(&value.replace('+', " "))?))
        })
        .collect()
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// Bodies are stored as text where they are text: logs stay readable.
mod body_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Stored<T, B> {
        Text(T),
        Bytes(B),
    }

    pub(super) fn serialize<S: Serializer>(body: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(body) {
            Ok(text) => Stored::<&str, &[u8]>::Text(text).serialize(serializer),
            Err(_) => Stored::<&str, &[u8]>::Bytes(body).serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(de: D) -> Result<Vec<u8>, D::Error> {
        Ok(match Stored::<String, Vec<u8>>::deserialize(de)? {
            Stored::Text(text) => text.into_bytes(),
            Stored::Bytes(bytes) => bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_decode_segment_by_segment() {
        let segments = path_segments("/a/Power%20reset/b%2Fc/").unwrap();
        assert_eq!(segments, ["a", "Power reset", "b/c", ""]);
        assert_eq!(path_segments("a/b"), None);
        assert_eq!(path_segments("/%ff"), None);
    }

    #[test]
    fn queries_decode_names_and_values() {
        let pairs = query_pairs("a=1&b=x+y&c&d=%3D");
        let pairs: Vec<_> = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(pairs, [("a", "1"), ("b", "x y"), ("c", ""), ("d", "=")]);
    }

    #[test]
    fn bodies_survive_storage_as_text_and_as_bytes() {
        for body in [b"{\"a\":1}".to_vec(), vec![0xff, 0xfe], Vec::new()] {
            let request = Request { body, ..Request::new("POST", "/x?y=1") };
            let stored = serde_json::to_string(&request).unwrap();
            assert_eq!(serde_json::from_str::<Request>(&stored).unwrap(), request);
        }
    }
}
