//! Tables at several widths, and the forms scripts read.

use super::*;
use serde_json::json;

fn prices() -> Sheet {
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    Sheet {
        title: "Prices".into(),
        columns: row(["Name", "Hourly", "Free"]),
        rows: vec![
            row(["trainer", "$39.84", "16"]),
            row(["sha|red\u{1b}[2J", "$0.017408", "0"]),
            row(["odd", "unknown", "-"]),
        ],
        total: Some(row(["Sum", "-$9.50", ""])),
    }
}

#[test]
fn amounts_stand_below_one_another() {
    let expected = "\
Prices
NAME                   HOURLY   FREE
trainer            $39.84         16
sha|red\\u{1b}[2J    $0.017408      0
odd                   unknown      -
Sum                -$9.50
";
    assert_eq!(human(&prices(), Style::default()), expected);
}

#[test]
fn a_column_with_one_word_in_it_is_no_column_of_numbers() {
    let mut sheet = prices();
    sheet.rows[0][2] = "many".into();
    let text = human(&sheet, Style::default());
    assert!(
        text.contains("FREE\n") && text.contains("  many\n") && text.contains("  0\n"),
        "{text}"
    );
}

fn catalog() -> Sheet {
    let row = |cells: [&str; 5]| cells.map(str::to_owned).to_vec();
    Sheet {
        title: String::new(),
        columns: row(["Id", "GPUs per node", "Model", "Hourly", "Note"]),
        rows: vec![
            row(["c6fd6253", "8", "h100-sxm5-80gb", "$1234.50", "-"]),
            row(["928dc7be", "16", "h100-sxm5-80gb", "$7.00", "new"]),
        ],
        total: None,
    }
}

#[test]
fn a_table_fits_where_it_is_shown() {
    let at = |width| human(&catalog(), Style { width, ..Style::default() });
    let wide = [
        "           GPUS",
        "            PER",
        "ID         NODE   MODEL               HOURLY   NOTE",
        "c6fd6253      8   h100-sxm5-80gb   $1,234.50   -",
        "928dc7be     16   h100-sxm5-80gb       $7.00   new",
        "",
    ];
    assert_eq!(at(51), wide.join("\n"));
    let narrow = [
        "All: Model h100-sxm5-80gb",
        "           GPUS",
        "            PER",
        "ID         NODE      HOURLY   NOTE",
        "c6fd6253      8   $1,234.50   -",
        "928dc7be     16       $7.00   new",
        "",
    ];
    assert_eq!(at(50), narrow.join("\n"));
    let stacked = "\
All: Model h100-sxm5-80gb
c6fd6253
  GPUs per node   8
  Hourly          $1,234.50
928dc7be
  GPUs per node   16
  Hourly          $7.00
  Note            new
";
    assert_eq!(at(20), stacked);
}

#[test]
fn a_list_is_wrapped_between_its_parts() {
    let words = ["one two", "three", "four"].map(str::to_owned);
    assert_eq!(wrapped("All: ", &words, 22), ["All: one two, three,", "     four"]);
    assert_eq!(wrapped("All: ", &words, 80), ["All: one two, three, four"]);
    assert_eq!(wrapped("All: ", &[], 80), [""; 0]);
}

#[test]
fn columns_of_one_name_stay_apart() {
    let mut sheet = catalog();
    sheet.columns[4] = "Hourly".into();
    let value = serde_json::to_value(&sheet).unwrap();
    assert_eq!(
        (&value["rows"][1]["hourly"], &value["rows"][1]["hourly_2"]),
        (&json!("7.00"), &json!("new"))
    );
}

#[test]
fn nothing_is_said_to_be_nothing() {
    let sheet = Sheet { rows: Vec::new(), ..prices() };
    assert_eq!(human(&sheet, Style::default()), "Prices\n(none)\n");
    assert_eq!(markdown(&sheet), "### Prices\n\nNothing.\n");
}

#[test]
fn no_cell_breaks_out_of_its_table() {
    let text = markdown(&prices());
    assert!(text.contains("| --- | ---: | ---: |"), "{text}");
    assert!(text.contains("| sha\\|red\\\\u{1b}\\[2J | $0.017408 | 0 |"), "{text}");
    assert_eq!(text.lines().count(), 8, "{text}");
}

#[test]
fn programs_get_fields() {
    let value = serde_json::to_value(prices()).unwrap();
    assert_eq!(value["rows"][0], json!({"name": "trainer", "hourly": "39.84", "free": 16}));
    assert_eq!(field_name("GPUs free (InfiniBand)"), "gpus_free_infiniband");
}

#[test]
fn facts_are_in_line_and_escaped() {
    let given = [("Location", "Dal\nlas"), ("A long name", "x")];
    let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let expected = "  Location      Dal\\u{a}las\n  A long name   x\n";
    assert_eq!(facts(&given, Style::default()), expected);
}
