//! What can be typed: the commands and their options.

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use plumb_model::{Address, Money};
use std::path::PathBuf;

use crate::exit;

/// Keeps a GPU fleet true to Git.
#[derive(Debug, Parser)]
#[command(name = "plumb", version, about, long_about = None, after_help = exit::TABLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) shared: Shared,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Shared {
    /// How to print the result.
    #[arg(long, global = true, value_enum, default_value_t = Format::Human, help_heading = "Output")]
    pub(crate) format: Format,
    /// Also write the result as JSON to this file.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Output")]
    pub(crate) json_into: Option<PathBuf>,
    /// When to use colour. `NO_COLOR` is honoured.
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, help_heading = "Output")]
    pub(crate) color: When,
    /// Write the run's events to this file, one JSON object a line.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Output")]
    pub(crate) events: Option<PathBuf>,
    /// Say more on standard error; twice for every request.
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub(crate) verbose: u8,
    /// Work against the simulated clouds that ship with plumb.
    #[arg(long, global = true, help_heading = "Clouds")]
    pub(crate) sandbox: bool,
    /// Where the simulated clouds keep their world [default: .plumb/sandbox].
    #[arg(long, global = true, value_name = "DIR", help_heading = "Clouds")]
    pub(crate) sandbox_data: Option<PathBuf>,
    /// The folder of the ledger [default: .plumb beside plumb.yaml].
    #[arg(long, global = true, value_name = "DIR", help_heading = "Clouds")]
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
    pub(crate) patience: std::time::Duration,
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
    /// For a pull-request comment.
    Markdown,
    /// For code scanning (findings only).
    Sarif,
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

/// The manifests a command works on.
#[derive(Clone, Debug, Args)]
pub(crate) struct Manifests {
    /// Files and folders of manifests; `-` is standard input [default: the current folder].
    #[arg(value_name = "PATHS")]
    pub(crate) paths: Vec<PathBuf>,
}

/// What limits or widens a plan.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Planning {
    /// Delete what the stack owns and no document declares any more.
    #[arg(long)]
    pub(crate) prune: bool,
    /// Only this resource and what it needs; may be given again.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) target: Vec<Address>,
    /// Not this resource, nor what needs it; may be given again.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) exclude: Vec<Address>,
    /// Accept up to N deletes although the stack's limit is lower.
    #[arg(long, value_name = "N")]
    pub(crate) allow_deletes: Option<u32>,
    /// Accept that the bill rises by up to AMOUNT dollars an hour although the stack's limit is
    /// lower.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub(crate) allow_hourly: Option<Money>,
    /// Go on although most of what the ledger knows is gone.
    #[arg(long)]
    pub(crate) confirm_loss: bool,
    /// Accept that this resource's contract ends early; may be given again.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) approve_early_termination: Vec<Address>,
    /// List every difference that is not shown, with its reason.
    #[arg(long)]
    pub(crate) why: bool,
}

/// What a run waits for.
#[derive(Clone, Debug, Args)]
pub(crate) struct Locking {
    /// Wait this long for another run's lock, for instance `90s` or `10m`.
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    pub(crate) lock_timeout: std::time::Duration,
}

