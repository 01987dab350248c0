//! Tables: live objects for `get`, and any rows under a header. Columns are separated by spaces alone, so
//! that they can be cut by other tools.

use crate::style::{Colour, Role, Style};
use crate::text::escape;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use plumb_model::LiveObject;

/// Which columns a table of objects has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Columns {
    /// What fits a terminal.
    #[default]
    Default,
    /// Also ids, prices and the server's reasons.
    Wide,
}

/// Live objects, one a row, in the given order. Ends with a line break. Where nothing has a
/// project, as in clouds that know none, ids stand instead if they fit: names are not unique
/// there.
#[must_use]
pub fn objects(objects: &[&LiveObject], columns: Columns, style: Style) -> String {
    if columns == Columns::Wide || Places::of(objects) == Places::Shown {
        return table(objects, columns, Ids::of(columns), style);
    }
    let plain = Style { colour: Colour::Never, ..style };
    let with_ids = table(objects, columns, Ids::Shown, plain);
    let fits = with_ids.lines().all(|line| line.chars().count() <= style.width);
    table(objects, columns, if fits { Ids::Shown } else { Ids::Hidden }, style)
}

/// Whether a table says ids.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ids {
    Shown,
    Hidden,
}

impl Ids {
    fn of(columns: Columns) -> Self {
        if columns == Columns::Wide { Self::Shown } else { Self::Hidden }
    }
}

fn table(objects: &[&LiveObject], columns: Columns, ids: Ids, style: Style) -> String {
    let places = Places::of(objects);
    let by_id = ids == Ids::Shown;
    let place: &[&str] = if places == Places::Shown { &["PROJECT", "WORKSPACE"] } else { &[] };
    let mut header = [&["KIND"], place, &["NAME", "STATUS", "POWER", "STACK"]].concat();
    if by_id {
        header.push("ID");
    }
    if columns == Columns::Wide {
        header.extend(["HOURLY", "REASON"]);
    }
    let rows = objects.iter().map(|object| {
        let mut row = object_row(object, places);
        if by_id {
            row.push(object.remote_id.as_ref().map_or_else(dash, ToString::to_string));
        }
        if columns == Columns::Wide {
            row.push(object.hourly.map_or_else(dash, |rate| rate.to_string()));
            let reason = object.status.reason.as_ref();
            row.push(reason.map_or_else(dash, ToString::to_string));
        }
        row
    });
    let rows: Vec<Vec<String>> = rows.collect();
    lay_out(&header, &rows, style)
}

fn dash() -> String {
    "-".to_owned()
}

/// Whether a table says where things are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Places {
    Shown,
    /// Nothing in it is in a project.
    None,
}

impl Places {
    fn of(objects: &[&LiveObject]) -> Self {
        let scoped = objects.iter().any(|object| object.key.scope.project().is_some());
        if scoped { Self::Shown } else { Self::None }
    }
}

fn object_row(object: &LiveObject, places: Places) -> Vec<String> {
    let LiveObject { key, status, mark, .. } = object;
    let or_dash = |text: Option<&str>| text.map_or_else(dash, str::to_owned);
    let mut row = vec![key.kind.kind.clone()];
    if places == Places::Shown {
        row.extend([or_dash(key.scope.project()), or_dash(key.scope.workspace())]);
    }
    row.extend([
        key.name.clone(),
        status.phase.to_string(),
        status.power.map_or_else(dash, |power| power.to_string()),
        or_dash(mark.as_deref()),
    ]);
    row
}

/// Rows under a header, columns as wide as they need to be. Cells are foreign text. Ends with a line break.
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
