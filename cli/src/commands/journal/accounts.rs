//! `journal accounts`.

use std::collections::BTreeMap;

use clap::Args;
use proxy_orders::Vendor;
use proxy_orders::jiff::Timestamp;
use proxy_orders::purchase::Filter;
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
    vendor: &'static str,
    account: String,
    entries: usize,
    /// The entries whose outcome is not known.
    unknown: usize,
    last_used: Timestamp,
}

const ACCOUNT_REPORT: &[Column<AccountReport>] = &[
    Column::new("vendor", |it| cell(Some(it.vendor))),
    Column::new("account", |it| Some(it.account.clone())),
    Column::new("entries", |it| cell(Some(it.entries))),
    Column::new("unknown", |it| cell(Some(it.unknown))),
    Column::new("last_used", |it| Some(format!("{:.0}", it.last_used))),
];

/// Lists the accounts that the journal knows.
pub async fn run(globals: &GlobalArguments, arguments: &AccountsArguments) -> Result<(), Failure> {
    let filter = Filter {
        vendor: arguments.vendor,
        account: arguments.journal.account.clone(),
        ..Filter::default()
    };
    let entries = match open(globals, &arguments.journal).await? {
        Some((journal, _place)) => journal.entries(&filter).await?,
        None => Vec::new(),
    };
    let mut accounts: BTreeMap<(Vendor, String), AccountReport> = BTreeMap::new();
    for entry in entries {
        let place = (entry.vendor, entry.account.clone());
        let report = accounts.entry(place).or_insert_with(|| AccountReport {
            vendor: entry.vendor.as_str(),
            account: entry.account,
            entries: 0,
            unknown: 0,
            last_used: entry.changed_at,
        });
        report.entries += 1;
        report.unknown += usize::from(entry.state.is_open());
        report.last_used = report.last_used.max(entry.changed_at);
    }
    let accounts: Vec<_> = accounts.into_values().collect();
    output::print_list(&accounts, ACCOUNT_REPORT, arguments.form.output)
}