/// Reads `90s`, `10m`, `2h`.
pub(crate) fn duration(text: &str) -> Result<std::time::Duration, String> {
    let refused = || format!("{text:?} is not a time; write 90s, 10m or 2h");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let factor = match unit {
        "s" | "" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(refused()),
    };
    let number: u64 = digits.parse().map_err(|_| refused())?;
    number.checked_mul(factor).map(std::time::Duration::from_secs).ok_or_else(refused)
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

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check manifests; offline unless --live.
    Validate {
        #[command(flatten)]
        manifests: Manifests,
        /// Also check against the live profiles.
        #[arg(long)]
        live: bool,
    },
    /// Write a plumb.yaml that names the stack in a folder.
    Init {
        /// The folder [default: the current one].
        #[arg(value_name = "FOLDER")]
        folder: Option<PathBuf>,
    },
    /// Show what apply would do.
    Plan {
        #[command(flatten)]
        manifests: Manifests,
        #[command(flatten)]
        planning: Planning,
        /// Write the plan to this file, for `plumb apply FILE`.
        #[arg(short, long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Exit with 2 when there is something to do.
        #[arg(long)]
        detailed_exitcode: bool,
    },
    /// Make the live world what the manifests say, or carry out a plan file.
    Apply {
        #[command(flatten)]
        manifests: Manifests,
        #[command(flatten)]
        planning: Planning,
        #[command(flatten)]
        locking: Locking,
        /// Do not ask. Never covers a tripped limit.
        #[arg(long)]
        yes: bool,
    },
    /// Tell how the live world differs from the manifests; writes nothing. Exits with 2 on drift.
    Drift {
        #[command(flatten)]
        manifests: Manifests,
        #[command(flatten)]
        planning: Planning,
        /// Write the counts as a Prometheus text file.
        #[arg(long, value_name = "FILE")]
        metrics: Option<PathBuf>,
    },
    /// Delete everything the stack owns, in reverse order.
    Destroy {
        #[command(flatten)]
        manifests: Manifests,
        #[command(flatten)]
        planning: Planning,
        #[command(flatten)]
        locking: Locking,
        /// The stack's name, instead of typing it when asked.
        #[arg(long, value_name = "STACK")]
        confirm: Option<String>,
    },
    /// Take over existing objects that are declared but not marked, although they differ.
    Adopt {
        /// The resources.
        #[arg(required = true, value_name = "ADDRESS")]
        addresses: Vec<Address>,
        /// Files and folders of manifests [default: the current folder].
        #[arg(long, value_name = "PATH")]
        manifests: Vec<PathBuf>,
        #[command(flatten)]
        locking: Locking,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Show live objects.
    Get {
        /// A kind, for instance ComputeInstance; all when missing.
        kind: Option<String>,
        /// A name.
        name: Option<String>,
        /// Only this project.
        #[arg(short, long)]
        project: Option<String>,
        /// The table with more columns, the documents, or names alone.
        #[arg(short, long, value_enum, default_value_t = Shape::Table)]
        output: Shape,
        /// Print secret outputs as they are.
        #[arg(long)]
        show_secrets: bool,
    },
    /// Write live objects as manifests.
    Export {
        /// Kinds; all when missing.
        kinds: Vec<String>,
        /// Only this project; may be given again.
        #[arg(short, long)]
        project: Vec<String>,
        /// Only what the stack owns, by mark or ledger.
        #[arg(long)]
        owned: bool,
        /// Write one file per object into this folder instead of printing.
        #[arg(short, long, value_name = "DIR")]
        into: Option<PathBuf>,
        /// Write over files that are there.
        #[arg(long, requires = "into")]
        force: bool,
        /// The folder of the stack's manifests, whose ledger knows what cannot be read back
        /// [default: the current folder].
        #[arg(long, value_name = "PATH")]
        manifests: Option<PathBuf>,
    },
    /// Show what the clouds offer: presets, locations, stock, prices.
    Catalog {
        /// Only this cloud, for instance voltage-park.
        #[arg(long, value_name = "NAME")]
        provider: Option<String>,
    },
    /// Show what the account costs an hour, and what for.
    Cost {
        #[command(subcommand)]
        command: Option<CostCommand>,
        /// The folder of the stack's manifests, whose ledger knows what it owns
        /// [default: the current folder].
        #[arg(long, value_name = "PATH")]
        manifests: Option<PathBuf>,
    },
    /// Do something to a live object by hand: start, stop, disassociate, reboot, power reset, power
    /// cycle.
    Action {
        /// What to do.
        #[arg(required = true, value_name = "VERB ADDRESS", num_args = 2..=4)]
        words: Vec<String>,
        /// Only this node, by its address; may be given again [default: all of them].
        #[arg(long, value_name = "IP")]
        node: Vec<String>,
        /// Do not ask, even where unsaved work may be lost.
        #[arg(long)]
        yes: bool,
        /// The folder of the manifests, whose ledger keeps the run [default: the current folder].
        #[arg(long, value_name = "PATH")]
        manifests: Option<PathBuf>,
    },
    /// Print the graph of dependencies.
    Graph {
        #[command(flatten)]
        manifests: Manifests,
        /// The language.
        #[arg(short, long, value_enum, default_value_t = GraphLanguage::Dot)]
        output: GraphLanguage,
    },
    /// Show earlier runs.
    History {
        /// One run in full.
        run: Option<String>,
        /// The folder of the manifests [default: the current folder].
        #[arg(long, value_name = "PATH")]
        manifests: Option<PathBuf>,
    },
    /// Remove the traces of a lock whose run is dead.
    Unlock {
        /// The folder of the manifests [default: the current folder].
        #[arg(long, value_name = "PATH")]
        manifests: Option<PathBuf>,
    },
    /// Settle a create whose outcome is not known.
    Resolve {
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
        /// The folder of the manifests [default: the current folder].
        #[arg(long, value_name = "PATH")]
        manifests: Option<PathBuf>,
    },
    /// Print or write the JSON Schemas of manifests, for editors.
    Schema {
        /// One kind, for instance ComputeInstance; the combined schema when missing.
        kind: Option<String>,
        /// List all kinds.
        #[arg(long)]
        list: bool,
        /// Write all schemas into this folder.
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
    },
    /// Explain a code such as PL0203.
    Explain {
        /// The code; all codes when missing.
        code: Option<String>,
    },
    /// Print a shell's completion script.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for every command.
    Man {
        /// Write all pages into this folder.
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
    },
    /// The simulated clouds.
    Sandbox {
        #[command(subcommand)]
        command: SandboxCommand,
    },
    /// Check connections, keys, clocks and the ledger.
    Doctor {
        #[command(flatten)]
        manifests: Manifests,
    },
}

/// What `cost` looks at, beside what runs now.
#[derive(Debug, Subcommand)]
pub(crate) enum CostCommand {
    /// Show charges and payments.
    Transactions {
        /// Not before this day, as 2026-01-31.
        #[arg(long, value_name = "DATE")]
        since: Option<Date>,
        /// Not after this day.
        #[arg(long, value_name = "DATE")]
        until: Option<Date>,
        /// Only charges for this type of thing, in the cloud's words, for instance
        /// `virtual_machine`; may be given again.
        #[arg(long = "type", value_name = "TYPE")]
        types: Vec<String>,
    },
    /// Show a month's account.
    Report {
        /// The month, as 2026-01.
        #[arg(value_name = "YYYY-MM", value_parser = month)]
        month: Month,
    },
}

/// A month of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Month {
    /// The year.
    pub(crate) year: i16,
    /// The month, from 1.
    pub(crate) month: i8,
}

