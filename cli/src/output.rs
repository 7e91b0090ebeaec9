//! Writing stdout: tables, JSON and CSV.

use std::fmt;
use std::io::{self, Write};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::failure::Failure;
use crate::text::on_one_line;

/// The form in which a command prints its data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Aligned columns under a header, for people
    #[default]
    Table,
    /// JSON, with amounts as text so that no reader makes floats of them
    Json,
    /// CSV with a header
    Csv,
}

/// Returns whether the command line asks for JSON, also if it is wrong otherwise.
pub fn is_json_wanted() -> bool {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let asks = |flag: &str, value: &str| {
        let is_short = flag.starts_with('-') && !flag.starts_with("--") && flag.ends_with('o');
        (is_short || flag == "--output") && value == "json"
    };
    let split = |word: &String| {
        let in_one = word.strip_suffix("json");
        in_one.is_some_and(|flag| asks(flag.trim_end_matches('='), "json"))
    };
    let is_pair = |pair: &[String]| matches!(pair, [flag, value] if asks(flag, value));
    words.iter().any(split) || words.windows(2).any(is_pair)
}

/// One column of a list.
pub struct Column<T> {
    /// The name in the header.
    pub name: &'static str,
    /// Returns an item's value; `None` where the vendor does not give one.
    pub value: fn(&T) -> Option<String>,
    /// True if tables show the column.
    pub is_in_table: bool,
    /// True if CSV has the column.
    pub is_in_csv: bool,
}

impl<T> Column<T> {
    /// Creates a column of tables and CSV.
    pub const fn new(name: &'static str, value: fn(&T) -> Option<String>) -> Self {
        Column {
            name,
            value,
            is_in_table: true,
            is_in_csv: true,
        }
    }

    /// Creates a column that would make a table too wide.
    pub const fn in_csv_only(name: &'static str, value: fn(&T) -> Option<String>) -> Self {
        Column {
            is_in_table: false,
            ..Column::new(name, value)
        }
    }

    /// Creates a column whose value is worded for people.
    pub const fn in_table_only(name: &'static str, value: fn(&T) -> Option<String>) -> Self {
        Column {
            is_in_csv: false,
            ..Column::new(name, value)
        }
    }
}

/// Converts an optional value to the text of a cell.
pub fn cell(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

/// Prints one item, as a JSON object or a list of one row.
pub fn print_one<T: Serialize>(
    item: &T,
    columns: &[Column<T>],
    output: Output,
) -> Result<(), Failure> {
    match output {
        Output::Json => write(json(item)?),
        _ => print_list(std::slice::from_ref(item), columns, output),
    }
}

/// Prints a list, as one JSON array or one row an item.
pub fn print_list<T: Serialize>(
    items: &[T],
    columns: &[Column<T>],
    output: Output,
) -> Result<(), Failure> {
    match output {
        Output::Json => write(json(items)?),
        Output::Csv => write(csv(items, columns, true)?),
        Output::Table => write(table(items, columns)),
    }
}

/// Writes to standard output and flushes it.
pub fn write(data: impl AsRef<[u8]>) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(data.as_ref())
        .and_then(|()| stdout.flush())
        .map_err(Failure::from_output)
}

/// Formats indented JSON.
pub fn json<T: Serialize + ?Sized>(data: &T) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(data).map_err(unformatted)?;
    text.push('\n');
    Ok(text)
}

/// Formats JSON on one line.
pub fn json_line<T: Serialize + ?Sized>(data: &T) -> Result<String, Failure> {
    let mut text = serde_json::to_string(data).map_err(unformatted)?;
    text.push('\n');
    Ok(text)
}

/// Formats one row of CSV, below the header if it is the first.
pub fn csv_row<T>(item: &T, columns: &[Column<T>], is_first: bool) -> Result<Vec<u8>, Failure> {
    csv(std::slice::from_ref(item), columns, is_first)
}

fn csv<T>(items: &[T], columns: &[Column<T>], with_header: bool) -> Result<Vec<u8>, Failure> {
    let columns: Vec<_> = columns.iter().filter(|it| it.is_in_csv).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_header {
        writer
            .write_record(columns.iter().map(|column| column.name))
            .map_err(unformatted)?;
    }
    for item in items {
        let fields = columns
            .iter()
            .map(|column| (column.value)(item).unwrap_or_default());
        writer.write_record(fields).map_err(unformatted)?;
    }
    writer.into_inner().map_err(unformatted)
}

fn unformatted(error: impl fmt::Display) -> Failure {
    Failure::refused(format!("the data cannot be formatted: {error}"))
}

/// Formats aligned columns, with a dash for an unknown value.
pub fn table<T>(items: &[T], columns: &[Column<T>]) -> String {
    let columns: Vec<_> = columns.iter().filter(|it| it.is_in_table).collect();
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(columns.iter().map(|column| column.name.to_uppercase()));
    for item in items {
        table.add_row(columns.iter().map(|column| {
            let value = (column.value)(item).filter(|value| !value.is_empty());
            value.map_or_else(|| "-".to_owned(), |value| on_one_line(&value))
        }));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn tables_are_aligned_and_harmless_and_csv_is_quoted() {
        let columns = [
            Column::new("id", |it: &(u8, &str)| Some(it.0.to_string())),
            Column::new("text", |it| Some(it.1.to_owned())),
            Column::in_csv_only("more", |_| None),
            Column::in_table_only("said", |it| Some(format!("it is {}", it.0))),
        ];
        let items = [(1, "a\u{1b}[31m"), (200, "b,\"c\"")];
        let shown = table(&items, &columns);
        assert_eq!(
            shown,
            "ID   TEXT    SAID\n1    a [31m  it is 1\n200  b,\"c\"   it is 200\n"
        );
        let csv = String::from_utf8(csv(&items, &columns, true).unwrap()).unwrap();
        assert!(csv.ends_with("200,\"b,\"\"c\"\"\",\n"), "{csv}");
        assert_eq!(table(&[], &columns), "ID  TEXT  SAID\n");
    }
}
