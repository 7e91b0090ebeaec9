//! `journal list` and `journal export`.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use proxy_orders::Vendor;
use proxy_orders::jiff::Timestamp;
use proxy_orders::purchase::{EntryState, Filter};

use super::{EntryWithHistory, open};
use crate::columns::ENTRY;
use crate::failure::Failure;
use crate::flags::{GlobalArguments, OutputArgument, instant, vendor_words};
use crate::journal_location::JournalArguments;
use crate::output;

/// The arguments of `journal list`.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// List only entries in this state; may be given more than once
    #[arg(long, value_parser = state_words())]
    pub state: Vec<EntryState>,
    /// List only entries at this vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Option<Vendor>,
    /// List only entries written since then: 2026-11-01, 2026-11-01T08:00:00Z, or an age such as 7d
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub since: Option<Timestamp>,
    /// List no more than the newest N
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
    #[command(flatten)]
    pub journal: JournalArguments,
    #[command(flatten)]
    pub form: OutputArgument,
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

/// Parses the word of a state.
pub fn state_words() -> impl TypedValueParser<Value = EntryState> {
    PossibleValuesParser::new(EntryState::ALL.iter().map(|it| it.as_str()))
        .try_map(|word| word.parse::<EntryState>())
}

/// Lists the entries, the oldest first.
pub async fn list(globals: &GlobalArguments, list: &ListArguments) -> Result<(), Failure> {
    let filter = Filter {
        vendor: list.vendor,
        account: list.journal.account.clone(),
        states: list.state.clone(),
        since: list.since,
        limit: list.limit,
        ..Filter::default()
    };
    let entries = match open(globals, &list.journal).await? {
        Some((journal, _place)) => journal.entries(&filter).await?,
        None => Vec::new(),
    };
    output::print_list(&entries, ENTRY, list.form.output)
}

/// Prints all entries with their history, as lines of JSON.
pub async fn export(globals: &GlobalArguments, export: &ExportArguments) -> Result<(), Failure> {
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
        output::write(&output::json_line(&EntryWithHistory { entry, history })?)?;
    }
    Ok(())
}
