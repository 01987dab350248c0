//! Identity: what a resource is called by us, and what its vendor calls it.

use crate::shared::Shared;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

/// The kinds seen so far, by group and name: a fleet has few of them, and every key has one.
static KINDS: Mutex<BTreeMap<String, BTreeMap<String, KindId>>> = Mutex::new(BTreeMap::new());

/// The scopes that keys have: few again.
static SCOPES: Mutex<BTreeSet<Shared<Scope>>> = Mutex::new(BTreeSet::new());

thread_local! {
    /// The keys read lately: those that are named again and again come back soon after all of them
    /// were forgotten.
    static READ: RefCell<BTreeSet<ResourceKey>> = const { RefCell::new(BTreeSet::new()) };
}

/// A kind of resource. Clones share it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindId(Shared<KindParts>);

/// What a kind's id is made of: API group (the part of `apiVersion` before the slash) and kind name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindParts {
    /// For instance `compute.example.com` or `auth`.
    pub group: String,
    /// For instance `Workspace`.
    pub kind: String,
}

impl KindId {
    /// Puts a kind's id together; the same one as before where there was one.
    #[must_use]
    pub fn new(group: &str, kind: &str) -> Self {
        // What is made up must not fill the memory.
        const MOST: usize = 256;
        let mut groups = KINDS.lock().unwrap_or_else(PoisonError::into_inner);
        let known = groups.get(group).and_then(|kinds| kinds.get(kind));
        if let Some(known) = known {
            return known.clone();
        }
        let parts = KindParts { group: group.to_owned(), kind: kind.to_owned() };
        let id = Self(Shared::from(parts));
        if groups.len() < MOST {
            let kinds = groups.entry(group.to_owned()).or_default();
            if kinds.len() < MOST {
                kinds.insert(kind.to_owned(), id.clone());
            }
        }
        id
    }
}

impl Deref for KindId {
    type Target = KindParts;

    fn deref(&self) -> &KindParts {
        &self.0
    }
}

/// As a mapping of its parts: fingerprints of plans are made of it.
impl fmt::Debug for KindId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KindParts { group, kind } = &*self.0;
        formatter.debug_struct("KindId").field("group", group).field("kind", kind).finish()
    }
}

impl fmt::Display for KindId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.kind, self.group)
    }
}

/// Where a resource lives. A scope is an edge to its parent for free.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Directly in the organization.
    Global,
    /// In a project, by the project's name.
    Project(String),
    /// In a workspace of a project, both by name.
    Workspace {
        /// The project's name.
        project: String,
        /// The workspace's name.
        workspace: String,
    },
}

impl Scope {
    /// The project's name, if the scope is inside one.
    #[must_use]
    pub fn project(&self) -> Option<&str> {
        match self {
            Self::Global => None,
            Self::Project(project) | Self::Workspace { project, .. } => Some(project),
        }
    }

    /// The workspace's name, if the scope is inside one.
    #[must_use]
    pub fn workspace(&self) -> Option<&str> {
        match self {
            Self::Workspace { workspace, .. } => Some(workspace),
            Self::Global | Self::Project(_) => None,
        }
    }

    /// This scope, or the same one that another key has: keys of one scope are most often told apart
    /// by their names alone.
    fn kept_once(self) -> Shared<Self> {
        const MOST: usize = 4_096;
        let mut scopes = SCOPES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = scopes.get(&self) {
            return known.clone();
        }
        // What is made up must not fill the memory.
        if scopes.len() >= MOST {
            scopes.clear();
        }
        let scope = Shared::from(self);
        scopes.insert(scope.clone());
        scope
    }

    /// The names from the outside in: none, the project, or project and workspace.
    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.project().into_iter().chain(self.workspace()).collect()
    }
}

/// How deep a kind's resources live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScopeLevel {
    /// Resources of the organization.
    Global,
    /// Resources of a project.
    Project,
    /// Resources of a workspace.
    Workspace,
    /// Resources of a project or of a workspace in it: of the one that a document names.
    ProjectOrWorkspace,
}

/// Our identity of a thing. Never holds a vendor's id. Clones share it: a key stands in every map,
/// edge and record of a run.
///
/// Displayed short (`ComputeInstance/ml/research/train-01`); stored and parsed in full
/// (`ComputeInstance.compute.example.com/ml/research/train-01`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ResourceKey(Shared<KeyParts>);

/// What a key is made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyParts {
    /// The kind, with its group.
    pub kind: KindId,
    /// Where it lives.
    pub scope: Shared<Scope>,
    /// Its name inside that scope.
    pub name: String,
}

impl ResourceKey {
    /// Puts a key together.
    #[must_use]
    pub fn new(kind: KindId, scope: Scope, name: String) -> Self {
        Self(Shared::from(KeyParts { kind, scope: scope.kept_once(), name }))
    }

