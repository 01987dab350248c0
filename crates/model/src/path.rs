//! Field paths: where in a document a value stands, and patterns over them.
//!
//! Written `spec.variables[Security Policies].value`: a list element is named by its key (`name`
//! unless said, as in `[project=ml]`) or by its index (`[2]`); a key with odd characters is quoted
//! (`metadata.labels["a.b/c"]`).

use crate::name::{Name, name};
use crate::shared::Shared;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// One step into a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A field of a mapping.
    Key(Name),
    /// The element of a list whose field `by` has the text `is`.
    Item {
        /// The identifying field, mostly `name`.
        by: Name,
        /// Its value.
        is: Name,
    },
    /// The element of a list at a position, from 0.
    Index(usize),
}

/// A place in a document, from its root. Clones share it: of a fleet the same is told of the same
/// places.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Shared<Vec<Segment>>);

impl FieldPath {
    /// The document itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The steps.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// This path and one more step.
    #[must_use]
    pub fn then(&self, segment: Segment) -> Self {
        let mut segments = Vec::with_capacity(self.0.len() + 1);
        segments.extend_from_slice(&self.0);
        segments.push(segment);
        Self(segments.into())
    }

    /// This path and one more field.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.then(Segment::Key(name(key)))
    }

    /// This path and the element whose `by` is `is`.
    #[must_use]
    pub fn item(&self, by: &str, is: &str) -> Self {
        self.then(Segment::Item { by: name(by), is: is.into() })
    }

    /// This path and the element at a position.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.then(Segment::Index(index))
    }

    /// Goes one step further in, in place; [`FieldPath::pop`] goes back.
    pub fn push(&mut self, segment: Segment) {
        self.0.push(segment);
    }

    /// Takes the last step back, if there is one.
    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// The path without its last step; `None` at the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec().into()))
    }

    /// Whether this path is `other` or below it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

impl fmt::Display for FieldPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = self.0.iter().enumerate();
        steps.try_for_each(|(position, segment)| write_segment(formatter, position, segment))
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = self.0.iter().enumerate();
        steps.try_for_each(|(position, matcher)| match matcher {
            Matcher::Exactly(segment) => write_segment(formatter, position, segment),
            Matcher::AnyKey if position == 0 => formatter.write_str("*"),
            Matcher::AnyKey => formatter.write_str(".*"),
            Matcher::AnyElement => formatter.write_str("[*]"),
            Matcher::Wrong(text) => write!(formatter, "{text:?}"),
        })
    }
}

fn write_segment(
    formatter: &mut fmt::Formatter<'_>,
    position: usize,
    segment: &Segment,
) -> fmt::Result {
    match segment {
        Segment::Key(key) if is_plain(key) && position == 0 => formatter.write_str(key),
        Segment::Key(key) if is_plain(key) => write!(formatter, ".{key}"),
        Segment::Key(key) => write!(formatter, "[{}]", Value::from(&**key)),
        Segment::Index(index) => write!(formatter, "[{index}]"),
        Segment::Item { by, is } => write_item(formatter, by, is),
    }
}

fn write_item(formatter: &mut fmt::Formatter<'_>, by: &str, is: &str) -> fmt::Result {
    let number = is.bytes().all(|byte| byte.is_ascii_digit());
    let odd = |c: char| "[]=\"*".contains(c) || c.is_control();
    if by == "name" && !is.is_empty() && !number && !is.contains(odd) {
        return write!(formatter, "[{is}]");
    }
    let quoted;
    let shown = if is.contains(odd) || is.is_empty() {
        quoted = Value::from(is).to_string();
        &quoted
    } else {
        is
    };
    write!(formatter, "[{by}={shown}]")
}

/// The text is not a field path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a field path, like spec.variables[Contract Term].value")]
pub struct NotAPath(pub String);

/// One step of a pattern, before it is known whether patterns are allowed.
enum Piece {
    Segment(Segment),
    AnyKey,
    AnyElement,
}

fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(bracketed) = rest.strip_prefix('[') {
            let (piece, after) = bracket(bracketed)?;
            pieces.push(piece);
            rest = after;
        } else {
            let dotted = if pieces.is_empty() { rest } else { rest.strip_prefix('.')? };
            let end = dotted.find(['.', '[']).unwrap_or(dotted.len());
            let (key, after) = dotted.split_at(end);
            pieces.push(match key {
                "*" => Piece::AnyKey,
                key if is_plain(key) => Piece::Segment(Segment::Key(name(key))),
                _ => return None,
            });
            rest = after;
        }
    }
    Some(pieces)
}

/// Reads the inside of a bracket and what follows it.
fn bracket(text: &str) -> Option<(Piece, &str)> {
    if text.starts_with('"') {
        let (key, after) = quoted(text)?;
        return Some((Piece::Segment(Segment::Key(key.into())), after.strip_prefix(']')?));
    }
    if let Some((by, value)) = text.split_once('=')
        && is_plain(by)
    {
        let (is, after) = if value.starts_with('"') {
            let (is, after) = quoted(value)?;
            (is, after.strip_prefix(']')?)
        } else {
            let (is, after) = value.split_once(']')?;
            (is.to_owned(), after)
        };
        return Some((Piece::Segment(Segment::Item { by: name(by), is: is.into() }), after));
    }
    let (inside, after) = text.split_once(']')?;
    let piece = match inside {
        "" | "*" => Piece::AnyElement,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Piece::Segment(Segment::Index(digits.parse().ok()?))
        }
        is => Piece::Segment(Segment::Item { by: name("name"), is: is.into() }),
    };
    Some((piece, after))
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let key = stream.next()?.ok()?;
    let end = stream.byte_offset();
    Some((key, text.get(end..)?))
}

impl FromStr for FieldPath {
    type Err = NotAPath;

    fn from_str(text: &str) -> Result<Self, NotAPath> {
        let refused = || NotAPath(text.to_owned());
        let segments = pieces(text).ok_or_else(refused)?.into_iter().map(|piece| match piece {
            Piece::Segment(segment) => Some(segment),
            Piece::AnyKey | Piece::AnyElement => None,
        });
        let segments: Vec<Segment> = segments.collect::<Option<_>>().ok_or_else(refused)?;
        Ok(Self(segments.into()))
    }
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FieldPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One step of a [`PathPattern`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matcher {
    /// This step.
    Exactly(Segment),
    /// Any field: `*`.
    AnyKey,
    /// Any element of a list: `[*]`.
    AnyElement,
    /// What was written is no pattern; takes nothing. See [`PathPattern::literal`].
    Wrong(String),
}

impl Matcher {
    pub(crate) fn takes(&self, segment: &Segment) -> bool {
        match self {
            Self::Exactly(wanted) => wanted == segment,
            Self::AnyKey => matches!(segment, Segment::Key(_)),
            Self::AnyElement => !matches!(segment, Segment::Key(_)),
            Self::Wrong(_) => false,
        }
    }
}

/// A pattern over field paths: `spec.variables[*].value`, `metadata.labels.*`. It covers the paths
/// it matches and everything below them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathPattern(Vec<Matcher>);

impl PathPattern {
    /// A pattern for exactly one path and what is below it.
    #[must_use]
    pub fn exactly(path: &FieldPath) -> Self {
        Self(path.segments().iter().cloned().map(Matcher::Exactly).collect())
    }

    /// A pattern of a kind's tables. One that is wrong keeps its text and takes nothing: the
    /// registry refuses the kind and names it, so that no run ever goes by such a table.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        text.parse().unwrap_or_else(|NotAPath(text)| Self(vec![Matcher::Wrong(text)]))
    }

    /// The pattern of any element of the lists this one matches.
    #[must_use]
    pub fn any_element(mut self) -> Self {
        self.0.push(Matcher::AnyElement);
        self
    }

    /// The pattern of a field of what this one matches.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.0.push(Matcher::Exactly(Segment::Key(name(key))));
        self
    }

    /// What is wrong with a pattern that was written in a table.
    ///
    /// # Errors
    /// With the text, when it is no pattern.
    pub fn check(&self) -> Result<(), NotAPath> {
        match self.0.as_slice() {
            [Matcher::Wrong(text)] => Err(NotAPath(text.clone())),
            _ => Ok(()),
        }
    }

