//! The cloud as the stage sees it: who asks and what they may, its organizations, and what it does
//! when it is asked.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors::{ShownError, error};
use super::hub::routes;
use super::keys::ApiKey;
use super::organization::{self, Organization};
use super::rights::{self, Caller, Whose};
use super::settings::{Key, KeyRole, Settings, id_of};
use super::shares::Shares;
use super::world::{Call, Handler, NAME, Partner, World};
use super::{
    directory_operations, edits, envelope, key_calls, operations, partner_operations, planting,
    transitions,
};
use plumb_sandbox::cloud::{Cloud, Description};
use plumb_sandbox::edit::Edit;
use plumb_sandbox::http::{Request, Response, path_segments, query_pairs};
use plumb_sandbox::operation::{Operation, Route, Router, Routes, Schema, wrong_method};
use plumb_sandbox::stage::Stage;
use plumb_sandbox::time::Timestamp;

static TABLE: LazyLock<Vec<Operation<Handler>>> = LazyLock::new(|| {
    let tables =
        [directory_operations::OPERATIONS, operations::OPERATIONS, partner_operations::OPERATIONS];
    tables.into_iter().flatten().copied().chain(routes::rows()).collect()
});

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
    /// Who sees which profile.
    #[serde(default)]
    shares: Shares,
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

    /// The organization of this name, when somebody has asked for it.
    #[must_use]
    pub fn organization(&self, name: &str) -> Option<&Organization> {
        self.others.get(name)
    }

    /// The seeded organization in its world.
    fn at_home<'a>(&'a mut self, stage: &'a mut Stage) -> World<'a> {
        self.all(stage).into_home()
    }

    /// Every organization.
    fn all<'a>(&'a mut self, stage: &'a mut Stage) -> Partner<'a> {
        Partner {
            config: &self.settings,
            home: &mut self.home,
            others: &mut self.others,
            shares: &mut self.shares,
            stage,
        }
    }

    /// The organization of this name in its world; it begins when it is first asked for.
    fn elsewhere<'a>(&'a mut self, name: &str, stage: &'a mut Stage) -> Option<World<'a>> {
        let is_new = !self.others.contains_key(name);
        if is_new {
            self.others.insert(name.to_owned(), Organization::called(name));
        }
        let mut world = self.all(stage).into_other(name)?;
        if is_new {
            planting::found(&mut world);
        }
        Some(world)
    }

    /// Who asks: a known key that has not expired, in either header.
    fn authenticate(&self, now: Timestamp, request: &Request) -> Result<Caller, Response> {
        let preferred = if request.path.starts_with("/apis/") {
            ["x-api-key", "x-rafay-api-keyid"]
        } else {
            ["x-rafay-api-keyid", "x-api-key"]
        };
        let Some(text) = preferred.iter().find_map(|name| request.header_value(name)) else {
            return Err(error(401, "no API key was given"));
        };
        let Some((caller, expires_at)) = self.caller_of(text) else {
            return Err(error(401, "invalid API key"));
        };
        let mut expiries = expires_at.into_iter().chain(self.settings.knobs.key_expires_at);
        if expiries.any(|moment| moment <= now) {
            return Err(error(401, "the API key has expired"));
        }
        let own = match &caller.organization {
            Some(name) => self.others.get(name),
            None => Some(&self.home),
        };
        if own.is_some_and(|organization| !organization.record.active) {
            return Err(error(401, "the organization of this key is not active"));
        }
        self.directed(caller, request)
    }

    /// Whose key a text is, and when it ends.
    fn caller_of(&self, text: &str) -> Option<(Caller, Option<Timestamp>)> {
        if let Some(key) = self.settings.keys.iter().find(|key| key.key == text) {
            let caller = Caller {
                id: key.id(),
                organization: key.organization.clone(),
                user: key.user.clone().map(Whose::Name),
                role: key.role,
                projects: key.projects.clone(),
                partner: key.partner,
            };
            return Some((caller, key.expires_at));
        }
        let of_user = |key: &ApiKey, organization: Option<String>| {
            let caller = Caller {
                id: key.beginning.clone(),
                organization,
                user: Some(Whose::Id(key.user.clone())),
                role: KeyRole::Admin,
                projects: None,
                partner: false,
            };
            (caller, key.expires_at)
        };
        if let Some(key) = self.home.keys.of_text(text) {
            return Some(of_user(key, None));
        }
        self.others.iter().find_map(|(name, other)| {
            other.keys.of_text(text).map(|key| of_user(key, Some(name.clone())))
        })
    }

    /// The organization a request is about: a partner may name another one, and asks for the
    /// events and the usage of one in the query (contract 9).
    fn directed(&self, caller: Caller, request: &Request) -> Result<Caller, Response> {
        let named = request.header_value("x-organization-id").map(str::to_owned);
        let named = named.or_else(|| organization_in_query(request).filter(|_| caller.partner));
        let Some(id) = named else { return Ok(caller) };
        let own = match &caller.organization {
            Some(name) => organization::id_of(name),
            None => self.home.id(),
        };
        if id == own {
            return Ok(caller);
        }
        if !caller.partner {
            return Err(error(403, "this key is of another organization"));
        }
        let other = self.others.iter().find(|(_, it)| it.id() == id);
        let organization = match other {
            Some((name, _)) => Some(name.clone()),
            None if self.home.id() == id => None,
            None => return Err(error(404, "the organization was not found")),
        };
        Ok(Caller { organization, user: None, ..caller })
    }
}

