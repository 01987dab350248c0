//! Versioned kinds: what a version says stays as it is, so a changed spec needs a new version.

use crate::surroundings::Surroundings;
use plumb_model::compare::Comparison;
use plumb_model::digest::HashKey;
use plumb_model::rules::RuleSet;
use plumb_model::{Body, Code, FieldPath, Finding, KindRules, Resource};

/// The field that holds the version.
const VERSION: &str = "version";

/// What is wrong with a declared spec that differs from the live one in something and not in its
/// version. What cannot be read back is not held against it.
pub(super) fn unchanged(
    resource: &Resource,
    around: &Surroundings<'_>,
    rules: &KindRules,
) -> Option<Finding> {
    let live = around.live.present(&resource.key)?;
    let spec = FieldPath::root().key("spec");
    let version = spec.key(VERSION);
    let declared = resource.field(&version).and_then(Body::as_str)?;
    if live.body.find(&version).and_then(Body::as_str) != Some(declared) {
        return None;
    }
    let compared = Comparison {
        declared: &resource.body,
        live: &live.body,
        sent: None,
        rules: RuleSet::new(&rules.fields, &[]),
        ignore: &resource.wishes.ignore,
        hash_key: &HashKey::new(Vec::new()),
    };
    let readable = |facets: &plumb_model::rules::Facets| !facets.write_only && !facets.recorded;
    let outcome = compared.run();
    let mut differences = outcome.differences.iter();
    let changed = differences.find(|it| it.path.is_within(&spec) && readable(&it.facets))?;
    let kind = &resource.key.kind.kind;
    let message = format!("{} differs from version {declared} as it is there", changed.path);
    let help = format!("give spec.{VERSION} a new value: a version of {kind} is never changed");
    Some(
        Finding::error(Code::VERSION_UNCHANGED, message)
            .of(&resource.key)
            .field(version)
            .help(help),
    )
}
