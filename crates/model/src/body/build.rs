//! How a body comes to be: from JSON text, from values, and from the [`body!`](crate::body!) macro.

use super::{Body, Fields, OutputReference, Pool};
use crate::name::{Name, name};
use crate::text::Secret;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};
use std::fmt;
use std::sync::Arc;

impl Body {
    /// Reads JSON.
    ///
    /// # Errors
    /// What is wrong with the text; it is nested more than 128 deep, say.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

/// A body with these fields, written as JSON is. What is not a literal stands in Rust, and becomes
/// a [`Body`] by `From`.
#[macro_export]
macro_rules! body {
    (null) => { $crate::Body::Null };
    ([]) => { $crate::Body::List(::std::default::Default::default()) };
    ([ $($items:tt)+ ]) => {
        $crate::Body::from($crate::body!(@items [] $($items)+))
    };
    ({}) => { $crate::Body::Fields(::std::default::Default::default()) };
    ({ $($fields:tt)+ }) => {
        $crate::Body::Fields($crate::Fields::from($crate::body!(@fields [] $($fields)*)))
    };
    (@items [$($done:expr,)*]) => { [$($done,)*] };
    (@items [$($done:expr,)*] null $(, $($rest:tt)*)?) => {
        $crate::body!(@items [$($done,)* $crate::Body::Null,] $($($rest)*)?)
    };
    (@items [$($done:expr,)*] { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $crate::body!(@items [$($done,)* $crate::body!({ $($inner)* }),] $($($rest)*)?)
    };
    (@items [$($done:expr,)*] [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $crate::body!(@items [$($done,)* $crate::body!([ $($inner)* ]),] $($($rest)*)?)
    };
    (@items [$($done:expr,)*] $item:expr $(, $($rest:tt)*)?) => {
        $crate::body!(@items [$($done,)* $crate::Body::from(&$item),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*]) => { ::std::vec![$($done,)*] };
    (@fields [$($done:expr,)*] $name:tt : null $(, $($rest:tt)*)?) => {
        $crate::body!(@fields [$($done,)* $crate::body::field(&$name, $crate::Body::Null),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] $name:tt : { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $crate::body!(@fields [$($done,)* $crate::body::field(&$name, $crate::body!({ $($inner)* })),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] $name:tt : [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $crate::body!(@fields [$($done,)* $crate::body::field(&$name, $crate::body!([ $($inner)* ])),] $($($rest)*)?)
    };
    (@fields [$($done:expr,)*] $name:tt : $value:expr $(, $($rest:tt)*)?) => {
        $crate::body!(@fields [$($done,)* $crate::body::field(&$name, $crate::Body::from(&$value)),] $($($rest)*)?)
    };
    ($value:expr) => { $crate::Body::from(&$value) };
}

/// A field of a [`body!`](crate::body!).
#[doc(hidden)]
pub fn field(text: impl AsRef<str>, value: Body) -> (Name, Body) {
    (name(text.as_ref()), value)
}

macro_rules! from {
    ($($source:ty => |$it:ident| $made:expr,)*) => {$(
        impl From<$source> for Body {
            fn from($it: $source) -> Self { $made }
        }
    )*};
}

from! {
    bool => |it| Self::Bool(it),
    u8 => |it| Self::Number(it.into()),
    u16 => |it| Self::Number(it.into()),
    u32 => |it| Self::Number(it.into()),
    u64 => |it| Self::Number(it.into()),
    usize => |it| Self::Number(it.into()),
    i32 => |it| Self::Number(it.into()),
    i64 => |it| Self::Number(it.into()),
    f64 => |it| Number::from_f64(it).map_or(Self::Null, Self::Number),
    Number => |it| Self::Number(it),
    &str => |it| Self::Text(it.into()),
    String => |it| Self::Text(it.into()),
    Arc<str> => |it| Self::Text(it),
    Fields => |it| Self::Fields(it),
    Secret => |it| Self::Secret(it),
    OutputReference => |it| Self::Output(Arc::new(it)),
    Value => |it| match it {
        Value::Null => Self::Null,
        Value::Bool(truth) => Self::Bool(truth),
        Value::Number(number) => Self::Number(number),
        Value::String(text) => text.into(),
        Value::Array(items) => items.into_iter().map(Self::from).collect(),
        Value::Object(fields) => {
            Self::Fields(fields.into_iter().map(|(name, value)| (name, value.into())).collect())
        }
    },
}

impl<T: Into<Body>> From<Option<T>> for Body {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Body>> From<Vec<T>> for Body {
    fn from(items: Vec<T>) -> Self {
        items.into_iter().collect()
    }
}

impl<T: Into<Body>, const N: usize> From<[T; N]> for Body {
    fn from(items: [T; N]) -> Self {
        items.into_iter().collect()
    }
}

impl<T: Into<Body> + Clone> From<&[T]> for Body {
    fn from(items: &[T]) -> Self {
        items.iter().cloned().collect()
    }
}

impl<T: Into<Body> + Clone> From<&T> for Body {
    fn from(value: &T) -> Self {
        value.clone().into()
    }
}

impl<T: Into<Body>> FromIterator<T> for Body {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// Reads whatever stands there, into the pool that is lent.
struct Reader;

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
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Pool::lent(|pool| match pool {
            Some(pool) => pool.list(items),
            None => items.into(),
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let mut fields: Vec<(Name, Body)> = Vec::new();
        while let Some((Label(name), value)) = map.next_entry()? {
            fields.push((name, value));
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
