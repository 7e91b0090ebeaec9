//! Creating and closing orders.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::Account;
use super::catalogue::{Kind, Package, REGIONS, is_static_ip, package};
use super::order::{Effect, Order, Status};
use super::reading::{body, invalid, missing, optional, required};
use crate::answer::{Refusal, Reply, percent_of};
use crate::request::RequestContext;
use crate::values::{WrongType, boolean, integer, integer_of, text};

/// The most that is sold at once.
const MAX_AMOUNT: i64 = 10_000;
/// The most months that a renewal adds.
const MAX_MONTHS: i64 = 36;

/// `POST /pub/order/create`
pub fn create_order(account: &mut Account, request: &RequestContext) -> Reply {
    let body = body(request)?;
    let pid = required("pid", integer(body, "pid"))?;
    let payment_method = required("pm_id", integer(body, "pm_id"))?;
    if payment_method < 0 {
        return Err(invalid("pm_id"));
    }
    let package = package(pid).ok_or_else(|| invalid("pid"))?;
    let order_request = OrderRequest::read(body, package)?;
    let (effect, items) = order_request.effect(account, package, request.now)?;
    let market = request.conditions.market();
    let total_fee = market.price(package.price.saturating_mul(items));
    let order = Order {
        id: 0,
        trade_no: account.trade_no(),
        product_id: package.pid,
        product_name: package.name.to_owned(),
        product_type: package.product_type,
        status: Status::Pending,
        total_fee,
        pay_fee: total_fee - percent_of(total_fee, order_request.coupon_percent),
        fees_are_text: false,
        pay_fee_is_zero: request.conditions.pay_fee_is_zero(),
        created_at: request.now,
        pays_at: None,
        lapses_at: None,
        effect,
    };
    if request.conditions.is_paid_at_once() {
        return Ok(account.place_paid(order, request.now));
    }
    let pays_in = (payment_method != 0).then(|| request.conditions.provisioning_delay());
    Ok(account.place(order, pays_in, request.now))
}

/// `POST /pub/order/close`
pub fn close_order(account: &mut Account, request: &RequestContext) -> Reply {
    let trade_no = required("trade_no", text(body(request)?, "trade_no"))?;
    let order = account
        .order_mut(trade_no)
        .ok_or_else(|| Refusal::invalid("trade_no does not exist"))?;
    if order.status != Status::Pending {
        return Err(Refusal::invalid("only a pending order can be closed"));
    }
    order.status = Status::Cancelled;
    Ok(json!({}))
}

/// The purchase that a caller asks for, with each parameter of the right type.
struct OrderRequest<'a> {
    amount: Option<i64>,
    region_list: Option<&'a str>,
    upids: Option<&'a str>,
    months: Option<i64>,
    bandwidth_id: Option<i64>,
    concurrency_id: Option<i64>,
    recharge_amount: Option<i64>,
    coupon_percent: i64,
}

impl<'a> OrderRequest<'a> {
    fn read(body: &'a Map<String, Value>, package: Package) -> Result<Self, Refusal> {
        // Read only to refuse a wrong type: the sandbox has no invitations.
        let invited = "use_invitation_registration_discount";
        optional(invited, boolean(body, invited))?;
        let whole = |name: &str| optional(name, integer(body, name));
        let words = |name: &str| {
            optional(name, text(body, name)).map(|given| given.filter(|given| !given.is_empty()))
        };
        Ok(Self {
            amount: optional("amount", amount(body))?,
            region_list: words("region_list")?,
            upids: words("upids")?,
            months: optional("renew_duration", months(body))?,
            bandwidth_id: whole("product_sku_bandwidth_id")?,
            concurrency_id: whole("product_sku_concurrency_id")?,
            recharge_amount: whole("recharge_amount")?,
            coupon_percent: match words("coupon_sn")? {
                None => 0,
                Some("SAVE10") => 10,
                Some("string") if package.kind == Kind::Sample => 0,
                Some(_) => return Err(invalid("coupon_sn")),
            },
        })
    }

