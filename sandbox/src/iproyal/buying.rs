//! Buying.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::account::{Account, payment};
use super::catalogue::{Plan, Product};
use super::errors::{Errors, body};
use super::order::{AutoExtend, Billing, Order, Place, Status};
use super::pricing::{Quote, answers, coupon, plan, sold, within_plan};
use crate::answer::Reply;
use crate::clock::{days_later, later};
use crate::request::RequestContext;
use crate::values::{WrongType, array, boolean, integer, text};
use crate::wallet::Cause;

/// `POST /orders`
pub fn create_order(account: &mut Account, request: &RequestContext) -> Reply {
    let body = body(request)?;
    let mut errors = Errors::default();
    let product_id = errors.required("product_id", integer(body, "product_id"));
    let plan_id = errors.required("product_plan_id", integer(body, "product_plan_id"));
    let auto_extend = errors.optional("auto_extend", boolean(body, "auto_extend"));
    let card_id = errors.optional("card_id", integer(body, "card_id"));
    let coupon_code = errors.optional("coupon_code", text(body, "coupon_code"));
    // Laravel makes empty text null.
    let coupon_code = coupon_code.filter(|code| !code.is_empty());
    let coupon_percent = coupon(coupon_code, &mut errors);
    let payment = payment(card_id, &mut errors);
    let wanted = wanted(body, &mut errors);

    let product = product_id.and_then(|id| sold(account, id, &mut errors));
    let plan = product.and_then(|product| plan(product, plan_id?, &mut errors));
    let (Some(product), Some(plan)) = (product, plan) else {
        return Err(errors.into());
    };
    let places = places(product, plan, &wanted, &mut errors);
    let given = given_answers(body, &mut errors);
    let answers = answers(product, &given, true, &mut errors);
    errors.result()?;

    let quantity = places.iter().map(|place| place.quantity).sum();
    let price = Quote::purchase(product, plan, quantity, coupon_percent).price;
    let price = request.conditions.market().price(price);
    let (product, plan) = (product.clone(), plan.clone());
    let (id, now) = (account.next_order_id, request.now);
    account.pay(payment, price, id, Cause::Purchase, now)?;

    if let Some(product) = account.products.iter_mut().find(|one| one.id == product.id) {
        for place in &places {
            product.take(place.location_id, place.quantity);
        }
    }
    let settings = AutoExtend {
        plan_id: plan.id,
        payment,
    };
    let (proxies, first_login) = account.make_proxies(quantity);
    let order = Order {
        id,
        note: None,
        product_id: product.id,
        product_name: product.name,
        plan_id: plan.id,
        plan_name: plan.name,
        status: Status::InProgress,
        billing: Billing::Regular,
        expires_at: Some(days_later(now, plan.days)),
        ready_at: Some(later(now, request.conditions.provisioning_delay())),
        places,
        quantity,
        answers,
        proxies,
        first_login,
        auto_extend: auto_extend.unwrap_or_default().then_some(settings),
        extensions: Vec::new(),
    };
    account.next_order_id += 1;
    let shown = order.json();
    account.orders.push(order);
    Ok(shown)
}

/// The number of proxies that are wanted at a location, and the fields that say so.
#[derive(Debug)]
struct Wanted {
    location_id: i64,
    location_field: String,
    quantity: i64,
    quantity_field: String,
}

