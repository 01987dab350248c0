//! JSON Schemas, compiled once for checking many documents: only the keywords that
//! [`Kind::schema`](plumb_kind::Kind::schema) allows. Checking is in `validate`.

use regex::Regex;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A schema inside a [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RuleId(u32);

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
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

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// What the type is called in findings.
    pub(crate) fn shown(self) -> &'static str {
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
pub(crate) enum Additional {
    /// Anything.
    #[default]
    Free,
    /// Not there.
    Refused,
    /// What this schema says.
    Checked(RuleId),
}

/// One schema's own keywords.
#[derive(Debug, Default)]
pub(crate) struct Rule {
    /// Nothing fits: the schema `false`.
    pub(crate) never: bool,
    pub(crate) types: Option<BTreeSet<Type>>,
    pub(crate) properties: BTreeMap<String, RuleId>,
    pub(crate) required: Vec<String>,
    pub(crate) additional: Additional,
    pub(crate) items: Option<RuleId>,
    pub(crate) least_items: Option<u64>,
    pub(crate) allowed: Option<Vec<Value>>,
    pub(crate) pattern: Option<Regex>,
    pub(crate) shortest: Option<u64>,
    pub(crate) longest: Option<u64>,
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    /// Each must fit: `$ref` and `allOf`.
    pub(crate) all: Vec<RuleId>,
    /// One must fit, for each of these lists: `anyOf` and `oneOf`.
    pub(crate) one: Vec<(Vec<RuleId>, Branches)>,
}

/// How many branches may fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Branches {
    /// `anyOf`.
    AtLeastOne,
    /// `oneOf`.
    ExactlyOne,
}

/// A compiled schema.
#[derive(Debug)]
pub(crate) struct Schema {
    rules: Vec<Rule>,
    root: RuleId,
}

impl Schema {
    /// Compiles a schema. What is not understood (a reference to nowhere, a pattern that is no
    /// regular expression) allows everything; the published schemas' tests guard against that.
    pub(crate) fn compile(schema: &Value) -> Self {
        Self::part(schema, schema)
    }

    /// Compiles a part of a whole schema, which its references point into.
    pub(crate) fn part(whole: &Value, schema: &Value) -> Self {
        let mut compiler = Compiler { whole, rules: Vec::new(), known: BTreeMap::new() };
        let root = compiler.compile(schema, 0);
        Self { rules: compiler.rules, root }
    }

    pub(crate) fn root(&self) -> RuleId {
        self.root
    }

    pub(crate) fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get(id.0 as usize)
    }

    /// This rule and all it refers to that must fit too.
    pub(crate) fn together(&self, id: RuleId) -> Vec<&Rule> {
        const MOST: usize = 32;
        let mut rules = Vec::new();
        let mut rest = vec![id];
        while let Some(rule) = rest.pop().and_then(|id| self.rule(id)) {
            rest.extend(&rule.all);
            rules.push(rule);
            if rules.len() >= MOST {
                break;
            }
        }
        rules
    }

    /// The types the whole may have; `None` when any.
    pub(crate) fn root_types(&self) -> Option<BTreeSet<Type>> {
        self.types(self.root)
    }

    /// The types a value may have here, through references and branches; `None` when any.
    pub(crate) fn types(&self, id: RuleId) -> Option<BTreeSet<Type>> {
        self.types_within(id, 0)
    }

    fn types_within(&self, id: RuleId, depth: usize) -> Option<BTreeSet<Type>> {
        const DEEPEST: usize = 8;
        if depth > DEEPEST {
            return None;
        }
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
                    branches.iter().map(|branch| self.types_within(*branch, depth + 1)).collect();
                narrow(each.map(|each| each.into_iter().flatten().collect()));
            }
        }
        types
    }
}

fn type_of(value: &Value) -> Type {
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

struct Compiler<'s> {
    whole: &'s Value,
    rules: Vec<Rule>,
    /// References that are compiled, or being compiled.
    known: BTreeMap<&'s str, RuleId>,
}

