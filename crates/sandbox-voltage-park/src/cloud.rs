//! The cloud as the stage sees it: exact slashes, who asks, where nobody needs to say so, and what
//! it does when it is asked.

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors::{Error, Invalid, no_path, refused};
use super::knobs::{AuthFailureCode, ZeroBalance};
use super::operations::{BEARER, OPEN, OPEN_LATELY, OPERATIONS, TOKEN_OR_BEARER};
use super::record::Family;
use super::settings::{Key, Settings};
use super::state::State;
use super::stock::Stock;
use super::timers::Event;
use super::world::{Handler, NAME, World};
use super::{answers, edits, happening, input};
use plumb_sandbox::cloud::{Cloud, Description};
use plumb_sandbox::edit::Edit;
use plumb_sandbox::findings::FindingKind;
use plumb_sandbox::http::{Request, Response, path_segments};
use plumb_sandbox::operation::{Route, Router, Routes, Schema, Security, wrong_method};
use plumb_sandbox::stage::Stage;
use plumb_sandbox::time::Timestamp;

static ROUTES: LazyLock<Router<Handler>> = LazyLock::new(|| Router::new(OPERATIONS));

/// The actor of calls nobody has signed.
const ANYBODY: &str = "anonymous";

/// Voltage Park with all its organizations.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct VoltagePark {
    settings: Settings,
    /// Whether what is seeded was made.
    planted: bool,
    state: State,
}

