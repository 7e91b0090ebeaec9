//! Properties of classifying, normalizing and retrying that hold for every input: any JSON, any
//! status, and answers that resemble those of every operation of the table.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::Call;
use super::classify::classify;
use super::normalize::{Normalized, normalize};
use super::retry::{Decision, Failure, RetryPolicy, RetryRule, Situation, enforce_at_most_once};
use crate::error::{Error, Outcome, RawAnswer};
use crate::operation::{Effect, Operation, Record, Shape};
use crate::vendor::Refusal;
use crate::vocabulary::Vendor;
use crate::vocabulary::lenient::text_of;

/// A case that fails becomes a test of its own, not a file.
fn settings() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

// ---- Inputs ------------------------------------------------------------------------------------

fn operations() -> impl Strategy<Value = &'static Operation> {
    let all = Vendor::all().iter().flat_map(|it| it.operations());
    select(all.collect::<Vec<_>>())
}

fn spends() -> impl Strategy<Value = &'static Operation> {
    let all = Vendor::all().iter().flat_map(|it| it.operations());
    let spends = all.filter(|it| it.effect == Effect::Spend);
    select(spends.collect::<Vec<_>>())
}

/// A scalar that vendors may write in place of another one.
fn scalar() -> BoxedStrategy<Value> {
    let odd = [
        "0", "1", "200", "500", "true", "false", " 7 ", "1.5", "", "-",
    ];
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..600).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-9_i64..9).prop_map(|it| Value::from(it as f64)),
        select(odd.to_vec()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ]
    .boxed()
}

/// Any JSON, with keys that mean something among its own.
fn any_json() -> BoxedStrategy<Value> {
    let known = [
        "id", "data", "code", "success", "order_id", "trade_no", "list",
    ];
    let key = move || {
        prop_oneof![
            select(known.to_vec()).prop_map(str::to_owned),
            any::<String>()
        ]
    };
    scalar()
        .prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::from),
                btree_map(key(), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
        .boxed()
}

/// JSON of this shape, in which some values are of another kind, missing, or unknown.
fn like(shape: &'static Shape, depth: u32) -> BoxedStrategy<Value> {
    let fits = match shape {
        Shape::Nothing | Shape::Any => any_json(),
        Shape::Text => any::<String>().prop_map(Value::from).boxed(),
        Shape::Integer => (0_i64..1000).prop_map(Value::from).boxed(),
        Shape::Number => (0_i64..1000).prop_map(|it| json!(it as f64 / 4.0)).boxed(),
        Shape::Flag => any::<bool>().prop_map(Value::from).boxed(),
        Shape::Map | Shape::NullableMap => btree_map(any::<String>(), scalar(), 0..3)
            .prop_map(|map| Value::Object(map.into_iter().collect()))
            .boxed(),
        Shape::List(_) | Shape::Record(_) if depth == 0 => Just(json!([])).boxed(),
        Shape::List(items) => vec(like(items, depth - 1), 0..3)
            .prop_map(Value::from)
            .boxed(),
        Shape::Record(record) => object(record, depth - 1),
    };
    prop_oneof![9 => fits, 1 => any_json()].boxed()
}

fn object(record: &'static Record, depth: u32) -> BoxedStrategy<Value> {
    let mut object = Just(Map::new()).boxed();
    for field in record.fields {
        let value = option::weighted(
            if field.identity { 0.95 } else { 0.7 },
            like(&field.shape, depth),
        );
        object = (object, value)
            .prop_map(|(mut object, value)| {
                if let Some(value) = value {
                    object.insert(field.name.to_owned(), value);
                }
                object
            })
            .boxed();
    }
    let more = btree_map("new_[a-z]{1,3}", any_json(), 0..2);
    (object, more)
        .prop_map(|(mut object, more)| {
            object.extend(more);
            Value::Object(object)
        })
        .boxed()
}

/// An operation, and an answer to it.
fn answered() -> impl Strategy<Value = (&'static Operation, Value)> {
    operations().prop_flat_map(|it| (Just(it), like(&it.answer, 4)))
}

// ---- Normalizing -------------------------------------------------------------------------------

/// Returns whether the generated type of this shape reads a value.
fn fits(value: &Value, shape: &Shape) -> bool {
    match (shape, value) {
        (Shape::Any | Shape::Nothing, _)
        | (Shape::Text, Value::String(_))
        | (Shape::Number, Value::Number(_))
        | (Shape::Flag, Value::Bool(_))
        | (Shape::Map | Shape::NullableMap, Value::Object(_)) => true,
        (Shape::Integer, Value::Number(number)) => number.is_i64(),
        (Shape::List(items), Value::Array(list)) => list.iter().all(|it| fits(it, items)),
        (Shape::Record(record), Value::Object(map)) => record.fields.iter().all(|field| {
            let is_list = matches!(
                field.shape,
                Shape::List(_) | Shape::Map | Shape::NullableMap
            );
            match map.get(field.name) {
                None => !field.identity,
                Some(Value::Null) if !field.identity && !is_list => true,
                Some(value) => fits(value, &field.shape),
            }
        }),
        _ => false,
    }
}

