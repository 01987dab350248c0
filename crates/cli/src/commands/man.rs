//! `plumb man`: the manual, generated from the arguments themselves, and what stands behind them:
//! examples, the environment, files.

use super::prelude::{Args, Context, Ended, Exit, Problem};
use crate::connections;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Print the manual page, or write one for every command.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Write all pages into this folder.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// What is typed, and what comes of it.
const EXAMPLES: [(&str, &str); 8] = [
    ("plumb init fleet", "Gives the stack in the folder fleet a name and an id."),
    ("plumb export --project ml --into fleet", "Writes manifests of what exists."),
    ("plumb plan fleet", "Shows what apply would do, and the fingerprint of that."),
    ("plumb apply fleet --approve plumb1_…", "Does what that plan showed, or exits with 7."),
    ("plumb apply fleet --sandbox --yes", "Rehearses it in the simulated clouds."),
    ("plumb drift fleet", "Exits with 2 when the world differs, for cron."),
    ("plumb stacks --changed-since origin/main --format json", "Lists the stacks that changed."),
    ("plumb doctor fleet", "Checks connections, keys, clocks and the ledger."),
];

/// Variables, besides those of the clouds.
const ENVIRONMENT: [(&str, &str); 10] = [
    (
        "PLUMB_VAR_*",
        "What `valueFrom.var` of manifests reads; nothing else of the environment can be read there.",
    ),
    ("PLUMB_LEDGER", "Where the ledger is, unless --ledger says so."),
    ("PLUMB_LEDGER_PROMISE", "How long a run's sign of life in a shared ledger holds, such as 2m."),
    (
        "AWS_*, AZURE_*, GOOGLE_*",
        "What reaches a ledger in a bucket, as each store's tools have it.",
    ),
    ("SSL_CERT_FILE", "A file of authorities in PEM that are trusted instead of the system's."),
    ("PLUMB_CA_FILE", "A file of authorities in PEM that are trusted besides."),
    (
        "HTTPS_PROXY, NO_PROXY",
        "The proxy to the clouds, and hosts that are reached without it. Loopback always is.",
    ),
    ("JOB_COMPLETION_INDEX, CI_NODE_INDEX, CI_NODE_TOTAL", "Which part `stacks --shard auto` is."),
    ("NO_COLOR", "Set to anything, it turns colours off."),
    ("CI", "Set, nobody is asked, and progress is told in lines."),
];

/// Files.
const FILES: [(&str, &str); 3] = [
    ("plumb.yaml", "At the root of a stack: its name, its id, its limits."),
    (".plumb/", "The ledger of a stack, unless it is elsewhere. Keep it; it holds no secrets."),
    ("~/.config/plumb/connections.yaml", "Further connections. XDG_CONFIG_HOME is honoured."),
];

impl Man {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let command = (context.grammar)();
        let Some(folder) = &self.into else {
            let mut page = Vec::new();
            clap_mangen::Man::new(command)
                .render(&mut page)
                .map_err(|error| Problem::file(Path::new("standard output"), error))?;
            context.output.data(&format!("{}{}", String::from_utf8_lossy(&page), sections()));
            return Ok(Exit::Done.into());
        };
        let broken = |error| Problem::file(folder, error);
        fs::create_dir_all(folder).map_err(broken)?;
        clap_mangen::generate_to(command, folder).map_err(broken)?;
        let page = folder.join("plumb.1");
        let text = fs::read_to_string(&page).map_err(|error| Problem::file(&page, error))?;
        fs::write(&page, text + &sections()).map_err(|error| Problem::file(&page, error))?;
        Ok(Exit::Done.into())
    }
}

/// What no argument says, as troff.
fn sections() -> String {
    let owned = |(name, words): &(&str, &str)| ((*name).to_owned(), (*words).to_owned());
    let mut environment: Vec<(String, String)> = connections::variables().collect();
    environment.extend(ENVIRONMENT.iter().map(owned));
    let all = [
        ("EXAMPLES", EXAMPLES.iter().map(owned).collect()),
        ("ENVIRONMENT", environment),
        ("FILES", FILES.iter().map(owned).collect()),
    ];
    let mut text = String::new();
    for (title, entries) in all {
        let _infallible = writeln!(text, ".SH {title}");
        for (name, words) in entries {
            let _infallible =
                writeln!(text, ".TP\n\\fB{}\\fR\n{}", escaped(&name), escaped(&words));
        }
    }
    text
}

/// A text that troff prints as it is.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}
