//! `orders renew`, `extend`, `change-cycle`, `add-traffic` and `buy-addon`: what spends on an order that there is.

use std::num::NonZeroU64;

use proxy_orders::purchase::SpendRequest;
use proxy_orders::{Error, Vendor, iproyal, proxyshard};

use super::purchasing::{Wish, done, order, print, purchase};
use super::spending::check_consent;
use crate::arguments::{
    AddonArguments, Common, CycleArguments, ExtendArguments, OnOrder, RenewArguments,
    TrafficArguments,
};
use crate::failure::{Failure, note};
use crate::session::Session;

/// Renews, if it costs no more than the cap.
pub async fn renew(common: &Common, renew: &RenewArguments) -> Result<(), Failure> {
    check_consent(&renew.on.consent)?;
    let session = Session::open(renew.on.at.vendor, common, None).await?;
    let spend = session.account.renewal(&renew.on.order, &renew.renewal())?;
    let question = format!("Renew order {}", renew.on.order);
    change(&session, common, &renew.on, &spend, question, "was renewed").await
}

/// Extends an order or some of its proxies.
pub async fn extend(common: &Common, extend: &ExtendArguments) -> Result<(), Failure> {
    let spend = request(&extend.on, "extend", Vendor::IpRoyal, |order| {
        let extension = iproyal::Extension {
            plan_id: extend.plan,
            scope: match extend.all {
                true => iproyal::ExtendScope::All,
                false => iproyal::ExtendScope::Only(extend.only.clone()),
            },
            pay_with: extend
                .pay_with
                .map_or(iproyal::PayWith::Balance, iproyal::PayWith::Card),
        };
        iproyal::spend::extension(order, &extension)
    })?;
    let order = &extend.on.order;
    let question = match extend.all {
        true => format!("Extend all proxies of order {order}"),
        false => format!("Extend {} of order {order}", extend.only.join(", ")),
    };
    open_and_change(common, &extend.on, &spend, question, "was extended").await
}

/// Changes the billing cycle.
pub async fn change_cycle(common: &Common, cycle: &CycleArguments) -> Result<(), Failure> {
    let spend = request(&cycle.on, "change-cycle", Vendor::ProxyShard, |order| {
        let change = proxyshard::CycleChange {
            cycle: cycle.cycle.clone(),
            location: cycle.location.clone(),
        };
        proxyshard::spend::cycle_change(order, &change)
    })?;
    let question = format!("Change order {} to {}", cycle.on.order, cycle.cycle);
    let what = format!("was changed to {}", cycle.cycle);
    open_and_change(common, &cycle.on, &spend, question, &what).await
}

/// Buys more traffic.
pub async fn add_traffic(common: &Common, traffic: &TrafficArguments) -> Result<(), Failure> {
    let gigabytes = traffic.gigabytes;
    let spend = request(&traffic.on, "add-traffic", Vendor::ProxyShard, |order| {
        proxyshard::spend::bandwidth(order, gigabytes, traffic.coupon.clone())
    })?;
    let question = format!("Buy {gigabytes} GB more for order {}", traffic.on.order);
    let what = format!("has {gigabytes} GB more");
    open_and_change(common, &traffic.on, &spend, question, &what).await
}

/// Buys an add-on.
pub async fn buy_addon(common: &Common, addon: &AddonArguments) -> Result<(), Failure> {
    let spend = request(&addon.on, "buy-addon", Vendor::ProxyShard, |order| {
        let quantity = NonZeroU64::new(addon.quantity).unwrap_or(NonZeroU64::MIN);
        let name = proxyshard::types::AddonKey::from(addon.addon.as_str());
        proxyshard::spend::addon(order, name, quantity)
    })?;
    let (name, quantity) = (&addon.addon, addon.quantity);
    let question = format!("Buy {quantity} of {name} for order {}", addon.on.order);
    let what = format!("has {quantity} more of {name}");
    open_and_change(common, &addon.on, &spend, question, &what).await
}

/// The request of a command that one vendor alone has. Nothing is sent or opened yet.
fn request(
    on: &OnOrder,
    command: &str,
    vendor: Vendor,
    make: impl FnOnce(i64) -> Result<SpendRequest, Error>,
) -> Result<SpendRequest, Failure> {
    if on.at.vendor != vendor {
        let what = format!(
            "{} has no such thing: `orders {command}` is for {vendor}; `orders renew` renews at every vendor",
            on.at.vendor
        );
        return Err(Failure::Usage(what));
    }
    check_consent(&on.consent)?;
    let order = on.order.parse().map_err(|_| {
        let what = format!(
            "`{}` is no order of {vendor}: its orders are numbers, as `orders list` shows them",
            on.order.escape_default()
        );
        Failure::Usage(what)
    })?;
    Ok(make(order)?)
}

async fn open_and_change(
    common: &Common,
    on: &OnOrder,
    spend: &SpendRequest,
    question: String,
    what: &str,
) -> Result<(), Failure> {
    let session = Session::open(on.at.vendor, common, None).await?;
    change(&session, common, on, spend, question, what).await
}

async fn change(
    session: &Session,
    common: &Common,
    on: &OnOrder,
    spend: &SpendRequest,
    question: String,
    what: &str,
) -> Result<(), Failure> {
    let vendor = session.vendor;
    let wish = Wish {
        spend,
        max_total: on.max_total,
        question: format!("{question} at {vendor}?"),
    };
    let bought = purchase(session, common, &on.consent, &wish, on.at.output).await?;
    let Some(receipt) = bought else {
        return Ok(());
    };
    let done = match receipt.order == on.order {
        true => done(vendor, &receipt, what),
        false => done(
            vendor,
            &receipt,
            &format!("was made to renew order {}", on.order),
        ),
    };
    note(&done);
    let order = order(session, &receipt).await;
    print(&order, Ok(()), on.at.output, done)
}
