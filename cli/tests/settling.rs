//! The commands that lead from an unknown outcome to a settled one, for each reason of review.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{BUY, Run, Served, hints};
use proxy_orders_sandbox::{Fault, FaultMode, Sandbox, SandboxBuilder};

const RAW: &str = "api iproyal create-order --product-id 9 --product-plan-id 4 \
                   --product-location-id 51 --quantity";
const RAW_EXTEND: &str = "api iproyal extend-order --order-id 123 --product-plan-id 456";
const EXTEND: &str = "orders extend 123 --vendor iproyal --plan 456 --all --max-total 900";

const PACKAGES: &str = "buy --vendor smartproxy --product 1003 --quantity 2 \
                        --pay-with 1 --max-total 900";

/// One reason why a person has to decide.
struct Case {
    /// The command that comes before.
    before: Option<&'static str>,
    /// The purchase.
    line: String,
    /// The fault that strikes it.
    fault: FaultMode,
    /// The operation that it goes wrong with.
    operation: &'static str,
    /// The purchase that somebody else makes meanwhile, and the fault that strikes it.
    meanwhile: &'static [(&'static str, Option<FaultMode>)],
    /// The fault of every call to an operation while it is looked into.
    afterwards: Option<(&'static str, FaultMode)>,
    /// The orders that the vendor has when it is looked into, if they are others.
    world: Option<fn() -> SandboxBuilder>,
    /// The reason of review.
    reason: &'static str,
    /// The decision: the order, or nothing.
    decision: Option<&'static str>,
}

fn fail(served: &Served, operation: &str, mode: FaultMode) {
    let fault = Fault {
        operation: Some(operation.to_owned()),
        times: Some(1),
        ..Fault::new(mode)
    };
    served.sandbox.faults(vec![fault]).unwrap();
}

fn cases() -> Vec<Case> {
    let buy = || Case {
        before: None,
        line: BUY.to_owned(),
        fault: FaultMode::DropAfter,
        operation: "create_order",
        meanwhile: &[],
        afterwards: None,
        world: None,
        reason: "",
        decision: Some("20001"),
    };
    vec![
        Case {
            meanwhile: &[("5", None)],
            reason: "several new orders fit the request",
            ..buy()
        },
        Case {
            fault: FaultMode::DropBefore,
            meanwhile: &[("6", None)],
            reason: "there are new orders, but none fits the request",
            decision: None,
            ..buy()
        },
        Case {
            fault: FaultMode::DropBefore,
            meanwhile: &[("5", Some(FaultMode::PriceMove))],
            reason: "fits the request, but the balance went down by",
            decision: None,
            ..buy()
        },
        Case {
            fault: FaultMode::DropBefore,
            meanwhile: &[("extend", None)],
            reason: ", but the balance went down by",
            decision: None,
            ..buy()
        },
        Case {
            line: format!("{BUY} --pay-with 1"),
            fault: FaultMode::DropBefore,
            reason: "but a card was to pay",
            decision: None,
            ..buy()
        },
        Case {
            line: format!("{BUY} --shared-account"),
            reason: "fits the request, but",
            ..buy()
        },
        Case {
            line: EXTEND.to_owned(),
            operation: "extend_order",
            meanwhile: &[("5", None)],
            reason: "has changed",
            decision: Some("123"),
            ..buy()
        },
        Case {
            before: Some(BUY),
            fault: FaultMode::DropBefore,
            world: Some(Sandbox::builder),
            reason: "are newer than the newest one before",
            decision: None,
            ..buy()
        },
        Case {
            before: Some(BUY),
            line: EXTEND.replace("123", "20001").replace("456", "4"),
            fault: FaultMode::DropBefore,
            operation: "extend_order",
            world: Some(Sandbox::builder),
            reason: "which the purchase was to change",
            decision: None,
            ..buy()
        },
        Case {
            line: PACKAGES.to_owned(),
            fault: FaultMode::DropBefore,
            afterwards: Some(("list_orders", FaultMode::BareLists)),
            reason: "orders nobody can tell whether they were made before or after",
            decision: None,
            ..buy()
        },
    ]
}

