//! The fields of request bodies, read with pydantic's rules (contract 9.2): every mistake is noted,
//! numbers in texts are taken, unknown fields are dropped.
//!
//! A type says how a field of it is read, and has the schema that the OpenAPI document shows. The
//! bodies that are made of them are in `bodies`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::answers::Id;
use super::choices::Choice;
use super::knobs::Knobs;
use super::mistakes::{Mistake, Step, bad_choice, bad_number, bad_uuid, whole_number};
use plumb_sandbox::ids::canonical_uuid;

/// What a field of a body may be.
pub(crate) trait Field: JsonSchema + Sized {
    /// Reads a value; nothing where it is wrong, which is noted.
    fn read(value: &Value, at: &mut Place<'_>) -> Option<Self>;

    /// What its absence means; nothing where it must be there.
    fn absent() -> Option<Self> {
        None
    }
}

/// What is found out while the input of a call is read.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) mistakes: Vec<Mistake>,
    /// Fields of the body nobody asked for, with their path.
    pub(crate) unknown: Vec<String>,
}

/// Where a value stands in a body, and where to note what is wrong with it.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    pub(crate) knobs: &'a Knobs,
    location: Vec<Step>,
    /// The path as notes of unknown fields have it.
    path: String,
    notes: &'a mut Notes,
}

impl<'a> Place<'a> {
    pub(crate) fn body(knobs: &'a Knobs, notes: &'a mut Notes) -> Self {
        Place { knobs, location: vec![Step::Name("body")], path: String::new(), notes }
    }

    /// The place of a branch of a union, whose name no path has.
    pub(crate) fn branch(&mut self, name: &'static str) -> Place<'_> {
        self.below(Step::Name(name), self.path.clone())
    }

    /// Notes what is wrong with the value here.
    pub(crate) fn wrong<T>(
        &mut self,
        kind: &'static str,
        message: impl Into<String>,
        input: &Value,
        context: impl Into<Option<Value>>,
    ) -> Option<T> {
        let mistake = Mistake::new(kind, &self.location, message, input);
        let mistake = match context.into() {
            Some(context) => mistake.about(context),
            None => mistake,
        };
        self.refuse(|_| mistake)
    }

    /// Notes a mistake here.
    pub(crate) fn refuse<T>(&mut self, mistake: impl FnOnce(&[Step]) -> Mistake) -> Option<T> {
        self.notes.mistakes.push(mistake(&self.location));
        None
    }

    pub(crate) fn object<'v>(&mut self, value: &'v Value) -> Option<&'v Map<String, Value>> {
        let message = "Input should be a valid dictionary or object to extract fields from";
        value.as_object().or_else(|| self.wrong("model_attributes_type", message, value, None))
    }

    /// Reads a member of the object here.
    pub(crate) fn member<T: Field>(
        &mut self,
        given: &Map<String, Value>,
        name: &'static str,
        absent: fn() -> Option<T>,
    ) -> Option<T> {
        let mut member = self.below(Step::Name(name), self.path_of(name));
        match given.get(name) {
            Some(value) => T::read(value, &mut member),
            None => absent().or_else(|| {
                member.wrong("missing", "Field required", &Value::Object(given.clone()), None)
            }),
        }
    }

    /// Notes the members of the object here that nobody asked for.
    pub(crate) fn note_unknown(&mut self, given: &Map<String, Value>, known: &[&str]) {
        let unknown = given.keys().filter(|name| !known.contains(&name.as_str()));
        let unknown: Vec<String> = unknown.map(|name| self.path_of(name)).collect();
        self.notes.unknown.extend(unknown);
    }

    fn below(&mut self, step: Step, path: String) -> Place<'_> {
        let mut location = self.location.clone();
        location.push(step);
        Place { knobs: self.knobs, location, path, notes: self.notes }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// Bodies and their parts: of each list of fields the struct, its schema, and how it is read. A field
