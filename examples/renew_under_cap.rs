//! Renews orders that do not renew themselves, until a monthly cap is reached.
//!
//! `cargo run --example renew_under_cap` renews in the sandbox. Run every day with a lasting
//! journal, such a program renews each order once a month and never spends more than the cap.

use std::error::Error;

use futures_util::TryStreamExt;
use proxy_orders::purchase::{Buyer, IdempotencyKey, Journal, SpendOptions};
use proxy_orders::{Account, ErrorKind, OrderState, Renewal, iproyal};
use proxy_orders_sandbox::{Sandbox, Vendor};
use rust_decimal::Decimal;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let client = iproyal::Client::builder()
        .credential("sandbox-example")
        .base_url(sandbox.base_url(Vendor::IpRoyal))
        .build()?;
    let orders: Vec<_> = Account::orders(&client).try_collect().await?;

    // The cap counts what the journal knows of the month, so a real program uses a file.
    let journal = Journal::in_memory().await?;
    let buyer = Buyer::new(client, journal).per_month(Decimal::from(40));
    let month = sandbox.now().strftime("%Y-%m");

    let (mut renewed, mut spent) = (0, Decimal::ZERO);
    for order in orders {
        let is_due = order.state == OrderState::Active && order.auto_renewal == Some(false);
        // The plan below is one of this product's.
        if !is_due || order.product.as_deref() != Some("Static Residential") {
            continue;
        }
        // One key for each order and month: a second run in the same month renews nothing again.
        let key = IdempotencyKey::new(format!("renew-{}-{month}", order.id))?;
        let renewal = Renewal {
            plan: Some("456".to_owned()),
            ..Renewal::default()
        };
        // Each renewal has a cap of its own as well.
        let options = SpendOptions::up_to(Decimal::from(30));
        match buyer.renew(&key, &order.id, &renewal, &options).await {
            Ok(receipt) => {
                let amount = receipt.amount.unwrap_or_default();
                println!("order {}: renewed for {amount}", order.id);
                renewed += 1;
                spent += amount;
            }
            // The price or the month's cap. Nothing was sent.
            Err(error) if error.kind() == ErrorKind::OverCap => {
                println!("order {}: {error}", order.id);
            }
            // The outcome is unknown: the buyer spends nothing else before `reconcile` knows it.
            Err(error) if error.may_have_taken_effect() => return Err(error.into()),
            // Refused, by the vendor or by a check. Nothing was spent, and the next may do.
            Err(error) => println!("order {}: not renewed: {error}", order.id),
        }
    }
    println!("renewed {renewed} orders for {spent}, with a cap of 40 a month");
    Ok(())
}
