//! The simulated Rafay platform: a reading of its contract, as far as plumb's first operations need
//! it: projects, users, groups, roles, workspaces, services, compute instances and profiles.
//!
//! The route table is in `operations`; this file holds the organization's state and what is
//! common to all calls: who asks, and what they may.

mod answers;
pub(crate) mod bodies;
pub mod catalog;
mod changes;
mod deployments;
pub mod directory;
pub(crate) mod edits;
mod envelope;
mod errors;
mod groups;
pub mod lifecycle;
mod names;
pub mod objects;
mod operations;
mod paging;
mod place;
mod projects;
mod reads;
mod render;
pub mod seed;
mod upsert;
mod users;
pub mod variables;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use answers::components as answer_schemas;
pub use bodies::{RoleType, UserType};
pub use operations::OPERATIONS;

use crate::config::{ApiKey, KeyRole};
use crate::dispatch::wrong_method;
use crate::http::{Request, Response, path_segments, query_pairs};
use crate::ids;
use crate::operation::{Access, Call, Route, route};
use crate::world::World;
use directory::Directory;
use errors::error;
use objects::Objects;
use paging::Page;
use seed::RafaySeed;

/// The project that holds the shared profiles.
pub(crate) const SYSTEM_CATALOG: &str = "system-catalog";

/// The id of the organization that is seeded, and its name.
const ORGANIZATION_ID: &str = "d2y5kol";
const ORGANIZATION: &str = "default";

/// The `apiVersion` of v3 objects.
pub(crate) const V3_API_VERSION: &str = "system.k8smgmt.io/v3";

/// A Rafay organization.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Rafay {
    /// The name, when it is not the one that is seeded.
    #[serde(default)]
    organization: Option<String>,
    pub(crate) directory: Directory,
    pub(crate) objects: Objects,
}

impl Rafay {
    /// The organization's id: seven characters.
    pub(crate) fn organization_id(&self) -> String {
        match &self.organization {
            Some(name) => ids::digest(name.as_bytes()).chars().take(7).collect(),
            None => ORGANIZATION_ID.to_owned(),
        }
    }

    /// The organization's name.
    pub(crate) fn organization_name(&self) -> &str {
        self.organization.as_deref().unwrap_or(ORGANIZATION)
    }

    /// Projects, users, groups and roles.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The stored object of this key, e.g. `ComputeInstance/ml/research/train-01`.
    #[must_use]
    pub fn object(&self, key: &str) -> Option<&objects::Object> {
        self.objects.get(&objects::ObjectKey::parse(key)?)
    }

    /// Every platform object, oldest first.
    pub fn all_objects(&self) -> impl Iterator<Item = &objects::Object> {
        self.objects.all()
    }

    /// How many platform objects there are.
    #[must_use]
    pub fn object_count(&self) -> usize {
        self.objects.len()
    }
}

/// Whether a path belongs to this cloud.
pub(crate) fn owns(path: &str) -> bool {
    path.starts_with("/auth/") || path.starts_with("/apis/") || path.starts_with("/v2/")
}

/// The error body of this cloud, also for faults.
pub(crate) fn plain_error(status: u16, text: &str) -> Response {
    error(status, text)
}

/// Who asks: a known key that has not expired, in either header.
pub(crate) fn authenticate(world: &World, request: &Request) -> Result<ApiKey, Response> {
    let preferred = if request.path.starts_with("/apis/") {
        ["x-api-key", "x-rafay-api-keyid"]
    } else {
        ["x-rafay-api-keyid", "x-api-key"]
    };
    let Some(text) = preferred.iter().find_map(|name| request.header_value(name)) else {
        return Err(error(401, "no API key was given"));
    };
    let Some(key) = world.config.api_keys.iter().find(|key| key.key == text) else {
        return Err(error(401, "invalid API key"));
    };
    let mut expiries = key.expires_at.into_iter().chain(world.config.knobs.key_expires_at);
    if expiries.any(|moment| moment <= world.now()) {
        return Err(error(401, "the API key has expired"));
    }
    Ok(key.clone())
}

/// Answers a request to this cloud.
pub(crate) fn respond(world: &mut World, request: &Request) -> Response {
    let key = match authenticate(world, request) {
        Ok(key) => key,
        Err(refusal) => return refusal,
    };
    world.set_actor(&key.id());
    match &key.organization {
        Some(name) => world.elsewhere(name, |world| answer(world, request, &key)),
        None => answer(world, request, &key),
    }
}

/// Answers a request whose caller is known, in the caller's organization.
fn answer(world: &mut World, request: &Request, key: &ApiKey) -> Response {
    let Some(segments) = path_segments(&request.path) else {
        return error(400, "the path is not valid text");
    };
    match route(&request.method, &segments) {
        Route::Found(operation, parameters) => {
            let query = query_pairs(&request.query);
            let reach = key.projects.clone();
            let organization = String::new();
            let call = Call { operation, request, parameters, query, reach, organization };
            run(world, &call, key)
        }
        Route::WrongMethod(allowed) => wrong_method(error(405, "method not allowed"), allowed),
        Route::Unknown => error(404, "no such path"),
    }
}

/// Carries out a call whose caller is known.
fn run(world: &mut World, call: &Call<'_>, key: &ApiKey) -> Response {
    if call.operation.access == Access::Write && key.role == KeyRole::ReadOnly {
        return error(403, "this key may only read");
    }
    match (call.operation.run)(world, call) {
        Ok(response) => as_asked(response, call.request),
        Err(mut response) => {
            if world.config.knobs.error_in_200 {
                response.status = 200;
            }
            response
        }
    }
}

/// The v3 API answers in YAML when it is asked for (contract 7.1).
fn as_asked(response: Response, request: &Request) -> Response {
    let asked = request.header_value("accept").is_some_and(envelope::is_yaml);
    if !asked || !request.path.contains("/v3/") {
        return response;
    }
    match serde_yaml::to_string(&response.body_json()) {
        Ok(text) => Response {
            headers: vec![("content-type".to_owned(), "application/yaml".to_owned())],
            body: text.into_bytes(),
            ..response
        },
        Err(_) => response,
    }
}

/// Begins another organization, which has the catalog and nothing else.
pub(crate) fn found(world: &mut World, name: &str) {
    world.rafay.organization = Some(name.to_owned());
    let seed = RafaySeed { objects: Vec::new(), ..RafaySeed::default() };
    for problem in plant(world, seed) {
        tracing::warn!(organization = name, problem, "something could not be seeded");
    }
}

/// Makes what exists at the start; says what could not be made.
pub(crate) fn plant(world: &mut World, seed: RafaySeed) -> Vec<String> {
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
        let id = world.rafay.directory.free_id(&role.id, &mut world.random);
        let (name, scope, role_type) = (role.name, role.scope, role.role_type);
        world.rafay.directory.roles.push(directory::Role { id, name, scope, role_type });
    }
    for user in &seed.users {
        let names = (user.first_name.as_str(), user.last_name.as_str());
        users::add(world, &user.id, &user.username, names, user.user_type);
    }
    let mut problems = Vec::new();
    for object in seed.profiles.iter().chain(&seed.objects) {
        if let Err(problem) = edits::create(world, object) {
            problems.push(problem);
        }
    }
    problems
}

/// The envelope of a v3 list.
fn v3_list(kind: &str, items: &[Value], total: usize, page: Page) -> Value {
    json!({
        "apiVersion": V3_API_VERSION,
        "kind": format!("{kind}List"),
        "metadata": { "count": total, "limit": page.limit },
        "items": items,
    })
}
