//! The file of `buy --from`: CSV with a header, or JSON objects line by line.

use std::collections::BTreeMap;
use std::path::Path;

use proxy_orders::Purchase;
use proxy_orders::purchase::{IdempotencyKey, SpendAdapter, SpendRequest};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::commands::buy::BuyArguments;
use crate::failure::Failure;
use crate::flags::{LARGEST_QUANTITY, amount, answer, read_source};

/// The columns that a file may have.
const COLUMNS: [&str; 10] = [
    "product",
    "plan",
    "location",
    "quantity",
    "coupon",
    "auto_renewal",
    "pay_with",
    "answers",
    "idempotency_key",
    "max_total",
];

/// One purchase.
pub struct Row {
    /// The number of the row, counted from 1 without the header.
    pub number: usize,
    /// The key, given or made of the batch's name.
    pub key: IdempotencyKey,
    /// The line in the file.
    pub line: u64,
    /// The purchase.
    pub purchase: Purchase,
    /// The request.
    pub request: SpendRequest,
    /// The most that it may cost.
    pub max_total: Decimal,
}

/// The fields of one row that are not empty.
struct Fields {
    line: u64,
    values: BTreeMap<String, String>,
}

/// Reads all rows, and checks each by itself.
pub async fn read(
    file: &Path,
    buy: &BuyArguments,
    account: &dyn SpendAdapter,
) -> Result<Vec<Row>, Failure> {
    let (_, text) = read_source("--from", file).await?;
    rows(text.trim_start_matches('\u{feff}'), buy, account).map_err(|wrong| refused(file, wrong))
}

/// The mistakes, by line; each text goes on after the line's number.
pub type Wrong = Vec<(u64, String)>;

/// Returns the failure that lists all mistakes.
pub fn refused(file: &Path, mut wrong: Wrong) -> Failure {
    /// More mistakes would not help a reader.
    const SHOWN: usize = 50;
    wrong.sort_by_key(|(line, _)| *line);
    let shown = wrong.iter().take(SHOWN);
    let mut lines: Vec<_> = shown
        .map(|(line, what)| format!("\n  line {line}{}", shortened(what)))
        .collect();
    if let Some(more) = wrong.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        lines.push(format!("\n  and {more} more"));
    }
    Failure::usage(format!(
        "--from {}: this run bought nothing{}",
        file.display(),
        lines.concat()
    ))
}

/// Cuts what is wrong with a line, which may quote all of it.
fn shortened(what: &str) -> String {
    const LONGEST: usize = 300;
    match what.char_indices().nth(LONGEST) {
        None => what.to_owned(),
        Some((end, _)) => format!(
            "{}... ({} more bytes)",
            what.get(..end).unwrap_or_default(),
            what.len() - end
        ),
    }
}

/// Parses all rows, or returns all mistakes.
fn rows(text: &str, buy: &BuyArguments, account: &dyn SpendAdapter) -> Result<Vec<Row>, Wrong> {
    let mut wrong = Vec::new();
    let all = match text.trim_start().starts_with(['{', '[']) {
        true => json_lines(text, &mut wrong),
        false => csv(text, &mut wrong),
    };
    if all.is_empty() && wrong.is_empty() {
        wrong.push((1, ": there are no rows".to_owned()));
    }
    let mut rows = Vec::new();
    let mut lines: BTreeMap<IdempotencyKey, u64> = BTreeMap::new();
    for (at, fields) in all.into_iter().enumerate() {
        let line = fields.line;
        match row(at + 1, fields, buy, account) {
            Err(more) => wrong.extend(more),
            Ok(row) => match lines.insert(row.key.clone(), line) {
                Some(other) => wrong.push((
                    line,
                    format!(
                        ", column idempotency_key: `{}` is the key of line {other}, too: each purchase needs its own",
                        row.key
                    ),
                )),
                None => rows.push(row),
            },
        }
    }
    match wrong.is_empty() {
        true => Ok(rows),
        false => Err(wrong),
    }
}

