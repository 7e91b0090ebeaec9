//! `orders`: list and show them, and spend on one of them.

mod change;

use std::cmp::Ordering;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};
use futures_util::TryStreamExt;
use proxy_orders::{Moment, Order, OrderState};

use crate::columns::ORDER;
use crate::failure::Failure;
use crate::flags::{GlobalArguments, VendorArguments};
use crate::output;
use crate::session::Session;
use change::{AddonArguments, CycleArguments, ExtendArguments, RenewArguments, TrafficArguments};

/// The commands on orders.
#[derive(Debug, Subcommand)]
pub enum OrdersCommand {
    /// List all orders, by expiry
    List(ListArguments),
    /// Show one order
    Get(GetArguments),
    /// Renew an order, or extend all of it, if it costs no more than a cap
    Renew(RenewArguments),
    /// Extend an order or some of its proxies, where the vendor offers it
    Extend(ExtendArguments),
    /// Change an order's billing cycle, where the vendor offers it
    ChangeCycle(CycleArguments),
    /// Buy more traffic for an order, where the vendor offers it
    AddTraffic(TrafficArguments),
    /// Buy an add-on for an order, where the vendor offers it
    BuyAddon(AddonArguments),
}

/// The arguments of `orders list`.
#[derive(Debug, Args)]
pub struct ListArguments {
    #[command(flatten)]
    pub at: VendorArguments,
    /// List only orders in this state
    #[arg(long, value_parser = state_words())]
    pub state: Option<OrderState>,
    /// Sort by this
    #[arg(long, value_enum, value_name = "BY", default_value = "expires")]
    pub sort: Sort,
    /// List no more than the first N
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// The sequence in which orders are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sort {
    /// Soonest first; orders without a date last
    Expires,
    /// Newest first, by id where the vendor gives no date
    Created,
    /// Lowest first
    Id,
}

/// The arguments of `orders get`.
#[derive(Debug, Args)]
pub struct GetArguments {
    /// The order's id, as `orders list` shows it
    pub order: String,
    #[command(flatten)]
    pub at: VendorArguments,
}

fn state_words() -> impl TypedValueParser<Value = OrderState> {
    PossibleValuesParser::new(OrderState::ALL.iter().map(|it| it.as_str()))
        .try_map(|word| word.parse::<OrderState>())
}

/// Runs a command on orders.
pub async fn run(globals: &GlobalArguments, command: &OrdersCommand) -> Result<(), Failure> {
    match command {
        OrdersCommand::List(arguments) => list(globals, arguments).await,
        OrdersCommand::Get(arguments) => get(globals, arguments).await,
        OrdersCommand::Renew(arguments) => change::renew(globals, arguments).await,
        OrdersCommand::Extend(arguments) => change::extend(globals, arguments).await,
        OrdersCommand::ChangeCycle(arguments) => change::change_cycle(globals, arguments).await,
        OrdersCommand::AddTraffic(arguments) => change::add_traffic(globals, arguments).await,
        OrdersCommand::BuyAddon(arguments) => change::buy_addon(globals, arguments).await,
    }
}

async fn list(globals: &GlobalArguments, list: &ListArguments) -> Result<(), Failure> {
    let session = Session::open(list.at.vendor, globals, None).await?;
    let mut orders: Vec<Order> = session.account.orders().try_collect().await?;
    if let Some(state) = list.state {
        orders.retain(|order| order.state == state);
    }
    orders.sort_by(match list.sort {
        Sort::Expires => by_expiry,
        Sort::Created => by_newest,
        Sort::Id => by_id,
    });
    orders.truncate(list.limit.unwrap_or(usize::MAX));
    output::print_list(&orders, ORDER, list.at.form.output)
}

async fn get(globals: &GlobalArguments, get: &GetArguments) -> Result<(), Failure> {
    let session = Session::open(get.at.vendor, globals, None).await?;
    let order = session.account.order(&get.order).await?;
    output::print_one(&order, ORDER, get.at.form.output)
}

/// Compares by expiry, soonest first. Orders without a readable date come last.
fn by_expiry(one: &Order, other: &Order) -> Ordering {
    let expiry = |order: &Order| {
        order
            .expires
            .as_ref()
            .and_then(Moment::timestamp_assuming_utc)
    };
    match (expiry(one), expiry(other)) {
        (Some(one_date), Some(other_date)) => {
            one_date.cmp(&other_date).then_with(|| by_id(one, other))
        }
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => by_id(one, other),
    }
}

fn by_newest(one: &Order, other: &Order) -> Ordering {
    let creation = |order: &Order| {
        order
            .created
            .as_ref()
            .and_then(Moment::timestamp_assuming_utc)
    };
    // `None` is less than any date, so that it comes last here.
    creation(other)
        .cmp(&creation(one))
        // The vendors number their orders upwards.
        .then_with(|| by_id(other, one))
}

/// Compares ids as numbers if both are numbers.
fn by_id(one: &Order, other: &Order) -> Ordering {
    let number = |order: &Order| order.id.parse::<u64>().ok();
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => one.id.cmp(&other.id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxy_orders::Vendor;

    fn order(id: &str, expires: Option<&str>) -> Order {
        let mut order = Order::new(Vendor::all()[0], id);
        order.expires = expires.map(Moment::new);
        order.created.clone_from(&order.expires);
        order
    }

    #[test]
    fn orders_without_a_date_come_last() {
        let mut orders = [
            order("9", None),
            order("10", Some("2030-01-01 00:00:00")),
            order("2", Some("2030-01-01T00:00:00+02:00")),
            order("7", None),
            order("3", Some("some day")),
        ];
        let ids = |orders: &[Order]| orders.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
        orders.sort_by(by_expiry);
        assert_eq!(ids(&orders), ["2", "10", "3", "7", "9"]);
        orders.sort_by(by_newest);
        assert_eq!(ids(&orders), ["10", "2", "9", "7", "3"]);
        orders.sort_by(by_id);
        assert_eq!(ids(&orders), ["2", "3", "7", "9", "10"]);
    }
}
