//! One declared resource: from what it is to us and how it differs, to its steps or its block.

pub(crate) mod blocks;
mod case;
mod findings;
pub(crate) mod steps;

use crate::create;
use crate::difference::{Diff, Outputs};
use crate::draft::{Decision, Step};
use crate::proof;
use crate::rivals;
use crate::scene::{Scene, Seen};
use crate::standing::{Standing, standing};
use crate::words;
use case::Case;
use plumb_model::live::Observation;
use plumb_model::moves::former;
use plumb_model::plan::{Because, Operation};
use plumb_model::resource::ReplaceWish;
use plumb_model::rules::{Identity, Lifecycle, MarkPlace, ReplaceDefault};
use plumb_model::{Blocked, Code, Entry, LiveObject, Phase, Resource, ResourceKey, ServerText};
use std::collections::BTreeMap;
use std::mem;

/// Decides one resource. `decided` has those it needs.
pub(crate) fn decide(
    scene: &Scene<'_>,
    resource: &Resource,
    decided: &BTreeMap<ResourceKey, Decision>,
) -> Decision {
    let key = &resource.key;
    let Some(rules) = scene.rules(key) else {
        return Decision::only(blocks::unknown_kind(key));
    };
    // Where the server refuses duplicates, a create in doubt is taken up by the same create.
    let repeatable = rules.create_safety.may_repeat() && matches!(scene.seen(key), Seen::Absent);
    let unsettled = scene.ledger.open_intents.contains_key(key) && !repeatable;
    let mut decision = if unsettled {
        Decision::only(blocks::indeterminate(scene, key))
    } else if let Some(undecided) = rivals::undecided(scene, key) {
        Decision::only(undecided)
    } else {
        match Outputs::of(scene, resource, decided) {
            Ok(outputs) => Case::new(scene, resource, rules, &outputs).decide(),
            Err(missing) => Decision::only(blocks::no_such_output(scene, key, &missing)),
        }
    };
    if decision.sends_fields()
        && let Some(unset) = create::unset(resource, scene.set(key))
    {
        decision.block(unset);
    }
    findings::attach(scene, key, &mut decision);
    if let Some(duplicates) = rivals::duplicates(scene, key).filter(|_| !unsettled) {
        decision.block(duplicates);
    }
    decision
}

/// Whether an object is ours already, or is to be taken over.
#[derive(Clone, Copy)]
enum Ownership<'a> {
    /// With what the ledger has of it, if anything.
    Ours(Option<&'a Entry>),
    Unmarked,
}

