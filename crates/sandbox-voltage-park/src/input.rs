//! Reading the input of a call as a stock `FastAPI` application does (V-01): paths, queries and the
//! body are checked together, numbers in texts are taken, unknown fields dropped, and every mistake
//! is reported at once.
//!
//! The rules of single fields of a body are in `fields`.

use super::mistakes::{above, bad_choice, bad_number, bad_uuid, below, whole_number};
use serde_json::{Map, Value, json};

use super::errors::{bad, invalid, mistake};
use super::fields::Fields;
use super::syntax;
use super::world::{Call, World};
use plumb_sandbox::findings::FindingKind;
use plumb_sandbox::http::{Request, Response};
use plumb_sandbox::ids::canonical_uuid;
use plumb_sandbox::operation::{Operation, QueryKind};
use plumb_sandbox::time::Timestamp;

/// The input of one call, with the mistakes found so far.
#[derive(Debug)]
pub(crate) struct Input<'a> {
    call: &'a Call<'a>,
    pub(crate) mistakes: Vec<Value>,
    /// Fields of the body nobody asked for, with their path.
    pub(crate) unknown: Vec<String>,
}

/// What a request carries for a body.
enum Body {
    None,
    Json(Value),
    /// Something that was not called JSON.
    Text(String),
}

impl<'a> Input<'a> {
    pub(crate) fn of(call: &'a Call<'a>) -> Self {
        Input { call, mistakes: Vec::new(), unknown: Vec::new() }
    }

    /// The UUID in the path, canonical.
    pub(crate) fn id(&mut self, name: &str) -> String {
        let text = self.call.parameter(name);
        let id = canonical_uuid(text);
        if id.is_none() {
            self.mistakes.push(bad_uuid(&json!(["path", name]), text));
        }
        id.unwrap_or_default()
    }

    /// The whole number in the path.
    pub(crate) fn path_number(&mut self, name: &str) -> i64 {
        let text = self.call.parameter(name).to_owned();
        self.parsed(&json!(["path", name]), &text).unwrap_or_default()
    }

    /// The whole number in the query, within the bounds its row of the route table gives.
    pub(crate) fn number(&mut self, name: &'static str, default: i64) -> i64 {
        let Some(text) = self.call.query(name).map(str::to_owned) else { return default };
        let location = json!(["query", name]);
        let Some(number) = self.parsed(&location, &text) else { return default };
        if let Some((least, most)) = self.kind(name).bounds() {
            let input = json!(text);
            self.mistakes.extend(below(&location, number, least, &input));
            self.mistakes.extend(above(&location, number, most, &input));
        }
        number
    }

    /// The most items a page may have. Bare metal takes a word, too, which lifts the bound (V-09).
    pub(crate) fn limit(&mut self, default: i64) -> i64 {
        let worded = self.call.operation.query.iter().any(|it| it.kind == QueryKind::LimitOrAll);
        if worded && self.call.query("limit") == Some("all") {
            return i64::MAX;
        }
        self.number("limit", default)
    }

