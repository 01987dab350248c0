//! The route table's row: one operation of one cloud, from which the router dispatches, the
//! OpenAPI document is built and the coverage table is counted.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::{Request, Response, path_segments, query_pairs};

/// The rows of a route table, each on as few lines as its author likes.
#[macro_export]
macro_rules! rows {
    ($($row:expr,)*) => { &[$($row),*] };
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

/// What a call must carry to be let in: any one of these of its cloud's security schemes; an empty
/// text is nothing at all.
pub type Security = &'static [&'static str];

/// What makes the schemas of many things that are alike, out of types.
pub type OfMany = fn(&mut SchemaGenerator, &'static str) -> schemars::Schema;

/// What makes a JSON Schema.
#[derive(Debug, Clone, Copy)]
pub enum Schema {
    /// A type, with what it refers to.
    Of(fn(&mut SchemaGenerator) -> schemars::Schema),
    /// What a function of many makes of types for this one of them.
    OfOne(OfMany, &'static str),
}

/// Whether an operation changes anything; a read-only key may call the readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Changes nothing.
    Read,
    /// Changes something.
    Write,
}

/// One row of a cloud's route table; `Handler` is what carries it out.
#[derive(Clone, Copy)]
pub struct Operation<Handler = ()> {
    /// Stable and unique, and begins with the name of its cloud, e.g. `toy.things.create`.
    pub id: &'static str,
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
    /// The query parameters it reads; others are ignored.
    pub query: &'static [QueryParameter],
    /// The JSON Schema of the request's body, where it has one.
    pub request: Option<Schema>,
    /// The JSON Schema of what it answers when it succeeds, where that has a body.
    pub answer: Option<Schema>,
    /// The media type of that body.
    pub media: &'static str,
    /// Every status code it answers in the absence of faults, with its meaning.
    pub responses: &'static [(u16, &'static str)],
    /// The rows of the contract's coverage checklist this operation serves.
    pub coverage: &'static [&'static str],
    /// What carries it out.
    pub run: Handler,
}

/// A matched request: the operation, its path parameters and query decoded, and what its cloud
/// knows of who asks.
#[derive(Debug)]
pub struct Call<'a, Caller> {
    /// The row it matched.
    pub operation: &'static Operation,
    /// The request.
    pub request: &'a Request,
    parameters: Vec<String>,
    /// The query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Who asks.
    pub caller: Caller,
}

/// How a path fared against a table.
#[derive(Debug)]
pub enum Route<Handler> {
    /// There is such an operation.
    Found(Found<Handler>),
    /// The path exists, the method does not; these do, once each.
    WrongMethod(Vec<Method>),
    /// There is no such path.
    Unknown,
}

/// An operation that was found.
#[derive(Debug)]
pub struct Found<Handler> {
    /// The row.
    pub operation: &'static Operation,
    /// What carries it out.
    pub run: Handler,
    /// The path parameters, decoded, in order.
    parameters: Vec<String>,
}

/// The routes of one cloud.
pub struct Router<Handler: 'static> {
    rows: &'static [Operation<Handler>],
    /// The same rows without what carries them out.
    operations: Vec<Operation>,
    /// The numbers of the rows by how many segments their paths have, in the table's order.
    by_length: BTreeMap<usize, Vec<usize>>,
}

/// A route table to look at.
pub trait Routes: Sync {
    /// Every row, in the table's order.
    fn operations(&self) -> &[Operation];

    /// The id of the operation a request asks for, where the route is known.
    fn operation(&'static self, request: &Request) -> Option<&'static str>;
}

impl<Handler: Copy + Sync> Routes for Router<Handler> {
    fn operations(&self) -> &[Operation] {
        &self.operations
    }

    fn operation(&'static self, request: &Request) -> Option<&'static str> {
        match self.route(&request.method, &path_segments(&request.path)?) {
            Route::Found(found) => Some(found.operation.id),
            Route::WrongMethod(_) | Route::Unknown => None,
        }
    }
}

impl<Handler: Copy> Router<Handler> {
    /// The routes of a table.
    #[must_use]
    pub fn new(rows: &'static [Operation<Handler>]) -> Self {
        let mut by_length: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, row) in rows.iter().enumerate() {
            by_length.entry(row.path.split('/').skip(1).count()).or_default().push(number);
        }
        let operations = rows.iter().map(|row| row.handled_by(())).collect();
        Router { rows, operations, by_length }
    }

