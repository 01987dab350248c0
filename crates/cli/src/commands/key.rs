//! `plumb key`: keys of users, made, listed and deleted by hand. What is secret of one goes to the
//! place that is named, once, and is in nothing that is printed, logged or recorded.

mod into;
mod report;

use super::prelude::{
    Args, Context, Ended, Exit, Format, Manifests, Problem, Subcommand, TableFormat, place,
};
use crate::clouds::{Clouds, Needed};
use crate::connections;
use crate::signals::Signals;
use crate::stack;
use into::Into;
use plumb_engine::Made;
use plumb_kind::lookup::suggestion;
use plumb_kind::{KeyHolder, ListedKey, Lookup, MadeKey, NewKey, Provider, UserKeys, Validity};
use plumb_model::event::Failure;
use plumb_model::text::escape;
use plumb_model::{Code, Finding};
use report::Shown;
pub(crate) use report::{Created, Deleted, Listed};
use std::path::PathBuf;

/// The longest a key is asked for, in hours: a hundred years.
const LONGEST: i64 = 24 * 365 * 100;

/// Make, list and delete API keys of users.
#[derive(Debug, Args)]
pub(crate) struct Key {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a key, and put it where it is to be: the only time that it is told.
    Create(Create),
    /// List the keys of a user, without what is secret of them.
    List(List),
    /// Delete a key: whoever uses it is refused from then on.
    Delete(Delete),
}

#[derive(Debug, Args)]
struct Create {
    /// The user who gets it, by username; best a machine's.
    #[arg(long = "for", value_name = "USER")]
    user: String,
    /// How many hours it is accepted [default: as long as is usual there].
    #[arg(long, value_name = "N", conflicts_with = "never")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=LONGEST))]
    hours: Option<u32>,
    /// It never ends.
    #[arg(long)]
    never: bool,
    /// Its name, by which it is found again [default: plumb, and the time].
    #[arg(long)]
    name: Option<String>,
    /// Write it to this file, which must not be there yet.
    #[arg(long, value_name = "FILE", required_unless_present = "command")]
    into: Option<PathBuf>,
    /// Run this command, which reads it from its standard input.
    #[arg(short, long, value_name = "COMMAND", conflicts_with = "into")]
    command: Option<String>,
    #[command(flatten)]
    manifests: Manifests,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
}

#[derive(Debug, Args)]
struct List {
    /// Those of this user, by username [default: of whoever's key is used].
    #[arg(long = "for", value_name = "USER")]
    user: Option<String>,
    #[command(flatten)]
    manifests: Manifests,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: TableFormat,
}

#[derive(Debug, Args)]
struct Delete {
    /// Its id or its name, as `plumb key list` shows them.
    key: String,
    /// It is one of this user's, by username [default: of whoever's key is used].
    #[arg(long = "for", value_name = "USER")]
    user: Option<String>,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    manifests: Manifests,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
}

impl Key {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        match &self.what {
            What::Create(create) => context.block_on(create.run(context)),
            What::List(list) => context.block_on(list.run(context)),
            What::Delete(delete) => context.block_on(delete.run(context)),
        }
    }
}

/// The cloud whose users have keys.
struct Cloud {
    clouds: Clouds,
    provider: &'static dyn Provider,
    keys: &'static dyn UserKeys,
}

impl Cloud {
    /// Connects as the stack does, to the one cloud in which keys can be made.
    async fn connect(manifests: &Manifests, context: &Context) -> Result<Self, Problem> {
        let place = place(&manifests.all(), context)?;
        let registry = stack::registry()?;
        let known = registry.providers().iter().copied();
        let able = known.filter_map(|provider| Some((provider, provider.user_keys()?)));
        let able: Vec<_> = able.collect();
        let needed = Needed::Only(able.iter().map(|(provider, _)| provider.name()).collect());
        let clouds = Clouds::connect(registry, &place.connections, &needed, context).await?;
        let found = able.iter().find(|(provider, _)| clouds.reaches(provider.name()));
        if let Some((provider, keys)) = found {
            return Ok(Self { provider: *provider, keys: *keys, clouds });
        }
        if let Some((provider, _)) = able.first() {
            clouds.require_provider(provider.name(), "making keys")?;
        }
        let message = "no connected cloud makes keys";
        Err(Finding::error(Code::NO_CONNECTION, message).into())
    }

