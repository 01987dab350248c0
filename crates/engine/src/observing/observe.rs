//! Reading the world in bulk: which collections, all at once, into Live.

use crate::engine::Engine;
use crate::observing::identity::Bindings;
use crate::observing::survey::{self, Depth, Found, Sights, Wanted};
use crate::transport::pages::List;
use crate::transport::ways;
use futures_util::future::join_all;
use plumb_kind::{Collection, Kind, LookedUp, Reading, Snapshot, Surroundings};
use plumb_model::body::walk;
use plumb_model::key::ScopeLevel;
use plumb_model::ledger::LedgerView;
use plumb_model::policy::{Policy, Prune, Purpose, Strangers};
use plumb_model::rules::{Costs, FieldRule, RuleSet};
use plumb_model::text::ServerText;
use plumb_model::{
    Aspect, Desired, KindId, KindRules, Last, Live, LiveObject, Observation, RemoteId, Resource,
    ResourceKey, Scope, Sorted,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// How often a kind may ask for more in the light of what was read.
const ROUNDS: usize = 3;

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// What the clouds say of each key.
    pub live: Live,
    /// The lists in which names are looked up. After looking at scopes, everything that was listed.
    pub snapshot: Snapshot,
    /// How many requests it took.
    pub requests: u64,
}

impl Engine {
    /// Looks at everything that is declared or in the ledger, at what stands around it, and at
    /// what declared resources need to be checked and written.
    ///
    /// # Guarantees
    /// - Sends nothing but reads.
    /// - `Absent` is proven by a complete listing, or by the proven absence of the scope itself. Of
    ///   what is on record a read of its own confirms it, where there is one.
    /// - What is to be rented, and is not on record, is held against the bill.
    /// - A key of the ledger or the manifests is always answered for.
    pub async fn observe(
        &self,
        desired: &Desired,
        ledger: &LedgerView,
        policy: &Policy,
    ) -> Observed {
        let bindings = Arc::new(Bindings::new(&self.table, desired, ledger));
        let mut wanted = Wanted::known(bindings);
        let keys = desired.resources().keys().chain(ledger.entries.keys());
        let keys = keys.chain(ledger.open_intents.keys());
        wanted.keys(&self.registry, &self.table, keys);
        self.look_inside((desired, ledger, policy), &mut wanted);
        for resource in desired.resources().values() {
            if let Some(kind) = self.kind(resource.kind()) {
                wanted.lookups(kind, resource);
            }
        }
        self.keep_witnesses(desired, ledger, &mut wanted);
        let mut observed = self.survey(wanted, &Snapshot::default()).await;
        self.judge(desired, desired.resources().values(), &mut observed).await;
        let is_ours =
            |key: &ResourceKey| desired.get(key).is_some() || ledger.entries.contains_key(key);
        self.price(is_ours, &mut observed).await;
        self.hold_against_bills(desired, ledger, &mut observed).await;
        observed
    }

    /// Asks for what lives in what is ours: all of it where it may be deleted, what costs money where
    /// what nobody manages is to be told. A plan reads nothing that nothing in it needs.
    fn look_inside(
        &self,
        (desired, ledger, policy): (&Desired, &LedgerView, &Policy),
        wanted: &mut Wanted,
    ) {
        let holds: Last<KindId, Rc<[&KindRules]>> = Last::default();
        for key in ledger.entries.keys() {
            let inside = holds.of(key.kind.clone(), || self.table.inside(&key.kind).collect());
            if inside.is_empty() {
                continue;
            }
            let replaceable = self.table.get(&key.kind).is_some_and(|rules| {
                let fixed = |rule: &FieldRule| rule.aspect == Aspect::Immutable;
                rules.fields.iter().any(fixed)
            });
            let may_go = match desired.get(key) {
                _ if policy.purpose == Purpose::Destroy => true,
                None => policy.prune == Prune::On,
                Some(Resource { wishes, .. }) => {
                    replaceable || wishes.time_to_live.is_some() || wishes.expires.is_some()
                }
            };
            let is_wanted = |rules: &&KindRules| {
                may_go || policy.strangers == Strangers::PaidFor && rules.costs == Costs::ByTheHour
            };
            wanted.inside(&self.registry, key, inside.iter().copied().filter(is_wanted));
        }
    }

