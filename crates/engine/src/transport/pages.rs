//! Reading one collection to its end, all pages after the first at once, or all at once where it is known
//! how many there were. What the items mean is not known here.
//!
//! # Guarantees
//! - What is expected, and the total a server names, are hints for reading ahead, never a reason to
//!   stop. Where the total is known to count everything, a list with fewer items is not complete; and
//!   where it is more than a page holds besides, and so cannot be what one holds, so many are the end.
//! - A list the server refuses is read in the other ways its kind knows (`ways`).
//! - Items that came twice, a total that moved or a hole between pages mean that the collection
//!   changed while it was read: it is read again, and in the end it is unknown, never guessed. Where
//!   the largest total is known to count everything, so many items are all there is, however they moved.
//! - A server that gives its first page again, whatever is asked for, is asked no further, and no
//!   list holds more than [`MOST_BYTES`].

use crate::transport::outcome::{Answer, Outcome, Rejection};
use crate::transport::session::Session;
use futures_util::future::join_all;
use plumb_kind::collection::first_of;
use plumb_kind::{Collection, Counts, Envelope, Next, Paging, Refusal, Request};
use plumb_model::Body;
use plumb_model::text::ServerText;
use std::collections::BTreeSet;

/// Pages asked for at once, whatever a server says its total is.
const WIDEST: usize = 256;
/// A collection with more pages than this never ends.
const MOST_PAGES: usize = 20_000;
/// What the answers of one list hold at most, in bytes: fifty thousand objects of some kilobytes each.
const MOST_BYTES: usize = 256 << 20;

/// One reading of a collection from its first page to its last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pass<T> {
    /// What was made of the items, each once.
    pub(crate) items: Vec<T>,
    /// Whether they are all there are.
    pub(crate) verdict: Verdict,
}

/// Whether a pass saw everything.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Everything, and nothing moved.
    Steady,
    /// It changed while it was read: what was seen is there, what was not may be.
    Shifting(&'static str),
    /// The collection does not exist.
    Missing,
    /// The server refuses to list it, to this key or in this way.
    Refused(ServerText),
    /// It could not be read.
    Unknown(ServerText),
}

/// A list that is read, and what is made of its items: page by page, while others are on their way.
#[derive(Debug)]
pub(crate) struct List<'l, M> {
    pub(crate) collection: &'l Collection,
    /// How many items are expected in it.
    pub(crate) expected: usize,
    pub(crate) make: M,
}

/// Reads a collection once by its own list.
pub(crate) async fn alone<T>(session: &Session, list: &List<'_, impl Fn(Body) -> T>) -> Pass<T> {
    match pages(session, list).await {
        Ok(pages) => merge(pages, list.collection.envelope.counts),
        Err(verdict) => Pass { items: Vec::new(), verdict },
    }
}

/// A page as it came, or as it was made.
#[derive(Clone, Debug, Default, PartialEq)]
struct Page<I> {
    offset: usize,
    items: Vec<I>,
    total: Option<usize>,
    limit: Option<usize>,
    /// What its answer took.
    bytes: usize,
}

/// What was made of an item.
#[derive(Clone, Debug, PartialEq)]
struct Item<T> {
    known: Known,
    made: T,
}

/// By what an item is known to be the same one.
#[derive(Clone, Debug, PartialEq)]
enum Known {
    /// Its id or name.
    By(Body),
    /// All of it: it has neither.
    Whole(Body),
}

/// The pages of a list, as what they are made into.
type Made<T> = Page<Item<T>>;

async fn pages<T>(
    session: &Session,
    list: &List<'_, impl Fn(Body) -> T>,
) -> Result<Vec<Made<T>>, Verdict> {
    let List { collection, expected, .. } = *list;
    let size = match collection.paging {
        Paging::LimitOffset { size, .. } => size,
        Paging::Token { token, next, .. } => {
            return chain(session, list, (token, next)).await.map(|all| vec![all]);
        }
        Paging::None | Paging::Single => {
            return Ok(vec![page(session, list, 0).await?]);
        }
    };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let counts = collection.envelope.counts;
    // What is asked for is what is shown, unless the server says that it shows fewer.
    let says = !collection.envelope.limit.is_empty();
    let shown = if says { session.page_size(&collection.id) } else { Some(size) };
    let mut pages = several(session, list, at_first(shown, expected, counts)).await?;
    let ahead = pages.first().and_then(|first| Ahead::after(first, size, counts));
    let limit = pages.first().and_then(|first| first.limit).filter(|limit| *limit > 0);
    let stride = ahead.as_ref().map(|ahead| ahead.stride).or(limit);
    if let Some(stride) = stride.filter(|_| says) {
        session.remember_page_size(&collection.id, stride.min(size));
    }
    let Some(mut ahead) = ahead else {
        // What was expected and came after a short page contradicts it, unless it is the same page again.
        if repeats_the_first(&pages) {
            pages.truncate(1);
        }
        return Ok(pages);
    };
    if Some(ahead.stride) != shown {
        // The others were asked for where no page begins.
        pages.truncate(1);
    }
    ahead.skip(pages.len() - 1);
    loop {
        if repeats_the_first(&pages) {
            pages.truncate(1);
            let is_all = pages.first().is_some_and(|first| is_all(first, size));
            return if is_all { Ok(pages) } else { Err(endless(collection, SAME_PAGE)) };
        }
        refuse_too_much(collection, &pages)?;
        if pages.len() > 1 && is_end(&pages, ahead.stride, counts) {
            return Ok(pages);
        }
        pages.extend(several(session, list, ahead.next()).await?);
    }
}