#[test]
fn every_reason_of_review_is_settled_by_two_printed_commands() {
    let document = include_str!("../../docs/SETTLING.md");
    for Case {
        before,
        line,
        fault,
        operation,
        meanwhile,
        afterwards,
        world,
        reason,
        decision,
    } in cases()
    {
        let served = Served::start();
        if let Some(before) = before {
            served.run(&format!("{before} --yes -i before")).expect(0);
        }
        fail(&served, operation, fault);
        served.run(&format!("{line} --yes -i k")).expect(6);
        for (what, fault) in meanwhile {
            if let Some(mode) = fault {
                fail(&served, "create_order", *mode);
            }
            match *what {
                "extend" => served.run(RAW_EXTEND).expect(0),
                quantity => served.run(&format!("{RAW} {quantity}")).expect(0),
            };
        }
        let other_world = world.map(|builder| Served::of(builder()));
        let looking = other_world.as_ref().unwrap_or(&served);
        let run_there = |line: &str| {
            let mut program = looking.program(line);
            Run::of(program.env("PROXY_ORDERS_JOURNAL", served.journal()))
        };
        if let Some((operation, mode)) = afterwards {
            let fault = Fault {
                operation: Some(operation.to_owned()),
                ..Fault::new(mode)
            };
            looking.sandbox.faults(vec![fault]).unwrap();
        }
        let run = run_there("journal reconcile --settle 1").expect(6);
        assert!(run.stderr.contains(reason), "{reason}: {run:?}");
        assert!(
            document.contains(reason),
            "{reason} is not in docs/SETTLING.md"
        );

        // One command to look, and one to decide.
        let hints = hints(&run);
        let look = hints.iter().find(|it| it.contains("orders list")).unwrap();
        let newest = run_there(look).expect(0).stdout;
        if let Some(order) = decision.filter(|it| *it != "123") {
            assert!(newest.contains(order), "{newest}");
        }
        let decide = match decision {
            Some(order) => {
                let resolve = hints
                    .iter()
                    .find(|it| it.contains("--order ORDER"))
                    .unwrap();
                resolve.replace("ORDER", order)
            }
            None => hints
                .iter()
                .find(|it| it.contains("--not-made"))
                .unwrap()
                .clone(),
        };
        run_there(&decide).expect(0);
        looking.sandbox.clear_faults();

        let list = served.run("journal list --state unknown -o json").expect(0);
        assert_eq!(list.json().as_array().unwrap().len(), 0, "{reason}");
        let state = served.run("journal show k -o json").expect(0).json();
        match decision {
            Some(order) => {
                assert_eq!(
                    (&state["state"], &state["order"]),
                    (&"reconciled".into(), &order.into())
                );
                // The same key sends nothing, and no other may claim the order.
                let posts = served.posts();
                served.run(&format!("{line} --yes -i k")).expect(0);
                assert_eq!(served.posts(), posts);
            }
            None => {
                assert_eq!(state["state"], "not-made");
                served.run(&format!("{line} --yes -i k")).expect(1);
                served.run(&format!("{line} --yes -i k --again")).expect(0);
            }
        }
        served.run(&format!("{BUY} --yes -i next")).expect(0);
    }
}

#[test]
fn an_order_is_claimed_once() {
    let served = Served::start();
    served.run(&format!("{BUY} --yes -i first")).expect(0);
    fail(&served, "create_order", FaultMode::DropBefore);
    served.run(&format!("{BUY} --yes -i k")).expect(6);
    let resolve = |rest: &str| format!("journal resolve k --reason 'I looked' {rest}");
    let run = served.run(&resolve("--order 20001")).expect(2);
    assert!(
        run.stderr.contains("belongs to the purchase `first`"),
        "{run:?}"
    );
    served.run(&resolve("--order 99999")).expect(1);
    served.run(&resolve("")).expect(2);
    served.run(&resolve("--order 1 --not-made")).expect(2);
    served.run("journal resolve k --not-made").expect(2);
    served.run(&resolve("--not-made")).expect(0);
    let run = served.run("journal export").expect(0);
    assert!(run.stdout.contains("I looked"), "{run:?}");
    // An amount that was given counts, and is told if it is above the cap.
    fail(&served, "create_order", FaultMode::DropAfter);
    served.run(&format!("{BUY} --yes -i l")).expect(6);
    let line = "journal resolve l --order 20002 --amount 13.5 --reason 'by the invoice'";
    let run = served.run(line).expect(3);
    assert!(run.stderr.contains("above its cap of 12"), "{run:?}");
    let entry = served.run("journal show l -o json").expect(0).json();
    assert_eq!(entry["amount"], "13.5");
}