    /// A user, by name, or whose key is used.
    async fn holder(&self, name: Option<&str>) -> Result<KeyHolder, Problem> {
        let engine = &self.clouds.engine;
        let found = match name {
            Some(name) => engine.find_holder(self.provider.name(), self.keys, name).await,
            None => match engine.own_key(self.provider).await.0 {
                Some(holder) => Lookup::Found(holder),
                None => Lookup::Hidden("its profile could not be read".to_owned()),
            },
        };
        self.clouds.refuse_unreachable()?;
        self.clouds.refuse_closed_keys()?;
        let who = name.map_or_else(
            || "whose key is used".to_owned(),
            |name| format!("the user {:?}", escape(name)),
        );
        let (message, help) = match found {
            Lookup::Found(holder) => return Ok(holder),
            Lookup::Absent(meant) => (
                format!("there is no user {:?}", escape(name.unwrap_or_default())),
                suggestion(meant, "only local users have keys; declare a User, or check the name"),
            ),
            Lookup::Hidden(why) => {
                (format!("{who} cannot be looked up: {why}"), "say --for USER".to_owned())
            }
            Lookup::NotRead => (format!("{who} was not looked up"), "run it again".to_owned()),
        };
        Err(Finding::error(Code::UNKNOWN_REFERENCE, message).help(help).into())
    }

    /// The keys of a user.
    async fn keys_of(&self, holder: &KeyHolder) -> Result<Vec<ListedKey>, Problem> {
        let engine = &self.clouds.engine;
        let why = match engine.keys_of(self.provider.name(), self.keys, &holder.id).await {
            Lookup::Found(keys) => return Ok(keys),
            Lookup::Hidden(why) => why,
            Lookup::Absent(_) | Lookup::NotRead => "the list was not read".to_owned(),
        };
        self.clouds.refuse_closed_keys()?;
        let message = format!("the keys of {} cannot be listed: {why}", holder.name);
        let help = "only an administrator sees the keys of others";
        Err(Finding::error(Code::UNREADABLE_FILE, message).help(help).into())
    }
}

impl Create {
    async fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let cloud = Cloud::connect(&self.manifests, context).await?;
        let holder = cloud.holder(Some(&self.user)).await?;
        let now = context.environment.now();
        let name = self.name.clone();
        let name = name.unwrap_or_else(|| now.strftime("plumb-%Y%m%dT%H%M%SZ").to_string());
        let validity = match (self.hours, self.never) {
            (Some(hours), _) => Validity::Hours(hours),
            (None, true) => Validity::Endless,
            (None, false) => Validity::Usual,
        };
        // A place that cannot take it is found before there is a key.
        let into = Into::prepare(self.into.as_deref(), self.command.as_deref())?;
        let key = NewKey { name: &name, validity };
        let mut signals = Signals::watch();
        let made = tokio::select! {
            biased;
            made = cloud.clouds.engine.make_key(cloud.provider, cloud.keys, (&holder.id, &key)) => made,
            () = signals.next() => Made::InDoubt(Box::new(interrupted())),
        };
        let made = match made {
            Made::Key(made) => made,
            Made::Refused(failure) => {
                into.leave();
                cloud.clouds.refuse_closed_keys()?;
                return Err(failed(*failure, "nothing was made").exit(Exit::Error));
            }
            Made::InDoubt(failure) => {
                into.leave();
                return Err(in_doubt(*failure, &holder, &name));
            }
        };
        let place = cloud.put(made, into, (&holder, &name), context).await?;
        self.format.print(&place, &context.output);
        Ok(Exit::Done.into())
    }
}

impl Cloud {
    /// Puts a key where it is to be; one that cannot be put there is deleted again.
    async fn put(
        &self,
        made: MadeKey,
        into: Into<'_>,
        (holder, name): (&KeyHolder, &str),
        context: &Context,
    ) -> Result<Created, Problem> {
        let MadeKey { id, secret, ends } = made;
        let put = if let Some(secret) = secret {
            into.put(&secret, &context.environment, &connections::key_variables())
        } else {
            into.leave();
            Err("the answer does not have it".to_owned())
        };
        let why = match put {
            Ok(into) => {
                return Ok(Created {
                    id: id.map(|id| id.to_string()),
                    name: name.to_owned(),
                    user: holder.name.to_string(),
                    ends: ends.map(|end| end.to_string()),
                    into,
                });
            }
            Err(why) => why,
        };
        let deleted = match &id {
            Some(id) => self.clouds.engine.delete_key(self.provider, self.keys, id).await.is_ok(),
            None => false,
        };
        let message = format!("the key {name:?} was made, and is not where it was to be: {why}");
        let help = if deleted {
            "it was deleted again; nothing is left of it".to_owned()
        } else {
            format!("it could not be deleted again: {}", how_to_delete(holder, name))
        };
        let finding = Finding::error(Code::ACTION_FAILED, message).help(help);
        Err(Problem::from(finding).exit(if deleted { Exit::Error } else { Exit::Incomplete }))
    }
}

