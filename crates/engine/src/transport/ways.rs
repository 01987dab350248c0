//! Reading a collection until it holds still; one whose own list the server refuses, by the other lists
//! that its kind says have the same items (`Collection::otherwise`).
//!
//! # Guarantees
//! - No other list is asked for as long as the list itself is answered.
//! - The items count as all there are only when every list of a way was read to its end.

use crate::transport::pages::{self, List, Pass, Verdict};
use crate::transport::session::Session;
use futures_util::future::join_all;
use plumb_kind::{Collection, Reading, Request, Way};
use plumb_model::Body;
use plumb_model::text::ServerText;

/// How often a collection that changes while it is read is read.
const PASSES: u32 = 3;

/// Reads a collection as it is answered, again when it changed meanwhile.
pub(crate) async fn read(session: &Session, collection: &Collection) -> Reading {
    read_as(session, &List { collection, expected: 0, make: as_it_is }).await
}

/// What is made of an item that is looked at later.
const fn as_it_is(item: Body) -> Body {
    item
}

/// Reads a list as what is made of its items, again when it changed meanwhile.
pub(crate) async fn read_as<T>(
    session: &Session,
    list: &List<'_, impl Fn(Body) -> T>,
) -> Reading<T> {
    let mut why = "";
    for _ in 0..PASSES {
        let pass = pass(session, list).await;
        match pass.verdict {
            Verdict::Steady => return Reading::Items(pass.items),
            Verdict::Missing => return Reading::Missing,
            Verdict::Refused(reason) | Verdict::Unknown(reason) => {
                return Reading::Unknown(reason);
            }
            Verdict::Shifting(reason) => why = reason,
        }
    }
    let path = list.collection.request.path.as_str();
    Reading::Unknown(ServerText::new(&format!("{path} does not hold still: {why}")))
}

/// Reads a collection once, by its own list or, where that is refused, in another way.
pub(crate) async fn pass<T>(session: &Session, list: &List<'_, impl Fn(Body) -> T>) -> Pass<T> {
    match pages::alone(session, list).await {
        Pass { verdict: Verdict::Refused(reason), .. } => otherwise(session, list, reason).await,
        pass => pass,
    }
}

/// Reads a refused collection in the first of its other ways that is not refused as well.
async fn otherwise<T>(
    session: &Session,
    list: &List<'_, impl Fn(Body) -> T>,
    refused: ServerText,
) -> Pass<T> {
    for way in &list.collection.otherwise {
        let pass = match lists(session, list.collection, way).await {
            Ok(lists) => {
                let like = |collection| List { collection, expected: 0, make: &list.make };
                let lists: Vec<_> = lists.iter().map(like).collect();
                together(join_all(lists.iter().map(|list| pages::alone(session, list))).await)
            }
            Err(verdict) => Pass { items: Vec::new(), verdict },
        };
        if !matches!(pass.verdict, Verdict::Refused(_)) {
            return pass;
        }
    }
    Pass { items: Vec::new(), verdict: Verdict::Refused(refused) }
}

/// The lists of a way.
async fn lists(
    session: &Session,
    collection: &Collection,
    way: &Way,
) -> Result<Vec<Collection>, Verdict> {
    let like =
        |request| Collection { request, otherwise: Vec::new(), ..Collection::clone(collection) };
    match way {
        Way::Together(requests) => Ok(requests.iter().cloned().map(like).collect()),
        Way::Inside { parents, name, list } => {
            let all = List { collection: parents, expected: 0, make: as_it_is };
            let pass = pages::alone(session, &all).await;
            if pass.verdict != Verdict::Steady {
                return Err(pass.verdict);
            }
            let within = |parent: &Body| {
                let path = parents.request.path.clone();
                let path = path.then(parent.pointer(name)?.as_str()?).then(list);
                Some(like(Request { path, ..collection.request.clone() }))
            };
            let nameless = || {
                let text = format!("{} lists something without a name", parents.request.path);
                Verdict::Unknown(ServerText::new(&text))
            };
            pass.items.iter().map(within).collect::<Option<_>>().ok_or_else(nameless)
        }
    }
}

/// What several lists together come to: the least certain of them decides.
fn together<T>(passes: Vec<Pass<T>>) -> Pass<T> {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Refused(_) => 0,
        Verdict::Unknown(_) => 1,
        Verdict::Shifting(_) => 2,
        Verdict::Missing => 3,
        Verdict::Steady => 4,
    };
    let is_there = |pass: &Pass<T>| pass.verdict == Verdict::Steady;
    let some_are_there = passes.iter().any(is_there);
    let mut all = Pass { items: Vec::new(), verdict: Verdict::Steady };
    for pass in passes {
        if rank(&pass.verdict) < rank(&all.verdict) {
            all.verdict = pass.verdict;
        }
        all.items.extend(pass.items);
    }
    if all.verdict == Verdict::Missing && some_are_there {
        all.verdict = Verdict::Shifting("one of its lists went away");
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(items: usize, verdict: Verdict) -> Pass<Body> {
        Pass { items: vec![Body::Null; items], verdict }
    }

    #[test]
    fn lists_are_complete_together_only_when_each_is() {
        let unknown = || Verdict::Unknown(ServerText::new("why"));
        let refused = || Verdict::Refused(ServerText::new("no"));
        let shifting = Verdict::Shifting("one of its lists went away");
        for (passes, expected) in [
            (vec![], Verdict::Steady),
            (vec![pass(1, Verdict::Steady), pass(2, Verdict::Steady)], Verdict::Steady),
            (vec![pass(1, Verdict::Steady), pass(0, unknown())], unknown()),
            (vec![pass(0, unknown()), pass(0, refused()), pass(1, Verdict::Steady)], refused()),
            (vec![pass(0, Verdict::Missing), pass(0, Verdict::Missing)], Verdict::Missing),
            (vec![pass(0, Verdict::Missing), pass(1, Verdict::Steady)], shifting),
        ] {
            let count: usize = passes.iter().map(|pass| pass.items.len()).sum();
            let all = together(passes);
            assert_eq!((all.items.len(), all.verdict), (count, expected));
        }
    }
}
