//! Tables and lists of anything: what a cloud offers, what things cost, what is known of one
//! object. Cells are foreign text; they are escaped here.
//!
//! A column of numbers or amounts stands to the right, its decimal points below one another.

use crate::money::{grouped, short};
use crate::style::{Role, Style};
use crate::table::{Column, Lines};
use crate::text::escape;
use crate::words::append;
use comfy_table::CellAlignment;
use plumb_model::Money;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Number;
use std::collections::BTreeMap;

/// A table. For programs it is [`Rows`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(into = "Rows")]
pub struct Sheet {
    /// What it lists.
    pub title: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows, each as long as the columns.
    pub rows: Vec<Vec<String>>,
    /// A row below a line: sums.
    pub total: Option<Vec<String>>,
}

impl Sheet {
    /// A table without sums.
    #[must_use]
    pub fn new(title: &str, columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        Self {
            title: title.to_owned(),
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: rows.into_iter().collect(),
            total: None,
        }
    }
}

/// For people. Ends with a line break. A table that is wider than the style's width says once what
/// is the same in all rows; one that is still too wide shows its rows one below the other.
#[must_use]
pub fn human(sheet: &Sheet, style: Style) -> String {
    let mut text = String::new();
    if !sheet.title.is_empty() {
        let title = style.paint(Role::Strong, &escape(&sheet.title));
        append(&mut text, format_args!("{title}\n"));
    }
    if sheet.rows.is_empty() {
        append(&mut text, format_args!("{}\n", style.paint(Role::Quiet, "(none)")));
        return text;
    }
    let whole = laid_out(sheet);
    if whole.width <= style.width {
        return text + &whole.painted(sheet.rows.len(), style);
    }
    let (narrower, same) = without_constants(sheet);
    for line in wrapped("All: ", &same, style.width) {
        append(&mut text, format_args!("{}\n", style.paint(Role::Quiet, &line)));
    }
    let lines = laid_out(&narrower);
    let fits = lines.width <= style.width;
    let rows = narrower.rows.len();
    text + &if fits { lines.painted(rows, style) } else { stacked(&narrower, style) }
}

/// A table without the columns that say the same in every row, and what they say.
fn without_constants(sheet: &Sheet) -> (Sheet, Vec<String>) {
    let is_constant = |at: usize| {
        let mut cells = sheet.rows.iter().map(|row| row.get(at));
        let first = cells.next().flatten();
        let in_total = sheet.total.iter().filter_map(|row| row.get(at)).any(|cell| !is_blank(cell));
        let several = sheet.rows.len() > 1 && at > 0 && !in_total;
        several
            && first.is_some_and(|first| !is_blank(first) && cells.all(|cell| cell == Some(first)))
    };
    let constant: Vec<bool> = (0..sheet.columns.len()).map(is_constant).collect();
    let kept = |cells: &Vec<String>| -> Vec<String> {
        let kept = cells.iter().zip(&constant).filter(|(_, constant)| !**constant);
        kept.map(|(cell, _)| cell.clone()).collect()
    };
    let same = sheet.columns.iter().zip(&constant).enumerate().filter(|(_, (_, same))| **same);
    let same = same.filter_map(|(at, (name, _))| {
        let value = sheet.rows.first().and_then(|row| row.get(at))?;
        Some(format!("{} {}", escape(name), escape(value)))
    });
    let same: Vec<String> = same.collect();
    let narrower = Sheet {
        title: sheet.title.clone(),
        columns: kept(&sheet.columns),
        rows: sheet.rows.iter().map(kept).collect(),
        total: sheet.total.as_ref().map(kept),
    };
    (narrower, same)
}

/// A list on as many lines as it takes, each further one below the first word.
fn wrapped(lead: &str, words: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() + 3 <= width => {
                append(line, format_args!(", {word}"));
            }
            Some(line) => {
                line.push(',');
                lines.push(format!("{}{word}", " ".repeat(lead.len())));
            }
            None => lines.push(format!("{lead}{word}")),
        }
    }
    lines
}

