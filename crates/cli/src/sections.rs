//! What clouds tell in tables: what they offer, what happened, what was used. What cannot be read is
//! said, and makes the whole incomplete.

use crate::clouds::Clouds;
use crate::exit::{Ended, Exit};
use crate::live;
use crate::output::Output;
use crate::problem::{Problem, meant};
use crate::report::{Part, Tables};
use plumb_kind::{Provider, Section, Snapshot};
use plumb_model::{Code, Finding, Money, ServerText};
use plumb_render::sheet::{Rows, Sheet};
use schemars::JsonSchema;
use serde::Serialize;

/// What clouds tell.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Told {
    /// Of every amount, which is decimal text.
    currency: &'static str,
    /// The clouds.
    providers: Vec<OfCloud>,
}

/// What one cloud tells.
#[derive(Debug, Serialize, JsonSchema)]
struct OfCloud {
    /// The cloud.
    provider: &'static str,
    /// What it lists.
    #[schemars(with = "Vec<Rows>")]
    sections: Vec<Sheet>,
    /// Sections that could not be read, and why.
    unread: Vec<String>,
}

impl Told {
    /// Asks the connected clouds, or the one that is wanted, for some sections.
    ///
    /// # Errors
    /// When the one that is wanted is not known or not connected, and when one was never reached.
    pub(crate) async fn ask(
        clouds: &Clouds,
        wanted: Option<&str>,
        sections: impl Fn(&dyn Provider) -> Vec<Section>,
    ) -> Result<Self, Problem> {
        let mut providers = Vec::new();
        for provider in chosen(clouds, wanted, &sections)? {
            providers.push(read(clouds, provider, &sections(provider)).await);
        }
        clouds.refuse_unreachable()?;
        clouds.refuse_closed_keys()?;
        Ok(Self { currency: Money::CURRENCY, providers })
    }

    /// Says what could not be read; how a command ends that printed the rest.
    pub(crate) fn complete(&self, output: &Output, nothing: &str) -> Ended {
        for unread in self.providers.iter().flat_map(|cloud| &cloud.unread) {
            output.message(&format!("warning: {unread}"));
        }
        if self.providers.is_empty() {
            output.message(nothing);
        }
        let complete = self.providers.iter().all(|cloud| cloud.unread.is_empty());
        live::partly(if complete { Exit::Done } else { Exit::Error })
    }
}

impl Tables for Told {
    fn parts(&self) -> Vec<Part> {
        let sheets = self.providers.iter().flat_map(|cloud| &cloud.sections);
        sheets.cloned().map(Part::Table).collect()
    }
}

fn chosen(
    clouds: &Clouds,
    wanted: Option<&str>,
    sections: &impl Fn(&dyn Provider) -> Vec<Section>,
) -> Result<Vec<&'static dyn Provider>, Problem> {
    let known = clouds.engine.registry().providers();
    let Some(name) = wanted else {
        return Ok(clouds.connected().filter(|cloud| !sections(*cloud).is_empty()).collect());
    };
    let Some(provider) = known.iter().find(|provider| provider.name() == name) else {
        let names: Vec<&str> = known.iter().map(|provider| provider.name()).collect();
        let help = meant(name, &names, &format!("the clouds are {}", names.join(", ")));
        let finding = Finding::error(Code::INVALID_VALUE, format!("no cloud is called {name}"));
        return Err(finding.help(help).into());
    };
    clouds.require_provider(provider.name(), "what it tells")?;
    Ok(vec![*provider])
}

async fn read(clouds: &Clouds, provider: &'static dyn Provider, sections: &[Section]) -> OfCloud {
    let collections: Vec<_> =
        sections.iter().flat_map(|section| section.collections.iter().cloned()).collect();
    let snapshot = clouds.engine.read_lookups(provider.name(), &collections).await;
    let mut told = OfCloud { provider: provider.name(), sections: Vec::new(), unread: Vec::new() };
    for section in sections {
        match (section.rows)(&snapshot) {
            Some(rows) => told.sections.push(sheet_of(section, &rows)),
            None => told.unread.push(why_not(section, &snapshot)),
        }
    }
    told
}

fn sheet_of(section: &Section, rows: &[Vec<ServerText>]) -> Sheet {
    let row = |cells: &Vec<ServerText>| cells.iter().map(ToString::to_string).collect();
    Sheet {
        title: section.title.to_owned(),
        columns: section.columns.iter().map(|name| (*name).to_owned()).collect(),
        rows: rows.iter().map(row).collect(),
        total: None,
    }
}

fn why_not(section: &Section, snapshot: &Snapshot) -> String {
    let unread = section.collections.iter().filter(|read| snapshot.items(&read.id).is_none());
    let reasons: Vec<String> = unread.map(|read| live::why_unread(read, snapshot)).collect();
    format!("{} could not be read: {}", section.title, reasons.join("; "))
}