    /// Returns the effect of the order once it is paid, and the number of items to pay for.
    fn effect(
        &self,
        account: &Account,
        package: Package,
        now: Timestamp,
    ) -> Result<(Effect, i64), Refusal> {
        let items = match package.kind {
            Kind::Sample => self.amount.unwrap_or_default().clamp(1, MAX_AMOUNT),
            Kind::StaticIp => self.static_ips()?,
            Kind::Traffic => within("amount", self.amount, MAX_AMOUNT)?,
            Kind::TimeBased => {
                within("product_sku_bandwidth_id", self.bandwidth_id, 3)?;
                within("product_sku_concurrency_id", self.concurrency_id, 3)?;
                within("amount", Some(self.amount.unwrap_or(1)), MAX_AMOUNT)?
            }
            Kind::Recharge => {
                let units = within("recharge_amount", self.recharge_amount, 1_000_000)?;
                return Ok((Effect::Recharge { cents: units * 100 }, units));
            }
            Kind::Renewal => return self.renewal(account, now),
        };
        Ok((Effect::UserProduct { items }, items))
    }

    /// Returns the number of static IPs, given by number, by region or by both if they agree.
    fn static_ips(&self) -> Result<i64, Refusal> {
        let Some(regions) = self.region_list else {
            return within("amount", self.amount, MAX_AMOUNT);
        };
        let mut sum = 0_i64;
        for region in regions.split('|') {
            let (code, count) = region
                .split_once(',')
                .ok_or_else(|| invalid("region_list"))?;
            let count = integer_of(count.trim()).map_err(|_| invalid("region_list"))?;
            if !REGIONS.contains(&code.trim()) {
                return Err(invalid("region_list"));
            }
            sum = sum.saturating_add(within("region_list", Some(count), MAX_AMOUNT)?);
        }
        if self.amount.is_some_and(|amount| amount != sum) {
            return Err(Refusal::invalid("region_list does not add up to amount"));
        }
        within("region_list", Some(sum), MAX_AMOUNT)
    }

    fn renewal(&self, account: &Account, now: Timestamp) -> Result<(Effect, i64), Refusal> {
        let months = within("renew_duration", Some(self.months.unwrap_or(1)), MAX_MONTHS)?;
        let listed = self.upids.ok_or_else(|| missing("upids"))?;
        let mut ids = BTreeSet::new();
        let mut items = 0_i64;
        for id in listed.split(',') {
            let product = integer_of(id.trim())
                .ok()
                .and_then(|id| account.user_product(id))
                .filter(|product| is_static_ip(product.product_type) && product.expired_at > now)
                .ok_or_else(|| invalid("upids"))?;
            if ids.insert(product.id) {
                items = items.saturating_add(product.items);
            }
        }
        let effect = Effect::Renewal {
            ids,
            months: u32::try_from(months).unwrap_or_default(),
        };
        Ok((effect, items.saturating_mul(months)))
    }
}

fn within(name: &str, value: Option<i64>, most: i64) -> Result<i64, Refusal> {
    let value = value.ok_or_else(|| missing(name))?;
    if (1..=most).contains(&value) {
        Ok(value)
    } else {
        Err(invalid(name))
    }
}

/// `amount` is documented as a number, not as an integer: 3.0 is 3.
fn amount(body: &Map<String, Value>) -> Result<Option<i64>, WrongType> {
    integer(body, "amount").or_else(|wrong| {
        let number = body.get("amount").and_then(Value::as_f64);
        number
            .filter(|number| number.fract() == 0.0 && number.abs() <= MAX_AMOUNT as f64)
            .map(|number| Some(number as i64))
            .ok_or(wrong)
    })
}

/// `renew_duration` is documented as an integer; a sibling's client sends `1m`.
fn months(body: &Map<String, Value>) -> Result<Option<i64>, WrongType> {
    let written = body.get("renew_duration").and_then(Value::as_str);
    match written.and_then(|text| text.strip_suffix('m')) {
        Some(months) => integer_of(months).map(Some),
        None => integer(body, "renew_duration"),
    }
}
