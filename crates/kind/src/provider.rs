//! A cloud: its kinds and the rules of a session with it.

use crate::billing::Billing;
use crate::collection::{Collection, Snapshot};
use crate::kind::Kind;
use crate::request::Request;
use crate::user_keys::{KeyHolder, UserKeys};
use jiff::Timestamp;
use plumb_model::text::{Secret, ServerText};
use plumb_model::{Account, Body};
use std::time::Duration;

/// Why a request was refused for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// The key is missing, wrong or expired: nothing further is sent with it.
    Key,
    /// The key may not do this, or the object is out of its scope.
    Permission,
    /// The request itself is not acceptable.
    Request,
}

/// What an answer means, before what was asked is considered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerClass {
    /// It worked, or was accepted.
    Success,
    /// The object is not there.
    Gone,
    /// It is there already, or its state does not allow this.
    Conflict,
    /// Refused for good; nothing was done.
    Refused(Refusal),
    /// Too many requests; nothing was done.
    Throttled,
    /// The server is in trouble: for a write, nobody knows what was done.
    Trouble,
    /// A redirect: nothing was done, and it is never followed.
    Redirected,
}

impl AnswerClass {
    /// What a status says by itself. That a request took too long says nothing of what was done.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Success,
            300..=399 => Self::Redirected,
            401 => Self::Refused(Refusal::Key),
            403 => Self::Refused(Refusal::Permission),
            404 | 410 => Self::Gone,
            409 => Self::Conflict,
            429 => Self::Throttled,
            400..=407 | 411..=499 => Self::Refused(Refusal::Request),
            _ => Self::Trouble,
        }
    }
}

/// What a server said, as far as people read on.
#[must_use]
pub fn excerpt(said: &str) -> ServerText {
    const ENOUGH: usize = 300;
    let excerpt: String = said.trim().chars().take(ENOUGH).collect();
    ServerText::new(if excerpt.is_empty() { "the server gave no reason" } else { &excerpt })
}

/// How many requests may be in flight to a host at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InFlight {
    /// What it begins with: what the cloud is known, or assumed, to take.
    pub first: usize,
    /// What it grows to while the server does not object. At least `first`.
    pub most: usize,
}

impl InFlight {
    /// The most that any connection has in flight.
    pub const WIDEST: usize = 10;

    /// One that never grows beyond so many.
    #[must_use]
    pub fn at_most(self, most: usize) -> Self {
        Self { first: self.first.min(most), most }
    }
}

/// How a session with the cloud behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Requests in flight, per host.
    pub in_flight: InFlight,
    /// One request, from connecting to the last byte.
    pub call: Duration,
    /// Between two looks at something that is under way.
    pub poll: Duration,
    /// How long to look for a create whose answer was lost, before it is indeterminate.
    pub settle: Duration,
    /// How long an unchanged terminal status is taken for the previous operation's.
    pub stale_status: Duration,
    /// Tries of a request that may be repeated, the first included.
    pub tries: u32,
    /// The largest answer that is read, in bytes.
    pub answer_bytes: usize,
}

impl Budgets {
    /// What is usual where a cloud says nothing else.
    pub const USUAL: Self = Self {
        in_flight: InFlight { first: 4, most: InFlight::WIDEST },
        call: Duration::from_mins(1),
        poll: Duration::from_secs(10),
        settle: Duration::from_mins(2),
        stale_status: Duration::from_mins(1),
        tries: 5,
        // A page of a hundred large objects is about a megabyte.
        answer_bytes: 32 << 20,
    };

    /// The same at the pace of a clock that runs so many times faster than the wall's: shorter waits
    /// and looks. A round of looking costs a request, so looking stays slower than the clock is fast.
    #[must_use]
    pub fn at_pace(self, pace: u32) -> Self {
        const SHORTEST: Duration = Duration::from_millis(100);
        let shorter = |span: Duration| (span / pace.max(1)).max(SHORTEST.min(span));
        let (poll, settle) = (shorter(self.poll), shorter(self.settle));
        Self { poll, settle, stale_status: shorter(self.stale_status), ..self }
    }
}

/// Where an operator says how to reach a cloud.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Environment variables, in the order they are looked at: plumb's own first, then those of the
    /// cloud's own tools.
    pub variables: &'static [Variables],
    /// Where the cloud is when only a key is given: some have one endpoint for everybody.
    pub usual_endpoint: Option<&'static str>,
}

/// Two environment variables that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variables {
    /// The one with the endpoint.
    pub endpoint: &'static str,
    /// The one with the key to it.
    pub key: &'static str,
}

