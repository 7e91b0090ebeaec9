//! `journal show`.

use clap::Args;
use proxy_orders::Vendor;
use proxy_orders::purchase::IdempotencyKey;

use super::{EntryWithHistory, find, open};
use crate::columns::ENTRY;
use crate::failure::Failure;
use crate::flags::{GlobalArguments, OutputArgument, vendor_words};
use crate::hints::Hints;
use crate::journal_location::JournalArguments;
use crate::output::{self, Output};
use crate::text::on_one_line;

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

/// Shows everything about one entry.
pub async fn run(globals: &GlobalArguments, show: &ShowArguments) -> Result<(), Failure> {
    let key = &show.key;
    let Some((journal, _place)) = open(globals, &show.journal).await? else {
        return Err(Failure::refused(format!(
            "the journal has no entry `{key}`"
        )));
    };
    let account = show.journal.account.as_deref();
    let entry = find::entry(&journal, key, show.vendor, account).await?;
    let full = EntryWithHistory {
        history: journal.history(&entry).await?,
        entry,
    };
    match show.form.output {
        Output::Json => output::write(&output::json(&full)?)?,
        Output::Csv => output::print_one(&full.entry, ENTRY, Output::Csv)?,
        Output::Table => output::write(&in_full(&full))?,
    }
    if full.entry.state.is_open() {
        find::tell_what_to_do(&full.entry, &Hints::new(globals, Some(&show.journal)));
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
