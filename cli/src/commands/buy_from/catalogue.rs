//! The rows of a file against the vendor's catalogue.

use proxy_orders::{Offer, Purchase};

/// Returns what a purchase contradicts in the catalogue: the column, and what is wrong with it.
/// The vendor decides on everything that the catalogue does not say.
pub fn contradictions(purchase: &Purchase, catalogue: &[Offer]) -> Vec<(&'static str, String)> {
    let product = &purchase.product;
    let offers: Vec<_> = catalogue
        .iter()
        .filter(|it| it.product == *product)
        .collect();
    if offers.is_empty() {
        let what = format!("`{product}` is not in the catalogue: `proxy-orders products` lists it");
        return vec![("product", what)];
    }
    let mut found = Vec::new();
    let plan = |offer: &Offer| offer.plan.clone();
    let location = |offer: &Offer| offer.location.clone();
    found.extend(unknown("plan", &purchase.plan, plan, product, &offers));
    found.extend(unknown(
        "location",
        &purchase.location,
        location,
        product,
        &offers,
    ));

    let of_plan = offers
        .iter()
        .filter(|it| it.plan.is_none() || it.plan == purchase.plan);
    let limits: Vec<_> = of_plan
        .map(|it| (it.min_quantity, it.max_quantity))
        .collect();
    let quantity = i64::from(purchase.quantity);
    let least = limits
        .iter()
        .map(|(least, _)| least.unwrap_or(i64::MIN))
        .min();
    let most = limits
        .iter()
        .map(|(_, most)| most.unwrap_or(i64::MAX))
        .max();
    if let Some(least) = least.filter(|least| quantity < *least) {
        let what = format!("{quantity} is below the least quantity of {least}");
        found.push(("quantity", what));
    }
    if let Some(most) = most.filter(|most| quantity > *most) {
        let what = format!("{quantity} is above the largest quantity of {most}");
        found.push(("quantity", what));
    }
    for question in offers.first().iter().flat_map(|it| &it.questions) {
        let answer = purchase.answers.get(&question.id);
        if question.is_required && answer.is_none_or(|it| it.trim().is_empty()) {
            let text = question
                .text
                .as_deref()
                .unwrap_or("the vendor does not say what it asks");
            let what = format!("question {} is not answered: {text}", question.id);
            found.push(("answers", what));
        }
    }
    found
}

/// Returns what is wrong with a plan or a location, if the product's offers have some.
fn unknown(
    column: &'static str,
    given: &Option<String>,
    value: impl Fn(&Offer) -> Option<String>,
    product: &str,
    offers: &[&Offer],
) -> Option<(&'static str, String)> {
    /// More values would not help a reader.
    const SHOWN: usize = 10;
    let known: Option<Vec<_>> = offers.iter().map(|offer| value(offer)).collect();
    let mut known = known?;
    known.sort();
    known.dedup();
    let given = given.as_ref().filter(|given| !known.contains(given))?;
    let more = known.len().saturating_sub(SHOWN);
    known.truncate(SHOWN);
    if more > 0 {
        known.push(format!("and {more} more"));
    }
    Some((
        column,
        format!(
            "`{given}` is not a {column} of product {product}: {}",
            known.join(", ")
        ),
    ))
}