impl Case<'_> {
    fn decide(&self) -> Decision {
        let key = &self.resource.key;
        match standing(self.scene, key, self.rules) {
            Standing::Unknown(reason) => Decision::only(self.unknown(reason)),
            Standing::OtherStack(object) if self.is_rented() => {
                Decision::only(blocks::other_stacks_rental(object))
            }
            Standing::OtherStack(object) => Decision::only(blocks::other_stack(object)),
            Standing::Absent => self.absent(),
            Standing::Claimed(object, other) => Decision::only(rivals::claimed(object, other)),
            Standing::Forming(object) => self.forming(object),
            Standing::Ours(object, entry) => self.present(object, Ownership::Ours(entry)),
            Standing::Unmarked(object) => self.present(object, Ownership::Unmarked),
        }
    }

    fn unknown(&self, reason: Option<&ServerText>) -> Blocked {
        let seen = self.scene.live.objects.get(&self.resource.key);
        let thin = matches!(seen, Some(Observation::Present(_)));
        blocks::unknown(&self.resource.key, reason, thin)
    }

    fn absent(&self) -> Decision {
        let key = &self.resource.key;
        let mut decision = Decision::default();
        if let Some(id) = &self.resource.wishes.remote_id {
            return Decision::only(blocks::bound_to_nothing(key, id));
        }
        if let Some(blocked) = self.unmoved() {
            return Decision::only(blocked);
        }
        if self.scene.entry(key).is_some() {
            decision.note(key, Code::NOTE_GONE, "it was deleted outside, and is made again");
        }
        decision.steps =
            create::steps(self.resource, self.rules, self.set, self.outputs, Because::Missing);
        let unseen = create::unseen(self.scene, self.rules, key);
        let in_the_way = unseen
            .or_else(|| create::missing_parent(self.scene, key))
            .or_else(|| create::billed(self.scene, key));
        if let Some(blocked) = in_the_way {
            decision.block(blocked);
        }
        decision
    }

    /// The block of what should have been renamed and cannot be: making it would make a second one.
    fn unmoved(&self) -> Option<Blocked> {
        let key = &self.resource.key;
        let old = former(self.resource).filter(|old| self.scene.desired.get(old).is_none())?;
        let renames = self.rules.identity == Identity::Id;
        if renames && self.scene.entry(key).is_some() {
            return None;
        }
        match self.scene.seen(&old) {
            Seen::Present(object) if renames => Some(blocks::moved_and_not_on_record(key, object)),
            Seen::Present(object) => Some(blocks::never_renamed(key, object)),
            Seen::Absent | Seen::Unknown(_) => None,
        }
    }

    /// What is ours and does not show its fields yet is waited for; there is nothing to compare.
    fn forming(&self, object: &LiveObject) -> Decision {
        if let Some(blocked) = self.misbound(object) {
            return Decision::only(blocked);
        }
        let mut steps = vec![Step::new(Operation::Wait, Because::Pending)];
        steps::arm(&mut steps, object, &BTreeMap::new());
        let mut decision = Decision { steps, ..Decision::default() };
        let message = "an operation on it is under way, and its fields are not shown yet; they \
                       are compared once they are";
        decision.note(&object.key, Code::NOTE_PENDING, message);
        decision
    }

    fn misbound(&self, object: &LiveObject) -> Option<Blocked> {
        let bound = self.resource.wishes.remote_id.as_ref()?;
        (object.remote_id.as_ref() != Some(bound)).then(|| blocks::bound_to_another(object, bound))
    }

    fn present(&self, object: &LiveObject, ownership: Ownership<'_>) -> Decision {
        if let Some(blocked) = self.misbound(object) {
            return Decision::only(blocked);
        }
        if matches!(object.status.phase, Phase::Deleting | Phase::DeleteFailed) {
            return Decision::only(blocks::going_away(object));
        }
        let entry = match ownership {
            Ownership::Ours(entry) => entry,
            Ownership::Unmarked => None,
        };
        let mut diff = Diff::new(self.scene, self.resource, object, entry, self.outputs, self.set);
        let hidden = mem::take(&mut diff.hidden);
        let mut decision = Decision { hidden, ..Decision::default() };
        if !diff.of_creation.is_empty() {
            let fields = words::few(diff.of_creation.iter().map(words::difference));
            let message = format!(
                "{fields}: used when it was made, which cannot be read or changed afterwards; it \
                 stays as it is, and the next one is made with it"
            );
            decision.note(&object.key, Code::NOTE_REPORTED, message);
        }
        let result = self.obstacle(object, ownership, &diff);
        match result {
            Ok(replace) => {
                decision.steps = self.steps(object, ownership, &diff, replace);
            }
            Err(mut blocked) => {
                blocked.changes = diff.changes(self.rules);
                decision.blocked = Some(*blocked);
            }
        }
        self.remark(object, &mut decision);
        decision
    }

    /// Whether the differences can be made, and how.
    fn obstacle(
        &self,
        object: &LiveObject,
        ownership: Ownership<'_>,
        diff: &Diff,
    ) -> Result<Replace, Box<Blocked>> {
        if let Some(blocked) = self.is_not_ours_to_take(object, ownership, diff) {
            return Err(Box::new(blocked));
        }
        if let Some((difference, reason)) = diff.refused() {
            return Err(Box::new(blocks::refused(&self.resource.key, difference, reason)));
        }
        if diff.immutable().next().is_some() {
            return self.may_replace(object, ownership, diff).map(|()| Replace::Yes);
        }
        let stuck = object.status.phase == Phase::Failed
            && self.rules.lifecycle != Lifecycle::Published
            && diff.is_empty();
        if stuck { Err(Box::new(blocks::failed(object))) } else { Ok(Replace::No) }
    }

    /// A kind whose names say nothing and whose objects are paid for: a name alone never makes one
    /// of them ours (docs/contracts/voltage-park.md §7).
    fn is_rented(&self) -> bool {
        self.rules.identity == Identity::Id && self.rules.mark == MarkPlace::Object
    }

    /// What is nobody's, or is not what the ledger knows, is taken over only when enough speaks
    /// for it.
    fn is_not_ours_to_take(
        &self,
        object: &LiveObject,
        ownership: Ownership<'_>,
        diff: &Diff,
    ) -> Option<Blocked> {
        match ownership {
            _ if self.is_asked_for() => None,
            Ownership::Unmarked if self.is_rented() => {
                Some(blocks::same_name(self.scene, object, diff))
            }
            Ownership::Unmarked => {
                // Where names say enough, what is as declared is taken over.
                let agrees = diff.is_only_recorded() && !self.power_differs(object);
                (!agrees).then(|| blocks::not_ours(self.scene, object, diff))
            }
            // Mark and ledger speak of two machines: ours is gone, and this one may be a copy.
            Ownership::Ours(None)
                if self.is_rented() && self.scene.entry(&object.key).is_some() =>
            {
                Some(blocks::not_on_record(object))
            }
            Ownership::Ours(_) => None,
        }
    }

    /// Whether somebody said that the live object is the one that is meant.
    fn is_asked_for(&self) -> bool {
        let wishes = &self.resource.wishes;
        let named = self.scene.policy.adopt.contains(&self.resource.key);
        wishes.adopt || wishes.remote_id.is_some() || named
    }

    fn may_replace(
        &self,
        object: &LiveObject,
        ownership: Ownership<'_>,
        diff: &Diff,
    ) -> Result<(), Box<Blocked>> {
        let wishes = &self.resource.wishes;
        let allowed = match wishes.replace {
            Some(ReplaceWish::Allowed) => true,
            Some(ReplaceWish::Never) => false,
            None => self.rules.replace == ReplaceDefault::Allowed,
        };
        if matches!(ownership, Ownership::Unmarked) {
            return Err(Box::new(blocks::immutable_and_not_ours(&self.resource.key, diff)));
        }
        if !allowed {
            return Err(Box::new(blocks::immutable(self.scene, self.resource, diff)));
        }
        if wishes.prevent_destroy {
            return Err(Box::new(blocks::protected_from_replace(&self.resource.key, diff)));
        }
        proof::may_delete(self.scene, object, self.rules)?;
        if self.rules.lifecycle == Lifecycle::Waited && self.waits(object) {
            // One plan cannot wait for both the old and the new one.
            return Err(Box::new(blocks::busy(object)));
        }
        let inhabitants = self.scene.inhabitants(&self.resource.key);
        if inhabitants.is_empty() {
            return Ok(());
        }
        Err(Box::new(blocks::inhabited(&self.resource.key, &inhabitants)))
    }

    /// Why the object is taken over, if it is. What is ours gets back the proof it lacks: the
    /// ledger's record, whenever it is missing, since without it nothing is ever deleted; and the
    /// mark, where `plumb adopt` names it or the id on record says that it is ours.
    fn takes_over(&self, object: &LiveObject, ownership: Ownership<'_>) -> Option<Because> {
        let Ownership::Ours(entry) = ownership else { return Some(Because::Unmarked) };
        let named = self.scene.policy.adopt.contains(&self.resource.key);
        let unmarked = self.rules.mark == MarkPlace::Object && object.mark.is_none();
        let known_by_id = self.rules.identity == Identity::Id && entry.is_some();
        match entry {
            _ if unmarked && (named || known_by_id) => Some(Because::Unmarked),
            Some(_) => None,
            None if self.is_asked_for() => Some(Because::Unmarked),
            None => Some(Because::Unrecorded),
        }
    }

    fn steps(
        &self,
        object: &LiveObject,
        ownership: Ownership<'_>,
        diff: &Diff,
        replace: Replace,
    ) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.waits(object) {
            steps.push(Step::new(Operation::Wait, Because::Pending));
        }
        if replace == Replace::Yes {
            let changes = diff.changes(self.rules);
            steps.push(Step::new(Operation::Delete, Because::Replaced).with(changes));
            let because = Because::Replaced;
            let again = create::steps(self.resource, self.rules, self.set, self.outputs, because);
            steps.extend(again);
        } else {
            let adopt = self.takes_over(object, ownership);
            steps.extend(adopt.map(|because| Step::new(Operation::Adopt, because)));
            self.change(object, diff, &mut steps);
        }
        if !steps.is_empty() {
            let digests = diff.digests(self.resource, object, self.set);
            steps::arm(&mut steps, object, &digests);
        }
        steps
    }
}

/// Whether a resource is deleted and made again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Replace {
    Yes,
    No,
}
