//! Values that are kept once although many bodies hold them: the machines of a fleet differ in a
//! name, and in little else.

use super::Body;
use crate::name::{self, Name};
use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::cell::RefCell;
use std::hash::{BuildHasher, Hash, Hasher};
use std::mem::discriminant;
use std::sync::Arc;

/// Values that are remembered. What repeats comes back soon after all of them were forgotten.
const MOST: usize = 4_096;
/// Texts of JSON that are remembered, and bytes of one.
const MOST_TEXTS: usize = 1_024;
const LONGEST: usize = 4_096;

thread_local! {
    /// The pool in which what is read at the moment is made; see [`Pool::lend`].
    static LENT: RefCell<Option<Pool>> = const { RefCell::new(None) };
}

/// What hashes: a fleet has millions of values, and nobody else chooses their hashes' seed.
type Hashing = <DefaultHashBuilder as BuildHasher>::Hasher;

/// A text of JSON, and what it says.
type Said = (Box<str>, Body);

/// Makes bodies, and instead of a text, list or mapping that equals an earlier one gives that one.
///
/// # Guarantees
/// What comes out equals what went in, whatever is remembered; and that is a few thousand values,
/// however many there were.
#[derive(Debug, Default)]
pub struct Pool {
    /// By the hash of what they hold; of two that have the same, the later.
    known: HashTable<(u64, Body)>,
    /// Texts of JSON that came, by their hash, and what they say where they came more than once.
    texts: HashTable<(u64, Option<Said>)>,
    hashing: DefaultHashBuilder,
}

impl Pool {
    /// Has the bodies that are read meanwhile, by way of serde, made here.
    pub fn lend<T>(&mut self, read: impl FnOnce() -> T) -> T {
        let outer = LENT.replace(Some(std::mem::take(self)));
        let read = read();
        *self = LENT.replace(outer).unwrap_or_default();
        read
    }

    /// What the pool that is lent makes of something, or what is made without one.
    pub(crate) fn lent<T>(make: impl FnOnce(Option<&mut Self>) -> T) -> T {
        LENT.with_borrow_mut(|lent| make(lent.as_mut()))
    }

    /// The name of a field.
    #[must_use]
    pub fn name(text: &str) -> Name {
        name::name(text)
    }

    /// A text.
    pub fn text(&mut self, text: &str) -> Body {
        let hash = self.hashed(|hasher| text.hash(hasher));
        let known = self.known(hash).filter(|known| known.as_str() == Some(text));
        known.cloned().unwrap_or_else(|| self.remember(hash, text.into()))
    }

    /// A list of what was made here.
    pub fn list(&mut self, items: Vec<Body>) -> Body {
        let hash = self.hashed(|hasher| items.iter().for_each(|item| identify(item, hasher)));
        let same = |known: &[Body]| {
            known.len() == items.len() && known.iter().zip(&items).all(|(a, b)| a.is_one_with(b))
        };
        let known = self.known(hash).filter(|known| known.as_array().is_some_and(same));
        known.cloned().unwrap_or_else(|| self.remember(hash, items.into()))
    }

    /// A mapping of what was made here; of two fields of one name the later stays.
    pub fn fields(&mut self, mut fields: Vec<(Name, Body)>) -> Body {
        super::fields::sort(&mut fields);
        let hash = self.hashed(|hasher| {
            for (name, value) in &fields {
                Arc::as_ptr(name).hash(hasher);
                identify(value, hasher);
            }
        });
        let same = |known: &super::Fields| {
            let one = |((name, value), (other, another)): ((&Name, &Body), &(Name, Body))| {
                Arc::ptr_eq(name, other) && value.is_one_with(another)
            };
            known.len() == fields.len() && known.iter().zip(&fields).all(one)
        };
        let known = self.known(hash).filter(|known| known.as_object().is_some_and(same));
        known.cloned().unwrap_or_else(|| self.remember(hash, Body::Fields(fields.into())))
    }

    /// What a text of JSON said that came twice at least.
    pub(super) fn of_text(&self, text: &str) -> Option<Body> {
        let hash = self.hashed(|hasher| text.hash(hasher));
        let (_, known) = self.texts.find(hash, |(known, _)| *known == hash)?;
        known.as_ref().filter(|(known, _)| **known == *text).map(|(_, body)| body.clone())
    }

