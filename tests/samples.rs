//! Every answer that a vendor documents, and every example in the specs, is read by the real client
//! over real TCP: nothing of it is lost, and orders come out right in vendor-neutral words.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::BTreeSet;
use std::fs;

use proxy_orders::{Order, Vendor};
use serde_json::{Value, json};
use support::calls::{Decoded, call};
use support::fixture::Clients;
use support::recorder::{Recorder, answer, success};
use support::spec::specs;
use support::{file, operations, report, vendor};

/// The least number of documented samples and of examples, so that none is lost unnoticed.
const DOCUMENTED: usize = 16;
const EXAMPLES: usize = 47;

/// Operations whose answer no page and no example shows, with a made-up answer.
fn undocumented() -> [(&'static str, &'static str, Value); 8] {
    let countries = json!({"data": [
        {"country_code": "DE", "country_name": "Germany", "available_ips": 3},
    ]});
    [
        ("iproyal", "list_isp_availability", countries.clone()),
        ("iproyal", "list_datacenter_availability", countries.clone()),
        ("iproyal", "list_sneaker_datacenter_availability", countries),
        ("iproyal", "change_proxy_credentials", Value::Null),
        ("iproyal", "rotate_mobile_ip", Value::Null),
        ("proxyshard", "get_health", Value::Null),
        ("proxyshard", "get_liveness", Value::Null),
        (
            "smartproxy",
            "add_whitelist_account",
            json!({"code": 200, "msg": "ok", "data": {}}),
        ),
    ]
}

/// The orders of the samples in vendor-neutral words, by vendor, operation and sample. A sample
/// that is not listed has no order.
#[rustfmt::skip]
const ORDERS: &[(&str, &str, &str, &[&str])] = &[
    ("iproyal", "list_orders", "list_orders.json", &[IPROYAL_LISTED]),
    ("iproyal", "list_orders", "list_orders.old.json", &[IPROYAL_LISTED]),
    ("iproyal", "list_orders", "documented", &[IPROYAL_LISTED]),
    ("iproyal", "get_order", "get_order.json", &[IPROYAL_ONE]),
    ("iproyal", "get_order", "get_order.old.json", &[IPROYAL_ONE]),
    ("iproyal", "get_order", "documented", &[IPROYAL_ONE]),
    ("iproyal", "create_order", "create_order.json", &[IPROYAL_ONE]),
    ("iproyal", "create_order", "create_order.old.json", &[IPROYAL_ONE]),
    ("iproyal", "create_order", "documented", &[IPROYAL_ONE]),
    ("iproyal", "extend_order", "extend_order.json", &[IPROYAL_ONE]),
    ("iproyal", "extend_order", "extend_order.old.json", &[IPROYAL_ONE]),
    ("iproyal", "extend_order", "documented", &[IPROYAL_ONE]),
    ("proxyshard", "get_order", "illustrative", &[
        "48213 active (active) product=Datacenter Proxy plan=monthly location=- quantity=10 paid=22.50 \
         created=2026-08-01T10:25:12Z expires=2026-09-01T10:25:12Z renewal=on note=scrapers",
    ]),
    ("proxyshard", "list_orders", "illustrative", &[
        "48213 unknown (-) product=Datacenter Proxy plan=monthly location=- quantity=- paid=- \
         created=- expires=2026-09-01T10:25:12Z renewal=on note=scrapers",
        "48190 unknown (-) product=Standart Residential Proxy plan=lifetime location=- quantity=- paid=- \
         created=- expires=- renewal=- note=-",
    ]),
    ("smartproxy", "list_orders", "list_orders.json", &[SMARTPROXY]),
    ("smartproxy", "list_orders", "documented", &[SMARTPROXY]),
    ("smartproxy", "create_order", "create_order.json", &[SMARTPROXY]),
    ("smartproxy", "create_order", "documented", &[SMARTPROXY]),
];

