//! What something costs, and what several things come to.

use plumb_model::Money;
use plumb_render::sheet::dollars;
use schemars::JsonSchema;
use serde::Serialize;

/// What something costs; null where nobody knows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Rate {
    /// What it costs an hour.
    #[schemars(with = "Option<String>")]
    pub(super) hourly: Option<Money>,
    /// The same in a month of 730 hours.
    #[schemars(with = "Option<String>")]
    pub(super) monthly: Option<Money>,
    /// Why that is not known; null where it is.
    pub(super) unknown_because: Option<String>,
}

impl Rate {
    /// An amount an hour, or why it is not known.
    pub(super) fn of(hourly: Result<Money, String>) -> Self {
        let (hourly, unknown_because) = match hourly {
            Ok(hourly) => (Some(hourly), None),
            Err(why) => (None, Some(why)),
        };
        Self { hourly, monthly: hourly.map(Money::a_month), unknown_because }
    }

    /// What two columns of a table say: of an hour and of a month.
    pub(super) fn cells(&self) -> [String; 2] {
        let shown = |amount: Option<Money>| {
            amount.map_or_else(|| "unknown".to_owned(), |amount| amount.to_string())
        };
        [shown(self.hourly), shown(self.monthly.map(Money::to_cents))]
    }
}

/// What several things come to.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub(super) struct Sum {
    /// How many there are.
    pub(super) resources: usize,
    /// What they cost an hour, where that is known.
    #[schemars(with = "String")]
    pub(super) hourly: Money,
    /// The same in a month of 730 hours.
    #[schemars(with = "String")]
    pub(super) monthly: Money,
    /// How many have a price that nobody knows, which is not in the sums.
    pub(super) unpriced: usize,
    /// What those cost an hour that are stopped, and billed all the same.
    #[schemars(with = "String")]
    pub(super) idle_hourly: Money,
    /// What stopping them in the cheapest way would save an hour.
    #[schemars(with = "String")]
    pub(super) stopping_saves_hourly: Money,
    /// What is owed for them until their contracts end, where prices are known.
    #[schemars(with = "String")]
    pub(super) owed: Money,
}

impl Sum {
    /// `$61.74 an hour, $45,070.20 a month`, and what is not in it.
    pub(super) fn words(&self) -> String {
        let (hour, month) = (dollars(self.hourly), dollars(self.monthly));
        let unknown = match self.unpriced {
            0 => String::new(),
            1 => ", and 1 whose price nobody knows".to_owned(),
            count => format!(", and {count} whose price nobody knows"),
        };
        format!("{hour} an hour, {month} a month{unknown}")
    }
}
