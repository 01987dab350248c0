//! `plumb catalog`: what the connected clouds offer.

use super::prelude::{Args, Context, Ended, Problem, TableFormat};
use crate::clouds::Clouds;
use crate::sections::Told;

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
pub(super) type Offers = Told;

impl Catalog {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let wanted = self.provider.as_deref();
        let offers: Offers = context.block_on(async {
            let clouds = Clouds::anywhere(context).await?;
            Told::ask(&clouds, wanted, |cloud| cloud.catalog()).await
        })?;
        self.format.print(&offers, &context.output);
        let nothing = "No connected cloud has a catalog here; profiles are shown by `plumb get`.";
        Ok(offers.complete(&context.output, nothing))
    }
}
