//! From a JSON Schema to rules. What is not understood is a mistake with its place, never a rule
//! that allows everything.

use super::rule::{Additional, Branches, Rule, RuleId, Schema, Type};
use plumb_model::Pattern;
use plumb_model::graph::{self, Requirements};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Schemas within schemas: far more than a document has levels.
const DEEPEST: usize = 64;

/// Something in a schema that is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("schema at #{place}: {what}")]
pub struct SchemaMistake {
    /// Where, as a JSON pointer; empty at the root.
    pub place: String,
    /// What is wrong there, with the word.
    pub what: String,
}

impl Schema {
    /// Compiles a schema.
    ///
    /// # Errors
    /// Everything in it that is not understood: words, what stands under them, references to
    /// nowhere and in circles.
    pub fn compile(schema: &Value) -> Result<Self, Vec<SchemaMistake>> {
        Self::part(schema, schema)
    }

    /// Compiles a part of a whole schema, which its references point into.
    ///
    /// # Errors
    /// Like [`Schema::compile`].
    pub fn part(whole: &Value, schema: &Value) -> Result<Self, Vec<SchemaMistake>> {
        let mut compiler = Compiler {
            whole,
            rules: Vec::new(),
            places: Vec::new(),
            known: BTreeMap::new(),
            patterns: BTreeMap::new(),
            place: String::new(),
            mistakes: Vec::new(),
        };
        let root = compiler.compile(schema, 0);
        compiler.refuse_circles();
        let Compiler { rules, mistakes, .. } = compiler;
        if mistakes.is_empty() { Ok(Self { rules, root }) } else { Err(mistakes) }
    }
}

struct Compiler<'s> {
    whole: &'s Value,
    rules: Vec<Rule>,
    /// Where each rule stands.
    places: Vec<String>,
    /// References that are compiled, or being compiled.
    known: BTreeMap<String, RuleId>,
    /// Patterns that are compiled: many fields share one.
    patterns: BTreeMap<&'s str, Pattern>,
    place: String,
    mistakes: Vec<SchemaMistake>,
}

impl<'s> Compiler<'s> {
    fn compile(&mut self, schema: &'s Value, depth: usize) -> RuleId {
        let id = self.reserve();
        self.fill(id, schema, depth);
        id
    }

    /// Compiles what stands below a word, or below a name under a word.
    fn below(&mut self, steps: &[&str], schema: &'s Value, depth: usize) -> RuleId {
        let length = self.place.len();
        for step in steps {
            self.place.push('/');
            self.place.push_str(&step.replace('~', "~0").replace('/', "~1"));
        }
        let id = self.compile(schema, depth);
        self.place.truncate(length);
        id
    }

    fn reserve(&mut self) -> RuleId {
        self.rules.push(Rule::default());
        self.places.push(self.place.clone());
        RuleId(self.rules.len() - 1)
    }

    fn fill(&mut self, id: RuleId, schema: &'s Value, depth: usize) {
        let rule = match schema {
            Value::Bool(fits) => Rule { never: !fits, ..Rule::default() },
            Value::Object(words) if depth < DEEPEST => self.rule(words, depth + 1),
            Value::Object(_) => return self.wrong(format!("more than {DEEPEST} levels deep")),
            other => return self.wrong(format!("{other} is no schema")),
        };
        if let Some(place) = self.rules.get_mut(id.0) {
            *place = rule;
        }
    }

    fn rule(&mut self, words: &'s Map<String, Value>, depth: usize) -> Rule {
        let mut rule = Rule::default();
        for (word, value) in words {
            self.word(&mut rule, word, value, depth);
        }
        if words.contains_key("const") && words.contains_key("enum") {
            self.wrong("const beside enum".to_owned());
        }
        rule
    }

