//! What exists at the start of a world, and what every other organization begins with.

use std::collections::BTreeSet;

use super::directory::Role;
use super::seed::Seed;
use super::world::World;
use super::{by_name, edits, groups, projects, users};
use plumb_sandbox::stage::OnStage as _;

/// Gives another organization what every one begins with.
pub(crate) fn found(world: &mut World<'_>) {
    // The catalog stays where it is.
    let seed = Seed { objects: Vec::new(), profiles: Vec::new(), ..Seed::default() };
    world.unrecorded(|world| {
        for problem in plant(world, seed) {
            let organization = world.rafay.name();
            tracing::warn!(organization, problem, "something could not be seeded");
        }
    });
}

/// Makes what exists at the start; says what could not be made.
pub(crate) fn plant(world: &mut World<'_>, seed: Seed) -> Vec<String> {
    for seeded in &seed.projects {
        let project = projects::add(world, &seeded.id, &seeded.name, &seeded.description);
        let added = world.rafay.directory.projects.iter_mut().find(|it| it.id == project.id);
        if let Some(project) = added {
            project.default = seeded.default;
        }
    }
    for group in &seed.groups {
        groups::add(world, &group.id, &group.name, &group.description);
    }
    for role in seed.roles {
        let id = world.rafay.directory.free_id(&role.id, world.stage.random());
        world.rafay.directory.roles.push(Role { id, ..role });
    }
    let mut problems = Vec::new();
    for user in &seed.users {
        let names = (user.first_name.as_str(), user.last_name.as_str());
        let added = users::add(world, &user.id, &user.username, names, user.user_type);
        let groups: BTreeSet<String> = by_name::ids_of_groups(world, &user.groups, &mut problems);
        let grants = by_name::grants(world, &user.roles, &mut problems);
        if let Some(kept) = world.rafay.directory.user_by_id_mut(&added.id) {
            (kept.groups, kept.grants) = (groups, grants);
        }
    }
    for group in &seed.groups {
        let grants = by_name::grants(world, &group.roles, &mut problems);
        let kept = world.rafay.directory.groups.iter_mut().find(|it| it.name == group.name);
        if let Some(kept) = kept {
            kept.grants = grants;
        }
    }
    for object in seed.profiles.iter().chain(&seed.objects) {
        if let Err(problem) = edits::create(world, object) {
            problems.push(problem);
        }
    }
    problems
}
