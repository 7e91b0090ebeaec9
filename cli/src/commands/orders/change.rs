//! Spending on an order that exists: renew, extend, change its cycle, add traffic or add-ons.

use std::num::NonZeroU64;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use proxy_orders::purchase::SpendRequest;
use proxy_orders::{Error, Renewal, Vendor, iproyal, proxyshard};
use rust_decimal::Decimal;

use crate::failure::{EXIT_CODES, Failure, note};
use crate::flags::{GlobalArguments, VendorArguments, amount};
use crate::session::Session;
use crate::spend::{
    CappedRequest, SPENDING, SpendArguments, bought_order, print_bought, purchase, summary,
};

/// An order, and the most that may be spent on it.
#[derive(Debug, Args)]
pub struct OrderSpend {
    /// The order's id, as `orders list` shows it
    pub order: String,
    #[command(flatten)]
    pub at: VendorArguments,
    /// The most that it may cost, tax included; nothing is bought above it
    #[arg(long, value_name = "AMOUNT", value_parser = amount, help_heading = SPENDING)]
    pub max_total: Decimal,
    #[command(flatten)]
    pub spend: SpendArguments,
}

/// The arguments of `orders renew`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct RenewArguments {
    #[command(flatten)]
    pub on: OrderSpend,
    /// The plan to extend all proxies by, where the vendor asks for one
    #[arg(long)]
    pub plan: Option<String>,
    /// The package id of the renewal, where the vendor asks for one
    #[arg(long)]
    pub product: Option<String>,
    /// The vendor's id of a saved card or payment method [default: the balance, where there is one]
    #[arg(long, value_name = "ID")]
    pub pay_with: Option<String>,
}

/// The arguments of `orders extend`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ExtendArguments {
    #[command(flatten)]
    pub on: OrderSpend,
    /// The id of the plan to extend by
    #[arg(long)]
    pub plan: i64,
    /// Extend all proxies of the order
    #[arg(long, required_unless_present = "only", conflicts_with = "only")]
    pub all: bool,
    /// Extend only these of its proxies, by IP address
    #[arg(long, value_name = "IP,...", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub only: Vec<String>,
    /// The id of a saved card [default: the balance]
    #[arg(long, value_name = "ID")]
    pub pay_with: Option<i64>,
}

/// The arguments of `orders change-cycle`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct CycleArguments {
    #[command(flatten)]
    pub on: OrderSpend,
    /// The new billing cycle
    #[arg(long)]
    pub cycle: String,
    /// The order's location code, on which its price depends
    #[arg(long)]
    pub location: Option<String>,
}

/// The arguments of `orders add-traffic`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct TrafficArguments {
    #[command(flatten)]
    pub on: OrderSpend,
    /// The number of gigabytes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    pub gigabytes: i64,
    /// Promo code
    #[arg(long, value_name = "CODE")]
    pub coupon: Option<String>,
}

/// The arguments of `orders buy-addon`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct AddonArguments {
    #[command(flatten)]
    pub on: OrderSpend,
    /// The add-on; the only one today is p0f_slots
    #[arg(long, value_name = "NAME")]
    pub addon: String,
    /// The number of add-ons to buy
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub quantity: u64,
}

/// Renews, if it costs no more than the cap.
pub async fn renew(globals: &GlobalArguments, renew: &RenewArguments) -> Result<(), Failure> {
    renew.on.spend.check_consent()?;
    let session = Session::open(renew.on.at.vendor, globals, None).await?;
    let request = session.account.renewal(
        &renew.on.order,
        &Renewal {
            plan: renew.plan.clone(),
            product: renew.product.clone(),
            pay_with: renew.pay_with.clone(),
        },
    )?;
    let question = format!("Renew order {}", renew.on.order);
    change(
        &session,
        globals,
        &renew.on,
        &request,
        question,
        "was renewed",
    )
    .await
}

/// Extends an order or some of its proxies.
pub async fn extend(globals: &GlobalArguments, extend: &ExtendArguments) -> Result<(), Failure> {
    let request = request(&extend.on, "extend", Vendor::IpRoyal, |order| {
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
    open_and_change(globals, &extend.on, &request, question, "was extended").await
}

/// Changes the billing cycle.
pub async fn change_cycle(
    globals: &GlobalArguments,
    cycle: &CycleArguments,
) -> Result<(), Failure> {
    let request = request(&cycle.on, "change-cycle", Vendor::ProxyShard, |order| {
        let change = proxyshard::CycleChange {
            cycle: cycle.cycle.clone(),
            location: cycle.location.clone(),
        };
        proxyshard::spend::cycle_change(order, &change)
    })?;
    let question = format!("Change order {} to {}", cycle.on.order, cycle.cycle);
    let effect = format!("was changed to {}", cycle.cycle);
    open_and_change(globals, &cycle.on, &request, question, &effect).await
}

/// Buys more traffic.
pub async fn add_traffic(
    globals: &GlobalArguments,
    traffic: &TrafficArguments,
) -> Result<(), Failure> {
    let gigabytes = traffic.gigabytes;
    let request = request(&traffic.on, "add-traffic", Vendor::ProxyShard, |order| {
        proxyshard::spend::bandwidth(order, gigabytes, traffic.coupon.clone())
    })?;
    let question = format!("Buy {gigabytes} GB more for order {}", traffic.on.order);
    let effect = format!("has {gigabytes} GB more");
    open_and_change(globals, &traffic.on, &request, question, &effect).await
}

/// Buys an add-on.
pub async fn buy_addon(globals: &GlobalArguments, addon: &AddonArguments) -> Result<(), Failure> {
    let request = request(&addon.on, "buy-addon", Vendor::ProxyShard, |order| {
        let quantity = NonZeroU64::new(addon.quantity).unwrap_or(NonZeroU64::MIN);
        let name = proxyshard::types::AddonKey::from(addon.addon.as_str());
        proxyshard::spend::addon(order, name, quantity)
    })?;
    let (name, quantity) = (&addon.addon, addon.quantity);
    let question = format!("Buy {quantity} of {name} for order {}", addon.on.order);
    let effect = format!("has {quantity} more of {name}");
    open_and_change(globals, &addon.on, &request, question, &effect).await
}

/// The request of a command that one vendor alone has. Nothing is sent or opened yet.
fn request(
    on: &OrderSpend,
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
    on.spend.check_consent()?;
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
    globals: &GlobalArguments,
    on: &OrderSpend,
    request: &SpendRequest,
    question: String,
    effect: &str,
) -> Result<(), Failure> {
    let session = Session::open(on.at.vendor, globals, None).await?;
    change(&session, globals, on, request, question, effect).await
}

async fn change(
    session: &Session,
    globals: &GlobalArguments,
    on: &OrderSpend,
    request: &SpendRequest,
    question: String,
    effect: &str,
) -> Result<(), Failure> {
    let capped = CappedRequest {
        request,
        max_total: on.max_total,
        question: format!("{question} at {}?", session.vendor),
    };
    let output = on.at.form.output;
    let Some(receipt) = purchase(session, globals, &on.spend, &capped, output).await? else {
        return Ok(());
    };
    let summary = match receipt.order == on.order {
        true => summary(session, &receipt, effect),
        false => summary(
            session,
            &receipt,
            &format!("was made to renew order {}", on.order),
        ),
    };
    note(&summary);
    let order = bought_order(session, &receipt).await;
    print_bought(&order, Ok(()), output, summary)
}
