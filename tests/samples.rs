//! Every answer that a vendor documents, and every example in the specs, is read by the real client over real TCP: nothing of it is
//! lost, and orders come out right in vendor-neutral words.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs;

use proxy_orders::{Order, Vendor};
use serde_json::{Value, json};
use support::calls::{Decoded, call};
use support::recorder::{Recorder, answer, success};
use support::spec::Spec;
use support::{Clients, file, report, vendor};

/// How many there are. One that disappears, or is not found any more, is noticed here.
const DOCUMENTED: usize = 16;
const EXAMPLES: usize = 47;

/// Operations whose answer no page and no example shows, with one made up for them.
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

/// What the orders of the samples are in vendor-neutral words, by vendor, operation and sample. A sample that is not listed has no
/// order.
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
    /// File name, or name of the example.
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
    for vendor in Vendor::all().iter().copied() {
        let spec = Spec::read(vendor);
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

/// An order on one line.
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

/// What of the sample is not in what was decoded. Null may be left out; a number may be written as text, as money is.
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

/// A server, and clients that lead to it.
struct Stage {
    recorder: Recorder,
    clients: Clients,
}

impl Stage {
    async fn new() -> Self {
        let recorder = Recorder::answering("").await;
        let clients = Clients::at(&recorder.base_url());
        Stage { recorder, clients }
    }
}

async fn decode(
    stage: &Stage,
    vendor: Vendor,
    id: &str,
    answer: Vec<u8>,
) -> Result<Decoded, String> {
    let Stage { recorder, clients } = stage;
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
    match decoded {
        Ok(Some(decoded)) => Ok(decoded),
        Ok(None) => Err("support/calls.rs does not know it".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

async fn check(samples: Vec<Sample>, count: usize) {
    let stage = Stage::new().await;
    let mut problems = Vec::new();
    let mut done = 0;
    for sample in &samples {
        let name = format!("{} {} {}", sample.vendor, sample.operation, sample.name);
        match decode(
            &stage,
            sample.vendor,
            &sample.operation,
            success(&sample.json),
        )
        .await
        {
            Err(what) => problems.push(format!("{name}: {what}")),
            Ok(decoded) => {
                let mut gone = Vec::new();
                lost(&sample.json, &decoded.json, "$", &mut gone);
                problems.extend(gone.iter().map(|what| format!("{name}: {what}")));
                let due = ORDERS.iter().find(|(vendor, operation, file, _)| {
                    let key = (sample.vendor.as_str(), &*sample.operation, &*sample.name);
                    (*vendor, *operation, *file) == key
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
        done += 1;
    }
    report("samples are not read as they are", &problems);
    assert_eq!(
        (done, samples.len()),
        (count, count),
        "the number of samples changed"
    );
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
    for (vendor, operation, name, _) in ORDERS {
        let is_it = |it: &&Sample| {
            (it.vendor.as_str(), &*it.operation, &*it.name) == (*vendor, *operation, *name)
        };
        assert_eq!(
            samples.iter().filter(is_it).count(),
            1,
            "{vendor} {operation} {name}"
        );
    }
}

#[tokio::test]
async fn operations_without_a_documented_answer_are_read_as_well() {
    let stage = Stage::new().await;
    for (word, id, json) in undocumented() {
        let body = if json.is_null() {
            String::new()
        } else {
            json.to_string()
        };
        let decoded = decode(&stage, vendor(word), id, answer("200 OK", "", &body)).await;
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
    let mut without = Vec::new();
    let mut operations = 0;
    for vendor in Vendor::all().iter().copied() {
        for operation in vendor.operations() {
            operations += 1;
            let has = |it: &Sample| it.vendor == vendor && it.operation == operation.id;
            if !samples.iter().any(has) {
                without.push((vendor.as_str(), operation.id));
            }
        }
    }
    let mut known: Vec<_> = undocumented().iter().map(|it| (it.0, it.1)).collect();
    known.sort_unstable();
    without.sort_unstable();
    assert_eq!((without, operations), (known, 55));
}
