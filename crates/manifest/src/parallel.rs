//! Work on many things in two threads, with results in the order of the things.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Below this many things a second thread costs more than it saves.
const WORTH_IT: usize = 2;

/// Applies `work` to every item. Two threads take turns; the results are in the items' order.
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    chunk: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let chunk = chunk.max(1);
    let chunks: Vec<&[T]> = items.chunks(chunk).collect();
    if chunks.len() < WORTH_IT {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let turn = || {
        let mut done = Vec::new();
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(items) = chunks.get(position) else { return done };
            done.push((position, items.iter().map(&work).collect::<Vec<R>>()));
        }
    };
    let mut all = std::thread::scope(|scope| {
        let other = scope.spawn(turn);
        let mut all = turn();
        match other.join() {
            Ok(others) => all.extend(others),
            // A result that is missing must never look like nothing to do.
            Err(payload) => std::panic::resume_unwind(payload),
        }
        all
    });
    all.sort_by_key(|(position, _)| *position);
    all.into_iter().flat_map(|(_, results)| results).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_keep_their_order() {
        for chunk in [1, 7, 5000] {
            let items: Vec<usize> = (0..1000).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(super::map(&items, chunk, |item| item * 2), doubled);
        }
    }
}