/// Every row as a list of its own, under its first cell.
fn stacked(sheet: &Sheet, style: Style) -> String {
    let mut text = String::new();
    for row in sheet.rows.iter().chain(&sheet.total) {
        let mut cells = sheet.columns.iter().zip(row);
        let first = cells.next().map_or_else(String::new, |(_, cell)| escape(cell));
        append(&mut text, format_args!("{}\n", style.paint(Role::Strong, &first)));
        let said = cells.filter(|(_, cell)| !matches!(cell.as_str(), "" | "-"));
        let said: Vec<(String, String)> =
            said.map(|(name, cell)| (name.clone(), shown(cell))).collect();
        text.push_str(&facts(&said, style));
    }
    text
}

/// For a pull-request comment. Ends with a line break.
#[must_use]
pub fn markdown(sheet: &Sheet) -> String {
    // A bar would end the cell, and a backtick begin code that ends in another.
    let cell = |text: &String| {
        let mut safe = String::new();
        for character in escape(text).chars() {
            if "|`<>*_[]\\".contains(character) {
                safe.push('\\');
            }
            safe.push(character);
        }
        safe
    };
    let row = |cells: &[String]| {
        format!("| {} |\n", cells.iter().map(cell).collect::<Vec<_>>().join(" | "))
    };
    let mut text = String::new();
    if !sheet.title.is_empty() {
        append(&mut text, format_args!("### {}\n\n", cell(&sheet.title)));
    }
    if sheet.rows.is_empty() {
        text.push_str("Nothing.\n");
        return text;
    }
    text.push_str(&row(&sheet.columns));
    let rule = |at| Holds::of(sheet, at).rule();
    let rules: Vec<&str> = (0..sheet.columns.len()).map(rule).collect();
    append(&mut text, format_args!("| {} |\n", rules.join(" | ")));
    for cells in sheet.rows.iter().chain(&sheet.total) {
        text.push_str(&row(cells));
    }
    text
}

/// A table for programs.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Rows {
    /// What it lists.
    title: String,
    /// Its rows, by the names of the columns in small letters and with underscores.
    rows: Vec<BTreeMap<String, Cell>>,
}

/// A cell for programs.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
enum Cell {
    /// A number.
    Number(Number),
    /// A text, or an amount as decimal text.
    Text(String),
    /// In a column of numbers or amounts: not known.
    Unknown,
}

impl From<Sheet> for Rows {
    fn from(sheet: Sheet) -> Self {
        let names = field_names(&sheet.columns);
        let holds: Vec<Holds> = (0..names.len()).map(|at| Holds::of(&sheet, at)).collect();
        let row = |cells: Vec<String>| {
            let fields = names.iter().zip(&holds).zip(cells);
            fields.map(|((name, holds), cell)| (name.clone(), Cell::of(cell, *holds))).collect()
        };
        Self { title: sheet.title, rows: sheet.rows.into_iter().map(row).collect() }
    }
}

/// Names with what they stand for, one a line, indented. Ends with a line break.
#[must_use]
pub fn facts(facts: &[(String, String)], style: Style) -> String {
    let shown: Vec<(String, String)> =
        facts.iter().map(|(name, value)| (escape(name), escape(value))).collect();
    let longest = shown.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, value) in shown {
        let name = style.paint(Role::Quiet, &format!("{name:longest$}"));
        append(&mut text, format_args!("  {name}   {value}\n"));
    }
    text
}

