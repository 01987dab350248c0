//! What the rows of the route tables have in common: ways in, query parameters, and the codes they
//! answer.

use super::world::{Handler, Inside, OfPartners};
use plumb_sandbox::operation::{Method, Operation, QueryKind, QueryParameter, Security};

/// A row with what carries it out.
pub(crate) type Row = Operation<Handler>;

/// An API key in one of two headers of its own.
pub(crate) const KEY: Security = &["key", "keyId"];

/// Codes with their meanings.
pub(crate) type Responses = &'static [(u16, &'static str)];

pub(crate) const ORDER: QueryParameter =
    QueryParameter::new("order", QueryKind::OneOf(&["ASC", "DESC"]));
pub(crate) const LIMIT: QueryParameter = QueryParameter::new("limit", QueryKind::Integer(1));
pub(crate) const OFFSET: QueryParameter = QueryParameter::new("offset", QueryKind::Integer(0));
pub(crate) const CREATED: QueryParameter =
    QueryParameter::new("orderBy", QueryKind::OneOf(&["createdAt"]));
pub(crate) const FAIL_ON_EXISTS: QueryParameter =
    QueryParameter::new("fail-on-exists", QueryKind::Boolean);
pub(crate) const AUTO_PUBLISH: QueryParameter =
    QueryParameter::new("auto-publish", QueryKind::Boolean);
pub(crate) const COMPUTE_TYPE: QueryParameter = QueryParameter::new("computeType", QueryKind::Text);
pub(crate) const SYSTEM_CATALOG: QueryParameter =
    QueryParameter::new("systemCatalog", QueryKind::Boolean);
pub(crate) const SEARCH: QueryParameter = QueryParameter::new("q", QueryKind::Text);
pub(crate) const NAME: QueryParameter = QueryParameter::new("name", QueryKind::Text);

pub(crate) const PAGE: &[QueryParameter] = &[LIMIT, OFFSET, ORDER];
pub(crate) const PAAS_PAGE: &[QueryParameter] = &[LIMIT, OFFSET, ORDER, CREATED];
pub(crate) const INSTANCE_PAGE: &[QueryParameter] = &[COMPUTE_TYPE, LIMIT, OFFSET, ORDER, CREATED];
pub(crate) const PROJECT_PAGE: &[QueryParameter] = &[
    LIMIT,
    OFFSET,
    ORDER,
    QueryParameter::new("orderby", QueryKind::OneOf(&["name", "id", "created_at", "modified_at"])),
    SEARCH,
    NAME,
];
pub(crate) const USER_PAGE: &[QueryParameter] = &[
    LIMIT,
    OFFSET,
    QueryParameter::new(
        "orderBy",
        QueryKind::OneOf(&["username", "first_name", "last_name", "id", "created_at"]),
    ),
    ORDER,
    SEARCH,
];
pub(crate) const GROUP_PAGE: &[QueryParameter] = &[LIMIT, OFFSET, ORDER, SEARCH, NAME];

pub(crate) const BAD: (u16, &str) = (400, "invalid request");
pub(crate) const DENIED: (u16, &str) =
    (401, "missing, invalid or expired key, or out of its scope");
pub(crate) const FORBIDDEN: (u16, &str) = (403, "not permitted");
pub(crate) const ABSENT: (u16, &str) = (404, "not found");
pub(crate) const CONFLICT: (u16, &str) = (409, "exists already, or not allowed in this state");

pub(crate) const LISTED: Responses = &[(200, "a page of the list"), BAD, DENIED, ABSENT];
pub(crate) const AUTH_LISTED: Responses = &[(200, "a page of the list"), BAD, DENIED];
pub(crate) const READ: Responses = &[(200, "the object"), BAD, DENIED, ABSENT];
pub(crate) const RANGED: Responses = &[(200, "a page of the list"), BAD, DENIED, FORBIDDEN];
pub(crate) const READ_BY_SOME: Responses = &[(200, "the object"), BAD, DENIED, FORBIDDEN, ABSENT];
pub(crate) const UPSERTED: Responses =
    &[(200, "the object"), BAD, DENIED, FORBIDDEN, ABSENT, CONFLICT];
pub(crate) const ACCEPTED_WRITE: Responses =
    &[(201, "accepted"), BAD, DENIED, FORBIDDEN, ABSENT, CONFLICT];
pub(crate) const STARTED: Responses = &[(202, "started"), BAD, DENIED, FORBIDDEN, ABSENT, CONFLICT];
pub(crate) const ACTED: Responses = &[(200, "started"), BAD, DENIED, FORBIDDEN, ABSENT, CONFLICT];
pub(crate) const DELETED: Responses = &[(200, "deleted"), BAD, DENIED, FORBIDDEN, ABSENT, CONFLICT];
pub(crate) const CREATED_ACCOUNT: Responses =
    &[(201, "the object"), BAD, DENIED, FORBIDDEN, CONFLICT];
pub(crate) const CHANGED: Responses = &[(200, "the object"), BAD, DENIED, FORBIDDEN, ABSENT];
pub(crate) const REMOVED: Responses = &[(204, "deleted"), BAD, DENIED, FORBIDDEN, ABSENT, CONFLICT];
pub(crate) const ASSIGNED: Responses = &[(200, "done"), BAD, DENIED, FORBIDDEN, ABSENT];

/// A row that reads.
pub(crate) const fn read(
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    run: Inside,
) -> Row {
    Row::reading(id, path, summary, Handler::Inside(run)).behind(KEY).answers(READ)
}

/// A row that posts.
pub(crate) const fn post(
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    run: Inside,
) -> Row {
    read(id, path, summary, run).writing(Method::Post)
}

/// A row that deletes.
pub(crate) const fn delete(
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    run: Inside,
) -> Row {
    read(id, path, summary, run).writing(Method::Delete)
}

/// A row that reads for partners.
pub(crate) const fn partners(
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    run: OfPartners,
) -> Row {
    Row::reading(id, path, summary, Handler::OfPartners(run)).behind(KEY).answers(READ_BY_SOME)
}
