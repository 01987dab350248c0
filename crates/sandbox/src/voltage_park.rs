//! The simulated Voltage Park On-Demand API: a reading of its contract and of the vendor's page.
//!
//! The route table is in `operations`; this file holds the state of all organizations and what is
//! common to all calls: exact slashes, who asks, and where nobody needs to say so.

mod answers;
pub(crate) mod billing;
pub mod catalog;
mod cloudinit;
pub(crate) mod edits;
mod errors;
mod fields;
mod input;
mod keys;
mod listing;
mod machines;
mod money;
mod operations;
mod orders;
mod organization;
mod reads;
mod record;
mod render;
mod rentals;
mod schemas;
pub mod seed;
mod stock;
mod syntax;
pub(crate) mod timers;
mod volumes;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(crate) use answers::components as answer_schemas;
pub use keys::SshKey;
pub use machines::{Machine, MachineStatus};
pub use money::Money;
pub use operations::OPERATIONS;
pub use record::Record;
pub use rentals::{Rental, RentalPower, RentalStatus};
pub use volumes::Volume;

use crate::config::{AuthFailureCode, VoltageParkKey, ZeroBalance};
use crate::dispatch::wrong_method;
use crate::findings::FindingKind;
use crate::http::{Request, Response, path_segments, query_pairs};
use crate::operation::{Call, Route, Security, route};
use crate::time::{DEFAULT_EPOCH, Timestamp};
use crate::world::World;
use billing::Account;
use catalog::Catalog;
use errors::{no_path, refused};
use organization::Organization;
use record::{Family, Table};
use seed::VoltageParkSeed;
use stock::Stock;
use timers::{Event, Timers};

/// What the names of this cloud's objects begin with.
pub const PREFIX: &str = "voltage-park/";

/// The actor of calls nobody has signed.
const ANYBODY: &str = "anonymous";

/// All organizations of Voltage Park, and the stock they share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VoltagePark {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) stock: Stock,
    pub(crate) machines: Table<Machine>,
    pub(crate) rentals: Table<Rental>,
    pub(crate) volumes: Table<Volume>,
    pub(crate) keys: Table<SshKey>,
    pub(crate) accounts: BTreeMap<String, Account>,
    #[serde(default)]
    pub(crate) organizations: BTreeMap<String, Organization>,
    /// What every organization has paid in, and when.
    deposit: Money,
    opened_at: Timestamp,
    pub(crate) timers: Timers,
    pub(crate) next_sequence: u64,
    /// When an organization last looked at the stock of a family.
    pub(crate) capacity_reads: BTreeMap<String, Timestamp>,
    /// Where the last call was redirected to, when it was.
    redirected: Option<String>,
}

impl VoltagePark {
    /// Every machine of every organization, oldest first.
    #[must_use]
    pub fn machines(&self) -> impl DoubleEndedIterator<Item = &Machine> {
        self.machines.live()
    }

    /// Every rental of every organization, oldest first.
    #[must_use]
    pub fn rentals(&self) -> impl DoubleEndedIterator<Item = &Rental> {
        self.rentals.live()
    }

    /// Every volume of every organization, oldest first.
    #[must_use]
    pub fn volumes(&self) -> impl DoubleEndedIterator<Item = &Volume> {
        self.volumes.live()
    }

    /// Every SSH key of every organization, oldest first.
    #[must_use]
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &SshKey> {
        self.keys.live()
    }

    /// What is offered.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// How many objects are kept, those that only lists still show included.
    #[must_use]
    pub fn object_count(&self) -> usize {
        self.machines.len() + self.rentals.len() + self.volumes.len() + self.keys.len()
    }

    fn list_calls(&self, family: Family) -> u64 {
        match family {
            Family::Machines => self.machines.list_calls(),
            Family::Rentals => self.rentals.list_calls(),
            Family::Volumes => self.volumes.list_calls(),
            Family::Keys => self.keys.list_calls(),
        }
    }
}

