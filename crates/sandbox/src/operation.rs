//! The route table's row: one operation of one cloud, from which the router dispatches, the
//! OpenAPI document is built and the coverage table is counted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::{Request, Response};
use crate::world::World;

/// Which cloud a path belongs to. Their paths do not meet, so one origin serves all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// The Rafay platform.
    Rafay,
    /// Voltage Park's On-Demand API.
    VoltagePark,
}

/// An HTTP method the clouds use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, changes and acts.
    Post,
    /// Changes.
    Put,
    /// Changes a part.
    Patch,
    /// Deletes.
    Delete,
}

/// The values a query parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryKind {
    /// A whole number not below the bound.
    Integer(u64),
    /// A whole number within these bounds.
    Between(i64, i64),
    /// A whole number from 1 to 100, or `all`.
    LimitOrAll,
    /// Any whole number.
    Whole,
    /// A day, `2026-01-31`.
    Date,
    /// Any of these texts, the parameter repeated.
    AnyOf(&'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// Free text.
    Text,
    /// One of these texts.
    OneOf(&'static [&'static str]),
}

/// A query parameter an operation reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryParameter {
    /// The name, case-sensitive.
    pub name: &'static str,
    /// What it takes.
    pub kind: QueryKind,
}

/// What a call must carry to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// An API key in one of two headers of its own.
    ApiKey,
    /// A bearer token.
    Bearer,
    /// The token, bare in `x-api-token` or as a bearer.
    TokenOrBearer,
    /// Nothing; a bearer token where the knobs are those of 2025.
    OpenLately,
    /// Nothing.
    Open,
}

/// Whether an operation changes anything; a read-only key may call the readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Changes nothing.
    Read,
    /// Changes something.
    Write,
}

/// One row of a cloud's route table.
#[derive(Clone, Copy)]
pub struct Operation {
    /// Stable and unique, e.g. `rafay.workspaces.upsert`.
    pub id: &'static str,
    /// The cloud it belongs to.
    pub cloud: Cloud,
    /// The method.
    pub method: Method,
    /// The path with `{parameters}`; a trailing slash counts.
    pub path: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// Whether it changes anything.
    pub access: Access,
    /// What a caller must show.
    pub security: Security,
    /// The query parameters it reads; others are ignored (R-12, V-01).
    pub query: &'static [QueryParameter],
    /// The JSON Schema of the request's body, where it has one.
    pub request: Option<fn() -> Value>,
    /// The JSON Schema of what it answers when it succeeds, where that has a body.
    pub answer: Option<fn() -> Value>,
    /// Every status code it answers in the absence of faults, with its meaning.
    pub responses: &'static [(u16, &'static str)],
    /// The rows of the contract's coverage checklist this operation serves, e.g. `RAFAY-01` or
    /// `VP-01`.
    pub coverage: &'static [&'static str],
    pub(crate) run: Handler,
}

/// What carries an operation out; the error is a response as well.
pub(crate) type Handler = fn(&mut World, &Call<'_>) -> Result<Response, Response>;

/// A matched request: the operation, its path parameters and query decoded, and who asks.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) request: &'a Request,
    pub(crate) parameters: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    /// The names of the projects the caller reaches; none means all.
    pub(crate) reach: Option<Vec<String>>,
    /// The organization the caller belongs to; empty where the cloud has only one, and when the
    /// caller said nothing about itself.
    pub(crate) organization: String,
}

/// The operations of every cloud.
pub fn all_operations() -> impl Iterator<Item = &'static Operation> {
    crate::rafay::OPERATIONS.iter().chain(crate::voltage_park::OPERATIONS)
}

/// How a path fared against the tables.
#[derive(Debug)]
pub(crate) enum Route {
    Found(&'static Operation, Vec<String>),
    /// The path exists, the method does not; these do, once each.
    WrongMethod(Vec<Method>),
    Unknown,
}

/// The operations by the number of segments of their paths, each in the order of the tables.
static BY_LENGTH: LazyLock<BTreeMap<usize, Vec<&'static Operation>>> = LazyLock::new(|| {
    let mut by_length: BTreeMap<usize, Vec<&'static Operation>> = BTreeMap::new();
    for operation in all_operations() {
        by_length.entry(operation.path.split('/').skip(1).count()).or_default().push(operation);
    }
    by_length
});

/// Finds the operation for a method and decoded path segments.
pub(crate) fn route(method: &str, segments: &[String]) -> Route {
    let mut others = Vec::new();
    for &operation in BY_LENGTH.get(&segments.len()).into_iter().flatten() {
        if let Some(parameters) = operation.match_segments(segments) {
            if operation.method.as_str() == method {
                return Route::Found(operation, parameters);
            }
            others.push(operation);
        }
    }
    // Of `/things/list` and `/things/{id}` the first is the resource the path names.
    let named = others.into_iter().min_by_key(|it| it.parameter_names().count());
    named.map_or(Route::Unknown, |it| Route::WrongMethod(methods_of(it.path)))
}

fn methods_of(path: &str) -> Vec<Method> {
    all_operations().filter(|it| it.path == path).map(|it| it.method).collect()
}

impl Method {
    /// The method as it stands in a request line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

impl QueryParameter {
    pub(crate) const fn new(name: &'static str, kind: QueryKind) -> Self {
        QueryParameter { name, kind }
    }
}

impl QueryKind {
    /// The bounds of a whole number, when it has any.
    pub(crate) fn bounds(self) -> Option<(i64, i64)> {
        match self {
            QueryKind::Between(least, most) => Some((least, most)),
            QueryKind::LimitOrAll => Some((1, 100)),
            QueryKind::Integer(least) => Some((i64::try_from(least).unwrap_or(i64::MAX), i64::MAX)),
            _ => None,
        }
    }
}

impl Cloud {
    /// Every cloud.
    pub const ALL: [Cloud; 2] = [Cloud::Rafay, Cloud::VoltagePark];

