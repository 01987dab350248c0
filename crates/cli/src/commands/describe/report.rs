//! What is known of one object, for programs and people.

use super::outputs::Output as Put;
use crate::output::Output;
use crate::report::Report;
use jiff::Timestamp;
use plumb_kind::Reach;
use plumb_kind::reach::Side;
use plumb_model::{FieldChange, Money, ServerText, ending};
use plumb_render::sheet::{self, Section, dollars};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One live object, as whoever is on call wants to know it. What is null is not known, or there is none.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Description {
    /// Its address.
    pub(super) address: String,
    /// The cloud that it is in.
    pub(super) provider: Option<&'static str>,
    /// The vendor's id.
    pub(super) id: Option<String>,
    /// How far it is.
    pub(super) phase: String,
    /// The vendor's word for that.
    pub(super) status: Option<String>,
    /// Why, in the vendor's words.
    pub(super) reason: Option<String>,
    /// On, off, or disassociated, where that is known.
    pub(super) power: Option<String>,
    /// How it is reached.
    pub(super) access: Access,
    /// What it costs.
    pub(super) price: Price,
    /// Its contract, where this ledger has one.
    pub(super) contract: Option<Contract>,
    /// Whose it is.
    pub(super) owner: Owner,
    /// The last run in this ledger that did something to it.
    pub(super) last_run: Option<LastRun>,
    /// How it differs from what is declared.
    pub(super) drift: Drift,
    /// Its labels.
    pub(super) labels: BTreeMap<String, String>,
    /// Its tags.
    pub(super) tags: Vec<String>,
    /// What else its kind knows of it.
    pub(super) details: Vec<Detail>,
    /// What it gives others to use.
    pub(super) outputs: Vec<Put>,
}

/// How something is reached.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct Access {
    /// Command lines that log in, one for each machine in it.
    ssh: Vec<Login>,
    /// Why there is none, of what people log in to.
    without: Option<String>,
    /// Who logs in.
    user: Option<String>,
    /// Addresses that are reached from anywhere.
    public: Vec<String>,
    /// Addresses inside its network.
    private: Vec<String>,
    /// Ports of its public address that lead into it.
    forwards: Vec<Forward>,
}

/// A command line that logs in.
#[derive(Debug, Serialize, JsonSchema)]
struct Login {
    /// The command line.
    command: String,
    /// From where it works: anywhere, or inside its network.
    from: &'static str,
}

/// A port that leads into a machine.
#[derive(Debug, Serialize, JsonSchema)]
struct Forward {
    /// The port of the public address.
    external: u16,
    /// Where it leads.
    internal: u16,
}

/// What something costs; null where nobody knows.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct Price {
    /// What it costs an hour, in US dollars as decimal text.
    #[schemars(with = "Option<String>")]
    pub(super) hourly: Option<Money>,
    /// The same in a month of 730 hours.
    #[schemars(with = "Option<String>")]
    pub(super) monthly: Option<Money>,
    /// Where the price is from, or why it is not known.
    pub(super) because: String,
}

/// A contract. What only the ledger knows is null where this one does not.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Contract {
    /// Its length in months.
    pub(super) months: u32,
    /// When it began (RFC 3339).
    #[schemars(with = "Option<String>")]
    pub(super) since: Option<Timestamp>,
    /// When it ends (RFC 3339).
    #[schemars(with = "Option<String>")]
    pub(super) ends: Option<Timestamp>,
    /// Months that are left; one that has begun counts whole, and 0 is over.
    pub(super) months_left: Option<u32>,
    /// What is owed until it ends, in US dollars as decimal text.
    #[schemars(with = "Option<String>")]
    pub(super) owed: Option<Money>,
    /// All of it for people.
    #[serde(skip)]
    pub(super) words: String,
}

/// Whose something is.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct Owner {
    /// The stack's name; null where it is nobody's.
    pub(super) stack: Option<String>,
    /// Whether that is this stack.
    pub(super) ours: bool,
    /// What says so.
    pub(super) because: String,
    /// The mark that it carries.
    pub(super) mark: Option<String>,
}

/// What a run did to something.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LastRun {
    /// Its id.
    pub(super) run: String,
    /// The command.
    pub(super) command: String,
    /// Who ran it.
    pub(super) who: String,
    /// When the last of it happened (RFC 3339).
    #[schemars(with = "String")]
    pub(super) at: Timestamp,
    /// What it did.
    pub(super) did: Vec<String>,
}

/// How something differs from what is declared.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct Drift {
    /// What holding it against its manifest came to.
    pub(super) state: State,
    /// More on that.
    pub(super) because: Option<String>,
    /// The steps that would make it as it is declared.
    pub(super) steps: Vec<String>,
    /// The fields that differ.
    pub(super) fields: Vec<Field>,
    /// The same for people.
    #[serde(skip)]
    pub(super) changes: Vec<FieldChange>,
}

/// What holding something against its manifest came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// It is as it is declared.
    Same,
    /// It differs.
    Differs,
    /// No manifest declares it.
    NotDeclared,
    /// It could not be compared.
    #[default]
    NotCompared,
}

/// A field that differs.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Field {
    /// Where.
    pub(super) path: String,
    /// What is there; secrets are placeholders.
    pub(super) live: Value,
    /// What is declared; secrets are placeholders.
    pub(super) declared: Value,
}

/// Something that is known.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Detail {
    /// What.
    pub(super) name: String,
    /// Its value.
    pub(super) value: String,
}

