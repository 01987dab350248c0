//! `plumb describe`: one live object and all that is known of it, for whoever is on call. What it is
//! compared with, and whose it is, is in `standing`; which outputs may be shown in `outputs`.

mod comparing;
mod outputs;
mod report;
mod standing;

use super::prelude::{
    Args, Context, Ended, Exit, Manifests, Output, Problem, Report as _, ValueEnum, place,
};
use crate::clouds::{Clouds, Needed};
use crate::live::{self, Which};
use crate::stack::{self, Unset};
use crate::{report as form, yaml};
use comparing::compare;
use plumb_engine::Observed;
use plumb_kind::{Kind, LookedUp, Provider, Registry, Snapshot};
use plumb_model::rules::Costs;
use plumb_model::{Address, Body, Code, Finding, LiveObject, Money, Phase, PriceBook, ServerText};
pub(crate) use report::Description;
use report::{Access, Detail, Price};
use standing::Standing;

/// Show one live object: access, price, contract, owner, drift.
#[derive(Debug, Args)]
pub(crate) struct Describe {
    /// A kind, for instance ComputeInstance; or an address, as plans show them.
    kind: String,
    /// A name, or the vendor's id.
    name: Option<String>,
    /// Only in this project.
    #[arg(short, long)]
    project: Option<String>,
    /// Print this output although it may be a secret; may be given again.
    #[arg(long, value_name = "NAME")]
    reveal: Vec<String>,
    // The manifests it is compared with, and whose ledger knows its contract and its runs.
    #[command(flatten)]
    manifests: Manifests,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Form,
}

/// The forms of a description.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
    /// For programs that read YAML.
    Yaml,
}

impl Describe {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        context.block_on(self.look(context))
    }

    async fn look(&self, context: &Context) -> Result<Ended, Problem> {
        let registry = stack::registry()?;
        let (which, address) = self.wanted(&registry)?;
        let which = which.checked(&registry)?;
        let paths = self.manifests.all();
        let stack = place(&paths, context)?;
        let clouds = Clouds::connect(registry, &stack.connections, &Needed::Every, context).await?;
        let mut observed = live::look(&clouds, &which).await?;
        // Only the profiles know which of their variables are secret.
        clouds.engine.read_export_lookups(&mut observed).await;
        clouds.refuse_unreachable()?;
        clouds.refuse_closed_keys()?;
        let seen =
            live::tell_gaps(&observed.live, &which, clouds.engine.registry(), &context.output);
        let Some(object) = the_one(&observed, &which, address.as_ref())? else {
            return Ok(Ended::because(
                Exit::Error,
                match seen {
                    Exit::Done => "nothing of that name was found",
                    _ => "nothing of that name was found in what could be listed",
                },
            ));
        };
        let outputs = outputs::of(&object.outputs, &self.reveal)?;
        let manifested = stack::read(&paths, Unset::Open, context);
        let standing = Standing::read(&stack, object, context.environment.now())?;
        let described = known(&clouds, (object, &observed.snapshot), &stack.settings.prices).await;
        let described = Description { outputs, ..recorded(described, &standing, &clouds)? };
        let at = (clouds, stack.store.clone());
        let drift = compare(manifested, at, (standing.key(), object), context).await;
        self.print(&Description { drift, ..described }, &context.output);
        Ok(Exit::Done.into())
    }

    /// What is looked for: by kind and name, or by address.
    fn wanted(&self, registry: &Registry) -> Result<(Which, Option<Address>), Problem> {
        let projects: Vec<String> = self.project.iter().cloned().collect();
        let which = |kinds: Vec<String>, name: &str| Which {
            kinds,
            name: Some(name.to_owned()),
            projects: projects.clone(),
            ..Which::default()
        };
        let refused = |message: String, help: &str| {
            Problem::from(Finding::error(Code::INVALID_VALUE, message).help(help))
        };
        match &self.name {
            Some(name) => Ok((which(vec![self.kind.clone()], name), None)),
            None if !self.kind.contains('/') => Err(refused(
                format!("nothing says which {} to describe", self.kind),
                "write its name or its id behind the kind, or its address; `plumb get KIND` lists all",
            )),
            None => {
                let address: Address = self.kind.parse().map_err(|error| {
                    refused(format!("{error}"), "`plumb get -o name` prints addresses")
                })?;
                let which = which(registry.addressed(&address), &address.name);
                Ok((which, Some(address)))
            }
        }
    }

    fn print(&self, described: &Description, output: &Output) {
        output.data(&match self.format {
            Form::Human => described.human(output),
            Form::Json => form::json(described),
            Form::Yaml => yaml::texts([described]),
        });
    }
}