/// What is offered by default, and nobody who has any of it.
impl Default for VoltagePark {
    fn default() -> Self {
        let seed = VoltageParkSeed::default();
        VoltagePark {
            stock: Stock::of(&seed.catalog),
            catalog: Arc::new(seed.catalog),
            machines: Table::default(),
            rentals: Table::default(),
            volumes: Table::default(),
            keys: Table::default(),
            accounts: BTreeMap::new(),
            organizations: BTreeMap::new(),
            deposit: seed.deposit,
            opened_at: DEFAULT_EPOCH,
            timers: Timers::default(),
            next_sequence: 0,
            capacity_reads: BTreeMap::new(),
            redirected: None,
        }
    }
}

/// Whether a path belongs to this cloud.
pub(crate) fn owns(path: &str) -> bool {
    path.starts_with("/api/v1/")
}

/// The error body of this cloud, also for faults: an unhandled error is plain text.
pub(crate) fn plain_error(status: u16, text: &str) -> Response {
    if status != 500 {
        return refused(status, text);
    }
    Response {
        headers: vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())],
        body: b"Internal Server Error".to_vec(),
        ..Response::empty(500)
    }
}

/// The id of the key a request carries, when it is one that is let in.
pub(crate) fn actor(world: &World, request: &Request) -> Option<String> {
    let families = [Security::Bearer, Security::TokenOrBearer];
    let key = families.into_iter().find_map(|family| authenticate(world, request, family).ok());
    key.map(|key| key.id())
}

/// Answers a request to this cloud.
pub(crate) fn respond(world: &mut World, request: &Request) -> Response {
    let redirected = was_redirected(world, request);
    let Some(segments) = path_segments(&request.path) else { return no_path() };
    let (operation, parameters) = match route(&request.method, &segments) {
        Route::Found(operation, parameters) => (operation, parameters),
        Route::WrongMethod(allowed) => {
            return wrong_method(refused(405, "Method Not Allowed"), allowed);
        }
        Route::Unknown => return elsewhere(world, request, segments),
    };
    if let Err(malformed) = input::check_syntax(operation, request) {
        return malformed;
    }
    let key = match admit(world, request, operation.security) {
        Ok(key) => key,
        Err(refusal) => return refusal,
    };
    world.set_actor(&key.as_ref().map_or_else(|| ANYBODY.to_owned(), VoltageParkKey::id));
    if redirected {
        world.notice(FindingKind::RedirectFollowed, &request.path, &request.method);
    }
    if request.method == "GET" && !request.body.is_empty() {
        world.notice(FindingKind::BodyOnGet, operation.id, &request.path);
    }
    let organization = key.map(|key| key.organization).unwrap_or_default();
    let query = query_pairs(&request.query);
    let call = Call { operation, request, parameters, query, reach: None, organization };
    match (operation.run)(world, &call) {
        Ok(response) | Err(response) => response,
    }
}

/// Makes what exists at the start; says what could not be made.
pub(crate) fn plant(world: &mut World, seed: VoltageParkSeed) -> Vec<String> {
    world.voltage_park.stock = Stock::of(&seed.catalog);
    world.voltage_park.catalog = Arc::new(seed.catalog);
    world.voltage_park.deposit = seed.deposit;
    world.voltage_park.opened_at = world.now();
    let mut problems = Vec::new();
    for (family, objects) in [
        (Family::Keys, &seed.ssh_keys),
        (Family::Volumes, &seed.storage),
        (Family::Rentals, &seed.bare_metal),
        (Family::Machines, &seed.virtual_machines),
    ] {
        let made = objects.iter().filter_map(|object| edits::create(world, family, object).err());
        problems.extend(made.map(|problem| format!("{}: {problem}", family.as_str())));
    }
    reconfigured(world);
    problems
}

