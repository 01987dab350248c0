//! The cloud as the stage sees it: who asks and what they may, its organizations, and what it does
//! when it is asked.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors::error;
use super::hub::{moves, routes};
use super::operations::OPERATIONS;
use super::organization::Organization;
use super::seed::Seed;
use super::settings::{Key, KeyRole, Settings, id_of};
use super::world::{Call, Handler, NAME, Reach, World};
use super::{answers, directory, edits, envelope, groups, projects, transitions, users};
use plumb_sandbox::cloud::{Cloud, Description};
use plumb_sandbox::edit::Edit;
use plumb_sandbox::http::{Request, Response, path_segments};
use plumb_sandbox::operation::{Access, Operation, Route, Router, Routes, wrong_method};
use plumb_sandbox::stage::{OnStage as _, Stage};
use plumb_sandbox::time::Timestamp;

static TABLE: LazyLock<Vec<Operation<Handler>>> =
    LazyLock::new(|| OPERATIONS.iter().copied().chain(routes::rows()).collect());

static ROUTES: LazyLock<Router<Handler>> = LazyLock::new(|| Router::new(&TABLE));

/// The Rafay platform: the organization that is seeded, and others that keys may open.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Rafay {
    settings: Settings,
    /// Whether what is seeded was made.
    planted: bool,
    home: Organization,
    /// Other organizations, by name.
    others: BTreeMap<String, Organization>,
}

impl Rafay {
    /// The organization that is seeded.
    #[must_use]
    pub fn home(&self) -> &Organization {
        &self.home
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Settings {
        &self.settings
    }

    /// The seeded organization in its world.
    fn at_home<'a>(&'a mut self, stage: &'a mut Stage) -> World<'a> {
        World { config: &self.settings, rafay: &mut self.home, stage }
    }

    /// The organization of this name in its world; it begins when it is first asked for.
    fn elsewhere<'a>(&'a mut self, name: &str, stage: &'a mut Stage) -> World<'a> {
        let is_new = !self.others.contains_key(name);
        let begin = || Organization::called(name);
        let rafay = self.others.entry(name.to_owned()).or_insert_with(begin);
        let mut world = World { config: &self.settings, rafay, stage };
        if is_new {
            world.unrecorded(found);
        }
        world
    }

    /// Who asks: a known key that has not expired, in either header.
    fn authenticate(&self, now: Timestamp, request: &Request) -> Result<&Key, Response> {
        let preferred = if request.path.starts_with("/apis/") {
            ["x-api-key", "x-rafay-api-keyid"]
        } else {
            ["x-rafay-api-keyid", "x-api-key"]
        };
        let Some(text) = preferred.iter().find_map(|name| request.header_value(name)) else {
            return Err(error(401, "no API key was given"));
        };
        let Some(key) = self.settings.keys.iter().find(|key| key.key == text) else {
            return Err(error(401, "invalid API key"));
        };
        let mut expiries = key.expires_at.into_iter().chain(self.settings.knobs.key_expires_at);
        if expiries.any(|moment| moment <= now) {
            return Err(error(401, "the API key has expired"));
        }
        Ok(key)
    }
}

impl Cloud for Rafay {
    fn name(&self) -> &'static str {
        NAME
    }