    /// Remembers what a text of JSON says, should it have come before: what comes once is in no way of that.
    pub(super) fn remember_text(&mut self, text: &str, body: &Body) {
        if text.len() > LONGEST {
            return;
        }
        let hash = self.hashed(|hasher| text.hash(hasher));
        if self.texts.len() >= MOST_TEXTS {
            self.texts.clear();
        }
        let mut entry = self.texts.entry(hash, |(known, _)| *known == hash, |(known, _)| *known);
        match &mut entry {
            Entry::Occupied(known) => known.get_mut().1 = Some((text.into(), body.clone())),
            Entry::Vacant(_) => drop(entry.insert((hash, None))),
        }
    }

    fn hashed(&self, hash: impl FnOnce(&mut Hashing)) -> u64 {
        let mut hasher = self.hashing.build_hasher();
        hash(&mut hasher);
        hasher.finish()
    }

    fn known(&self, hash: u64) -> Option<&Body> {
        self.known.find(hash, |(known, _)| *known == hash).map(|(_, body)| body)
    }

    fn remember(&mut self, hash: u64, body: Body) -> Body {
        if self.known.len() >= MOST {
            self.known.clear();
        }
        let place = self.known.entry(hash, |(known, _)| *known == hash, |(known, _)| *known);
        place.insert((hash, body.clone()));
        body
    }
}

/// What is the same one is not looked into.
impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        let is_equal = || match (self, other) {
            (Self::Text(one), Self::Text(other)) | (Self::Unset(one), Self::Unset(other)) => {
                one == other
            }
            (Self::List(one), Self::List(other)) => one == other,
            (Self::Fields(one), Self::Fields(other)) => one == other,
            (Self::Secret(one), Self::Secret(other)) => one == other,
            (Self::Output(one), Self::Output(other)) => one == other,
            _ => false,
        };
        self.is_one_with(other) || is_equal()
    }
}

/// Hashes which value it is, and not what is in it: equal ones that were made here are the same.
fn identify(value: &Body, hasher: &mut Hashing) {
    discriminant(value).hash(hasher);
    match value {
        Body::Bool(truth) => truth.hash(hasher),
        Body::Number(number) => number.hash(hasher),
        Body::Text(text) => Arc::as_ptr(text).hash(hasher),
        Body::List(items) => Arc::as_ptr(items).hash(hasher),
        Body::Fields(fields) => fields.place_in_memory().hash(hasher),
        Body::Null | Body::Secret(_) | Body::Output(_) | Body::Unset(_) => {}
    }
}

