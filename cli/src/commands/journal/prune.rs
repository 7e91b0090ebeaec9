//! `journal prune`.

use std::time::Duration;

use clap::Args;
use proxy_orders::Vendor;
use proxy_orders::jiff::{SignedDuration, Timestamp};
use proxy_orders::purchase::{EntryState, Filter};

use super::list::state_words;
use super::open;
use crate::columns::ENTRY;
use crate::failure::{Failure, note};
use crate::flags::{GlobalArguments, OutputArgument, age, vendor_words};
use crate::interrupt::answering;
use crate::journal_location::JournalArguments;
use crate::output;

/// The arguments of `journal prune`.
#[derive(Debug, Args)]
pub struct PruneArguments {
    /// Delete only what was last changed so long ago, such as 30d or 12h
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub older_than: Duration,
    /// Delete only entries in this state; may be given more than once [default: planned, not-sent,
    /// rejected and not-made; no other can be deleted]
    #[arg(long, value_parser = state_words())]
    pub state: Vec<EntryState>,
    /// Delete only entries at this vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Option<Vendor>,
    /// Print what would be deleted, and delete nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub journal: JournalArguments,
    #[command(flatten)]
    pub form: OutputArgument,
}

/// Deletes old entries that had no effect.
pub async fn run(globals: &GlobalArguments, prune: &PruneArguments) -> Result<(), Failure> {
    let Some((reading, place)) = open(globals, &prune.journal).await? else {
        return output::print_list(&[], ENTRY, prune.form.output);
    };
    let before = SignedDuration::try_from(prune.older_than)
        .and_then(|age| Timestamp::now().checked_sub(age))
        .map_err(|_| Failure::usage("--older-than: there is no such time"))?;
    let filter = Filter {
        vendor: prune.vendor,
        account: prune.journal.account.clone(),
        states: prune.state.clone(),
        ..Filter::default()
    };
    let journal = match prune.dry_run {
        true => reading,
        false => place.open().await?,
    };
    let entries = answering(journal.prune(&filter, before, prune.dry_run)).await?;
    note(match prune.dry_run {
        true => format!("{} entries would be deleted", entries.len()),
        false => format!("{} entries are deleted", entries.len()),
    });
    output::print_list(&entries, ENTRY, prune.form.output)
}
