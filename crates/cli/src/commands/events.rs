//! `plumb events`: what happened to machines and services, as their clouds tell it.

use super::prelude::{Args, Context, Ended, Problem, TableFormat};
use crate::arguments::duration;
use crate::clouds::Clouds;
use crate::sections::Told;
use jiff::Timestamp;
use plumb_kind::{Between, Provider, Section};
use std::time::Duration;

/// Show what happened to machines and services.
#[derive(Debug, Args)]
pub(crate) struct Events {
    #[command(flatten)]
    looking: Looking,
}

/// How far back, and where.
#[derive(Debug, Args)]
pub(super) struct Looking {
    /// How far back, for instance 24h or 30d.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = days_or_less)]
    since: Duration,
    /// Only this cloud, by its name.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: TableFormat,
}

/// What happened.
pub(super) type Happened = Told;

impl Events {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        self.looking.show(
            context,
            |cloud, between| cloud.events(between),
            "No connected cloud tells of events.",
        )
    }
}

impl Looking {
    pub(super) fn show(
        &self,
        context: &Context,
        sections: fn(&dyn Provider, Between) -> Vec<Section>,
        nothing: &str,
    ) -> Result<Ended, Problem> {
        let to = context.environment.now();
        let from = to.checked_sub(self.since).unwrap_or(Timestamp::MIN);
        let between = Between { from, to };
        let told = context.block_on(async {
            let clouds = Clouds::anywhere(context).await?;
            let wanted = self.provider.as_deref();
            Told::ask(&clouds, wanted, |provider| sections(provider, between)).await
        })?;
        self.format.print(&told, &context.output);
        Ok(told.complete(&context.output, nothing))
    }
}

/// A time, in days too: what is looked back on is longer than what is waited for.
fn days_or_less(text: &str) -> Result<Duration, String> {
    let days = text.trim().strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
    match days {
        Some(days) => Ok(Duration::from_hours(24 * u64::from(days))),
        None => duration(text).map_err(|said| format!("{said}, or 30d")),
    }
}