/// Reads `selection.locations`, or else `product_location_id` and `quantity`. Both may be given if
/// they say the same.
fn wanted(body: &Map<String, Value>, errors: &mut Errors) -> Vec<Wanted> {
    let location_id = errors.optional("product_location_id", integer(body, "product_location_id"));
    let quantity = errors.optional("quantity", integer(body, "quantity"));
    let Some(selection) = selection(body, errors) else {
        if !body.contains_key("product_location_id") {
            errors.missing("product_location_id");
        }
        if !body.contains_key("quantity") {
            errors.missing("quantity");
        }
        let one = location_id
            .zip(quantity)
            .map(|(location_id, quantity)| Wanted {
                location_id,
                location_field: "product_location_id".to_owned(),
                quantity,
                quantity_field: "quantity".to_owned(),
            });
        return one.into_iter().collect();
    };
    let total = selection
        .iter()
        .fold(0_i64, |sum, one| sum.saturating_add(one.quantity));
    if quantity.is_some_and(|quantity| quantity != total) {
        errors.add(
            "quantity",
            "The quantity field contradicts selection.locations.",
        );
    }
    if location_id.is_some_and(|id| selection.iter().any(|one| one.location_id != id)) {
        errors.add(
            "product_location_id",
            "The product location id field contradicts selection.locations.",
        );
    }
    selection
}

/// Reads `selection.locations`; `None` if it is absent or empty.
fn selection(body: &Map<String, Value>, errors: &mut Errors) -> Option<Vec<Wanted>> {
    let selection = match body.get("selection") {
        None | Some(Value::Null) => return None,
        // PHP writes an empty map as an empty list.
        Some(Value::Array(none)) if none.is_empty() => return None,
        Some(Value::Object(selection)) => selection,
        Some(_) => {
            errors.add("selection", "The selection field must be an object.");
            return None;
        }
    };
    let field = "selection.locations";
    let locations = errors.optional(field, array(selection, "locations"))?;
    let mut wanted: Vec<Wanted> = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, location) in locations.iter().enumerate() {
        let field = format!("{field}.{index}");
        let Some(location) = location.as_object() else {
            errors.add(&field, format!("The {field} field must be an object."));
            continue;
        };
        let location_field = format!("{field}.product_location_id");
        let quantity_field = format!("{field}.quantity");
        let id = integer(location, "product_location_id");
        let quantity = integer(location, "quantity");
        let id = errors.required(&location_field, id);
        let quantity = errors.required(&quantity_field, quantity);
        let (Some(location_id), Some(quantity)) = (id, quantity) else {
            continue;
        };
        if !seen.insert(location_id) {
            let message = format!("The {location_field} field has a duplicate value.");
            errors.add(&location_field, message);
        }
        wanted.push(Wanted {
            location_id,
            location_field,
            quantity,
            quantity_field,
        });
    }
    (!locations.is_empty()).then_some(wanted)
}

/// Checks the wanted against the stock of the product and the limits of the plan.
fn places(product: &Product, plan: &Plan, wanted: &[Wanted], errors: &mut Errors) -> Vec<Place> {
    let mut places = Vec::new();
    for one in wanted {
        let location = product.location(one.location_id);
        let Some(location) = errors.known(&one.location_field, location) else {
            continue;
        };
        if one.quantity < 1 {
            let message = "The quantity field must be at least 1.";
            errors.add(&one.quantity_field, message);
        } else if !location.has(one.quantity) {
            let message = format!("There are not enough proxies in {}.", location.name);
            errors.add(&one.quantity_field, message);
        }
        places.push(Place {
            location_id: location.id,
            name: location.name.clone(),
            quantity: one.quantity,
        });
    }
    let total = wanted
        .iter()
        .fold(0_i64, |sum, one| sum.saturating_add(one.quantity));
    if !wanted.is_empty() && errors.is_empty() {
        within_plan(plan, total, errors);
    }
    places
}

/// Reads `product_question_answers`.
fn given_answers(body: &Map<String, Value>, errors: &mut Errors) -> Map<String, Value> {
    let field = "product_question_answers";
    match body.get(field) {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(answers)) => answers.clone(),
        // PHP writes an empty map as an empty list.
        Some(Value::Array(none)) if none.is_empty() => Map::new(),
        Some(_) => {
            let wrong: Result<Option<()>, _> = Err(WrongType {
                expected: "map of question ids to answers",
            });
            errors.optional(field, wrong);
            Map::new()
        }
    }
}
