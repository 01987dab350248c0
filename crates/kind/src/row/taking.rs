//! Taking an object over changes nothing but the mark, and yet the whole of it is sent: what does not
//! come back has to be said by the manifest, or it would be lost.

use crate::kind::CannotBuild;
use plumb_model::body::Name;
use plumb_model::body::walk::{self, Place, Turn, Visitor};
use plumb_model::rules::{Facets, RuleSet};
use plumb_model::{Body, FieldPath, Fields, KindRules, ResourceKey};

/// The live spec to send back, with what does not come back as it is declared.
///
/// # Errors
/// When something is masked and not declared: sending the mask would make it the value.
pub(super) fn kept(
    key: &ResourceKey,
    live: &Body,
    declared: Option<&Body>,
    rules: &KindRules,
) -> Result<Option<Body>, CannotBuild> {
    let mut path = FieldPath::root().key("spec");
    let Some(spec) = live.find(&path) else { return Ok(None) };
    let rules = RuleSet::new(&rules.fields, &[]);
    let mut visitor = Beside { declared, rules, masked: None };
    let kept = walk::rebuild(spec, rules, &mut path, &mut visitor);
    match visitor.masked {
        None => Ok(kept),
        Some(path) => Err(CannotBuild {
            message: format!("{key} cannot be taken over: nobody can read {path}"),
            help: format!("declare {path}, from the environment; marking sends the whole object"),
        }),
    }
}

/// Puts what is declared in the place of what does not come back.
struct Beside<'b> {
    declared: Option<&'b Body>,
    rules: RuleSet<'b>,
    /// Something that is masked and not declared.
    masked: Option<FieldPath>,
}

impl Beside<'_> {
    /// What of a declared value never comes back: an answer may leave out the mapping around it too.
    fn away(&self, path: &FieldPath, value: &Body) -> Option<Body> {
        if stays_away(&self.rules.at(path)) {
            return Some(value.clone());
        }
        let inner = value.as_object()?.iter();
        let away = |(name, value): (&Name, &Body)| {
            Some((name.clone(), self.away(&path.key(name), value)?))
        };
        let fields: Fields = inner.filter_map(away).collect();
        (!fields.is_empty()).then_some(Body::Fields(fields))
    }
}

fn stays_away(facets: &Facets) -> bool {
    facets.secret || facets.recorded
}

impl Visitor for Beside<'_> {
    fn enter(&mut self, place: &Place<'_>, value: &Body) -> Turn {
        if !stays_away(place.facets) && !value.is_mask() && !value.is_hidden() {
            return Turn::Into;
        }
        match self.declared.and_then(|declared| declared.find(place.path)) {
            Some(declared) => Turn::Put(declared.clone()),
            // What came back in clear is sent back as it is.
            None if place.facets.recorded && !value.is_mask() => Turn::Into,
            None => {
                self.masked.get_or_insert_with(|| place.path.clone());
                Turn::LeaveOut
            }
        }
    }

    fn leave(&mut self, place: &Place<'_>, rebuilt: Body, _was: &Body) -> Option<Body> {
        let Body::Fields(mut fields) = rebuilt else { return Some(rebuilt) };
        let declared = self.declared.and_then(|declared| declared.find(place.path));
        for (name, value) in declared.and_then(Body::as_object).into_iter().flatten() {
            let away = || self.away(&place.path.key(name), value);
            if !fields.contains_key(name)
                && let Some(away) = away()
            {
                fields.insert(name.clone(), away);
            }
        }
        Some(Body::Fields(fields))
    }
}
