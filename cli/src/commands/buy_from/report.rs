//! The result of each row: as data on stdout, and as progress on stderr.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use proxy_orders::purchase::IdempotencyKey;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use crate::failure::note;
use crate::output::{Column, Output, cell, printable};
use crate::text::on_one_line;

/// The result of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowResult {
    /// It was bought now.
    Bought,
    /// The journal has its result from before.
    Recorded,
    /// Nothing was bought, and the next row may fare better.
    Refused,
    /// Nothing was bought, and no other row would fare better.
    Failed,
    /// It may have been bought.
    Unknown,
    /// An earlier row stopped the batch.
    Left,
}

impl RowResult {
    /// All results.
    pub const ALL: [Self; 6] = [
        Self::Bought,
        Self::Recorded,
        Self::Refused,
        Self::Failed,
        Self::Unknown,
        Self::Left,
    ];

    /// Returns the word that is printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bought => "bought",
            Self::Recorded => "recorded",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Left => "left",
        }
    }
}

impl Serialize for RowResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The report on one row.
#[derive(Serialize)]
pub struct RowReport {
    /// The number of the row, counted from 1.
    pub row: usize,
    /// The key of the purchase.
    pub idempotency_key: IdempotencyKey,
    /// The result.
    pub result: RowResult,
    /// The order that was made.
    pub order: Option<String>,
    /// The cost, as far as it is known.
    pub amount: Option<Decimal>,
    /// The reason of a failure.
    pub message: Option<String>,
}

/// The columns of a row's report.
pub const ROW_REPORT: &[Column<RowReport>] = &[
    Column::new("row", |it| cell(Some(it.row))),
    Column::new("idempotency_key", |it| cell(Some(&it.idempotency_key))),
    Column::new("result", |it| cell(Some(it.result.as_str()))),
    Column::new("order", |it| it.order.clone()),
    Column::new("amount", |it| cell(it.amount)),
    Column::new("message", |it| it.message.clone()),
];

impl RowReport {
    /// Creates the report on a row that was not tried.
    pub fn left(row: usize, idempotency_key: IdempotencyKey) -> Self {
        RowReport {
            row,
            idempotency_key,
            result: RowResult::Left,
            order: None,
            amount: None,
            message: None,
        }
    }
}

/// The progress on stderr: a bar on a terminal, a line for each row elsewhere.
pub struct Progress {
    bar: Option<ProgressBar>,
    count: usize,
}

impl Progress {
    /// Starts. There is no bar where a log or results on the same terminal would break it.
    pub fn start(count: usize, verbose: u8, output: Output) -> Self {
        let is_alone = verbose == 0 && (output == Output::Table || !io::stdout().is_terminal());
        let bar = (is_alone && io::stderr().is_terminal()).then(|| {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(Some(count as u64), target);
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.tick();
            bar
        });
        Progress { bar, count }
    }

    /// Shows that a row has ended.
    pub fn show(&self, report: &RowReport) {
        let (row, key) = (report.row, &report.idempotency_key);
        let result = report.result.as_str();
        let more = match (&report.order, &report.message) {
            (Some(order), _) => format!(": order {order}"),
            (None, Some(message)) => format!(": {}", on_one_line(message)),
            (None, None) => String::new(),
        };
        match &self.bar {
            None => note(format_args!("{row}/{} {key} {result}{more}", self.count)),
            Some(bar) => {
                if report.message.is_some() {
                    bar.println(printable(&format!("row {row}, {key} {result}{more}")));
                }
                bar.set_message(key.to_string());
                bar.inc(1);
            }
        }
    }

    /// Removes the bar.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
