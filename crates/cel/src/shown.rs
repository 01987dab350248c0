//! Why an expression says false, as far as that can be told in a line: the figure that was compared, and the
//! resources for which something does not hold.

use crate::values;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, operators};
use cel::objects::Key;
use cel::{Context, IdedExpr, Value};
use std::sync::Arc;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// `totals.gpus is 24, and not <= 16`.
    pub(crate) figure: Option<String>,
    /// Addresses of resources.
    pub(crate) about: Vec<String>,
}

/// Why an expression says false.
pub(crate) fn of(expression: &IdedExpr, context: &Context<'_, 'static>) -> Shown {
    match &expression.expr {
        Expr::Call(call) => of_call(call, context),
        Expr::Comprehension(each) => of_each(each, context).unwrap_or_default(),
        other => {
            let figure = written(other).map(|name| format!("{name} is false"));
            Shown { figure, about: Vec::new() }
        }
    }
}

fn says_false(part: &IdedExpr, context: &Context<'_, 'static>) -> bool {
    matches!(Value::resolve(part, context), Ok(Value::Bool(false)))
}

fn of_call(call: &CallExpr, context: &Context<'_, 'static>) -> Shown {
    match (call.func_name.as_str(), call.target.as_deref(), call.args.as_slice()) {
        (operators::LOGICAL_AND, None, parts) => {
            let broken = parts.iter().find(|part| says_false(part, context));
            broken.map(|part| of(part, context)).unwrap_or_default()
        }
        // The last is what is asked of those that the others leave.
        (operators::LOGICAL_OR, None, [.., last]) => of(last, context),
        (operators::CONDITIONAL, None, [choice, yes, no]) => {
            of(if says_false(choice, context) { no } else { yes }, context)
        }
        (name, None, [left, right]) => {
            let figure = sign(name).and_then(|sign| compared(left, sign, right, context));
            Shown { figure, about: Vec::new() }
        }
        (name, Some(target), arguments) => {
            let shown = |part| Value::resolve(part, context).ok().as_ref().and_then(values::shown);
            let asked: Option<Vec<String>> = arguments.iter().map(shown).collect();
            let told = || {
                let (found, asked) = (shown(target)?, asked?);
                let what = written(&target.expr).unwrap_or_else(|| "it".to_owned());
                Some(format!("{what} is {found}, and not {name}({})", asked.join(", ")))
            };
            Shown { figure: told(), about: Vec::new() }
        }
        _ => Shown::default(),
    }
}

fn sign(operator: &str) -> Option<&'static str> {
    Some(match operator {
        operators::EQUALS => "==",
        operators::NOT_EQUALS => "!=",
        operators::LESS => "<",
        operators::LESS_EQUALS => "<=",
        operators::GREATER => ">",
        operators::GREATER_EQUALS => ">=",
        operators::IN => "in",
        _ => return None,
    })
}

fn compared(
    left: &IdedExpr,
    sign: &str,
    right: &IdedExpr,
    context: &Context<'_, 'static>,
) -> Option<String> {
    let shown = |part| values::shown(&Value::resolve(part, context).ok()?);
    let what = written(&left.expr).unwrap_or_else(|| "it".to_owned());
    Some(format!("{what} is {}, and not {sign} {}", shown(left)?, shown(right)?))
}

/// The elements for which what `all` asks does not hold.
fn of_each(each: &ComprehensionExpr, context: &Context<'_, 'static>) -> Option<Shown> {
    let Expr::Call(CallExpr { func_name, args, .. }) = &each.loop_step.expr else { return None };
    let ([_, asked], operators::LOGICAL_AND) = (args.as_slice(), func_name.as_str()) else {
        return None;
    };
    let Ok(Value::List(items)) = Value::resolve(&each.iter_range, context) else { return None };
    let mut all = Shown::default();
    for item in items.iter() {
        let mut inner = context.new_inner_scope();
        inner.add_variable_from_value(each.iter_var.as_str(), item.clone());
        if says_false(asked, &inner) {
            let Shown { figure, about } = of(asked, &inner);
            all.figure = all.figure.or(figure);
            all.about.extend(address(item));
            all.about.extend(about);
        }
    }
    Some(all)
}

fn address(item: &Value) -> Option<String> {
    let Value::Map(fields) = item else { return None };
    match fields.map.get(&Key::String(Arc::new("address".to_owned()))) {
        Some(Value::String(address)) => Some(address.to_string()),
        _ => None,
    }
}

/// A name as it was written: `totals.gpus`.
fn written(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => {
            Some(format!("{}.{}", written(&select.operand.expr)?, select.field))
        }
        _ => None,
    }
}
