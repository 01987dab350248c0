//! How a body is read from JSON: each value in turn, or, where a fleet repeats itself, by its text.

use super::{Body, Pool};
use crate::name::{Name, name};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// How deep in an answer the values stand that repeat from item to item: in a list's items' fields.
const IN_ITEMS: usize = 3;

impl Body {
    /// Reads JSON.
    ///
    /// # Errors
    /// What is wrong with the text; it is nested more than 128 deep, say.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }

    /// Reads JSON text, and each field whose text came before in the same pool not again.
    ///
    /// # Errors
    /// As any JSON.
    pub fn with_fields_by_text<'de, D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        Reader { above_texts: Some(1) }.deserialize(json)
    }
}

impl Pool {
    /// Reads an answer. Lists and mappings in the fields of its items whose text came before are not read again.
    ///
    /// # Errors
    /// What is wrong with the text; it is nested more than 128 deep, say.
    pub fn read(&mut self, json: &[u8]) -> Result<Body, serde_json::Error> {
        let text = std::str::from_utf8(json).map_err(serde_json::Error::custom)?;
        self.lend(|| {
            let mut json = serde_json::Deserializer::from_str(text);
            let body = Reader { above_texts: Some(IN_ITEMS) }.deserialize(&mut json)?;
            json.end().map(|()| body)
        })
    }
}

/// Reads whatever stands there, into the pool that is lent.
#[derive(Clone, Copy)]
struct Reader {
    /// How many levels below it values are known by their text; `None` where none is.
    above_texts: Option<usize>,
}

impl Reader {
    /// What reads the values inside.
    fn inside(self) -> Self {
        Self { above_texts: self.above_texts.and_then(|levels| levels.checked_sub(1)) }
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Reader { above_texts: None }.deserialize(deserializer)
    }
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Body;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Body, D::Error> {
        if self.above_texts == Some(0) {
            let text: &RawValue = Deserialize::deserialize(deserializer)?;
            return by_text(text.get()).map_err(D::Error::custom);
        }
        deserializer.deserialize_any(self)
    }
}

/// What a text of JSON says: what it said before, where it came before.
fn by_text(text: &str) -> Result<Body, serde_json::Error> {
    if !text.starts_with(['{', '[']) {
        return serde_json::from_str(text);
    }
    if let Some(known) = Pool::lent(|pool| pool.and_then(|pool| pool.of_text(text))) {
        return Ok(known);
    }
    let body: Body = serde_json::from_str(text)?;
    Pool::lent(|pool| pool.map(|pool| pool.remember_text(text, &body)));
    Ok(body)
}

impl<'de> Visitor<'de> for Reader {
    type Value = Body;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Body, E> {
        Ok(Body::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Body, E> {
        Ok(truth.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Body, E> {
        Ok(number.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Body, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Body, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Body, E> {
        Ok(Pool::lent(|pool| pool.map_or_else(|| text.into(), |pool| pool.text(text))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Body, A::Error> {
        let mut items: Vec<Body> = Vec::new();
        while let Some(item) = list.next_element_seed(self.inside())? {
            items.push(item);
        }
        Ok(Pool::lent(|pool| match pool {
            Some(pool) => pool.list(items),
            None => items.into(),
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let mut fields: Vec<(Name, Body)> = Vec::new();
        while let Some(Label(name)) = map.next_key()? {
            fields.push((name, map.next_value_seed(self.inside())?));
        }
        Ok(Pool::lent(|pool| match pool {
            Some(pool) => pool.fields(fields),
            None => Body::Fields(fields.into()),
        }))
    }
}

/// A name as it is read.
struct Label(Name);

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Label;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the name of a field")
            }

            fn visit_str<E>(self, text: &str) -> Result<Label, E> {
                Ok(Label(name(text)))
            }
        }
        deserializer.deserialize_str(Text)
    }
}
