//! The fields of a JSON object in a body, read one by one with pydantic's rules (contract 9.2).
//!
//! A reader of a field gives a value in any case; where there is a mistake it is noted, and the
//! whole body is thrown away later.

use serde_json::{Map, Value, json};

use super::errors::mistake;
use super::mistakes::{bad_choice, bad_number, bad_uuid, below, whole_number};
use plumb_sandbox::ids::canonical_uuid;

/// How the SSH keys of an organization get onto a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyChoice {
    None,
    All,
    Selected(Vec<String>),
}

/// The fields of one object.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    location: Vec<Value>,
    given: &'a Map<String, Value>,
    known: Vec<&'static str>,
    unknown: Vec<String>,
    mistakes: &'a mut Vec<Value>,
}

impl<'a> Fields<'a> {
    pub(crate) fn at(
        location: Vec<Value>,
        given: &'a Map<String, Value>,
        mistakes: &'a mut Vec<Value>,
    ) -> Self {
        Fields { location, given, known: Vec::new(), unknown: Vec::new(), mistakes }
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, name: &'static str) -> String {
        let Some(value) = self.required(name) else { return String::new() };
        self.as_text(name, value).unwrap_or_default()
    }

    /// A text that may be absent or null.
    pub(crate) fn optional_text(&mut self, name: &'static str) -> Option<String> {
        let value = self.optional(name)?;
        self.as_text(name, value)
    }

    /// A text of a length within bounds; characters count.
    pub(crate) fn check_length(
        &mut self,
        name: &'static str,
        text: &str,
        least: usize,
        most: usize,
    ) {
        let length = text.chars().count();
        let location = self.location(name);
        if length < least {
            let message = format!("String should have at least {}", characters(least));
            let context = json!({ "min_length": least });
            self.note("string_too_short", &location, &message, &json!(text), Some(context));
        } else if length > most {
            let message = format!("String should have at most {}", characters(most));
            let context = json!({ "max_length": most });
            self.note("string_too_long", &location, &message, &json!(text), Some(context));
        }
    }

    /// Notes a text that does not match its pattern.
    pub(crate) fn mismatch(&mut self, name: &'static str, text: &str, pattern: &str) {
        let location = self.location(name);
        let message = format!("String should match pattern '{pattern}'");
        let context = json!({ "pattern": pattern });
        self.note("string_pattern_mismatch", &location, &message, &json!(text), Some(context));
    }

    /// Notes what a rule of the application says against a field's value.
    pub(crate) fn reject(&mut self, name: &'static str, input: &Value, problem: &str) {
        let location = self.location(name);
        let message = format!("Value error, {problem}");
        self.note("value_error", &location, &message, input, Some(json!({ "error": {} })));
    }

    /// A whole number that must be there.
    pub(crate) fn number(&mut self, name: &'static str) -> i64 {
        let Some(value) = self.required(name) else { return 0 };
        self.as_number(name, value).unwrap_or_default()
    }

    /// A whole number that may be absent or null.
    pub(crate) fn optional_number(&mut self, name: &'static str) -> Option<i64> {
        let value = self.optional(name)?;
        self.as_number(name, value)
    }

    /// Notes a number below its bound.
    pub(crate) fn check_least(&mut self, name: &'static str, number: i64, least: i64) {
        let input = self.given.get(name).cloned().unwrap_or_default();
        let location = self.location(name);
        if let Some(mistake) = below(&location, number, least, &input) {
            self.push(mistake);
        }
    }

    /// Notes a number that is no multiple.
    pub(crate) fn check_multiple(&mut self, name: &'static str, number: i64, of: i64) {
        if number.checked_rem(of) != Some(0) {
            let message = format!("Input should be a multiple of {of}");
            let (location, context) = (self.location(name), json!({ "multiple_of": of }));
            self.note("multiple_of", &location, &message, &json!(number), Some(context));
        }
    }

    /// A UUID that must be there, canonical.
    pub(crate) fn id(&mut self, name: &'static str) -> String {
        let Some(value) = self.required(name) else { return String::new() };
        let location = self.location(name);
        self.as_id(&location, value).unwrap_or_default()
    }

    /// A UUID that may be absent or null.
    pub(crate) fn optional_id(&mut self, name: &'static str) -> Option<String> {
        let value = self.optional(name)?;
        let location = self.location(name);
        self.as_id(&location, value)
    }