impl Body {
    /// Whether two values are the same one, and not only equal. What is hidden never is.
    pub(crate) fn is_one_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Number(one), Self::Number(other)) => one == other,
            (Self::Text(one), Self::Text(other)) => Arc::ptr_eq(one, other),
            (Self::List(one), Self::List(other)) => Arc::ptr_eq(one, other),
            (Self::Fields(one), Self::Fields(other)) => {
                one.place_in_memory() == other.place_in_memory()
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body;
    use crate::text::Secret;
    use proptest::prelude::*;

    fn machine(name: &str) -> Body {
        body!({"metadata": {"name": name}, "spec": {"gpus": 8, "tags": ["a", "b"], "on": true}})
    }

    /// Reads a body as it is written.
    fn read(pool: &mut Pool, body: &Body) -> Body {
        pool.lend(|| Body::parse(body.shown_text().as_bytes())).unwrap()
    }

    #[test]
    fn who_lends_while_another_pool_is_lent_gives_that_one_back() {
        let (mut outer, mut inner) = (Pool::default(), Pool::default());
        let one = outer.lend(|| {
            let one = Body::parse(b"\"a\"").unwrap();
            inner.lend(|| Body::parse(b"\"b\"")).unwrap();
            assert!(one.is_one_with(&Body::parse(b"\"a\"").unwrap()));
            one
        });
        assert!(one.is_one_with(&outer.text("a")) && !one.is_one_with(&inner.text("a")));
        assert!(!one.is_one_with(&Body::parse(b"\"a\"").unwrap()));
    }

    #[test]
    fn what_is_equal_is_kept_once() {
        let mut pool = Pool::default();
        let (one, other) = (read(&mut pool, &machine("a")), read(&mut pool, &machine("b")));
        assert_eq!((&one, &other), (&machine("a"), &machine("b")));
        assert!(one["spec"].is_one_with(&other["spec"]));
        assert!(!one["metadata"].is_one_with(&other["metadata"]));
        assert!(one.is_one_with(&read(&mut pool, &machine("a"))));
    }

    /// A list of machines as a server answers with them, each with a name of its own.
    fn answer(machines: usize) -> Vec<u8> {
        let machines = (0..machines).map(|at| machine(&at.to_string()));
        body!({"items": (machines.collect::<Body>())}).shown_text().into_bytes()
    }

    #[test]
    fn what_came_twice_as_the_same_text_is_not_read_again() {
        let mut pool = Pool::default();
        let text = answer(3);
        assert_eq!(pool.read(&text).unwrap(), Body::parse(&text).unwrap());
        // Of each machine its name came once, and its spec three times.
        assert_eq!(pool.texts.len(), 4);
        assert_eq!(pool.texts.iter().filter(|(_, known)| known.is_some()).count(), 1);
        // What stands in the table is what is answered with.
        for (_, known) in &mut pool.texts {
            if let Some((_, known)) = known {
                *known = body!("known");
            }
        }
        let read = pool.read(&text).unwrap();
        assert_eq!(read.pointer("/items/1/spec"), Some(&body!("known")));
        assert_eq!(read.pointer("/items/1/metadata/name"), Some(&body!("1")));
    }

    #[test]
    fn texts_are_forgotten_before_they_fill_the_memory() {
        let mut pool = Pool::default();
        for number in 0..3 * MOST {
            let text = format!(r#"{{"items":[{{"metadata":{{"name":"{number}"}}}}]}}"#);
            pool.read(text.as_bytes()).unwrap();
            assert!(pool.texts.len() <= MOST_TEXTS);
        }
        let mut pool = Pool::default();
        let text = format!(r#"{{"items":[{{"spec":["{}"]}}]}}"#, "a".repeat(LONGEST));
        pool.read(text.as_bytes()).unwrap();
        assert!(pool.texts.is_empty());
    }

    #[test]
    fn what_is_no_json_is_none_wherever_it_stands() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for text in [
            r#"{"items":[{"spec":{"name":"\ud800"}}]}"#,
            r#"{"items":[{"spec":{"size":01}}]}"#,
            r#"{"items":[{"spec":{"size":1,}}]}"#,
            r#"{"items":[{"spec":{"size":1}}]"#,
            r#"{"items":[{"spec":{"size":1}}]} {}"#,
            &format!(r#"{{"items":[{{"spec":{deep}}}]}}"#),
        ] {
            let mut pool = Pool::default();
            for _ in 0..3 {
                assert!(pool.read(text.as_bytes()).is_err(), "{text}");
            }
        }
        assert!(Pool::default().read(b"{\"items\":[{\"spec\":{\"name\":\"\xff\"}}]}").is_err());
    }

    #[test]
    fn secrets_are_never_taken_for_one_another() {
        let mut pool = Pool::default();
        let secrets = ["one", "other"].map(|secret| body!((Secret::new(secret))));
        let made = secrets.clone().map(|secret| pool.list(vec![secret]));
        assert_eq!(made, secrets.map(|secret| body!([secret])));
    }

    #[test]
    fn what_was_forgotten_is_made_again() {
        let mut pool = Pool::default();
        for number in 0..3 * MOST {
            assert_eq!(pool.text(&number.to_string()), body!((number.to_string())));
            assert!(pool.known.len() <= MOST);
        }
        assert_eq!(read(&mut pool, &machine("a")), machine("a"));
    }

    fn any_body() -> impl Strategy<Value = Body> {
        let leaf = prop_oneof![
            Just(Body::Null),
            any::<bool>().prop_map(Body::from),
            (-2..3_i64).prop_map(Body::from),
            "[ab]{0,2}".prop_map(Body::from),
        ];
        leaf.prop_recursive(4, 40, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Body::from),
                prop::collection::vec(("[abc]", inner), 0..4)
                    .prop_map(|fields| Body::Fields(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_changes_on_the_way(bodies in prop::collection::vec(any_body(), 1..20)) {
            let mut pool = Pool::default();
            for body in &bodies {
                prop_assert_eq!(&read(&mut pool, body), body);
            }
        }

        #[test]
        fn nothing_changes_by_what_came_before(lists in prop::collection::vec(any_body(), 1..20)) {
            let mut pool = Pool::default();
            for list in &lists {
                let items = body!({"items": [{"spec": (list.clone()), "name": "a"}, (list.clone())]});
                for body in [list, &items, &items] {
                    prop_assert_eq!(&pool.read(body.shown_text().as_bytes()).unwrap(), body);
                }
            }
        }
    }
}