    fn routes(&self) -> &'static dyn Routes {
        &*ROUTES
    }

    fn description(&self) -> Description {
        Description {
            title: "rafay",
            security_schemes: json!({
                "key": { "type": "apiKey", "in": "header", "name": "X-API-KEY" },
                "keyId": { "type": "apiKey", "in": "header", "name": "X-RAFAY-API-KEYID" },
            }),
            schemas: answers::components(),
            path_parameter: |_| json!({ "type": "string" }),
            error: |_| "Error",
        }
    }

    fn owns(&self, path: &str) -> bool {
        path.starts_with("/auth/") || path.starts_with("/apis/") || path.starts_with("/v2/")
    }

    fn has_objects_named(&self, object: &str) -> bool {
        edits::is_kind(object.split('/').next().unwrap_or_default())
    }

    fn caller(&self, stage: &Stage, request: &Request) -> Option<String> {
        self.authenticate(stage.now(), request).ok().map(Key::id)
    }

    fn answer(&mut self, stage: &mut Stage, request: &Request) -> Response {
        let key = match self.authenticate(stage.now(), request) {
            Ok(key) => key.clone(),
            Err(refusal) => return refusal,
        };
        stage.set_actor(&key.id());
        let mut world = match &key.organization {
            Some(name) => self.elsewhere(name, stage),
            None => self.at_home(stage),
        };
        answer(&mut world, request, &key)
    }

    fn refusal(&self, status: u16, text: &str) -> Response {
        error(status, text)
    }

    fn edit(&mut self, stage: &mut Stage, edit: &Edit) -> Result<(), String> {
        edits::apply(&mut self.at_home(stage), edit)
    }

    fn next_due(&self) -> Option<Timestamp> {
        let all = std::iter::once(&self.home).chain(self.others.values());
        all.filter_map(Organization::next_due).min()
    }

    fn step(&mut self, stage: &mut Stage) {
        let due = self.next_due();
        if self.home.next_due() == due {
            return step(&mut self.at_home(stage));
        }
        if let Some(rafay) = self.others.values_mut().find(|it| it.next_due() == due) {
            step(&mut World { config: &self.settings, rafay, stage });
        }
    }

    fn object_count(&self) -> usize {
        self.home.objects.len() + self.home.hub.len()
    }

    fn settings(&self) -> Value {
        serde_json::to_value(&self.settings).unwrap_or_default()
    }

    fn configure(&mut self, stage: &Stage, settings: Value) -> Result<(), String> {
        let mut settings = Settings::deserialize(settings).map_err(|it| it.to_string())?;
        settings.seeded = settings.seeded.filter(|_| !self.planted);
        if settings.keys.is_empty() {
            settings.keys.push(Key::seeded(stage.seed()));
        }
        self.settings = settings;
        Ok(())
    }

    fn plant(&mut self, stage: &mut Stage) -> Vec<String> {
        self.planted = true;
        let seed = self.settings.seeded.take().unwrap_or_default();
        plant(&mut self.at_home(stage), seed)
    }

    fn first_key(&self) -> String {
        self.settings.keys.first().map(|key| key.key.clone()).unwrap_or_default()
    }

    fn key_id(&self, key: &str) -> String {
        id_of(key)
    }
}

/// Lets happen what is due first in an organization.
fn step(world: &mut World<'_>) {
    let due = world.rafay.next_due();
    if world.rafay.objects.next_due() == due {
        transitions::step(world);
    } else {
        moves::step(world);
    }
}

/// Answers a request whose caller is known, in the caller's organization.
fn answer(world: &mut World<'_>, request: &Request, key: &Key) -> Response {
    let Some(segments) = path_segments(&request.path) else {
        return error(400, "the path is not valid text");
    };
    match ROUTES.route(&request.method, &segments) {
        Route::Found(found) => {
            let run = found.run;
            let call = found.called(request, Reach { projects: key.projects.clone() });
            carry_out(world, run, &call, key)
        }
        Route::WrongMethod(allowed) => wrong_method(error(405, "method not allowed"), allowed),
        Route::Unknown => error(404, "no such path"),
    }
}

/// Carries out a call whose caller is known.
fn carry_out(world: &mut World<'_>, run: Handler, call: &Call<'_>, key: &Key) -> Response {
    if call.operation.access == Access::Write && key.role == KeyRole::ReadOnly {
        return error(403, "this key may only read");
    }
    match run(world, call) {
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

/// Gives another organization the catalog, and nothing else.
fn found(world: &mut World<'_>) {
    let seed = Seed { objects: Vec::new(), ..Seed::default() };
    for problem in plant(world, seed) {
        let organization = world.rafay.name();
        tracing::warn!(organization, problem, "something could not be seeded");
    }
}

/// Makes what exists at the start; says what could not be made.
fn plant(world: &mut World<'_>, seed: Seed) -> Vec<String> {
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