/// Takes note of a changed configuration.
pub(crate) fn reconfigured(world: &mut World) {
    let knobs = &world.config.knobs.voltage_park;
    let delay = knobs.zero_balance_delay;
    if knobs.zero_balance == ZeroBalance::Terminate
        && !world.voltage_park.timers.expects(&Event::OutOfMoney)
    {
        world.voltage_park.timers.set(world.now(), delay, Event::OutOfMoney);
    }
}

/// Lets a caller in: with a key where one is needed; where none is, with whatever key it has.
fn admit(
    world: &World,
    request: &Request,
    security: Security,
) -> Result<Option<VoltageParkKey>, Response> {
    let strict = world.config.knobs.voltage_park.strict_auth_2025;
    let open = match security {
        Security::Open => true,
        Security::OpenLately => !strict,
        Security::ApiKey | Security::Bearer | Security::TokenOrBearer => false,
    };
    match authenticate(world, request, security) {
        Ok(key) => Ok(Some(key)),
        Err(_) if open => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// Who asks: any known key that has not expired, in a header this family takes (V-07, V-08).
fn authenticate(
    world: &World,
    request: &Request,
    security: Security,
) -> Result<VoltageParkKey, Response> {
    let knobs = &world.config.knobs.voltage_park;
    let bearer = request.header_value("authorization").and_then(bearer);
    let token = request.header_value("x-api-token");
    let given = match security {
        Security::TokenOrBearer if knobs.strict_auth_2025 => [token, None],
        Security::TokenOrBearer => [token, bearer],
        _ => [bearer, None],
    };
    if given == [None, None] {
        return Err(unauthorized(world, "Not authenticated"));
    }
    let known = |text: &str| world.config.voltage_park_keys.iter().find(|key| key.key == text);
    let mut keys = given.into_iter().flatten().filter_map(known).peekable();
    let what = if keys.peek().is_some() { "API key has expired" } else { "Invalid API key" };
    let expired = |key: &&VoltageParkKey| {
        let mut expiries = key.expires_at.into_iter().chain(knobs.key_expires_at);
        expiries.any(|moment| moment <= world.now())
    };
    keys.find(|key| !expired(key)).cloned().ok_or_else(|| unauthorized(world, what))
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()).filter(|it| !it.is_empty())
}

fn unauthorized(world: &World, detail: &str) -> Response {
    match world.config.knobs.voltage_park.auth_failure_code {
        AuthFailureCode::Forbidden => refused(403, detail),
        AuthFailureCode::Unauthorized => {
            let mut response = refused(401, detail);
            response.headers.push(("www-authenticate".to_owned(), "Bearer".to_owned()));
            response
        }
    }
}

/// The answer where no operation is: a redirect where one is behind the other slash (V-02).
fn elsewhere(world: &mut World, request: &Request, mut segments: Vec<String>) -> Response {
    let path = match request.path.strip_suffix('/') {
        Some(bare) => bare.to_owned(),
        None => format!("{}/", request.path),
    };
    if segments.last().is_some_and(String::is_empty) {
        segments.pop();
    } else {
        segments.push(String::new());
    }
    if matches!(route(&request.method, &segments), Route::Unknown) {
        return no_path();
    }
    let target = if request.query.is_empty() { path } else { format!("{path}?{}", request.query) };
    let origin = match &world.config.knobs.voltage_park.redirect_origin {
        Some(origin) => origin.clone(),
        None => format!("http://{}", request.header_value("host").unwrap_or("sandbox.invalid")),
    };
    world.voltage_park.redirected = Some(format!("{} {target}", request.method));
    world.touch();
    let mut response = Response::empty(307);
    response.headers.push(("location".to_owned(), format!("{origin}{target}")));
    response
}

/// Whether the call before this one was redirected to where this one goes.
fn was_redirected(world: &mut World, request: &Request) -> bool {
    let Some(expected) = world.voltage_park.redirected.take() else { return false };
    world.touch();
    let query = if request.query.is_empty() { "" } else { "?" };
    expected == format!("{} {}{query}{}", request.method, request.path, request.query)
}
