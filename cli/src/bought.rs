//! The order that is shown after something was bought.

use proxy_orders::purchase::Receipt;
use proxy_orders::{Error, Order};

use crate::columns::ORDER;
use crate::failure::{Failure, note, note_with};
use crate::hints::Hints;
use crate::interrupt::{answering, interruptible};
use crate::output::{self, Output};
use crate::session::Session;

/// Prints the order of a receipt, after waiting this many seconds for its proxies if asked to. A
/// failure says that the order stands.
pub async fn show(
    session: &Session,
    hints: &Hints,
    receipt: &Receipt,
    effect: &str,
    wait_for_proxies: Option<u64>,
    output: Output,
) -> Result<(), Failure> {
    let showing = async {
        let summary = summary(session, receipt, effect);
        note(&summary);
        let mut bought = Bought {
            session,
            hints,
            order: known(session, receipt),
            is_interrupted: false,
        };
        let mut seen = bought.look().await;
        if let Some(seconds) = wait_for_proxies
            && !bought.is_interrupted
        {
            seen = bought.wait(seconds).await;
        }
        let printed = output::print_one(&bought.order, ORDER, output);
        let after =
            |failure: Failure| failure.after(&summary, hints.order(session.vendor, &receipt.order));
        within_cap(receipt, &summary)
            .map_err(|failure| {
                failure.advising(
                    "To look at it:",
                    hints.order(session.vendor, &receipt.order),
                )
            })
            .and(seen.map_err(after))
            .and(printed.map_err(after))
            .map_err(|failure| about(failure, session, receipt))
    };
    answering(showing).await
}

/// Names the purchase of a failure.
fn about(failure: Failure, session: &Session, receipt: &Receipt) -> Failure {
    failure
        .at(session.vendor)
        .for_key(&receipt.key)
        .for_order(&receipt.order)
}

/// Fails if a purchase cost more than its cap.
pub fn within_cap(receipt: &Receipt, summary: &str) -> Result<(), Failure> {
    match receipt.amount {
        Some(amount) if receipt.is_above_cap() => {
            let cap = receipt.max_total;
            let what = format!("{summary}, and cost {amount}, which is above the cap of {cap}");
            Err(Failure::look("above-cap", what))
        }
        _ => Ok(()),
    }
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

/// Returns what a receipt says of its order.
fn known(session: &Session, receipt: &Receipt) -> Order {
    let mut order = Order::new(session.vendor, &receipt.order);
    order.price_paid = receipt.amount.map(Into::into);
    order
}

/// An order that was bought, as far as it is known.
struct Bought<'a> {
    session: &'a Session,
    hints: &'a Hints,
    order: Order,
    is_interrupted: bool,
}

impl Bought<'_> {
    /// Asks the vendor for the order.
    async fn look(&mut self) -> Result<(), Failure> {
        let asking = self.session.account.order(&self.order.id);
        match interruptible(asking).await {
            Some(found) => self.order = found?,
            None => return Err(self.interrupted("asking the vendor for it")),
        }
        Ok(())
    }

    /// Waits for the order's proxies.
    async fn wait(&mut self, seconds: u64) -> Result<(), Failure> {
        let (account, id) = (&self.session.account, &self.order.id);
        let waiting = async {
            let poll = self.session.poll(seconds);
            let found = account.wait_until_provisioned(id, poll).await?;
            Ok::<_, Error>((found.len(), account.order(id).await?))
        };
        match interruptible(waiting).await {
            Some(outcome) => {
                let (count, order) = outcome?;
                self.order = order;
                note(format_args!("it has its proxies: {count}"));
                let printed_by = self.hints.proxies(self.session.vendor, &self.order.id);
                note_with("To print them:", printed_by);
                Ok(())
            }
            None => Err(self.interrupted("waiting for its proxies")),
        }
    }

    fn interrupted(&mut self, work: &str) -> Failure {
        self.is_interrupted = true;
        Failure::interrupted(format!("interrupted while {work}"))
    }
}
