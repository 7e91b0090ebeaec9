//! What tables and CSV show of each kind of data. The names and their order are stable.

use proxy_orders::vocabulary::{Money, Vendor};
use proxy_orders::{Offer, Order, Protocol, ProxyEndpoint, Quote};
use serde::{Serialize, Serializer};

use proxy_orders::purchase::JournalEntry;

use crate::commands::{Bought, DryRunReport, Settled};
use crate::output::Column;

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

/// Of an order.
pub const ORDER: &[Column<Order>] = &[
    Column::in_csv_only("vendor", |it| text(Some(it.vendor))),
    Column::new("id", |it| Some(it.id.clone())),
    Column::new("state", |it| text(Some(it.state))),
    Column::in_csv_only("status", |it| it.status.clone()),
    Column::new("product", |it| it.product.clone()),
    Column::new("plan", |it| it.plan.clone()),
    Column::new("location", |it| it.location.clone()),
    Column::new("quantity", |it| text(it.quantity)),
    Column::new("price_paid", |it| text(it.price_paid.as_ref())),
    Column::in_csv_only("created", |it| text(it.created.as_ref())),
    Column::new("expires", |it| text(it.expires.as_ref())),
    Column::new("auto_renewal", |it| text(it.auto_renewal)),
    Column::new("note", |it| it.note.clone()),
];

/// Of something that can be bought.
pub const OFFER: &[Column<Offer>] = &[
    Column::new("product", |it| Some(it.product.clone())),
    Column::new("product_name", |it| it.product_name.clone()),
    Column::new("plan", |it| it.plan.clone()),
    Column::new("plan_name", |it| it.plan_name.clone()),
    Column::new("location", |it| it.location.clone()),
    Column::new("location_name", |it| it.location_name.clone()),
    Column::new("unit_price", |it| text(it.unit_price.as_ref())),
    Column::new("available", |it| text(it.available)),
];

/// Of a price.
pub const QUOTE: &[Column<Quote>] = &[
    Column::new("total", |it| text(Some(&it.total))),
    Column::new("before_discounts", |it| text(it.before_discounts.as_ref())),
    Column::new("message", |it| it.message.clone()),
];

/// What is left to spend at a vendor.
#[derive(Serialize)]
pub struct Balance {
    /// At which vendor.
    #[serde(serialize_with = "word")]
    pub vendor: Vendor,
    /// How much.
    pub balance: Money,
}

fn word<S: Serializer>(vendor: &Vendor, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(vendor.as_str())
}

/// Of a balance.
pub const BALANCE: &[Column<Balance>] = &[
    Column::new("vendor", |it| text(Some(it.vendor))),
    Column::new("balance", |it| text(Some(&it.balance))),
];

/// Of a proxy, its password included: it is printed where proxies were asked for.
pub const PROXY: &[Column<ProxyEndpoint>] = &[
    Column::new("host", |it| Some(it.host.clone())),
    Column::new("http_port", |it| text(it.port(Protocol::Http))),
    Column::new("socks5_port", |it| text(it.port(Protocol::Socks5))),
    Column::new("username", |it| it.username.clone()),
    Column::new("password", |it| {
        it.password
            .as_ref()
            .map(|password| password.expose().to_owned())
    }),
];

/// Of a purchase that was not made.
pub const DRY_RUN: &[Column<DryRunReport>] = &[
    Column::in_csv_only("vendor", |it| text(Some(it.vendor))),
    Column::in_csv_only("idempotency_key", |it| text(it.idempotency_key.as_ref())),
    Column::in_csv_only("operation", |it| text(Some(it.operation))),
    Column::new("method", |it| text(Some(it.run.method))),
    Column::new("path", |it| Some(it.run.path.clone())),
    Column::new("body", |it| text(Some(&it.run.body))),
    Column::new("total", |it| {
        text(it.run.quote.as_ref().map(|quote| &quote.total))
    }),
    Column::new("balance", |it| text(it.run.balance)),
    Column::new("refusal", |it| it.run.refusal.clone()),
];

/// Of a journal's entry.
pub const ENTRY: &[Column<JournalEntry>] = &[
    Column::new("key", |it| text(Some(&it.key))),
    Column::new("vendor", |it| text(Some(it.vendor))),
    Column::in_csv_only("account", |it| Some(it.account.clone())),
    Column::new("state", |it| text(Some(it.state))),
    Column::new("operation", |it| Some(it.operation.clone())),
    Column::new("order", |it| it.order.clone()),
    Column::new("amount", |it| text(it.amount)),
    Column::new("max_total", |it| text(Some(it.max_total))),
    Column::new("planned_at", |it| Some(format!("{:.0}", it.planned_at))),
    Column::in_csv_only("sent_at", |it| text(it.sent_at)),
    Column::in_csv_only("changed_at", |it| text(Some(it.changed_at))),
    Column::in_csv_only("note", |it| it.note.clone()),
];

/// Of what reconciling came to.
pub const SETTLED: &[Column<Settled>] = &[
    Column::new("key", |it| text(Some(&it.entry.key))),
    Column::new("state", |it| text(Some(it.entry.state))),
    Column::new("operation", |it| Some(it.entry.operation.clone())),
    Column::new("order", |it| it.entry.order.clone()),
    Column::new("amount", |it| text(it.entry.amount)),
    Column::new("wait_seconds", |it| text(it.wait_seconds)),
    Column::new("note", |it| it.entry.note.clone()),
];

/// Of one purchase out of many.
pub const BOUGHT: &[Column<Bought>] = &[
    Column::new("row", |it| text(Some(it.row))),
    Column::new("idempotency_key", |it| text(Some(&it.idempotency_key))),
    Column::new("result", |it| text(Some(it.result))),
    Column::new("order", |it| it.order.clone()),
    Column::new("amount", |it| text(it.amount)),
    Column::new("message", |it| it.message.clone()),
];
