//! Faults as data: what goes wrong, and at which call or disk step of a trial. A fault counts only
//! if it fired.

use plumb_sandbox::faults::CallFate::{Done, Skipped};
use plumb_sandbox::faults::DuplicateAnswer;
use plumb_sandbox::{FaultEffect, FaultMatch, FaultRule, FaultTiming};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// An answer of either cloud to what is not there.
const NOT_FOUND: &str = r#"{"detail": "Not Found", "code": 404, "external": "not found"}"#;
/// Words about something else that is not there.
const NO_AGENT: &str =
    r#"{"detail": "agent \"a-1\" does not exist", "external": "agent \"a-1\" does not exist"}"#;

/// One planned fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// The call to a cloud, the step of the disk, or the run, counted from 1 over the whole trial.
    pub at: u64,
    /// What happens there.
    pub trouble: Trouble,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The request never arrives; the connection breaks.
    LostBefore,
    /// The request is done; the connection breaks without an answer.
    LostAfter,
    /// The connection breaks, and the request is done so many calls later.
    Late(u64),
    /// The answer breaks off in its body.
    Truncated,
    /// 503 instead of doing it.
    UnavailableBefore,
    /// 503 after doing it.
    UnavailableAfter,
    /// A page of HTML from a proxy, after doing it.
    GatewayAfter,
    /// 429 instead of doing it.
    Throttled,
    /// 401 instead of doing it.
    KeyRefused,
    /// 200 with `null` after doing it.
    EmptyAnswer,
    /// The request arrives twice; the first answer is given.
    Twice,
    /// The process dies just before the request goes out.
    CrashBefore,
    /// The process dies when the request is done, before it reads the answer.
    CrashAfter,
    /// The machine loses power at a step of the disk.
    PowerLoss,
    /// The disk fails once at a step.
    DiskError,
    /// 503 instead of doing it, for this and the following calls, so many in all.
    Storm(u64),
    /// 429 instead of doing it, with this to say about when to come back.
    ThrottledUntil(RetryAfter),
    /// 401 instead of doing it, for this and the following calls, so many in all.
    Revoked(u64),
    /// 403 instead of doing it.
    Forbidden,
    /// The request is done, and the answer comes when nobody waits for it any more.
    Hanging,
    /// 200 with text that is not JSON, after doing it.
    NotJson,
    /// 200 with JSON of another shape, after doing it.
    WrongShape,
    /// The machine's clock jumps an hour ahead just before it.
    ClockAhead,
    /// The machine's clock jumps an hour back just before it.
    ClockBack,
    /// Somebody does this to one of our machines just before it.
    Meddled(Meddling),
    /// A list leaves out its last item, and its total agrees.
    Omitted,
    /// The same of every list among so many calls.
    OmittedFor(u64),
    /// 404 instead of doing it, although the object is there.
    NotFound,
    /// 400 instead of doing it, with words that say that something is not there.
    SaidGone,
    /// 500 instead of doing it, with such words.
    SaidGoneInTrouble,
    /// The key of one cloud is that of another account for a run.
    StrangersKey(Stranger),
    /// The key of the ledger's hashes is that of another ledger for a run.
    SwappedHashKey,
    /// The ledger is as it was when the trial began, for a run.
    RolledBack,
}

/// Which cloud's key is a stranger's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stranger {
    /// That of the first cloud.
    Rafay,
    /// That of the second.
    VoltagePark,
}

impl Stranger {
    /// The cloud's provider.
    #[must_use]
    pub fn provider(self) -> &'static str {
        match self {
            Self::Rafay => "rafay",
            Self::VoltagePark => "voltage-park",
        }
    }
}

/// What a throttled client is told about when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// At once.
    Now,
    /// In a day.
    Tomorrow,
    /// At a moment that is over.
    Yesterday,
    /// Nothing that can be understood.
    Garbage,
}

/// What somebody else does to a machine of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meddling {
    /// Deletes it.
    Delete,
    /// Gives it another name.
    Rename,
    /// Takes its tags off.
    Untag,
    /// Powers it off.
    PowerOff,
}

