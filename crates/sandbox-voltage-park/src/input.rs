//! Reading the input of a call as a stock `FastAPI` application does (V-01): paths, queries and the
//! body are checked together, numbers in texts are taken, unknown fields dropped, and every mistake
//! is reported at once.
//!
//! What bodies hold is in `bodies`, the rules of their fields in `fields`.

use serde_json::{Value, json};

use super::errors::{bad, invalid};
use super::fields::{Field, Notes, Place};
use super::knobs::Knobs;
use super::mistakes::{
    Mistake, Step, above, bad_choice, bad_number, bad_uuid, below, whole_number,
};
use super::syntax;
use super::world::{Call, World};
use plumb_sandbox::findings::FindingKind;
use plumb_sandbox::http::{Request, Response};
use plumb_sandbox::ids::canonical_uuid;
use plumb_sandbox::operation::{Operation, QueryKind};
use plumb_sandbox::time::Timestamp;

/// The input of one call, with what was found out about it so far.
#[derive(Debug)]
pub(crate) struct Input<'a> {
    call: &'a Call<'a>,
    pub(crate) notes: Notes,
}

/// Reads the UUID in the path of a call that takes nothing else.
pub(crate) fn id(world: &mut World, call: &Call<'_>) -> Result<String, Response> {
    let mut input = Input::of(call);
    let id = input.id();
    input.read(world, id)
}

/// Reads the body of a call that takes nothing else.
pub(crate) fn body<T: Field>(world: &mut World, call: &Call<'_>) -> Result<T, Response> {
    let mut input = Input::of(call);
    let body = input.body(&world.config.knobs);
    input.read(world, body)
}

/// Reads the UUID in the path, and the body.
pub(crate) fn id_and_body<T: Field>(
    world: &mut World,
    call: &Call<'_>,
) -> Result<(String, T), Response> {
    let mut input = Input::of(call);
    let (id, body) = (input.id(), input.body(&world.config.knobs));
    input.read(world, id.zip(body))
}

impl<'a> Input<'a> {
    pub(crate) fn of(call: &'a Call<'a>) -> Self {
        Input { call, notes: Notes::default() }
    }

    /// The whole number in the path.
    pub(crate) fn path_number(&mut self, name: &'static str) -> i64 {
        let text = self.call.parameter(name).to_owned();
        self.parsed(&[Step::Name("path"), Step::Name(name)], &text).unwrap_or_default()
    }

    /// The whole number in the query, within the bounds its row of the route table gives.
    pub(crate) fn number(&mut self, name: &'static str, default: i64) -> i64 {
        let Some(text) = self.call.query(name).map(str::to_owned) else { return default };
        let location = in_query(name);
        let Some(number) = self.parsed(&location, &text) else { return default };
        match self.kind(name).bounds() {
            Some((least, _)) if number < least => self.note(below(&location, least, &json!(text))),
            Some((_, most)) if number > most => self.note(above(&location, most, &json!(text))),
            _ => {}
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
    pub(crate) fn switch(&mut self, name: &'static str) -> Option<bool> {
        let text = self.call.query(name)?;
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" | "t" | "y" => Some(true),
            "false" | "0" | "no" | "off" | "f" | "n" => Some(false),
            "null" => None,
            _ => {
                let message = "Input should be a valid boolean, unable to interpret input";
                let input = json!(text);
                self.note(Mistake::new("bool_parsing", &in_query(name), message, &input));
                None
            }
        }
    }

    /// The beginning of the day in the query.
    pub(crate) fn day(&mut self, name: &'static str) -> Option<Timestamp> {
        let text = self.call.query(name).filter(|text| *text != "null")?;
        let day = date(text);
        if day.is_none() {
            let message = "Input should be a valid date or datetime, input is not a date";
            let kind = "date_from_datetime_parsing";
            let mistake = Mistake::new(kind, &in_query(name), message, &json!(text));
            self.note(mistake.about(json!({ "error": "input is not a date" })));
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
                let location = [Step::Name("query"), Step::Name(name), Step::Index(index)];
                self.note(bad_choice(&location, &json!(text), allowed));
            }
        }
        given
    }

    /// Notes a mistake.
    pub(crate) fn note(&mut self, mistake: Mistake) {
        self.notes.mistakes.push(mistake);
    }

    /// Ends the reading: all mistakes, or none and a note of what was dropped.
    pub(crate) fn checked(self, world: &mut World) -> Result<(), Response> {
        self.read(world, Some(()))
    }

    /// Ends the reading of a value, which is there unless there are mistakes.
    fn read<T>(self, world: &mut World, value: Option<T>) -> Result<T, Response> {
        let Some(value) = value.filter(|_| self.notes.mistakes.is_empty()) else {
            return Err(invalid(self.notes.mistakes));
        };
        for field in &self.notes.unknown {
            world.notice(FindingKind::UnknownFieldSent, self.call.operation.id, field);
        }
        Ok(value)
    }

    /// The UUID in the path, canonical.
    fn id(&mut self) -> Option<String> {
        let name = self.call.operation.parameter_names().next()?;
        let text = self.call.parameter(name);
        let id = canonical_uuid(text);
        if id.is_none() {
            self.note(bad_uuid(&[Step::Name("path"), Step::Name(name)], text));
        }
        id
    }

    fn body<T: Field>(&mut self, knobs: &Knobs) -> Option<T> {
        // What is malformed was answered before the caller was known.
        let value = given(self.call.request).unwrap_or_default();
        let mut place = Place::body(knobs, &mut self.notes);
        if value.is_null() {
            return place.wrong("missing", "Field required", &value, None);
        }
        T::read(&value, &mut place)
    }

    fn kind(&self, name: &str) -> QueryKind {
        let found = self.call.operation.query.iter().find(|it| it.name == name);
        found.map_or(QueryKind::Whole, |it| it.kind)
    }

    fn parsed(&mut self, location: &[Step], text: &str) -> Option<i64> {
        let number = whole_number(text);
        if number.is_none() {
            self.note(bad_number(location, &json!(text)));
        }
        number
    }
}

/// A body that breaks before anybody looks at credentials: malformed JSON.
pub(crate) fn check_syntax(operation: &Operation, request: &Request) -> Result<(), Response> {
    if operation.request.is_none() { Ok(()) } else { given(request).map(|_| ()) }
}

fn in_query(name: &'static str) -> [Step; 2] {
    [Step::Name("query"), Step::Name(name)]
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

/// What a request carries for a body: null when that is empty, a text when it is not called JSON.
/// The error is the answer to one that is no JSON though it says so.
fn given(request: &Request) -> Result<Value, Response> {
    if request.body.is_empty() {
        return Ok(Value::Null);
    }
    let Ok(text) = std::str::from_utf8(&request.body) else {
        return Err(bad("There was an error parsing the body"));
    };
    if !request.header_value("content-type").is_some_and(is_json) {
        return Ok(json!(text));
    }
    serde_json::from_str(text).map_err(|problem| {
        // What only our parser refuses (a number out of range) has no words of Python's.
        let (at, error) =
            syntax::problem(text).unwrap_or_else(|| (offset(text, &problem), "Expecting value"));
        let location = [Step::Name("body"), Step::Index(at)];
        let mistake = Mistake::new("json_invalid", &location, "JSON decode error", &json!({}));
        invalid(vec![mistake.about(json!({ "error": error }))])
    })
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
