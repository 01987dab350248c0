//! What an update is about to set, on record before it is sent: when only a part of it comes about,
//! and the manifests take it back, that part is still known to be ours. Pure.

use plumb_model::body::element_key;
use plumb_model::body::walk::{self, Place, Turn, Visitor};
use plumb_model::rules::{RuleSet, Unordered};
use plumb_model::{Body, FieldPath, Veiled};

/// What was attempted before and what is now, put together: of lists all elements, of mappings all
/// fields, of anything else what is attempted now.
pub(crate) fn together(before: Option<&Veiled>, now: &Veiled, rules: RuleSet<'_>) -> Veiled {
    let Some(before) = before else { return now.clone() };
    let mut beside = Beside { before };
    let all = walk::rebuild(now, rules, &mut FieldPath::root(), &mut beside);
    all.unwrap_or_default().into()
}

/// Puts what was attempted before beside what is attempted now.
struct Beside<'b> {
    before: &'b Body,
}

impl Visitor for Beside<'_> {
    fn enter(&mut self, _place: &Place<'_>, _value: &Body) -> Turn {
        Turn::Into
    }

    fn leave(&mut self, place: &Place<'_>, rebuilt: Body, _was: &Body) -> Option<Body> {
        let before = self.before.find(place.path);
        Some(match (rebuilt, before) {
            (Body::Fields(mut fields), Some(Body::Fields(before))) => {
                for (name, value) in before {
                    if !fields.contains_key(name) {
                        fields.insert(name, value.clone());
                    }
                }
                Body::Fields(fields)
            }
            (Body::List(items), Some(Body::List(before))) => {
                let is_new = |item: &&Body| match place.facets.unordered {
                    Some(Unordered::By(by)) => {
                        let key = element_key(item, by);
                        !items.iter().any(|other| element_key(other, by) == key)
                    }
                    Some(_) => !items.contains(item),
                    None => false,
                };
                items.iter().chain(before.iter().filter(is_new)).cloned().collect()
            }
            (rebuilt, _) => rebuilt,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_model::body;
    use plumb_model::rules::{Aspect, FieldRule};

    #[test]
    fn nothing_that_was_attempted_is_lost() {
        let path = |text: &str| text.parse::<FieldPath>().unwrap();
        let rules = [
            FieldRule::exactly(&path("groups"), Aspect::Unordered),
            FieldRule::exactly(&path("roles"), Aspect::UnorderedBy("project")),
        ];
        let rules = RuleSet::new(&rules, &[]);
        let before = body!({
            "groups": ["a", "b"], "labels": {"x": "1", "y": "1"}, "order": [1, 2],
            "roles": [{"project": "p", "roles": 1}, {"project": "q", "roles": 1}],
        });
        let now = body!({
            "groups": ["b", "c"], "labels": {"x": "2", "z": "2"}, "order": [3],
            "roles": [{"project": "p", "roles": 2}],
        });
        let all = together(Some(&before.clone().into()), &now.clone().into(), rules);
        let expected = body!({
            "groups": ["b", "c", "a"], "labels": {"x": "2", "y": "1", "z": "2"}, "order": [3],
            "roles": [{"project": "p", "roles": 2}, {"project": "q", "roles": 1}],
        });
        assert_eq!(*all, expected);
        assert_eq!(*together(None, &now.clone().into(), rules), now);
    }
}