const IPROYAL_LISTED: &str = "420 active (confirmed) product=Static Residential plan=30 Days location=United States quantity=5 paid=- \
    created=- expires=2024-04-20 10:25:12 renewal=off note=-";
const IPROYAL_ONE: &str = "420 expired (expired) product=Static Residential plan=30 Days location=Canada quantity=5 paid=- \
    created=- expires=2024-04-20 10:25:12 renewal=off note=-";
const SMARTPROXY: &str = "string awaiting-payment (0) product=string plan=- location=- quantity=- paid=0.1 \
    created=2019-08-24T14:15:22Z expires=- renewal=- note=-";

/// A sample answer.
struct Sample {
    vendor: Vendor,
    operation: String,
    /// The name of the file, or of the example.
    name: String,
    json: Value,
}

fn documented() -> Vec<Sample> {
    let mut samples = Vec::new();
    for folder in fs::read_dir(file("tests/documented/samples")).unwrap() {
        let folder = folder.unwrap().path();
        let vendor = vendor(folder.file_name().unwrap().to_str().unwrap());
        for sample in fs::read_dir(folder).unwrap() {
            let path = sample.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            samples.push(Sample {
                vendor,
                operation: name.split('.').next().unwrap().to_owned(),
                json: serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap(),
                name,
            });
        }
    }
    samples
}

fn examples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for (vendor, spec) in specs() {
        for operation in spec.operations() {
            for (name, json) in spec.examples(operation.value) {
                samples.push(Sample {
                    vendor,
                    operation: operation.id.to_owned(),
                    name,
                    json,
                });
            }
        }
    }
    samples
}

/// Writes an order on one line.
fn line(order: &Order) -> String {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let renewal = match order.auto_renewal {
        Some(true) => "on",
        Some(false) => "off",
        None => "-",
    };
    format!(
        "{} {} ({}) product={} plan={} location={} quantity={} paid={} created={} expires={} renewal={renewal} note={}",
        order.id,
        order.state,
        or_dash(order.status.clone()),
        or_dash(order.product.clone()),
        or_dash(order.plan.clone()),
        or_dash(order.location.clone()),
        or_dash(order.quantity.map(|it| it.to_string())),
        or_dash(order.price_paid.as_ref().map(ToString::to_string)),
        or_dash(order.created.as_ref().map(ToString::to_string)),
        or_dash(order.expires.as_ref().map(ToString::to_string)),
        or_dash(order.note.clone()),
    )
}

/// Collects the parts of a sample that are not in the decoded answer. Null may be left out; a
/// number may be written as text, as money is.
fn lost(sample: &Value, decoded: &Value, path: &str, found: &mut Vec<String>) {
    match (sample, decoded) {
        (Value::Null, Value::Null) => {}
        (Value::Object(sample), Value::Object(decoded)) => {
            for (name, value) in sample.iter().filter(|(_, value)| !value.is_null()) {
                let inner = decoded.get(name).unwrap_or(&Value::Null);
                lost(value, inner, &format!("{path}.{name}"), found);
            }
        }
        (Value::Array(sample), Value::Array(decoded)) if sample.len() == decoded.len() => {
            for (index, (value, inner)) in sample.iter().zip(decoded).enumerate() {
                lost(value, inner, &format!("{path}[{index}]"), found);
            }
        }
        (sample, decoded) => {
            let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
            let number = |value: &Value| text(value).parse::<f64>().ok();
            let same_number = sample.is_number() && number(sample) == number(decoded);
            if !same_number && text(sample) != text(decoded) {
                found.push(format!("{path}: {sample} became {decoded}"));
            }
        }
    }
}

