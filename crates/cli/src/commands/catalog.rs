//! `plumb catalog`: what the connected clouds offer.

use crate::arguments::{Format, Shared};
use crate::clouds::Clouds;
use crate::commands::findings::pretty;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::Problem;
use plumb_kind::{CatalogSection, Provider, Snapshot};
use plumb_model::finding::nearest;
use plumb_model::{Code, Finding};
use plumb_render::sheet::{self, Sheet};
use serde_json::{Value, json};

/// What one cloud offers.
struct Offer {
    provider: &'static str,
    sheets: Vec<Sheet>,
    /// Sections that could not be read, and why.
    unread: Vec<String>,
}

/// Reads and prints.
pub(crate) async fn run(
    wanted: Option<&str>,
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Exit, Problem> {
    super::refuse_sarif(shared.format, "the catalog")?;
    let clouds = Clouds::anywhere(shared, environment).await?;
    let providers = chosen(&clouds, wanted)?;
    let mut offers = Vec::new();
    for provider in providers {
        offers.push(read(&clouds, provider).await);
    }
    clouds.refuse_unreachable()?;
    clouds.refuse_closed_keys()?;
    clouds.stop().await;
    print(&offers, shared.format, output);
    let complete = offers.iter().all(|offer| offer.unread.is_empty());
    Ok(if complete { Exit::Done } else { Exit::Error })
}

fn chosen(clouds: &Clouds, wanted: Option<&str>) -> Result<Vec<&'static dyn Provider>, Problem> {
    let known = clouds.engine.registry().providers();
    let Some(name) = wanted else {
        return Ok(clouds.connected().filter(|provider| !provider.catalog().is_empty()).collect());
    };
    let Some(provider) = known.iter().find(|provider| provider.name() == name) else {
        let names: Vec<&str> = known.iter().map(|provider| provider.name()).collect();
        let help = nearest(name, names.iter().copied()).map_or_else(
            || format!("the clouds are {}", names.join(", ")),
            |near| format!("did you mean {near}?"),
        );
        let finding = Finding::error(Code::INVALID_VALUE, format!("no cloud is called {name}"));
        return Err(finding.help(help).into());
    };
    clouds.require_provider(provider.name(), "its catalog")?;
    Ok(vec![*provider])
}

async fn read(clouds: &Clouds, provider: &'static dyn Provider) -> Offer {
    let sections = provider.catalog();
    let collections: Vec<_> =
        sections.iter().flat_map(|section| section.collections.iter().cloned()).collect();
    let snapshot = clouds.engine.read_lookups(provider.name(), &collections).await;
    let mut offer = Offer { provider: provider.name(), sheets: Vec::new(), unread: Vec::new() };
    for section in &sections {
        match (section.rows)(&snapshot) {
            Some(rows) => offer.sheets.push(sheet_of(section, &rows)),
            None => offer.unread.push(why_not(section, &snapshot)),
        }
    }
    offer
}

fn sheet_of(section: &CatalogSection, rows: &[Vec<plumb_model::ServerText>]) -> Sheet {
    let row =
        |cells: &Vec<plumb_model::ServerText>| cells.iter().map(ToString::to_string).collect();
    Sheet {
        title: section.title.to_owned(),
        columns: section.columns.iter().map(|name| (*name).to_owned()).collect(),
        rows: rows.iter().map(row).collect(),
        total: None,
    }
}

fn why_not(section: &CatalogSection, snapshot: &Snapshot) -> String {
    let unread = section.collections.iter().filter(|read| snapshot.items(&read.id).is_none());
    let reasons: Vec<String> = unread.map(|read| super::why_unread(read, snapshot)).collect();
    format!("{} could not be read: {}", section.title, reasons.join("; "))
}

fn print(offers: &[Offer], format: Format, output: &Output) {
    for unread in offers.iter().flat_map(|offer| &offer.unread) {
        output.message(&format!("warning: {unread}"));
    }
    if offers.is_empty() {
        output.message("No connected cloud has a catalog here; profiles are shown by `plumb get`.");
    }
    let text = match format {
        Format::Json => pretty(&json!({
            "providers": offers.iter().map(as_json).collect::<Vec<_>>()
        })),
        Format::Markdown => {
            let sheets = offers.iter().flat_map(|offer| &offer.sheets);
            sheets.map(sheet::markdown).collect::<Vec<_>>().join("\n")
        }
        Format::Human | Format::Sarif => {
            let sheets = offers.iter().flat_map(|offer| &offer.sheets);
            sheets
                .map(|sheet| sheet::human(sheet, output.table_style()))
                .collect::<Vec<_>>()
                .join("\n")
        }
    };
    output.data(&text);
}

fn as_json(offer: &Offer) -> Value {
    let sections: Vec<Value> = offer.sheets.iter().map(sheet::json).collect();
    json!({"provider": offer.provider, "sections": sections, "unread": offer.unread})
}
