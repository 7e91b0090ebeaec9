//! Buys under an idempotency key and survives a lost answer.
//!
//! `cargo run --example buy_once` buys in the sandbox, which is told to carry out the purchase and
//! to drop the answer. The program then finds the order without buying again.

use std::error::Error;
use std::time::Duration;

use proxy_orders::iproyal::{self, NewOrder};
use proxy_orders::purchase::{Buyer, IdempotencyKey, Journal, SpendOptions};
use proxy_orders_sandbox::{Fault, FaultMode, Sandbox, Vendor};
use rust_decimal::Decimal;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    sandbox.faults(vec![Fault {
        operation: Some("create_order".to_owned()),
        times: Some(1),
        ..Fault::new(FaultMode::DropAfter)
    }])?;
    let client = iproyal::Client::builder()
        .credential("sandbox-example")
        .base_url(sandbox.base_url(Vendor::IpRoyal))
        .build()?;

    // The journal remembers every purchase, also after a crash. A real program has it in a lasting
    // place, such as `Journal::sqlite("purchases.db")`.
    let folder = tempfile::tempdir()?;
    let journal = Journal::sqlite(folder.path().join("purchases.db")).await?;
    let buyer = Buyer::new(client, journal);

    // The key names this purchase: an invoice, a job, a line of a file.
    let key = IdempotencyKey::new("invoice-2026-117")?;
    // Five proxies of product 123 on plan 456 at location 789, for at most 50.00.
    let request = iproyal::spend::order(&NewOrder::new(123, 456, 789, 5))?;
    let options = SpendOptions::up_to(Decimal::from(50));

    match buyer.spend(&key, &request, &options).await {
        Ok(receipt) => println!("bought order {}", receipt.order),
        Err(error) if error.may_have_taken_effect() => {
            println!("the outcome is unknown: {error}");
            find_out(&buyer).await?;
        }
        Err(error) => println!("nothing was bought: {error}"),
    }

    // The same key gives the recorded result and sends nothing. A program that is started again
    // after a crash does just the same as this one.
    let receipt = buyer.spend(&key, &request, &options).await?;
    let charges = sandbox.ledger().len();
    println!(
        "the key {key} stands for order {}, recorded: {}, charges at the vendor: {charges}",
        receipt.order, receipt.is_recorded
    );
    Ok(())
}

/// Compares the vendor's orders with those from before the purchase.
async fn find_out(buyer: &Buyer) -> Result<(), Box<dyn Error>> {
    loop {
        let mut wait = None;
        for outcome in buyer.reconcile().await? {
            let order = outcome.entry.order.as_deref().unwrap_or("none");
            let (key, state) = (&outcome.entry.key, outcome.entry.state);
            println!("{key} is {state}: order {order}");
            if let Some(reason) = outcome.needs_review {
                return Err(format!("{key} needs a decision: {reason}").into());
            }
            // No order was found, but one may still appear.
            wait = wait.max(outcome.wait);
        }
        match wait {
            Some(time) => tokio::time::sleep(time.min(Duration::from_secs(5))).await,
            None => return Ok(()),
        }
    }
}
