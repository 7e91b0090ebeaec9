//! `tour`: every step of the program at each vendor, in a sandbox.

mod guide;
mod stops;

use std::time::Duration;

use futures_util::TryStreamExt;
use proxy_orders::export::{Format, proxy_list};
use proxy_orders::purchase::{Buyer, IdempotencyKey, Journal, SpendOptions};
use proxy_orders::{Account, ErrorKind, Money, Order, PollOptions, Protocol, Vendor};
use proxy_orders_sandbox::{Fault, FaultMode, Sandbox};
use rust_decimal::Decimal;

use super::journal::{RECONCILE_REPORT, ReconcileReport};
use super::orders::by_expiry;
use crate::columns::{OFFER, ORDER, QUOTE};
use crate::failure::Failure;
use crate::flags::GlobalArguments;
use crate::journal_location::JournalLocation;
use crate::output::table;
use crate::session::{Session, start_sandbox};
use guide::Guide;
use stops::{Stop, stops};

/// The number of offers and orders that are shown of a list.
const SHOWN: usize = 5;

const POLL: PollOptions = PollOptions {
    timeout: Duration::from_secs(20),
    interval: Duration::from_millis(100),
};

/// Runs the tour through all vendors.
pub async fn run(globals: &GlobalArguments) -> Result<(), Failure> {
    let sandbox = start_sandbox().await?;
    let location = JournalLocation::temporary()?;
    let journal = location.open().await?;
    let mut guide = Guide::default();
    guide.welcome(&sandbox)?;
    let mut summary = Vec::new();
    for stop in stops() {
        summary.push(visit(&mut guide, &sandbox, globals, &journal, &stop).await?);
    }
    guide.farewell(&summary)?;
    sandbox.stop().await;
    Ok(())
}

/// Visits one vendor, from its catalogue to its orders. Returns the line for the summary.
async fn visit(
    guide: &mut Guide,
    sandbox: &Sandbox,
    globals: &GlobalArguments,
    journal: &Journal,
    stop: &Stop,
) -> Result<String, Failure> {
    let vendor = stop.vendor;
    let session = Session::connect(vendor, globals, None, Some(sandbox))?;
    let account = session.account.as_ref();
    let buyer = Buyer::shared(session.account.clone(), journal.clone());
    let requests_before = requests_at(sandbox, vendor);
    let balance_before = balance(account).await?;

    guide.arrive(vendor, stop.about)?;
    catalogue(guide, account, stop).await?;
    quote(guide, account, stop).await?;
    let bought = buy(guide, &buyer, stop).await?;
    print_proxies(guide, account, &bought).await?;
    let renewed = renew(guide, &buyer, stop, &bought).await?;
    list(guide, account).await?;
    if stop.loses_an_answer {
        lose_an_answer(guide, sandbox, &buyer, stop).await?;
    }

    let balance_after = balance(account).await?;
    let cost = match (balance_before, balance_after) {
        (Some(before), Some(after)) => before - after,
        // At a vendor that tells no balance, the orders tell their prices.
        _ => [&bought, &renewed]
            .into_iter()
            .filter_map(|order| order.price_paid.as_ref().and_then(Money::amount))
            .sum(),
    };
    Ok(format!(
        "{:<11} {}, {}, for {cost} in all; {} requests",
        vendor.name(),
        stop.bought,
        stop.renewed,
        requests_at(sandbox, vendor) - requests_before,
    ))
}

async fn catalogue(guide: &mut Guide, account: &dyn Account, stop: &Stop) -> Result<(), Failure> {
    guide.step(
        "List what can be bought.",
        &["products"],
        account.vendor(),
        false,
    )?;
    match account.catalogue().await {
        Ok(offers) => {
            let fitting: Vec<_> = offers
                .iter()
                .filter(|offer| offer.product == stop.purchase.product)
                .take(SHOWN)
                .cloned()
                .collect();
            guide.result(&table(&fitting, OFFER))?;
            guide.say(&format!(
                "({} offers in all; these are the first of product `{}`.)",
                offers.len(),
                stop.purchase.product
            ))
        }
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            guide.say(&format!("Nothing to show. {error:#}."))
        }
        Err(error) => Err(error.into()),
    }
}

async fn quote(guide: &mut Guide, account: &dyn Account, stop: &Stop) -> Result<(), Failure> {
    let words = words(&["quote"], stop.purchase_words(), &[]);
    guide.step("Ask for the price.", &words, account.vendor(), false)?;
    match account.quote(&stop.purchase).await {
        Ok(quote) => guide.result(&table(&[quote], QUOTE)),
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            guide.say(&format!("Nothing to show. {error:#}."))
        }
        Err(error) => Err(error.into()),
    }
}

async fn buy(guide: &mut Guide, buyer: &Buyer, stop: &Stop) -> Result<Order, Failure> {
    let (vendor, account) = (stop.vendor, buyer.client());
    let (cap, key) = (stop.max_total.to_string(), format!("tour-{vendor}"));
    let typed = |more: &[&str]| {
        let consent = ["--max-total", &cap, "--idempotency-key", &key, "--yes"];
        words(&["buy"], stop.purchase_words(), &[&consent, more].concat())
    };
    let what = format!(
        "Buy it under a key of your own, if it costs no more than {cap}, and wait for the proxies."
    );
    guide.step(&what, &typed(&["--wait", "20"]), vendor, false)?;
    let (key, options) = (
        IdempotencyKey::new(&key)?,
        SpendOptions::up_to(stop.max_total),
    );
    let receipt = buyer.buy(&key, &stop.purchase, &options).await?;
    let order = account.order(&receipt.order).await?;
    guide.say(&format!(
        "Order {} was made; it is {}.",
        order.id, order.state
    ))?;
    account.wait_until_provisioned(&order.id, POLL).await?;
    let order = account.order(&order.id).await?;
    guide.result(&table(std::slice::from_ref(&order), ORDER))?;
    if stop.loses_an_answer {
        guide.step(
            "Buy it again under the same key.",
            &typed(&[]),
            vendor,
            false,
        )?;
        let again = buyer.buy(&key, &stop.purchase, &options).await?;
        guide.say(&format!(
            "Nothing was sent: the journal knows that `{key}` is order {}. A script that was interrupted can simply be run again.",
            again.order
        ))?;
    }
    Ok(order)
}

