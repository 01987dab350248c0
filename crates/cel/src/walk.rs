//! The parts of an expression, one after another.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr};
use std::collections::BTreeSet;

/// What an expression is made of.
pub(crate) fn parts(expression: &Expr) -> Vec<&IdedExpr> {
    match expression {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Comprehension(each) => {
            vec![&each.iter_range, &each.accu_init, &each.loop_cond, &each.loop_step, &each.result]
        }
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(|entry| of_entry(&entry.expr)).collect(),
        Expr::Struct(made) => made.entries.iter().flat_map(|entry| of_entry(&entry.expr)).collect(),
        Expr::Select(select) => vec![&*select.operand],
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Vec::new(),
    }
}

fn of_entry(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
        EntryExpr::StructField(field) => vec![&field.value],
    }
}

/// How many parts there are, itself among them.
pub(crate) fn count(expression: &Expr) -> usize {
    parts(expression).iter().map(|part| count(&part.expr)).sum::<usize>() + 1
}

/// What it speaks of that nothing within it introduces.
pub(crate) fn variables(expression: &Expr) -> BTreeSet<String> {
    let of = |part: &IdedExpr| variables(&part.expr);
    match expression {
        Expr::Ident(name) if !name.starts_with('@') => BTreeSet::from([name.clone()]),
        Expr::Comprehension(each) => {
            let mut inside: BTreeSet<String> =
                [&each.loop_cond, &each.loop_step].into_iter().flat_map(of).collect();
            inside.remove(&each.iter_var);
            inside.extend([&each.iter_range, &each.accu_init].into_iter().flat_map(of));
            inside
        }
        other => parts(other).into_iter().flat_map(of).collect(),
    }
}

/// The functions that it calls, and the types of which it makes something.
pub(crate) fn functions(expression: &Expr, found: &mut BTreeSet<String>) {
    match expression {
        Expr::Call(call) => {
            found.insert(call.func_name.clone());
        }
        Expr::Struct(made) => {
            found.insert(made.type_name.clone());
        }
        _ => {}
    }
    for part in parts(expression) {
        functions(&part.expr, found);
    }
}

/// The fields that it reads, of anything.
pub(crate) fn fields(expression: &Expr, found: &mut BTreeSet<String>) {
    if let Expr::Select(select) = expression {
        found.insert(select.field.clone());
    }
    for part in parts(expression) {
        fields(&part.expr, found);
    }
}
