//! Work on many things in two threads, with results in the order of the things.

use std::ops::ControlFlow;
use std::sync::mpsc::sync_channel;

/// Threads that work beside the one that takes what they made.
const WORKERS: usize = 2;
/// Results of one worker that wait to be taken: so many may differ in how long they take.
const WAITING: usize = 8;

/// Applies `work` to pieces of so many items and hands what it came to to `take`, in the items' order,
/// until that breaks off. Each thread has a state of its own.
pub(crate) fn pieces<T: Sync, S: Default, R: Send>(
    items: &[T],
    piece: usize,
    work: impl Fn(&mut S, &T) -> R + Sync,
    mut take: impl FnMut(Vec<R>) -> ControlFlow<()>,
) {
    let done = |state: &mut S, items: &[T]| items.iter().map(|item| work(state, item)).collect();
    let pieces: Vec<&[T]> = items.chunks(piece.max(1)).collect();
    if let [] | [_] = pieces.as_slice() {
        let mut state = S::default();
        let _ = pieces.into_iter().try_for_each(|items| take(done(&mut state, items)));
        return;
    }
    std::thread::scope(|scope| {
        let mut made = Vec::new();
        for first in 0..WORKERS {
            let (send, receive) = sync_channel(WAITING);
            let mine = pieces.iter().skip(first).step_by(WORKERS);
            let done = &done;
            scope.spawn(move || {
                let mut state = S::default();
                // Nobody takes what comes after the end.
                let _ = mine.map(|items| send.send(done(&mut state, items))).find(Result::is_err);
            });
            made.push(receive);
        }
        // A worker that panicked sends nothing more, and the scope panics when it ends.
        let results = made.iter().cycle().map_while(|made| made.recv().ok());
        let _ = results.take(pieces.len()).try_for_each(&mut take);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubled(count: usize, piece: usize, most: usize) -> Vec<usize> {
        let items: Vec<usize> = (0..count).collect();
        let mut all = Vec::new();
        pieces(
            &items,
            piece,
            |(): &mut (), item| item * 2,
            |made| {
                all.extend(made);
                if all.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            },
        );
        all
    }

    #[test]
    fn results_keep_their_order() {
        for count in [0, 1, 2, 3, 1000] {
            for piece in [1, 7, 5000] {
                let expected: Vec<usize> = (0..count).map(|item| item * 2).collect();
                assert_eq!(doubled(count, piece, usize::MAX), expected);
            }
        }
    }

    #[test]
    fn what_breaks_off_ends_the_work() {
        assert_eq!(doubled(100_000, 10, 100).len(), 100);
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_result_that_is_missing_does_not_look_like_the_end() {
        let items = [1, 2, 3, 4];
        pieces(&items, 1, |(): &mut (), item| 12 / (item - 3), |_| ControlFlow::Continue(()));
    }
}
