//! The functions that an expression may call: those of the language's standard that need no clock, and two
//! more.

use cel::extractors::This;
use cel::{Context, ExecutionError, Value};
use plumb_model::{Money, Pattern};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// All of them, but for the operators and what the language's macros look like.
pub(crate) const KNOWN: [&str; 14] = [
    "bool",
    "bytes",
    "contains",
    "double",
    "dyn",
    "endsWith",
    "int",
    "matches",
    "size",
    "startsWith",
    "string",
    "sum",
    "type",
    "uint",
];

/// So many patterns an expression may have.
const MOST_PATTERNS: usize = 32;

/// Adds `list.sum()` and `text.matches(pattern)`.
pub(crate) fn add(context: &mut Context<'static, 'static>) {
    let patterns: Mutex<BTreeMap<String, Pattern>> = Mutex::default();
    let matches = move |This(text): This<Arc<String>>, pattern: Arc<String>| {
        looks_like(&patterns, &text, &pattern)
    };
    // The language's own are left out, so nothing else has these names.
    let _ = context.add_function("matches", matches);
    let _ = context.add_function("sum", |This(list): This<Arc<Vec<Value>>>| sum(&list));
}

fn looks_like(
    patterns: &Mutex<BTreeMap<String, Pattern>>,
    text: &str,
    pattern: &str,
) -> Result<bool, ExecutionError> {
    let refused = |why: String| ExecutionError::function_error("matches", why);
    let mut known = patterns.lock().map_err(|_| refused("it cannot be judged".to_owned()))?;
    if let Some(pattern) = known.get(pattern) {
        return Ok(pattern.is_match(text));
    }
    if known.len() >= MOST_PATTERNS {
        return Err(refused(format!("more than {MOST_PATTERNS} patterns")));
    }
    let compiled = Pattern::new(pattern).map_err(refused)?;
    let found = compiled.is_match(text);
    known.insert(pattern.to_owned(), compiled);
    Ok(found)
}

/// What numbers come to: tenths of dollars are added as decimals, so that ten of them are a dollar.
fn sum(numbers: &[Value]) -> Result<Value, ExecutionError> {
    let refused = |why: &str| ExecutionError::function_error("sum", why);
    let whole = |number: &Value| match number {
        Value::Int(number) => Some(*number),
        _ => None,
    };
    if let Some(whole) = numbers.iter().map(whole).collect::<Option<Vec<i64>>>() {
        let add = |sum: i64, number: i64| sum.checked_add(number);
        let sum = whole.into_iter().try_fold(0, add);
        return sum.map(Value::Int).ok_or_else(|| refused("it is too large"));
    }
    let mut sum = Money::ZERO;
    for number in numbers {
        let text = match number {
            Value::Int(number) => number.to_string(),
            Value::UInt(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            _ => return Err(refused("it is only of numbers")),
        };
        let amount = Money::ONE.for_quantity(&text);
        sum = sum + amount.ok_or_else(|| refused("it is only of amounts"))?;
    }
    let sum = sum.plain().parse::<f64>();
    sum.map(Value::Float).map_err(|_| refused("it is too large"))
}
