//! `journal`: what was bought under which key, and what became of it.

use std::collections::BTreeMap;
use std::time::Duration;

use proxy_orders::Error;
use proxy_orders::purchase::{
    Buyer, EntryState, Event, Filter, IdempotencyKey, Journal, JournalEntry, Reconciled,
};
use serde::Serialize;

use super::spending::interruptible;
use crate::arguments::{
    AbandonArguments, Common, EntriesArguments, ExportArguments, JournalArguments,
    ReconcileArguments, ShowArguments,
};
use crate::columns::{ENTRY, SETTLED};
use crate::failure::{Failure, note};
use crate::journal::{Place, SpendContext};
use crate::output::{self, Output, on_one_line};
use crate::session::Session;

/// What reconciling came to for one entry, as it is printed.
#[derive(Serialize)]
pub struct Settled {
    /// The entry as it stands now.
    #[serde(flatten)]
    pub entry: JournalEntry,
    /// How long to wait before it can be called not made.
    pub wait_seconds: Option<u64>,
    /// What a person needs to know to decide.
    pub needs_review: Option<String>,
}

impl From<Reconciled> for Settled {
    fn from(found: Reconciled) -> Self {
        Settled {
            entry: found.entry,
            // Rounded up, so that it is over when it has passed.
            wait_seconds: found
                .wait
                .map(|wait| wait.as_millis().div_ceil(1000) as u64),
            needs_review: found.needs_review,
        }
    }
}

/// An entry with all that happened to it.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    entry: JournalEntry,
    history: Vec<Event>,
}

/// Lists the entries.
pub async fn list(common: &Common, list: &EntriesArguments) -> Result<(), Failure> {
    let filter = Filter {
        vendor: list.vendor,
        account: list.journal.account.clone(),
        states: list.state.clone(),
        ..Filter::default()
    };
    let entries = match open(common, &list.journal).await? {
        Some((journal, _place)) => journal.entries(&filter).await?,
        None => Vec::new(),
    };
    output::print_list(&entries, ENTRY, list.form.output)
}

/// Prints everything that the journal knows, one JSON object an entry.
pub async fn export(common: &Common, export: &ExportArguments) -> Result<(), Failure> {
    let Some((journal, _place)) = open(common, &export.journal).await? else {
        return Ok(());
    };
    let filter = Filter {
        vendor: export.vendor,
        account: export.journal.account.clone(),
        ..Filter::default()
    };
    for entry in journal.entries(&filter).await? {
        let history = journal.history(&entry).await?;
        output::write(output::json_line(&Whole { entry, history })?)?;
    }
    Ok(())
}

/// Shows all that is known of one entry.
pub async fn show(common: &Common, show: &ShowArguments) -> Result<(), Failure> {
    let key = &show.key;
    let Some((journal, place)) = open(common, &show.journal).await? else {
        return Err(Failure::Refused(format!("there is no entry `{key}`")));
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
            let what = format!("{place} has no such entry `{key}`: `journal list` shows all");
            return Err(Failure::Refused(what));
        }
        (Some(last), false) => {
            let all = found.iter().chain([&last]);
            let places: Vec<_> = all
                .map(|it| format!("--vendor {} --account {}", it.vendor, it.account))
                .collect();
            let what = format!(
                "several entries have the key `{key}`: say which, by {}",
                places.join(" or ")
            );
            return Err(Failure::Usage(what));
        }
    };
    let whole = Whole {
        history: journal.history(&entry).await?,
        entry,
    };
    match show.form.output {
        Output::Json => output::write(output::json(&whole)?)?,
        Output::Csv => output::print_one(&whole.entry, ENTRY, Output::Csv)?,
        Output::Table => output::write(in_full(&whole))?,
    }
    if whole.entry.state.is_open() {
        note(what_to_do(&whole.entry));
    }
    Ok(())
}

