//! What can be typed of the journal.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use proxy_orders::Vendor;
use proxy_orders::purchase::{EntryState, IdempotencyKey};

use super::{JournalArguments, vendor_words};
use crate::failure::EXIT_CODES;
use crate::output::Output;

/// What to do with the journal.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// List its entries, the oldest first; needs no key
    List(EntriesArguments),
    /// Show all that is known of one entry; needs no key
    Show(ShowArguments),
    /// Find out at the vendor what became of the purchases whose outcome is not known; buys nothing
    Reconcile(ReconcileArguments),
    /// Give an entry up, so that nothing waits for it any more
    Dismiss(AbandonArguments),
    /// Print everything, one JSON object an entry; needs no key
    Export(ExportArguments),
}

/// How to print.
#[derive(Clone, Copy, Debug, Args)]
pub struct Form {
    /// How to print it: table, json or csv
    #[arg(
        short,
        long,
        value_enum,
        value_name = "FORM",
        default_value = "table",
        hide_possible_values = true
    )]
    pub output: Output,
}

/// What `journal list` takes.
#[derive(Debug, Args)]
pub struct EntriesArguments {
    /// Only those in this state; may be given more than once
    #[arg(long, value_parser = state_words())]
    pub state: Vec<EntryState>,
    /// Only those at this vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Option<Vendor>,
    #[command(flatten)]
    pub journal: JournalArguments,
    #[command(flatten)]
    pub form: Form,
}

/// What `journal show` takes.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The entry's idempotency key
    pub key: IdempotencyKey,
    /// At this vendor, where several entries have the key
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Option<Vendor>,
    #[command(flatten)]
    pub journal: JournalArguments,
    #[command(flatten)]
    pub form: Form,
}

/// What `journal reconcile` takes.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ReconcileArguments {
    /// At which vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Vendor,
    /// How long after a purchase the absence of its order means that none was made
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub settle: u64,
    /// Don't wait until that time has passed; say how long is left
    #[arg(long)]
    pub no_wait: bool,
    #[command(flatten)]
    pub journal: JournalArguments,
    #[command(flatten)]
    pub form: Form,
}

/// What `journal dismiss` takes.
#[derive(Debug, Args)]
pub struct AbandonArguments {
    /// The entry's idempotency key
    pub key: IdempotencyKey,
    /// At which vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Vendor,
    /// Why; the journal keeps it
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    #[command(flatten)]
    pub journal: JournalArguments,
}

/// What `journal export` takes.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// Only those at this vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Option<Vendor>,
    #[command(flatten)]
    pub journal: JournalArguments,
}

fn state_words() -> impl TypedValueParser<Value = EntryState> {
    PossibleValuesParser::new(EntryState::ALL.map(EntryState::as_str))
        .try_map(|word| word.parse::<EntryState>())
}
