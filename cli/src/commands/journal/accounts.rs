//! `journal accounts`.

use clap::Args;
use proxy_orders::Vendor;
use proxy_orders::purchase::{Filter, JournalEntry, KnownAccount};
use serde::Serialize;

use super::open;
use crate::failure::Failure;
use crate::flags::{GlobalArguments, OutputArgument, vendor_words};
use crate::journal_location::JournalArguments;
use crate::output::{self, Column, cell};

/// The arguments of `journal accounts`.
#[derive(Debug, Args)]
pub struct AccountsArguments {
    /// List only accounts at this vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Option<Vendor>,
    #[command(flatten)]
    pub journal: JournalArguments,
    #[command(flatten)]
    pub form: OutputArgument,
}

/// An account, as it is printed.
#[derive(Serialize)]
struct AccountReport {
    #[serde(flatten)]
    known: KnownAccount,
    entries: usize,
    /// The entries whose outcome is not known.
    unknown: usize,
}

const ACCOUNT_REPORT: &[Column<AccountReport>] = &[
    Column::new("vendor", |it| cell(Some(it.known.vendor))),
    Column::new("account", |it| Some(it.known.account.clone())),
    Column::new("other_names", |it| {
        let names = it.known.names.iter();
        let names = names.filter(|(_, name)| *name != it.known.account);
        let names: Vec<_> = names
            .map(|(kind, name)| format!("{name} ({kind})"))
            .collect();
        Some(names.join(", "))
    }),
    Column::new("entries", |it| cell(Some(it.entries))),
    Column::new("unknown", |it| cell(Some(it.unknown))),
    Column::new("shared_since", |it| {
        it.known.shared_since.map(|it| format!("{it:.0}"))
    }),
    Column::new("shared_why", |it| it.known.shared_why.clone()),
];

/// Lists the accounts that the journal knows.
pub async fn run(globals: &GlobalArguments, arguments: &AccountsArguments) -> Result<(), Failure> {
    let mut accounts = Vec::new();
    if let Some((journal, _place)) = open(globals, &arguments.journal).await? {
        let filter = Filter {
            vendor: arguments.vendor,
            ..Filter::default()
        };
        let entries = journal.entries(&filter).await?;
        for known in journal.accounts(arguments.vendor).await? {
            let is_of =
                |it: &&JournalEntry| it.vendor == known.vendor && it.account == known.account;
            let of_account: Vec<_> = entries.iter().filter(is_of).collect();
            accounts.push(AccountReport {
                entries: of_account.len(),
                unknown: of_account.iter().filter(|it| it.state.is_open()).count(),
                known,
            });
        }
    }
    output::print_list(&accounts, ACCOUNT_REPORT, arguments.form.output)
}
