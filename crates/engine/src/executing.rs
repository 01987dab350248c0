//! Changing the clouds: running a plan, what each action does, and what is recorded of it.

pub(crate) mod act;
pub(crate) mod action;
pub(crate) mod aim;
pub(crate) mod attempt;
pub(crate) mod execute;
pub(crate) mod failure;
pub(crate) mod forgetting;
pub(crate) mod guard;
pub(crate) mod interrupt;
pub(crate) mod marks;
pub(crate) mod place;
pub(crate) mod read_back;
pub(crate) mod record;
pub(crate) mod run;
pub(crate) mod schedule;
pub(crate) mod submit;
pub(crate) mod wait;
