//! `journal reconcile`.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use proxy_orders::purchase::{Buyer, EntryState, IdempotencyKey, JournalEntry, Reconciled};
use proxy_orders::{Error, Vendor};
use serde::Serialize;

use super::{every, find};
use crate::failure::{EXIT_CODES, Failure, note};
use crate::flags::{GlobalArguments, LONGEST_WAIT, OutputArgument, vendor_words};
use crate::hints::Hints;
use crate::interrupt::{answering, interruptible};
use crate::journal_location::JournalArguments;
use crate::output::{self, Column, cell};
use crate::text::on_one_line;

/// The arguments of `journal reconcile`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ReconcileArguments {
    /// The vendor [default: every vendor with an unknown outcome in the journal]
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Option<Vendor>,
    /// The time after a purchase from which a missing order means that none was made
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(..=LONGEST_WAIT))]
    pub settle: u64,
    /// Do not wait until that time has passed; print how long it takes
    #[arg(long)]
    pub no_wait: bool,
    #[command(flatten)]
    pub journal: JournalArguments,
    #[command(flatten)]
    pub form: OutputArgument,
}

/// The result of reconciling one entry, as it is printed.
#[derive(Serialize)]
struct ReconcileReport {
    #[serde(flatten)]
    entry: JournalEntry,
    /// The time until a missing order means that none was made.
    wait_seconds: Option<u64>,
    /// The facts from which the user has to decide.
    needs_review: Option<String>,
    /// The reason why the vendor could not be asked about this entry.
    error: Option<String>,
}

/// The columns of a result of reconciling.
const RECONCILE_REPORT: &[Column<ReconcileReport>] = &[
    Column::new("key", |it| cell(Some(&it.entry.key))),
    Column::new("vendor", |it| cell(Some(it.entry.vendor))),
    Column::in_csv_only("account", |it| Some(it.entry.account.clone())),
    Column::new("state", |it| cell(Some(it.entry.state))),
    Column::new("operation", |it| Some(it.entry.operation.clone())),
    Column::new("order", |it| it.entry.order.clone()),
    Column::new("amount", |it| cell(it.entry.amount)),
    Column::new("wait_seconds", |it| cell(it.wait_seconds)),
    Column::new("note", |it| it.entry.note.clone()),
];

impl From<Reconciled> for ReconcileReport {
    fn from(found: Reconciled) -> Self {
        // Rounded up, so that the wait is over when it has passed.
        let seconds = |wait: Duration| wait.as_millis().div_ceil(1000) as u64;
        ReconcileReport {
            wait_seconds: found.wait.map(seconds),
            needs_review: found.needs_review,
            error: found.error.map(|error| format!("{error:#}")),
            entry: found.entry,
        }
    }
}

/// Finds out what became of the purchases whose outcome is not known.
pub async fn run(globals: &GlobalArguments, arguments: &ReconcileArguments) -> Result<(), Failure> {
    let open = [EntryState::Sent, EntryState::Unknown];
    let accounts = every::accounts(globals, &arguments.journal, arguments.vendor, &open).await?;
    every::note_nothing(&accounts, "nothing to reconcile: no outcome is unknown");
    let settle = Duration::from_secs(arguments.settle);
    let work = every::each(globals, &arguments.journal, &accounts, async |context| {
        let buyer = context.buyer.clone().grace_period(settle);
        reconciled(&buyer, !arguments.no_wait).await
    });
    let Some(results) = answering(interruptible(work)).await else {
        let what =
            "interrupted: the journal keeps what was found so far; run it again for the rest";
        return Err(Failure::interrupted(what));
    };
    let reports = results.found.iter().flatten().cloned();
    let reports: Vec<_> = reports.map(ReconcileReport::from).collect();
    output::print_list(&reports, RECONCILE_REPORT, arguments.form.output)?;
    let hints = Hints::new(globals, Some(&arguments.journal));
    let unknown = still_unknown(&reports, &hints, arguments);
    results.check()?;
    unknown.and_then(|()| above_cap(&reports, &hints))
}

/// Reconciles, and does so again until no outcome depends on time alone.
async fn reconciled(buyer: &Buyer, is_to_wait: bool) -> Result<Vec<Reconciled>, Error> {
    let mut all: BTreeMap<IdempotencyKey, Reconciled> = BTreeMap::new();
    loop {
        let found = buyer.reconcile().await?;
        let wait = found.iter().filter_map(|it| it.wait).max();
        all.extend(found.into_iter().map(|it| (it.entry.key.clone(), it)));
        let Some(wait) = wait.filter(|_| is_to_wait) else {
            return Ok(all.into_values().collect());
        };
        note(format_args!(
            "{}: too early to tell; looking again in {} s (--no-wait skips that)",
            buyer.vendor(),
            wait.as_millis().div_ceil(1000)
        ));
        tokio::time::sleep(wait.saturating_add(Duration::from_millis(50))).await;
    }
}

/// Fails if an outcome is still unknown, and prints what the user needs to decide.
fn still_unknown(
    reports: &[ReconcileReport],
    hints: &Hints,
    arguments: &ReconcileArguments,
) -> Result<(), Failure> {
    let open = || reports.iter().filter(|it| it.entry.state.is_open());
    for it in open() {
        let key = &it.entry.key;
        match (&it.needs_review, &it.error, it.wait_seconds) {
            (Some(what), _, _) | (None, Some(what), _) => {
                note(format_args!("{key}: {}", on_one_line(what)));
                find::tell_what_to_do(&it.entry, hints);
            }
            (None, None, Some(seconds)) => note(format_args!(
                "{key}: too early to tell; look again in {seconds} s"
            )),
            (None, None, None) => note(format_args!("{key}: still {}", it.entry.state)),
        }
    }
    let Some(first) = open().next() else {
        return Ok(());
    };
    let what = format!("{} of {} still unknown", open().count(), reports.len());
    let longest = open().filter_map(|it| it.wait_seconds).max();
    let failure = match longest {
        Some(seconds) => Failure::unknown(
            "too-early",
            format!("{what}: run it again in {seconds} s, or without --no-wait"),
        )
        .advising("To wait for it:", hints.reconcile(arguments.vendor)),
        None => Failure::unknown(
            "needs-review",
            format!("{what}: decide yourself, as described above"),
        )
        .advising("To see the first:", hints.show(&first.entry)),
    };
    Err(failure.at(first.entry.vendor).for_key(&first.entry.key))
}

/// Fails if a purchase that was found cost more than its cap.
fn above_cap(reports: &[ReconcileReport], hints: &Hints) -> Result<(), Failure> {
    let dear: Vec<_> = reports
        .iter()
        .filter(|it| it.entry.is_above_cap())
        .collect();
    let Some(first) = dear.first().map(|it| &it.entry) else {
        return Ok(());
    };
    let all: Vec<_> = dear
        .iter()
        .map(|ReconcileReport { entry, .. }| {
            let amount = entry.amount.unwrap_or_default();
            format!(
                "{} cost {amount}, above its cap of {}",
                entry.key, entry.max_total
            )
        })
        .collect();
    let order = first.order.as_deref().unwrap_or_default();
    Err(Failure::look("above-cap", all.join("; "))
        .at(first.vendor)
        .for_key(&first.key)
        .for_order(order)
        .advising("To look at it:", hints.order(first.vendor, order)))
}
