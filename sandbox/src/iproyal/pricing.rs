//! Prices.

use serde_json::{Map, Value, json};

use super::account::Account;
use super::catalogue::{Plan, Product, coupon_percent};
use super::errors::{Errors, not_found};
use super::order::Billing;
use crate::answer::{Reply, money, percent_of};
use crate::request::RequestContext;
use crate::values::Query;

/// A price and its parts. Amounts are in cents.
#[derive(Debug, Clone, Copy)]
pub struct Quote {
    quantity: i64,
    before_discount: i64,
    coupon_percent: i64,
    quantity_percent: i64,
    /// The number of further proxies that reach the next discount, and its per cent.
    next_discount: Option<(i64, i64)>,
    /// The price to be paid.
    pub price: i64,
}

impl Quote {
    /// Quotes a purchase.
    pub fn purchase(product: &Product, plan: &Plan, quantity: i64, coupon_percent: i64) -> Self {
        let discounts = &product.quantity_discounts;
        let reached = discounts.iter().rev().find(|(from, _)| *from <= quantity);
        let next = discounts.iter().find(|(from, _)| *from > quantity);
        Self::new(
            plan,
            quantity,
            coupon_percent,
            reached.map_or(0, |(_, percent)| *percent),
            next.map(|(from, percent)| (from.saturating_sub(quantity), *percent)),
        )
    }

    /// Quotes an extension, for which only the plan and the number of proxies count.
    pub fn extension(plan: &Plan, quantity: i64, coupon_percent: i64) -> Self {
        Self::new(plan, quantity, coupon_percent, 0, None)
    }

    fn new(
        plan: &Plan,
        quantity: i64,
        coupon_percent: i64,
        quantity_percent: i64,
        next_discount: Option<(i64, i64)>,
    ) -> Self {
        let before_discount = plan.price.saturating_mul(quantity);
        let percent = (coupon_percent + quantity_percent).min(100);
        Self {
            quantity,
            before_discount,
            coupon_percent,
            quantity_percent,
            next_discount,
            price: before_discount.saturating_sub(percent_of(before_discount, percent)),
        }
    }

    fn json(&self) -> Value {
        let items = self.quantity.max(1);
        let each = |cents: i64| (cents + items / 2) / items;
        let next = self
            .next_discount
            .map(|(quantity, discount)| json!({ "quantity": quantity, "discount": discount }));
        json!({
            "pre_discount_price": money(self.before_discount),
            "price_with_vat": money(self.price),
            "vat": null,
            "price": money(self.price),
            "pre_discount_price_per_item": money(each(self.before_discount)),
            "price_per_item": money(each(self.price)),
            "plan_discount_percent": 0,
            "location_discount_percent": 0,
            "coupon_discount_percent": self.coupon_percent,
            "quantity_discount_percent": self.quantity_percent,
            "total_discount_percent": (self.coupon_percent + self.quantity_percent).min(100),
            "quantity_required_for_next_discount": next,
            "message": null,
        })
    }
}