impl Access {
    /// As its kind says it.
    pub(super) fn of(reach: Reach) -> Self {
        let texts = |list: Vec<ServerText>| list.iter().map(|text| text.raw().to_owned()).collect();
        let login = |login: plumb_kind::Login| Login {
            command: login.command.to_string(),
            from: match login.from {
                Side::Anywhere => "anywhere",
                Side::Inside => "inside its network",
            },
        };
        let forwards = reach.forwards.into_iter();
        let forwards = forwards.map(|it| Forward { external: it.external, internal: it.internal });
        Self {
            ssh: reach.logins.into_iter().map(login).collect(),
            without: reach.without,
            user: reach.user.map(|user| user.raw().to_owned()),
            public: texts(reach.public),
            private: texts(reach.private),
            forwards: forwards.collect(),
        }
    }
}

impl Report for Description {
    fn human(&self, output: &Output) -> String {
        let labels = self.labels.iter().map(|(name, value)| (name.clone(), value.clone()));
        let tags = self.tags.iter().map(|tag| ("tag".to_owned(), tag.clone()));
        let details = self.details.iter().map(|it| (it.name.clone(), it.value.clone()));
        let outputs = self.outputs.iter().map(|put| (put.name.clone(), shown(put)));
        let sections: [Section; 9] = [
            ("Object", self.object()),
            ("Access", self.access.facts(self.hurdle())),
            ("Money", self.money()),
            ("Whose", self.whose()),
            ("Labels", labels.collect()),
            ("Tags", tags.collect()),
            ("Details", details.collect()),
            ("Outputs", outputs.collect()),
            ("Drift", self.drift.facts()),
        ];
        let fields = plumb_render::differences(&self.drift.changes, output.width);
        sheet::sections(&sections, output.style()) + &fields
    }
}

impl Description {
    fn object(&self) -> Vec<(String, String)> {
        let status = match &self.status {
            Some(word) if !word.eq_ignore_ascii_case(&self.phase) => {
                format!("{} ({word})", self.phase)
            }
            _ => self.phase.clone(),
        };
        known([
            ("address", Some(self.address.clone())),
            ("id", self.id.clone()),
            ("cloud", self.provider.map(str::to_owned)),
            ("status", Some(status)),
            ("reason", self.reason.clone()),
            ("power", self.power.clone()),
        ])
    }

    /// What keeps anybody from logging in at present.
    fn hurdle(&self) -> Option<String> {
        match self.power.as_deref() {
            None | Some("on") if self.phase == "ready" => None,
            None | Some("on") => Some(format!("when it is ready: it is {}", self.phase)),
            Some(power) => Some(format!("when it is on: it is {power}")),
        }
    }

    fn money(&self) -> Vec<(String, String)> {
        let Price { hourly, monthly, because } = &self.price;
        let price = match hourly.zip(*monthly) {
            Some((hour, month)) => {
                let (hour, month) = (dollars(hour), dollars(month.to_cents()));
                format!("{hour} an hour, {month} a month: {because}")
            }
            None => format!("unknown: {because}"),
        };
        let contract = self.contract.as_ref().map(|contract| contract.words.clone());
        known([("price", Some(price)), ("contract", contract)])
    }

    fn whose(&self) -> Vec<(String, String)> {
        let Owner { stack, ours, because, mark } = &self.owner;
        let owner = match stack {
            Some(stack) if *ours => format!("this stack, {stack}: {because}"),
            Some(stack) => format!("the stack {stack}: {because}"),
            None => format!("nobody's: {because}"),
        };
        let run = self.last_run.as_ref().map(|run| {
            let (at, did) = (ending::moment(run.at), run.did.join(", "));
            format!("{} by {}, at {at}: {did}", run.command, run.who)
        });
        let id = self.last_run.as_ref().map(|run| run.run.clone());
        known([
            ("owner", Some(owner)),
            ("mark", mark.clone()),
            ("last run", run),
            ("", id.map(|id| format!("plumb history {id}"))),
        ])
    }
}

impl Access {
    fn facts(&self, hurdle: Option<String>) -> Vec<(String, String)> {
        let hurdle = hurdle.map(|hurdle| format!("   ({hurdle})")).unwrap_or_default();
        let login = |Login { command, from }: &Login| match *from {
            "anywhere" => ("log in".to_owned(), format!("{command}{hurdle}")),
            from => ("log in".to_owned(), format!("{command}   (from {from}){hurdle}")),
        };
        let list = |list: &[String]| (!list.is_empty()).then(|| list.join(", "));
        let port = |it: &Forward| format!("{} leads to {}", it.external, it.internal);
        let ports: Vec<String> = self.forwards.iter().map(port).collect();
        let others = known([
            ("log in", self.without.as_ref().map(|why| format!("no way is known: {why}"))),
            ("user", self.user.clone()),
            ("public address", list(&self.public)),
            ("private address", list(&self.private)),
            ("ports", list(&ports)),
        ]);
        self.ssh.iter().map(login).chain(others).collect()
    }
}

impl Drift {
    fn facts(&self) -> Vec<(String, String)> {
        let because = || self.because.clone().unwrap_or_default();
        let state = match self.state {
            State::Same => "as it is declared".to_owned(),
            State::Differs if self.because.is_some() => format!("it differs: {}", because()),
            State::Differs => "it differs".to_owned(),
            State::NotDeclared => format!("not declared: {}", because()),
            State::NotCompared => format!("not compared: {}", because()),
        };
        let steps = (!self.steps.is_empty()).then(|| self.steps.join(", "));
        known([("manifest", Some(state)), ("apply would", steps)])
    }
}

/// What is known of some things.
fn known<const LINES: usize>(lines: [(&str, Option<String>); LINES]) -> Vec<(String, String)> {
    let known = lines.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    known.collect()
}

/// An output for people.
fn shown(put: &Put) -> String {
    match &put.value {
        None => format!("(hidden; --reveal {} shows it)", put.name),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}
