//! Spending on an order that exists: renew, extend, change its cycle, add traffic or add-ons.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use proxy_orders::purchase::{SpendAdapter, SpendRequest};
use proxy_orders::{Error, OrderChange, Renewal};
use rust_decimal::Decimal;

use crate::bought;
use crate::failure::{EXIT_CODES, Failure};
use crate::flags::{GlobalArguments, LARGEST_QUANTITY, VendorArguments, amount};
use crate::session::Session;
use crate::spend::{CappedRequest, Purchased, SPENDING, SpendArguments, purchase};

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
    /// The vendor's ids of the proxies to renew, where it does not renew whole orders
    #[arg(long, value_name = "ID,...", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub proxies: Vec<String>,
    /// Guess these ids, from the purchased packages of the order; a wrong guess may renew something
    /// else
    #[arg(long, conflicts_with = "proxies")]
    pub guess_ids: bool,
}

/// The arguments of `orders extend`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ExtendArguments {
    #[command(flatten)]
    pub on: OrderSpend,
    /// The id of the plan to extend by
    #[arg(long)]
    pub plan: String,
    /// Extend all proxies of the order
    #[arg(long, required_unless_present = "only", conflicts_with = "only")]
    pub all: bool,
    /// Extend only these of its proxies, by IP address
    #[arg(long, value_name = "IP,...", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub only: Vec<String>,
    /// The vendor's id of a saved card [default: the balance]
    #[arg(long, value_name = "ID")]
    pub pay_with: Option<String>,
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
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=i64::from(LARGEST_QUANTITY)))]
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
    /// The add-on's name, such as p0f_slots
    #[arg(long, value_name = "NAME")]
    pub addon: String,
    /// The number of add-ons to buy
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=u64::from(LARGEST_QUANTITY)))]
    pub quantity: u64,
}

/// Renews, if it costs no more than the cap.
pub async fn renew(globals: &GlobalArguments, renew: &RenewArguments) -> Result<(), Failure> {
    let renewal = Renewal {
        plan: renew.plan.clone(),
        product: renew.product.clone(),
        pay_with: renew.pay_with.clone(),
        proxies: renew.proxies.clone(),
        guess_ids: renew.guess_ids,
    };
    let order = &renew.on.order;
    let question = format!("Renew order {order}");
    let request = |account: &dyn SpendAdapter| account.renewal(order, &renewal);
    spend(globals, &renew.on, request, question, "was renewed").await
}

/// Extends an order or some of its proxies.
pub async fn extend(globals: &GlobalArguments, extend: &ExtendArguments) -> Result<(), Failure> {
    let order = &extend.on.order;
    let question = match extend.all {
        true => format!("Extend all proxies of order {order}"),
        false => format!("Extend {} of order {order}", extend.only.join(", ")),
    };
    let wanted = OrderChange::Extend {
        plan: extend.plan.clone(),
        proxies: (!extend.all).then(|| extend.only.clone()),
        pay_with: extend.pay_with.clone(),
    };
    change(globals, &extend.on, &wanted, question, "was extended").await
}

/// Changes the billing cycle.
pub async fn change_cycle(
    globals: &GlobalArguments,
    cycle: &CycleArguments,
) -> Result<(), Failure> {
    let question = format!("Change order {} to {}", cycle.on.order, cycle.cycle);
    let effect = format!("was changed to {}", cycle.cycle);
    let wanted = OrderChange::Cycle {
        cycle: cycle.cycle.clone(),
        location: cycle.location.clone(),
    };
    change(globals, &cycle.on, &wanted, question, &effect).await
}

/// Buys more traffic.
pub async fn add_traffic(
    globals: &GlobalArguments,
    traffic: &TrafficArguments,
) -> Result<(), Failure> {
    let (order, gigabytes) = (&traffic.on.order, traffic.gigabytes);
    let question = format!("Buy {gigabytes} GB more for order {order}");
    let effect = format!("has {gigabytes} GB more");
    let wanted = OrderChange::Traffic {
        gigabytes,
        coupon: traffic.coupon.clone(),
    };
    change(globals, &traffic.on, &wanted, question, &effect).await
}

/// Buys an add-on.
pub async fn buy_addon(globals: &GlobalArguments, addon: &AddonArguments) -> Result<(), Failure> {
    let (name, quantity) = (&addon.addon, addon.quantity);
    let question = format!("Buy {quantity} of {name} for order {}", addon.on.order);
    let effect = format!("has {quantity} more of {name}");
    let wanted = OrderChange::Addon {
        name: name.clone(),
        quantity,
    };
    change(globals, &addon.on, &wanted, question, &effect).await
}

async fn change(
    globals: &GlobalArguments,
    on: &OrderSpend,
    change: &OrderChange,
    question: String,
    effect: &str,
) -> Result<(), Failure> {
    let request = |account: &dyn SpendAdapter| account.change(&on.order, change);
    spend(globals, on, request, question, effect).await
}

async fn spend(
    globals: &GlobalArguments,
    on: &OrderSpend,
    request: impl FnOnce(&dyn SpendAdapter) -> Result<SpendRequest, Error>,
    question: String,
    effect: &str,
) -> Result<(), Failure> {
    on.spend.check_consent()?;
    let session = Session::open(on.at.vendor, globals, None).await?;
    let capped = CappedRequest {
        request: request(session.account.as_ref())?,
        max_total: on.max_total,
        question: format!("{question} at {}?", session.vendor.name()),
        renews: false,
    };
    let output = on.at.form.output;
    let Some(bought) = purchase(&session, globals, &on.spend, &capped, output).await? else {
        return Ok(());
    };
    let Purchased { receipt, hints } = &bought;
    let renewed = format!("was made to renew order {}", on.order);
    let effect = match receipt.order == on.order {
        true => effect,
        false => &renewed,
    };
    bought::show(&session, hints, receipt, effect, None, output).await
}
