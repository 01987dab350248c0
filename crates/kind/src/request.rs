//! Requests as values: built by functions that cannot fail on the network, sent in one place.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use plumb_model::Body;
use std::fmt;

/// What RFC 3986 does not allow to stand as it is in a path segment, and the slash.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The HTTP methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        })
    }
}

/// What a request does to the world, which decides what may follow a lost answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Nothing. May always be repeated.
    Read,
    /// Makes something. Never repeated without looking.
    Create,
    /// Replaces what is there with a complete new value: after looking, may be repeated.
    Upsert,
    /// Starts a deployment. After looking at the status, may be repeated.
    Publish,
    /// Switches power or runs a verb. After looking at the status, may be repeated where the
    /// verb only sets a state.
    Act,
    /// Adds to or takes from a set, idempotently, without a way to read it back: may be repeated.
    Assign,
    /// Deletes. After looking, may be repeated.
    Delete,
}

/// A path, each segment encoded on its own, so that no name can leave its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestPath(String);

impl RequestPath {
    /// A path of these segments, each percent-encoded.
    #[must_use]
    pub fn of<'s>(segments: impl IntoIterator<Item = &'s str>) -> Self {
        segments.into_iter().fold(Self(String::new()), Self::then)
    }

    /// This path and one more segment. A segment of dots alone is encoded too, so that no name
    /// climbs.
    #[must_use]
    pub fn then(mut self, segment: &str) -> Self {
        self.0.push('/');
        if !segment.is_empty() && segment.bytes().all(|byte| byte == b'.') {
            self.0.push_str(&segment.replace('.', "%2E"));
        } else {
            self.0.extend(utf8_percent_encode(segment, SEGMENT));
        }
        self
    }

    /// This path and a closing slash, which `auth/v1` requires.
    #[must_use]
    pub fn slash(mut self) -> Self {
        self.0.push('/');
        self
    }

    /// The encoded text, beginning with a slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One request, complete but for origin and credentials. Its `Debug` shows no body: what came from
/// a server may hold secrets that no rule names.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: RequestPath,
    /// The query, in order, not yet encoded.
    pub query: Vec<(String, String)>,
    /// The JSON body, if there is one.
    pub body: Option<Body>,
    /// What it does to the world.
    pub effect: Effect,
}

impl Request {
    /// A read.
    #[must_use]
    pub fn get(path: RequestPath) -> Self {
        Self { method: Method::Get, path, query: Vec::new(), body: None, effect: Effect::Read }
    }

    /// A request with an effect.
    #[must_use]
    pub fn write(method: Method, path: RequestPath, effect: Effect) -> Self {
        Self { method, path, query: Vec::new(), body: None, effect }
    }

    /// With one more query parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(mut self, body: Body) -> Self {
        self.body = Some(body);
        self
    }

    /// Method and path, for messages.
    #[must_use]
    pub fn summary(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, query, body, effect } = self;
        let body = body.as_ref().map(|_| "…");
        write!(formatter, "{method} {path} {query:?} {body:?} {effect:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_model::body;

    #[test]
    fn segments_are_encoded_on_their_own() {
        let path = RequestPath::of(["auth", "v1"]).then("Power reset").then("a/b").then("..");
        assert_eq!(path.as_str(), "/auth/v1/Power%20reset/a%2Fb/%2E%2E");
        assert_eq!(RequestPath::of(["auth"]).slash().as_str(), "/auth/");
    }

    #[test]
    fn a_body_does_not_show_itself() {
        let request = Request::get(RequestPath::of(["x"])).json(body!({"p": "hunter2"}));
        assert!(!format!("{request:?}").contains("hunter2"));
    }
}