    /// Reads what judging declared resources needs beyond the first look, and judges them in the
    /// light of what is live.
    pub(crate) async fn judge<'d>(
        &self,
        desired: &Desired,
        resources: impl Iterator<Item = &'d Resource> + Clone,
        observed: &mut Observed,
    ) {
        let before = self.requests();
        self.read_details(resources.clone(), observed).await;
        self.read_rounds(observed, |Observed { live, snapshot, .. }, wanted| {
            let around = Surroundings::new(desired, live, snapshot);
            for resource in resources.clone() {
                if let Some(kind) = self.kind(resource.kind()) {
                    for collection in kind.preflight(resource, &around) {
                        wanted.lookup(resource.kind(), collection);
                    }
                }
            }
        })
        .await;
        let Observed { live, snapshot, .. } = &*observed;
        let around = Surroundings::new(desired, live, snapshot);
        // Most resources of a fleet have one profile: its rules are kept once.
        let mut last: Arc<[FieldRule]> = Arc::default();
        let refined = resources.filter_map(|resource| {
            let mut refinement = self.kind(resource.kind())?.refine(resource, &around);
            if refinement.rules == last {
                refinement.rules = Arc::clone(&last);
            } else {
                last = Arc::clone(&refinement.rules);
            }
            Some((resource.key.clone(), refinement))
        });
        let refinements: Sorted<_, _> = refined.collect();
        for (key, refinement) in refinements.iter() {
            if let Some(Observation::Present(object)) = observed.live.objects.get_mut(key) {
                object.take_seen(&refinement.seen);
                walk::seal(&mut object.body, RuleSet::new(&[], &refinement.rules));
            }
        }
        observed.live.refinements.extend(refinements);
        observed.requests += self.requests() - before;
    }

    /// Finds out what live objects cost an hour, where their answers do not say. Nothing is asked for the
    /// sake of those that nobody asks about.
    async fn price(&self, is_asked: impl Fn(&ResourceKey) -> bool, observed: &mut Observed) {
        let before = self.requests();
        let costs = |object: &LiveObject| {
            let rules = self.table.get(&object.key.kind);
            object.hourly.is_none() && rules.is_some_and(|rules| rules.costs == Costs::ByTheHour)
        };
        self.read_rounds(observed, |observed, wanted| {
            let looked_up = LookedUp::new(&observed.snapshot);
            let concerned = self
                .present(&observed.live)
                .filter(|(_, object)| costs(object) && is_asked(&object.key));
            for (kind, object) in concerned {
                for collection in kind.price_lookups(object, &looked_up) {
                    wanted.lookup(&object.key.kind, collection);
                }
            }
        })
        .await;
        let Observed { live, snapshot, .. } = observed;
        let looked_up = LookedUp::new(snapshot);
        for observation in live.objects.values_mut() {
            if let Observation::Present(object) = observation
                && costs(object)
                && let Some(kind) = self.kind(&object.key.kind)
            {
                object.hourly = kind.hourly(object, &looked_up).ok();
            }
        }
        observed.requests += self.requests() - before;
    }

    /// Reads what is asked for in the light of what was read, until nothing new is.
    async fn read_rounds(&self, observed: &mut Observed, ask: impl Fn(&Observed, &mut Wanted)) {
        for _ in 0..ROUNDS {
            let mut wanted = Wanted::default();
            ask(observed, &mut wanted);
            let more = self.read_collections(&wanted, &observed.snapshot).await;
            if more.0.is_empty() {
                break;
            }
            observed.snapshot.0.extend(more.0);
        }
    }

    /// The objects that are there, each with its kind.
    fn present<'l>(
        &'l self,
        live: &'l Live,
    ) -> impl Iterator<Item = (&'l dyn Kind, &'l LiveObject)> {
        live.objects.values().filter_map(|observation| match observation {
            Observation::Present(object) => Some((self.kind(&object.key.kind)?, &**object)),
            Observation::Absent | Observation::Unknown(_) => None,
        })
    }

    /// Reads alone what lists do not tell enough of.
    async fn read_details<'d>(
        &self,
        resources: impl Iterator<Item = &'d Resource>,
        observed: &mut Observed,
    ) {
        let short = resources.filter_map(|resource| {
            let live = observed.live.present(&resource.key)?;
            self.kind(resource.kind())?.needs_detail(resource, live).then(|| live.clone())
        });
        let short: Vec<LiveObject> = short.collect();
        let full = join_all(short.iter().map(|object| self.fill(object))).await;
        for (object, observation) in short.iter().zip(full) {
            observed.live.objects.insert(object.key.clone(), observation);
        }
    }

    /// Reads the collections that are wanted and not known yet.
    pub(crate) async fn read_collections(&self, wanted: &Wanted, known: &Snapshot) -> Snapshot {
        let unread = wanted.collections.values();
        let unread = unread.filter(|(_, collection)| known.reading(&collection.id).is_none());
        let reads = unread.map(|(kind, collection)| async move {
            (collection.id.clone(), self.read_collection(kind, collection).await)
        });
        Snapshot(join_all(reads).await.into_iter().collect())
    }

    /// Looks at all objects of some kinds in some scopes, with their content.
    pub async fn observe_scopes(&self, places: &[(KindId, Scope)]) -> Observed {
        let mut wanted = Wanted { depth: Depth::Everything, ..Wanted::default() };
        for (kind, scope) in places {
            wanted.place(&self.registry, kind, scope);
        }
        self.survey(wanted, &Snapshot::default()).await
    }

    /// Looks at all objects of the connected kinds that are wanted: first what is global, then what is
    /// inside each scope that was found.
    pub async fn discover(&self, is_wanted: impl Fn(&KindRules) -> bool) -> Observed {
        self.discover_of(is_wanted).await
    }

    /// Looks at everything that costs money, in every scope there is, and finds out what it costs.
    pub async fn discover_costs(&self) -> Observed {
        let mut observed = self.discover_of(|rules| rules.costs == Costs::ByTheHour).await;
        self.price(|_| true, &mut observed).await;
        observed
    }

    /// Looks at all objects of some connected kinds, and at the projects they may be in.
    async fn discover_of(&self, is_wanted: impl Fn(&KindRules) -> bool) -> Observed {
        let connected = |level: fn(ScopeLevel) -> bool| {
            let kinds = self.table.iter().filter(move |rules| level(rules.level));
            kinds.filter(|rules| self.session(&rules.id).is_some())
        };
        // What is wanted is found by way of what it lives in.
        let holders: BTreeSet<&KindId> = connected(|_| true)
            .filter(|rules| is_wanted(rules))
            .flat_map(|rules| {
                std::iter::successors(rules.parent.as_ref(), |kind| {
                    self.table.get(kind)?.parent.as_ref()
                })
            })
            .collect();
        let connected = |level| {
            connected(level).filter(|rules| is_wanted(rules) || holders.contains(&rules.id))
        };
        let parents: Vec<&KindId> = connected(|level| level == ScopeLevel::Project)
            .filter_map(|rules| rules.parent.as_ref())
            .collect();
        let own = connected(|level| level == ScopeLevel::Global).map(|rules| &rules.id);
        let global: BTreeSet<_> = own.chain(parents.iter().copied()).cloned().collect();
        let global: Vec<_> = global.into_iter().map(|kind| (kind, Scope::Global)).collect();
        let mut observed = self.observe_scopes(&global).await;
        let projects = observed.live.objects.iter().filter_map(|(key, observation)| {
            let is_project = parents.contains(&&key.kind);
            (is_project && matches!(observation, Observation::Present(_))).then_some(&key.name)
        });
        let inner: Vec<_> = projects
            .flat_map(|project| {
                connected(|level| level != ScopeLevel::Global)
                    .map(|rules| (rules.id.clone(), Scope::Project(project.clone())))
            })
            .collect();
        let inside = self.observe_scopes(&inner).await;
        let workspaces = inside.live.objects.iter().filter_map(|(key, observation)| {
            let is_there = matches!(observation, Observation::Present(_));
            let project = key.scope.project().filter(|_| is_there)?.to_owned();
            let holds = |rules: &&KindRules| rules.parent.as_ref() == Some(&key.kind);
            let above = Scope::Project(project.clone());
            let kinds = connected(|level| {
                matches!(level, ScopeLevel::ProjectOrWorkspace | ScopeLevel::Workspace)
            })
            .filter(holds)
            .filter(move |rules| !self.lists_in(rules, &above));
            let scope = Scope::Workspace { project, workspace: key.name.clone() };
            Some(kinds.map(move |rules| (rules.id.clone(), scope.clone())))
        });
        // Of what lives in projects and in workspaces, each scope lists its own.
        let deeper: Vec<_> = workspaces.flatten().collect();
        absorb(&mut observed, inside);
        if !deeper.is_empty() {
            let deeper = self.observe_scopes(&deeper).await;
            absorb(&mut observed, deeper);
        }
        observed
    }

    /// Whether the objects of a kind that live in workspaces are all in lists of their project.
    fn lists_in(&self, rules: &KindRules, project: &Scope) -> bool {
        let is_listed = |kind: &dyn Kind| !kind.collections(project).is_empty();
        rules.level == ScopeLevel::Workspace && self.kind(&rules.id).is_some_and(is_listed)
    }

    /// Reads what exporting the seen objects needs beside their own collections.
    pub async fn read_export_lookups(&self, observed: &mut Observed) {
        let before = self.requests();
        self.read_rounds(observed, |observed, wanted| {
            for (kind, object) in self.present(&observed.live) {
                for collection in kind.export_lookups(object, &observed.snapshot) {
                    wanted.lookup(&object.key.kind, collection);
                }
            }
        })
        .await;
        observed.requests += self.requests() - before;
    }

    /// Reads what is wanted and not known yet, and judges every key that is asked about.
    pub(crate) async fn survey(&self, wanted: Wanted, known: &Snapshot) -> Observed {
        let before = self.requests();
        let sights = self.look_at(&wanted, known).await;
        let (mut found, mut snapshot) = survey::find(&self.registry, &wanted, sights);
        for (id, reading) in &known.0 {
            snapshot.0.entry(id.clone()).or_insert_with(|| reading.clone());
        }
        self.look_for_unlisted(&wanted, &snapshot, &mut found).await;
        let thin = found.thin(&self.table, &wanted);
        let full = join_all(thin.iter().map(|object| self.fill(object))).await;
        for (object, observation) in thin.iter().zip(full) {
            found.objects.insert(object.key.clone(), observation);
        }
        found.judge(&self.table, &wanted, &snapshot);
        // A list whose items are gone must not look like an empty one.
        snapshot.0.retain(|id, _| wanted.keeps(id) || !wanted.collections.contains_key(id));
        let Found { objects, gaps, rivals, .. } = found;
        let live = Live { objects, gaps, rivals, ..Live::default() };
        Observed { live, snapshot, requests: self.requests() - before }
    }

    /// Looks at the collections that are wanted: of those that are known already, at what is known.
    async fn look_at(&self, wanted: &Wanted, known: &Snapshot) -> Sights {
        let looks = wanted.collections.values().map(|(kind, collection)| async move {
            let make = survey::seeing(&self.registry, wanted, collection);
            let expected = wanted.bindings.number_in(collection);
            let reading = match (known.reading(&collection.id), self.session(kind)) {
                (Some(Reading::Items(items)), _) => {
                    Reading::Items(items.iter().cloned().map(make).collect())
                }
                (Some(Reading::Missing), _) => Reading::Missing,
                (Some(Reading::Unknown(reason)), _) => Reading::Unknown(reason.clone()),
                (None, Some(session)) => {
                    ways::read_as(session, &List { collection, expected, make }).await
                }
                (None, None) => Reading::Unknown(self.not_connected(kind)),
            };
            (collection.id.clone(), reading)
        });
        join_all(looks).await.into_iter().collect()
    }

    /// Reads collections of one cloud that are no declared resource's: what it offers, what it
    /// bills, what describes an object. Each is read once.
    pub async fn read_lookups(&self, provider: &str, collections: &[Collection]) -> Snapshot {
        let unlike = collections.iter().map(|collection| (&collection.id, collection));
        let unlike: BTreeMap<_, _> = unlike.collect();
        let reads = unlike.into_values().map(|collection| async move {
            let reading = if let Some(session) = self.session_with(provider) {
                ways::read(session, collection).await
            } else {
                let text = format!("there is no connection to {provider}");
                Reading::Unknown(ServerText::new(&text))
            };
            (collection.id.clone(), reading)
        });
        Snapshot(join_all(reads).await.into_iter().collect())
    }

    /// Reads one collection, which the provider of `kind` serves.
    pub(crate) async fn read_collection(&self, kind: &KindId, collection: &Collection) -> Reading {
        match self.session(kind) {
            Some(session) => ways::read(session, collection).await,
            None => Reading::Unknown(self.not_connected(kind)),
        }
    }

    /// Why nothing of a kind can be read.
    pub(crate) fn not_connected(&self, kind: &KindId) -> ServerText {
        let provider = self.registry.provider(kind).map_or("its provider", |known| known.name());
        ServerText::new(&format!("there is no connection to {provider}"))
    }

    /// Reads an object that a list showed without its content.
    pub(crate) async fn fill(&self, thin: &LiveObject) -> Observation {
        let looked = self.look_alone(&thin.key, thin.remote_id.as_ref()).await;
        match looked.map(|looked| looked.observation) {
            Some(Observation::Absent) => Observation::Unknown(ServerText::new(
                "it is in the list, and not there when it is read",
            )),
            Some(seen) => seen,
            None => Observation::Unknown(ServerText::new(
                "the list shows no content, and it cannot be read alone",
            )),
        }
    }

    /// The id by which an object can be read alone, from what was seen.
    pub(crate) fn id_in(live: &Live, key: &ResourceKey) -> Option<RemoteId> {
        live.present(key)?.remote_id.clone()
    }
}

fn absorb(observed: &mut Observed, more: Observed) {
    let Observed { live, snapshot, requests } = more;
    let Live { objects, gaps, rivals, refinements, bills, clouds } = live;
    observed.live.objects.extend(objects);
    observed.live.gaps.extend(gaps);
    observed.live.rivals.extend(rivals);
    observed.live.refinements.extend(refinements);
    observed.live.bills.extend(bills);
    observed.live.clouds.extend(clouds);
    observed.snapshot.0.extend(snapshot.0);
    observed.requests += requests;
}
