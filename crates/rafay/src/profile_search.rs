//! Where a profile is: in the project's own list, alone by its name, or in the list of the catalog
//! (api §3.6, R-68). Each is a lookup that is asked for only when the one before did not have it.

use crate::price;
use crate::profile::{Profile, ProfileField};
use crate::rates::Hourly;
use plumb_kind::{Collection, CollectionId, LookedUp, Lookup, Paging, Reading, Request, Snapshot};
use plumb_model::finding::nearest;
use plumb_model::{Body, FieldRule, Last, ResourceKey, Scope, Shared};
use std::rc::Rc;
use std::sync::Arc;

/// The project whose profiles are shared with everybody.
const SYSTEM_CATALOG: &str = "system-catalog";

/// What looking for a profile came to.
pub(crate) type Sight = Lookup<Profile, Elsewhere>;

/// The same with what follows from it for all that name it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) sight: Sight,
    /// The rules it adds.
    pub(crate) rules: Arc<[FieldRule]>,
    /// The list to read next, if any: nothing is asked for once it is found.
    pub(crate) next: Vec<Collection>,
    /// What it costs with the variables that were given last.
    costs: Last<Option<Body>, Hourly>,
}

impl Seen {
    /// What it costs an hour to have what this document says; [`price::hourly`].
    pub(crate) fn hourly(&self, profile: &Profile, body: &Body) -> Hourly {
        let given = body.pointer(price::GIVEN).cloned();
        self.costs.of(given, || price::hourly(profile, body))
    }
}

/// Where a profile is that is not where the manifest says.
#[derive(Debug)]
pub(crate) enum Elsewhere {
    /// Nowhere; perhaps another name was meant.
    Nowhere(Option<String>),
    /// In the catalog, which the manifest does not say.
    InCatalog,
    /// Among the project's own, and the manifest says one of the catalog.
    OfProject,
}

/// Somewhere a profile may be.
struct Place {
    collection: Collection,
    source: Source,
}

/// How much an answer says of a profile of the catalog.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A project's list: its own profiles, and on most installations the shared ones.
    Project,
    /// The profile itself, read through the project.
    Alone,
    /// The list of the catalog.
    Catalog,
}

impl ProfileField {
    /// Where a document names its profile.
    fn reference<'b>(&self, body: &'b Body) -> Option<&'b Body> {
        body.get("spec")?.get(self.field)
    }

    /// The declared profile's name, and whether it is one of the catalog's.
    pub(crate) fn named<'b>(&self, body: &'b Body) -> Option<(&'b str, bool)> {
        let reference = self.reference(body)?;
        let shared = reference.get("systemCatalog").and_then(Body::as_bool).unwrap_or_default();
        let name = reference.get("name")?.as_str().filter(|name| !name.is_empty())?;
        Some((name, shared))
    }

    /// Where the profile of a document may be, in the order it is looked for. A shared one is in
    /// the project's own list where the installation shows it there; a key of one project may then
    /// read it alone; and who may list the catalog finds it there. Nothing is read through a
    /// project that is not there yet.
    fn places(&self, body: &Body, scope: &Scope, snapshot: &Snapshot) -> Vec<Place> {
        let named = self.named(body).zip(scope.project());
        let Some(((name, shared), project)) = named else { return Vec::new() };
        let place = |collection, source| Place { collection, source };
        let own = self.list(project);
        let is_there = snapshot.reading(&own.id) != Some(&Reading::Missing);
        let mut places = vec![place(own, Source::Project)];
        if shared && project != SYSTEM_CATALOG {
            places.extend(is_there.then(|| place(self.alone(project, name), Source::Alone)));
            places.push(place(self.list(SYSTEM_CATALOG), Source::Catalog));
        }
        places
    }

    /// The list in which the profile of a document is looked for first.
    pub(crate) fn first(&self, body: &Body, scope: &Scope) -> Option<Collection> {
        self.named(body)?;
        scope.project().map(|project| self.list(project))
    }

    /// The profiles of a project. What is looked up is no object of ours: that a list is refused is no
    /// gap in the fleet.
    fn list(&self, project: &str) -> Collection {
        Collection { kind: None, ..self.row.list(Scope::Project(project.to_owned())) }
    }

    /// What looking for the profile of a document comes to: the same for all in one project that name it, of
    /// which most come one after the other.
    pub(crate) fn seen(
        &self,
        body: &Body,
        key: &ResourceKey,
        looked_up: &LookedUp<'_>,
    ) -> Rc<Seen> {
        let last =
            looked_up.once(self.field, Last::<(Option<Body>, Shared<Scope>), Rc<Seen>>::default);
        let about = (self.reference(body).cloned(), key.scope.clone());
        last.of(about, || self.seen_by_name(body, &key.scope, looked_up))
    }

    /// The same, by the names of the project and of the profile.
    fn seen_by_name(&self, body: &Body, scope: &Scope, looked_up: &LookedUp<'_>) -> Rc<Seen> {
        let project = scope.project().unwrap_or_default();
        let (name, shared) = self.named(body).unwrap_or_default();
        // Neither name can be taken for a part of the other.
        let about = format!("{} {shared} {} {project} {name}", self.field, project.len());
        looked_up.once(&about, || {
            let sight = self.find(body, scope, looked_up.snapshot);
            let (mut rules, mut next) = (Arc::default(), Vec::new());
            match &sight {
                Sight::Found(profile) => rules = profile.rules().into(),
                Sight::NotRead => next = self.unread(body, scope, looked_up.snapshot),
                Sight::Hidden(_) | Sight::Absent(_) => {}
            }
            Seen { sight, rules, next, costs: Last::default() }
        })
    }

    /// The first list that may have the profile of a document and was not read.
    fn unread(&self, body: &Body, scope: &Scope, snapshot: &Snapshot) -> Vec<Collection> {
        let unread = |place: &Place| snapshot.reading(&place.collection.id).is_none();
        let mut places = self.places(body, scope, snapshot).into_iter();
        places.find(unread).map(|place| place.collection).into_iter().collect()
    }

    /// A profile of the catalog, read through a project that uses it.
    fn alone(&self, project: &str, name: &str) -> Collection {
        let list = self.list(project);
        let id = CollectionId(format!("{} {name}", list.id.0));
        let path = list.request.path.clone().then(name);
        let request = Request::get(path).with("systemCatalog", "true");
        Collection { id, request, paging: Paging::Single, ..list }
    }

    /// Looks for the profile of a document in everything that was read.
    pub(crate) fn find(&self, body: &Body, scope: &Scope, snapshot: &Snapshot) -> Sight {
        let Some((name, shared)) = self.named(body) else { return Sight::NotRead };
        let mut search = Search { name, shared, ..Search::default() };
        for place in self.places(body, scope, snapshot) {
            let Some(reading) = snapshot.reading(&place.collection.id) else {
                search.unread = true;
                continue;
            };
            if let Some(item) = search.take(place.source, reading) {
                return Sight::Found(Profile::read(name, item));
            }
        }
        search.verdict()
    }
}

