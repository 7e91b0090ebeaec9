//! The requests that `api` sends, besides the documented samples.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Recorder, Reply, Run, against, folder, vendor};

#[test]
fn bodies_come_from_files_and_parameters_override_them() {
    let recorder = vendor(|| Reply::Answer(200, r#"{"id":1}"#.to_owned()));
    let run = |line: &str| Run::of(&mut against(&recorder, line));
    let folder = folder();
    let file = folder.path().join("body.json");
    let body = r#"{"product_id":1,"product_plan_id":2,"new_field":[3],"product_location_id":4,"quantity":5}"#;
    std::fs::write(&file, body).unwrap();
    let line = format!("api iproyal create-order --json-body '{}'", file.display());
    run(&line).expect(0);
    run(&format!("{line} --product-id 9")).expect(0);
    let sent = recorder.received();
    let body = |id: u8| {
        format!(
            r#"{{"new_field":[3],"product_id":{id},"product_location_id":4,"product_plan_id":2,"quantity":5}}"#
        )
    };
    assert_eq!((&sent[0].body, &sent[1].body), (&body(1), &body(9)));

    for (content, words) in [
        ("{\"password\":\"canary", "is not JSON"),
        ("[]", "not a JSON object"),
    ] {
        std::fs::write(&file, content).unwrap();
        let run = run(&format!("{line} --product-id 9 --product-plan-id 1")).expect(2);
        assert!(run.stderr.contains(words), "{run:?}");
        assert!(!run.all().contains("canary"), "{run:?}");
    }
    std::fs::remove_file(&file).unwrap();
    let run = run(&line).expect(2);
    assert!(run.stderr.contains("cannot be read"), "{run:?}");
    assert_eq!(recorder.received().len(), 2);
}

#[test]
fn lists_and_maps_go_into_the_query_as_the_vendors_take_them() {
    let recorder =
        Recorder::start(|_| Reply::Answer(200, r#"{"price_with_vat":1,"data":[]}"#.to_owned()));
    let run = |line: &str| Run::of(&mut against(&recorder, line));
    run(
        "api iproyal calculate-pricing --product-question-answers '12=yes,13=a b' \
         --query x[]=1 --query x[]=2",
    )
    .expect(0);
    run(
        "api iproyal list-orders --statuses unpaid --statuses expired \
         --status-is-expiring-soon false",
    )
    .expect(0);
    let sent = recorder.received();
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    };
    assert_eq!(
        sent[0].query,
        pairs(&[
            ("product_question_answers[12]", "yes"),
            ("product_question_answers[13]", "a b"),
            ("x[]", "1"),
            ("x[]", "2"),
        ])
    );
    assert_eq!(
        sent[1].query,
        pairs(&[
            ("status_is_expiring_soon", "false"),
            ("statuses[]", "expired"),
            ("statuses[]", "unpaid"),
        ])
    );
    let run = run("api iproyal list-orders --order-ids ''").expect(2);
    assert!(run.stderr.contains("empty list"), "{run:?}");
    assert_eq!(recorder.received().len(), 2);
}