    fn word(&mut self, rule: &mut Rule, word: &str, value: &'s Value, depth: usize) {
        match word {
            "$schema" | "title" | "description" | "default" | "examples" => {}
            "type" => rule.types = self.read(word, value, types),
            "enum" => rule.allowed = self.read(word, value, |value| value.as_array().cloned()),
            "const" => rule.allowed = Some(vec![value.clone()]),
            "required" => {
                rule.required = self.read(word, value, texts).unwrap_or_default();
            }
            "minItems" => rule.least_items = self.read(word, value, Value::as_u64),
            "minLength" => rule.shortest = self.read(word, value, Value::as_u64),
            "maxLength" => rule.longest = self.read(word, value, Value::as_u64),
            "minimum" => rule.minimum = self.read(word, value, Value::as_f64),
            "maximum" => rule.maximum = self.read(word, value, Value::as_f64),
            "pattern" => rule.pattern = self.pattern(value),
            "items" => rule.items = Some(self.below(&[word], value, depth)),
            "properties" => rule.properties = self.named(word, value, depth),
            "additionalProperties" => {
                rule.additional = match value {
                    Value::Bool(true) => Additional::Free,
                    Value::Bool(false) => Additional::Refused,
                    schema => Additional::Checked(self.below(&[word], schema, depth)),
                };
            }
            "$defs" => {
                for name in value.as_object().into_iter().flat_map(Map::keys) {
                    let pointer = name.replace('~', "~0").replace('/', "~1");
                    self.reference(&format!("#/$defs/{pointer}"), depth);
                }
            }
            "$ref" => {
                let target = self.read(word, value, Value::as_str);
                rule.all.extend(target.and_then(|target| self.reference(target, depth)));
            }
            "allOf" => rule.all.extend(self.branches(word, value, depth)),
            "anyOf" => {
                rule.one.push((self.branches(word, value, depth), Branches::AtLeastOne));
            }
            "oneOf" => {
                rule.one.push((self.branches(word, value, depth), Branches::ExactlyOne));
            }
            _ => self.wrong(format!("{word} is not understood")),
        }
    }

    /// Reads what stands under a word.
    fn read<T>(
        &mut self,
        word: &str,
        value: &'s Value,
        read: impl Fn(&'s Value) -> Option<T>,
    ) -> Option<T> {
        let read = read(value);
        if read.is_none() {
            self.wrong(format!("{word} cannot be {value}"));
        }
        read
    }

    fn pattern(&mut self, value: &'s Value) -> Option<Pattern> {
        let text = self.read("pattern", value, Value::as_str)?;
        if let Some(known) = self.patterns.get(text) {
            return Some(known.clone());
        }
        match Pattern::new(text) {
            Ok(pattern) => {
                self.patterns.insert(text, pattern.clone());
                Some(pattern)
            }
            Err(error) => {
                self.wrong(format!("pattern is no regular expression: {error}"));
                None
            }
        }
    }

    fn named(&mut self, word: &str, value: &'s Value, depth: usize) -> BTreeMap<String, RuleId> {
        let schemas = self.read(word, value, Value::as_object).into_iter().flatten();
        schemas
            .map(|(name, schema)| (name.clone(), self.below(&[word, name], schema, depth)))
            .collect()
    }

    fn branches(&mut self, word: &str, value: &'s Value, depth: usize) -> Vec<RuleId> {
        let some = |value: &'s Value| value.as_array().filter(|branches| !branches.is_empty());
        let schemas = self.read(word, value, some).into_iter().flatten().enumerate();
        schemas.map(|(at, schema)| self.below(&[word, &at.to_string()], schema, depth)).collect()
    }

    fn reference(&mut self, target: &str, depth: usize) -> Option<RuleId> {
        if let Some(id) = self.known.get(target) {
            return Some(*id);
        }
        let whole = self.whole;
        let pointer = target.strip_prefix('#');
        let Some(schema) = pointer.and_then(|pointer| whole.pointer(pointer)) else {
            self.wrong(format!("$ref {target} leads nowhere"));
            return None;
        };
        let here = std::mem::replace(&mut self.place, target.trim_start_matches('#').to_owned());
        let id = self.reserve();
        self.known.insert(target.to_owned(), id);
        self.fill(id, schema, depth);
        self.place = here;
        Some(id)
    }

    /// Refuses what a reader would walk for ever without going into a value.
    fn refuse_circles(&mut self) {
        let direct = |rule: &Rule| -> BTreeSet<usize> {
            let branches = rule.one.iter().flat_map(|(branches, _)| branches);
            rule.all.iter().chain(branches).map(|id| id.0).collect()
        };
        let requirements: Requirements<usize> = self.rules.iter().map(direct).enumerate().collect();
        if let Err(cycle) = graph::order(&requirements) {
            let first = cycle.0.first().and_then(|id| self.places.get(*id));
            self.place = first.cloned().unwrap_or_default();
            self.wrong("refers to itself".to_owned());
        }
    }

    fn wrong(&mut self, what: String) {
        self.mistakes.push(SchemaMistake { place: self.place.clone(), what });
    }
}

fn types(value: &Value) -> Option<BTreeSet<Type>> {
    let names = match value {
        Value::Array(names) => names.iter().collect(),
        name => vec![name],
    };
    let mut types: BTreeSet<Type> =
        names.into_iter().map(|name| Type::parse(name.as_str()?)).collect::<Option<_>>()?;
    if types.contains(&Type::Number) {
        // A whole number is a number too.
        types.insert(Type::Integer);
    }
    Some(types)
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| Some(text.as_str()?.to_owned())).collect()
}