/// How a key whose secret is lost is found and deleted.
fn how_to_delete(holder: &KeyHolder, name: &str) -> String {
    let (user, name) = (quoted(&holder.name.to_string()), quoted(name));
    format!(
        "`plumb key list --for {user}` shows it, `plumb key delete {name} --for {user}` deletes it"
    )
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@+:".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn in_doubt(failure: Failure, holder: &KeyHolder, name: &str) -> Problem {
    let help = format!(
        "a key {name:?} may exist, and what is secret of it is lost; it is not asked for again: {}",
        how_to_delete(holder, name)
    );
    failed(failure, &help).exit(Exit::Indeterminate)
}

fn interrupted() -> Failure {
    Failure {
        message: "interrupted while the key was asked for: whether it was made is not known"
            .to_owned(),
        said: None,
        help: None,
        request: None,
    }
}

/// A failure as a problem, with what a person can do.
fn failed(failure: Failure, help: &str) -> Problem {
    let Failure { message, said, help: more, request } = failure;
    let said = said.map_or_else(String::new, |said| format!(": {said}"));
    let request = request.map_or_else(String::new, |request| format!(" ({request})"));
    let help = more.map_or_else(|| help.to_owned(), |more| format!("{help}; {more}"));
    let message = format!("{message}{said}{request}");
    Finding::error(Code::ACTION_FAILED, message).help(help).into()
}

impl List {
    async fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let cloud = Cloud::connect(&self.manifests, context).await?;
        let holder = cloud.holder(self.user.as_deref()).await?;
        let keys = cloud.keys_of(&holder).await?;
        let keys = keys.into_iter().map(|ListedKey { id, name, beginning, ends }| Shown {
            id: id.to_string(),
            name: name.to_string(),
            key: beginning.to_string(),
            ends: ends.map(|end| end.to_string()),
        });
        let listed = Listed { user: holder.name.to_string(), keys: keys.collect() };
        self.format.print(&listed, &context.output);
        Ok(Exit::Done.into())
    }
}

impl Delete {
    async fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let cloud = Cloud::connect(&self.manifests, context).await?;
        let holder = cloud.holder(self.user.as_deref()).await?;
        let keys = cloud.keys_of(&holder).await?;
        let key = self.chosen(&keys, &holder)?;
        if !self.yes && !agreed(key, &holder, context)? {
            context.output.message("Nothing was done.");
            return Ok(Ended::because(Exit::Error, "consent was not given"));
        }
        let engine = &cloud.clouds.engine;
        if let Err(failure) = engine.delete_key(cloud.provider, cloud.keys, &key.id).await {
            cloud.clouds.refuse_closed_keys()?;
            return Err(failed(*failure, "it may still be accepted").exit(Exit::Incomplete));
        }
        let deleted = Deleted { id: key.id.to_string(), user: holder.name.to_string() };
        self.format.print(&deleted, &context.output);
        Ok(Exit::Done.into())
    }

    /// The key that is meant: by its id, or by a name that only one has.
    fn chosen<'k>(
        &self,
        keys: &'k [ListedKey],
        holder: &KeyHolder,
    ) -> Result<&'k ListedKey, Problem> {
        if let Some(key) = keys.iter().find(|key| key.id.as_str() == self.key) {
            return Ok(key);
        }
        let named: Vec<&ListedKey> =
            keys.iter().filter(|key| key.name.to_string() == self.key).collect();
        let (message, help) = match named.as_slice() {
            [key] => return Ok(key),
            [] => {
                let message = format!("{} has no key {:?}", holder.name, escape(&self.key));
                let of = if self.user.is_none() { "; --for USER names whose it is" } else { "" };
                (message, format!("`plumb key list` shows them{of}"))
            }
            several => {
                let ids: Vec<String> = several.iter().map(|key| key.id.to_string()).collect();
                let count = several.len();
                let message =
                    format!("{count} keys of {} are called {:?}", holder.name, escape(&self.key));
                (message, format!("name one by its id: {}", ids.join(", ")))
            }
        };
        Err(Finding::error(Code::UNKNOWN_REFERENCE, message).help(help).into())
    }
}

fn agreed(key: &ListedKey, holder: &KeyHolder, context: &Context) -> Result<bool, Problem> {
    let Context { environment, output, .. } = context;
    if !environment.is_interactive() {
        let message = "whoever uses the key is refused from then on, and nobody can be asked here";
        let help = "say --yes to go on without asking";
        return Err(Finding::error(Code::INVALID_VALUE, message).help(help).into());
    }
    let (name, id) = (&key.name, &key.id);
    let question =
        format!("Delete the key {name} ({id}) of {}? Only `yes` is taken for it: ", holder.name);
    Ok(output.ask(&question).as_deref() == Some("yes"))
}