    /// The steps.
    #[must_use]
    pub fn matchers(&self) -> &[Matcher] {
        &self.0
    }

    /// Whether the pattern matches `path` itself.
    #[must_use]
    pub fn matches(&self, path: &FieldPath) -> bool {
        self.0.len() == path.segments().len() && self.covers(path)
    }

    /// Whether the pattern matches `path` or a path above it.
    #[must_use]
    pub fn covers(&self, path: &FieldPath) -> bool {
        self.0.len() <= path.segments().len() && self.touches(path)
    }

    /// Whether the pattern covers `path` or something below it.
    #[must_use]
    pub fn touches(&self, path: &FieldPath) -> bool {
        self.0.iter().zip(path.segments()).all(|(matcher, segment)| matcher.takes(segment))
    }

    /// Longer patterns, and among equals those with fewer wildcards, are more specific.
    #[must_use]
    pub fn specificity(&self) -> (usize, usize) {
        let exact = self.0.iter().filter(|matcher| matches!(matcher, Matcher::Exactly(_)));
        (self.0.len(), exact.count())
    }
}

impl FromStr for PathPattern {
    type Err = NotAPath;

    fn from_str(text: &str) -> Result<Self, NotAPath> {
        let pieces = pieces(text).ok_or_else(|| NotAPath(text.to_owned()))?;
        let matchers = pieces.into_iter().map(|piece| match piece {
            Piece::Segment(segment) => Matcher::Exactly(segment),
            Piece::AnyKey => Matcher::AnyKey,
            Piece::AnyElement => Matcher::AnyElement,
        });
        Ok(Self(matchers.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_read_as_people_write_them() {
        for text in [
            "spec.variables[Security Policies].value",
            "metadata.labels[\"a.b/c\"]",
            "spec.projectRoles[project=ml].roles[2]",
            "spec.variables[name=12].value",
        ] {
            assert_eq!(text.parse::<FieldPath>().unwrap().to_string(), text);
        }
        for wrong in ["a..b", ".a", "a[", "a[x", "a.*"] {
            assert!(wrong.parse::<FieldPath>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn patterns_cover_what_is_below() {
        let pattern: PathPattern = "spec.variables[*].value".parse().unwrap();
        let path: FieldPath = "spec.variables[A].value.deep".parse().unwrap();
        assert!(pattern.covers(&path) && !pattern.matches(&path));
        let above: FieldPath = "spec.variables".parse().unwrap();
        assert!(pattern.touches(&above) && !pattern.covers(&above) && pattern.touches(&path));
        assert!(!pattern.touches(&"spec.other".parse().unwrap()));
        assert!(
            "metadata.labels.*"
                .parse::<PathPattern>()
                .unwrap()
                .matches(&"metadata.labels[\"a/b\"]".parse().unwrap())
        );
    }

    #[test]
    fn patterns_show_themselves_and_wrong_ones_take_nothing() {
        for text in ["spec.variables[*].value", "metadata.labels.*", "*.variables[B].name"] {
            let pattern: PathPattern = text.parse().unwrap();
            assert_eq!((pattern.to_string().as_str(), pattern.check()), (text, Ok(())));
        }
        let wrong = PathPattern::literal("spec..size");
        assert_eq!(wrong.check(), Err(NotAPath("spec..size".to_owned())));
        assert!(!wrong.touches(&"spec".parse().unwrap()));
    }

    fn any_segment() -> impl Strategy<Value = Segment> {
        prop_oneof![
            ".{1,8}".prop_map(|key| Segment::Key(key.into())),
            (0..9_usize).prop_map(Segment::Index),
            ("[a-z]{1,6}", ".{0,8}")
                .prop_map(|(by, is)| Segment::Item { by: by.into(), is: is.into() }),
        ]
    }

    proptest! {
        #[test]
        fn every_path_parses_back(first in "[a-z]{1,5}", rest in prop::collection::vec(any_segment(), 0..5)) {
            let path = rest.into_iter().fold(FieldPath::root().key(&first), |path, segment| path.then(segment));
            prop_assert_eq!(path.to_string().parse::<FieldPath>().unwrap(), path);
        }
    }
}