    /// Finds the operation for a method and decoded path segments.
    #[must_use]
    pub fn route(&'static self, method: &str, segments: &[String]) -> Route<Handler> {
        let mut others = Vec::new();
        for &number in self.by_length.get(&segments.len()).into_iter().flatten() {
            let Some(operation) = self.operations.get(number) else { continue };
            let Some(parameters) = operation.match_segments(segments) else { continue };
            if operation.method.as_str() != method {
                others.push(operation);
            } else if let Some(row) = self.rows.get(number) {
                return Route::Found(Found { operation, run: row.run, parameters });
            }
        }
        // Of `/things/list` and `/things/{id}` the first is the resource the path names.
        let named = others.into_iter().min_by_key(|it| it.parameter_names().count());
        named.map_or(Route::Unknown, |it| Route::WrongMethod(self.methods_of(it.path)))
    }

    fn methods_of(&self, path: &str) -> Vec<Method> {
        self.operations.iter().filter(|it| it.path == path).map(|it| it.method).collect()
    }
}

impl Schema {
    /// That of a type.
    #[must_use]
    pub const fn of<T: JsonSchema>() -> Self {
        Schema::Of(SchemaGenerator::subschema_for::<T>)
    }

    /// The schema itself; those of types it refers to stand with the generator.
    #[must_use]
    pub fn made(self, types: &mut SchemaGenerator) -> Value {
        match self {
            Schema::OfOne(make, what) => make(types, what).to_value(),
            Schema::Of(make) => {
                let mut schema = make(types);
                types.transforms_mut().for_each(|it| it.transform(&mut schema));
                schema.to_value()
            }
        }
    }
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
    /// A parameter of this name.
    #[must_use]
    pub const fn new(name: &'static str, kind: QueryKind) -> Self {
        QueryParameter { name, kind }
    }
}

impl QueryKind {
    /// The bounds of a whole number, when it has any.
    #[must_use]
    pub fn bounds(self) -> Option<(i64, i64)> {
        match self {
            QueryKind::Between(least, most) => Some((least, most)),
            QueryKind::LimitOrAll => Some((1, 100)),
            QueryKind::Integer(least) => Some((i64::try_from(least).unwrap_or(i64::MAX), i64::MAX)),
            _ => None,
        }
    }
}

impl<Handler: Copy> Operation<Handler> {
    /// A row that reads and needs no key; the parts that differ are set on it.
    #[must_use]
    pub const fn reading(
        id: &'static str,
        path: &'static str,
        summary: &'static str,
        run: Handler,
    ) -> Self {
        Operation {
            id,
            method: Method::Get,
            path,
            summary,
            access: Access::Read,
            security: &[""],
            query: &[],
            request: None,
            answer: None,
            media: "application/json",
            responses: &[],
            coverage: &[],
            run,
        }
    }

    /// The same row with a method that changes something.
    #[must_use]
    pub const fn writing(self, method: Method) -> Self {
        Operation { method, access: Access::Write, ..self }
    }

    /// The same row with a method that looks like writing and changes nothing.
    #[must_use]
    pub const fn posing(self, method: Method) -> Self {
        Operation { method, ..self }
    }

    /// The same row for rows of the coverage checklist.
    #[must_use]
    pub const fn covers(self, coverage: &'static [&'static str]) -> Self {
        Operation { coverage, ..self }
    }

    /// The same row with query parameters.
    #[must_use]
    pub const fn asks(self, query: &'static [QueryParameter]) -> Self {
        Operation { query, ..self }
    }

    /// The same row with a body of a type.
    #[must_use]
    pub const fn takes<T: JsonSchema>(self) -> Self {
        Operation { request: Some(Schema::of::<T>()), ..self }
    }

    /// The same row with an answer of a type.
    #[must_use]
    pub const fn shows<T: JsonSchema>(self) -> Self {
        Operation { answer: Some(Schema::of::<T>()), ..self }
    }

    /// The same row with a body that a function of many describes.
    #[must_use]
    pub const fn takes_about(self, schema: OfMany, what: &'static str) -> Self {
        Operation { request: Some(Schema::OfOne(schema, what)), ..self }
    }

    /// The same row with a body of its answer that a function of many describes.
    #[must_use]
    pub const fn shows_about(self, schema: OfMany, what: &'static str) -> Self {
        Operation { answer: Some(Schema::OfOne(schema, what)), ..self }
    }

