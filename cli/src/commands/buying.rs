//! `buy` and `orders renew`.

use proxy_orders::smartproxy::Gateway;
use proxy_orders::{Error, ErrorKind, Order, Quote, Vendor};

use super::spending::{ask, check_consent, unless_interrupted};
use crate::arguments::{BuyArguments, Common, Consent, RenewArguments};
use crate::columns::ORDER;
use crate::failure::{Failure, note};
use crate::output;
use crate::session::{GATEWAY_VARIABLE, Session};

/// Buys, if it costs no more than the cap.
pub async fn buy(common: &Common, buy: &BuyArguments) -> Result<(), Failure> {
    check_consent(&buy.consent)?;
    let vendor = buy.at.vendor;
    let gateway = buy.gateway.gateway.clone();
    check_gateway(common, buy, gateway.as_ref())?;
    let session = Session::open(vendor, common, gateway).await?;
    let purchase = buy.purchase.purchase();
    if !buy.consent.yes {
        let quote = session.account.quote(&purchase).await;
        show_price(vendor, quote, &buy.consent)?;
        ask("Buy it?")?;
    }
    let spending = session.account.buy(&purchase, buy.consent.max_total);
    let order = unless_interrupted(vendor, spending).await?;
    let done = format!("order {} was made at {vendor}", order.id);
    note(&done);
    let (order, waited) = match buy.wait {
        None => (order, Ok(())),
        Some(seconds) => wait(&session, order, seconds).await,
    };
    output::print_one(&order, ORDER, buy.at.output)
        .and(waited)
        .map_err(|failure| failure.after(vendor, done))
}

/// Renews, if it costs no more than the cap.
pub async fn renew(common: &Common, renew: &RenewArguments) -> Result<(), Failure> {
    check_consent(&renew.consent)?;
    let vendor = renew.at.vendor;
    let session = Session::open(vendor, common, None).await?;
    let renewal = renew.renewal();
    if !renew.consent.yes {
        let quote = session.account.quote_renewal(&renew.order, &renewal).await;
        show_price(vendor, quote, &renew.consent)?;
        ask(&format!("Renew order {} at {vendor}?", renew.order))?;
    }
    let spending = session
        .account
        .renew(&renew.order, &renewal, renew.consent.max_total);
    let order = unless_interrupted(vendor, spending).await?;
    let done = match order.id == renew.order {
        true => format!("order {} was renewed at {vendor}", order.id),
        false => format!(
            "order {} was made at {vendor} to renew order {}",
            order.id, renew.order
        ),
    };
    note(&done);
    output::print_one(&order, ORDER, renew.at.output).map_err(|failure| failure.after(vendor, done))
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

/// Says what it would cost, before the question whether to buy it.
fn show_price(
    vendor: Vendor,
    quote: Result<Quote, Error>,
    consent: &Consent,
) -> Result<(), Failure> {
    let cap = consent.max_total;
    match quote {
        Ok(quote) => {
            if quote.total.amount().is_some_and(|total| total > cap) {
                return Err(Failure::Refused(format!(
                    "{vendor}: it would cost {}, which is above the cap of {cap}; nothing was bought",
                    quote.total
                )));
            }
            note(format_args!(
                "It would cost {}; the cap is {cap}.",
                quote.total
            ));
            if let Some(message) = &quote.message {
                note(format_args!("{vendor} says: {message}"));
            }
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            note(format_args!(
                "There is no quote. {error}. The cap is {cap}."
            ));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Waits for an order's proxies. It stands whatever comes of that, and is given back as far as it is known.
async fn wait(session: &Session, order: Order, seconds: u64) -> (Order, Result<(), Failure>) {
    let patience = session.patience(seconds);
    let id = order.id.clone();
    let waiting = async {
        let found = session
            .account
            .wait_until_provisioned(&id, patience)
            .await?;
        Ok::<_, Error>((found.len(), session.account.order(&id).await?))
    };
    match unless_interrupted(session.vendor, waiting).await {
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
