//! The comparison of a declared body with a live one, under a kind's field rules.
//!
//! # Guarantees
//! - Only what is declared now, or was declared when it was last sent, is compared.
//! - Absent and the zero value are equal (api/rafay.md §11).
//! - Every difference that is left out is returned with the reason.
//! - No secret leaves: differences of secret fields carry no values.
//!
//! The planner uses it to find what to change, the engine to read back what it wrote.

use crate::digest::{Digest, HashKey};
use crate::path::{FieldPath, PathPattern, element_key};
use crate::plan::{HiddenReason, Shown};
use crate::resource::Resource;
use crate::rules::{Facets, RuleSet, Unordered};
use crate::text::Secret;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How deep a comparison goes; deeper values are compared as they stand.
const DEEPEST: usize = 64;

/// What was last sent, from the ledger.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The declared body then.
    pub body: &'a Value,
    /// Keyed hashes of its secrets.
    pub hashes: &'a BTreeMap<FieldPath, String>,
}

/// Everything a comparison looks at.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'a> {
    /// The declared body, placeholders where secrets stand.
    pub declared: &'a Value,
    /// Its secrets.
    pub secrets: &'a BTreeMap<FieldPath, Secret>,
    /// Paths whose declared value is not known yet.
    pub unknown: &'a BTreeSet<FieldPath>,
    /// Paths whose declared value came from another resource's outputs, and must not be shown.
    pub filled: &'a BTreeMap<FieldPath, Value>,
    /// The live body.
    pub live: &'a Value,
    /// What was last sent.
    pub sent: Option<Sent<'a>>,
    /// The field rules.
    pub rules: RuleSet<'a>,
    /// Fields the manifest says to leave alone.
    pub ignore: &'a [PathPattern],
    /// The key of the hashes in `sent`.
    pub hash_key: &'a HashKey,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where.
    pub path: FieldPath,
    /// The live value, as it may be shown.
    pub before: Shown,
    /// The declared value, as it may be shown.
    pub after: Shown,
    /// What the rules say about the field.
    pub facets: Facets,
}

/// What a comparison came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What differs, by path.
    pub differences: Vec<Difference>,
    /// What differs and does not count, with the reason.
    pub hidden: Vec<(FieldPath, HiddenReason)>,
}

impl Comparison<'_> {
    /// Compares.
    #[must_use]
    pub fn run(&self) -> Outcome {
        let mut walk = Walk { given: self, outcome: Outcome::default() };
        let sent = self.sent.map(|sent| sent.body);
        walk.value(&FieldPath::root(), Some(self.declared), Some(self.live), sent);
        walk.outcome.differences.sort_by(|a, b| a.path.cmp(&b.path));
        walk.outcome.hidden.sort();
        walk.outcome.hidden.dedup();
        walk.outcome
    }
}

struct Walk<'a> {
    given: &'a Comparison<'a>,
    outcome: Outcome,
}

