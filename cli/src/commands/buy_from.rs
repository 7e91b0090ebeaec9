//! `buy --from`: many purchases, each under its own key.

mod report;
mod rows;

use std::path::Path;

use proxy_orders::ErrorKind;
use rust_decimal::Decimal;

use super::buy::BuyArguments;
use crate::failure::{Failure, note};
use crate::flags::GlobalArguments;
use crate::output::{self, Output};
use crate::session::Session;
use crate::spend::{DRY_RUN, SpendContext, ask};
use report::{Progress, ROW_REPORT, RowReport, RowResult};
use rows::Row;

/// Buys every row of a file that is not bought yet.
pub async fn run(
    globals: &GlobalArguments,
    buy: &BuyArguments,
    file: &Path,
) -> Result<(), Failure> {
    buy.spend.check_consent()?;
    let vendor = buy.at.vendor;
    let session = Session::open(vendor, globals, None).await?;
    let rows = rows::read(file, buy, session.account.as_ref()).await?;
    let context = SpendContext::with_caps(&session, globals, &buy.spend.guards).await?;
    if buy.spend.guards.dry_run {
        return dry_run(&context, buy, &rows).await;
    }
    if !buy.spend.yes {
        let most: Decimal = rows.iter().map(|row| row.max_total).sum();
        ask(&format!(
            "Buy {} rows at {vendor}, for no more than {most} in all, less what is bought already?",
            rows.len()
        ))
        .await?;
    }
    let mut batch = Batch {
        output: buy.at.form.output,
        progress: Progress::start(rows.len(), globals.verbose, buy.at.form.output),
        reports: Vec::new(),
    };
    let stopped = batch.buy(&context, buy, &rows).await;
    batch.end(stopped)
}

async fn dry_run(context: &SpendContext, buy: &BuyArguments, rows: &[Row]) -> Result<(), Failure> {
    let mut reports = Vec::new();
    for row in rows {
        let options = buy.spend.guards.options(row.max_total);
        let report = context.dry_run(Some(&row.key), &row.request, &options);
        reports.push(report.await.inspect_err(|_| {
            note(format_args!(
                "the dry run stops at row {}, {}",
                row.number, row.key
            ));
        })?);
    }
    output::print_list(&reports, DRY_RUN, buy.at.form.output)?;
    reports.iter().try_for_each(|report| report.check())
}

/// The reports of the rows so far.
struct Batch {
    output: Output,
    progress: Progress,
    reports: Vec<RowReport>,
}

impl Batch {
    /// Buys the rows in turn. Returns the failure after which the other rows were left.
    async fn buy(
        &mut self,
        context: &SpendContext,
        buy: &BuyArguments,
        rows: &[Row],
    ) -> Result<Option<Failure>, Failure> {
        let mut stopped = None;
        for row in rows {
            let mut report = RowReport::left(row.number, row.key.clone());
            if stopped.is_some() {
                self.add(report)?;
                continue;
            }
            let options = buy.spend.guards.options(row.max_total);
            match context.spend(&row.key, &row.request, &options).await {
                Ok(receipt) => {
                    report.result = match receipt.is_recorded {
                        true => RowResult::Recorded,
                        false => RowResult::Bought,
                    };
                    report.order = Some(receipt.order);
                    report.amount = receipt.amount;
                }
                Err(failure) => {
                    report.result = classify(&failure);
                    // The advice below the first line is printed once, at the end.
                    let text = failure.to_string();
                    report.message = text.lines().next().map(str::to_owned);
                    if report.result != RowResult::Refused {
                        stopped = Some(failure);
                    }
                }
            }
            self.progress.show(&report);
            self.add(report)?;
        }
        Ok(stopped)
    }

    /// Prints a report at once, so that it is not lost with the process. A table has to wait for
    /// its widest row.
    fn add(&mut self, report: RowReport) -> Result<(), Failure> {
        let is_first = self.reports.is_empty();
        let printed = match self.output {
            Output::Table => Ok(()),
            Output::Json => output::json_line(&report).and_then(output::write),
            Output::Csv => output::csv_row(&report, ROW_REPORT, is_first).and_then(output::write),
        };
        let row = report.row;
        self.reports.push(report);
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

    fn count(&self, result: RowResult) -> usize {
        let reports = self.reports.iter();
        reports.filter(|it| it.result == result).count()
    }

    /// Prints the table and the summary, and returns the failure for the exit code.
    fn end(self, stopped: Result<Option<Failure>, Failure>) -> Result<(), Failure> {
        self.progress.end();
        if self.output == Output::Table {
            // The summary has to be printed even if this fails.
            let table = output::write(output::table(&self.reports, ROW_REPORT));
            if let Err(failure @ Failure::Output(_)) = table {
                note(format_args!("error: {failure}"));
            }
        }
        let counts: Vec<_> = RowResult::ALL
            .into_iter()
            .map(|result| (self.count(result), result.as_str()))
            .filter(|(count, _)| *count > 0)
            .map(|(count, result)| format!("{count} {result}"))
            .collect();
        let bought = self.reports.iter();
        let bought = bought.filter(|it| it.result == RowResult::Bought);
        let spent: Decimal = bought.filter_map(|it| it.amount).sum();
        note(format_args!("{}; {spent} spent now", counts.join(", ")));
        match (stopped?, self.count(RowResult::Refused)) {
            (Some(failure), _) => {
                if self.count(RowResult::Left) > 0 {
                    note("stopped there; run it again to buy what is left");
                }
                Err(failure)
            }
            (None, 0) => Ok(()),
            (None, count) => Err(Failure::Refused(format!(
                "refused: {count} of {} rows; nothing was bought by them",
                self.reports.len()
            ))),
        }
    }
}

/// Classifies the failure of a row. All results but `Refused` stop the batch, because the rows
/// after it would fare no better.
fn classify(failure: &Failure) -> RowResult {
    match failure {
        Failure::InterruptedUnderWay(_) => RowResult::Unknown,
        Failure::Purchase(error, _) if error.may_have_taken_effect() => RowResult::Unknown,
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
            | ErrorKind::Redirect => RowResult::Failed,
            _ => RowResult::Refused,
        },
        _ => RowResult::Failed,
    }
}
