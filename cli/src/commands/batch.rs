//! `buy --from`: many purchases, each under its own key.

mod progress;
mod reading;

use std::path::Path;

use proxy_orders::ErrorKind;
use proxy_orders::purchase::{IdempotencyKey, Receipt};
use rust_decimal::Decimal;
use serde::Serialize;

use super::purchasing::{dry_run, once, options, refused};
use super::spending::ask;
use crate::arguments::{BuyArguments, Common};
use crate::columns::{BOUGHT, DRY_RUN};
use crate::failure::{Failure, note};
use crate::journal::SpendContext;
use crate::output::{self, Output};
use crate::session::Session;
use progress::Progress;
use reading::Row;

/// What became of one row.
#[derive(Serialize)]
pub struct Bought {
    /// Which, counted from 1.
    pub row: usize,
    /// Under which key.
    pub idempotency_key: IdempotencyKey,
    /// `bought`, `recorded`, `refused`, `failed`, `unknown`, or `left` if it was not its turn.
    pub result: &'static str,
    /// The order that was made.
    pub order: Option<String>,
    /// What it cost, as far as it is known.
    pub amount: Option<Decimal>,
    /// Why not.
    pub message: Option<String>,
}

impl Bought {
    fn new(row: &Row, result: &'static str) -> Self {
        Bought {
            row: row.number,
            idempotency_key: row.key.clone(),
            result,
            order: None,
            amount: None,
            message: None,
        }
    }

    fn of(row: &Row, receipt: Receipt) -> Self {
        let result = match receipt.is_recorded {
            true => "recorded",
            false => "bought",
        };
        Bought {
            order: Some(receipt.order),
            amount: receipt.amount,
            ..Bought::new(row, result)
        }
    }
}

/// Buys every row of a file that is not bought yet.
pub async fn buy(common: &Common, buy: &BuyArguments, file: &Path) -> Result<(), Failure> {
    let vendor = buy.at.vendor;
    let session = Session::open(vendor, common, None).await?;
    let rows = reading::read(file, buy, session.account.as_ref())?;
    let context = SpendContext::to_spend(&session, common, &buy.consent.guards).await?;
    if buy.consent.guards.dry_run {
        return try_out(&context, buy, &rows).await;
    }
    if !buy.consent.yes {
        let most: Decimal = rows.iter().map(|row| row.max_total).sum();
        ask(&format!(
            "Buy {} rows at {vendor}, for no more than {most} in all, less what is bought already?",
            rows.len()
        ))?;
    }
    let mut run = Run::new(rows.len(), common, buy.at.output);
    let stopped = run.all(&context, buy, &rows).await;
    run.end(stopped)
}

/// What each row would do.
async fn try_out(context: &SpendContext, buy: &BuyArguments, rows: &[Row]) -> Result<(), Failure> {
    let mut trials = Vec::new();
    for row in rows {
        let options = options(&buy.consent.guards, row.max_total);
        trials.push(dry_run(context, Some(&row.key), &row.spend, &options).await?);
    }
    output::print_list(&trials, DRY_RUN, buy.at.output)?;
    trials.iter().try_for_each(refused)
}

/// How far it has come.
struct Run {
    output: Output,
    progress: Progress,
    /// What became of the rows so far.
    results: Vec<Bought>,
}

impl Run {
    fn new(count: usize, common: &Common, output: Output) -> Self {
        Run {
            output,
            progress: Progress::start(count, common.verbose, output),
            results: Vec::new(),
        }
    }

    /// Buys the rows in turn. Ends early, with the reason, where going on makes no sense.
    async fn all(
        &mut self,
        context: &SpendContext,
        buy: &BuyArguments,
        rows: &[Row],
    ) -> Result<Option<Failure>, Failure> {
        let mut stopped = None;
        for row in rows {
            if stopped.is_some() {
                self.add(Bought::new(row, "left"))?;
                continue;
            }
            let options = options(&buy.consent.guards, row.max_total);
            let bought = match once(context, &row.key, &row.spend, &options).await {
                Ok(receipt) => Bought::of(row, receipt),
                Err(failure) => {
                    let (result, is_end) = judged(&failure);
                    let bought = Bought {
                        message: Some(first_line(&failure)),
                        ..Bought::new(row, result)
                    };
                    if is_end {
                        stopped = Some(failure);
                    }
                    bought
                }
            };
            self.progress.done(&bought);
            self.add(bought)?;
        }
        Ok(stopped)
    }

    /// Prints a result at once, so that it is not lost with the process; only tables have to wait for the widest.
    fn add(&mut self, bought: Bought) -> Result<(), Failure> {
        let printed = match self.output {
            Output::Table => Ok(()),
            Output::Json => output::json_line(&bought).and_then(output::write),
            Output::Csv => {
                output::csv_row(&bought, BOUGHT, self.results.is_empty()).and_then(output::write)
            }
        };
        let row = bought.row;
        self.results.push(bought);
        printed.map_err(|failure| {
            let cause = match failure {
                Failure::ReaderGone => "nobody reads the results any more".to_owned(),
                other => other.to_string(),
            };
            Failure::Refused(format!(
                "{cause}: stopped after row {row}; run it again to buy what is left"
            ))
        })
    }

    fn count(&self, result: &str) -> usize {
        self.results.iter().filter(|it| it.result == result).count()
    }

    /// The table, the summary, and what the exit code says.
    fn end(self, stopped: Result<Option<Failure>, Failure>) -> Result<(), Failure> {
        self.progress.end();
        if self.output == Output::Table {
            // Whatever comes of it, the summary says what was bought.
            let table = output::write(output::table(&self.results, BOUGHT));
            if let Err(failure @ Failure::Output(_)) = table {
                note(format_args!("error: {failure}"));
            }
        }
        let counts: Vec<_> = ["bought", "recorded", "refused", "failed", "unknown", "left"]
            .into_iter()
            .map(|result| (result, self.count(result)))
            .filter(|(_, count)| *count > 0)
            .map(|(result, count)| format!("{count} {result}"))
            .collect();
        let new = self.results.iter().filter(|it| it.result == "bought");
        let spent: Decimal = new.filter_map(|it| it.amount).sum();
        note(format_args!("{}; {spent} spent now", counts.join(", ")));
        match stopped? {
            Some(failure) => {
                if self.count("left") > 0 {
                    note("stopped there; run it again to buy what is left");
                }
                Err(failure)
            }
            None => match self.count("refused") {
                0 => Ok(()),
                count => Err(Failure::Refused(format!(
                    "refused: {count} of {} rows; nothing was bought by them",
                    self.results.len()
                ))),
            },
        }
    }
}

/// What to call it, and whether the rows after it would fare no better.
fn judged(failure: &Failure) -> (&'static str, bool) {
    match failure {
        Failure::Interrupted(_) => ("unknown", true),
        Failure::Purchase(error, _) if error.may_have_taken_effect() => ("unknown", true),
        Failure::Purchase(error, _) => match error.kind() {
            ErrorKind::Journal
            | ErrorKind::Busy
            | ErrorKind::Unsettled
            | ErrorKind::Authentication
            | ErrorKind::Configuration
            | ErrorKind::Connect
            | ErrorKind::Connection
            | ErrorKind::Timeout
            | ErrorKind::Server
            | ErrorKind::RateLimited
            | ErrorKind::Redirect => ("failed", true),
            _ => ("refused", false),
        },
        _ => ("failed", true),
    }
}

/// Without the advice below it, which comes once, at the end.
fn first_line(failure: &Failure) -> String {
    let text = failure.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