    /// The cloud a path belongs to, when it belongs to one.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        if crate::rafay::owns(path) {
            Some(Cloud::Rafay)
        } else if crate::voltage_park::owns(path) {
            Some(Cloud::VoltagePark)
        } else {
            None
        }
    }

    /// The name used in ids and file names.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Cloud::Rafay => "rafay",
            Cloud::VoltagePark => "voltage-park",
        }
    }
}

impl Operation {
    /// A row of a cloud that reads; the parts that differ are set on it.
    pub(crate) const fn reading(
        cloud: Cloud,
        id: &'static str,
        path: &'static str,
        summary: &'static str,
        run: Handler,
    ) -> Self {
        Operation {
            id,
            cloud,
            method: Method::Get,
            path,
            summary,
            access: Access::Read,
            security: Security::ApiKey,
            query: &[],
            request: None,
            answer: None,
            responses: &[],
            coverage: &[],
            run,
        }
    }

    /// The same row with a method that changes something.
    pub(crate) const fn writing(self, method: Method) -> Self {
        Operation { method, access: Access::Write, ..self }
    }

    /// The same row with a method that looks like writing and changes nothing.
    pub(crate) const fn posing(self, method: Method) -> Self {
        Operation { method, ..self }
    }

    /// The same row for rows of the coverage checklist.
    pub(crate) const fn covers(self, coverage: &'static [&'static str]) -> Self {
        Operation { coverage, ..self }
    }

    /// The same row with query parameters.
    pub(crate) const fn asks(self, query: &'static [QueryParameter]) -> Self {
        Operation { query, ..self }
    }

    /// The same row with a body.
    pub(crate) const fn takes(self, request: fn() -> Value) -> Self {
        Operation { request: Some(request), ..self }
    }

    /// The same row with a body of its answer.
    pub(crate) const fn shows(self, answer: fn() -> Value) -> Self {
        Operation { answer: Some(answer), ..self }
    }

    /// The same row with another way in.
    pub(crate) const fn behind(self, security: Security) -> Self {
        Operation { security, ..self }
    }

    /// The same row with other answers.
    pub(crate) const fn answers(self, responses: &'static [(u16, &'static str)]) -> Self {
        Operation { responses, ..self }
    }

    /// The names of the path parameters in order.
    pub fn parameter_names(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(parameter_name)
    }

    /// The path parameters, when these segments are a path of this operation. A parameter takes
    /// exactly one segment and never an empty one, so slashes must agree.
    fn match_segments(&self, segments: &[String]) -> Option<Vec<String>> {
        let mut parameters = Vec::new();
        let mut actual = segments.iter();
        for expected in self.path.split('/').skip(1) {
            let segment = actual.next()?;
            if parameter_name(expected).is_some() {
                if segment.is_empty() {
                    return None;
                }
                parameters.push(segment.clone());
            } else if expected != segment {
                return None;
            }
        }
        if actual.next().is_some() { None } else { Some(parameters) }
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({} {})", self.id, self.method.as_str(), self.path)
    }
}

impl Call<'_> {
    /// The path parameter of this name, when the operation has one.
    pub(crate) fn optional(&self, name: &str) -> Option<&str> {
        let position = self.operation.parameter_names().position(|known| known == name)?;
        self.parameters.get(position).map(String::as_str)
    }

    /// The path parameter of this name; empty when the operation has none.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.optional(name).unwrap_or_default()
    }

    /// Whether the caller reaches the project of this name.
    pub(crate) fn reaches(&self, project: &str) -> bool {
        self.reach.as_ref().is_none_or(|names| names.iter().any(|name| name == project))
    }

    /// Every query value of this name.
    pub(crate) fn queries(&self, name: &str) -> impl Iterator<Item = &str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The query value of this name, the last of several.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.queries(name).last()
    }
}

fn parameter_name(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_and_routes_are_unique() {
        let ids: BTreeSet<_> = all_operations().map(|row| row.id).collect();
        let routes: BTreeSet<_> = all_operations().map(|row| (row.method, row.path)).collect();
        assert_eq!(ids.len(), all_operations().count());
        assert_eq!(routes.len(), all_operations().count());
    }

    #[test]
    fn slashes_must_agree() {
        let segments = |path: &str| crate::http::path_segments(path).unwrap();
        assert!(matches!(route("GET", &segments("/auth/v1/projects/")), Route::Found(..)));
        assert!(matches!(route("GET", &segments("/auth/v1/projects")), Route::Unknown));
        assert!(matches!(route("PATCH", &segments("/auth/v1/projects/")), Route::WrongMethod(_)));
    }

    #[test]
    fn allowed_methods_are_those_of_the_path_that_is_named() {
        for (path, expected) in [
            ("/api/v1/bare-metal/locations", vec![Method::Get]),
            ("/api/v1/virtual-machines/instant", vec![Method::Post]),
            ("/api/v1/storage/", vec![Method::Post, Method::Get]),
        ] {
            let segments = crate::http::path_segments(path).unwrap();
            let Route::WrongMethod(allowed) = route("OPTIONS", &segments) else {
                panic!("{path} is no path");
            };
            assert_eq!(allowed, expected, "{path}");
        }
    }
}
