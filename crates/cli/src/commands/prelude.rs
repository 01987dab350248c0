//! What most commands need: they import it from here.

pub(super) use crate::arguments::{Carrying, Manifests, Paths, Planning, Printing};
pub(super) use crate::context::Context;
pub(super) use crate::exit::{Ended, Exit};
pub(super) use crate::output::Output;
pub(super) use crate::place::{Place, place};
pub(super) use crate::problem::{Problem, broken, chain};
pub(super) use crate::report::{Format, Part, Report, TableFormat, Tables};
pub(super) use clap::{Args, Subcommand, ValueEnum};
pub(super) use schemars::JsonSchema;
pub(super) use serde::Serialize;
