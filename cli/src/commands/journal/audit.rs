//! `journal audit`.

use clap::Args;
use proxy_orders::purchase::Audit;
use proxy_orders::{Moment, Money, Vendor};
use serde::Serialize;

use super::every;
use crate::failure::{EXIT_CODES, Failure, note};
use crate::flags::{GlobalArguments, OutputArgument, vendor_words};
use crate::hints::Hints;
use crate::journal_location::JournalArguments;
use crate::output::{self, Column, cell};

/// The arguments of `journal audit`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct AuditArguments {
    /// The vendor [default: every vendor in the journal]
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Option<Vendor>,
    #[command(flatten)]
    pub journal: JournalArguments,
    #[command(flatten)]
    pub form: OutputArgument,
}

/// One difference, as it is printed.
#[derive(Serialize)]
struct Difference {
    /// `foreign`: no entry stands for the order. `missing`: the vendor no longer has it.
    finding: &'static str,
    vendor: &'static str,
    account: String,
    order: String,
    key: Option<String>,
    product: Option<String>,
    quantity: Option<i64>,
    price_paid: Option<Money>,
    created: Option<Moment>,
}

const DIFFERENCE: &[Column<Difference>] = &[
    Column::new("finding", |it| cell(Some(it.finding))),
    Column::new("vendor", |it| cell(Some(it.vendor))),
    Column::in_csv_only("account", |it| Some(it.account.clone())),
    Column::new("order", |it| Some(it.order.clone())),
    Column::new("key", |it| it.key.clone()),
    Column::new("product", |it| it.product.clone()),
    Column::new("quantity", |it| cell(it.quantity)),
    Column::new("price_paid", |it| cell(it.price_paid.as_ref())),
    Column::new("created", |it| cell(it.created.as_ref())),
];

/// Compares the orders at the vendors with the journal.
pub async fn run(globals: &GlobalArguments, arguments: &AuditArguments) -> Result<(), Failure> {
    let accounts = every::accounts(globals, &arguments.journal, arguments.vendor, &[]).await?;
    every::note_nothing(&accounts, "nothing to compare: the journal has no entry");
    let results = every::each(globals, &arguments.journal, &accounts, async |context| {
        let buyer = &context.buyer;
        Ok((
            buyer.vendor(),
            buyer.account_name().await?,
            buyer.audit().await?,
        ))
    });
    let results = results.await;
    let found = results.found.iter();
    let found = found.flat_map(|(vendor, account, audit)| differences(*vendor, account, audit));
    let found: Vec<_> = found.collect();
    output::print_list(&found, DIFFERENCE, arguments.form.output)?;
    let hints = Hints::new(globals, Some(&arguments.journal));
    for (vendor, account, audit) in &results.found {
        tell(*vendor, account, audit, &hints);
    }
    results.check()?;
    match found.first() {
        None => Ok(()),
        Some(first) => {
            let what = format!(
                "{} differences between the journal and the vendors",
                found.len()
            );
            Err(Failure::look("audit", what).for_order(&first.order))
        }
    }
}

fn differences(vendor: Vendor, account: &str, audit: &Audit) -> Vec<Difference> {
    let difference = |finding, order: &str| Difference {
        finding,
        vendor: vendor.as_str(),
        account: account.to_owned(),
        order: order.to_owned(),
        key: None,
        product: None,
        quantity: None,
        price_paid: None,
        created: None,
    };
    let foreign = audit.foreign_orders.iter().map(|order| Difference {
        product: order.product.clone(),
        quantity: order.quantity,
        price_paid: order.price_paid.clone(),
        created: order.created.clone(),
        ..difference("foreign", &order.id)
    });
    let missing = audit.missing_orders.iter().map(|entry| Difference {
        key: Some(entry.key.to_string()),
        ..difference("missing", entry.order.as_deref().unwrap_or_default())
    });
    foreign.chain(missing).collect()
}

/// Prints what the differences at an account mean.
fn tell(vendor: Vendor, account: &str, audit: &Audit, hints: &Hints) {
    let (foreign, without) = (audit.foreign_orders.len(), audit.without_order);
    if foreign > 0 {
        note(format_args!(
            "{vendor} {account}: no entry stands for {foreign} of its orders. Somebody buys there by hand, or with another journal, or they are what became of the {without} entries without an order: `proxy-orders journal resolve KEY --order ID --reason TEXT` says so."
        ));
    }
    if foreign > without {
        note(format_args!(
            "{vendor} {account}: others buy on it, so from now on no order is taken for the result of an unknown purchase without you."
        ));
    }
    for entry in &audit.missing_orders {
        let key = &entry.key;
        let text =
            format!("{vendor} {account}: the vendor no longer has the order of {key}; to see it:");
        crate::failure::note_with(text, hints.show(entry));
    }
}
