//! Writing stdout: tables, JSON and CSV.
//!
//! All data goes through here, and all of it may quote a vendor. What could steer a terminal or
//! mislead a reader is escaped in the way of each form, and [`write`] lets nothing else pass.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use proxy_orders::transport::Redactor;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::failure::Failure;
use crate::text::{escaped, is_unsafe, on_lines, on_one_line};

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
    let words = std::env::args_os().skip(1);
    let words: Vec<_> = words.map(|it| it.to_string_lossy().into_owned()).collect();
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
        Output::Json => write(&json(item)?),
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
        Output::Json => write(&json(items)?),
        Output::Csv => write(&csv(items, columns, true)?),
        Output::Table => write(&table(items, columns)),
    }
}

/// The credentials in use, which nothing that is printed may contain.
static REDACTORS: Mutex<Vec<Redactor>> = Mutex::new(Vec::new());

/// Masks these secrets in all that is printed from now on.
pub fn mask(redactor: Redactor) {
    let redactors = REDACTORS.lock();
    redactors
        .unwrap_or_else(PoisonError::into_inner)
        .push(redactor);
}

/// Returns a text as it may be printed on its lines: without credentials, and without anything that
/// steers a terminal.
pub fn printable(text: &str) -> String {
    let redactors = REDACTORS.lock().unwrap_or_else(PoisonError::into_inner);
    let masked = redactors
        .iter()
        .fold(Cow::Borrowed(text), |text, redactor| {
            Cow::Owned(redactor.redact(&text))
        });
    on_lines(&masked)
}

/// Writes to standard output and flushes it. Line breaks stay, and whatever else is unsafe and was
/// not escaped before is escaped here.
pub fn write(data: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(printable(data).as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(Failure::from_output)
}

/// Formats indented JSON.
pub fn json<T: Serialize + ?Sized>(data: &T) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(data).map_err(unformatted)?;
    Ok(safe_json(&text) + "\n")
}

/// Formats JSON on one line.
pub fn json_line<T: Serialize + ?Sized>(data: &T) -> Result<String, Failure> {
    let text = serde_json::to_string(data).map_err(unformatted)?;
    Ok(safe_json(&text) + "\n")
}

/// Escapes the unsafe characters of a JSON text. It means the same as before: between its values
/// JSON has white space only, and within them an escape is the character.
pub fn safe_json(text: &str) -> String {
    escaped(text, |letter| match letter {
        '\n' | '\r' | '\t' => letter.to_string(),
        other => {
            let mut units = [0; 2];
            let units = other.encode_utf16(&mut units).iter();
            units.map(|unit| format!("\\u{unit:04x}")).collect()
        }
    })
}

/// Returns whether a text can be printed as it is, on its lines.
pub fn is_safe(text: &str) -> bool {
    text.chars().all(|it| it == '\n' || !is_unsafe(it))
}

/// Formats one row of CSV, below the header if it is the first.
pub fn csv_row<T>(item: &T, columns: &[Column<T>], is_first: bool) -> Result<String, Failure> {
    csv(std::slice::from_ref(item), columns, is_first)
}

fn csv<T>(items: &[T], columns: &[Column<T>], with_header: bool) -> Result<String, Failure> {
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
            .map(|column| csv_field(&(column.value)(item).unwrap_or_default()));
        writer.write_record(fields).map_err(unformatted)?;
    }
    String::from_utf8(writer.into_inner().map_err(unformatted)?).map_err(unformatted)
}

/// Returns a field of CSV: on one line, escaped, and with a `'` before what a spreadsheet would run
/// as a formula. A number is none.
pub fn csv_field(text: &str) -> String {
    let text = on_one_line(text);
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@']);
    match is_formula && text.parse::<Decimal>().is_err() {
        true => format!("'{text}"),
        false => text,
    }
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
            "ID   TEXT         SAID\n1    a\\u{1b}[31m  it is 1\n200  b,\"c\"        it is 200\n"
        );
        let csv = csv(&items, &columns, true).unwrap();
        assert!(csv.ends_with("200,\"b,\"\"c\"\"\",\n"), "{csv}");
        assert_eq!(table(&[], &columns), "ID  TEXT  SAID\n");
    }

    #[test]
    fn no_form_passes_on_what_misleads() {
        let hostile = "a\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\u{2066}\u{7f}\r\nb\u{e0041}";
        let columns = [Column::new("text", |it: &&str| Some((*it).to_owned()))];
        let json = json(&[hostile]).unwrap();
        assert_eq!(
            serde_json::from_str::<[String; 1]>(&json).unwrap(),
            [hostile]
        );
        let line = json_line(&hostile).unwrap();
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), hostile);
        for text in [
            json,
            line,
            csv(&[hostile], &columns, true).unwrap(),
            table(&[hostile], &columns),
        ] {
            assert!(is_safe(&text), "{text:?}");
        }
    }

    #[test]
    fn formulas_are_quoted_in_csv_and_numbers_are_not() {
        let columns = [Column::new("text", |it: &&str| Some((*it).to_owned()))];
        let cells = [
            "=1+1",
            "+cmd|' /C calc'!A0",
            "-2+3",
            "@SUM(1)",
            "\t=1",
            "\r=1",
            " =1",
            "-5.20",
            "+5",
            "a=1",
            "",
        ];
        let text = csv(&cells, &columns, false).unwrap();
        let expected =
            "'=1+1\n'+cmd|' /C calc'!A0\n'-2+3\n'@SUM(1)\n' =1\n' =1\n' =1\n-5.20\n+5\na=1\n\"\"\n";
        assert_eq!(text, expected);
    }
}
