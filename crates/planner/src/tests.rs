//! Each rule of the planner as a small world and the plan it gives; and what holds for any world.

#![allow(clippy::needless_pass_by_value, reason = "a case reads best as `json!(…)` in place")]

mod absent;
mod changes;
mod deletes;
mod guards;
mod money;
mod ownership;
mod policies;
mod properties;
mod rails;
mod rivals;
mod selection;
mod toys;
mod world;
