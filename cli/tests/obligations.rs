//! What a user is told before something obliges them to pay.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{BUY, Served};

#[test]
fn a_price_that_no_page_states_is_marked_beside_the_total() {
    let served = Served::start();
    let renew = "orders renew 1002 --vendor proxyshard --max-total 900 --dry-run";
    let run = served.run(renew).expect(0);
    assert!(run.stdout.contains(" (inferred) "), "{run:?}");
    let json = served.run(&format!("{renew} -o json")).expect(0).json();
    assert_eq!(json["quote"]["is_inferred"], true);
    // In CSV, an amount is a number.
    let run = served.run(&format!("{renew} -o csv")).expect(0);
    assert!(!run.stdout.contains("inferred"), "{run:?}");
    let total = json["quote"]["total"].as_str().unwrap();
    assert!(run.stdout.contains(&format!(",{total},")), "{run:?}");
    let run = served.run(&format!("{BUY} --dry-run")).expect(0);
    assert!(!run.stdout.contains("inferred"), "{run:?}");
}
