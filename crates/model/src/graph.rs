//! Order from edges: Kahn's algorithm over sorted containers, so that ties break by key and the
//! same edges always give the same order.

use std::collections::{BTreeMap, BTreeSet};

/// A directed graph: each node with the nodes it comes after.
pub type Requirements<N> = BTreeMap<N, BTreeSet<N>>;

/// The nodes of one cycle, each coming after the next, the last after the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle<N>(pub Vec<N>);

/// All nodes, each after everything it requires. Requirements that are not nodes are ignored.
///
/// # Errors
/// One cycle, when there is one.
pub fn order<N: Ord + Clone>(requirements: &Requirements<N>) -> Result<Vec<N>, Cycle<N>> {
    // Nodes are sorted, so their positions are too: what is compared from here on are numbers.
    let nodes: Vec<&N> = requirements.keys().collect();
    let mut waiting = vec![0_usize; nodes.len()];
    let mut dependants: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (node, (required, count)) in requirements.values().zip(&mut waiting).enumerate() {
        let known = required.iter().filter_map(|other| nodes.binary_search(&other).ok());
        for other in known {
            dependants[other].push(node);
            *count += 1;
        }
    }
    let mut ready: BTreeSet<usize> = (0..nodes.len()).filter(|node| waiting[*node] == 0).collect();
    let mut sorted = Vec::with_capacity(nodes.len());
    while let Some(node) = ready.pop_first() {
        sorted.push(nodes[node].clone());
        for dependant in std::mem::take(&mut dependants[node]) {
            waiting[dependant] -= 1;
            if waiting[dependant] == 0 {
                ready.insert(dependant);
            }
        }
    }
    if sorted.len() == nodes.len() {
        return Ok(sorted);
    }
    let left = nodes.into_iter().zip(waiting).filter(|(_, count)| *count > 0);
    Err(find_cycle(requirements, &left.map(|(node, _)| node).collect()))
}

/// Walks requirements among the nodes left over until one repeats.
fn find_cycle<N: Ord + Clone>(requirements: &Requirements<N>, left: &BTreeSet<&N>) -> Cycle<N> {
    let (mut walk, mut seen): (Vec<&N>, BTreeMap<&N, usize>) = Default::default();
    let mut next = left.first().copied();
    while let Some(node) = next {
        if let Some(start) = seen.insert(node, walk.len()) {
            return Cycle(walk.into_iter().skip(start).cloned().collect());
        }
        walk.push(node);
        next = requirements
            .get(node)
            .and_then(|required| required.iter().find(|other| left.contains(other)));
    }
    Cycle(walk.into_iter().cloned().collect())
}

/// Numbers the nodes so that two of them have one number when each comes after the other: they are
/// on a common circle. Requirements that are not nodes are ignored.
///
/// Kosaraju's algorithm, without recursion: a chain may be as long as the graph.
#[must_use]
pub fn circles<N: Ord>(requirements: &Requirements<N>) -> BTreeMap<&N, usize> {
    let mut dependants: BTreeMap<&N, Vec<&N>> = BTreeMap::new();
    for (node, required) in requirements {
        for other in required {
            dependants.entry(other).or_default().push(node);
        }
    }
    let mut circles = BTreeMap::new();
    for (number, start) in finished(requirements).into_iter().rev().enumerate() {
        let mut next = vec![start];
        while let Some(node) = next.pop() {
            if !circles.contains_key(node) {
                circles.insert(node, number);
                next.extend(dependants.get(node).into_iter().flatten());
            }
        }
    }
    circles
}

/// All nodes in the order in which a walk along their requirements leaves them.
fn finished<N: Ord>(requirements: &Requirements<N>) -> Vec<&N> {
    let (mut seen, mut left) = (BTreeSet::new(), Vec::with_capacity(requirements.len()));
    for (start, required) in requirements {
        if !seen.insert(start) {
            continue;
        }
        let mut walk = vec![(start, required.iter())];
        while let Some((node, mut open)) = walk.pop() {
            let known = |other| requirements.get_key_value(other);
            match open.find_map(|other| known(other).filter(|(other, _)| seen.insert(*other))) {
                Some((other, required)) => {
                    walk.push((node, open));
                    walk.push((other, required.iter()));
                }
                None => left.push(node),
            }
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn graph(edges: &[(u8, &[u8])]) -> Requirements<u8> {
        edges.iter().map(|(node, after)| (*node, after.iter().copied().collect())).collect()
    }

    #[test]
    fn ties_break_by_key_and_edges_hold() {
        assert_eq!(order(&graph(&[(1, &[3]), (2, &[]), (3, &[])])), Ok(vec![2, 3, 1]));
    }

    #[test]
    fn a_cycle_is_named() {
        let error = order(&graph(&[(1, &[2]), (2, &[3]), (3, &[2]), (4, &[])])).unwrap_err();
        assert_eq!(error, Cycle(vec![2, 3]));
        assert_eq!(order(&graph(&[(7, &[7])])).unwrap_err(), Cycle(vec![7]));
    }

    #[test]
    fn nodes_of_one_circle_have_one_number() {
        let graph = graph(&[(1, &[2]), (2, &[3]), (3, &[2]), (4, &[5]), (5, &[4, 1]), (6, &[9])]);
        let circles = circles(&graph);
        let together: Vec<(u8, u8)> = graph
            .keys()
            .flat_map(|one| graph.keys().map(|other| (*one, *other)))
            .filter(|(one, other)| one < other && circles[one] == circles[other])
            .collect();
        assert_eq!(together, [(2, 3), (4, 5)]);
        assert_eq!(circles.len(), 6);
    }

    proptest! {
        #[test]
        fn edges_between_circles_make_none(edges in prop::collection::btree_map(0..20_u8, prop::collection::btree_set(0..20_u8, 0..4), 0..20)) {
            let numbers = circles(&edges);
            let mut between = edges.clone();
            let mut within = edges.clone();
            for (node, required) in &edges {
                let same = |other: &&u8| numbers.get(other) == numbers.get(node);
                between.insert(*node, required.iter().filter(|other| !same(other)).copied().collect());
                within.insert(*node, required.iter().filter(same).copied().collect());
            }
            prop_assert!(order(&between).is_ok());
            // Whatever is on a circle is held there by an edge.
            let ties = within.values().map(BTreeSet::len).sum::<usize>();
            prop_assert_eq!(ties == 0, order(&edges).is_ok());
        }

        #[test]
        fn every_edge_is_respected(edges in prop::collection::btree_map(0..30_u8, prop::collection::btree_set(0..30_u8, 0..4), 0..30)) {
            match order(&edges) {
                Ok(sorted) => {
                    let position: BTreeMap<_, _> = sorted.iter().enumerate().map(|(at, node)| (*node, at)).collect();
                    prop_assert_eq!(position.len(), edges.len());
                    for (node, required) in &edges {
                        for other in required.iter().filter(|other| edges.contains_key(*other)) {
                            prop_assert!(position[other] < position[node]);
                        }
                    }
                }
                Err(Cycle(nodes)) => {
                    for (node, next) in nodes.iter().zip(nodes.iter().cycle().skip(1)) {
                        prop_assert!(edges[node].contains(next));
                    }
                }
            }
        }
    }
}