impl VoltagePark {
    /// What it holds.
    #[must_use]
    pub fn holdings(&self) -> &State {
        &self.state
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Settings {
        &self.settings
    }

    fn on<'a>(&'a mut self, stage: &'a mut Stage) -> World<'a> {
        World { config: &mut self.settings, state: &mut self.state, stage }
    }

    /// Lets a caller in: with a key where one is needed; where none is, with whatever key it has.
    fn admit(
        &self,
        now: Timestamp,
        request: &Request,
        security: Security,
    ) -> Result<Option<Key>, Response> {
        let open =
            security == OPEN || security == OPEN_LATELY && !self.settings.knobs.strict_auth_2025;
        match self.authenticate(now, request, security) {
            Ok(key) => Ok(Some(key.clone())),
            Err(_) if open => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// Who asks: any known key that has not expired, in a header this family takes (V-07, V-08).
    fn authenticate(
        &self,
        now: Timestamp,
        request: &Request,
        security: Security,
    ) -> Result<&Key, Response> {
        let knobs = &self.settings.knobs;
        let bearer = request.header_value("authorization").and_then(bearer);
        let token = request.header_value("x-api-token");
        let given = match security == TOKEN_OR_BEARER {
            true if knobs.strict_auth_2025 => [token, None],
            true => [token, bearer],
            false => [bearer, None],
        };
        if given == [None, None] {
            return Err(self.unauthorized("Not authenticated"));
        }
        let known = |text: &str| self.settings.keys.iter().find(|key| key.key == text);
        let mut keys = given.into_iter().flatten().filter_map(known).peekable();
        let what = if keys.peek().is_some() { "API key has expired" } else { "Invalid API key" };
        let expired = |key: &&Key| {
            let mut expiries = key.expires_at.into_iter().chain(knobs.key_expires_at);
            expiries.any(|moment| moment <= now)
        };
        keys.find(|key| !expired(key)).ok_or_else(|| self.unauthorized(what))
    }

    fn unauthorized(&self, detail: &str) -> Response {
        match self.settings.knobs.auth_failure_code {
            AuthFailureCode::Forbidden => refused(403, detail),
            AuthFailureCode::Unauthorized => {
                let mut response = refused(401, detail);
                response.headers.push(("www-authenticate".to_owned(), "Bearer".to_owned()));
                response
            }
        }
    }

    /// The answer where no operation is: a redirect where one is behind the other slash (V-02).
    fn elsewhere(
        &mut self,
        stage: &mut Stage,
        request: &Request,
        mut segments: Vec<String>,
    ) -> Response {
        let path = match request.path.strip_suffix('/') {
            Some(bare) => bare.to_owned(),
            None => format!("{}/", request.path),
        };
        if segments.last().is_some_and(String::is_empty) {
            segments.pop();
        } else {
            segments.push(String::new());
        }
        if matches!(ROUTES.route(&request.method, &segments), Route::Unknown) {
            return no_path();
        }
        let query = if request.query.is_empty() { "" } else { "?" };
        let target = format!("{path}{query}{}", request.query);
        let origin = match &self.settings.knobs.redirect_origin {
            Some(origin) => origin.clone(),
            None => format!("http://{}", request.header_value("host").unwrap_or("sandbox.invalid")),
        };
        self.state.redirected = Some(format!("{} {target}", request.method));
        stage.touch();
        let mut response = Response::empty(307);
        response.headers.push(("location".to_owned(), format!("{origin}{target}")));
        response
    }

    /// Whether the call before this one was redirected to where this one goes.
    fn was_redirected(&mut self, stage: &mut Stage, request: &Request) -> bool {
        let Some(expected) = self.state.redirected.take() else { return false };
        stage.touch();
        let query = if request.query.is_empty() { "" } else { "?" };
        expected == format!("{} {}{query}{}", request.method, request.path, request.query)
    }

    /// Ends everything after a while, where an empty balance does that.
    fn expect_end_of_money(&mut self, now: Timestamp) {
        let Settings { knobs, .. } = &self.settings;
        let timers = &mut self.state.timers;
        if knobs.zero_balance == ZeroBalance::Terminate && !timers.expects(&Event::OutOfMoney) {
            timers.set(now, knobs.zero_balance_delay, Event::OutOfMoney);
        }
    }
}

impl Cloud for VoltagePark {
    fn name(&self) -> &'static str {
        NAME
    }

    fn routes(&self) -> &'static dyn Routes {
        &*ROUTES
    }

    fn description(&self) -> Description {
        Description {
            title: "Voltage Park On-Demand",
            security_schemes: json!({
                "bearer": { "type": "http", "scheme": "bearer" },
                "token": { "type": "apiKey", "in": "header", "name": "x-api-token" },
            }),
            path_parameter: answers::path_parameter,
            error: |status| match status {
                422 => Schema::of::<Invalid>(),
                _ => Schema::of::<Error>(),
            },
        }
    }

    fn owns(&self, path: &str) -> bool {
        path.starts_with("/api/v1/")
    }

    fn caller(&self, stage: &Stage, request: &Request) -> Option<String> {
        let let_in = |family| self.authenticate(stage.now(), request, family).ok();
        [BEARER, TOKEN_OR_BEARER].into_iter().find_map(let_in).map(Key::id)
    }

    fn answer(&mut self, stage: &mut Stage, request: &Request) -> Response {
        let redirected = self.was_redirected(stage, request);
        let Some(segments) = path_segments(&request.path) else { return no_path() };
        let found = match ROUTES.route(&request.method, &segments) {
            Route::Found(found) => found,
            Route::WrongMethod(allowed) => {
                return wrong_method(refused(405, "Method Not Allowed"), allowed);
            }
            Route::Unknown => return self.elsewhere(stage, request, segments),
        };
        let operation = found.operation;
        if let Err(malformed) = input::check_syntax(operation, request) {
            return malformed;
        }
        let key = match self.admit(stage.now(), request, operation.security) {
            Ok(key) => key,
            Err(refusal) => return refusal,
        };
        stage.set_actor(&key.as_ref().map_or_else(|| ANYBODY.to_owned(), Key::id));
        if redirected {
            stage.notice(FindingKind::RedirectFollowed, &request.path, &request.method);
        }
        if request.method == "GET" && !request.body.is_empty() {
            stage.notice(FindingKind::BodyOnGet, operation.id, &request.path);
        }
        let organization = key.map(|key| key.organization).unwrap_or_default();
        let run = found.run;
        match run(&mut self.on(stage), &found.called(request, organization)) {
            Ok(response) | Err(response) => response,
        }
    }

    /// An unhandled error is plain text.
    fn refusal(&self, status: u16, text: &str) -> Response {
        if status != 500 {
            return refused(status, text);
        }
        Response {
            headers: vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())],
            body: b"Internal Server Error".to_vec(),
            ..Response::empty(500)
        }
    }

    fn edit(&mut self, stage: &mut Stage, edit: &Edit) -> Result<(), String> {
        edits::apply(&mut self.on(stage), edit)
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.state.timers.next_due()
    }

    fn step(&mut self, stage: &mut Stage) {
        happening::step(&mut self.on(stage));
    }

    fn object_count(&self) -> usize {
        self.state.object_count()
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
        self.expect_end_of_money(stage.now());
        Ok(())
    }

    fn plant(&mut self, stage: &mut Stage) -> Vec<String> {
        self.planted = true;
        let seed = self.settings.seeded.take().unwrap_or_default();
        self.state.stock = Stock::of(&seed.catalog);
        self.state.catalog = Arc::new(seed.catalog);
        self.state.deposit = seed.deposit;
        self.state.opened_at = stage.now();
        let mut world = self.on(stage);
        let mut problems = Vec::new();
        for (family, objects) in [
            (Family::Keys, &seed.ssh_keys),
            (Family::Volumes, &seed.storage),
            (Family::Rentals, &seed.bare_metal),
            (Family::Machines, &seed.virtual_machines),
        ] {
            let made = objects.iter().map(|object| edits::create(&mut world, family, object));
            let failed = made.filter_map(Result::err);
            problems.extend(failed.map(|problem| format!("{}: {problem}", family.as_str())));
        }
        problems
    }

    fn first_key(&self) -> String {
        self.settings.keys.first().map(|key| key.key.clone()).unwrap_or_default()
    }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()).filter(|it| !it.is_empty())
}