/// All of it, in lines for a person.
fn in_full(whole: &Whole) -> String {
    let entry = &whole.entry;
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
    for event in &whole.history {
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

/// Finds out what became of what is not known.
pub async fn reconcile(common: &Common, reconcile: &ReconcileArguments) -> Result<(), Failure> {
    let vendor = reconcile.vendor;
    let session = Session::open(vendor, common, None).await?;
    let mut context = SpendContext::open(&session, common, &reconcile.journal).await?;
    context.buyer = context
        .buyer
        .grace_period(Duration::from_secs(reconcile.settle));
    let work = reconciled(&context.buyer, !reconcile.no_wait);
    let settled = match interruptible(work).await {
        Some(settled) => settled?,
        None => {
            let what = "interrupted: what was found out so far stands in the journal; run it again for the rest";
            return Err(Failure::StillUnknown(what.to_owned()));
        }
    };
    let settled: Vec<_> = settled.into_values().map(Settled::from).collect();
    if settled.is_empty() {
        note(format_args!(
            "nothing is unknown at {vendor} for the account {}",
            context.buyer.account_name()
        ));
    }
    let elsewhere = of_other_accounts(&context.buyer).await?;
    if !elsewhere.is_empty() {
        let names: Vec<_> = elsewhere
            .iter()
            .map(|it| format!("{} (--account {})", it.key, it.account))
            .collect();
        note(format_args!(
            "note: unknown at {vendor}, but of other accounts: {}",
            names.join(", ")
        ));
    }
    output::print_list(&settled, SETTLED, reconcile.form.output)?;
    still_unknown(&settled)
}

/// Asks until all is known that time alone can settle.
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
            "nothing is there yet; looking again in {} s, when it would be (--no-wait doesn't wait)",
            wait.as_millis().div_ceil(1000)
        ));
        tokio::time::sleep(wait + Duration::from_millis(50)).await;
    }
}

/// Open entries at the same vendor that this credential or name does not reach.
async fn of_other_accounts(buyer: &Buyer) -> Result<Vec<JournalEntry>, Failure> {
    let filter = Filter {
        vendor: Some(buyer.vendor()),
        states: vec![EntryState::Sent, EntryState::Unknown],
        ..Filter::default()
    };
    let mut open = buyer.journal().entries(&filter).await?;
    open.retain(|it| it.account != buyer.account_name());
    Ok(open)
}

/// Says of what remains unknown what a person needs to decide.
fn still_unknown(settled: &[Settled]) -> Result<(), Failure> {
    let open: Vec<_> = settled
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
                "{key}: no trace of it yet; in {seconds} s its absence will mean that nothing was made"
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
        None => "a person has to decide, as said above".to_owned(),
    };
    Err(Failure::StillUnknown(format!(
        "{} of {} still unknown: {how}",
        open.len(),
        settled.len()
    )))
}

/// What a person can do with an entry whose outcome is not known.
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

/// Gives an entry up.
pub async fn dismiss(common: &Common, dismiss: &AbandonArguments) -> Result<(), Failure> {
    let session = Session::open(dismiss.vendor, common, None).await?;
    let context = SpendContext::open(&session, common, &dismiss.journal).await?;
    let entry = context.buyer.dismiss(&dismiss.key, &dismiss.reason).await?;
    note(format_args!(
        "{} is given up; under the caps it goes on counting if it was sent",
        entry.key
    ));
    output::print_one(&entry, ENTRY, Output::Table)
}

/// Opens the journal to look at it, which must not make one. `None`, and a word about it, if there is none where it usually is.
async fn open(
    common: &Common,
    arguments: &JournalArguments,
) -> Result<Option<(Journal, Place)>, Failure> {
    let place = Place::find(common, arguments)?;
    match (&place, place.missing()) {
        (Place::Named(_), Some(path)) => {
            let what = format!("there is no journal at {}", path.display());
            Err(Failure::Refused(what))
        }
        (_, Some(path)) => {
            note(format_args!(
                "note: there is no journal at {} yet; the first purchase makes it",
                path.display()
            ));
            Ok(None)
        }
        (_, None) => Ok(Some((place.open().await?, place))),
    }
}