/// Where the pages begin that are asked for at first: all that are expected where it is known how many
/// items each shows, with the one that proves the end, and the first where it is not.
fn at_first(
    shown: Option<usize>,
    expected: usize,
    counts: Counts,
) -> impl Iterator<Item = usize> + use<> {
    let stride = shown.unwrap_or(usize::MAX).max(1);
    let width = match counts {
        Counts::Everything if expected > stride => expected.div_ceil(stride),
        Counts::Everything | Counts::Something => expected / stride + 1,
    };
    (0..width.clamp(1, WIDEST)).map(move |at| stride.saturating_mul(at))
}

/// Reads several pages at once.
async fn several<T>(
    session: &Session,
    list: &List<'_, impl Fn(Body) -> T>,
    offsets: impl Iterator<Item = usize>,
) -> Result<Vec<Made<T>>, Verdict> {
    let reads = offsets.map(|offset| page(session, list, offset));
    join_all(reads).await.into_iter().collect()
}

/// Whether nothing follows: the last page is not full, or as many items are there as are known to be. A
/// total of no more than a page holds may be that of a page.
fn is_end<I>(pages: &[Page<I>], stride: usize, counts: Counts) -> bool {
    let seen: usize = pages.iter().map(|page| page.items.len()).sum();
    let total = pages.iter().filter_map(|page| page.total).max();
    let is_total = |total: &usize| counts == Counts::Everything && *total > stride;
    let is_full = pages.last().is_some_and(|page| page.items.len() >= stride);
    !is_full || total.filter(is_total).is_some_and(|total| seen >= total)
}

/// Reads pages of which each leads to the next, as one. A page in the middle may be short, or empty.
async fn chain<T>(
    session: &Session,
    list: &List<'_, impl Fn(Body) -> T>,
    (token, next): (&str, Next),
) -> Result<Made<T>, Verdict> {
    let collection = list.collection;
    let mut all = Page { offset: 0, items: Vec::new(), total: None, limit: None, bytes: 0 };
    let mut known = BTreeSet::new();
    let mut request = sized(collection);
    loop {
        let (page, answer) = answered(session, collection, &request, known.len()).await?;
        let leads_to = next.after(&answer, &page.items);
        let page = list.made(page);
        all.items.extend(page.items);
        all.total = all.total.max(page.total);
        all.bytes = all.bytes.saturating_add(page.bytes);
        let Some(leads_to) = leads_to else { return Ok(all) };
        refuse_too_much(collection, std::slice::from_ref(&all))?;
        request = sized(collection).with(token, leads_to.clone());
        if !known.insert(leads_to) {
            return Err(endless(collection, "leads to the same page twice"));
        }
        if known.len() >= MOST_PAGES {
            return Err(endless(collection, NO_END));
        }
    }
}

/// A list that cannot be read to its end.
fn endless(collection: &Collection, why: &str) -> Verdict {
    let path = collection.request.path.as_str();
    Verdict::Unknown(ServerText::new(&format!("{path} {why}")))
}

fn refuse_too_much<I>(collection: &Collection, pages: &[Page<I>]) -> Result<(), Verdict> {
    if pages.iter().map(|page| page.bytes).sum::<usize>() > MOST_BYTES {
        return Err(endless(collection, "lists more than 256 MB, which is not read"));
    }
    if pages.len() >= MOST_PAGES {
        return Err(endless(collection, NO_END));
    }
    Ok(())
}