    /// The switch in the query; `null` and absence are none.
    pub(crate) fn switch(&mut self, name: &str) -> Option<bool> {
        let text = self.call.query(name)?;
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" | "t" | "y" => Some(true),
            "false" | "0" | "no" | "off" | "f" | "n" => Some(false),
            "null" => None,
            _ => {
                let message = "Input should be a valid boolean, unable to interpret input";
                let location = json!(["query", name]);
                let input = json!(text);
                self.mistakes.push(mistake("bool_parsing", &location, message, &input, None));
                None
            }
        }
    }

    /// The beginning of the day in the query.
    pub(crate) fn day(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.call.query(name).filter(|text| *text != "null")?;
        let day = date(text);
        if day.is_none() {
            let context = json!({ "error": "input is not a date" });
            let message = "Input should be a valid date or datetime, input is not a date";
            let (location, input) = (json!(["query", name]), json!(text));
            let kind = "date_from_datetime_parsing";
            self.mistakes.push(mistake(kind, &location, message, &input, Some(context)));
        }
        day
    }

    /// The repeated texts in the query, each one of those its row of the route table gives.
    pub(crate) fn texts(&mut self, name: &'static str) -> Vec<String> {
        let QueryKind::AnyOf(allowed) = self.kind(name) else { return Vec::new() };
        let given = self.call.queries(name).filter(|text| *text != "null");
        let given: Vec<String> = given.map(str::to_owned).collect();
        for (index, text) in given.iter().enumerate() {
            if !allowed.contains(&text.as_str()) {
                let location = json!(["query", name, index]);
                self.mistakes.push(bad_choice(&location, &json!(text), allowed));
            }
        }
        given
    }

    /// The fields of the body. Where there is no object the mistake is noted and all are absent.
    pub(crate) fn body(&mut self, read: impl FnOnce(&mut Fields<'_>)) {
        let location = json!(["body"]);
        let message = "Input should be a valid dictionary or object to extract fields from";
        let not_an_object =
            |input: &Value| mistake("model_attributes_type", &location, message, input, None);
        match body(self.call.request) {
            Ok(Body::Json(Value::Object(fields))) => self.fields(&fields, read),
            Ok(Body::Json(Value::Null) | Body::None) => {
                let missing = mistake("missing", &location, "Field required", &Value::Null, None);
                self.mistakes.push(missing);
            }
            Ok(Body::Json(other)) => self.mistakes.push(not_an_object(&other)),
            Ok(Body::Text(text)) => self.mistakes.push(not_an_object(&json!(text))),
            // Answered before the caller was known.
            Err(_) => {}
        }
    }

    /// Ends the reading: all mistakes, or none and a note of what was dropped.
    pub(crate) fn checked(self, world: &mut World) -> Result<(), Response> {
        if !self.mistakes.is_empty() {
            return Err(invalid(self.mistakes));
        }
        for field in &self.unknown {
            world.notice(FindingKind::UnknownFieldSent, self.call.operation.id, field);
        }
        Ok(())
    }

    fn fields(&mut self, given: &Map<String, Value>, read: impl FnOnce(&mut Fields<'_>)) {
        let mut fields = Fields::at(vec![json!("body")], given, &mut self.mistakes);
        read(&mut fields);
        self.unknown.extend(fields.unknown());
    }

    fn kind(&self, name: &str) -> QueryKind {
        let found = self.call.operation.query.iter().find(|it| it.name == name);
        found.map_or(QueryKind::Whole, |it| it.kind)
    }

    fn parsed(&mut self, location: &Value, text: &str) -> Option<i64> {
        let number = whole_number(text);
        if number.is_none() {
            self.mistakes.push(bad_number(location, &json!(text)));
        }
        number
    }
}

/// A body that breaks before anybody looks at credentials: malformed JSON.
pub(crate) fn check_syntax(operation: &Operation, request: &Request) -> Result<(), Response> {
    if operation.request.is_none() { Ok(()) } else { body(request).map(|_| ()) }
}

fn date(text: &str) -> Option<Timestamp> {
    let mut parts = text.splitn(3, '-');
    let mut part = |length: usize| {
        let text = parts.next()?;
        let plain = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        if plain { text.parse::<i16>().ok() } else { None }
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    Timestamp::of_date(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
}

/// The body of a request; the error is the answer to one that is no JSON though it says so.
fn body(request: &Request) -> Result<Body, Response> {
    if request.body.is_empty() {
        return Ok(Body::None);
    }
    let Ok(text) = std::str::from_utf8(&request.body) else {
        return Err(bad("There was an error parsing the body"));
    };
    if !request.header_value("content-type").is_some_and(is_json) {
        return Ok(Body::Text(text.to_owned()));
    }
    match serde_json::from_str(text) {
        Ok(value) => Ok(Body::Json(value)),
        Err(problem) => {
            // What only our parser refuses (a number out of range) has no words of Python's.
            let (at, error) = syntax::problem(text)
                .unwrap_or_else(|| (offset(text, &problem), "Expecting value"));
            let location = json!(["body", at]);
            let context = json!({ "error": error });
            let message = "JSON decode error";
            let input = json!({});
            Err(invalid(vec![mistake("json_invalid", &location, message, &input, Some(context))]))
        }
    }
}

fn is_json(content_type: &str) -> bool {
    let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"))
}

/// Where in the text, in characters, the JSON breaks.
fn offset(text: &str, problem: &serde_json::Error) -> usize {
    let before = text.split_inclusive('\n').take(problem.line().saturating_sub(1));
    let lines: usize = before.map(|line| line.chars().count()).sum();
    lines + problem.column().saturating_sub(1)
}