impl Trouble {
    /// What may happen to a call that changes nothing.
    pub const TO_READS: &'static [Self] = &[
        Self::LostBefore,
        Self::Truncated,
        Self::UnavailableBefore,
        Self::Throttled,
        Self::KeyRefused,
        Self::EmptyAnswer,
        Self::CrashAfter,
    ];

    /// What may happen to a call that changes something.
    pub const TO_WRITES: &'static [Self] = &[
        Self::LostBefore,
        Self::LostAfter,
        Self::Late(1),
        Self::Late(3),
        Self::Late(10),
        Self::Late(40),
        Self::Truncated,
        Self::UnavailableBefore,
        Self::UnavailableAfter,
        Self::GatewayAfter,
        Self::Throttled,
        Self::KeyRefused,
        Self::EmptyAnswer,
        Self::CrashBefore,
        Self::CrashAfter,
    ];

    /// What else may happen to any call; too much to be tried in pairs.
    pub const RARE: &'static [Self] = &[
        Self::Storm(3),
        Self::Storm(50),
        Self::ThrottledUntil(RetryAfter::Now),
        Self::ThrottledUntil(RetryAfter::Tomorrow),
        Self::ThrottledUntil(RetryAfter::Yesterday),
        Self::ThrottledUntil(RetryAfter::Garbage),
        Self::Revoked(30),
        Self::Forbidden,
        Self::Hanging,
        Self::NotJson,
        Self::WrongShape,
        Self::ClockAhead,
        Self::ClockBack,
    ];

    /// What else may happen to a call that changes something.
    pub const VERY_LATE: &'static [Self] = &[Self::Late(100)];

    /// What other people may do at any call.
    pub const MEDDLING: &'static [Self] = &[
        Self::Meddled(Meddling::Delete),
        Self::Meddled(Meddling::Rename),
        Self::Meddled(Meddling::Untag),
        Self::Meddled(Meddling::PowerOff),
    ];

    /// What lists say that is not so.
    pub const LIES_OF_LISTS: &'static [Self] = &[Self::Omitted, Self::OmittedFor(5)];

    /// What lists say for longer than a run looks.
    pub const LONG_LIES: &'static [Self] = &[Self::OmittedFor(20)];

    /// What answers to a write say that is not so.
    pub const LIES_TO_WRITES: &'static [Self] =
        &[Self::NotFound, Self::SaidGone, Self::SaidGoneInTrouble];

    /// What may be wrong with a whole run after the first.
    pub const OF_RUNS: &'static [Self] = &[
        Self::StrangersKey(Stranger::Rafay),
        Self::StrangersKey(Stranger::VoltagePark),
        Self::SwappedHashKey,
        Self::RolledBack,
    ];

    /// What may happen to the disk.
    pub const TO_DISK: &'static [Self] = &[Self::PowerLoss, Self::DiskError];

    /// What the sandbox is told; `None` for what happens on our side of the wire.
    fn effect(self) -> Option<FaultEffect> {
        let respond = |status, call, body: Option<&str>| {
            let (headers, body) = (BTreeMap::new(), body.map(str::to_owned));
            FaultEffect::Respond { status, headers, body, call }
        };
        let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
        Some(match self {
            Self::LostBefore => FaultEffect::LostBefore,
            Self::LostAfter => FaultEffect::LostAfter,
            Self::Late(calls) => FaultEffect::LateEffect { after_calls: calls },
            Self::Truncated => FaultEffect::CloseMidBody { bytes: 3 },
            Self::UnavailableBefore | Self::Storm(_) => respond(503, Skipped, None),
            Self::UnavailableAfter => respond(503, Done, None),
            Self::GatewayAfter => respond(502, Done, Some(page)),
            Self::Throttled => respond(429, Skipped, None),
            Self::KeyRefused | Self::Revoked(_) => respond(401, Skipped, None),
            Self::EmptyAnswer => respond(200, Done, Some("null")),
            Self::Twice => FaultEffect::Duplicate { answer: DuplicateAnswer::First },
            Self::ThrottledUntil(moment) => FaultEffect::Respond {
                status: 429,
                headers: BTreeMap::from([("retry-after".to_owned(), moment.header().to_owned())]),
                body: None,
                call: Skipped,
            },
            Self::Forbidden => respond(403, Skipped, None),
            Self::Hanging => FaultEffect::Delay { ms: 3_600_000 },
            Self::NotJson => respond(200, Done, Some("It works!")),
            Self::WrongShape => respond(200, Done, Some("[{\"id\": 7}]")),
            Self::NotFound => respond(404, Skipped, Some(NOT_FOUND)),
            Self::SaidGone => respond(400, Skipped, Some(NO_AGENT)),
            Self::SaidGoneInTrouble => respond(500, Skipped, Some(NO_AGENT)),
            Self::Omitted
            | Self::OmittedFor(_)
            | Self::CrashBefore
            | Self::CrashAfter
            | Self::PowerLoss
            | Self::DiskError
            | Self::ClockAhead
            | Self::ClockBack
            | Self::StrangersKey(_)
            | Self::SwappedHashKey
            | Self::RolledBack
            | Self::Meddled(_) => return None,
        })
    }

    /// How many further calls it reaches.
    #[must_use]
    pub fn reach(self) -> u64 {
        match self {
            Self::Late(calls)
            | Self::Storm(calls)
            | Self::Revoked(calls)
            | Self::OmittedFor(calls) => calls,
            _ => 0,
        }
    }

    /// Whether it is about a whole run, not a call.
    #[must_use]
    pub fn is_of_a_run(self) -> bool {
        matches!(self, Self::StrangersKey(_) | Self::SwappedHashKey | Self::RolledBack)
    }

    /// Whether it strikes a step of the disk, not a call.
    #[must_use]
    pub fn is_of_the_disk(self) -> bool {
        matches!(self, Self::PowerLoss | Self::DiskError)
    }
}

impl RetryAfter {
    /// The header's value.
    fn header(self) -> &'static str {
        match self {
            Self::Now => "0",
            Self::Tomorrow => "86400",
            Self::Yesterday => "Thu, 01 Jan 1970 00:00:00 GMT",
            Self::Garbage => "soon, -1; 1e999",
        }
    }
}

impl Fault {
    /// A fault at a call or step.
    #[must_use]
    pub fn new(at: u64, trouble: Trouble) -> Self {
        Self { at, trouble }
    }

    /// The rule that makes the sandbox do it.
    #[must_use]
    pub fn rule(&self) -> Option<FaultRule> {
        self.rule_after(0)
    }

    /// The same for a sandbox that has answered so many calls.
    #[must_use]
    pub fn rule_after(&self, calls: u64) -> Option<FaultRule> {
        let effect = self.trouble.effect()?;
        let nth = Some(self.at.saturating_sub(calls));
        let when = match self.trouble {
            Trouble::Storm(calls) | Trouble::Revoked(calls) => {
                FaultTiming { nth, count: Some(calls), every: Some(1) }
            }
            _ => FaultTiming { nth, ..FaultTiming::default() },
        };
        Some(FaultRule { name: self.to_string(), matches: FaultMatch::default(), when, effect })
    }
}

/// As it would be written in a test.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fault::new({}, Trouble::{:?})", self.at, self.trouble)
    }
}