/// What is said of a list that goes on and on.
const NO_END: &str = "has no last page";
/// What is said of a server that cannot be read further.
const SAME_PAGE: &str = "answers with its first page whatever offset is asked for, so that the rest of \
                         it cannot be read";

/// Whether a later page begins like the first: the server does not know offsets.
fn repeats_the_first<T>(pages: &[Made<T>]) -> bool {
    let begins = |page: &Made<T>| page.items.first().map(|item| item.known.clone());
    let Some((first, further)) = pages.split_first() else { return false };
    begins(first)
        .is_some_and(|first| further.iter().any(|page| begins(page).as_ref() == Some(&first)))
}

/// Whether a first page is the whole list of a server that knows no pages: by its total, or because
/// it holds more than was asked for.
fn is_all<I>(first: &Page<I>, asked: usize) -> bool {
    match first.total {
        Some(total) => first.items.len() >= total,
        None => first.items.len() > asked,
    }
}

/// Which pages are asked for next.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ahead {
    /// From one page's beginning to the next.
    stride: usize,
    /// Where the next page begins.
    offset: usize,
    /// How many pages are asked for at once.
    width: usize,
    /// How many then, unless it grows.
    then: usize,
}

impl Ahead {
    /// What follows the first page; `None` when it was all. A full page at the end proves nothing, unless
    /// the total is known to count everything and more than that page.
    fn after<I>(first: &Page<I>, asked: usize, counts: Counts) -> Option<Self> {
        // A limit of 0 says that none was applied.
        if first.limit == Some(0) {
            return None;
        }
        let seen = first.items.len();
        let page_size = first.limit.unwrap_or(asked).min(asked).max(1);
        let more = first.total.is_some_and(|total| total > seen);
        if seen < page_size && !more {
            return None;
        }
        // A short page of a collection that says it has more was capped without a word.
        let stride = if seen == 0 { page_size } else { seen };
        let (width, then) = match first.total {
            Some(total) if more && seen >= page_size => match counts {
                Counts::Everything => ((total - seen).div_ceil(stride), 1),
                Counts::Something => (total / stride, 1),
            },
            _ => (1, 2),
        };
        Some(Self { stride, offset: stride, width: width.clamp(1, WIDEST), then })
    }

    /// So many pages after the first were read already.
    fn skip(&mut self, pages: usize) {
        self.offset = self.offset.saturating_add(self.stride.saturating_mul(pages));
        self.width = self.width.saturating_sub(pages).max(1);
    }

    fn next(&mut self) -> impl Iterator<Item = usize> + use<> {
        let (start, stride) = (self.offset, self.stride);
        let count = self.width;
        self.offset = start.saturating_add(stride.saturating_mul(count));
        (self.width, self.then) = (self.then, self.then.saturating_mul(2).min(WIDEST));
        (0..count).map(move |at| start.saturating_add(stride.saturating_mul(at)))
    }
}

async fn page<T>(
    session: &Session,
    list: &List<'_, impl Fn(Body) -> T>,
    offset: usize,
) -> Result<Made<T>, Verdict> {
    let collection = list.collection;
    let request = match collection.paging {
        Paging::LimitOffset { offset: name, .. } => {
            sized(collection).with(name, offset.to_string())
        }
        Paging::Token { .. } | Paging::None | Paging::Single => sized(collection),
    };
    let (page, _) = answered(session, collection, &request, offset).await?;
    // Whoever waited for the place in flight sends before anything is made of this page.
    tokio::task::yield_now().await;
    Ok(list.made(page))
}

impl<T, M: Fn(Body) -> T> List<'_, M> {
    /// What is made of a page.
    fn made(&self, page: Page<Body>) -> Made<T> {
        let Page { offset, items, total, limit, bytes } = page;
        let made = |item: Body| {
            let known = first_of(&item, self.collection.identity).cloned();
            let known = known.map_or_else(|| Known::Whole(item.clone()), Known::By);
            Item { known, made: (self.make)(item) }
        };
        Page { offset, items: items.into_iter().map(made).collect(), total, limit, bytes }
    }
}

/// The request of a page, with its size where pages have one.
fn sized(collection: &Collection) -> Request {
    let request = collection.request.clone();
    match collection.paging {
        Paging::LimitOffset { limit, size, .. }
        | Paging::Token { limit: Some((limit, size)), .. } => request.with(limit, size.to_string()),
        Paging::Token { limit: None, .. } | Paging::None | Paging::Single => request,
    }
}

