//! What `api` sends, beside the documented samples.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Recorder, Reply, Run, against, vendor};

#[test]
fn bodies_come_from_files_and_single_parameters_go_on_top() {
    let recorder = vendor(|| Reply::Answer(200, r#"{"id":1}"#.to_owned()));
    let file = std::env::temp_dir().join(format!("proxy-orders-{}.json", std::process::id()));
    std::fs::write(
        &file,
        r#"{"product_id":1,"product_plan_id":2,"new_field":[3]}"#,
    )
    .unwrap();
    let words = [
        "api",
        "iproyal",
        "create-order",
        "--json-body",
        file.to_str().unwrap(),
    ];
    Run::of(&mut against(&recorder, &words)).expect(0);
    Run::of(&mut against(
        &recorder,
        &[&words[..], &["--product-id", "9"]].concat(),
    ))
    .expect(0);
    let sent = recorder.received();
    assert_eq!(
        sent[0].body,
        r#"{"new_field":[3],"product_id":1,"product_plan_id":2}"#
    );
    assert_eq!(
        sent[1].body,
        r#"{"new_field":[3],"product_id":9,"product_plan_id":2}"#
    );

    for (content, words) in [
        ("{\"password\":\"canary", "holds no JSON"),
        ("[]", "no JSON object"),
    ] {
        std::fs::write(&file, content).unwrap();
        let more = [
            "api",
            "iproyal",
            "create-order",
            "--product-id",
            "9",
            "--product-plan-id",
            "1",
            "--json-body",
            file.to_str().unwrap(),
        ];
        let run = Run::of(&mut against(&recorder, &more)).expect(2);
        assert!(
            run.stderr.contains(words) && !run.all().contains("canary"),
            "{run:?}"
        );
    }
    std::fs::remove_file(&file).unwrap();
    let run = Run::of(&mut against(&recorder, &words)).expect(2);
    assert!(run.stderr.contains("can't be read"), "{run:?}");
    assert_eq!(recorder.received().len(), 2);
}

#[test]
fn lists_and_maps_go_into_the_query_as_the_vendors_take_them() {
    let recorder =
        Recorder::start(|_| Reply::Answer(200, r#"{"price_with_vat":1,"data":[]}"#.to_owned()));
    let words = [
        "api",
        "iproyal",
        "calculate-pricing",
        "--product-question-answers",
        "12=yes,13=a b",
        "--query",
        "x[]=1",
        "--query",
        "x[]=2",
    ];
    Run::of(&mut against(&recorder, &words)).expect(0);
    let words = [
        "api",
        "iproyal",
        "list-orders",
        "--statuses",
        "unpaid",
        "--statuses",
        "expired",
        "--status-is-expiring-soon",
        "false",
    ];
    Run::of(&mut against(&recorder, &words)).expect(0);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let sent = recorder.received();
    assert_eq!(
        sent[0].query,
        [
            pair("product_question_answers[12]", "yes"),
            pair("product_question_answers[13]", "a b"),
            pair("x[]", "1"),
            pair("x[]", "2"),
        ]
    );
    assert_eq!(
        sent[1].query,
        [
            pair("status_is_expiring_soon", "false"),
            pair("statuses[]", "expired"),
            pair("statuses[]", "unpaid"),
        ]
    );
    let run = Run::of(&mut against(
        &recorder,
        &["api", "iproyal", "list-orders", "--order-ids", ""],
    ))
    .expect(2);
    assert!(run.stderr.contains("empty list"), "{run:?}");
    assert_eq!(recorder.received().len(), 2);
}