/// Returns whether nothing was invented, and nothing was lost that the shape does not mention.
fn is_kept(before: &Value, after: &Value, shape: &Shape) -> bool {
    match (shape, before, after) {
        (Shape::Record(record), Value::Object(before), Value::Object(after)) => {
            let shape_of = |name: &str| record.fields.iter().find(|it| it.name == name);
            after.keys().all(|key| before.contains_key(key))
                && before
                    .iter()
                    .all(|(key, before)| match (shape_of(key), after.get(key)) {
                        (None, after) => after == Some(before),
                        (Some(field), None) => !field.identity,
                        (Some(field), Some(after)) => is_kept(before, after, &field.shape),
                    })
        }
        (Shape::List(items), Value::Array(before), Value::Array(after)) => {
            // What is left stands in the same order: each item comes of one further on.
            let mut rest = before.iter();
            after
                .iter()
                .all(|after| rest.any(|before| is_kept(before, after, items)))
        }
        // PHP's empty map.
        (Shape::NullableMap, Value::Null, Value::Object(after)) => after.is_empty(),
        (
            Shape::Map | Shape::NullableMap | Shape::Record(_),
            Value::Array(before),
            Value::Object(after),
        ) => before.is_empty() && after.is_empty(),
        (Shape::Text | Shape::Integer | Shape::Number | Shape::Flag, before, after) => {
            means_the_same(before, after)
        }
        (_, before, after) => before == after,
    }
}

/// Returns whether two scalars say the same in another kind.
fn means_the_same(before: &Value, after: &Value) -> bool {
    let (one, other) = (text_of(before), text_of(after));
    let (one, other) = (one.trim(), other.trim());
    let number = |text: &str| text.parse::<f64>().ok();
    let flag = |text: &str| match text {
        "1" => Some(true),
        "0" => Some(false),
        text => text.parse::<bool>().ok(),
    };
    one == other
        || number(one).is_some_and(|it| number(other) == Some(it))
        || flag(one).is_some_and(|it| flag(other) == Some(it))
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn normalizing_ends_and_what_it_returns_can_be_read((operation, answer) in answered(), any in any_json()) {
        for before in [answer, any] {
            let mut after = before.clone();
            let Ok(Normalized { is_changed, dropped, .. }) = normalize(&mut after, &operation.answer) else {
                continue;
            };
            prop_assert!(fits(&after, &operation.answer), "{after} does not fit");
            prop_assert!(is_kept(&before, &after, &operation.answer), "{before} became {after}");
            prop_assert_eq!(is_changed, before != after);
            prop_assert!(is_changed || dropped.is_empty());
            let once = after.clone();
            let again = normalize(&mut after, &operation.answer).unwrap();
            prop_assert_eq!((again.is_changed, again.dropped, after), (false, Vec::new(), once));
        }
    }
}

// ---- Classifying -------------------------------------------------------------------------------

fn statuses() -> impl Strategy<Value = StatusCode> {
    let number = prop_oneof![3 => Just(200), 1 => Just(201), 3 => 200_u16..600];
    number.prop_map(|it| StatusCode::from_u16(it).unwrap())
}

fn bodies(operation: &'static Operation) -> BoxedStrategy<Vec<u8>> {
    let text = |value: Value| value.to_string().into_bytes();
    prop_oneof![
        6 => like(&operation.answer, 4).prop_map(text),
        1 => any_json().prop_map(text),
        1 => vec(any::<u8>(), 0..20),
        1 => Just(b"  ".to_vec()),
        // The two kinds of flag, with and without the words of a refusal.
        3 => (select(vec!["code", "success"]), scalar(), option::of(like(&operation.answer, 4))).prop_map(move |(flag, value, rest)| {
            let mut body = match rest {
                Some(Value::Object(map)) => map,
                _ => Map::new(),
            };
            body.insert(flag.to_owned(), value);
            text(Value::Object(body))
        }),
    ]
    .boxed()
}

fn classified(
    operation: &'static Operation,
    status: StatusCode,
    body: &[u8],
) -> Result<Bytes, Error> {
    let call = Call {
        profile: operation.vendor.profile(),
        operation: Some(operation),
        effect: operation.effect,
        not_after: None,
    };
    let raw = RawAnswer {
        status,
        content_type: None,
        body: Bytes::copy_from_slice(body),
        is_cut: false,
    };
    classify(
        &call,
        super::bounds::Bounds::of(Effect::Read, 1 << 20),
        &raw,
    )
}

