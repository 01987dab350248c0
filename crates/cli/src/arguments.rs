//! What every command, or several of them, understand. What only one does is in the command's file.

use clap::{Args, ValueEnum};
use plumb_model::{Address, Money};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Shared {
    /// When to use colour. `NO_COLOR` is honoured.
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, help_heading = "Output")]
    pub(crate) color: When,
    /// Say more on standard error; twice for every request.
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub(crate) verbose: u8,
    /// Work against the simulated clouds that ship with plumb.
    #[arg(long, global = true, help_heading = "Clouds")]
    pub(crate) sandbox: bool,
    /// Where the simulated clouds keep their world [default: .plumb/sandbox].
    #[arg(long, global = true, value_name = "DIR", help_heading = "Clouds")]
    pub(crate) sandbox_data: Option<PathBuf>,
    /// Where the ledger is: a folder, or s3://, gs://, az://, git:origin, git+https:// for one that is
    /// shared [default: what plumb.yaml says, or .plumb beside it].
    #[arg(long, global = true, value_name = "ADDRESS", help_heading = "Clouds")]
    pub(crate) ledger: Option<String>,
    /// The stack's name, where plumb.yaml says none.
    #[arg(long, global = true, value_name = "NAME", value_parser = stack_name, help_heading = "Clouds")]
    pub(crate) stack: Option<String>,
    /// Actions at work at the same time.
    #[arg(long, global = true, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000), help_heading = "Clouds")]
    pub(crate) parallelism: u16,
    /// How long a cloud may refuse because of too many requests before it is given up, for instance
    /// `90s` or `10m`; one that asks for a longer pause is given up at once.
    #[arg(long, global = true, value_name = "TIME", default_value = "5m", value_parser = duration, help_heading = "Clouds")]
    pub(crate) patience: Duration,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The forms of findings, and of plans, which are findings of another kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
    /// For a pull-request comment.
    Markdown,
    /// A page for a browser (plans only).
    Html,
    /// For code scanning (findings only).
    Sarif,
    /// For CI that shows test results: a test for each document, or each resource.
    Junit,
}

/// How a plan is printed.
#[derive(Clone, Debug, Args)]
pub(crate) struct Printing {
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Human, help_heading = "Output")]
    pub(crate) format: Format,
    /// Also write the result as JSON to this file, however the command ends.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) json_into: Option<PathBuf>,
}

/// The manifests of a command that is about a stack.
#[derive(Clone, Debug, Args)]
pub(crate) struct Paths {
    /// Files and folders of manifests; `-` is standard input [default: the current folder].
    #[arg(value_name = "PATHS", conflicts_with = "manifests")]
    paths: Vec<PathBuf>,
    /// The same as PATHS, as commands have it whose first argument is something else.
    #[arg(short = 'f', long, value_name = "PATH")]
    manifests: Vec<PathBuf>,
}

impl Paths {
    /// What was named, either way.
    pub(crate) fn all(&self) -> Vec<PathBuf> {
        or_here([&self.paths[..], &self.manifests].concat())
    }
}

/// The manifests of a command whose first argument is something else.
#[derive(Clone, Debug, Args)]
pub(crate) struct Manifests {
    /// Files and folders of the stack's manifests [default: the current folder].
    #[arg(short = 'f', long, value_name = "PATH")]
    manifests: Vec<PathBuf>,
}

impl Manifests {
    /// What was named.
    pub(crate) fn all(&self) -> Vec<PathBuf> {
        or_here(self.manifests.clone())
    }

    /// Whether any were named.
    pub(crate) fn are_named(&self) -> bool {
        !self.manifests.is_empty()
    }
}

fn or_here(paths: Vec<PathBuf>) -> Vec<PathBuf> {
    if paths.is_empty() { vec![PathBuf::from(".")] } else { paths }
}

/// What limits or widens a plan. Plan files hold it.
#[derive(Clone, Debug, Default, Args, Deserialize, Serialize)]
pub(crate) struct Planning {
    /// Delete what the stack owns and no document declares any more.
    #[arg(long)]
    pub(crate) prune: bool,
    /// Only this resource and what it needs; may be given again.
    #[arg(long, value_name = "ADDRESS")]
    #[serde(rename = "targets")]
    pub(crate) target: Vec<Address>,
    /// Not this resource, nor what needs it; may be given again.
    #[arg(long, value_name = "ADDRESS")]
    #[serde(rename = "excludes")]
    pub(crate) exclude: Vec<Address>,
    /// Accept up to N deletes although the stack's limit is lower.
    #[arg(long, value_name = "N")]
    pub(crate) allow_deletes: Option<u32>,
    /// Accept that the bill rises by up to AMOUNT dollars an hour although the stack's limit is
    /// lower.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub(crate) allow_hourly: Option<Money>,
    /// Accept this resource although nobody knows what it costs, and there is a limit on money; may be
    /// given again.
    #[arg(long, value_name = "ADDRESS")]
    #[serde(default)]
    pub(crate) allow_unpriced: Vec<Address>,
    /// Go on although most of what the ledger knows is gone.
    #[arg(long)]
    pub(crate) confirm_loss: bool,
    /// Accept that this resource's contract ends early; may be given again.
    #[arg(long, value_name = "ADDRESS")]
    #[serde(rename = "early_terminations")]
    pub(crate) approve_early_termination: Vec<Address>,
    /// List every difference that is not shown, with its reason.
    #[arg(long)]
    #[serde(skip)]
    pub(crate) why: bool,
}

/// How a run is carried out.
#[derive(Clone, Debug, Args)]
pub(crate) struct Carrying {
    /// Wait this long for another run's lock, for instance `90s` or `10m`.
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    pub(crate) lock_timeout: Duration,
    /// Write the run's events to this file, one JSON object a line.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) events: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

/// Reads `90s`, `10m`, `1h30m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let refused = || format!("{text:?} is not a time; write 90s, 10m or 2h");
    plumb_model::duration::read(text).ok_or_else(refused)
}

/// Reads the name of a stack: a DNS label, as `plumb.yaml` has it.
fn stack_name(text: &str) -> Result<String, String> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = text.starts_with('-') || text.ends_with('-');
    if (1..=63).contains(&text.len()) && text.bytes().all(inner) && !ends {
        return Ok(text.to_owned());
    }
    Err(format!("{text:?} is no stack's name; use up to 63 lower-case letters, digits and hyphens"))
}

/// Reads `50`, `50.00`, `$50`.
fn amount(text: &str) -> Result<Money, String> {
    let amount: Option<Money> = text.trim_start_matches('$').parse().ok();
    let positive = amount.filter(|amount| *amount >= Money::ZERO);
    positive.ok_or_else(|| format!("{text:?} is not an amount; write 50 or 50.00"))
}
