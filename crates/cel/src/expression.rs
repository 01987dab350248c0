//! An expression as it was read: what can be known to be wrong with it without any data.

use crate::VARIABLES;
use crate::budget::counted;
use crate::functions::KNOWN;
use crate::walk;
use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue, operators};
use cel::parser::PrattParser;
use plumb_model::finding::nearest;
use plumb_model::text::escape;
use std::collections::BTreeSet;

/// Longer expressions are no rules that a person reviews.
const LONGEST: usize = 4_096;
/// So many parts an expression has at most, with what its loops are made of.
const MOST_PARTS: usize = 1_000;
/// So deep its parentheses go.
const DEEPEST: u16 = 48;

/// An expression that says true or false.
#[derive(Clone, Debug)]
pub struct Expression {
    /// As it was written.
    pub(crate) written: IdedExpr,
    /// As it is judged.
    pub(crate) counted: IdedExpr,
    variables: BTreeSet<String>,
    fields: BTreeSet<String>,
}

/// What is wrong with an expression, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1 in characters.
    pub column: u32,
    /// What is wrong, as a lowercase fragment.
    pub why: String,
}

impl Expression {
    /// What can be known to be wrong with it without judging it.
    pub(crate) fn parsed(text: &str) -> Result<Self, Mistake> {
        let length = text.chars().count();
        if length > LONGEST {
            return Err(at_start(format!(
                "it has {length} characters, and {LONGEST} are the most"
            )));
        }
        let parser = PrattParser::new().max_recursion_depth(DEEPEST);
        let parser = parser.max_expression_node_count(MOST_PARTS).error_reporting_limit(1);
        let written = parser.parse(text).map_err(|errors| unparsed(text, &errors))?;
        if walk::count(&written.expr) > MOST_PARTS {
            return Err(at_start(format!("it has more than {MOST_PARTS} parts")));
        }
        let variables = walk::variables(&written.expr);
        if let Some(mistake) = unknown(text, &written.expr, &variables) {
            return Err(mistake);
        }
        if says_no_truth(&written.expr) {
            return Err(at_start(NO_TRUTH.to_owned()));
        }
        let mut fields = BTreeSet::new();
        walk::fields(&written.expr, &mut fields);
        Ok(Self { counted: counted(written.clone()), written, variables, fields })
    }

    /// Whether it speaks of something.
    #[must_use]
    pub fn names(&self, variable: &str) -> bool {
        self.variables.contains(variable)
    }

    /// Whether it reads a field of this name, of anything.
    #[must_use]
    pub fn reads(&self, field: &str) -> bool {
        self.fields.contains(field)
    }
}

/// What is no rule.
pub(crate) const NO_TRUTH: &str = "it does not say true or false";

pub(crate) fn at_start(why: String) -> Mistake {
    Mistake { line: 1, column: 1, why }
}

/// The first thing that does not parse.
fn unparsed(text: &str, errors: &cel::ParseErrors) -> Mistake {
    let Some(error) = errors.errors.first() else {
        return at_start("it does not parse".to_owned());
    };
    let count = |number: isize| u32::try_from(number).unwrap_or_default().max(1);
    let (line, byte) = (count(error.pos.0), count(error.pos.1));
    let index = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let before = text.split('\n').nth(index).unwrap_or_default();
    let bytes = usize::try_from(byte).unwrap_or(1).saturating_sub(1).min(before.len());
    let before = before.char_indices().take_while(|(at, _)| *at < bytes).count();
    let why = error.msg.trim_start_matches("Syntax error: ");
    let column = u32::try_from(before).unwrap_or_default().saturating_add(1);
    Mistake { line, column, why: format!("it does not parse: {}", escape(why)) }
}

/// What it names that there is not.
fn unknown(text: &str, expression: &Expr, variables: &BTreeSet<String>) -> Option<Mistake> {
    let mut names = BTreeSet::new();
    walk::functions(expression, &mut names);
    let is_operator = |name: &str| !name.starts_with(char::is_alphabetic);
    let function = names.iter().find(|name| !is_operator(name) && !KNOWN.contains(&name.as_str()));
    let types = ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "uint"];
    let is_known = |name: &str| VARIABLES.contains(&name) || types.contains(&name);
    let variable = variables.iter().find(|name| !is_known(name));
    let (name, what, known) = match (variable, function) {
        (Some(name), _) => (name, "nothing", &VARIABLES[..]),
        (None, Some(name)) => (name, "no function", &KNOWN[..]),
        (None, None) => return None,
    };
    let (line, column) = place(text, name);
    let help = match nearest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("there is {}", known.join(", ")),
    };
    let why = format!("{what} is called {}; {help}", escape(name));
    Some(Mistake { line, column, why })
}

/// Where a name stands first, outside of what is quoted.
fn place(text: &str, name: &str) -> (u32, u32) {
    let (mut line, mut column, mut quote, mut word) = (1_u32, 1_u32, None, String::new());
    for character in text.chars().chain([' ']) {
        let is_letter = character.is_alphanumeric() || character == '_';
        match quote {
            Some(open) if open == character => quote = None,
            Some(_) => {}
            None if is_letter => word.push(character),
            None => {
                if word == name {
                    let length = u32::try_from(word.chars().count()).unwrap_or_default();
                    return (line, column.saturating_sub(length));
                }
                word.clear();
                quote = matches!(character, '"' | '\'').then_some(character);
            }
        }
        (line, column) = match character {
            '\n' => (line.saturating_add(1), 1),
            _ => (line, column.saturating_add(1)),
        };
    }
    (1, 1)
}

/// Whether it surely says something else than true or false.
fn says_no_truth(expression: &Expr) -> bool {
    match expression {
        Expr::Literal(literal) => !matches!(literal, LiteralValue::Boolean(_)),
        Expr::List(_) | Expr::Map(_) | Expr::Struct(_) => true,
        Expr::Comprehension(each) => matches!(each.accu_init.expr, Expr::List(_)),
        Expr::Call(call) => matches!(
            call.func_name.as_str(),
            operators::ADD
                | operators::SUBSTRACT
                | operators::MULTIPLY
                | operators::DIVIDE
                | operators::MODULO
                | operators::NEGATE
                | "bytes"
                | "double"
                | "int"
                | "size"
                | "string"
                | "sum"
                | "type"
                | "uint"
        ),
        Expr::Ident(_) | Expr::Select(_) | Expr::Unspecified => false,
    }
}