/// What a cloud has and gives nobody a public way to manage.
#[derive(Clone, Copy, Debug)]
pub struct Unmanageable {
    /// What documents would call it.
    pub kinds: &'static [&'static str],
    /// What is known of it, as a sentence for people.
    pub why: &'static str,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Between {
    /// Where it begins.
    pub from: Timestamp,
    /// Where it ends.
    pub to: Timestamp,
}

/// A part of what a cloud offers, or tells of what happened, as a table for people.
#[derive(Clone, Debug)]
pub struct Section {
    /// What it lists: `Virtual machine presets`.
    pub title: &'static str,
    /// What has to be read for it.
    pub collections: Vec<Collection>,
    /// The names of its columns.
    pub columns: &'static [&'static str],
    /// Its rows, from what was read; `None` when nothing could be. Each is as long as the columns.
    pub rows: fn(&Snapshot) -> Option<Vec<Vec<ServerText>>>,
}

/// How to ask a cloud whose the key is.
#[derive(Clone, Debug)]
pub struct Identification {
    /// A read whose answer says it. That a key may not ask says nothing else of the key.
    pub request: Request,
    /// Takes the account out of the answer; `None` when it does not say.
    pub read: fn(&Body) -> Option<Account>,
}

/// How to ask a cloud until when the key that asks is accepted.
#[derive(Clone, Debug)]
pub struct KeyEnd {
    /// A read whose answer says where the keys of who asks are listed.
    pub request: Request,
    /// Who asks; `None` when the answer does not say.
    pub holder: fn(&Body) -> Option<KeyHolder>,
    /// The request for that list; `None` when the answer does not say.
    pub list: fn(&Body) -> Option<Request>,
    /// When the key that asks ends, out of the list; `None` where it does not say, or it never does.
    pub read: fn(&Body, &Secret) -> Option<Timestamp>,
}

/// A cloud.
pub trait Provider: Send + Sync + std::fmt::Debug {
    /// Its short name, which connections and messages use: `acme`.
    fn name(&self) -> &'static str;

    /// Its kinds; one line each.
    fn kinds(&self) -> &'static [&'static dyn Kind];

    /// Where an operator says how to reach it. By default only the file of connections.
    fn credentials(&self) -> Credentials {
        Credentials::default()
    }

    /// The `apiVersion`s of its older formats, whole or as a beginning, which plumb does not apply.
    fn old_formats(&self) -> &'static [&'static str] {
        &[]
    }

    /// What the cloud has and gives nobody a public way to manage. Documents of it are refused with the
    /// reason.
    fn unmanageable(&self) -> &'static [Unmanageable] {
        &[]
    }

    /// The headers that carry the key.
    fn headers(&self, request: &Request, key: &Secret) -> Vec<(&'static str, Secret)>;

    /// The header that names the organization a partner's key acts inside, where keys can.
    fn organization_header(&self) -> Option<&'static str> {
        None
    }

    /// What an answer means. `body` is `None` when there is none or it is not JSON; `text` is the
    /// beginning of the body as it came.
    fn classify(&self, status: u16, _body: Option<&Body>, _text: &str) -> AnswerClass {
        AnswerClass::of_status(status)
    }

    /// Whether a failed answer says, by its words alone, that something is not there. Of a read
    /// that leaves the word to the lists; what became of a write is never read out of words.
    fn says_gone(&self, _status: u16, _body: Option<&Body>, _text: &str) -> bool {
        false
    }

    /// The server's own words in an answer that is no success.
    fn explain(&self, _body: Option<&Body>, text: &str) -> ServerText {
        excerpt(text)
    }

    /// How a session behaves.
    fn budgets(&self) -> Budgets {
        Budgets::USUAL
    }

    /// How to tell whose a key is. Where the cloud does not say, a key of another account looks like
    /// an empty world.
    fn identification(&self) -> Option<Identification> {
        None
    }

    /// How to tell when a key ends, where the cloud says it.
    fn key_end(&self) -> Option<KeyEnd> {
        None
    }

    /// How keys of its users are made, listed and deleted, where that can be done.
    fn user_keys(&self) -> Option<&'static dyn UserKeys> {
        None
    }

    /// What the cloud offers: presets, locations, stock, prices.
    fn catalog(&self) -> Vec<Section> {
        Vec::new()
    }

    /// What happened to what is there, between two moments, the newest last.
    fn events(&self, _between: Between) -> Vec<Section> {
        Vec::new()
    }

    /// How much of what is there was used between two moments.
    fn usage(&self, _between: Between) -> Vec<Section> {
        Vec::new()
    }

    /// What the cloud says about money, where it does.
    fn billing(&self) -> Option<&'static dyn Billing> {
        None
    }
}
