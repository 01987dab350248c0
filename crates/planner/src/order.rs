//! The order of all steps, from edges (DESIGN.md §4.6): creates and changes follow the desired
//! edges, deletes the live edges backwards. Ties break by key.

use crate::Decisions;
use crate::draft::Step;
use crate::scene::Scene;
use plumb_model::graph::{self, Cycle, Requirements};
use plumb_model::{Action, ActionId, ResourceKey};
use std::collections::{BTreeMap, BTreeSet};

/// All steps as actions, each after what it requires.
pub(crate) fn actions(scene: &Scene<'_>, decisions: &Decisions) -> Vec<Action> {
    let graph = Graph::new(scene, decisions);
    let order = graph.order();
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
    order.sorted.into_iter().filter_map(action).collect()
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
        for (key, decision) in decisions {
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

    /// Kahn's algorithm. Records of different times may contradict each other or the documents:
    /// then the records give way. The edges of scopes and documents have no circles.
    fn order(&self) -> Ordered {
        let mut requirements = self.requirements.clone();
        loop {
            let Cycle(nodes) = match graph::order(&requirements) {
                Ok(sorted) => return Ordered { sorted, requirements },
                Err(cycle) => cycle,
            };
            let pairs = nodes.iter().zip(nodes.iter().cycle().skip(1));
            let mut circle = pairs.map(|(node, before)| (*node, *before));
            let Some((node, before)) = circle.find(|edge| self.soft.contains(edge)) else {
                let sorted = requirements.keys().copied().collect();
                return Ordered { sorted, requirements };
            };
            if let Some(required) = requirements.get_mut(&node) {
                required.remove(&before);
            }
        }
    }
}
