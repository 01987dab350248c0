//! The paging and merge tables: what is asked for, what is believed.

use super::*;
use plumb_model::body;

fn page(offset: usize, count: usize, total: Option<usize>, limit: Option<usize>) -> Made<usize> {
    let item = |id| Item { known: Known::By(Body::from(id)), made: id };
    let items = (offset..offset + count).map(item).collect();
    Page { offset, items, total, limit, bytes: 0 }
}

/// Batches of offsets asked for after a first page, until a page is short.
fn asked(first: &Made<usize>, size: usize, there: usize) -> Vec<Vec<usize>> {
    let mut batches = Vec::new();
    let Some(mut ahead) = Ahead::after(first, size, Counts::Something) else { return batches };
    loop {
        let batch: Vec<usize> = ahead.next().collect();
        let last = *batch.last().unwrap();
        batches.push(batch);
        if there.saturating_sub(last) < ahead.stride {
            return batches;
        }
    }
}

#[test]
fn what_is_asked_for_after_the_first_page() {
    type Case<'a> = (&'a str, Made<usize>, usize, usize, Vec<Vec<usize>>);
    let cases: Vec<Case<'_>> = vec![
        ("short", page(0, 3, Some(3), Some(5)), 5, 3, vec![]),
        ("short, no total", page(0, 3, None, None), 5, 3, vec![]),
        ("empty", page(0, 0, Some(0), Some(5)), 5, 0, vec![]),
        ("no limit applied", page(0, 9, Some(9), Some(0)), 5, 9, vec![]),
        ("exactly full", page(0, 5, Some(5), Some(5)), 5, 5, vec![vec![5]]),
        ("read ahead by total", page(0, 5, Some(13), Some(5)), 5, 13, vec![vec![5, 10]]),
        ("total a multiple", page(0, 5, Some(15), Some(5)), 5, 15, vec![vec![5, 10, 15]]),
        ("total too low", page(0, 5, Some(11), Some(5)), 5, 17, vec![vec![5, 10], vec![15]]),
        (
            "page counted as total",
            page(0, 5, Some(5), Some(5)),
            5,
            32,
            vec![vec![5], vec![10, 15], vec![20, 25, 30, 35]],
        ),
        ("capped, and said so", page(0, 5, Some(12), Some(5)), 100, 12, vec![vec![5, 10]]),
        ("capped without a word", page(0, 5, Some(12), None), 100, 12, vec![vec![5], vec![10, 15]]),
        ("claims a larger limit", page(0, 5, None, Some(100)), 5, 7, vec![vec![5]]),
        ("ignores the limit", page(0, 9, Some(9), None), 5, 9, vec![vec![9]]),
        ("total counts what is hidden", page(0, 3, Some(8), Some(5)), 5, 3, vec![vec![3]]),
    ];
    for (name, first, size, there, expected) in cases {
        assert_eq!(asked(&first, size, there), expected, "{name}");
    }
}

#[test]
fn a_thousand_items_are_two_batches_of_twenty_requests() {
    let batches = asked(&page(0, 50, Some(1000), Some(50)), 1000, 1000);
    assert_eq!(batches.len(), 1);
    assert_eq!(batches[0].len(), 20, "the empty page at the end is read along");
}

#[test]
fn what_is_asked_for_at_first() {
    for (shown, expected, counts, pages) in [
        (None, 500, Counts::Something, 1),
        (Some(50), 0, Counts::Something, 1),
        (Some(50), 49, Counts::Something, 1),
        (Some(50), 50, Counts::Something, 2),
        (Some(50), 1000, Counts::Something, 21),
        (Some(100), 100, Counts::Everything, 2),
        (Some(100), 200, Counts::Everything, 2),
        (Some(100), 201, Counts::Everything, 3),
        (Some(1), usize::MAX, Counts::Everything, WIDEST),
        (Some(0), 3, Counts::Something, 4),
    ] {
        let offsets: Vec<usize> = at_first(shown, expected, counts).collect();
        let stride = shown.unwrap_or_default().max(1);
        let all: Vec<usize> = (0..pages).map(|at| at * stride).collect();
        assert_eq!(offsets, all, "{shown:?} {expected} {counts:?}");
    }
}

/// What may be the length of a page is not believed to be the end.
#[test]
fn a_total_ends_a_list_where_it_cannot_be_that_of_a_page() {
    for (lengths, total, counts, is_all) in [
        (&[2][..], Some(2), Counts::Everything, false),
        (&[2, 2], Some(2), Counts::Everything, false),
        (&[2, 2], Some(4), Counts::Everything, true),
        (&[2, 2], Some(4), Counts::Something, false),
        (&[2, 2], Some(5), Counts::Everything, false),
        (&[2, 2], None, Counts::Everything, false),
        (&[2, 1], Some(5), Counts::Everything, true),
        (&[2, 0], None, Counts::Something, true),
    ] {
        let mut offset = 0;
        let pages = lengths.iter().map(|length| {
            offset += length;
            page(offset - length, *length, total, None)
        });
        let pages: Vec<_> = pages.collect();
        assert_eq!(is_end(&pages, 2, counts), is_all, "{lengths:?} {total:?} {counts:?}");
    }
}

#[test]
fn an_absurd_total_does_not_flood_the_server() {
    let batches = asked(&page(0, 5, Some(usize::MAX), Some(5)), 5, 5);
    assert_eq!(batches, vec![(1..=WIDEST).map(|at| at * 5).collect::<Vec<_>>()]);
}

