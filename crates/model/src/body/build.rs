//! How a body comes to be: from values, and from the [`body!`](crate::body!) macro.

use super::{Body, Fields, OutputReference};
use crate::name::{Name, name};
use crate::text::Secret;
use serde_json::{Number, Value};
use std::sync::Arc;

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