/// The one object that is meant, if there is one.
fn the_one<'o>(
    observed: &'o Observed,
    which: &Which,
    address: Option<&Address>,
) -> Result<Option<&'o LiveObject>, Problem> {
    let mut objects = live::chosen(observed, which);
    objects.retain(|object| address.is_none_or(|address| is_at(address, object)));
    let [first, others @ ..] = objects.as_slice() else { return Ok(None) };
    if others.is_empty() {
        return Ok(Some(first));
    }
    let id = |object: &LiveObject| object.remote_id.as_ref().map(|id| format!(" ({id})"));
    let all = objects.iter().map(|it| format!("{}{}", it.key, id(it).unwrap_or_default()));
    let message = format!("{} objects are called that", objects.len());
    let help =
        format!("write the address or the id of one: {}", all.collect::<Vec<_>>().join(", "));
    Err(Finding::error(Code::AMBIGUOUS_REFERENCE, message).help(help).into())
}

/// Whether an object is in the scope of an address. That it has its name was seen to.
fn is_at(address: &Address, object: &LiveObject) -> bool {
    let scope = object.key.scope.segments();
    let in_scope = address.scope.is_empty() || address.scope.iter().map(String::as_str).eq(scope);
    in_scope && address.group.as_ref().is_none_or(|group| *group == object.key.kind.group)
}

/// What its cloud says of an object.
async fn known(
    clouds: &Clouds,
    (object, snapshot): (&LiveObject, &Snapshot),
    prices: &PriceBook,
) -> Description {
    let asks = |kind: &dyn Kind, object: &LiveObject, known: &Snapshot| {
        [kind.details(object, known), kind.price_lookups(object, &LookedUp::new(known))].concat()
    };
    let snapshot = live::learn(clouds, object, snapshot, asks).await;
    let registry = clouds.engine.registry();
    let kind = registry.kind(&object.key.kind);
    let details = kind.map(|kind| kind.describe(object, &snapshot)).unwrap_or_default();
    let detail = |(name, value): (&str, ServerText)| Detail {
        name: name.to_owned(),
        value: value.raw().to_owned(),
    };
    let shown = object.body.shown();
    let labels = shown.pointer("/metadata/labels").and_then(|labels| labels.as_object());
    let tags = shown.pointer("/spec/tags").and_then(|tags| tags.as_array());
    let text =
        |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let status = object.body.pointer("/status/status").and_then(Body::as_str);
    Description {
        address: object.key.to_string(),
        provider: registry.provider(&object.key.kind).map(Provider::name),
        id: object.remote_id.as_ref().map(ToString::to_string),
        phase: object.status.phase.to_string(),
        status: status.map(str::to_owned),
        reason: object.status.reason.as_ref().map(|reason| reason.raw().to_owned()),
        power: object.status.power.map(|power| power.to_string()),
        access: kind.map(|kind| kind.reach(object)).map(Access::of).unwrap_or_default(),
        price: kind.map(|kind| price(kind, object, &snapshot, prices)).unwrap_or_default(),
        labels: labels.into_iter().flatten().map(|(name, it)| (name.clone(), text(it))).collect(),
        tags: tags.into_iter().flatten().map(text).collect(),
        details: details.into_iter().map(detail).collect(),
        ..Description::default()
    }
}

/// What an object costs and who says so, or why nobody knows.
fn price(kind: &dyn Kind, object: &LiveObject, snapshot: &Snapshot, book: &PriceBook) -> Price {
    let told = || object.hourly.map(|hourly| (hourly, "as its cloud says of it"));
    let looked_up =
        || Ok((kind.hourly(object, &LookedUp::new(snapshot))?, "by the rates of its profile"));
    let by_book = || Some((book.hourly(&object.key, &object.body)?, "by the stack's price book"));
    let found = match (object.status.phase.clone(), kind.rules().costs) {
        (Phase::NotDeployed, _) => Ok((Money::ZERO, "it was never deployed")),
        (_, Costs::Nothing) if object.hourly.is_none() => {
            Ok(by_book().unwrap_or((Money::ZERO, "things of its kind cost nothing by themselves")))
        }
        _ => told().map_or_else(looked_up, Ok).or_else(|why: String| by_book().ok_or(why)),
    };
    match found {
        Ok((hourly, because)) => {
            let monthly = Some(hourly.a_month());
            Price { hourly: Some(hourly), monthly, because: because.to_owned() }
        }
        Err(why) => Price {
            hourly: None,
            monthly: None,
            because: format!("{why}, and the stack's price book (spec.prices) has none"),
        },
    }
}

/// The same with what the ledger says.
fn recorded(
    described: Description,
    standing: &Standing<'_>,
    clouds: &Clouds,
) -> Result<Description, Problem> {
    let key = standing.key();
    let Some(kind) = clouds.engine.registry().kind(&key.kind) else { return Ok(described) };
    Ok(Description {
        contract: standing.contract(kind.rules(), described.price.hourly),
        owner: standing.owner(kind.rules()),
        last_run: standing.last_run()?,
        ..described
    })
}