/// The organization that a query about events and usage names.
fn organization_in_query(request: &Request) -> Option<String> {
    let families = ["/apis/dashboard.envmgmt.io/", "/apis/billing.envmgmt.io/"];
    if !families.iter().any(|family| request.path.starts_with(family)) {
        return None;
    }
    let names = ["org_id", "instance_organization_id"];
    let pairs = query_pairs(&request.query);
    pairs.into_iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value)
}

impl Rafay {
    /// A result as it is answered.
    fn finished(&self, result: Result<Response, Response>, call: &Call<'_>) -> Response {
        match result {
            Ok(response) => as_asked(response, call.request),
            Err(response) if self.settings.knobs.error_in_200 => {
                Response { status: 200, ..response }
            }
            Err(response) => response,
        }
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
            path_parameter: |_| json!({ "type": "string" }),
            error: |_| Schema::of::<ShownError<'_>>(),
        }
    }

    fn owns(&self, path: &str) -> bool {
        path.starts_with("/auth/") || path.starts_with("/apis/") || path.starts_with("/v2/")
    }

    fn has_objects_named(&self, object: &str) -> bool {
        edits::is_kind(object.split('/').next().unwrap_or_default())
    }

    fn caller(&self, stage: &Stage, request: &Request) -> Option<String> {
        self.authenticate(stage.now(), request).ok().map(|caller| caller.id)
    }

    fn answer(&mut self, stage: &mut Stage, request: &Request) -> Response {
        let caller = match self.authenticate(stage.now(), request) {
            Ok(caller) => caller,
            Err(refusal) => return refusal,
        };
        stage.set_actor(&caller.id);
        let Some(segments) = path_segments(&request.path) else {
            return error(400, "the path is not valid text");
        };
        let found = match ROUTES.route(&request.method, &segments) {
            Route::Found(found) => found,
            Route::WrongMethod(allowed) => {
                return wrong_method(error(405, "method not allowed"), allowed);
            }
            Route::Unknown => return error(404, "no such path"),
        };
        let run = found.run;
        let world = match &caller.organization {
            Some(name) => self.elsewhere(name, stage),
            None => Some(self.at_home(stage)),
        };
        let Some(mut world) = world else { return error(500, "internal error") };
        let call = match rights::reach(&world, &caller) {
            Ok(reach) => found.called(request, reach),
            Err(refusal) => return refusal,
        };
        if let Err(refusal) = rights::check(&world, &call, caller.role) {
            return refusal;
        }
        let result = match run {
            Handler::Inside(run) => run(&mut world, &call),
            Handler::OfPartners(_) if !caller.partner => {
                return error(403, "this call needs a key of a partner");
            }
            Handler::OfPartners(run) => run(&mut self.all(stage), &call),
        };
        self.finished(result, &call)
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
        let found = self.others.iter().find(|(_, it)| it.next_due() == due);
        let name = found.map(|(name, _)| name.clone()).unwrap_or_default();
        if let Some(mut world) = self.all(stage).into_other(&name) {
            step(&mut world);
        }
    }

    fn object_count(&self) -> usize {
        self.home.objects.len()
    }

    fn settings(&self) -> Value {
        serde_json::to_value(&self.settings).unwrap_or_default()
    }

    fn configure(&mut self, stage: &Stage, settings: &Value) -> Result<(), String> {
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
        planting::plant(&mut self.at_home(stage), seed)
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
        key_calls::step(world);
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
            headers: vec![("content-type".to_owned(), envelope::YAML.to_owned())],
            body: text.into_bytes(),
            ..response
        },
        Err(_) => response,
    }
}
