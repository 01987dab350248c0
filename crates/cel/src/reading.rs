//! Reading an expression, which is tried over nothing before it is one.

use crate::expression::{Expression, Mistake, at_start};
use crate::fleet::Fleet;
use serde_json::json;

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// It does not parse, is too large, names what there is not, or cannot say true or false.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        let expression = Self::parsed(text)?;
        if expression.names("resource") {
            return Ok(expression);
        }
        match nothing().mistake(&expression) {
            Some(why) => Err(at_start(why)),
            None => Ok(expression),
        }
    }
}

/// No resource, and no sum of anything: a number is a number here, too.
fn nothing() -> Fleet {
    Fleet::new(&json!({
        "resources": [],
        "removed": [],
        "totals": {"resources": 0, "gpus": 0, "hourly": 0.0, "monthly": 0.0},
        "changes": {"add": 0, "change": 0, "destroy": 0},
        "stack": "none",
    }))
}
