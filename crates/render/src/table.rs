//! Tables: live objects for `get`, and any rows under a header. Columns are separated by spaces
//! alone, so that they can be cut by other tools.

use crate::style::{Role, Style};
use crate::text::escape;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use plumb_model::{LiveObject, ResourceKey};
use std::collections::BTreeMap;

/// Which columns a table of objects has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Columns {
    /// What fits a terminal.
    #[default]
    Default,
    /// Also ids, prices and the server's reasons.
    Wide,
}

/// The name of a column, and what stands in it of an object.
type Told = (&'static str, fn(&LiveObject) -> Option<String>);

/// When a contract ends and what is left of it, by the keys of what has one.
pub type Contracts = BTreeMap<ResourceKey, String>;

const KIND: [Told; 1] = [("KIND", |object| Some(object.key.kind.kind.clone()))];
const PLACE: [Told; 2] = [
    ("PROJECT", |object| object.key.scope.project().map(str::to_owned)),
    ("WORKSPACE", |object| object.key.scope.workspace().map(str::to_owned)),
];
const STATE: [Told; 4] = [
    ("NAME", |object| Some(object.key.name.clone())),
    ("STATUS", |object| Some(object.status.phase.to_string())),
    ("POWER", |object| object.status.power.map(|power| power.to_string())),
    ("STACK", |object| object.mark.clone()),
];
const ID: [Told; 1] = [("ID", |object| object.remote_id.as_ref().map(ToString::to_string))];
const MORE: [Told; 2] = [
    ("HOURLY", |object| object.hourly.map(|rate| rate.to_string())),
    ("REASON", |object| object.status.reason.as_ref().map(ToString::to_string)),
];

/// Live objects, one a row, in the given order. Ends with a line break. Where nothing has a
/// project, as in clouds that know none, ids stand instead if they fit: names are not unique
/// there. Contracts have a column where there are any, in a wide table.
#[must_use]
pub fn objects(
    objects: &[&LiveObject],
    contracts: &Contracts,
    (columns, style): (Columns, Style),
) -> String {
    let scoped = objects.iter().any(|object| object.key.scope.project().is_some());
    let place: &[Told] = if scoped { &PLACE } else { &[] };
    let with = |told: &[Told]| {
        let told = [&KIND[..], place, &STATE, told].concat();
        let term = |object: &LiveObject| {
            contracts.get(&object.key).map_or_else(|| "-".to_owned(), |text| escape(text))
        };
        let cell = |object: &&LiveObject, (_, of): &Told| {
            of(object).map_or_else(|| "-".to_owned(), |text| escape(&text))
        };
        let column = |told: &Told| Column {
            head: vec![told.0.to_owned()],
            cells: objects.iter().map(|object| cell(object, told)).collect(),
            side: CellAlignment::Left,
        };
        let contract = Column {
            head: vec!["CONTRACT".to_owned()],
            cells: objects.iter().map(|object| term(object)).collect(),
            side: CellAlignment::Left,
        };
        let contract = (columns == Columns::Wide && !contracts.is_empty()).then_some(contract);
        Lines::of(&told.iter().map(column).chain(contract).collect::<Vec<_>>())
    };
    let lines = match (columns, scoped) {
        (Columns::Wide, _) => with(&[&ID[..], &MORE].concat()),
        (Columns::Default, true) => with(&[]),
        (Columns::Default, false) => {
            Some(with(&ID)).filter(|lines| lines.width <= style.width).unwrap_or_else(|| with(&[]))
        }
    };
    lines.painted(objects.len(), style)
}

/// Rows under a header, columns as wide as they need to be. Cells are foreign text. Ends with a
/// line break.
#[must_use]
pub fn lay_out(header: &[&str], rows: &[Vec<String>], style: Style) -> String {
    let column = |(at, name): (usize, &&str)| Column {
        head: vec![(*name).to_owned()],
        cells: rows
            .iter()
            .map(|row| row.get(at).map_or_else(String::new, |cell| escape(cell)))
            .collect(),
        side: CellAlignment::Left,
    };
    let columns: Vec<Column> = header.iter().enumerate().map(column).collect();
    Lines::of(&columns).painted(rows.len(), style)
}

/// A column: its name, on one line or more, and its cells. All of it is safe to print.
pub(crate) struct Column {
    pub(crate) head: Vec<String>,
    pub(crate) cells: Vec<String>,
    pub(crate) side: CellAlignment,
}

/// Columns beside one another, three spaces between them.
pub(crate) struct Lines {
    texts: Vec<String>,
    heads: usize,
    /// As wide as the widest line.
    pub(crate) width: usize,
}

impl Lines {
    /// Short names stand on the last line of the heads, next to their cells.
    pub(crate) fn of(columns: &[Column]) -> Self {
        const GAP: u16 = 3;
        let heads = columns.iter().map(|column| column.head.len()).max().unwrap_or_default();
        let rows = columns.iter().map(|column| column.cells.len()).max().unwrap_or_default();
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        let head = |head: &[String]| "\n".repeat(heads - head.len()) + &head.join("\n");
        table.set_header(columns.iter().map(|column| head(&column.head)));
        for row in 0..rows {
            table.add_row(columns.iter().map(|column| column.cells.get(row).map_or("", |it| it)));
        }
        for (column, Column { side, .. }) in table.column_iter_mut().zip(columns) {
            column.set_padding((0, GAP)).set_cell_alignment(*side);
        }
        let texts: Vec<String> = table.lines().collect();
        let width = texts.iter().map(|line| line.chars().count()).max().unwrap_or_default();
        Self { texts, heads, width: width.saturating_sub(GAP.into()) }
    }

    /// For people: the heads stand out, and what comes after so many rows.
    pub(crate) fn painted(&self, rows: usize, style: Style) -> String {
        let mut text = String::new();
        for (at, line) in self.texts.iter().enumerate() {
            let line = line.trim_end();
            let strong = at < self.heads || at >= self.heads + rows;
            text.push_str(&if strong { style.paint(Role::Strong, line) } else { line.to_owned() });
            text.push('\n');
        }
        text
    }
}
