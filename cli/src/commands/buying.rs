//! `buy`.

use proxy_orders::smartproxy::Gateway;
use proxy_orders::{Error, Order, Vendor};

use super::purchasing::{Wish, done, look, order, print, purchase};
use super::spending::{check_consent, unless_interrupted};
use super::{batch, missing};
use crate::arguments::{BuyArguments, Common};
use crate::failure::{Failure, note};
use crate::session::{GATEWAY_VARIABLE, Session};

/// Buys, if it costs no more than the cap.
pub async fn buy(common: &Common, buy: &BuyArguments) -> Result<(), Failure> {
    check_consent(&buy.consent)?;
    if let Some(file) = &buy.from {
        return batch::buy(common, buy, file).await;
    }
    let vendor = buy.at.vendor;
    let gateway = buy.gateway.gateway.clone();
    check_gateway(common, buy, gateway.as_ref())?;
    let session = Session::open(vendor, common, gateway).await?;
    let spend = session.account.purchase(&buy.purchase.purchase())?;
    let wish = Wish {
        spend: &spend,
        max_total: buy.max_total.ok_or_else(|| missing("--max-total"))?,
        question: "Buy it?".to_owned(),
    };
    let bought = purchase(&session, common, &buy.consent, &wish, buy.at.output).await?;
    let Some(receipt) = bought else {
        return Ok(());
    };
    let done = done(vendor, &receipt, "was made");
    note(&done);
    let order = order(&session, &receipt).await;
    let (order, waited) = match buy.wait {
        None => (order, Ok(())),
        Some(seconds) => wait(&session, order, seconds).await,
    };
    print(&order, waited, buy.at.output, done)
}

/// Waiting needs SmartProxy's gateway, and it is too late to find that out after the purchase.
fn check_gateway(
    common: &Common,
    buy: &BuyArguments,
    gateway: Option<&Gateway>,
) -> Result<(), Failure> {
    let is_known =
        gateway.is_some() || common.sandbox || std::env::var_os(GATEWAY_VARIABLE).is_some();
    if buy.wait.is_some() && buy.at.vendor == Vendor::SmartProxy && !is_known {
        let what = format!(
            "--wait needs the host and port that smartproxy's dashboard shows: pass --gateway HOST:PORT or set {GATEWAY_VARIABLE}"
        );
        return Err(Failure::Usage(what));
    }
    Ok(())
}

/// Waits for an order's proxies. It stands whatever comes of that, and is given back as far as it is known.
async fn wait(session: &Session, order: Order, seconds: u64) -> (Order, Result<(), Failure>) {
    let poll = session.poll(seconds);
    let id = order.id.clone();
    let waiting = async {
        let found = session.account.wait_until_provisioned(&id, poll).await?;
        Ok::<_, Error>((found.len(), session.account.order(&id).await?))
    };
    match unless_interrupted(look(session.vendor), waiting).await {
        Ok((count, ready)) => {
            note(format_args!("it has its proxies: {count}"));
            if !session.is_forgotten() {
                note(format_args!(
                    "`proxy-orders proxies {id} --vendor {}` prints them",
                    session.vendor
                ));
            }
            (ready, Ok(()))
        }
        Err(Failure::Interrupted(_)) => {
            let what = "interrupted while waiting for its proxies".to_owned();
            (order, Err(Failure::Refused(what)))
        }
        Err(failure) => (order, Err(failure)),
    }
}
