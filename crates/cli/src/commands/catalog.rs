//! `plumb catalog`: what the connected clouds offer.

use super::prelude::{
    Args, Context, Ended, Exit, JsonSchema, Part, Problem, Serialize, TableFormat, Tables,
};
use crate::clouds::Clouds;
use crate::live;
use crate::problem::meant;
use plumb_kind::{CatalogSection, Provider, Snapshot};
use plumb_model::{Code, Finding, Money};
use plumb_render::sheet::{Rows, Sheet};

/// Show what the clouds offer: presets, locations, stock, prices.
#[derive(Debug, Args)]
pub(crate) struct Catalog {
    /// Only this cloud, for instance voltage-park.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: TableFormat,
}

/// What clouds offer.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Offers {
    /// Of every amount, which is decimal text.
    currency: &'static str,
    /// The clouds.
    providers: Vec<Offer>,
}

/// What one cloud offers.
#[derive(Debug, Serialize, JsonSchema)]
struct Offer {
    /// The cloud.
    provider: &'static str,
    /// What it lists.
    #[schemars(with = "Vec<Rows>")]
    sections: Vec<Sheet>,
    /// Sections that could not be read, and why.
    unread: Vec<String>,
}

impl Catalog {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let offers = context.block_on(self.read(context))?;
        let output = &context.output;
        for unread in offers.providers.iter().flat_map(|offer| &offer.unread) {
            output.message(&format!("warning: {unread}"));
        }
        if offers.providers.is_empty() {
            output.message(
                "No connected cloud has a catalog here; profiles are shown by `plumb get`.",
            );
        }
        self.format.print(&offers, output);
        let complete = offers.providers.iter().all(|offer| offer.unread.is_empty());
        Ok(live::partly(if complete { Exit::Done } else { Exit::Error }))
    }

    async fn read(&self, context: &Context) -> Result<Offers, Problem> {
        let clouds = Clouds::anywhere(context).await?;
        let mut providers = Vec::new();
        for provider in chosen(&clouds, self.provider.as_deref())? {
            providers.push(read(&clouds, provider).await);
        }
        clouds.refuse_unreachable()?;
        clouds.refuse_closed_keys()?;
        Ok(Offers { currency: Money::CURRENCY, providers })
    }
}

impl Tables for Offers {
    fn parts(&self) -> Vec<Part> {
        let sheets = self.providers.iter().flat_map(|offer| &offer.sections);
        sheets.cloned().map(Part::Table).collect()
    }
}

fn chosen(clouds: &Clouds, wanted: Option<&str>) -> Result<Vec<&'static dyn Provider>, Problem> {
    let known = clouds.engine.registry().providers();
    let Some(name) = wanted else {
        return Ok(clouds.connected().filter(|provider| !provider.catalog().is_empty()).collect());
    };
    let Some(provider) = known.iter().find(|provider| provider.name() == name) else {
        let names: Vec<&str> = known.iter().map(|provider| provider.name()).collect();
        let help = meant(name, &names, &format!("the clouds are {}", names.join(", ")));
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
    let mut offer = Offer { provider: provider.name(), sections: Vec::new(), unread: Vec::new() };
    for section in &sections {
        match (section.rows)(&snapshot) {
            Some(rows) => offer.sections.push(sheet_of(section, &rows)),
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
    let reasons: Vec<String> = unread.map(|read| live::why_unread(read, snapshot)).collect();
    format!("{} could not be read: {}", section.title, reasons.join("; "))
}
