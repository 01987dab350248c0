//! Lists of what an organization has, and the ways their pages go wrong (contract 1.3).

use super::paging::Page;
use serde_json::Value;

use super::input::Input;
use super::record::{Counted, Kept, Table};
use super::state::State;
use super::world::{Call, World};
use super::{edits, render};
use plumb_sandbox::http::Response;

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

/// GET the list of machines.
pub(crate) fn machines(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let listing = Listing {
        default_limit: 10,
        table: |cloud| &cloud.machines,
        table_mut: |cloud| &mut cloud.machines,
        show: render::machine,
    };
    listing.answer(world, call)
}

/// GET the list of rentals.
pub(crate) fn rentals(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let listing = Listing {
        default_limit: 20,
        table: |cloud| &cloud.rentals,
        table_mut: |cloud| &mut cloud.rentals,
        show: render::rental,
    };
    listing.answer(world, call)
}

/// GET the list of volumes.
pub(crate) fn volumes(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let listing = Listing {
        default_limit: 20,
        table: |cloud| &cloud.volumes,
        table_mut: |cloud| &mut cloud.volumes,
        show: render::volume,
    };
    listing.answer(world, call)
}

/// GET the list of SSH keys.
pub(crate) fn keys(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let listing = Listing {
        default_limit: 150,
        table: |cloud| &cloud.keys,
        table_mut: |cloud| &mut cloud.keys,
        show: |_, key| render::key(key),
    };
    listing.answer(world, call)
}