/// A title and what is known below it: names with what they stand for.
pub type Section = (&'static str, Vec<(String, String)>);

/// Sections one below the other, their values in one column. What has nothing in it is left out. Ends
/// with a line break.
#[must_use]
pub fn sections(sections: &[Section], style: Style) -> String {
    /// A longer name does not push everything to the right.
    const WIDEST: usize = 26;
    let names = sections.iter().flat_map(|(_, facts)| facts.iter());
    let widths = names.map(|(name, _)| escape(name).chars().count());
    let width = widths.filter(|width| *width <= WIDEST).max().unwrap_or_default();
    let mut text = String::new();
    for (title, facts) in sections.iter().filter(|(_, facts)| !facts.is_empty()) {
        append(&mut text, format_args!("{}\n", style.paint(Role::Strong, title)));
        for (name, value) in facts {
            let name = style.paint(Role::Quiet, &format!("{:width$}", escape(name)));
            append(&mut text, format_args!("  {name}   {}\n", escape(value)));
        }
    }
    text
}

impl Cell {
    fn of(cell: String, column: Holds) -> Self {
        match column {
            Holds::Text => Self::Text(cell),
            Holds::Numbers if is_blank(&cell) => Self::Unknown,
            Holds::Numbers if cell.contains('$') => Self::Text(cell.replace(['$', ','], "")),
            Holds::Numbers => match cell.replace(',', "").parse() {
                Ok(number) => Self::Number(number),
                Err(_) => Self::Text(cell),
            },
        }
    }
}

/// The names of columns as fields, no two of them the same.
fn field_names(columns: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for column in columns {
        let name = field_name(column);
        let same = names.iter().filter(|known| **known == name).count();
        names.push(if same == 0 { name } else { format!("{name}_{}", same + 1) });
    }
    names
}

/// A column's name as a field of JSON.
#[must_use]
pub fn field_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = name.chars().map(plain).collect();
    name.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

fn laid_out(sheet: &Sheet) -> Lines {
    let rows = || sheet.rows.iter().chain(&sheet.total);
    let column = |(at, name): (usize, &String)| {
        let cells = rows().map(|row| row.get(at).map_or_else(String::new, |cell| shown(cell)));
        let (side, cells) = match Holds::of(sheet, at) {
            Holds::Numbers => (CellAlignment::Right, on_the_point(cells.collect())),
            Holds::Text => (CellAlignment::Left, cells.collect()),
        };
        let widest = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or_default();
        Column { head: head(name, widest), cells, side }
    };
    Lines::of(&sheet.columns.iter().enumerate().map(column).collect::<Vec<_>>())
}

/// A column's name, broken between words where it would make the column wider than its cells.
fn head(name: &str, widest: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in escape(&name.to_uppercase()).split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= widest => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A cell as it stands in a table: safe to print, an amount with commas between thousands.
fn shown(cell: &str) -> String {
    let safe = escape(cell);
    let is_amount = is_number(&safe) && safe.contains('$');
    if is_amount { grouped(&safe) } else { safe }
}

/// An amount as it stands in a sentence: to the cent from one dollar on, with commas.
#[must_use]
pub fn dollars(amount: Money) -> String {
    grouped(&short(amount).to_string())
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Words.
    Text,
    /// Numbers or amounts, and what stands for one that is not known.
    Numbers,
}

impl Holds {
    fn of(sheet: &Sheet, column: usize) -> Self {
        let cells =
            || sheet.rows.iter().filter_map(|row| row.get(column)).filter(|cell| !is_blank(cell));
        let numbers = cells().next().is_some() && cells().all(|cell| is_number(cell));
        if numbers { Self::Numbers } else { Self::Text }
    }

    /// What is below the title of such a column in a table of markdown.
    pub(crate) fn rule(self) -> &'static str {
        match self {
            Self::Text => "---",
            Self::Numbers => "---:",
        }
    }
}

fn is_blank(cell: &str) -> bool {
    matches!(cell, "" | "-" | "unknown")
}

fn is_number(cell: &str) -> bool {
    let digits = cell.trim_start_matches('-').trim_start_matches('$');
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',')
        && digits.matches('.').count() <= 1
}

/// Cells made equally long behind the decimal point.
fn on_the_point(cells: Vec<String>) -> Vec<String> {
    let behind = |cell: &str| {
        let fraction = cell.split_once('.').filter(|_| is_number(cell));
        fraction.map_or(0, |(_, digits)| digits.chars().count() + 1)
    };
    let longest = cells.iter().map(|cell| behind(cell)).max().unwrap_or_default();
    let space = |cell: &str| if is_number(cell) { longest - behind(cell) } else { 0 };
    cells.into_iter().map(|cell| format!("{cell}{}", " ".repeat(space(&cell)))).collect()
}

#[cfg(test)]
mod tests;
