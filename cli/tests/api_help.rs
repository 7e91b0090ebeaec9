//! `api --help` shows every operation and every parameter.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::run;
use proxy_orders::operation::Kind;
use proxy_orders::{Effect, Vendor};

/// Returns text without its line breaks.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cuts where the next flag with a value begins: ` --name <`.
fn until_next_flag(text: &str) -> &str {
    let mut flags = text.match_indices(" --").filter(|(at, _)| {
        let mut words = text[*at + 1..].split(' ').skip(1);
        words.next().is_some_and(|word| word.starts_with('<'))
    });
    flags.next().map_or(text, |(at, _)| &text[..at])
}

#[test]
fn every_operation_is_listed_with_its_summary_and_effect() {
    for vendor in Vendor::all() {
        let text = run(&format!("api {vendor} --help")).expect(0).stdout;
        let commands = text.split("Commands:\n").nth(1).unwrap();
        let listed = commands.lines().take_while(|line| !line.is_empty());
        let listed: Vec<_> = listed.collect();
        assert!(!vendor.operations().is_empty());
        assert_eq!(listed.len(), vendor.operations().len(), "{text}");
        for operation in vendor.operations() {
            let name = operation.id.replace('_', "-");
            let mut lines = listed.iter();
            let line = lines
                .find(|line| line.split_whitespace().next() == Some(&name))
                .unwrap_or_else(|| panic!("{name} is not in {text}"));
            let end = format!("{} [{}]", operation.summary, operation.effect);
            assert!(line.ends_with(&end), "{line}");
        }
    }
}

#[test]
fn every_parameter_is_explained() {
    for vendor in Vendor::all() {
        let operations = vendor.operations();
        assert!(operations.iter().any(|it| !it.parameters.is_empty()));
        for operation in operations {
            let id = operation.id.replace('_', "-");
            let text = joined(&run(&format!("api {vendor} {id} --help")).expect(0).stdout);
            for word in [operation.method, operation.path] {
                assert!(text.contains(word), "{text}");
            }
            let is_spend = operation.effect == Effect::Spend;
            assert_eq!(text.contains("moves money"), is_spend, "{text}");
            for parameter in operation.parameters {
                let text = text.split("Parameters:").nth(1).unwrap();
                let flag = parameter.name.replace(['[', ']'], "").replace('_', "-");
                let start = text
                    .find(&format!("--{flag} <"))
                    .unwrap_or_else(|| panic!("--{flag} is not in {text}"));
                let about = until_next_flag(&text[start + 2..]);
                let description = joined(parameter.description);
                assert!(about.contains(description.trim_end_matches('.')), "{about}");
                for word in parameter.allowed.iter().chain(parameter.known) {
                    assert!(about.contains(word), "{word} is not in {about}");
                }
                if let Some(default) = parameter.default {
                    let words = format!("takes {default} if it is left out");
                    assert!(about.contains(&words), "{about}");
                }
                if parameter.kind == Kind::Boolean {
                    assert!(about.contains("true, false"), "{about}");
                }
                for bound in [parameter.minimum, parameter.maximum].into_iter().flatten() {
                    assert!(about.contains(&bound.to_string()), "{about}");
                }
            }
        }
    }
}

#[test]
fn near_misses_are_named() {
    for (line, meant) in [
        ("api iproyl list-orders", "iproyal"),
        ("api iproyal list_orders", "list-orders"),
        ("api iproyal create-oder", "create-order"),
        ("products --vendor smartproxi", "smartproxy"),
        ("prodcuts --vendor smartproxy", "products"),
        ("products --vender smartproxy", "--vendor"),
    ] {
        let run = run(line).expect(2);
        assert!(run.stderr.contains(&format!("'{meant}'")), "{run:?}");
        assert_eq!(run.stdout, "");
    }
}
