//! Lists: the envelope, its pages, and the ways pages go wrong (contract 1.3).

use serde_json::{Value, json};

use super::edits;
use super::input::Input;
use super::record::{Counted, Kept, Table};
use super::state::State;
use super::world::Call;
use super::world::World;
use plumb_sandbox::http::Response;

/// What part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) limit: usize,
    pub(crate) offset: usize,
}

impl Page {
    /// Reads `limit` and `offset`; a negative offset acts as 0 (V-10).
    pub(crate) fn read(input: &mut Input<'_>, default_limit: i64) -> Self {
        let limit = input.limit(default_limit);
        let offset = input.number("offset", 0);
        let whole = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
        Page { limit: whole(limit), offset: whole(offset) }
    }

    /// The envelope of a page of all these items.
    pub(crate) fn envelope<T>(&self, all: &[T], show: impl Fn(&T) -> Value) -> Value {
        let shown = all.iter().skip(self.offset).take(self.limit);
        envelope(shown.map(show).collect(), all.len(), self.offset)
    }
}

/// The four fields of every list but one (V-11).
pub(crate) fn envelope(items: Vec<Value>, total: usize, offset: usize) -> Value {
    let mut envelope = json!({
        "total_result_count": total,
        "has_previous": offset > 0,
        "has_next": offset.saturating_add(items.len()) < total,
    });
    // Moved in, not copied: a page holds most of an answer's bytes.
    envelope["results"] = Value::Array(items);
    envelope
}

/// How one family is listed.
pub(crate) struct Listing<T> {
    pub(crate) default_limit: i64,
    pub(crate) table: fn(&State) -> &Table<T>,
    pub(crate) table_mut: fn(&mut State) -> &mut Table<T>,
    pub(crate) show: fn(&World, &T) -> Value,
}

impl<T: Kept> Listing<T> {
    /// Answers a page of the caller's objects.
    pub(crate) fn answer(&self, world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
        let mut input = Input::of(call);
        let mut page = Page::read(&mut input, self.default_limit);
        input.checked(world)?;
        if page.offset > 0 && world.config.knobs.duplicate_across_pages.take() {
            page.offset -= 1;
            world.touch();
        }
        let table = (self.table)(world.state);
        let order = world.config.knobs.list_order;
        let listed = table.listed(&call.caller, world.now(), order);
        let body = page.envelope(&listed, |object| (self.show)(world, object));
        let shown: Vec<String> = listed
            .iter()
            .skip(page.offset)
            .take(page.limit)
            .map(|object| object.record().id.clone())
            .collect();
        let more = page.offset == 0 && listed.len() > shown.len();
        self.after(world, &shown, more);
        Ok(Response::json(200, &body))
    }

    /// What a list leaves behind.
    fn after(&self, world: &mut World, shown: &[String], more: bool) {
        let now = world.now();
        let knobs = &world.config.knobs;
        let lagging =
            knobs.create_visibility_lag.list_calls + knobs.delete_visibility_lag.list_calls;
        let counted = if lagging > 0 { Counted::Yes } else { Counted::No };
        let table = (self.table_mut)(world.state);
        let mut changed = table.count_list(now, counted);
        for id in shown {
            changed |= table.get_mut(id).is_some_and(Kept::forget_one_stale_read);
        }
        if more
            && let Some(first) = shown.first()
            && world.config.knobs.insert_between_pages.take()
        {
            edits::insert_like(world, T::FAMILY, first);
        }
        if changed {
            world.touch();
        }
    }
}
