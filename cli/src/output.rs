//! Writing stdout: tables, JSON and CSV.

use std::io::{self, Write};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::failure::Failure;

/// In which form a command prints its data.
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

/// One column of a list: its name, and what it holds of an item.
pub struct Column<T> {
    /// Its name in the header.
    pub name: &'static str,
    /// What it holds; `None` where the vendor says nothing.
    pub value: fn(&T) -> Option<String>,
    /// Whether a table shows it too; CSV always does.
    pub is_in_table: bool,
}

impl<T> Column<T> {
    /// A column of tables and CSV.
    pub const fn new(name: &'static str, value: fn(&T) -> Option<String>) -> Self {
        Column {
            name,
            value,
            is_in_table: true,
        }
    }

    /// A column that would make a table too wide.
    pub const fn in_csv_only(name: &'static str, value: fn(&T) -> Option<String>) -> Self {
        Column {
            name,
            value,
            is_in_table: false,
        }
    }
}

/// Prints one item: a JSON object, or a list of one row.
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

/// Prints a list: one JSON array, or one row an item.
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

/// Writes to stdout, all of it and at once.
pub fn write(data: impl AsRef<[u8]>) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(data.as_ref())
        .and_then(|()| stdout.flush())
        .map_err(Failure::from_output)
}

/// Indented JSON.
pub fn json<T: Serialize + ?Sized>(data: &T) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(data)
        .map_err(|error| Failure::Refused(format!("the data can't be written: {error}")))?;
    text.push('\n');
    Ok(text)
}

/// JSON on one line.
pub fn json_line<T: Serialize + ?Sized>(data: &T) -> Result<String, Failure> {
    let mut text = serde_json::to_string(data)
        .map_err(|error| Failure::Refused(format!("the data can't be written: {error}")))?;
    text.push('\n');
    Ok(text)
}

/// One row of CSV, below the header if it is the first.
pub fn csv_row<T>(item: &T, columns: &[Column<T>], is_first: bool) -> Result<Vec<u8>, Failure> {
    csv(std::slice::from_ref(item), columns, is_first)
}

fn csv<T>(items: &[T], columns: &[Column<T>], with_header: bool) -> Result<Vec<u8>, Failure> {
    let failed =
        |error: csv::Error| Failure::Refused(format!("the data can't be written: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_header {
        writer
            .write_record(columns.iter().map(|column| column.name))
            .map_err(failed)?;
    }
    for item in items {
        let fields = columns
            .iter()
            .map(|column| (column.value)(item).unwrap_or_default());
        writer.write_record(fields).map_err(failed)?;
    }
    writer
        .into_inner()
        .map_err(|error| Failure::Refused(format!("the data can't be written: {error}")))
}

/// Aligned columns, two spaces apart, and a dash for what is not known.
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

/// A vendor's words end up on a terminal, where control characters can do more than be seen.
pub fn on_one_line(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

/// Quotes a word as a shell needs it.
pub fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@=,".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
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
        ];
        let items = [(1, "a\u{1b}[31m"), (200, "b,\"c\"")];
        let shown = table(&items, &columns);
        assert_eq!(shown, "ID   TEXT\n1    a [31m\n200  b,\"c\"\n");
        let csv = String::from_utf8(csv(&items, &columns, true).unwrap()).unwrap();
        assert!(csv.ends_with("200,\"b,\"\"c\"\"\",\n"), "{csv}");
        assert_eq!(table(&[], &columns), "ID  TEXT\n");
    }
}