/// Returns whether the vendor documents that an answer is a refusal, by its status or its envelope.
fn is_documented_refusal(refusal: &Refusal, status: StatusCode, body: Option<&Value>) -> bool {
    if !status.is_success() {
        return status.is_client_error() && ![408, 425, 429].contains(&status.as_u16());
    }
    let text = |field: Option<&str>| body?.get(field?).map(|it| text_of(it).trim().to_owned());
    let Some(flag) = text(refusal.flag) else {
        return false;
    };
    match refusal.refused {
        [] => {
            let is_code = |code: String| {
                [refusal.authentication, refusal.forbidden]
                    .concat()
                    .contains(&&*code)
            };
            let is_failure = flag.parse::<i64>().is_ok() && !refusal.success.contains(&&*flag);
            is_failure && text(refusal.code).is_some_and(is_code)
        }
        refused => refused.contains(&&*flag),
    }
}

/// Returns whether an answer names what was bought, or says in its flag that the request succeeded.
fn confirms(operation: &Operation, body: &Value) -> bool {
    fn names_an_identity(shape: &Shape, value: &Value) -> bool {
        let Shape::Record(record) = shape else {
            return false;
        };
        record
            .fields
            .iter()
            .any(|field| match value.get(field.name) {
                None | Some(Value::Null) => false,
                Some(_) if field.identity => true,
                Some(inner) => names_an_identity(&field.shape, inner),
            })
    }
    let refusal = &operation.vendor.profile().refusal;
    let flag = refusal.flag.and_then(|flag| body.get(flag));
    names_an_identity(&operation.answer, body)
        || flag.is_some_and(|it| refusal.success.contains(&text_of(it).trim()))
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn an_answer_to_any_call_is_a_success_a_documented_refusal_or_unknown(
        (operation, body) in operations().prop_flat_map(|it| (Just(it), bodies(it))),
        status in statuses(),
    ) {
        let json: Option<Value> = serde_json::from_slice(&body).ok();
        let refusal = &operation.vendor.profile().refusal;
        let is_refusal = is_documented_refusal(refusal, status, json.as_ref());
        match classified(operation, status, &body) {
            Ok(_) => prop_assert!(status.is_success() && !is_refusal),
            Err(error) => {
                let expected = if is_refusal { Outcome::Rejected } else { Outcome::Unknown };
                prop_assert_eq!(error.outcome(), expected, "{}", error);
            }
        }
    }

    #[test]
    fn only_an_answer_that_confirms_a_spend_is_its_success(
        (operation, body) in spends().prop_flat_map(|it| (Just(it), bodies(it))),
        status in statuses(),
    ) {
        if classified(operation, status, &body).is_ok() {
            let json: Value = serde_json::from_slice(&body).unwrap();
            prop_assert!(confirms(operation, &json), "{} {json}", operation.id);
        }
    }
}

// ---- Retrying ----------------------------------------------------------------------------------

fn effects() -> impl Strategy<Value = Effect> {
    select(vec![
        Effect::Read,
        Effect::Set,
        Effect::Change,
        Effect::Spend,
    ])
}

fn failures() -> impl Strategy<Value = Failure> {
    prop_oneof![
        Just(Failure::NotConnected),
        Just(Failure::TimedOut),
        Just(Failure::Broken),
        Just(Failure::Lasting),
        (100_u16..700).prop_map(Failure::Status),
    ]
}

prop_compose! {
    fn situations()(
        effect in effects(),
        failure in failures(),
        attempt in 1_u32..100,
        elapsed in any::<Duration>(),
        retry_after in option::of(any::<Duration>()),
        jitter in any::<f64>(),
    ) -> Situation {
        Situation { attempt, elapsed, retry_after, jitter, ..Situation::after_first(effect, failure) }
    }
}

prop_compose! {
    fn policies()(
        max_attempts in 0_u32..10,
        [max_elapsed, base_delay, max_delay, max_retry_after] in any::<[Duration; 4]>(),
    ) -> RetryPolicy {
        RetryPolicy { max_attempts, max_elapsed, base_delay, max_delay, max_retry_after }
    }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn no_rule_repeats_what_may_have_arrived_and_must_not_take_effect_twice(situation in situations()) {
        let always = |_: &Situation| Decision::Again { after: Duration::ZERO, reason: "always" };
        let is_again = matches!(enforce_at_most_once(&always, &situation), Decision::Again { .. });
        let may_have_arrived = situation.failure != Failure::NotConnected;
        prop_assert_eq!(is_again, situation.effect.is_repeatable() || !may_have_arrived);
    }

    #[test]
    fn a_policy_keeps_its_limits_whatever_they_are(situation in situations(), policy in policies()) {
        if let Decision::Again { after, .. } = policy.decide(&situation) {
            prop_assert!(situation.attempt < policy.max_attempts);
            prop_assert!(situation.elapsed.saturating_add(after) <= policy.max_elapsed);
            match situation.retry_after {
                Some(wanted) => prop_assert!(after == wanted && after <= policy.max_retry_after),
                None => prop_assert!(after <= policy.max_delay),
            }
        }
    }
}
