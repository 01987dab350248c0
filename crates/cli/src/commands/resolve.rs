//! `plumb resolve`: a person's word on a create whose answer was lost. Where the cloud can be
//! looked at, the word is checked: the ledger must not learn an id that is not there, and nothing
//! is made a second time while the bill speaks of a first.

mod evidence;

use super::prelude::{
    Args, Context, Ended, Exit, Format, JsonSchema, Manifests, Output, Place, Problem, Report,
    Serialize, broken, place,
};
use crate::clouds::Clouds;
use crate::session::holding;
use crate::stack;
use plumb_model::ledger::{Record, Settlement};
use plumb_model::text::escape;
use plumb_model::{Address, Code, Finding, LedgerView, RemoteId, ResourceKey};
use std::collections::BTreeSet;

/// Settle a create whose outcome is not known.
#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// The resource.
    address: Address,
    /// It was made, and this is its id.
    #[arg(
        long,
        value_name = "ID",
        conflicts_with = "not_created",
        required_unless_present = "not_created"
    )]
    adopt: Option<String>,
    /// It was never made, or is gone: the next apply may make it.
    #[arg(long)]
    not_created: bool,
    /// Take this word for it without looking at the cloud.
    #[arg(long)]
    offline: bool,
    /// Do not ask, even where the bill speaks against it.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    manifests: Manifests,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
}

/// What is on record now.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Resolved {
    /// The resource, by its full address.
    address: String,
    /// What was said of it.
    recorded: Recorded,
    /// Its id; null where it was not made.
    id: Option<String>,
    /// Whether its cloud was looked at.
    checked: bool,
    #[serde(skip)]
    said: String,
}

/// What is on record of a resource.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Recorded {
    /// It was made.
    Made,
    /// It was never made.
    NeverMade,
    /// It was there and is gone.
    Gone,
}

impl Report for Resolved {
    fn human(&self, _output: &Output) -> String {
        self.said.clone()
    }
}

impl Resolve {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let place = place(&self.manifests.all(), context)?;
        place.refuse_unnamed()?;
        let holding = holding(&context.environment, "resolve");
        let ledger = place.store.open(&place.stack, &holding).map_err(|error| broken(&error))?;
        let view = ledger.view();
        let target = target(self, &view)?;
        let key = target.key();
        let result = context.block_on(async {
            let clouds = connect(self, key, &place, context).await?;
            if let Some(clouds) = &clouds {
                clouds.refuse_another_account(key, &view).await?;
            }
            let resolving = Resolving { command: self, view: &view, context };
            let settled = match (&target, &self.adopt) {
                (Target::Open(key), Some(id)) => resolving.made(key, id, clouds.as_ref()).await,
                (Target::Open(key), None) => resolving.not_made(key, clouds.as_ref()).await,
                (Target::Recorded(key), _) => resolving.gone(key, clouds.as_ref()).await,
            };
            settled.map(|settled| (settled, clouds.is_some()))
        });
        let (Some(Settled { settlement, said }), checked) = result? else {
            context.output.message("Nothing was recorded.");
            return Ok(Ended::because(Exit::Error, "consent was not given"));
        };
        let (recorded, id) = match &settlement {
            Some(Settlement::Applied(id)) => (Recorded::Made, id.as_ref().map(RemoteId::to_string)),
            Some(Settlement::NotApplied | Settlement::DeclaredNotCreated) => {
                (Recorded::NeverMade, None)
            }
            None => (Recorded::Gone, None),
        };
        match settlement {
            Some(settlement) => ledger.resolve(key, settlement),
            None => ledger.record(vec![Record::Forgotten { key: key.clone() }]),
        }
        .map_err(|error| broken(&error))?;
        let resolved = Resolved { address: key.canonical(), recorded, id, checked, said };
        self.format.print(&resolved, &context.output);
        Ok(Exit::Done.into())
    }
}

/// What a word can be about.
enum Target {
    /// A create that waits to be settled.
    Open(ResourceKey),
    /// A resource that is on record.
    Recorded(ResourceKey),
}

impl Target {
    fn key(&self) -> &ResourceKey {
        match self {
            Self::Open(key) | Self::Recorded(key) => key,
        }
    }
}

/// What is written, and what is said then.
struct Settled {
    /// What became of the create; without it the resource is forgotten.
    settlement: Option<Settlement>,
    said: String,
}

struct Resolving<'a> {
    command: &'a Resolve,
    view: &'a LedgerView,
    context: &'a Context,
}

