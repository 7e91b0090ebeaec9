//! Columns of the library's types. Their names and order are stable.

use proxy_orders::purchase::JournalEntry;
use proxy_orders::{Offer, Order, Protocol, ProxyEndpoint, Quote};

use crate::output::{Column, cell};

/// The columns of an order.
pub const ORDER: &[Column<Order>] = &[
    Column::in_csv_only("vendor", |it| cell(Some(it.vendor))),
    Column::new("id", |it| Some(it.id.clone())),
    Column::new("state", |it| cell(Some(it.state))),
    Column::in_csv_only("status", |it| it.status.clone()),
    Column::new("product", |it| it.product.clone()),
    Column::new("plan", |it| it.plan.clone()),
    Column::new("location", |it| it.location.clone()),
    Column::new("quantity", |it| cell(it.quantity)),
    Column::new("price_paid", |it| cell(it.price_paid.as_ref())),
    Column::in_csv_only("created", |it| cell(it.created.as_ref())),
    Column::new("expires", |it| cell(it.expires.as_ref())),
    Column::new("auto_renewal", |it| cell(it.auto_renewal)),
    Column::new("note", |it| it.note.clone()),
];

/// The columns of an offer.
pub const OFFER: &[Column<Offer>] = &[
    Column::new("product", |it| Some(it.product.clone())),
    Column::new("product_name", |it| it.product_name.clone()),
    Column::new("plan", |it| it.plan.clone()),
    Column::new("plan_name", |it| it.plan_name.clone()),
    Column::new("location", |it| it.location.clone()),
    Column::new("location_name", |it| it.location_name.clone()),
    Column::new("unit_price", |it| cell(it.unit_price.as_ref())),
    Column::new("available", |it| cell(it.available)),
    Column::new("min_quantity", |it| cell(it.min_quantity)),
    Column::in_csv_only("max_quantity", |it| cell(it.max_quantity)),
    Column::in_csv_only("must_answer", |it| {
        let questions = it.questions.iter().filter(|it| it.is_required);
        let ids: Vec<_> = questions.map(|it| it.id.as_str()).collect();
        Some(ids.join(" "))
    }),
];

/// The columns of a quote.
pub const QUOTE: &[Column<Quote>] = &[
    Column::in_csv_only("total", |it| cell(Some(&it.total))),
    Column::in_table_only("total", |it| Some(total(it))),
    Column::new("before_discounts", |it| cell(it.before_discounts.as_ref())),
    Column::new("message", |it| it.message.clone()),
];

/// Returns a quote's total, with a word beside it if no page of the vendor says how it is found.
pub fn total(quote: &Quote) -> String {
    match quote.is_inferred {
        true => format!("{} (inferred)", quote.total),
        false => quote.total.to_string(),
    }
}

/// The columns of a proxy, with its password.
pub const PROXY: &[Column<ProxyEndpoint>] = &[
    Column::new("host", |it| Some(it.host.clone())),
    Column::new("http_port", |it| cell(it.port(Protocol::Http))),
    Column::new("socks5_port", |it| cell(it.port(Protocol::Socks5))),
    Column::new("username", |it| it.username.clone()),
    Column::new("password", |it| {
        let password = it.password.as_ref();
        password.map(|password| password.expose().to_owned())
    }),
];

/// The columns of a journal's entry.
pub const ENTRY: &[Column<JournalEntry>] = &[
    Column::new("key", |it| cell(Some(&it.key))),
    Column::new("vendor", |it| cell(Some(it.vendor))),
    Column::in_csv_only("account", |it| Some(it.account.clone())),
    Column::new("state", |it| cell(Some(it.state))),
    Column::new("operation", |it| Some(it.operation.clone())),
    Column::new("order", |it| it.order.clone()),
    Column::new("amount", |it| cell(it.amount)),
    Column::new("max_total", |it| cell(Some(it.max_total))),
    Column::new("planned_at", |it| Some(format!("{:.0}", it.planned_at))),
    Column::in_csv_only("sent_at", |it| cell(it.sent_at)),
    Column::in_csv_only("changed_at", |it| cell(Some(it.changed_at))),
    Column::in_csv_only("note", |it| it.note.clone()),
];