impl Walk<'_> {
    fn value(
        &mut self,
        path: &FieldPath,
        declared: Option<&Value>,
        live: Option<&Value>,
        sent: Option<&Value>,
    ) {
        let facets = self.given.rules.at(path);
        if facets.server_owned {
            return self.hide_if(declared != live, path, HiddenReason::ServerOwned);
        }
        if self.given.ignore.iter().any(|pattern| pattern.covers(path)) {
            return self.hide_if(declared != live, path, HiddenReason::Ignored);
        }
        if self.given.unknown.contains(path) {
            return self.differ(path, shown(live, &facets), Shown::KnownAfterApply, facets);
        }
        let Some(declared) = declared else {
            return self.removed(path, live, sent, facets);
        };
        if let Some(secret) = self.given.secrets.get(path) {
            return self.secret(path, secret, live, facets);
        }
        if facets.write_only && !has_children(declared) {
            return self.secret(path, &Secret::new(plain_text(declared)), live, facets);
        }
        if facets.recorded && !has_children(declared) {
            return self.recorded(path, declared, sent, facets);
        }
        match (declared, live) {
            (Value::Object(fields), _) if path.segments().len() < DEEPEST => {
                self.object(path, fields, live, sent);
            }
            (Value::Array(items), _) if path.segments().len() < DEEPEST => {
                self.list(path, items, live, sent, facets);
            }
            _ => self.scalar(path, declared, live, facets),
        }
    }

    fn object(
        &mut self,
        path: &FieldPath,
        fields: &Map<String, Value>,
        live: Option<&Value>,
        sent: Option<&Value>,
    ) {
        if live.is_some_and(|live| !live.is_object() && !live.is_null()) {
            let facets = self.given.rules.at(path);
            let declared = Value::Object(fields.clone());
            return self.differ(
                path,
                shown(live, &facets),
                shown(Some(&declared), &facets),
                facets,
            );
        }
        let names: BTreeSet<&String> = [live, sent]
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .flat_map(Map::keys)
            .chain(fields.keys())
            .collect();
        for name in names {
            let of = |value: Option<&'_ Value>| value.and_then(|value| value.get(name)).cloned();
            let (live, sent) = (of(live), of(sent));
            self.value(&path.key(name), fields.get(name), live.as_ref(), sent.as_ref());
        }
    }

    fn list(
        &mut self,
        path: &FieldPath,
        items: &[Value],
        live: Option<&Value>,
        sent: Option<&Value>,
        facets: Facets,
    ) {
        let declared = Value::Array(items.to_vec());
        if facets.recorded && !matches!(facets.unordered, Some(Unordered::By(_))) {
            return self.recorded(path, &declared, sent, facets);
        }
        match (facets.unordered, live) {
            (Some(Unordered::By(by)), live) if is_keyed(items, by) => {
                self.keyed(path, by, items, live, sent);
            }
            (Some(_), Some(Value::Array(live_items))) if same_set(items, live_items) => {
                self.hide_if(items != live_items.as_slice(), path, HiddenReason::Order);
            }
            (None, Some(Value::Array(live_items)))
                if live_items.len() == items.len() && items.iter().any(has_children) =>
            {
                for (at, (item, live_item)) in items.iter().zip(live_items).enumerate() {
                    let sent = sent.and_then(|sent| sent.get(at));
                    self.value(&path.index(at), Some(item), Some(live_item), sent);
                }
            }
            _ => self.scalar(path, &declared, live, facets),
        }
    }

    fn keyed(
        &mut self,
        path: &FieldPath,
        by: &str,
        items: &[Value],
        live: Option<&Value>,
        sent: Option<&Value>,
    ) {
        let mut names: Vec<&str> = items.iter().filter_map(|item| element_key(item, by)).collect();
        let declared_order = names.clone();
        for list in [live, sent].into_iter().flatten().filter_map(Value::as_array) {
            names.extend(list.iter().filter_map(|item| element_key(item, by)));
        }
        let live_order: Vec<&str> = live
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|item| element_key(item, by))
            .filter(|name| declared_order.contains(name))
            .collect();
        let common: Vec<&str> =
            declared_order.iter().copied().filter(|name| live_order.contains(name)).collect();
        self.hide_if(common != live_order, path, HiddenReason::Order);
        let list = Value::Array(items.to_vec());
        for name in names.into_iter().collect::<BTreeSet<_>>() {
            let place = FieldPath::root().item(by, name);
            let of = |value: Option<&Value>| value.and_then(|value| place.find(value)).cloned();
            let (live, sent) = (of(live), of(sent));
            self.value(&path.item(by, name), place.find(&list), live.as_ref(), sent.as_ref());
        }
    }

    fn scalar(&mut self, path: &FieldPath, declared: &Value, live: Option<&Value>, facets: Facets) {
        let live_value = live.unwrap_or(&Value::Null);
        if declared == live_value {
            return;
        }
        let reason = if is_zero(declared) && is_zero(live_value) {
            Some(HiddenReason::ZeroValue)
        } else if facets.json && same_json(declared, live_value) {
            Some(HiddenReason::SameJson)
        } else if facets.case_insensitive && same_case(declared, live_value) {
            Some(HiddenReason::SameCase)
        } else if live.is_none() && facets.default.as_ref() == Some(declared) {
            Some(HiddenReason::Default)
        } else {
            None
        };
        if let Some(reason) = reason {
            return self.hide_if(true, path, reason);
        }
        let after = if self.given.filled.keys().any(|filled| path.is_within(filled)) {
            Shown::Secret
        } else {
            shown(Some(declared), &facets)
        };
        self.differ(path, shown(live, &facets), after, facets);
    }

    /// A field that is not declared: a difference only if it was declared when it was last sent.
    fn removed(
        &mut self,
        path: &FieldPath,
        live: Option<&Value>,
        sent: Option<&Value>,
        facets: Facets,
    ) {
        if facets.recorded {
            if sent.is_some_and(|sent| !is_zero(sent)) {
                self.differ(path, shown(sent, &facets), Shown::Absent, facets);
            }
            return;
        }
        let Some(live) = live else { return };
        let declared_before = sent.is_some_and(|sent| !is_zero(sent));
        if !declared_before {
            return self.hide_if(!is_zero(live), path, HiddenReason::ServerDefault);
        }
        if is_zero(live) || facets.write_only || default_is_live(self.given.rules, path, live) {
            return self.hide_if(true, path, HiddenReason::ServerDefault);
        }
        let after = match default_at(self.given.rules, path) {
            Some(value) if !facets.secret => Shown::Default(value),
            Some(_) => Shown::Secret,
            None => Shown::Absent,
        };
        self.differ(path, shown(Some(live), &facets), after, facets);
    }

    /// A secret: compared with the live value when the field comes back, else by keyed hash.
    fn secret(&mut self, path: &FieldPath, secret: &Secret, live: Option<&Value>, facets: Facets) {
        let hash = self.given.hash_key.hash(secret.expose());
        let recorded = self.given.sent.and_then(|sent| sent.hashes.get(path));
        let readable = live.and_then(Value::as_str).filter(|text| !is_mask(text));
        let same = match (facets.write_only, readable, recorded) {
            (false, Some(text), _) => text == secret.expose(),
            (_, _, Some(recorded)) => *recorded == hash,
            (_, _, None) => return self.hide_if(true, path, HiddenReason::NotRecorded),
        };
        if same {
            return self.hide_if(
                readable.is_none() || facets.write_only,
                path,
                HiddenReason::MaskedSecret,
            );
        }
        let before =
            if live.is_none() && recorded.is_none() { Shown::Absent } else { Shown::Secret };
        self.differ(path, before, Shown::Secret, facets);
    }

    /// A field that cannot be read: compared with what was last sent. Nothing on record means it
    /// is sent again, which such fields allow.
    fn recorded(
        &mut self,
        path: &FieldPath,
        declared: &Value,
        sent: Option<&Value>,
        facets: Facets,
    ) {
        let same = match (declared, sent, facets.unordered) {
            (Value::Array(items), Some(Value::Array(before)), Some(_)) => same_set(items, before),
            (declared, Some(sent), _) => declared == sent,
            (declared, None, _) => is_zero(declared),
        };
        if same {
            return self.hide_if(!is_zero(declared), path, HiddenReason::MaskedSecret);
        }
        self.differ(path, shown(sent, &facets), shown(Some(declared), &facets), facets);
    }

    fn differ(&mut self, path: &FieldPath, before: Shown, after: Shown, facets: Facets) {
        self.outcome.differences.push(Difference { path: path.clone(), before, after, facets });
    }

    fn hide_if(&mut self, differs: bool, path: &FieldPath, reason: HiddenReason) {
        if differs {
            self.outcome.hidden.push((path.clone(), reason));
        }
    }
}

