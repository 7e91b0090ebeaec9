//! `tour`: every step that the program can do, at each vendor, in a sandbox.

mod guide;
mod stops;

use std::time::Duration;

use futures_util::TryStreamExt;
use proxy_orders::export::{Format, proxy_list};
use proxy_orders::{Account, ErrorKind, Money, Order, Patience, Protocol, Vendor};
use proxy_orders_sandbox::Sandbox;
use rust_decimal::Decimal;

use crate::arguments::Common;
use crate::columns::{OFFER, ORDER, QUOTE};
use crate::commands::by_expiry;
use crate::failure::Failure;
use crate::output::table;
use crate::session::{Session, start_sandbox};
use guide::Guide;
use stops::{Stop, stops};

/// How many offers and orders are shown of a list.
const SHOWN: usize = 5;

const PATIENCE: Patience = Patience {
    deadline: Duration::from_secs(20),
    every: Duration::from_millis(100),
};

/// Guides through all three vendors.
pub async fn run(common: &Common) -> Result<(), Failure> {
    let sandbox = start_sandbox().await?;
    let mut guide = Guide::default();
    guide.welcome(&sandbox)?;
    let mut summary = Vec::new();
    for stop in stops() {
        summary.push(visit(&mut guide, &sandbox, common, &stop).await?);
    }
    guide.farewell(&summary)?;
    sandbox.stop().await;
    Ok(())
}

/// One vendor, from its catalogue to its orders. Gives the line for the summary.
async fn visit(
    guide: &mut Guide,
    sandbox: &Sandbox,
    common: &Common,
    stop: &Stop,
) -> Result<String, Failure> {
    let vendor = stop.vendor;
    let session = Session::in_sandbox(vendor, sandbox, common, None)?;
    let account = session.account.as_ref();
    let requests_before = requests_at(sandbox, vendor);
    let balance_before = balance(account).await?;

    guide.arrive(vendor, stop.about)?;
    catalogue(guide, account, stop).await?;
    quote(guide, account, stop).await?;
    let bought = buy(guide, account, stop).await?;
    print_proxies(guide, account, &bought).await?;
    let renewed = renew(guide, account, stop, &bought).await?;
    list(guide, account).await?;

    let balance_after = balance(account).await?;
    let cost = match (balance_before, balance_after) {
        (Some(before), Some(after)) => before - after,
        // Where the balance can't be asked for, the orders say what is paid for them.
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
        "What can be bought?",
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
            guide.say(&format!("Nothing to show. {error}."))
        }
        Err(error) => Err(error.into()),
    }
}

async fn quote(guide: &mut Guide, account: &dyn Account, stop: &Stop) -> Result<(), Failure> {
    let words = words(&["quote"], stop.purchase_words(), &[]);
    guide.step("What would it cost?", &words, account.vendor(), false)?;
    match account.quote(&stop.purchase).await {
        Ok(quote) => guide.result(&table(&[quote], QUOTE)),
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            guide.say(&format!("Nothing to show. {error}."))
        }
        Err(error) => Err(error.into()),
    }
}

async fn buy(guide: &mut Guide, account: &dyn Account, stop: &Stop) -> Result<Order, Failure> {
    let cap = stop.max_total.to_string();
    let consent = ["--max-total", &cap, "--wait", "20", "--yes"];
    let words = words(&["buy"], stop.purchase_words(), &consent);
    let what = format!("Buy it, if it costs no more than {cap}, and wait for the proxies.");
    guide.step(&what, &words, account.vendor(), false)?;
    let order = account.buy(&stop.purchase, stop.max_total).await?;
    guide.say(&format!(
        "Order {} was made; it is {}.",
        order.id, order.state
    ))?;
    account.wait_until_provisioned(&order.id, PATIENCE).await?;
    let order = account.order(&order.id).await?;
    guide.result(&table(std::slice::from_ref(&order), ORDER))?;
    Ok(order)
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
    account: &dyn Account,
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
    guide.step(stop.renewal_says, &words, account.vendor(), needs_order)?;
    let renewed = account
        .renew(order, &stop.renewal, stop.renewal_cap)
        .await?;
    guide.result(&table(std::slice::from_ref(&renewed), ORDER))?;
    Ok(renewed)
}

async fn list(guide: &mut Guide, account: &dyn Account) -> Result<(), Failure> {
    let limit = SHOWN.to_string();
    let words = ["orders", "list", "--state", "active", "--limit", &limit];
    guide.step(
        "Which active orders run out first?",
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

/// The words of a command line.
fn words(first: &[&str], middle: Vec<String>, last: &[&str]) -> Vec<String> {
    let owned = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    [owned(first), middle, owned(last)].concat()
}

/// `None` at a vendor that does not tell.
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
