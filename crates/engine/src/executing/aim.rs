//! What switching is to come to.

use crate::executing::guard::Awaited;
use plumb_kind::Step;
use plumb_model::Power;

/// What switching is to come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim<'a> {
    /// The declared power: sent again when in doubt.
    State(Power),
    /// A verb that leads to a power: sent again when in doubt.
    VerbTo(&'a str, Power),
    /// A verb that ends as it began (reset, cycle): never sent again when in doubt.
    Verb(&'a str),
}

impl<'a> Aim<'a> {
    pub(crate) fn step(self) -> Step<'a> {
        match self {
            Self::State(power) => Step::Power(power),
            Self::VerbTo(name, _) | Self::Verb(name) => Step::Act(name),
        }
    }

    pub(crate) fn power(self) -> Option<Power> {
        match self {
            Self::State(power) | Self::VerbTo(_, power) => Some(power),
            Self::Verb(_) => None,
        }
    }

    pub(crate) fn awaited(self) -> Awaited<'a> {
        match self {
            Self::State(power) | Self::VerbTo(_, power) => Awaited::Power(power),
            Self::Verb(name) => Awaited::Verb(name),
        }
    }
}
