//! The order of all steps, from edges (docs/rules.md §9.4): creates and changes follow the desired
//! edges, deletes the live edges backwards. Ties break by key.

use crate::Decisions;
use crate::draft::Step;
use crate::scene::Scene;
use plumb_model::graph::{self, Cycle, Requirements};
use plumb_model::{Action, ActionId, ResourceKey};
use std::collections::{BTreeMap, BTreeSet};

/// All steps as actions, each after what it requires.
///
/// # Errors
/// The resources whose steps would each have to come before the others: no order of steps is
/// right then, and none may be taken.
pub(crate) fn actions(
    scene: &Scene<'_>,
    decisions: &Decisions,
) -> Result<Vec<Action>, BTreeSet<ResourceKey>> {
    let graph = Graph::new(scene, decisions);
    let order = graph.order().map_err(|circle| graph.keys(&circle))?;
    let ids: Vec<ActionId> =
        graph.nodes.iter().map(|(key, step)| ActionId::new(step.operation, key)).collect();
    let action = |node: usize| {
        let (key, step) = graph.nodes.get(node)?;
        let required = order.requirements.get(&node).into_iter().flatten();
        Some(Action {
            id: ids.get(node)?.clone(),
            key: (*key).clone(),
            operation: step.operation,
            requires: required.filter_map(|other| ids.get(*other).cloned()).collect(),
            changes: step.changes.clone(),
            because: step.because.clone(),
            precondition: step.precondition.clone(),
        })
    };
    Ok(order.sorted.into_iter().filter_map(action).collect())
}

/// Where the steps of one resource stand among the nodes.
#[derive(Clone, Copy)]
struct Place {
    delete: Option<usize>,
    forward: Option<(usize, usize)>,
}

/// All steps with the edges between them. Nodes are numbered by key and position, so that sorted
/// numbers are sorted keys.
struct Graph<'d> {
    nodes: Vec<(&'d ResourceKey, &'d Step)>,
    places: BTreeMap<&'d ResourceKey, Place>,
    requirements: Requirements<usize>,
    /// Edges that only an old record asks for: dropped where they would close a circle.
    soft: BTreeSet<(usize, usize)>,
}

struct Ordered {
    sorted: Vec<usize>,
    requirements: Requirements<usize>,
}

impl<'d> Graph<'d> {
    fn new(scene: &Scene<'_>, decisions: &'d Decisions) -> Self {
        let mut graph = Self {
            nodes: Vec::new(),
            places: BTreeMap::new(),
            requirements: BTreeMap::new(),
            soft: BTreeSet::new(),
        };
        let with_steps = decisions.iter().filter(|(_, decision)| !decision.steps.is_empty());
        for (key, decision) in with_steps {
            let base = graph.nodes.len();
            for (at, step) in decision.steps.iter().enumerate() {
                let before = at.checked_sub(1).map(|previous| base + previous);
                graph.requirements.insert(base + at, before.into_iter().collect());
                graph.nodes.push((key, step));
            }
            let place = Place {
                delete: decision.delete().map(|at| base + at),
                forward: decision.forward().map(|(first, last)| (base + first, base + last)),
            };
            graph.places.insert(key, place);
        }
        let places: Vec<(&ResourceKey, Place)> =
            graph.places.iter().map(|(key, place)| (*key, *place)).collect();
        for (key, place) in places {
            graph.connect_forward(scene, key, place);
            graph.connect_deletes(scene, key, place);
        }
        graph
    }

    /// The first step that makes or changes `key` comes after the last of what it needs, and what
    /// it needed once, and does not need any more, is deleted after its own last.
    fn connect_forward(&mut self, scene: &Scene<'_>, key: &ResourceKey, place: Place) {
        let Some((first, last)) = place.forward else { return };
        for other in scene.desired.edges().get(key).into_iter().flatten() {
            if let Some((_, before)) = self.places.get(other).and_then(|other| other.forward) {
                self.require(first, before);
            }
        }
        for other in scene.entry(key).into_iter().flat_map(|entry| &entry.requires) {
            let pruned = self.places.get(other).filter(|other| other.forward.is_none());
            if let Some(delete) = pruned.and_then(|other| other.delete) {
                self.require_softly(delete, last);
            }
        }
    }

    /// What `key` lives in and what it needs is deleted after it.
    fn connect_deletes(&mut self, scene: &Scene<'_>, key: &ResourceKey, place: Place) {
        let Some(delete) = place.delete else { return };
        let declared = scene.desired.edges().get(key).into_iter().flatten().cloned();
        for other in scene.desired.ancestors(key).into_iter().chain(declared) {
            if let Some(after) = self.places.get(&other).and_then(|other| other.delete) {
                self.require(after, delete);
            }
        }
        for other in scene.recorded_edges(key) {
            if let Some(after) = self.places.get(&other).and_then(|other| other.delete) {
                self.require_softly(after, delete);
            }
        }
    }

    fn require(&mut self, node: usize, before: usize) {
        self.soft.remove(&(node, before));
        self.requirements.entry(node).or_default().insert(before);
    }

    fn require_softly(&mut self, node: usize, before: usize) {
        if self.requirements.entry(node).or_default().insert(before) {
            self.soft.insert((node, before));
        }
    }

    /// The resources of some steps.
    fn keys(&self, nodes: &Cycle<usize>) -> BTreeSet<ResourceKey> {
        let keys = nodes.0.iter().filter_map(|node| self.nodes.get(*node));
        keys.map(|(key, _)| (*key).clone()).collect()
    }

    /// Kahn's algorithm. Records of different times may contradict each other or the documents:
    /// then the records give way. The edges of scopes and documents have no circles; one is an
    /// error.
    fn order(&self) -> Result<Ordered, Cycle<usize>> {
        let mut requirements = self.requirements.clone();
        loop {
            let cycle = match graph::order(&requirements) {
                Ok(sorted) => return Ok(Ordered { sorted, requirements }),
                Err(cycle) => cycle,
            };
            let pairs = cycle.0.iter().zip(cycle.0.iter().cycle().skip(1));
            let mut circle = pairs.map(|(node, before)| (*node, *before));
            let Some((node, before)) = circle.find(|edge| self.soft.contains(edge)) else {
                return Err(cycle);
            };
            if let Some(required) = requirements.get_mut(&node) {
                required.remove(&before);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_model::plan::{Because, Operation};
    use plumb_model::{KindId, Scope};

    #[test]
    fn a_circle_of_steps_is_an_error_unless_an_old_record_closes_it() {
        let key = |name: &str| {
            ResourceKey::new(KindId::new("toys", "Toy"), Scope::Global, name.to_owned())
        };
        let (one, other, free) = (key("a"), key("b"), key("c"));
        let step = Step::new(Operation::Delete, Because::Destroyed);
        let mut graph = Graph {
            nodes: [&one, &other, &free].map(|key| (key, &step)).into(),
            places: BTreeMap::new(),
            requirements: BTreeMap::from([(2, BTreeSet::new())]),
            soft: BTreeSet::new(),
        };
        graph.require(0, 1);
        graph.require_softly(1, 0);
        assert_eq!(graph.order().ok().map(|order| order.sorted), Some(vec![1, 0, 2]));
        graph.require(1, 0);
        let circle = graph.order().map(|order| order.sorted).unwrap_err();
        assert_eq!(graph.keys(&circle), BTreeSet::from([one.clone(), other.clone()]));
    }
}
