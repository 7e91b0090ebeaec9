//! The words before something obliges the user to pay.
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

#[test]
fn switching_auto_renewal_on_wants_consent_and_names_the_price() {
    let served = Served::start();
    let file = served.folder.path().join("on.json");
    std::fs::write(&file, r#"{"order_id":123,"is_enabled":true}"#).unwrap();
    let toggle = "api iproyal toggle-auto-extend --order-id 123 --payment-type balance";
    let renewal = "api proxyshard set-auto-renewal --order-id 1001";
    for (on, off, price) in [
        (
            format!("{toggle} --is-enabled true"),
            format!("{toggle} --is-enabled false"),
            served.run("orders get 123 --vendor iproyal -o json"),
        ),
        (
            format!(
                "api iproyal toggle-auto-extend --payment-type balance --json-body '{}'",
                file.display()
            ),
            format!("{toggle} --is-enabled false"),
            served.run("orders get 123 --vendor iproyal -o json"),
        ),
        (
            format!("{renewal} --auto-renewal true"),
            format!("{renewal} --auto-renewal false"),
            served.run("orders get 1001 --vendor proxyshard -o json"),
        ),
    ] {
        let price = price.expect(0).json()["price_paid"].clone();
        let price = price.as_str().unwrap_or("not known");
        let before = served.posts();
        let run = served.run(&on).expect(2);
        for words in ["obliges you to pay", price, "--yes"] {
            assert!(run.stderr.contains(words), "{words}: {run:?}");
        }
        assert_eq!(served.posts(), before, "{on}");
        served.run(&format!("{on} --yes")).expect(0);
        served.run(&off).expect(0);
        assert_eq!(served.posts(), before + 2, "{on}");
    }
    // A price that cannot be found out is said to be unknown.
    let unknown = toggle.replace("123", "999999");
    let run = served
        .run(&format!("{unknown} --is-enabled true"))
        .expect(2);
    assert!(run.stderr.contains("not known"), "{run:?}");
}

#[test]
fn a_purchase_with_auto_renewal_names_what_it_obliges_to() {
    let served = Served::start();
    let run = served
        .run(&format!("{BUY} --auto-renewal --dry-run"))
        .expect(0);
    for words in ["auto-renewal obliges you to pay", "as of now is 10"] {
        assert!(run.stderr.contains(words), "{run:?}");
    }
    let run = served.run(&format!("{BUY} --dry-run")).expect(0);
    assert!(!run.stderr.contains("obliges"), "{run:?}");
    let run = served.run(&format!("{BUY} --auto-renewal")).expect(2);
    assert!(run.stderr.contains("--yes"), "{run:?}");
    assert_eq!(served.posts(), 0);
}
