//! Logs, for looking at plumb itself. Off unless asked for; never a secret, since requests show
//! neither headers nor bodies. Other libraries' loggers stay at `info`.

use crate::output::Output;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging to standard error, as loud as `-v` was given.
pub(crate) fn start(verbose: u8, output: &Output) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let others = level.min(LevelFilter::INFO);
    let ours = ["plumb", "plumb_engine", "plumb_ledger", "plumb_manifest", "plumb_sandbox"];
    let filter = ours.iter().fold(Targets::new().with_default(others), |filter, target| {
        filter.with_target(*target, level)
    });
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(output.color_on_error)
        .without_time()
        .compact();
    let _already = tracing_subscriber::registry().with(layer).with(filter).try_init();
}