    /// One of some texts that must be there.
    pub(crate) fn choice(
        &mut self,
        name: &'static str,
        allowed: &'static [&'static str],
    ) -> &'static str {
        let Some(value) = self.required(name) else { return "" };
        let found = value.as_str().and_then(|text| allowed.iter().find(|it| **it == text));
        found.copied().unwrap_or_else(|| {
            let location = self.location(name);
            self.push(bad_choice(&location, value, allowed));
            ""
        })
    }

    /// A list of texts; absent is empty, null is a mistake.
    pub(crate) fn texts(&mut self, name: &'static str) -> Vec<String> {
        self.value(name).map(|value| self.as_texts(name, value)).unwrap_or_default()
    }

    /// A list of texts that must be there.
    pub(crate) fn required_texts(&mut self, name: &'static str) -> Vec<String> {
        self.required(name).map(|value| self.as_texts(name, value)).unwrap_or_default()
    }

    /// A list of texts that may be absent or null, which is not the same as empty.
    pub(crate) fn optional_texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let value = self.optional(name)?;
        Some(self.as_texts(name, value))
    }

    /// A list of UUIDs; absent is empty, null is a mistake.
    pub(crate) fn ids(&mut self, name: &'static str) -> Vec<String> {
        self.value(name).map(|value| self.as_ids(name, value)).unwrap_or_default()
    }

    /// A list of UUIDs that may be absent or null, which is not the same as empty.
    pub(crate) fn optional_ids(&mut self, name: &'static str) -> Option<Vec<String>> {
        let value = self.optional(name)?;
        Some(self.as_ids(name, value))
    }

    /// The choice of the organization's keys: a union told apart by `mode`.
    pub(crate) fn key_choice(&mut self, name: &'static str) -> KeyChoice {
        const TAGS: &str = "'none', 'all', 'selective'";
        let Some(value) = self.value(name) else { return KeyChoice::None };
        let location = self.location(name);
        let Some(given) = value.as_object() else {
            let message = "Input should be a valid dictionary or object to extract fields from";
            self.note("model_attributes_type", &location, message, value, None);
            return KeyChoice::None;
        };
        let mut context = json!({ "discriminator": "'mode'" });
        match given.get("mode") {
            Some(Value::String(mode)) if mode == "none" => KeyChoice::None,
            Some(Value::String(mode)) if mode == "all" => KeyChoice::All,
            Some(Value::String(mode)) if mode == "selective" => self.selected(name, given),
            Some(Value::Null) | None => {
                let message = "Unable to extract tag using discriminator 'mode'";
                self.note("union_tag_not_found", &location, message, value, Some(context));
                KeyChoice::None
            }
            Some(tag) => {
                let tag = tag.as_str().map_or_else(|| tag.to_string(), str::to_owned);
                let message = format!(
                    "Input tag '{tag}' found using 'mode' does not match any of the expected \
                     tags: {TAGS}"
                );
                context["tag"] = json!(tag);
                context["expected_tags"] = json!(TAGS);
                self.note("union_tag_invalid", &location, &message, value, Some(context));
                KeyChoice::None
            }
        }
    }

    /// An object that may be absent or null, read by `read`.
    pub(crate) fn optional_object(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Fields<'_>),
    ) {
        let Some(value) = self.optional(name) else { return };
        let mut location = self.location.clone();
        location.push(json!(name));
        self.object(location, name, value, read);
    }

    /// A list of objects that may be absent or null, each read by `read`.
    pub(crate) fn optional_objects(&mut self, name: &'static str, read: impl Fn(&mut Fields<'_>)) {
        let Some(value) = self.optional(name) else { return };
        for (index, item) in self.as_list(name, value).iter().enumerate() {
            let mut location = self.location.clone();
            location.extend([json!(name), json!(index)]);
            self.object(location, &format!("{name}[{index}]"), item, &read);
        }
    }

    /// A text or an object that must be there.
    pub(crate) fn text_or_object(&mut self, name: &'static str) -> Value {
        let Some(value) = self.required(name) else { return Value::Null };
        if !value.is_string() && !value.is_object() {
            let location = self.location(name);
            self.note("string_type", &location, "Input should be a valid string", value, None);
        }
        value.clone()
    }

    /// The paths of fields nobody read.
    pub(crate) fn unknown(self) -> Vec<String> {
        let mut unknown = self.unknown;
        let unread = self.given.keys().filter(|name| !self.known.contains(&name.as_str()));
        unknown.extend(unread.cloned());
        unknown
    }

    fn selected(&mut self, name: &'static str, given: &Map<String, Value>) -> KeyChoice {
        let mut location = self.location.clone();
        location.extend([json!(name), json!("selective")]);
        let mut fields = Fields::at(location, given, self.mistakes);
        fields.known.push("mode");
        let ids = match fields.required("ssh_key_ids") {
            Some(value) => fields.as_ids("ssh_key_ids", value),
            None => Vec::new(),
        };
        let unknown = fields.unknown();
        self.unknown.extend(unknown.into_iter().map(|field| format!("{name}.{field}")));
        KeyChoice::Selected(ids)
    }

    fn object(
        &mut self,
        location: Vec<Value>,
        name: &str,
        value: &Value,
        read: impl FnOnce(&mut Fields<'_>),
    ) {
        let Some(given) = value.as_object() else {
            let message = "Input should be a valid dictionary or object to extract fields from";
            let location = Value::Array(location);
            self.note("model_attributes_type", &location, message, value, None);
            return;
        };
        let mut fields = Fields::at(location, given, self.mistakes);
        read(&mut fields);
        let unknown = fields.unknown();
        self.unknown.extend(unknown.into_iter().map(|field| format!("{name}.{field}")));
    }

    fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.given.get(name)
    }

    fn optional(&mut self, name: &'static str) -> Option<&'a Value> {
        self.value(name).filter(|value| !value.is_null())
    }

    fn required(&mut self, name: &'static str) -> Option<&'a Value> {
        let value = self.value(name);
        if value.is_none() {
            let (location, input) = (self.location(name), Value::Object(self.given.clone()));
            self.note("missing", &location, "Field required", &input, None);
        }
        value
    }

    fn as_text(&mut self, name: &str, value: &Value) -> Option<String> {
        let text = value.as_str();
        if text.is_none() {
            let location = self.location(name);
            self.note("string_type", &location, "Input should be a valid string", value, None);
        }
        text.map(str::to_owned)
    }

    fn as_number(&mut self, name: &str, value: &Value) -> Option<i64> {
        let location = self.location(name);
        match value {
            Value::Bool(truth) => return Some(i64::from(*truth)),
            Value::String(text) => {
                let number = whole_number(text);
                if number.is_none() {
                    self.push(bad_number(&location, value));
                }
                return number;
            }
            Value::Number(number) => {
                if let Some(whole) = number.as_i64().or_else(|| whole_number(&number.to_string())) {
                    return Some(whole);
                }
                let message =
                    "Input should be a valid integer, got a number with a fractional part";
                self.note("int_from_float", &location, message, value, None);
            }
            _ => self.note("int_type", &location, "Input should be a valid integer", value, None),
        }
        None
    }

    fn as_id(&mut self, location: &Value, value: &Value) -> Option<String> {
        let Some(text) = value.as_str() else {
            let message = "UUID input should be a string, bytes or UUID object";
            self.note("uuid_type", location, message, value, None);
            return None;
        };
        let id = canonical_uuid(text);
        if id.is_none() {
            self.push(bad_uuid(location, text));
        }
        id
    }

    fn as_list(&mut self, name: &str, value: &'a Value) -> &'a [Value] {
        if let Some(items) = value.as_array() {
            return items;
        }
        let location = self.location(name);
        self.note("list_type", &location, "Input should be a valid list", value, None);
        &[]
    }

    fn as_texts(&mut self, name: &str, value: &'a Value) -> Vec<String> {
        let mut texts = Vec::new();
        for (index, item) in self.as_list(name, value).iter().enumerate() {
            if let Some(text) = item.as_str() {
                texts.push(text.to_owned());
            } else {
                let location = self.item(name, index);
                let message = "Input should be a valid string";
                self.note("string_type", &location, message, item, None);
            }
        }
        texts
    }

    fn as_ids(&mut self, name: &str, value: &'a Value) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for (index, item) in self.as_list(name, value).iter().enumerate() {
            let location = self.item(name, index);
            ids.extend(self.as_id(&location, item));
        }
        ids
    }

    fn location(&self, name: &str) -> Value {
        let mut location = self.location.clone();
        location.push(json!(name));
        Value::Array(location)
    }

    fn item(&self, name: &str, index: usize) -> Value {
        let mut location = self.location.clone();
        location.extend([json!(name), json!(index)]);
        Value::Array(location)
    }

    fn note(
        &mut self,
        kind: &str,
        location: &Value,
        message: &str,
        input: &Value,
        context: Option<Value>,
    ) {
        self.push(mistake(kind, location, message, input, context));
    }

    /// Takes a mistake down, unless something is wrong in the same place already: a check stops at
    /// the first thing that is wrong with a value.
    fn push(&mut self, mistake: Value) {
        let is_here = |known: &Value| known.get("loc") == mistake.get("loc");
        if !self.mistakes.iter().any(is_here) {
            self.mistakes.push(mistake);
        }
    }
}

fn characters(count: usize) -> String {
    if count == 1 { "1 character".to_owned() } else { format!("{count} characters") }
}
