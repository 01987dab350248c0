//! Tables and lists of anything: what a cloud offers, what things cost, what is known of one
//! object. Cells are foreign text; they are escaped here.
//!
//! A column of numbers or amounts stands to the right, its decimal points below one another.

use crate::style::{Role, Style};
use crate::text::escape;
use crate::words::append;
use serde_json::{Map, Value, json};

/// The space between two columns.
const GAP: &str = "   ";

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// For people. Ends with a line break.
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
    let columns = laid_out(sheet);
    let count = sheet.rows.len() + usize::from(sheet.total.is_some());
    let line = |at: usize| {
        let cells = columns.iter().map(|column| column.cells.get(at).map_or("", String::as_str));
        cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    };
    let head = columns.iter().map(|column| column.head.as_str()).collect::<Vec<_>>().join(GAP);
    append(&mut text, format_args!("{}\n", style.paint(Role::Strong, head.trim_end())));
    for at in 0..count {
        let line = line(at);
        let is_total = at == sheet.rows.len();
        let line = if is_total { style.paint(Role::Strong, &line) } else { line };
        append(&mut text, format_args!("{line}\n"));
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
    let rule = |at| if is_numeric(sheet, at) { "---:" } else { "---" };
    let rules: Vec<&str> = (0..sheet.columns.len()).map(rule).collect();
    append(&mut text, format_args!("| {} |\n", rules.join(" | ")));
    for cells in sheet.rows.iter().chain(&sheet.total) {
        text.push_str(&row(cells));
    }
    text
}

/// For programs: rows as objects by the names of the columns, in small letters and with
/// underscores.
#[must_use]
pub fn json(sheet: &Sheet) -> Value {
    let names: Vec<String> = sheet.columns.iter().map(|name| field_name(name)).collect();
    let row = |cells: &Vec<String>| {
        let fields = names.iter().cloned().zip(cells.iter().map(|cell| cell.as_str().into()));
        Value::Object(fields.collect::<Map<_, _>>())
    };
    json!({"title": sheet.title, "rows": sheet.rows.iter().map(row).collect::<Vec<_>>()})
}

/// Names with what they stand for, one a line, indented. Ends with a line break.
#[must_use]
pub fn facts(facts: &[(String, String)], style: Style) -> String {
    let shown: Vec<(String, String)> =
        facts.iter().map(|(name, value)| (escape(name), escape(value))).collect();
    let longest = shown.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, value) in shown {
        let name = style.paint(Role::Quiet, &padded(&name, longest, Side::Left));
        append(&mut text, format_args!("  {name}{GAP}{value}\n"));
    }
    text
}

/// A column's name as a field of JSON.
#[must_use]
pub fn field_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = name.chars().map(plain).collect();
    name.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

struct Column {
    head: String,
    cells: Vec<String>,
}

fn laid_out(sheet: &Sheet) -> Vec<Column> {
    let rows = || sheet.rows.iter().chain(&sheet.total);
    let columns = sheet.columns.iter().enumerate().map(|(at, name)| {
        let cells: Vec<String> =
            rows().map(|row| row.get(at).map_or_else(String::new, |cell| escape(cell))).collect();
        let side = if is_numeric(sheet, at) { Side::Right } else { Side::Left };
        let cells = if side == Side::Right { on_the_point(cells) } else { cells };
        let head = escape(&name.to_uppercase());
        let widest = cells.iter().chain([&head]).map(|cell| cell.chars().count()).max();
        let width = widest.unwrap_or_default();
        let cells = cells.iter().map(|cell| padded(cell, width, side)).collect();
        Column { head: padded(&head, width, side), cells }
    });
    columns.collect()
}

fn padded(text: &str, width: usize, side: Side) -> String {
    let space = " ".repeat(width.saturating_sub(text.chars().count()));
    match side {
        Side::Left => format!("{text}{space}"),
        Side::Right => format!("{space}{text}"),
    }
}

/// Whether a column holds numbers or amounts, and what stands for one that is not known.
fn is_numeric(sheet: &Sheet, column: usize) -> bool {
    let cells =
        || sheet.rows.iter().filter_map(|row| row.get(column)).filter(|cell| !is_blank(cell));
    cells().next().is_some() && cells().all(|cell| is_number(cell))
}

fn is_blank(cell: &str) -> bool {
    matches!(cell, "" | "-" | "unknown")
}

fn is_number(cell: &str) -> bool {
    let digits = cell.trim_start_matches('-').trim_start_matches('$');
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
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