/// `GET /orders/calculate-pricing`
pub fn calculate_pricing(account: &mut Account, request: &RequestContext) -> Reply {
    let query = &request.query;
    let mut errors = Errors::default();
    let order_id = errors.optional("order_id", query.integer("order_id"));
    let order = order_id.and_then(|id| errors.known("order_id", account.order(id)));
    if let Some(name) = query.text("order_billing_type") {
        errors.known("order_billing_type", Billing::named(name));
    }
    let coupon_percent = coupon(query.text("coupon_code"), &mut errors);

    // An order has the product and plan of its extension; the caller may repeat them.
    let read = |name: &str, known: Option<i64>| query.integer(name).map(|given| given.or(known));
    let product_id = errors.required(
        "product_id",
        read("product_id", order.map(|order| order.product_id)),
    );
    let plan_id = errors.required(
        "product_plan_id",
        read("product_plan_id", order.map(|order| order.plan_id)),
    );
    let product = product_id.and_then(|id| sold(account, id, &mut errors));
    let plan = product.and_then(|product| plan(product, plan_id?, &mut errors));

    let location_id = errors.optional("product_location_id", query.integer("product_location_id"));
    let quantity = errors.optional("quantity", query.integer("quantity"));
    let given = given_answers(query, &mut errors);

    let quote = if let Some(order) = order {
        if product_id.is_some_and(|id| id != order.product_id) {
            errors.unknown("product_id");
        }
        // A part of the order is priced as that part.
        let part = quantity.unwrap_or(order.quantity).clamp(1, order.quantity);
        plan.map(|plan| Quote::extension(plan, part, coupon_percent))
    } else {
        for name in ["product_location_id", "quantity"] {
            if query.text(name).is_none() {
                errors.missing(name);
            }
        }
        if let (Some(product), Some(id)) = (product, location_id) {
            errors.known("product_location_id", product.location(id));
        }
        if let Some(product) = product {
            // The price does not depend on the answers, so none of them is required yet.
            answers(product, &given, false, &mut errors);
        }
        product
            .zip(plan)
            .zip(quantity)
            .map(|((product, plan), quantity)| {
                within_plan(plan, quantity, &mut errors);
                Quote::purchase(product, plan, quantity, coupon_percent)
            })
    };
    errors.result()?;
    // Without an error there is a quote.
    quote.map(|quote| quote.json()).ok_or_else(not_found)
}

/// Reads `product_question_answers`: pairs by question (`product_question_answers[12]=x`), JSON, or
/// an empty list, which is how PHP writes an empty map.
fn given_answers(query: &Query, errors: &mut Errors) -> Map<String, Value> {
    let field = "product_question_answers";
    let mut given: Map<String, Value> = query
        .keyed(field)
        .map(|(key, value)| (key.to_owned(), Value::from(value)))
        .collect();
    match query.text(field).map(serde_json::from_str) {
        None => {}
        Some(Ok(Value::Array(none))) if none.is_empty() => {}
        Some(Ok(Value::Object(more))) => given.extend(more),
        Some(_) => errors.add(
            field,
            "The product question answers field must be a map of question ids to answers.",
        ),
    }
    given
}

/// Returns the product of this id, if it is sold.
pub fn sold<'a>(account: &'a Account, id: i64, errors: &mut Errors) -> Option<&'a Product> {
    let product = account.product(id).filter(|product| product.is_sold());
    errors.known("product_id", product)
}

/// Returns the plan of this id, if the product has it.
pub fn plan<'a>(product: &'a Product, id: i64, errors: &mut Errors) -> Option<&'a Plan> {
    errors.known("product_plan_id", product.plan(id))
}

/// Notes a quantity that the plan does not allow.
pub fn within_plan(plan: &Plan, quantity: i64, errors: &mut Errors) {
    if let Err(message) = plan.allows(quantity) {
        errors.add("quantity", message);
    }
}

/// Returns the per cent that a coupon takes off.
pub fn coupon(code: Option<&str>, errors: &mut Errors) -> i64 {
    let percent = code.and_then(|code| errors.known("coupon_code", coupon_percent(code)));
    percent.unwrap_or_default()
}

/// Returns the answers to the product's own questions. Answers to others are ignored, so that the
/// placeholders in the documented sample (`question_id_1`) succeed.
pub fn answers(
    product: &Product,
    given: &Map<String, Value>,
    must_be_complete: bool,
    errors: &mut Errors,
) -> Vec<(String, Value)> {
    let mut answers = Vec::new();
    for question in &product.questions {
        let field = format!("product_question_answers.{}", question.id);
        let is_needed = question.is_required && must_be_complete;
        match given.get(&question.id.to_string()) {
            None | Some(Value::Null) if is_needed => errors.missing(&field),
            Some(Value::String(empty)) if empty.is_empty() && is_needed => errors.missing(&field),
            Some(Value::Array(_) | Value::Object(_)) => {
                errors.add(&field, format!("The {field} field must be a string."));
            }
            None | Some(Value::Null) => {}
            Some(answer) => answers.push((question.text.clone(), answer.clone())),
        }
    }
    answers
}
