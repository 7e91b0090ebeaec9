//! `journal`: the purchases by key, and their outcomes.

mod accounts;
mod audit;
mod every;
mod find;
mod list;
mod prune;
mod reconcile;
mod settle;
mod show;

use clap::Subcommand;
use proxy_orders::purchase::{Event, Journal, JournalEntry};
use serde::Serialize;

use crate::failure::{Failure, note};
use crate::flags::GlobalArguments;
use crate::journal_location::{JournalArguments, JournalLocation};

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
    List(list::ListArguments),
    /// Show everything about one entry; needs no key
    Show(show::ShowArguments),
    /// Find out at the vendors what became of purchases with an unknown outcome; buys nothing
    Reconcile(reconcile::ReconcileArguments),
    /// Write down what you found out about an entry: its order, or that nothing was made
    Resolve(settle::ResolveArguments),
    /// Give an entry up of which nobody will find out more, so that nothing waits for it
    Dismiss(settle::DismissArguments),
    /// Compare the orders at the vendors with the journal
    Audit(audit::AuditArguments),
    /// List the accounts that the journal knows; needs no key
    Accounts(accounts::AccountsArguments),
    /// Delete old entries that had no effect; needs no key
    Prune(prune::PruneArguments),
    /// Print everything, one JSON object an entry; needs no key
    Export(list::ExportArguments),
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
        JournalCommand::List(arguments) => list::list(globals, arguments).await,
        JournalCommand::Show(arguments) => show::run(globals, arguments).await,
        JournalCommand::Reconcile(arguments) => reconcile::run(globals, arguments).await,
        JournalCommand::Resolve(arguments) => settle::resolve(globals, arguments).await,
        JournalCommand::Dismiss(arguments) => settle::dismiss(globals, arguments).await,
        JournalCommand::Audit(arguments) => audit::run(globals, arguments).await,
        JournalCommand::Accounts(arguments) => accounts::run(globals, arguments).await,
        JournalCommand::Prune(arguments) => prune::run(globals, arguments).await,
        JournalCommand::Export(arguments) => list::export(globals, arguments).await,
    }
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
            Err(Failure::refused(what))
        }
        (_, Some(path)) => {
            note(format_args!(
                "note: there is no journal at {} yet; the first purchase creates it",
                path.display()
            ));
            Ok(None)
        }
        // A sandbox's own journal is empty.
        (JournalLocation::Temporary(_), None) => Ok(None),
        (_, None) => Ok(Some((place.read().await?, place))),
    }
}
