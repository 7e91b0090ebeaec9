//! `journal`: the purchases by key, and their outcomes.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use proxy_orders::purchase::{
    Buyer, EntryState, Event, Filter, IdempotencyKey, Journal, JournalEntry, Reconciled,
};
use proxy_orders::{Error, Vendor};
use serde::Serialize;

use crate::columns::ENTRY;
use crate::failure::{EXIT_CODES, Failure, note};
use crate::flags::{GlobalArguments, OutputArgument, vendor_words};
use crate::interrupt::{answering, interruptible};
use crate::journal_location::{JournalArguments, JournalLocation};
use crate::output::{self, Column, Output, cell};
use crate::session::Session;
use crate::spend::SpendContext;
use crate::text::on_one_line;

/// The text below the help of `journal`.
pub const HELP: &str = "\
The journal has an entry for every purchase, written before its request is sent. Its states:
  planned     written down; nothing was sent
  not-sent    refused by a check, or no connection; nothing was sent
  sent        under way, or its process ended before the answer came
  confirmed   done
  rejected    refused by the vendor; nothing was spent
  unknown     sent, with no clear answer: `journal reconcile` finds out
  reconciled  found at the vendor
  not-made    not found at the vendor; nothing was spent
  dismissed   given up by you

It is at --journal, or PROXY_ORDERS_JOURNAL, or $XDG_STATE_HOME/proxy-orders/journal.db
(~/.local/state if that is not set; %LOCALAPPDATA% on Windows). It holds no key and no proxy
password.";

/// The commands on the journal.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// List the entries, oldest first; needs no key
    List(ListArguments),
    /// Show everything about one entry; needs no key
    Show(ShowArguments),
    /// Find out at the vendor what became of purchases with an unknown outcome; buys nothing
    Reconcile(ReconcileArguments),
    /// Give an entry up, so that nothing waits for it any more
    Dismiss(DismissArguments),
    /// Print everything, one JSON object an entry; needs no key
    Export(ExportArguments),
}

/// The arguments of `journal list`.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// List only entries in this state; may be given more than once
    #[arg(long, value_parser = state_words())]
    pub state: Vec<EntryState>,
    /// List only entries at this vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Option<Vendor>,
    #[command(flatten)]
    pub journal: JournalArguments,
    #[command(flatten)]
    pub form: OutputArgument,
}

/// The arguments of `journal show`.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The entry's idempotency key
    pub key: IdempotencyKey,
    /// The vendor, if several entries have the key
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Option<Vendor>,
    #[command(flatten)]
    pub journal: JournalArguments,
    #[command(flatten)]
    pub form: OutputArgument,
}

/// The arguments of `journal reconcile`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ReconcileArguments {
    /// The vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Vendor,
    /// The time after a purchase from which a missing order means that none was made
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub settle: u64,
    /// Do not wait until that time has passed; print how long it takes
    #[arg(long)]
    pub no_wait: bool,
    #[command(flatten)]
    pub journal: JournalArguments,
    #[command(flatten)]
    pub form: OutputArgument,
}

/// The arguments of `journal dismiss`.
#[derive(Debug, Args)]
pub struct DismissArguments {
    /// The entry's idempotency key
    pub key: IdempotencyKey,
    /// The vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Vendor,
    /// The reason, which the journal keeps
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    #[command(flatten)]
    pub journal: JournalArguments,
}

/// The arguments of `journal export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// Print only entries at this vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Option<Vendor>,
    #[command(flatten)]
    pub journal: JournalArguments,
}

fn state_words() -> impl TypedValueParser<Value = EntryState> {
    PossibleValuesParser::new(EntryState::ALL.iter().map(|it| it.as_str()))
        .try_map(|word| word.parse::<EntryState>())
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
}

/// The columns of a result of reconciling.
const RECONCILE_REPORT: &[Column<ReconcileReport>] = &[
    Column::new("key", |it| cell(Some(&it.entry.key))),
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
            entry: found.entry,
        }
    }
}

/// An entry with its history.
#[derive(Serialize)]
struct EntryWithHistory {
    #[serde(flatten)]
    entry: JournalEntry,
    history: Vec<Event>,
}

/// Runs a command on the journal.
pub async fn run(globals: &GlobalArguments, command: &JournalCommand) -> Result<(), Failure> {
    match command {
        JournalCommand::List(arguments) => list(globals, arguments).await,
        JournalCommand::Show(arguments) => show(globals, arguments).await,
        JournalCommand::Reconcile(arguments) => reconcile(globals, arguments).await,
        JournalCommand::Dismiss(arguments) => dismiss(globals, arguments).await,
        JournalCommand::Export(arguments) => export(globals, arguments).await,
    }
}

