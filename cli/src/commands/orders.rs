//! `orders list` and `orders get`.

use std::cmp::Ordering;

use futures_util::TryStreamExt;
use proxy_orders::{Moment, Order};

use crate::arguments::{Common, GetArguments, ListArguments, Sort};
use crate::columns::ORDER;
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

/// Lists the orders.
pub async fn list(common: &Common, list: &ListArguments) -> Result<(), Failure> {
    let session = Session::open(list.at.vendor, common, None).await?;
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
    output::print_list(&orders, ORDER, list.at.output)
}

/// Shows one order.
pub async fn get(common: &Common, get: &GetArguments) -> Result<(), Failure> {
    let session = Session::open(get.at.vendor, common, None).await?;
    let order = session.account.order(&get.order).await?;
    output::print_one(&order, ORDER, get.at.output)
}

/// Soonest first; an order without a date that can be read comes last.
pub fn by_expiry(one: &Order, other: &Order) -> Ordering {
    let due = |order: &Order| {
        order
            .expires
            .as_ref()
            .and_then(Moment::timestamp_assuming_utc)
    };
    match (due(one), due(other)) {
        (Some(one_due), Some(other_due)) => one_due.cmp(&other_due).then_with(|| by_id(one, other)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => by_id(one, other),
    }
}

fn by_newest(one: &Order, other: &Order) -> Ordering {
    let made = |order: &Order| {
        order
            .created
            .as_ref()
            .and_then(Moment::timestamp_assuming_utc)
    };
    // `None` is less than any date, so it comes last here.
    made(other).cmp(&made(one)).then_with(|| by_id(one, other))
}

/// As numbers, where both are.
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
        let mut order = Order::new(Vendor::IpRoyal, id);
        order.expires = expires.map(Moment::new);
        order.created = expires.map(Moment::new);
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
        assert_eq!(ids(&orders), ["10", "2", "3", "7", "9"]);
        orders.sort_by(by_id);
        assert_eq!(ids(&orders), ["2", "3", "7", "9", "10"]);
    }
}