fn target(command: &Resolve, view: &LedgerView) -> Result<Target, Problem> {
    let address = &command.address;
    let named = |keys: &mut dyn Iterator<Item = &ResourceKey>| -> BTreeSet<ResourceKey> {
        keys.filter(|key| address.names(key)).cloned().collect()
    };
    let open = named(&mut view.open_intents.keys());
    if !open.is_empty() {
        let open = open.iter().collect();
        return stack::one_of(address, &open, &open).map(Target::Open);
    }
    let recorded = named(&mut view.entries.keys());
    if command.not_created && !recorded.is_empty() {
        let recorded = recorded.iter().collect();
        return stack::one_of(address, &recorded, &recorded).map(Target::Recorded);
    }
    let message = format!("no create of {} waits to be settled", escape(&address.to_string()));
    let waiting: Vec<String> = view.open_intents.keys().map(ToString::to_string).collect();
    let help = if waiting.is_empty() {
        "nothing is indeterminate in this ledger".to_owned()
    } else {
        format!("waiting: {}", waiting.join(", "))
    };
    Err(Finding::error(Code::UNKNOWN_REFERENCE, message).help(help).into())
}

/// The clouds, when they are to be looked at and the resource's own is connected.
async fn connect(
    command: &Resolve,
    key: &ResourceKey,
    place: &Place,
    context: &Context,
) -> Result<Option<Clouds>, Problem> {
    if command.offline {
        return Ok(None);
    }
    let clouds = Clouds::where_possible(&place.connections, key, context).await?;
    let reached = clouds.filter(|clouds| clouds.require(&key.kind, "").is_ok());
    if reached.is_none() {
        context
            .output
            .message("note: there is no connection to look with; this word is not checked");
    }
    Ok(reached)
}

impl Resolving<'_> {
    /// It was made: the id must be one, and nobody else's.
    async fn made(
        &self,
        key: &ResourceKey,
        id: &str,
        clouds: Option<&Clouds>,
    ) -> Result<Option<Settled>, Problem> {
        let id: RemoteId = id.parse().map_err(|error: plumb_model::key::NotAnId| {
            Problem::from(Finding::error(Code::INVALID_VALUE, error.to_string()))
        })?;
        let other = self.view.entries.values().find(|entry| {
            entry.key != *key && entry.key.kind == key.kind && entry.remote_id.as_ref() == Some(&id)
        });
        if let Some(other) = other {
            let message = format!("the id {id} is on record for {}", other.key);
            let help = "one object cannot be two resources; look in the console for the other id";
            return Err(Finding::error(Code::INVALID_VALUE, message).help(help).into());
        }
        let mut said = format!("{key} is recorded with the id {id}.");
        if let Some(clouds) = clouds {
            let object = evidence::object(clouds, key, &id).await?;
            evidence::refuse_foreign(&object, key, self.view)?;
            said.push_str(&evidence::words(&object, key));
        }
        said.push_str(" Plan to see what it still needs.");
        Ok(Some(Settled { settlement: Some(Settlement::Applied(Some(id))), said }))
    }

    /// It was never made: nothing may carry its mark, and the bill should know nothing else.
    async fn not_made(
        &self,
        key: &ResourceKey,
        clouds: Option<&Clouds>,
    ) -> Result<Option<Settled>, Problem> {
        let doubts = match clouds {
            Some(clouds) => evidence::doubts(clouds, key, self.view).await?,
            None => Vec::new(),
        };
        if !self.consents(key, &doubts, "was never made")? {
            return Ok(None);
        }
        let said = format!("{key} is recorded as never made. The next apply may make it.");
        Ok(Some(Settled { settlement: Some(Settlement::DeclaredNotCreated), said }))
    }

    /// It was there and is gone: only what looking cannot tell is a person's to say.
    async fn gone(
        &self,
        key: &ResourceKey,
        clouds: Option<&Clouds>,
    ) -> Result<Option<Settled>, Problem> {
        let Some(clouds) = clouds else {
            let message = format!("{key} is on record, and only looking can tell that it is gone");
            let help = "connect to its cloud, and leave --offline out";
            return Err(Finding::error(Code::NO_CONNECTION, message).help(help).into());
        };
        let doubts = evidence::doubts_that_it_is_gone(clouds, key, self.view).await?;
        if !self.consents(key, &doubts, "is gone")? {
            return Ok(None);
        }
        let said = format!(
            "{key} is forgotten: plumb no longer knows of what was made for it, and will not find \
             it again by its id. While it is declared, the next apply makes a new one."
        );
        Ok(Some(Settled { settlement: None, said }))
    }

    /// Whether a person stands by the word. What speaks against it needs somebody to ask, or
    /// `--yes`.
    fn consents(&self, key: &ResourceKey, doubts: &[String], what: &str) -> Result<bool, Problem> {
        for doubt in doubts {
            self.context.output.message(&format!("warning: {doubt}"));
        }
        if self.command.yes {
            return Ok(true);
        }
        if self.context.environment.is_interactive() {
            let question = format!("Is it certain that {key} {what}? Only `yes` is taken for it: ");
            return Ok(self.context.output.ask(&question).as_deref() == Some("yes"));
        }
        if doubts.is_empty() {
            return Ok(true);
        }
        let message = format!("it is not certain that {key} {what}, and nobody can be asked here");
        let help = "look in the console; say --yes when it is certain all the same";
        Err(Finding::error(Code::INVALID_VALUE, message).help(help).into())
    }
}