async fn answered(
    session: &Session,
    collection: &Collection,
    request: &Request,
    offset: usize,
) -> Result<(Page<Body>, Body), Verdict> {
    let mut answer = session.read(request).await;
    match &mut answer.outcome {
        Outcome::Applied(body) if collection.paging == Paging::Single => {
            Ok((Page { items: vec![body.take()], ..Page::default() }, Body::Null))
        }
        Outcome::Applied(body) => {
            let page = parse(body, &collection.envelope, offset);
            let no_list = || {
                let text = format!("the answer is no list ({})", answer.request);
                Verdict::Unknown(ServerText::new(&text))
            };
            Ok((Page { bytes: answer.bytes, ..page.ok_or_else(no_list)? }, body.take()))
        }
        Outcome::Gone | Outcome::SaidGone if offset == 0 => Err(Verdict::Missing),
        _ => Err(unknown(&answer)),
    }
}

fn unknown(answer: &Answer) -> Verdict {
    match answer.outcome {
        Outcome::NotApplied(Rejection::Refused(Refusal::Permission | Refusal::Request)) => {
            Verdict::Refused(answer.reason())
        }
        _ => Verdict::Unknown(answer.reason()),
    }
}

/// Takes a page out of an answer.
fn parse(body: &mut Body, envelope: &Envelope, offset: usize) -> Option<Page<Body>> {
    let number = |pointers: &[&str]| {
        first_of(body, pointers)
            .and_then(Body::as_u64)
            .and_then(|count| usize::try_from(count).ok())
    };
    let (total, limit) = (number(envelope.total), number(envelope.limit));
    let is_there = |pointer: &&&str| body.pointer(pointer).is_some_and(|items| !items.is_null());
    let items = match envelope.items.iter().find(is_there) {
        Some(pointer) => match body.pointer_mut(pointer).map(Body::take) {
            Some(Body::List(items)) => items.to_vec(),
            _ => return None,
        },
        None => nothing(body, envelope, total, offset)?,
    };
    Some(Page { offset, items, total, limit, bytes: 0 })
}

/// Servers write an empty list as null, or leave it out. That is believed only when nothing
/// contradicts it: a damaged answer must not look like an empty world.
fn nothing(
    body: &Body,
    envelope: &Envelope,
    total: Option<usize>,
    offset: usize,
) -> Option<Vec<Body>> {
    let is_null = body.is_object()
        && envelope.items.iter().any(|pointer| body.pointer(pointer).is_some_and(Body::is_null));
    let believable = match total {
        Some(total) => body.is_object() && total <= offset,
        None => is_null,
    };
    believable.then(Vec::new)
}

/// Puts pages together in their order.
fn merge<T>(pages: Vec<Made<T>>, counts: Counts) -> Pass<T> {
    let mut verdict = Verdict::Steady;
    let total = pages.iter().filter_map(|page| page.total).max();
    if totals_moved(&pages) {
        verdict = Verdict::Shifting("its total moved");
    }
    if has_hole(&pages) {
        verdict = Verdict::Shifting("a page in the middle was short");
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut items = Vec::with_capacity(pages.iter().map(|page| page.items.len()).sum());
    for item in pages.into_iter().flat_map(|page| page.items) {
        let is_new = match item.known {
            Known::By(known) => seen.insert(known.shown_text()),
            Known::Whole(_) => true,
        };
        if is_new {
            items.push(item.made);
        } else {
            verdict = Verdict::Shifting("an item came twice");
        }
    }
    if let Some(total) = total.filter(|_| counts == Counts::Everything) {
        verdict = match verdict {
            // What came twice or moved hides nothing.
            _ if items.len() >= total => Verdict::Steady,
            Verdict::Steady => Verdict::Shifting("its total says that there are more"),
            moved => moved,
        };
    }
    Pass { items, verdict }
}

/// Whether the total is not the same on all pages. A server that counts the page instead
/// is told by all its totals being the lengths of their pages.
fn totals_moved<I>(pages: &[Page<I>]) -> bool {
    let counts_pages = pages.iter().all(|page| page.total == Some(page.items.len()));
    let mut totals = pages.iter().filter_map(|page| page.total);
    let first = totals.next();
    !counts_pages && totals.any(|total| Some(total) != first)
}

/// Whether items follow a page that has fewer than the first.
fn has_hole<I>(pages: &[Page<I>]) -> bool {
    let full = pages.first().map_or(0, |page| page.items.len());
    let after_short = pages.iter().skip_while(|page| page.items.len() >= full).skip(1);
    let late = pages.first().is_some_and(|page| page.items.is_empty())
        && pages.iter().any(|page| !page.items.is_empty());
    late || after_short.into_iter().any(|page| !page.items.is_empty())
}

#[cfg(test)]
mod tests;