impl std::fmt::Display for Month {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:04}-{:02}", self.year, self.month)
    }
}

/// Reads `2026-01`.
fn month(text: &str) -> Result<Month, String> {
    let first: Result<Date, _> = format!("{text}-01").parse();
    let shaped = text.len() == "2026-01".len() && first.is_ok();
    let first = first.ok().filter(|_| shaped);
    let first = first.ok_or_else(|| format!("{text:?} is not a month; write 2026-01"))?;
    Ok(Month { year: first.year(), month: first.month() })
}

/// Commands of the simulated clouds.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Serve the simulated clouds on loopback until interrupted.
    Serve(ServeArguments),
}

/// How to serve the simulated clouds.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Address and port; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub(crate) listen: std::net::SocketAddr,
    /// Keep the world in this folder; in memory when missing.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The key the Rafay half accepts; made up when missing.
    #[arg(long, value_name = "KEY")]
    pub(crate) rafay_api_key: Option<String>,
    /// The key the Voltage Park half accepts; made up when missing.
    #[arg(long, value_name = "KEY")]
    pub(crate) voltage_park_api_key: Option<String>,
    /// Added to every answer, in milliseconds or as `50ms`.
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    pub(crate) latency: Option<std::time::Duration>,
    /// How much faster than the wall clock the world's clock runs.
    #[arg(long, value_name = "N")]
    pub(crate) time_scale: Option<u32>,
    /// The seed of ids.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Settings of the world, as JSON or YAML.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

fn milliseconds(text: &str) -> Result<std::time::Duration, String> {
    let digits = text.trim_end_matches("ms");
    let number = digits.parse().map_err(|_| format!("{text:?} is not a time; write 50ms"))?;
    Ok(std::time::Duration::from_millis(number))
}

/// How `get` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// A table.
    Table,
    /// A table with more columns.
    Wide,
    /// The documents as YAML.
    Yaml,
    /// The documents as JSON.
    Json,
    /// Addresses alone.
    Name,
}

/// The languages of graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphLanguage {
    /// Graphviz.
    Dot,
    /// Mermaid, which Markdown renderers draw.
    Mermaid,
}
