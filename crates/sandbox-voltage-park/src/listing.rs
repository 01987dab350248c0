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
    let (now, order) = (world.now(), world.config.knobs.list_order);
    let listed = T::table_mut(world.state).listed(&call.caller, now, order);
    let shown = page.of(&listed);
    let objects = shown.iter().filter_map(|sequence| T::table(world.state).row(*sequence));
    let response = page.answer(&listed, objects.map(|object| show(world, object)).collect());
    let more = page.offset == 0 && listed.len() > shown.len();
    leave_behind::<T>(world, shown, more);
    Ok(response)
}

/// What a list leaves behind.
fn leave_behind<T: Stored>(world: &mut World, shown: &[u64], more: bool) {
    let now = world.now();
    let knobs = &world.config.knobs;
    let lagging = knobs.create_visibility_lag.list_calls + knobs.delete_visibility_lag.list_calls;
    let counted = if lagging > 0 { Counted::Yes } else { Counted::No };
    let table = T::table_mut(world.state);
    let first = shown.first().and_then(|first| table.row(*first));
    let first = first.filter(|_| more).map(|first| first.record().id.clone());
    let mut changed = table.count_list(now, counted);
    changed |= table.forget_stale_reads(shown);
    if let Some(first) = first
        && world.config.knobs.insert_between_pages.take()
    {
        edits::insert_like(world, T::FAMILY, &first);
    }
    if changed {
        world.touch();
    }
}