async fn list(globals: &GlobalArguments, list: &ListArguments) -> Result<(), Failure> {
    let filter = Filter {
        vendor: list.vendor,
        account: list.journal.account.clone(),
        states: list.state.clone(),
        ..Filter::default()
    };
    let entries = match open(globals, &list.journal).await? {
        Some((journal, _place)) => journal.entries(&filter).await?,
        None => Vec::new(),
    };
    output::print_list(&entries, ENTRY, list.form.output)
}

async fn export(globals: &GlobalArguments, export: &ExportArguments) -> Result<(), Failure> {
    let Some((journal, _place)) = open(globals, &export.journal).await? else {
        return Ok(());
    };
    let filter = Filter {
        vendor: export.vendor,
        account: export.journal.account.clone(),
        ..Filter::default()
    };
    for entry in journal.entries(&filter).await? {
        let history = journal.history(&entry).await?;
        output::write(output::json_line(&EntryWithHistory { entry, history })?)?;
    }
    Ok(())
}

async fn show(globals: &GlobalArguments, show: &ShowArguments) -> Result<(), Failure> {
    let key = &show.key;
    let Some((journal, place)) = open(globals, &show.journal).await? else {
        return Err(Failure::Refused(format!(
            "the journal has no entry `{key}`"
        )));
    };
    let filter = Filter {
        vendor: show.vendor,
        account: show.journal.account.clone(),
        key: Some(key.clone()),
        ..Filter::default()
    };
    let mut found = journal.entries(&filter).await?;
    let entry = match (found.pop(), found.is_empty()) {
        (Some(entry), true) => entry,
        (None, _) => {
            let what = format!(
                "the journal at {place} has no entry `{key}`: `proxy-orders journal list` shows all"
            );
            return Err(Failure::Refused(what));
        }
        (Some(last), false) => {
            let all = found.iter().chain([&last]);
            let places: Vec<_> = all
                .map(|it| format!("--vendor {} --account {}", it.vendor, it.account))
                .collect();
            let what = format!(
                "several entries have the key `{key}`: choose one by {}",
                places.join(" or ")
            );
            return Err(Failure::Usage(what));
        }
    };
    let full = EntryWithHistory {
        history: journal.history(&entry).await?,
        entry,
    };
    match show.form.output {
        Output::Json => output::write(output::json(&full)?)?,
        Output::Csv => output::print_one(&full.entry, ENTRY, Output::Csv)?,
        Output::Table => output::write(in_full(&full))?,
    }
    if full.entry.state.is_open() {
        note(what_to_do(&full.entry));
    }
    Ok(())
}