    /// The same row with an answer of another media type.
    #[must_use]
    pub const fn in_media(self, media: &'static str) -> Self {
        Operation { media, ..self }
    }

    /// The same row with another way in.
    #[must_use]
    pub const fn behind(self, security: Security) -> Self {
        Operation { security, ..self }
    }

    /// The same row with other answers.
    #[must_use]
    pub const fn answers(self, responses: &'static [(u16, &'static str)]) -> Self {
        Operation { responses, ..self }
    }

    fn handled_by<Other>(&self, run: Other) -> Operation<Other> {
        let Operation { id, method, path, summary, access, security, query, .. } = *self;
        let Operation { request, answer, media, responses, coverage, .. } = *self;
        Operation {
            id,
            method,
            path,
            summary,
            access,
            security,
            query,
            request,
            answer,
            media,
            responses,
            coverage,
            run,
        }
    }
}

impl<Handler> Operation<Handler> {
    /// The name of the cloud it belongs to.
    #[must_use]
    pub fn cloud(&self) -> &'static str {
        self.id.split_once('.').map_or(self.id, |(cloud, _)| cloud)
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

impl<Handler> fmt::Debug for Operation<Handler> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({} {})", self.id, self.method.as_str(), self.path)
    }
}

impl<Handler> fmt::Debug for Router<Handler> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.operations).finish()
    }
}

impl<Handler> Found<Handler> {
    /// The call of it by somebody.
    pub fn called<Caller>(self, request: &Request, caller: Caller) -> Call<'_, Caller> {
        let query = query_pairs(&request.query);
        Call { operation: self.operation, request, parameters: self.parameters, query, caller }
    }
}

impl<Caller> Call<'_, Caller> {
    /// The path parameter of this name, when the operation has one.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<&str> {
        let position = self.operation.parameter_names().position(|known| known == name)?;
        self.parameters.get(position).map(String::as_str)
    }

    /// The path parameter of this name; empty when the operation has none.
    #[must_use]
    pub fn parameter(&self, name: &str) -> &str {
        self.optional(name).unwrap_or_default()
    }

    /// Every query value of this name.
    pub fn queries(&self, name: &str) -> impl Iterator<Item = &str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The query value of this name, the last of several.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.queries(name).last()
    }
}

/// The answer to a method the path does not have.
#[must_use]
pub fn wrong_method(mut response: Response, allowed: Vec<Method>) -> Response {
    let allowed: Vec<&str> = allowed.into_iter().map(Method::as_str).collect();
    response.headers.push(("allow".to_owned(), allowed.join(", ")));
    response
}

fn parameter_name(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &[Operation<u8>] = &[
        Operation::reading("toy.things.list", "/things/", "List", 1),
        Operation::reading("toy.things.special", "/things/special", "Get", 2),
        Operation::reading("toy.things.get", "/things/{id}", "Get", 3),
        Operation::reading("toy.things.make", "/things/", "Make", 4).writing(Method::Post),
        Operation::reading("toy.things.drop", "/things/{id}", "Drop", 5).writing(Method::Delete),
    ];

    static ROUTER: std::sync::LazyLock<Router<u8>> = std::sync::LazyLock::new(|| Router::new(ROWS));

    fn routed(method: &str, path: &str) -> Route<u8> {
        ROUTER.route(method, &path_segments(path).unwrap())
    }

    #[test]
    fn slashes_must_agree_and_the_first_row_that_fits_wins() {
        for (path, expected) in [("/things/", 1), ("/things/special", 2), ("/things/a%2Fb", 3)] {
            assert!(
                matches!(routed("GET", path), Route::Found(it) if it.run == expected),
                "{path}"
            );
        }
        assert!(matches!(routed("GET", "/things"), Route::Unknown));
        assert!(matches!(routed("PUT", "/things/"), Route::WrongMethod(_)));
    }

    #[test]
    fn allowed_methods_are_those_of_the_path_that_is_named() {
        for (path, expected) in [
            ("/things/special", vec![Method::Get]),
            ("/things/x", vec![Method::Get, Method::Delete]),
            ("/things/", vec![Method::Get, Method::Post]),
        ] {
            let Route::WrongMethod(allowed) = routed("OPTIONS", path) else {
                panic!("{path} is no path");
            };
            assert_eq!(allowed, expected, "{path}");
        }
    }
}