/// The default of a field, which for an element of a keyed list may be that of its `value`.
fn default_at(rules: RuleSet<'_>, path: &FieldPath) -> Option<Value> {
    rules.at(path).default.or_else(|| rules.at(&path.key("value")).default)
}

fn default_is_live(rules: RuleSet<'_>, path: &FieldPath, live: &Value) -> bool {
    let own = rules.at(path).default;
    let of_value = rules.at(&path.key("value")).default;
    own.is_some_and(|default| default == *live)
        || of_value.is_some_and(|default| live.get("value") == Some(&default))
}

/// A value as it may be shown.
#[must_use]
pub fn shown(value: Option<&Value>, facets: &Facets) -> Shown {
    match value {
        None | Some(Value::Null) => Shown::Absent,
        Some(_) if facets.secret => Shown::Secret,
        Some(value) => Shown::Plain(value.clone()),
    }
}

/// The zero values, which servers leave out: null, false, 0, empty text, list or mapping.
#[must_use]
pub fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_zero),
    }
}

/// Whether a text is a mask (`********`) and not a value.
#[must_use]
pub fn is_mask(text: &str) -> bool {
    text.len() >= 3 && text.bytes().all(|byte| byte == b'*')
}

fn has_children(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether every element has its key, and none has another's.
fn is_keyed(items: &[Value], by: &str) -> bool {
    let keys: BTreeSet<&str> = items.iter().filter_map(|item| element_key(item, by)).collect();
    keys.len() == items.len()
}

fn same_set(left: &[Value], right: &[Value]) -> bool {
    let sorted = |items: &[Value]| {
        let mut texts: Vec<String> = items.iter().map(Value::to_string).collect();
        texts.sort();
        texts
    };
    left.len() == right.len() && sorted(left) == sorted(right)
}

fn same_json(left: &Value, right: &Value) -> bool {
    let parse = |value: &Value| serde_json::from_str::<Value>(value.as_str()?).ok();
    matches!((parse(left), parse(right)), (Some(left), Some(right)) if left == right)
}

fn same_case(left: &Value, right: &Value) -> bool {
    matches!((left.as_str(), right.as_str()), (Some(left), Some(right)) if left.to_lowercase() == right.to_lowercase())
}

/// The paths of all declared leaves that are compared, for preconditions: what a plan depends on.
#[must_use]
pub fn declared_leaves(resource: &Resource, rules: RuleSet<'_>) -> Vec<FieldPath> {
    let mut leaves = Vec::new();
    let mut stack = vec![(FieldPath::root(), &resource.body)];
    while let Some((path, value)) = stack.pop() {
        let facets = rules.at(&path);
        let outside = facets.server_owned || facets.recorded || facets.write_only;
        if outside || resource.wishes.ignore.iter().any(|pattern| pattern.covers(&path)) {
            continue;
        }
        let deep = path.segments().len() < DEEPEST;
        match (value, facets.unordered) {
            (Value::Object(fields), _) if deep => {
                stack.extend(fields.iter().map(|(key, child)| (path.key(key), child)));
            }
            (Value::Array(items), Some(Unordered::By(by))) if deep && is_keyed(items, by) => {
                let named = items.iter().filter_map(|item| Some((element_key(item, by)?, item)));
                stack.extend(named.map(|(name, item)| (path.item(by, name), item)));
            }
            _ => leaves.push(path),
        }
    }
    leaves.sort();
    leaves
}

/// The digests of a live body's values at some paths, for a plan's preconditions. Zero values and
/// absence digest alike.
#[must_use]
pub fn digests_at<'p>(
    live: &Value,
    paths: impl IntoIterator<Item = &'p FieldPath>,
) -> BTreeMap<FieldPath, Option<Digest>> {
    let digest = |path: &FieldPath| path.find(live).filter(|value| !is_zero(value)).map(Digest::of);
    paths.into_iter().map(|path| (path.clone(), digest(path))).collect()
}