async fn decode(
    recorder: &Recorder,
    clients: &Clients,
    (vendor, id): (Vendor, &str),
    answer: Vec<u8>,
) -> Result<Decoded, String> {
    recorder.restart(answer);
    let decoded = call(clients, vendor, id).await;
    let operation = vendor.operation(id).ok_or("no such operation")?;
    let request = recorder.only();
    let due = operation.path.split('/');
    let fits =
        |(sent, due): (&str, &str)| sent == due || (due.starts_with('{') && !sent.is_empty());
    let path = request.path();
    if request.method() != operation.method
        || path.split('/').count() != due.clone().count()
        || !path.split('/').zip(due).all(fits)
    {
        return Err(format!("went to {} {path}", request.method()));
    }
    decoded.map_err(|error| error.to_string())
}

async fn check(samples: Vec<Sample>, least: usize) {
    let recorder = Recorder::answering("").await;
    let clients = Clients::at(&recorder.base_url());
    let mut problems = Vec::new();
    for sample in &samples {
        let (vendor, id) = (sample.vendor, &*sample.operation);
        let name = format!("{vendor} {id} {}", sample.name);
        match decode(&recorder, &clients, (vendor, id), success(&sample.json)).await {
            Err(what) => problems.push(format!("{name}: {what}")),
            Ok(decoded) => {
                let mut gone = Vec::new();
                lost(&sample.json, &decoded.json, "$", &mut gone);
                problems.extend(gone.iter().map(|what| format!("{name}: {what}")));
                let due = ORDERS.iter().find(|(vendor, operation, file, _)| {
                    (*vendor, *operation, *file) == (sample.vendor.as_str(), id, &*sample.name)
                });
                let due = due.map_or(&[][..], |row| row.3);
                let orders: Vec<_> = decoded.orders.iter().map(line).collect();
                if orders != due {
                    problems.push(format!("{name}: orders {orders:#?} instead of {due:#?}"));
                }
                let is_theirs = |order: &Order| order.vendor == sample.vendor;
                assert!(decoded.orders.iter().all(is_theirs), "{name}");
            }
        }
    }
    report("samples are not read as they are", &problems);
    assert!(samples.len() >= least, "samples are missing");
}

#[tokio::test]
async fn every_documented_answer_is_read_whole() {
    check(documented(), DOCUMENTED).await;
}

#[tokio::test]
async fn every_example_of_the_specs_is_read_whole() {
    check(examples(), EXAMPLES).await;
}

#[test]
fn the_expected_orders_all_belong_to_a_sample() {
    let mut samples = documented();
    samples.extend(examples());
    let keys = samples
        .iter()
        .map(|it| (it.vendor.as_str(), &*it.operation, &*it.name));
    let keys: Vec<_> = keys.collect();
    for &(vendor, operation, name, _) in ORDERS {
        let key = (vendor, operation, name);
        let count = keys.iter().filter(|it| **it == key).count();
        assert_eq!(count, 1, "{key:?}");
    }
}

#[tokio::test]
async fn operations_without_a_documented_answer_are_read_as_well() {
    let recorder = Recorder::answering("").await;
    let clients = Clients::at(&recorder.base_url());
    for (word, id, json) in undocumented() {
        let body = if json.is_null() {
            String::new()
        } else {
            json.to_string()
        };
        let decoded = decode(
            &recorder,
            &clients,
            (vendor(word), id),
            answer("200 OK", "", &body),
        )
        .await;
        let decoded = decoded.unwrap_or_else(|what| panic!("{word} {id}: {what}"));
        let mut gone = Vec::new();
        lost(&json, &decoded.json, "$", &mut gone);
        report(id, &gone);
    }
}

#[test]
fn every_operation_has_a_sample_or_is_known_to_have_none() {
    let mut samples = documented();
    samples.extend(examples());
    let keys = samples
        .iter()
        .map(|it| (it.vendor.as_str(), &*it.operation));
    let keys: BTreeSet<_> = keys.collect();
    let known = undocumented().map(|it| (it.0, it.1));
    let mut without: BTreeSet<_> = operations().map(|it| (it.vendor.as_str(), it.id)).collect();
    without.retain(|it| !keys.contains(it));
    let message = "write an example of the answer into the spec, or a row into `undocumented`";
    assert_eq!(without, BTreeSet::from(known), "{message}");
}
