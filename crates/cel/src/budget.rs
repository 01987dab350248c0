//! What judging an expression may take. The language has no loops but those over what is there, and they
//! nest: each step of each is counted, and none is taken beyond the budget.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, operators};
use cel::{Context, ExecutionError};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// So many steps of loops one judgement takes at most: a second or two.
const STEPS: u64 = 250_000;

/// A step copies what it is about: so many values all steps copy at most.
const COPIES: u64 = 10_000_000;

/// No expression can name it.
pub(crate) const TICK: &str = "@tick";

/// The steps that are left.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    steps: u64,
    taken: Arc<AtomicU64>,
}

impl Budget {
    /// For steps of which each is about no more than so many values.
    pub(crate) fn new(largest: u64) -> Self {
        let steps = COPIES.checked_div(largest).unwrap_or(STEPS).clamp(1, STEPS);
        Self { steps, taken: Arc::default() }
    }

    /// All steps are there again.
    pub(crate) fn begin(&self) {
        self.taken.store(0, Ordering::Relaxed);
    }

    /// Why what was judged may not be believed.
    pub(crate) fn overdrawn(&self) -> Option<String> {
        let is_over = self.taken.load(Ordering::Relaxed) > self.steps;
        is_over.then(|| format!("it takes more than {} steps over the fleet", self.steps))
    }

    /// Makes expressions that are [`counted`] take from this budget.
    pub(crate) fn hold(&self, context: &mut Context<'static, 'static>) {
        let Self { steps, taken } = self.clone();
        let tick = move || -> Result<bool, ExecutionError> {
            if taken.fetch_add(1, Ordering::Relaxed) < steps {
                return Ok(true);
            }
            Err(ExecutionError::function_error(TICK, "too many steps"))
        };
        // Nothing else has that name.
        let _ = context.add_function(TICK, tick);
    }
}

/// The same expression, in which each step of a loop is counted before it is taken.
pub(crate) fn counted(mut expression: IdedExpr) -> IdedExpr {
    count(&mut expression);
    expression
}

fn count(expression: &mut IdedExpr) {
    let of_entry = |entry: &mut EntryExpr| match entry {
        EntryExpr::MapEntry(entry) => {
            count(&mut entry.key);
            count(&mut entry.value);
        }
        EntryExpr::StructField(field) => count(&mut field.value),
    };
    match &mut expression.expr {
        Expr::Call(call) => {
            call.target.as_deref_mut().into_iter().chain(&mut call.args).for_each(count);
        }
        Expr::List(list) => list.elements.iter_mut().for_each(count),
        Expr::Map(map) => map.entries.iter_mut().for_each(|entry| of_entry(&mut entry.expr)),
        Expr::Struct(made) => made.entries.iter_mut().for_each(|entry| of_entry(&mut entry.expr)),
        Expr::Select(select) => count(&mut select.operand),
        Expr::Comprehension(each) => {
            count(&mut each.iter_range);
            count(&mut each.loop_step);
            if matches!(each.loop_cond.expr, Expr::Literal(_)) {
                // Lists are put together fast only where the condition is left as it is.
                first_part(&mut each.loop_step);
            } else {
                behind_a_tick(&mut each.loop_cond);
            }
        }
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
    }
}

/// Counts in what a step of `map` and `filter` looks at first: the condition, else what it adds.
fn first_part(step: &mut IdedExpr) {
    let Expr::Call(call) = &mut step.expr else { return behind_a_tick(step) };
    let is_choice = call.func_name == operators::CONDITIONAL;
    match call.args.as_mut_slice() {
        [guard, ..] if is_choice => behind_a_tick(guard),
        [_, IdedExpr { expr: Expr::List(added), .. }] => {
            added.elements.iter_mut().for_each(behind_a_tick);
        }
        _ => behind_a_tick(step),
    }
}

/// `@tick() ? it : false`: what a choice asks first ends it when it fails, and only that.
fn behind_a_tick(it: &mut IdedExpr) {
    let id = it.id;
    let call = |name: &str, args| {
        let func_name = name.to_owned();
        IdedExpr { id, expr: Expr::Call(CallExpr { func_name, target: None, args }) }
    };
    let otherwise = Expr::Literal(LiteralValue::Boolean(false.into()));
    let args = vec![call(TICK, Vec::new()), std::mem::take(it), IdedExpr { id, expr: otherwise }];
    *it = call(operators::CONDITIONAL, args);
}
