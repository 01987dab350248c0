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
    let mut waiting: BTreeMap<&N, usize> = BTreeMap::new();
    let mut dependants: BTreeMap<&N, Vec<&N>> = BTreeMap::new();
    for (node, required) in requirements {
        let known = required.iter().filter(|other| requirements.contains_key(*other));
        let mut count = 0;
        for other in known {
            dependants.entry(other).or_default().push(node);
            count += 1;
        }
        waiting.insert(node, count);
    }
    let mut ready: BTreeSet<&N> =
        waiting.iter().filter(|(_, count)| **count == 0).map(|(node, _)| *node).collect();
    let mut sorted = Vec::with_capacity(requirements.len());
    while let Some(node) = ready.pop_first() {
        sorted.push(node.clone());
        waiting.remove(node);
        for dependant in dependants.get(node).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(*dependant) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ready.insert(dependant);
                }
            }
        }
    }
    if waiting.is_empty() { Ok(sorted) } else { Err(find_cycle(requirements, &waiting)) }
}

/// Walks requirements among the nodes left over until one repeats.
fn find_cycle<N: Ord + Clone>(
    requirements: &Requirements<N>,
    left: &BTreeMap<&N, usize>,
) -> Cycle<N> {
    let (mut walk, mut seen): (Vec<&N>, BTreeMap<&N, usize>) = Default::default();
    let mut next = left.keys().next().copied();
    while let Some(node) = next {
        if let Some(start) = seen.insert(node, walk.len()) {
            return Cycle(walk.into_iter().skip(start).cloned().collect());
        }
        walk.push(node);
        next = requirements
            .get(node)
            .and_then(|required| required.iter().find(|other| left.contains_key(other)));
    }
    Cycle(walk.into_iter().cloned().collect())
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

    proptest! {
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