#[test]
fn pages_are_merged_or_found_to_shift() {
    let twice = vec![page(0, 2, None, None), page(1, 2, None, None), page(4, 1, None, None)];
    let cases: Vec<(&str, Vec<Made<usize>>, usize, bool)> = vec![
        ("in order", vec![page(0, 2, Some(3), None), page(2, 1, Some(3), None)], 3, true),
        ("an item twice", twice, 4, false),
        ("moved total", vec![page(0, 2, Some(3), None), page(2, 1, Some(4), None)], 3, false),
        ("page counts", vec![page(0, 2, Some(2), None), page(2, 1, Some(1), None)], 3, true),
        (
            "empty in the middle",
            vec![page(0, 2, None, None), page(2, 0, None, None), page(4, 2, None, None)],
            4,
            false,
        ),
        (
            "short in the middle",
            vec![page(0, 2, None, None), page(2, 1, None, None), page(4, 1, None, None)],
            4,
            false,
        ),
        (
            "empty at the end",
            vec![page(0, 2, None, None), page(2, 0, None, None), page(4, 0, None, None)],
            2,
            true,
        ),
        ("empty at the beginning", vec![page(0, 0, None, None), page(2, 2, None, None)], 2, false),
    ];
    for (name, pages, count, steady) in cases {
        let pass = merge(pages, Counts::Something);
        assert_eq!(pass.items.len(), count, "{name}");
        assert_eq!(pass.verdict == Verdict::Steady, steady, "{name}: {:?}", pass.verdict);
    }
}

/// What is made while a list is read shifts it, and hides nothing when the largest total is reached.
#[test]
fn what_moved_and_is_as_many_as_the_total_is_everything() {
    for (pages, count, steady) in [
        (vec![page(0, 2, Some(3), None), page(1, 2, Some(3), None)], 3, true),
        (vec![page(0, 2, Some(3), None), page(2, 2, Some(4), None)], 4, true),
        (vec![page(0, 2, Some(3), None), page(1, 2, Some(4), None)], 3, false),
        (vec![page(0, 2, Some(4), None), page(2, 1, Some(3), None)], 3, false),
    ] {
        let pass = merge(pages.clone(), Counts::Everything);
        assert_eq!(pass.items.len(), count, "{pages:?}");
        assert_eq!(pass.verdict == Verdict::Steady, steady, "{pages:?}: {:?}", pass.verdict);
    }
}

#[test]
fn a_server_that_knows_no_offsets_is_noticed() {
    assert!(repeats_the_first(&[page(0, 2, None, None), page(0, 2, None, None)]));
    assert!(!repeats_the_first(&[page(0, 2, None, None), page(1, 2, None, None)]));
    assert!(!repeats_the_first(&[page(0, 2, None, None), page(2, 0, None, None)]));
    assert!(!repeats_the_first(&[page(0, 0, None, None), page(0, 0, None, None)]));
    for (first, whole) in [
        (page(0, 9, Some(9), None), true),
        (page(0, 9, None, None), true),
        (page(0, 5, Some(9), None), false),
        (page(0, 5, None, None), false),
    ] {
        assert_eq!(is_all(&first, 5), whole, "{first:?}");
    }
}

/// A total that is known to count everything contradicts a list that shows less.
#[test]
fn a_list_with_less_than_its_total_is_not_complete() {
    for (total, counts, steady) in [
        (Some(3), Counts::Everything, false),
        (Some(2), Counts::Everything, true),
        (Some(1), Counts::Everything, true),
        (None, Counts::Everything, true),
        (Some(3), Counts::Something, true),
    ] {
        let pass = merge(vec![page(0, 2, total, None)], counts);
        assert_eq!(pass.verdict == Verdict::Steady, steady, "{total:?} {counts:?}");
        assert_eq!(pass.items.len(), 2);
    }
    let nothing = merge(vec![page(0, 0, Some(1), None)], Counts::Everything);
    assert!(matches!(nothing.verdict, Verdict::Shifting(_)), "{:?}", nothing.verdict);
}

#[test]
fn a_damaged_answer_is_not_an_empty_list() {
    const ENVELOPE: Envelope = Envelope {
        items: &["/items", "/results"],
        total: &["/count"],
        counts: Counts::Something,
        limit: &["/limit"],
    };
    for (mut body, offset, expected) in [
        (body!({"items": [1], "count": 1}), 0, Some(1)),
        (body!({"results": [1, 2]}), 0, Some(2)),
        (body!({"items": [], "count": 0}), 0, Some(0)),
        (body!({"items": null, "count": 0}), 0, Some(0)),
        (body!({"items": null}), 0, Some(0)),
        (body!({"count": 0}), 0, Some(0)),
        (body!({"items": null, "count": 7}), 7, Some(0)),
        (body!({"items": null, "count": 7}), 0, None),
        (body!({"count": 7}), 0, None),
        (body!({}), 0, None),
        (body!(null), 0, None),
        (body!([]), 0, None),
        (body!({"items": {}}), 0, None),
        (body!({"items": "none"}), 0, None),
    ] {
        let page = parse(&mut body, &ENVELOPE, offset);
        assert_eq!(page.map(|page| page.items.len()), expected, "{body:?}");
    }
}
