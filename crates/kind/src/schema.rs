//! JSON Schemas, compiled once for checking many documents: only the words that
//! [`Kind::schema`](crate::Kind::schema) allows. Compiling is in `compile`, where a pattern leads
//! in `reach`; documents are checked by the front end.

mod compile;
mod reach;
mod rule;

pub use compile::SchemaMistake;
pub use reach::Reach;
pub use rule::{Additional, Branches, Rule, RuleId, Schema, Type};

pub(crate) use rule::type_of;
