//! `buy --from`: many purchases, each under its own key.

mod catalogue;
mod report;
mod rows;

use std::path::Path;

use proxy_orders::ErrorKind;
use rust_decimal::Decimal;

use super::buy::BuyArguments;
use crate::bought::within_cap;
use crate::failure::{Failure, UNKNOWN, USAGE, note};
use crate::flags::GlobalArguments;
use crate::interrupt::answering;
use crate::output::{self, Output};
use crate::session::Session;
use crate::spend::{DRY_RUN, DryRunReport, SpendContext, ask, obligation};
use report::{Progress, ROW_REPORT, RowReport, RowResult};
use rows::{Row, Wrong};

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
    let wrong = contradictions(&session, &context, buy, &rows).await?;
    if !wrong.is_empty() {
        return Err(rows::refused(file, wrong));
    }
    if buy.spend.guards.dry_run {
        return dry_run(&context, buy, &rows).await;
    }
    if !buy.spend.yes {
        let most = rows.iter().map(|row| row.max_total);
        let most = most.fold(Decimal::ZERO, Decimal::saturating_add);
        if rows.iter().any(|row| row.purchase.auto_renewal) {
            note(obligation(None));
        }
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
        above_cap: Vec::new(),
    };
    let stopped = answering(batch.buy(&context, buy, &rows)).await;
    batch.end(stopped)
}

/// Checks the rows that are not bought yet against the vendor's catalogue, if it has one.
async fn contradictions(
    session: &Session,
    context: &SpendContext,
    buy: &BuyArguments,
    rows: &[Row],
) -> Result<Wrong, Failure> {
    let mut left = Vec::new();
    for row in rows {
        let options = buy.spend.guards.options(row.max_total);
        let recorded = context.buyer.recorded(&row.key, &row.request, &options);
        if !matches!(recorded.await, Ok(Some(_))) {
            left.push(row);
        }
    }
    if left.is_empty() {
        return Ok(Wrong::new());
    }
    let catalogue = match session.account.catalogue().await {
        Ok(catalogue) => catalogue,
        Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(Wrong::new()),
        Err(error) => return Err(error.into()),
    };
    let wrong = left.into_iter().flat_map(|row| {
        let found = catalogue::contradictions(&row.purchase, &catalogue).into_iter();
        found.map(|(column, what)| (row.line, format!(", column {column}: {what}")))
    });
    Ok(wrong.collect())
}

async fn dry_run(context: &SpendContext, buy: &BuyArguments, rows: &[Row]) -> Result<(), Failure> {
    let mut reports = Vec::new();
    for row in rows {
        let options = buy.spend.guards.options(row.max_total);
        let report = context.dry_run(Some(&row.key), &row.request, &options);
        reports.push(match report.await {
            Ok(report) => report,
            Err(failure) if classify(&failure) == RowResult::Refused => {
                DryRunReport::refused(&row.key, &row.request, failure.message())
            }
            Err(failure) => {
                note(format_args!(
                    "the dry run stops at row {}, {}",
                    row.number, row.key
                ));
                return Err(failure);
            }
        });
    }
    output::print_list(&reports, DRY_RUN, buy.at.form.output)?;
    let refused = || reports.iter().filter_map(|it| it.check().err());
    match refused().max_by_key(Failure::code) {
        None => Ok(()),
        Some(worst) if worst.code() == USAGE => Err(worst),
        Some(_) => Err(Failure::refused(format!(
            "would be refused: {} of {} rows",
            refused().count(),
            rows.len()
        ))),
    }
}

/// The reports of the rows so far.
struct Batch {
    output: Output,
    progress: Progress,
    reports: Vec<RowReport>,
    /// The purchases that cost more than they were allowed to.
    above_cap: Vec<String>,
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
                    if let Err(failure) = within_cap(&receipt, &format!("{} was made", row.key)) {
                        report.message = Some(failure.message().to_owned());
                        self.above_cap.push(failure.message().to_owned());
                    }
                    report.order = Some(receipt.order);
                    report.amount = receipt.amount;
                }
                Err(failure) => {
                    report.result = classify(&failure);
                    // What to do next is printed once, at the end.
                    report.message = Some(failure.message().to_owned());
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
            Output::Json => output::json_line(&report).and_then(|it| output::write(&it)),
            Output::Csv => {
                output::csv_row(&report, ROW_REPORT, is_first).and_then(|it| output::write(&it))
            }
        };
        let row = report.row;
        self.reports.push(report);
        printed.map_err(|failure| {
            Failure::refused(format!(
                "{}: stopped after row {row}; run it again to buy what is left",
                failure.message()
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
            let table = output::write(&output::table(&self.reports, ROW_REPORT));
            if let Err(failure) = table
                && failure.is_output()
            {
                note(format_args!("error: {}", failure.message()));
            }
        }
        let counts: Vec<_> = RowResult::ALL
            .into_iter()
            .map(|result| (self.count(result), result.as_str()))
            .filter(|(count, _)| *count > 0)
            .map(|(count, result)| format!("{count} {result}"))
            .collect();
        let bought = self.reports.iter();
        let mut bought = bought.filter(|it| it.result == RowResult::Bought);
        // The amounts come from answers, so that their sum may be larger than a number can be.
        let spent = bought.try_fold(Decimal::ZERO, |sum, it| {
            sum.checked_add(it.amount.unwrap_or_default())
        });
        let spent = spent.map_or_else(
            || "more than can be counted was".to_owned(),
            |spent| spent.to_string(),
        );
        note(format_args!("{}; {spent} spent now", counts.join(", ")));
        match (stopped?, self.count(RowResult::Refused)) {
            (Some(failure), _) => {
                if self.count(RowResult::Left) > 0 {
                    note("stopped there; run it again to buy what is left");
                }
                Err(failure)
            }
            (None, refused) => {
                let all = self.reports.len();
                let refused = (refused > 0).then(|| {
                    format!("refused: {refused} of {all} rows; nothing was bought by them")
                });
                let dear = !self.above_cap.is_empty();
                let what = self
                    .above_cap
                    .into_iter()
                    .chain(refused)
                    .collect::<Vec<_>>();
                match what.is_empty() {
                    true => Ok(()),
                    false if dear => Err(Failure::look("above-cap", what.join("; "))),
                    false => Err(Failure::refused(what.join("; "))),
                }
            }
        }
    }
}

/// Classifies the failure of a row. All results but `Refused` stop the batch, because the rows
/// after it would fare no better.
fn classify(failure: &Failure) -> RowResult {
    if failure.code() == UNKNOWN {
        return RowResult::Unknown;
    }
    match failure.error() {
        Some(error) => match error.kind() {
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
        None => RowResult::Failed,
    }
}