/// Loses the answer to a purchase that was charged, and reconciles it.
async fn lose_an_answer(
    guide: &mut Guide,
    sandbox: &Sandbox,
    buyer: &Buyer,
    stop: &Stop,
) -> Result<(), Failure> {
    let vendor = stop.vendor;
    let (cap, key) = (stop.max_total.to_string(), format!("tour-{vendor}-lost"));
    let consent = ["--max-total", &cap, "--idempotency-key", &key, "--yes"];
    let typed = words(&["buy"], stop.purchase_words(), &consent);
    let what = "Lose the answer: the sandbox now charges, and cuts the connection.";
    guide.step(what, &typed, vendor, false)?;
    let request = buyer.client().purchase(&stop.purchase)?;
    let lost = Fault {
        operation: Some(request.operation().id.to_owned()),
        times: Some(1),
        ..Fault::new(FaultMode::DropAfter)
    };
    sandbox
        .faults(vec![lost])
        .map_err(|error| Failure::Refused(error.to_string()))?;
    let (key, options) = (
        IdempotencyKey::new(&key)?,
        SpendOptions::up_to(stop.max_total),
    );
    match buyer.buy(&key, &stop.purchase, &options).await {
        Err(error) if error.may_have_taken_effect() => guide.say(&format!("{error:#}."))?,
        Err(error) => return Err(error.into()),
        Ok(_) => {}
    }
    guide.say(
        "The exit code is 6. Until the outcome is known, nothing else is spent on this account. (A sandbox of your own loses an answer only if `proxy-orders sandbox --control` is told to.)",
    )?;
    let words = ["journal", "reconcile"];
    guide.step(
        "Find out from the vendor's orders and balance.",
        &words,
        vendor,
        false,
    )?;
    let found = buyer.reconcile().await?;
    let found: Vec<_> = found.into_iter().map(ReconcileReport::from).collect();
    guide.result(&table(&found, RECONCILE_REPORT))?;
    guide.say("It was bought, once. `proxy-orders journal list` shows every purchase and what became of it.")
}

async fn print_proxies(
    guide: &mut Guide,
    account: &dyn Account,
    order: &Order,
) -> Result<(), Failure> {
    let proxies = account.proxies(&order.id).await?;
    let words = ["proxies", &order.id];
    guide.step("Print the proxies.", &words, account.vendor(), true)?;
    guide.result(&proxy_list(&proxies, Format::Lines, Protocol::Http)?)?;
    let words = ["proxies", &order.id, "--format", "url"];
    guide.step("The same as URLs.", &words, account.vendor(), true)?;
    guide.result(&proxy_list(&proxies, Format::Urls, Protocol::Http)?)
}

async fn renew(
    guide: &mut Guide,
    buyer: &Buyer,
    stop: &Stop,
    bought: &Order,
) -> Result<Order, Failure> {
    let order = stop.order_to_renew.unwrap_or(bought.id.as_str());
    let cap = stop.renewal_cap.to_string();
    let words = words(
        &["orders", "renew", order],
        stop.renewal_words(),
        &["--max-total", &cap, "--yes"],
    );
    let needs_order = stop.order_to_renew.is_none();
    guide.step(stop.renewal_says, &words, stop.vendor, needs_order)?;
    let options = SpendOptions::up_to(stop.renewal_cap);
    let receipt = buyer
        .renew(&IdempotencyKey::random(), order, &stop.renewal, &options)
        .await?;
    let renewed = buyer.client().order(&receipt.order).await?;
    guide.result(&table(std::slice::from_ref(&renewed), ORDER))?;
    Ok(renewed)
}

async fn list(guide: &mut Guide, account: &dyn Account) -> Result<(), Failure> {
    let limit = SHOWN.to_string();
    let words = ["orders", "list", "--state", "active", "--limit", &limit];
    guide.step(
        "List the active orders that run out first.",
        &words,
        account.vendor(),
        false,
    )?;
    let mut orders: Vec<Order> = account.orders().try_collect().await?;
    orders.retain(|order| order.state == proxy_orders::OrderState::Active);
    orders.sort_by(by_expiry);
    orders.truncate(SHOWN);
    guide.result(&table(&orders, ORDER))
}

/// Joins the words of a command line.
fn words(first: &[&str], middle: Vec<String>, last: &[&str]) -> Vec<String> {
    let owned = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    [owned(first), middle, owned(last)].concat()
}

/// Returns the balance; `None` at a vendor that does not tell it.
async fn balance(account: &dyn Account) -> Result<Option<Decimal>, Failure> {
    match account.balance().await {
        Ok(balance) => Ok(balance.amount()),
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn requests_at(sandbox: &Sandbox, vendor: Vendor) -> usize {
    let prefix = format!("/{vendor}/");
    let requests = sandbox.requests();
    requests
        .iter()
        .filter(|it| it.path.starts_with(&prefix))
        .count()
}
