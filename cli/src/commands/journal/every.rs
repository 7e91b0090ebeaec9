//! One piece of work for each account that the journal and the environment know.

use std::collections::{BTreeMap, BTreeSet};

use proxy_orders::purchase::{EntryState, Filter};
use proxy_orders::{Error, Vendor};

use super::open;
use crate::failure::{Failure, note};
use crate::flags::GlobalArguments;
use crate::journal_location::JournalArguments;
use crate::session::Session;
use crate::spend::SpendContext;

/// The accounts that the journal knows, by vendor.
pub type Accounts = BTreeMap<Vendor, BTreeSet<String>>;

/// Lists the accounts with an entry in one of these states; any state, if there are none.
pub async fn accounts(
    globals: &GlobalArguments,
    arguments: &JournalArguments,
    vendor: Option<Vendor>,
    states: &[EntryState],
) -> Result<Accounts, Failure> {
    if globals.base_url.is_some() && vendor.is_none() {
        return Err(Failure::usage(
            "--base-url is the URL of one vendor: pass --vendor as well",
        ));
    }
    let filter = Filter {
        vendor,
        states: states.to_vec(),
        ..Filter::default()
    };
    let mut accounts = Accounts::new();
    if let Some((journal, _place)) = open(globals, arguments).await? {
        for entry in journal.entries(&filter).await? {
            accounts
                .entry(entry.vendor)
                .or_default()
                .insert(entry.account);
        }
    }
    Ok(accounts)
}

/// The results of the accounts.
pub struct Results<T> {
    /// The findings at each account that could be asked.
    pub found: Vec<T>,
    /// The failures, by account.
    failures: Vec<(String, Failure)>,
}

impl<T> Results<T> {
    /// Fails if an account could not be asked.
    pub fn check(self) -> Result<(), Failure> {
        let Results { found, failures } = self;
        let (failed, count) = (failures.len(), failures.len() + found.len());
        let mut failures = failures.into_iter();
        match (failures.next(), count) {
            (None, _) => Ok(()),
            (Some((_, failure)), 1) => Err(failure),
            (Some(first), _) => {
                let names: Vec<_> = [first]
                    .into_iter()
                    .chain(failures)
                    .map(|(name, failure)| format!("{name}: {}", failure.message()))
                    .collect();
                Err(Failure::some_accounts(format!(
                    "{failed} of {count} accounts failed: {}",
                    names.join("; ")
                )))
            }
        }
    }
}

/// Does a piece of work for each account in turn. The failure of one does not stop the others.
pub async fn each<T>(
    globals: &GlobalArguments,
    arguments: &JournalArguments,
    accounts: &Accounts,
    work: impl AsyncFn(&SpendContext) -> Result<T, Error>,
) -> Results<T> {
    let mut results = Results {
        found: Vec::new(),
        failures: Vec::new(),
    };
    for (vendor, names) in accounts {
        let one = async {
            let session = Session::open(*vendor, globals, None).await?;
            let context = SpendContext::open(&session, globals, arguments).await?;
            let working = async {
                let name = context.buyer.account_name().await?;
                let found = match names.contains(&name) {
                    true => Some(work(&context).await?),
                    false => None,
                };
                Ok((found, name))
            };
            working.await.map_err(|error| context.failure(error))
        };
        let others = match one.await {
            Ok((found, name)) => {
                results.found.extend(found);
                names.iter().filter(|it| **it != name).collect()
            }
            Err(failure) => {
                // The credential could be that of any of them.
                let names: Vec<_> = names.iter().map(String::as_str).collect();
                let name = format!("{vendor} {}", names.join(", "));
                results.failures.push((name, failure.at(*vendor)));
                Vec::new()
            }
        };
        // Who names an account wants no other.
        for name in others
            .into_iter()
            .filter(|_| arguments.account_name().is_none())
        {
            let variable = vendor.profile().credential_variable;
            let what =
                format!("{variable} is another account's: set it to the credential of this one");
            let failure = Failure::credential(what).at(*vendor);
            results.failures.push((format!("{vendor} {name}"), failure));
        }
    }
    results
}

/// Says that there is nothing to do.
pub fn note_nothing(accounts: &Accounts, what: &str) {
    if accounts.is_empty() {
        note(what);
    }
}