/// Formats all of it in lines.
fn in_full(full: &EntryWithHistory) -> String {
    let entry = &full.entry;
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let baseline = entry.baseline.as_ref();
    let baseline = baseline.and_then(|it| serde_json::to_string(it).ok());
    let facts = [
        ("key", entry.key.to_string()),
        ("vendor", entry.vendor.to_string()),
        ("account", entry.account.clone()),
        ("state", entry.state.to_string()),
        ("order", or_dash(entry.order.clone())),
        ("request", entry.request.to_string()),
        ("max_total", entry.max_total.to_string()),
        ("quote", or_dash(entry.quote.map(|it| it.to_string()))),
        ("amount", or_dash(entry.amount.map(|it| it.to_string()))),
        ("before", or_dash(baseline)),
        ("note", or_dash(entry.note.clone())),
        ("planned", entry.planned_at.to_string()),
        ("sent", or_dash(entry.sent_at.map(|it| it.to_string()))),
        ("changed", entry.changed_at.to_string()),
    ];
    let mut text = String::new();
    for (name, value) in facts {
        text.push_str(&format!("{name:<11}{}\n", on_one_line(&value)));
    }
    text.push_str("\nhistory\n");
    for event in &full.history {
        let note = event.note.as_deref().unwrap_or_default();
        let line = format!(
            "  {:.3}  {:<16}{}",
            event.at,
            event.state,
            on_one_line(note)
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

async fn reconcile(
    globals: &GlobalArguments,
    reconcile: &ReconcileArguments,
) -> Result<(), Failure> {
    let vendor = reconcile.vendor;
    let session = Session::open(vendor, globals, None).await?;
    let mut context = SpendContext::open(&session, globals, &reconcile.journal).await?;
    context.buyer = context
        .buyer
        .grace_period(Duration::from_secs(reconcile.settle));
    let work = reconciled(&context.buyer, !reconcile.no_wait);
    let reports = match answering(interruptible(work)).await {
        Some(reports) => reports?,
        None => {
            let what =
                "interrupted: the journal keeps what was found so far; run it again for the rest";
            return Err(Failure::Interrupted(what.to_owned()));
        }
    };
    let reports: Vec<_> = reports.into_values().map(ReconcileReport::from).collect();
    if reports.is_empty() {
        note(format_args!(
            "nothing to reconcile: the account {} has no unknown outcome at {vendor}",
            context.buyer.account_name().await?
        ));
    }
    let elsewhere = of_other_accounts(&context.buyer).await?;
    if !elsewhere.is_empty() {
        let names: Vec<_> = elsewhere
            .iter()
            .map(|it| format!("{} (--account {})", it.key, it.account))
            .collect();
        note(format_args!(
            "note: other accounts have unknown outcomes at {vendor}: {}",
            names.join(", ")
        ));
    }
    output::print_list(&reports, RECONCILE_REPORT, reconcile.form.output)?;
    still_unknown(&reports)
}

/// Reconciles, and does so again until no outcome depends on time alone.
async fn reconciled(
    buyer: &Buyer,
    is_to_wait: bool,
) -> Result<BTreeMap<IdempotencyKey, Reconciled>, Error> {
    let mut all = BTreeMap::new();
    loop {
        let found = buyer.reconcile().await?;
        let wait = found.iter().filter_map(|it| it.wait).max();
        all.extend(found.into_iter().map(|it| (it.entry.key.clone(), it)));
        let Some(wait) = wait.filter(|_| is_to_wait) else {
            return Ok(all);
        };
        note(format_args!(
            "no order found yet; looking again in {} s (--no-wait skips that)",
            wait.as_millis().div_ceil(1000)
        ));
        tokio::time::sleep(wait + Duration::from_millis(50)).await;
    }
}

/// Returns the vendor's open entries of other accounts, which this run does not reconcile.
async fn of_other_accounts(buyer: &Buyer) -> Result<Vec<JournalEntry>, Failure> {
    let filter = Filter {
        vendor: Some(buyer.vendor()),
        states: vec![EntryState::Sent, EntryState::Unknown],
        ..Filter::default()
    };
    let mut open = buyer.journal().entries(&filter).await?;
    let account = buyer.account_name().await?;
    open.retain(|it| it.account != account);
    Ok(open)
}

/// Fails if an outcome is still unknown, and prints what the user needs to decide.
fn still_unknown(reports: &[ReconcileReport]) -> Result<(), Failure> {
    let open: Vec<_> = reports
        .iter()
        .filter(|it| it.entry.state.is_open())
        .collect();
    for it in &open {
        let key = &it.entry.key;
        match (&it.needs_review, it.wait_seconds) {
            (Some(what), _) => {
                note(format_args!("{key}: {what}"));
                note(what_to_do(&it.entry));
            }
            (None, Some(seconds)) => note(format_args!(
                "{key}: no order found yet; if there is none in {seconds} s, nothing was made"
            )),
            (None, None) => note(format_args!("{key}: still {}", it.entry.state)),
        }
    }
    if open.is_empty() {
        return Ok(());
    }
    let longest = open.iter().filter_map(|it| it.wait_seconds).max();
    let how = match longest {
        Some(seconds) => format!("run it again in {seconds} s, or without --no-wait"),
        None => "decide yourself, as described above".to_owned(),
    };
    Err(Failure::StillUnknown(format!(
        "{} of {} still unknown: {how}",
        open.len(),
        reports.len()
    )))
}

/// Returns the commands by which the user can settle an entry.
fn what_to_do(entry: &JournalEntry) -> String {
    let JournalEntry {
        key,
        vendor,
        account,
        ..
    } = entry;
    format!(
        "  Compare `proxy-orders orders list --vendor {vendor} --sort created` with `proxy-orders journal show {key} --vendor {vendor}`. \
         When you know what became of it:\n  proxy-orders journal dismiss {key} --vendor {vendor} --account {account} --reason TEXT"
    )
}

async fn dismiss(globals: &GlobalArguments, dismiss: &DismissArguments) -> Result<(), Failure> {
    let session = Session::open(dismiss.vendor, globals, None).await?;
    let context = SpendContext::open(&session, globals, &dismiss.journal).await?;
    let entry = answering(context.buyer.dismiss(&dismiss.key, &dismiss.reason)).await?;
    note(format_args!(
        "{} is dismissed; if it was sent, it still counts under the caps",
        entry.key
    ));
    output::print_one(&entry, ENTRY, Output::Table)
}

/// Opens the journal for reading, which must not create one. `None`, with a note, if there is none
/// at the default place.
async fn open(
    globals: &GlobalArguments,
    arguments: &JournalArguments,
) -> Result<Option<(Journal, JournalLocation)>, Failure> {
    let place = JournalLocation::find(globals.sandbox, arguments)?;
    match (&place, place.missing()) {
        (JournalLocation::Named(_), Some(path)) => {
            let what = format!("there is no journal at {}", path.display());
            Err(Failure::Refused(what))
        }
        (_, Some(path)) => {
            note(format_args!(
                "note: there is no journal at {} yet; the first purchase creates it",
                path.display()
            ));
            Ok(None)
        }
        (_, None) => Ok(Some((place.open().await?, place))),
    }
}
