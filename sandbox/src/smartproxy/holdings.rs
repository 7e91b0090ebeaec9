//! The results of paid orders: user-products, their traffic, and the accounts to use them with.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde_json::json;

use super::account::{Account, WhitelistAccount};
use super::catalogue::DYNAMIC_TRAFFIC;
use super::listing::Page;
use super::reading::{body, invalid, missing, optional, required};
use crate::answer::{Refusal, Reply};
use crate::clock::{date, days_long, earlier};
use crate::request::RequestContext;
use crate::values::{Query, integer, text};

/// The largest limit in GB that an account can have.
const MAX_LIMIT: i64 = 102_400;
/// The product types that have accounts.
const WITH_ACCOUNTS: [i64; 4] = [9, 11, 14, 25];

/// `GET /pub/user-product/list`
pub fn list_user_products(account: &mut Account, request: &RequestContext) -> Reply {
    let query = &request.query;
    let page = Page::read(query, "page", "size")?;
    let trade_no = query.text("trade_no");
    let product_type = optional("product_type", query.integer("product_type"))?;
    let mut found: Vec<_> = account
        .user_products
        .iter()
        .rev()
        .filter(|product| {
            trade_no.is_none_or(|trade_no| product.trade_no == trade_no)
                && product_type.is_none_or(|kind| product.product_type == kind)
        })
        .collect();
    request
        .conditions
        .shift(&mut found, page.skip(), page.take());
    let total = found.len();
    let list = found.iter().skip(page.skip()).take(page.take());
    let list = list.map(|product| {
        json!({
            "id": product.id,
            "created_at": date(product.created_at),
            "expired_at": date(product.expired_at),
            "product_type": product.product_type,
            "trade_no": product.trade_no,
            "order": {
                "created_at": date(product.ordered_at),
                "pay_at": date(product.created_at),
                "title": product.title,
            },
        })
    });
    Ok(json!({
        "list": list.collect::<Vec<_>>(),
        "page": page.number,
        "page_size": page.size,
        "total_count": total,
        "total_page": page.count(total),
    }))
}

/// `GET /pub/user-usage-flow/total`
pub fn get_usage_flow_total(account: &mut Account, request: &RequestContext) -> Reply {
    let query = &request.query;
    let start = day(query, "start_time")?;
    let end = day(query, "end_time")?.unwrap_or_else(|| civil(request.now));
    // Without a start, the last seven days.
    let start = start.unwrap_or_else(|| civil(ago(request.now, 7)));
    let username = query.text("username");
    let product_type = optional("product_type", query.integer("product_type"))?;
    let mut days: Vec<(Date, i64)> = Vec::new();
    let counted = account.flows.iter().filter(|flow| {
        (start..=end).contains(&flow.day)
            && username.is_none_or(|username| flow.username == username)
            && product_type.is_none_or(|kind| flow.product_type == kind)
    });
    for flow in counted {
        match days.iter_mut().find(|(day, _)| *day == flow.day) {
            Some((_, sum)) => *sum += flow.kilobytes,
            None => days.push((flow.day, flow.kilobytes)),
        }
    }
    days.sort_unstable();
    let list = days
        .iter()
        .map(|(day, kilobytes)| json!({ "day": day.to_string(), "flow": kilobytes }));
    Ok(json!({ "list": list.collect::<Vec<_>>() }))
}

fn day(query: &Query, name: &str) -> Result<Option<Date>, Refusal> {
    query
        .text(name)
        .map(|text| {
            DateTime::strptime("%Y-%m-%d %H:%M:%S", text)
                .map(DateTime::date)
                .map_err(|_| invalid(name))
        })
        .transpose()
}

/// Returns the instant so many days ago.
pub fn ago(now: Timestamp, days: u32) -> Timestamp {
    earlier(now, days_long(days))
}

/// Returns the day of an instant in UTC.
pub fn civil(at: Timestamp) -> Date {
    jiff::tz::Offset::UTC.to_datetime(at).date()
}

/// `GET /pub/whitelist-account/list`
pub fn list_whitelist_accounts(account: &mut Account, _: &RequestContext) -> Reply {
    let mut used: BTreeMap<&str, i64> = BTreeMap::new();
    for flow in &account.flows {
        *used.entry(&flow.username).or_default() += flow.kilobytes;
    }
    let list = account.whitelist.iter().rev().map(|entry| {
        let used = used.get(&*entry.username).copied().unwrap_or_default();
        json!({
            "id": entry.id,
            "username": entry.username,
            "password": entry.password,
            "created_at": date(entry.created_at),
            "remark": entry.remark,
            "product_type": entry.product_type,
            "usage_flow": used,
            "limit_flow": entry.limit_flow,
            "status": i64::from(entry.is_enabled),
        })
    });
    Ok(json!({ "list": list.collect::<Vec<_>>() }))
}

/// `POST /pub/whitelist-account/add`
///
/// The vendor's page takes several at once as `accounts`, `user01:pass,user02:pass`. One as
/// `username` and `password` is taken as well, the names under which they are listed.
pub fn add_whitelist_account(account: &mut Account, request: &RequestContext) -> Reply {
    let body = body(request)?;
    let remark = optional("remark", text(body, "remark"))?.unwrap_or_default();
    let product_type = optional("product_type", integer(body, "product_type"))?;
    let product_type = product_type.unwrap_or(DYNAMIC_TRAFFIC);
    if !WITH_ACCOUNTS.contains(&product_type) {
        return Err(invalid("product_type"));
    }
    let limit_flow = optional("limit_flow", integer(body, "limit_flow"))?.unwrap_or_default();
    if !(0..=MAX_LIMIT).contains(&limit_flow) {
        return Err(invalid("limit_flow"));
    }
    let status = optional("status", integer(body, "status"))?.unwrap_or(1);
    if !(0..=1).contains(&status) {
        return Err(invalid("status"));
    }
    let logins = match optional("accounts", text(body, "accounts"))? {
        Some(accounts) => accounts
            .split(',')
            .map(|login| login.split_once(':').unwrap_or_default())
            .collect(),
        None if body.contains_key("username") => vec![(
            required("username", text(body, "username"))?,
            required("password", text(body, "password"))?,
        )],
        None => return Err(missing("accounts")),
    };
    let mut taken: BTreeSet<_> = account.whitelist.iter().map(|e| &*e.username).collect();
    for (username, password) in &logins {
        if !is_plain(username) || !is_plain(password) {
            return Err(Refusal::invalid("accounts must be name:password pairs"));
        }
        if !taken.insert(username) {
            return Err(Refusal::invalid(format!("{username} exists already")));
        }
    }
    for (username, password) in logins {
        let entry = WhitelistAccount {
            id: account.next_whitelist_id(),
            username: username.to_owned(),
            password: password.to_owned(),
            created_at: request.now,
            remark: remark.to_owned(),
            product_type,
            limit_flow,
            is_enabled: status == 1,
        };
        account.whitelist.push(entry);
    }
    Ok(json!({}))
}

fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && !word.contains([':', ',', '@'])
        && !word.contains(|letter: char| letter.is_whitespace() || letter.is_control())
}
