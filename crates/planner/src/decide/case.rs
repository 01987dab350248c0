//! What one decision looks at.

use crate::difference::Outputs;
use crate::scene::Scene;
use plumb_model::rules::RuleSet;
use plumb_model::{KindRules, Resource};

/// Everything one decision looks at.
pub(super) struct Case<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) resource: &'a Resource,
    pub(super) rules: &'a KindRules,
    pub(super) set: RuleSet<'a>,
    pub(super) outputs: &'a Outputs,
}

impl<'a> Case<'a> {
    pub(super) fn new(
        scene: &'a Scene<'a>,
        resource: &'a Resource,
        rules: &'a KindRules,
        outputs: &'a Outputs,
    ) -> Self {
        let set = RuleSet::new(&rules.fields, scene.live.rules_of(&resource.key));
        Self { scene, resource, rules, set, outputs }
    }
}
