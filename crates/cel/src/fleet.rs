//! What expressions are judged over.

use crate::budget::Budget;
use crate::expression::{Expression, NO_TRUTH};
use crate::functions;
use crate::shown::{self, Shown};
use crate::values;
use cel::{Context, Env, ExecutionError, Value};
use plumb_model::text::escape;
use std::fmt;
use std::sync::Arc;

/// What the library says of a value that it cannot handle may hold all of the value.
const LONGEST_REASON: usize = 160;

/// The variables of expressions, with their values.
pub struct Fleet {
    context: Context<'static, 'static>,
    /// Each resource with its address.
    resources: Vec<(String, Value)>,
    budget: Budget,
}

/// What keeps an expression from holding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It says false: about which resources, and what it found, where that can be told.
    False {
        /// Their addresses.
        about: Vec<String>,
        /// What was found: `totals.gpus is 24, and not <= 16`.
        figure: Option<String>,
    },
    /// Nobody can say whether it holds.
    Unjudged {
        /// The address of the resource it was about, if it was about one.
        about: Option<String>,
        /// Why not.
        why: String,
    },
}

impl fmt::Debug for Fleet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.resources.len();
        formatter.debug_struct("Fleet").field("resources", &count).finish_non_exhaustive()
    }
}

impl Fleet {
    /// Takes each field of an object as a variable. `resources` is a list of objects with an `address`.
    #[must_use]
    pub fn new(variables: &serde_json::Value) -> Self {
        let list = |name: &str| variables.get(name).and_then(serde_json::Value::as_array);
        let all = list("resources").into_iter().chain(list("removed")).flatten();
        let largest = all.map(values::count).max().unwrap_or(1);
        let budget = Budget::new(largest);
        let mut context = Context::with_env(Arc::new(Env::stdlib()));
        functions::add(&mut context);
        budget.hold(&mut context);
        for (name, value) in variables.as_object().into_iter().flatten() {
            context.add_variable_from_value(name.as_str(), values::value(value));
        }
        let address = |one: &serde_json::Value| one.get("address")?.as_str().map(str::to_owned);
        let resources = list("resources").into_iter().flatten();
        let resources = resources.map(|one| (address(one).unwrap_or_default(), values::value(one)));
        Self { context, resources: resources.collect(), budget }
    }

    /// What keeps an expression from holding: one that names `resource` is judged for each.
    #[must_use]
    pub fn judge(&self, expression: &Expression) -> Vec<Broken> {
        self.budget.begin();
        if !expression.names("resource") {
            let broken = self.judge_in(&self.context, expression, None);
            return broken.into_iter().collect();
        }
        let mut all = Vec::new();
        for (address, resource) in &self.resources {
            let mut context = self.context.new_inner_scope();
            context.add_variable_from_value("resource", resource.clone());
            all.extend(self.judge_in(&context, expression, Some(address)));
            if self.budget.overdrawn().is_some() {
                break;
            }
        }
        all
    }

    /// Why an expression can say true or false nowhere, if that shows here, where there is no resource: what
    /// is missing or does not fit together then is so with any.
    pub(crate) fn mistake(&self, expression: &Expression) -> Option<String> {
        use ExecutionError::{NoSuchKey, NoSuchOverload, UnexpectedType};
        match Value::resolve(&expression.counted, &self.context) {
            Ok(Value::Bool(_)) => None,
            Ok(_) => Some(NO_TRUTH.to_owned()),
            Err(error @ (NoSuchKey(_) | NoSuchOverload(_) | UnexpectedType { .. })) => {
                Some(reason(&error.to_string()))
            }
            Err(_) => None,
        }
    }

    fn judge_in(
        &self,
        context: &Context<'_, 'static>,
        expression: &Expression,
        about: Option<&String>,
    ) -> Option<Broken> {
        let unjudged = |why: String| Some(Broken::Unjudged { about: about.cloned(), why });
        let said = Value::resolve(&expression.counted, context);
        if let Some(why) = self.budget.overdrawn() {
            return unjudged(why);
        }
        match said {
            Ok(Value::Bool(true)) => None,
            Ok(Value::Bool(false)) => {
                let Shown { figure, about: found } = shown::of(&expression.written, context);
                let about = about.map_or(found, |about| vec![about.clone()]);
                Some(Broken::False { about, figure })
            }
            Ok(_) => unjudged(NO_TRUTH.to_owned()),
            Err(error) => unjudged(reason(&error.to_string())),
        }
    }
}

/// The words of the library, as ours.
fn reason(said: &str) -> String {
    let mut letters = said.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    let said: String = first.into_iter().chain(letters).take(LONGEST_REASON).collect();
    // Operators are called `_&&_` there.
    escape(&said.replace("'_", "'").replace("_'", "'"))
}