    /// The key of another name in the same place.
    #[must_use]
    pub fn named(&self, name: String) -> Self {
        let KeyParts { kind, scope, .. } = &*self.0;
        Self(Shared::from(KeyParts { kind: kind.clone(), scope: scope.clone(), name }))
    }

    /// This key, or the same one that was read before.
    fn kept_once(self) -> Self {
        const MOST: usize = 64;
        READ.with_borrow_mut(|read| {
            if let Some(known) = read.get(&self) {
                return known.clone();
            }
            if read.len() >= MOST {
                read.clear();
            }
            read.insert(self.clone());
            self
        })
    }

    /// The full form, which parses back to the same key.
    #[must_use]
    pub fn canonical(&self) -> String {
        format!("{}.{}{}", self.kind.kind, self.kind.group, self.tail())
    }

    fn tail(&self) -> String {
        let mut tail = String::new();
        for segment in self.scope.segments().into_iter().chain([self.name.as_str()]) {
            tail.push('/');
            if segment.contains(['%', '/']) {
                tail.push_str(&segment.replace('%', "%25").replace('/', "%2F"));
            } else {
                tail.push_str(segment);
            }
        }
        tail
    }
}

impl PartialOrd for ResourceKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By kind, scope and name. Those of one list differ in their names alone.
impl Ord for ResourceKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, other) = (&*self.0, &*other.0);
        if one.kind.0.is_one_with(&other.kind.0) && one.scope.is_one_with(&other.scope) {
            return one.name.cmp(&other.name);
        }
        one.cmp(other)
    }
}

impl Deref for ResourceKey {
    type Target = KeyParts;

    fn deref(&self) -> &KeyParts {
        &self.0
    }
}

/// As a mapping of its parts: fingerprints of plans are made of it.
impl fmt::Debug for ResourceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KeyParts { kind, scope, name } = &*self.0;
        let mut shown = formatter.debug_struct("ResourceKey");
        shown.field("kind", kind).field("scope", scope).field("name", name).finish()
    }
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.kind.kind, crate::text::escape(&self.tail()))
    }
}

/// The text is not a resource's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not an address; expected Kind/name, Kind/project/name or Kind/project/workspace/name"
)]
pub struct NotAnAddress(pub String);

impl FromStr for ResourceKey {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let address: Address = text.parse()?;
        let group = address.group.ok_or_else(|| NotAnAddress(text.to_owned()))?;
        let scope = match address.scope.as_slice() {
            [] => Scope::Global,
            [project] => Scope::Project(project.clone()),
            [project, workspace] => {
                Scope::Workspace { project: project.clone(), workspace: workspace.clone() }
            }
            _ => return Err(NotAnAddress(text.to_owned())),
        };
        Ok(Self::new(KindId::new(&group, &address.kind), scope, address.name))
    }
}

/// As text, which is read as it is written.
macro_rules! as_text {
    ($name:ty, $text:expr, $read:expr) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&$text(self))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let read = String::deserialize(deserializer)?.parse();
                read.map($read).map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(ResourceKey, Self::canonical, |key: Self| key.kept_once());
as_text!(Address, ToString::to_string, |address| address);

/// How a person names a resource: `Kind/name` when that is unique, or with its scope, the kind
/// optionally followed by its group (`Project.auth/ml`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// The kind's name.
    pub kind: String,
    /// The group, where one is given.
    pub group: Option<String>,
    /// Project, or project and workspace; empty when only the name is given.
    pub scope: Vec<String>,
    /// The resource's name.
    pub name: String,
}

impl Address {
    /// Whether this address names `key`. A bare `Kind/name` names a key of any scope.
    #[must_use]
    pub fn names(&self, key: &ResourceKey) -> bool {
        self.kind == key.kind.kind
            && self.group.as_ref().is_none_or(|group| *group == key.kind.group)
            && self.name == key.name
            && (self.scope.is_empty()
                || self.scope.iter().map(String::as_str).eq(key.scope.segments()))
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let refused = || NotAnAddress(text.to_owned());
        let mut parts = text.split('/');
        let head = parts.next().unwrap_or_default();
        let (kind, group) = match head.split_once('.') {
            Some((kind, group)) => (kind, Some(group.to_owned())),
            None => (head, None),
        };
        let plain = |part: &str| {
            if part.contains('%') {
                part.replace("%2F", "/").replace("%25", "%")
            } else {
                part.to_owned()
            }
        };
        let mut names: Vec<String> = parts.map(plain).collect();
        let name = names.pop().ok_or_else(refused)?;
        let blank = kind.is_empty() || name.is_empty() || names.iter().any(String::is_empty);
        if blank || names.len() > 2 {
            return Err(refused());
        }
        Ok(Self { kind: kind.to_owned(), group, scope: names, name })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.kind)?;
        if let Some(group) = &self.group {
            write!(formatter, ".{group}")?;
        }
        for segment in self.scope.iter().chain([&self.name]) {
            write!(formatter, "/{segment}")?;
        }
        Ok(())
    }
}

