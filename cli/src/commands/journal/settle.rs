//! `journal resolve` and `journal dismiss`: what a person decides on an entry.

use clap::Args;
use proxy_orders::Vendor;
use proxy_orders::purchase::{IdempotencyKey, JournalEntry, Resolution};
use rust_decimal::Decimal;

use super::{find, open};
use crate::columns::ENTRY;
use crate::failure::{EXIT_CODES, Failure, note};
use crate::flags::{GlobalArguments, amount, vendor_words};
use crate::interrupt::answering;
use crate::journal_location::JournalArguments;
use crate::output::{self, Output};
use crate::session::Session;
use crate::spend::SpendContext;

/// An entry, and the reason of the decision on it.
#[derive(Debug, Args)]
pub struct Decision {
    /// The entry's idempotency key
    pub key: IdempotencyKey,
    /// The vendor, if several entries have the key
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Option<Vendor>,
    /// The reason, which the journal keeps
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    #[command(flatten)]
    pub journal: JournalArguments,
}

/// The arguments of `journal dismiss`.
#[derive(Debug, Args)]
pub struct DismissArguments {
    #[command(flatten)]
    pub on: Decision,
}

/// The arguments of `journal resolve`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ResolveArguments {
    #[command(flatten)]
    pub on: Decision,
    /// The order that it made, or changed. It must exist, and belong to no other entry
    #[arg(long, value_name = "ID", required_unless_present = "not_made")]
    pub order: Option<String>,
    /// The amount that was charged [default: the order's price, else what the journal has]
    #[arg(long, value_name = "AMOUNT", value_parser = amount, requires = "order")]
    pub amount: Option<Decimal>,
    /// Nothing was made or charged; the key may be used again, with --again
    #[arg(long, conflicts_with = "order")]
    pub not_made: bool,
}

/// Writes down what a person found out.
pub async fn resolve(
    globals: &GlobalArguments,
    arguments: &ResolveArguments,
) -> Result<(), Failure> {
    let resolution = match &arguments.order {
        Some(id) => Resolution::Order {
            id: id.clone(),
            amount: arguments.amount,
        },
        None => Resolution::NotMade,
    };
    let on = &arguments.on;
    let (context, entry) = find(globals, on).await?;
    let deciding = context.buyer.resolve(&entry.key, resolution, &on.reason);
    let entry = answering(deciding)
        .await
        .map_err(|error| about(error.into(), &entry))?;
    note(format_args!("{} is {}", entry.key, entry.state));
    output::print_one(&entry, ENTRY, Output::Table)?;
    if entry.is_above_cap() {
        let what = format!(
            "{} cost {}, above its cap of {}",
            entry.key,
            entry.amount.unwrap_or_default(),
            entry.max_total
        );
        return Err(about(Failure::look("above-cap", what), &entry));
    }
    Ok(())
}

/// Gives an entry up.
pub async fn dismiss(globals: &GlobalArguments, dismiss: &DismissArguments) -> Result<(), Failure> {
    let on = &dismiss.on;
    let (context, entry) = find(globals, on).await?;
    let deciding = context.buyer.dismiss(&entry.key, &on.reason);
    let entry = answering(deciding)
        .await
        .map_err(|error| about(error.into(), &entry))?;
    note(format_args!(
        "{} is dismissed; if it was sent, it still counts under the caps",
        entry.key
    ));
    output::print_one(&entry, ENTRY, Output::Table)
}

/// Finds the entry, and opens its account.
async fn find(
    globals: &GlobalArguments,
    on: &Decision,
) -> Result<(SpendContext, JournalEntry), Failure> {
    let Some((journal, _place)) = open(globals, &on.journal).await? else {
        let what = format!("the journal has no entry `{}`", on.key);
        return Err(Failure::refused(what).for_key(&on.key));
    };
    let account = on.journal.account_name();
    let entry = find::entry(&journal, &on.key, on.vendor, account.as_deref()).await?;
    let session = Session::open(entry.vendor, globals, None).await?;
    let context = SpendContext::open(&session, globals, &on.journal).await?;
    let here = context.buyer.account_name().await?;
    if here != entry.account {
        let what = format!(
            "`{}` belongs to the account {}, and the credential here to {here}: set {} to the other account's credential, or pass --account {} if they are the same account",
            entry.key,
            entry.account,
            entry.vendor.profile().credential_variable,
            entry.account
        );
        return Err(about(Failure::usage(what), &entry));
    }
    Ok((context, entry))
}

fn about(failure: Failure, entry: &JournalEntry) -> Failure {
    failure.at(entry.vendor).for_key(&entry.key)
}