impl<'s> Compiler<'s> {
    fn compile(&mut self, schema: &'s Value, depth: usize) -> RuleId {
        let id = self.reserve();
        self.fill(id, schema, depth);
        id
    }

    fn reserve(&mut self) -> RuleId {
        let id = RuleId(u32::try_from(self.rules.len()).unwrap_or(u32::MAX));
        self.rules.push(Rule::default());
        id
    }

    fn fill(&mut self, id: RuleId, schema: &'s Value, depth: usize) {
        const DEEPEST: usize = 64;
        let rule = match schema {
            Value::Bool(false) => Rule { never: true, ..Rule::default() },
            Value::Object(keywords) if depth < DEEPEST => self.rule(keywords, depth + 1),
            _ => Rule::default(),
        };
        if let Some(place) = self.rules.get_mut(id.0 as usize) {
            *place = rule;
        }
    }

    fn rule(&mut self, keywords: &'s Map<String, Value>, depth: usize) -> Rule {
        let number = |name: &str| keywords.get(name).and_then(Value::as_f64);
        let count = |name: &str| keywords.get(name).and_then(Value::as_u64);
        let mut rule = Rule {
            types: keywords.get("type").map(types),
            least_items: count("minItems"),
            shortest: count("minLength"),
            longest: count("maxLength"),
            minimum: number("minimum"),
            maximum: number("maximum"),
            allowed: keywords.get("enum").and_then(Value::as_array).cloned(),
            ..Rule::default()
        };
        if let Some(value) = keywords.get("const") {
            rule.allowed = Some(vec![value.clone()]);
        }
        let pattern = keywords.get("pattern").and_then(Value::as_str);
        rule.pattern = pattern.and_then(|pattern| Regex::new(pattern).ok());
        let required = keywords.get("required").and_then(Value::as_array).into_iter().flatten();
        rule.required = required.filter_map(Value::as_str).map(str::to_owned).collect();
        for (name, schema) in
            keywords.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let id = self.compile(schema, depth);
            rule.properties.insert(name.clone(), id);
        }
        rule.additional = match keywords.get("additionalProperties") {
            None | Some(Value::Bool(true)) => Additional::Free,
            Some(Value::Bool(false)) => Additional::Refused,
            Some(schema) => Additional::Checked(self.compile(schema, depth)),
        };
        rule.items = keywords.get("items").map(|schema| self.compile(schema, depth));
        if let Some(target) = keywords.get("$ref").and_then(Value::as_str) {
            rule.all.extend(self.reference(target, depth));
        }
        for schema in branches(keywords, "allOf") {
            rule.all.push(self.compile(schema, depth));
        }
        for (name, fit) in [("anyOf", Branches::AtLeastOne), ("oneOf", Branches::ExactlyOne)] {
            let ids: Vec<RuleId> =
                branches(keywords, name).iter().map(|schema| self.compile(schema, depth)).collect();
            if !ids.is_empty() {
                rule.one.push((ids, fit));
            }
        }
        rule
    }

    fn reference(&mut self, target: &'s str, depth: usize) -> Option<RuleId> {
        if let Some(id) = self.known.get(target) {
            return Some(*id);
        }
        let whole = self.whole;
        let schema = whole.pointer(target.strip_prefix('#')?)?;
        let id = self.reserve();
        self.known.insert(target, id);
        self.fill(id, schema, depth);
        Some(id)
    }
}

fn types(value: &Value) -> BTreeSet<Type> {
    let names = match value {
        Value::Array(names) => names.iter().collect(),
        name => vec![name],
    };
    let mut types: BTreeSet<Type> =
        names.into_iter().filter_map(Value::as_str).filter_map(Type::parse).collect();
    if types.contains(&Type::Number) {
        // A whole number is a number too.
        types.insert(Type::Integer);
    }
    types
}

fn branches<'s>(keywords: &'s Map<String, Value>, name: &str) -> &'s [Value] {
    keywords.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
