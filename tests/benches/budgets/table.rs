//! The table of budgets: what was measured, what is allowed, and what a broken budget means.

use std::fmt;

/// What a broken budget means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// It is the same on every machine: a broken one is a mistake of ours.
    Firm,
    /// It depends on the machine, and on what else runs there: a broken one is worth a look.
    Soft,
}

/// In what a figure is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Pieces.
    Count,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// How many times something else.
    Times,
}

/// A budget and what was measured.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    what: String,
    unit: Unit,
    severity: Severity,
    measured: f64,
    budget: f64,
}

impl Row {
    /// A figure that may be at most its budget.
    pub(crate) fn new(
        what: impl Into<String>,
        unit: Unit,
        severity: Severity,
        measured: f64,
        budget: f64,
    ) -> Self {
        Self { what: what.into(), unit, severity, measured, budget }
    }

    fn is_broken(&self) -> bool {
        self.measured > self.budget
    }

    fn verdict(&self) -> &'static str {
        match (self.is_broken(), self.severity) {
            (false, _) => "ok",
            (true, Severity::Firm) => "BROKEN",
            (true, Severity::Soft) => "over, which a busy machine can explain",
        }
    }

    fn shown(&self, figure: f64) -> String {
        match self.unit {
            Unit::Count => format!("{figure:.0}"),
            Unit::Seconds if self.budget < 0.1 => format!("{:.1} ms", figure * 1e3),
            Unit::Seconds => format!("{figure:.3} s"),
            Unit::Bytes if self.budget < 1e5 => format!("{figure:.0} B"),
            Unit::Bytes => format!("{:.1} MB", figure / 1e6),
            Unit::Times => format!("{figure:.3} x"),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, measured, budget, .. } = self;
        let (shown, allowed) = (self.shown(*measured), self.shown(*budget));
        let ratio =
            if *budget > 0.0 { format!("{:.2}", measured / budget) } else { "-".to_owned() };
        let verdict = self.verdict();
        write!(formatter, "{what:<74} {shown:>11} {allowed:>11} {ratio:>6}  {verdict}")
    }
}

/// The table's head.
pub(crate) fn head() -> String {
    format!("{:<74} {:>11} {:>11} {:>6}", "what", "measured", "budget", "ratio")
}

/// The firm budgets that are broken.
pub(crate) fn broken(rows: &[Row]) -> impl Iterator<Item = &Row> {
    rows.iter().filter(|row| row.severity == Severity::Firm && row.is_broken())
}