/// A search through several answers.
#[derive(Default)]
struct Search<'s> {
    name: &'s str,
    shared: bool,
    /// Something was not asked yet.
    unread: bool,
    /// There is one of the name that is not the one that is meant.
    other: Option<Elsewhere>,
    /// Somebody who must know says that there is none.
    denied: bool,
    /// The last reason why something could not be read.
    hidden: Option<String>,
    names: Vec<&'s str>,
}

impl<'s> Search<'s> {
    /// Takes an answer in; the item, when it has the profile.
    fn take(&mut self, source: Source, reading: &'s Reading) -> Option<&'s Body> {
        let items = match reading {
            Reading::Missing if source == Source::Alone => {
                self.denied = true;
                return None;
            }
            Reading::Missing => {
                self.hidden = Some("there is no such project".to_owned());
                return None;
            }
            Reading::Unknown(why) => {
                self.hidden = Some(why.to_string());
                return None;
            }
            Reading::Items(items) => items,
        };
        self.denied |= !self.shared || source == Source::Catalog;
        self.names.extend(items.iter().filter_map(|item| text(item, "/metadata/name")));
        let named = items.iter().filter(|item| text(item, "/metadata/name") == Some(self.name));
        for item in named {
            // Where an item does not say whose it is, it is the one that is meant.
            let owner = text(item, "/metadata/project");
            let is_shared = owner.map_or(self.shared, |owner| owner == SYSTEM_CATALOG);
            if is_shared == self.shared || source != Source::Project {
                return Some(item);
            }
            self.other = Some(if is_shared { Elsewhere::InCatalog } else { Elsewhere::OfProject });
        }
        None
    }

    fn verdict(self) -> Sight {
        if self.unread {
            return Sight::NotRead;
        }
        match (self.other, self.hidden) {
            (Some(other), _) => Sight::Absent(other),
            (None, Some(why)) if !self.denied => Sight::Hidden(why),
            (None, _) => {
                let meant = nearest(self.name, self.names).map(str::to_owned);
                Sight::Absent(Elsewhere::Nowhere(meant))
            }
        }
    }
}

/// A text of an item, where it says something.
fn text<'b>(item: &'b Body, pointer: &str) -> Option<&'b str> {
    item.pointer(pointer).and_then(Body::as_str).filter(|text| !text.is_empty())
}
