//! Tags taken apart, put together, and judged.

use super::*;
use crate::virtual_machine::VirtualMachine;
use crate::worlds::{A, Known, entry, lines, live, resource};
use plumb_kind::Kind;
use plumb_model::{Body, body};

const KIND: &dyn Kind = &VirtualMachine;
const OURS: [&str; 3] =
    ["plumb.dev/stack=fleet", "plumb.dev/uid=uid", "plumb.dev/key=VirtualMachine/m"];

fn machine(tags: &Body) -> Body {
    body!({"id": A, "name": "m", "status": "Running", "public_ip": "1.2.3.4", "tags": tags})
}

#[test]
fn own_tags_say_whose_a_machine_is_and_the_rest_are_others() {
    let tags = body!([
        "plumb.dev/stack=fleet",
        "blue",
        "plumb.dev/uid=0123",
        "plumb.dev/key=BareMetal/x",
        "plumb.dev/later",
        7,
        "stack=x"
    ]);
    let read = read(&body!({"tags": tags})).unwrap();
    assert_eq!((read.stack.as_deref(), read.uid.as_deref()), (Some("fleet"), Some("0123")));
    assert_eq!(read.others, ["blue", "stack=x"]);
    assert_eq!(super::read(&body!({"tags": []})), Some(Tags::default()));
    for hidden in [body!({}), body!({"tags": null}), body!({"tags": "blue"})] {
        assert_eq!(super::read(&hidden), None);
    }
}

/// What each of the three lists comes to.
fn lists(declared: &Body, live_tags: &Body, sent: Option<Body>) -> [Vec<String>; 3] {
    let declared = resource(KIND, body!({"name": "m"}), body!({"tags": declared}));
    let sent = sent.map(|tags| entry(&declared.key, body!({"spec": {"tags": tags}}), &[]));
    let known =
        Known { live: Some(live(KIND, &machine(live_tags))), entry: sent, ..Known::default() };
    known.lend(&declared.key, Some(&declared.body), |context| {
        [for_create(context), for_adoption(context), for_update(context)].map(|list| {
            let list = list.unwrap();
            assert_eq!(list[..3], OURS);
            list[3..].to_vec()
        })
    })
}

#[test]
fn tags_of_others_are_never_lost() {
    let live = body!(["plumb.dev/stack=old", "theirs", "old", "kept"]);
    let [created, adopted, updated] =
        lists(&body!(["kept", "new", "new"]), &live, Some(body!(["old", "kept"])));
    assert_eq!(created, ["kept", "new"]);
    assert_eq!(adopted, ["theirs", "old", "kept"]);
    assert_eq!(updated, ["kept", "new", "theirs"]);
    // Nothing on record: nothing is taken away.
    let [_, _, updated] = lists(&body!(["new"]), &live, None);
    assert_eq!(updated, ["new", "theirs", "old", "kept"]);
    // What is declared no longer goes, all of it.
    let [_, _, updated] = lists(&body!(null), &live, Some(body!(["old", "kept"])));
    assert_eq!(updated, ["theirs"]);
}

#[test]
fn a_mark_that_does_not_fit_is_not_sent() {
    let long = "n".repeat(60);
    let declared = resource(KIND, body!({"name": long}), body!({}));
    let known = Known::default();
    let list = known.lend(&declared.key, Some(&declared.body), for_create).unwrap();
    assert_eq!(list, OURS[..2]);
    for (stack, fits) in [("s".repeat(48), true), ("s".repeat(49), false), ("é".into(), false)] {
        let made = known.lend(&declared.key, Some(&declared.body), |context| {
            for_create(&Context { stack: &stack, ..*context })
        });
        assert_eq!(made.is_ok(), fits, "{stack}");
    }
}

#[test]
fn declared_tags_are_held_to_the_limits() {
    let many: Vec<String> = (0..18).map(|at| format!("t{at}")).collect();
    for (tags, said) in [
        (body!(["a", "b c", "x".repeat(64)]), &[][..]),
        (body!(many[..17]), &[]),
        (body!(many), &["Error spec.tags: there are 18 tags"]),
        (
            body!(["plumb.dev/stack=x"]),
            &["Error spec.tags[0]: the tag \"plumb.dev/stack=x\" is one of plumb's own"],
        ),
        (body!(["ok", ""]), &["Error spec.tags[1]: the tag \"\" does not fit"]),
        (body!(["é"]), &["Error spec.tags[0]: the tag \"é\" does not fit"]),
        (body!(["a\nb"]), &["Error spec.tags[0]: the tag \"a?b\" does not fit"]),
    ] {
        let declared = resource(KIND, body!({"name": "m"}), body!({"tags": tags}));
        assert_eq!(lines(&check(&declared)), said);
    }
}
