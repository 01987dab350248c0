//! The kinds that `plumb.yaml` names: which there are is only known with the registry at hand.

use crate::tree::{NodeId, Tree};
use plumb_kind::Registry;
use plumb_model::finding::nearest;
use plumb_model::rules::{CreateSafety, PowerControl};
use plumb_model::text::escape;
use plumb_model::{Code, Finding, KindRules, Span};

/// A kind that is named.
#[derive(Clone, Debug)]
pub(crate) struct NamedKind {
    pub(crate) name: String,
    pub(crate) setting: Setting,
    pub(crate) place: Span,
}

/// What is said of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// `spec.onIndeterminate`: when its creates in doubt are given up.
    GiveUp,
    /// `spec.prices`: what it costs.
    Price,
    /// `spec.rails`: what must hold of it.
    Rail,
    /// `spec.policies`: what must hold of it.
    Policy,
    /// `spec.gpus`: how many GPUs it has.
    Gpus,
    /// `spec.schedules`: when it runs.
    Schedule,
    /// The same, where it gives its resources back in between.
    ReleasingSchedule,
    /// `spec.windows`: when it may be changed.
    Window,
}

impl Setting {
    fn field(self) -> &'static str {
        match self {
            Self::GiveUp => "spec.onIndeterminate",
            Self::Price => "spec.prices",
            Self::Rail => "spec.rails",
            Self::Policy => "spec.policies",
            Self::Gpus => "spec.gpus",
            Self::Schedule | Self::ReleasingSchedule => "spec.schedules",
            Self::Window => "spec.windows",
        }
    }

    /// Whether it can be said of a kind.
    fn fits(self, rules: &KindRules) -> bool {
        match self {
            Self::GiveUp => rules.create_safety == CreateSafety::AtMostOnce,
            Self::Schedule => rules.power != PowerControl::None,
            Self::ReleasingSchedule => rules.power == PowerControl::Releasable,
            Self::Price | Self::Rail | Self::Gpus | Self::Policy | Self::Window => true,
        }
    }
}

/// What is wrong with the kinds that are named.
pub(crate) fn check(named: &[NamedKind], registry: &Registry) -> Vec<Finding> {
    let judged =
        named.iter().filter_map(|named| Some(check_one(named, registry)?.at(named.place.clone())));
    judged.collect()
}

fn check_one(NamedKind { name, setting, .. }: &NamedKind, registry: &Registry) -> Option<Finding> {
    let field = setting.field();
    let mut named = registry.kinds().filter(|kind| kind.rules().id.kind == *name).peekable();
    if named.peek().is_none() {
        let shown = escape(name);
        let message = format!("{field} names the kind {shown}, which there is not");
        let finding = Finding::error(Code::BAD_STACK_FILE, message);
        let known = registry.kinds().map(|kind| kind.rules().id.kind.as_str());
        return Some(match nearest(name, known) {
            Some(meant) => finding.help(format!("did you mean {meant}?")),
            None => finding,
        });
    }
    if named.any(|kind| setting.fits(kind.rules())) {
        return None;
    }
    Some(match setting {
        Setting::ReleasingSchedule => {
            let message = format!("{field}: a {name} cannot give its resources back");
            let help = "leave out otherwise: released; it keeps its resources while it is off";
            Finding::error(Code::BAD_STACK_FILE, message).help(help)
        }
        Setting::Schedule => {
            let message = format!("{field}: a {name} has no power to switch");
            Finding::error(Code::BAD_STACK_FILE, message)
        }
        _ => {
            let message = format!("{field}.{name} does nothing");
            let help = "the cloud refuses a second one of the same name, so plumb sends such a create \
                        again by itself";
            Finding::warning(Code::BAD_STACK_FILE, message).help(help)
        }
    })
}

/// A field of the settings.
pub(super) fn setting(tree: &Tree, root: NodeId, name: &str) -> Option<NodeId> {
    tree.get(tree.get(root, "spec")?, name)
}
