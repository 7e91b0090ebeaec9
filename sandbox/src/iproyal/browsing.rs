//! Looking at products, availability, the balance and the cards.

use serde_json::json;

use super::account::Account;
use super::catalogue::{Network, Product, cards};
use crate::answer::{Reply, money};
use crate::request::RequestContext;

/// `GET /balance`
pub fn get_balance(account: &mut Account, _: &RequestContext) -> Reply {
    Ok(money(account.wallet.balance))
}

/// `GET /cards`
pub fn list_cards(_: &mut Account, _: &RequestContext) -> Reply {
    Ok(json!({ "data": cards() }))
}

/// `GET /products`
pub fn list_products(account: &mut Account, _: &RequestContext) -> Reply {
    let sold = account.products.iter().filter(|product| product.is_sold());
    Ok(json!({ "data": sold.map(Product::json).collect::<Vec<_>>() }))
}

/// `GET /access/availability/...`: the countries of the products of a network.
pub fn availability(account: &Account, network: Network) -> Reply {
    let mut countries: Vec<(&str, &str, i64)> = Vec::new();
    let products = account
        .products
        .iter()
        .filter(|product| product.network == network);
    for location in products.flat_map(|product| &product.locations) {
        let mut known = countries.iter_mut();
        match known.find(|(code, ..)| *code == location.country_code) {
            Some((_, _, ips)) => *ips += location.available(),
            None => {
                countries.push((&location.country_code, &location.name, location.available()));
            }
        }
    }
    let data = countries.iter().map(|(code, name, ips)| {
        json!({ "country_code": code, "country_name": name, "available_ips": ips })
    });
    Ok(json!({ "data": data.collect::<Vec<_>>() }))
}
