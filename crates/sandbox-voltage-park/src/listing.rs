//! Lists of what an organization has, and the ways their pages go wrong (contract 1.3).

use serde::Serialize;

use super::input::Input;
use super::paging::Page;
use super::record::Counted;
use super::state::Stored;
use super::world::{Call, World};
use super::{edits, render};
use plumb_sandbox::http::Response;

/// GET the list of machines.
pub(crate) fn machines(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    list(world, call, 10, render::machine)
}

/// GET the list of rentals.
pub(crate) fn rentals(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    list(world, call, 20, render::rental)
}

/// GET the list of volumes.
pub(crate) fn volumes(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    list(world, call, 20, render::volume)
}

/// GET the list of SSH keys.
pub(crate) fn keys(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    list(world, call, 150, render::key)
}

/// Answers a page of the caller's objects.
fn list<T: Stored, S: Serialize>(
    world: &mut World,
    call: &Call<'_>,
    default_limit: i64,
    show: fn(&World, &T) -> S,
) -> Result<Response, Response> {
    let mut input = Input::of(call);
    let mut page = Page::read(&mut input, default_limit);
    input.checked(world)?;
    if page.offset > 0 && world.config.knobs.duplicate_across_pages.take() {
        page.offset -= 1;
        world.touch();
    }
    let order = world.config.knobs.list_order;
    let listed = T::table(world.state).listed(&call.caller, world.now(), order);
    let response = page.answer(&listed, |object| show(world, object));
    let shown = listed.iter().skip(page.offset).take(page.limit);
    let shown: Vec<String> = shown.map(|object| object.record().id.clone()).collect();
    let more = page.offset == 0 && listed.len() > shown.len();
    leave_behind::<T>(world, &shown, more);
    Ok(response)
}

/// What a list leaves behind.
fn leave_behind<T: Stored>(world: &mut World, shown: &[String], more: bool) {
    let now = world.now();
    let knobs = &world.config.knobs;
    let lagging = knobs.create_visibility_lag.list_calls + knobs.delete_visibility_lag.list_calls;
    let counted = if lagging > 0 { Counted::Yes } else { Counted::No };
    let table = T::table_mut(world.state);
    let mut changed = table.count_list(now, counted);
    for id in shown {
        changed |= table.get_mut(id).is_some_and(T::forget_one_stale_read);
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
