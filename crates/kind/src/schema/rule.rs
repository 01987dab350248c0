//! A compiled schema: its rules, and what may stand where.

use plumb_model::Pattern;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A schema inside a [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId(pub(super) usize);

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// A text.
    String,
    /// A list.
    Array,
    /// A mapping.
    Object,
}

impl Type {
    const ALL: [(&'static str, Self); 7] = [
        ("null", Self::Null),
        ("boolean", Self::Boolean),
        ("integer", Self::Integer),
        ("number", Self::Number),
        ("string", Self::String),
        ("array", Self::Array),
        ("object", Self::Object),
    ];

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// Whether it is of single values that say something: no list, no mapping and no `null`.
    #[must_use]
    pub fn is_single(self) -> bool {
        !matches!(self, Self::Null | Self::Array | Self::Object)
    }

    /// What the type is called in findings.
    #[must_use]
    pub fn shown(self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean => "true or false",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::String => "text",
            Self::Array => "a list",
            Self::Object => "a mapping",
        }
    }
}

/// What fields other than the named ones may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Additional {
    /// Anything.
    #[default]
    Free,
    /// Not there.
    Refused,
    /// What this schema says.
    Checked(RuleId),
}

/// One schema's own words; what is not said is not asked.
#[derive(Debug, Default)]
pub struct Rule {
    /// Nothing fits: the schema `false`.
    pub never: bool,
    /// `type`.
    pub types: Option<BTreeSet<Type>>,
    /// `properties`.
    pub properties: BTreeMap<String, RuleId>,
    /// `required`.
    pub required: Vec<String>,
    /// `additionalProperties`.
    pub additional: Additional,
    /// `items`.
    pub items: Option<RuleId>,
    /// `minItems`.
    pub least_items: Option<u64>,
    /// `enum` or `const`.
    pub allowed: Option<Vec<Value>>,
    /// `pattern`.
    pub pattern: Option<Pattern>,
    /// `minLength`, in characters.
    pub shortest: Option<u64>,
    /// `maxLength`, in characters.
    pub longest: Option<u64>,
    /// `minimum`.
    pub minimum: Option<f64>,
    /// `maximum`.
    pub maximum: Option<f64>,
    /// Each must fit: `$ref` and `allOf`.
    pub all: Vec<RuleId>,
    /// One must fit, for each of these lists: `anyOf` and `oneOf`.
    pub one: Vec<(Vec<RuleId>, Branches)>,
}

/// How many branches may fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branches {
    /// `anyOf`.
    AtLeastOne,
    /// `oneOf`.
    ExactlyOne,
}

/// A compiled schema.
#[derive(Debug)]
pub struct Schema {
    pub(super) rules: Vec<Rule>,
    pub(super) root: RuleId,
}

impl Schema {
    /// The rule for the whole.
    #[must_use]
    pub fn root(&self) -> RuleId {
        self.root
    }

    /// A rule by its id; `None` for one of another schema.
    #[must_use]
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get(id.0)
    }

    /// This rule and all it refers to that must fit too. They do not go in circles: the schema
    /// would not have compiled.
    #[must_use]
    pub fn together(&self, id: RuleId) -> Vec<&Rule> {
        let mut rules = Vec::new();
        let mut rest = vec![id];
        while let Some(rule) = rest.pop().and_then(|id| self.rule(id)) {
            rest.extend(&rule.all);
            rules.push(rule);
        }
        rules
    }

    /// The types the whole may have; `None` when any.
    #[must_use]
    pub fn root_types(&self) -> Option<BTreeSet<Type>> {
        self.types(self.root)
    }

    /// The types a value may have here, through references and branches; `None` when any.
    #[must_use]
    pub fn types(&self, id: RuleId) -> Option<BTreeSet<Type>> {
        let mut types: Option<BTreeSet<Type>> = None;
        let mut narrow = |other: Option<BTreeSet<Type>>| {
            types = match (types.take(), other) {
                (Some(one), Some(other)) => Some(&one & &other),
                (one, other) => one.or(other),
            };
        };
        for rule in self.together(id) {
            narrow(rule.types.clone());
            let of_values = rule.allowed.as_ref().map(|values| values.iter().map(type_of));
            narrow(of_values.map(Iterator::collect));
            for (branches, _) in &rule.one {
                let each: Option<Vec<_>> =
                    branches.iter().map(|branch| self.types(*branch)).collect();
                narrow(each.map(|each| each.into_iter().flatten().collect()));
            }
        }
        types
    }
}

/// The narrowest type of a value.
pub(crate) fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Boolean,
        Value::Number(number) if number.is_f64() => Type::Number,
        Value::Number(_) => Type::Integer,
        Value::String(_) => Type::String,
        Value::Array(_) => Type::Array,
        Value::Object(_) => Type::Object,
    }
}