/// may be left out where its type is an option or where `= default` stands behind it.
macro_rules! bodies {
    ($($(#[$meta:meta])* struct $name:ident {
        $($(#[$about:meta])* $field:ident: $type:ty $(= $absent:ident)?,)+
    })+) => {$(
        $(#[$meta])*
        #[derive(Debug, schemars::JsonSchema)]
        pub(crate) struct $name {
            $($(#[$about])* $(#[schemars($absent)])? pub(crate) $field: $type,)+
        }

        impl $crate::fields::Field for $name {
            fn read(value: &Value, at: &mut $crate::fields::Place<'_>) -> Option<Self> {
                use $crate::fields::{bodies, name_of};
                let given = at.object(value)?;
                $(let $field = at.member::<$type>(
                    given,
                    name_of(stringify!($field)),
                    bodies!(@absent $($absent)?),
                );)+
                at.note_unknown(given, &[$(name_of(stringify!($field))),+]);
                Some($name { $($field: $field?),+ })
            }
        }
    )+};
    (@absent) => { $crate::fields::Field::absent };
    (@absent default) => { || Some(Default::default()) };
}

pub(crate) use bodies;

/// The name of a field that may be a word of the language.
pub(crate) fn name_of(field: &'static str) -> &'static str {
    field.trim_start_matches("r#")
}

impl<T: Choice + JsonSchema> Field for T {
    fn read(value: &Value, at: &mut Place<'_>) -> Option<Self> {
        value.as_str().and_then(T::parse).or_else(|| {
            let allowed: Vec<&str> = T::ALL.iter().map(|(text, _)| *text).collect();
            at.refuse(|location| bad_choice(location, value, &allowed))
        })
    }
}

impl Field for String {
    fn read(value: &Value, at: &mut Place<'_>) -> Option<Self> {
        let text = value.as_str().map(str::to_owned);
        text.or_else(|| at.wrong("string_type", "Input should be a valid string", value, None))
    }
}

impl Field for i64 {
    fn read(value: &Value, at: &mut Place<'_>) -> Option<Self> {
        match value {
            Value::Bool(truth) => Some(i64::from(*truth)),
            Value::String(text) => {
                whole_number(text).or_else(|| at.refuse(|location| bad_number(location, value)))
            }
            Value::Number(number) => {
                let whole = number.as_i64().or_else(|| whole_number(&number.to_string()));
                let message =
                    "Input should be a valid integer, got a number with a fractional part";
                whole.or_else(|| at.wrong("int_from_float", message, value, None))
            }
            _ => at.wrong("int_type", "Input should be a valid integer", value, None),
        }
    }
}

/// A UUID, which becomes canonical.
impl Field for Id {
    fn read(value: &Value, at: &mut Place<'_>) -> Option<Self> {
        let Some(text) = value.as_str() else {
            let message = "UUID input should be a string, bytes or UUID object";
            return at.wrong("uuid_type", message, value, None);
        };
        let id = canonical_uuid(text).map(Id);
        id.or_else(|| at.refuse(|location| bad_uuid(location, text)))
    }
}

/// Absent or null, which is not the same as empty.
impl<T: Field> Field for Option<T> {
    fn read(value: &Value, at: &mut Place<'_>) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::read(value, at).map(Some) }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Field> Field for Vec<T> {
    fn read(value: &Value, at: &mut Place<'_>) -> Option<Self> {
        let Some(items) = value.as_array() else {
            return at.wrong("list_type", "Input should be a valid list", value, None);
        };
        let mut read = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("{}[{index}]", at.path);
            read.extend(T::read(item, &mut at.below(Step::Index(index), path)));
        }
        (read.len() == items.len()).then_some(read)
    }
}

/// A text of a length within bounds; characters count.
#[derive(Debug)]
pub(crate) struct Text<const LEAST: usize, const MOST: usize>(pub(crate) String);

impl<const LEAST: usize, const MOST: usize> Field for Text<LEAST, MOST> {
    fn read(value: &Value, at: &mut Place<'_>) -> Option<Self> {
        let text = String::read(value, at)?;
        let characters = |count| if count == 1 { "character" } else { "characters" };
        match text.chars().count() {
            length if length < LEAST => {
                let message = format!("String should have at least {LEAST} {}", characters(LEAST));
                at.wrong("string_too_short", message, value, json!({ "min_length": LEAST }))
            }
            length if length > MOST => {
                let message = format!("String should have at most {MOST} {}", characters(MOST));
                at.wrong("string_too_long", message, value, json!({ "max_length": MOST }))
            }
            _ => Some(Text(text)),
        }
    }
}

impl<const LEAST: usize, const MOST: usize> JsonSchema for Text<LEAST, MOST> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({ "type": "string", "minLength": LEAST });
        if MOST < usize::MAX {
            schema.insert("maxLength".to_owned(), json!(MOST));
        }
        schema
    }
}
