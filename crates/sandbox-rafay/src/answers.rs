//! The answers of the API, as types: what is shown, and what the OpenAPI document says of it (contract
//! 2.3, 2.5 and 3). What is answered in one place only has its type there.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::described::Described;
use super::knobs::{CountMode, Knobs};
use super::paging::Page;
use super::status::Standing;
use plumb_sandbox::time::Timestamp;

/// An object as reads show it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api_version: Option<&'static str>,
    pub(crate) kind: &'static str,
    pub(crate) metadata: ShownMetadata<'a>,
    /// Left out where a list is thin; a text where a knob says so (contract 3.4).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("type" = ["object", "string"]))]
    pub(crate) spec: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<Standing<'a>>,
}

/// The `metadata` of an object.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownMetadata<'a> {
    pub(crate) name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) project: &'a str,
    #[serde(rename = "projectID", skip_serializing_if = "Option::is_none")]
    pub(crate) project_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workspace: Option<&'a str>,
    pub(crate) id: &'a str,
    pub(crate) created_at: Timestamp,
    pub(crate) modified_at: Timestamp,
    pub(crate) created_by: Whose<'a>,
    pub(crate) modified_by: Whose<'a>,
    #[serde(flatten)]
    pub(crate) about: Described,
}

/// Who wrote something.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Whose<'a> {
    pub(crate) username: &'a str,
    #[serde(rename = "isSSOUser", skip_serializing_if = "Option::is_none")]
    pub(crate) is_sso: Option<bool>,
}

/// The status of an object, without its spec.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownStatus<'a> {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) metadata: Named<'a>,
    pub(crate) status: Option<Standing<'a>>,
}

/// Which object something is about.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'a str,
    pub(crate) project: &'a str,
}

/// An id of `auth/v1`: seven lower-case letters and digits (contract 2.2).
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Id<'a>(#[schemars(regex(pattern = "^[a-z0-9]{7}$"))] Cow<'a, str>);

impl<'a, T: Into<Cow<'a, str>>> From<T> for Id<'a> {
    fn from(text: T) -> Self {
        Id(text.into())
    }
}

/// A thing by its id and its name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Reference<'a> {
    pub(crate) id: Id<'a>,
    pub(crate) name: &'a str,
}

/// What lists of versions and artifacts answer.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ItemsOf{T}")]
pub(crate) struct Items<T> {
    pub(crate) items: Vec<T>,
}

/// One version of an object.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Version {
    pub(crate) spec: Value,
}

/// A page of a list (contract 2.5).
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ListOf{T}")]
pub(crate) struct List<T> {
    api_version: &'static str,
    kind: String,
    metadata: Counts,
    items: Vec<T>,
}

/// What a page says of its list.
#[derive(Debug, Serialize, JsonSchema)]
struct Counts {
    count: usize,
    limit: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
}

impl<T> List<T> {
    /// The page with these items, out of so many.
    pub(crate) fn new(
        knobs: &Knobs,
        (api_version, kind): (&'static str, &str),
        items: Vec<T>,
        total: usize,
        page: Page,
    ) -> Self {
        let count = match knobs.count_mode {
            CountMode::Total => total,
            CountMode::Page => items.len(),
        };
        let offset = (page.offset > 0).then_some(page.offset);
        let metadata = Counts { count, limit: page.limit, offset };
        List { api_version, kind: format!("{kind}List"), metadata, items }
    }
}

/// A page of projects, groups or organizations in `auth/v1`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ResultPageOf{T}")]
pub(crate) struct ResultPage<T> {
    pub(crate) count: usize,
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
    pub(crate) results: Vec<T>,
}

impl<T> ResultPage<T> {
    /// These, out of so many, without links.
    pub(crate) fn new(count: usize, results: Vec<T>) -> Self {
        ResultPage { count, next: None, previous: None, results }
    }
}

/// What calls answer that only start something.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Done<'a> {
    status: &'static str,
    message: String,
    /// Of what was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

impl<'a> Done<'a> {
    /// That all is well.
    pub(crate) fn well(message: String) -> Self {
        Done { status: "Success", message, name: None }
    }

    /// That something of this name was accepted.
    pub(crate) fn written(message: String, name: &'a str) -> Self {
        Done { name: Some(name), ..Done::well(message) }
    }
}

/// An answer that says nothing.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Nothing {}