/// Parses one row, or returns all its mistakes.
fn row(
    number: usize,
    fields: Fields,
    buy: &BuyArguments,
    account: &dyn SpendAdapter,
) -> Result<Row, Wrong> {
    let Fields { line, mut values } = fields;
    let mut wrong = Vec::new();
    let mut take = |column: &str| values.remove(column);
    let mut at = |column: &str, what: String| {
        wrong.push((line, format!(", column {column}: {what}")));
    };
    let default = buy.purchase.purchase();

    let product = take("product").or_else(|| buy.purchase.product.clone());
    if product.is_none() {
        at("product", "is missing".to_owned());
    }
    let quantity = match take("quantity").map(|text| (text.parse::<u32>(), text)) {
        None => default.quantity,
        Some((Ok(quantity), _)) if (1..=LARGEST_QUANTITY).contains(&quantity) => quantity,
        Some((_, text)) => {
            at(
                "quantity",
                format!("`{text}` is not a whole number from 1 to {LARGEST_QUANTITY}"),
            );
            1
        }
    };
    let auto_renewal = match take("auto_renewal").as_deref() {
        None => default.auto_renewal,
        Some("true" | "yes" | "1") => true,
        Some("false" | "no" | "0") => false,
        Some(text) => {
            at("auto_renewal", format!("`{text}`: write true or false"));
            false
        }
    };
    let answers = match take("answers").map(|text| text.split(',').map(answer).collect()) {
        None => default.answers,
        Some(Ok(answers)) => answers,
        Some(Err(what)) => {
            at("answers", what);
            BTreeMap::new()
        }
    };
    let max_total = match take("max_total").map(|text| (amount(&text), text)) {
        None => buy.max_total,
        Some((Ok(amount), _)) => Some(amount),
        Some((Err(what), text)) => {
            at("max_total", format!("`{text}`: {what}"));
            Some(Decimal::ZERO)
        }
    };
    if max_total.is_none() {
        let what = "is missing: fill it in, or pass --max-total";
        at("max_total", what.to_owned());
    }
    let key = match (take("idempotency_key"), &buy.batch) {
        (Some(key), _) => IdempotencyKey::new(key),
        (None, Some(batch)) => IdempotencyKey::new(format!("{batch}/{number}")),
        (None, None) => {
            let what = "is missing: give each row its own, or pass --batch NAME";
            at("idempotency_key", what.to_owned());
            Ok(IdempotencyKey::random())
        }
    };
    let key = key.map_err(|error| at("idempotency_key", error.to_string()));
    let purchase = Purchase {
        product: product.unwrap_or_default(),
        plan: take("plan").or(default.plan),
        location: take("location").or(default.location),
        quantity,
        coupon: take("coupon").or(default.coupon),
        auto_renewal,
        pay_with: take("pay_with").or(default.pay_with),
        answers,
    };
    match (key, max_total) {
        (Ok(key), Some(max_total)) if wrong.is_empty() => match account.purchase(&purchase) {
            Ok(request) => Ok(Row {
                number,
                key,
                line,
                purchase,
                request,
                max_total,
            }),
            Err(error) => Err(vec![(line, format!(": {error:#}"))]),
        },
        _ => Err(wrong),
    }
}

fn unknown_column(name: &str) -> String {
    format!(
        "`{}` is not a column; the columns are {}",
        name.escape_default(),
        COLUMNS.join(", ")
    )
}

fn csv(text: &str, wrong: &mut Wrong) -> Vec<Fields> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            wrong.push((1, format!(": {error}")));
            return Vec::new();
        }
    };
    for (at, name) in header.iter().enumerate() {
        if !COLUMNS.contains(&name) {
            wrong.push((1, format!(": {}", unknown_column(name))));
        } else if header.iter().take(at).any(|it| it == name) {
            wrong.push((1, format!(": the column `{name}` stands twice")));
        }
    }
    if !wrong.is_empty() {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = line_of(text, &record);
                if record.len() != header.len() {
                    let (found, expected) = (record.len(), header.len());
                    let what = format!(": it has {found} columns, and the header has {expected}");
                    wrong.push((line, what));
                    continue;
                }
                let values = header.iter().zip(&record);
                let values = values.filter(|(_, value)| !value.is_empty());
                rows.push(Fields {
                    line,
                    values: values
                        .map(|(name, value)| (name.to_owned(), value.to_owned()))
                        .collect(),
                });
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                wrong.push((line, format!(": {error}")));
            }
        }
    }
    rows
}

/// Returns the line of a record. The reader counts blank lines before a record as part of it.
fn line_of(text: &str, record: &csv::StringRecord) -> u64 {
    let Some(place) = record.position() else {
        return 0;
    };
    let from = usize::try_from(place.byte()).unwrap_or_default();
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| b"\r\n".contains(byte));
    place.line() + blank.filter(|byte| **byte == b'\n').count() as u64
}

fn json_lines(text: &str, wrong: &mut Wrong) -> Vec<Fields> {
    let mut rows = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        let object: Map<String, Value> = match serde_json::from_str(text) {
            Ok(object) => object,
            Err(error) if error.is_data() => {
                wrong.push((line, ": write one JSON object a line".to_owned()));
                continue;
            }
            Err(error) => {
                let column = error.column();
                wrong.push((line, format!(", column {column}: this is not JSON")));
                continue;
            }
        };
        let mut values = BTreeMap::new();
        for (name, value) in object {
            if !COLUMNS.contains(&name.as_str()) {
                wrong.push((line, format!(": {}", unknown_column(&name))));
                continue;
            }
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text.trim().to_owned(),
                Value::Number(number) => number.to_string(),
                Value::Bool(is_so) => is_so.to_string(),
                Value::Array(_) | Value::Object(_) => {
                    wrong.push((line, format!(", column {name}: write text or a number")));
                    continue;
                }
            };
            if !text.is_empty() {
                values.insert(name, text);
            }
        }
        rows.push(Fields { line, values });
    }
    rows
}