/// A vendor's id. Checked before it may enter a path: letters, digits, `-`, `_` and `.`, at most
/// 128 of them, and not `.` or `..`, so that an item's URL never becomes its collection's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RemoteId(String);

/// The text cannot be a vendor's id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a usable id")]
pub struct NotAnId(pub String);

impl RemoteId {
    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RemoteId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let usable = (1..=128).contains(&text.len())
            && text.bytes().all(plain)
            && !text.bytes().all(|byte| byte == b'.');
        if usable { Ok(Self(text.to_owned())) } else { Err(NotAnId(text.to_owned())) }
    }
}

impl fmt::Display for RemoteId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RemoteId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance() -> ResourceKey {
        let scope = Scope::Workspace { project: "ml".into(), workspace: "research".into() };
        let kind = KindId::new("paas.envmgmt.io", "ComputeInstance");
        ResourceKey::new(kind, scope, "a/b%".into())
    }

    #[test]
    fn the_full_form_parses_back() {
        let key = instance();
        assert_eq!(key.canonical(), "ComputeInstance.paas.envmgmt.io/ml/research/a%2Fb%25");
        assert_eq!(key.canonical().parse::<ResourceKey>(), Ok(key));
    }

    #[test]
    fn fingerprints_of_plans_see_the_parts() {
        let key = ResourceKey::new(KindId::new("auth", "Project"), Scope::Global, "ml".into());
        let kind = r#"KindId { group: "auth", kind: "Project" }"#;
        let shown = format!("ResourceKey {{ kind: {kind}, scope: Global, name: \"ml\" }}");
        assert_eq!(format!("{key:?}"), shown);
    }

    #[test]
    fn kinds_and_scopes_are_kept_once_for_all_threads() {
        let (one, other) = (instance(), std::thread::spawn(instance).join().unwrap());
        assert!(std::ptr::eq(&raw const *one.kind, &raw const *other.kind));
        assert!(std::ptr::eq(&raw const *one.scope, &raw const *other.scope));
        assert_eq!((one == other, one < one.named("b".into())), (true, true));
    }

    #[test]
    fn keys_are_in_the_order_of_their_parts() {
        let kind = || KindId::new("toys", "Toy");
        let key = |scope: Scope, name: &str| ResourceKey::new(kind(), scope, name.to_owned());
        let in_project = |name: &str| Scope::Project(name.to_owned());
        let ordered = [
            key(Scope::Global, "z"),
            key(in_project("a"), "y"),
            key(in_project("b"), "x"),
            key(Scope::Workspace { project: "a".into(), workspace: "w".into() }, "v"),
            ResourceKey::new(KindId::new("zoos", "Toy"), Scope::Global, "a".into()),
        ];
        assert!(ordered.is_sorted_by(|one, other| one < other));
    }

    #[test]
    fn keys_that_are_read_are_kept_once() {
        let read = |name: &str| {
            let text = format!("\"Toy.toys/{name}\"");
            serde_json::from_str::<ResourceKey>(&text).unwrap()
        };
        let one = read("a");
        let is_one = |key: &ResourceKey| std::ptr::eq(&raw const **key, &raw const *one);
        assert!(is_one(&read("a")) && !is_one(&read("b")));
        for number in 0..200 {
            assert_eq!(read(&number.to_string()).name, number.to_string());
        }
        assert_eq!(read("a"), one);
    }

    #[test]
    fn an_address_names_by_name_or_by_full_scope() {
        let key = instance().named("n".into());
        for (address, names) in [
            ("ComputeInstance/n", true),
            ("ComputeInstance/ml/research/n", true),
            ("ComputeInstance.paas.envmgmt.io/n", true),
            ("ComputeInstance/ml/n", false),
            ("Service/n", false),
        ] {
            assert_eq!(address.parse::<Address>().unwrap().names(&key), names, "{address}");
        }
        for wrong in ["", "Kind", "Kind/", "/x", "Kind/a/b/c/d", "Kind//x"] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_id_cannot_climb_out_of_its_collection() {
        for wrong in ["", ".", "..", "a/b", "a%2Fb", "a b", "é"] {
            assert!(wrong.parse::<RemoteId>().is_err(), "{wrong}");
        }
        assert!("019c6665-205e-784f-b9bc-fc6c5f8aff7c".parse::<RemoteId>().is_ok());
    }
}
