//! What is shown of an order after something was bought.

use proxy_orders::purchase::Receipt;
use proxy_orders::{Error, Order};

use crate::columns::ORDER;
use crate::failure::{Failure, note};
use crate::interrupt::{answering, interruptible};
use crate::output::{self, Output};
use crate::session::Session;

/// Prints the order of a receipt, after waiting this many seconds for its proxies if asked to. A
/// failure says that the order stands.
pub async fn show(
    session: &Session,
    receipt: &Receipt,
    effect: &str,
    wait_for_proxies: Option<u64>,
    output: Output,
) -> Result<(), Failure> {
    let showing = async {
        let summary = summary(session, receipt, effect);
        note(&summary);
        let (order, seen) = look(session, receipt).await;
        let (order, seen) = match wait_for_proxies {
            Some(seconds) if !matches!(seen, Err(Failure::Interrupted(_))) => {
                wait(session, order, seconds).await
            }
            _ => (order, seen),
        };
        let printed = output::print_one(&order, ORDER, output);
        let shown_by = format!(
            "proxy-orders orders get {} --vendor {}",
            order.id, order.vendor
        );
        seen.and(printed)
            .map_err(|failure| failure.after(summary, shown_by))
    };
    answering(showing).await
}

/// Returns a sentence on what a receipt stands for, such as `order 7 was made at ...`.
fn summary(session: &Session, receipt: &Receipt, effect: &str) -> String {
    let (vendor, order) = (session.vendor, &receipt.order);
    match receipt.is_recorded {
        false => format!("order {order} {effect} at {vendor}"),
        true => format!(
            "nothing was sent: by the journal, order {order} {effect} at {vendor} under the key {}",
            receipt.key
        ),
    }
}

/// Returns the order as the vendor shows it. If that fails, returns what the receipt says as well.
async fn look(session: &Session, receipt: &Receipt) -> (Order, Result<(), Failure>) {
    let mut known = Order::new(session.vendor, &receipt.order);
    known.price_paid = receipt.amount.map(Into::into);
    match interruptible(session.account.order(&receipt.order)).await {
        Some(Ok(order)) => (order, Ok(())),
        Some(Err(error)) => (known, Err(error.into())),
        None => {
            let what = "interrupted while asking the vendor for it".to_owned();
            (known, Err(Failure::Interrupted(what)))
        }
    }
}

/// Waits for an order's proxies. Returns the order even if that fails: it stands all the same.
async fn wait(session: &Session, order: Order, seconds: u64) -> (Order, Result<(), Failure>) {
    let poll = session.poll(seconds);
    let (vendor, id) = (session.vendor, order.id.clone());
    let waiting = async {
        let found = session.account.wait_until_provisioned(&id, poll).await?;
        Ok::<_, Error>((found.len(), session.account.order(&id).await?))
    };
    match interruptible(waiting).await {
        Some(Ok((count, ready))) => {
            note(format_args!("it has its proxies: {count}"));
            if !session.is_temporary() {
                note(format_args!(
                    "`proxy-orders proxies {id} --vendor {vendor}` prints them"
                ));
            }
            (ready, Ok(()))
        }
        Some(Err(error)) => (order, Err(error.into())),
        None => {
            let what = "interrupted while waiting for its proxies".to_owned();
            (order, Err(Failure::Interrupted(what)))
        }
    }
}
