//! `api --help` tells of every operation and every parameter.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::run;
use proxy_orders::operation::Kind;
use proxy_orders::{Effect, Vendor};

/// Help without its line breaks.
fn help(arguments: &[&str]) -> String {
    let text = run(arguments).expect(0).stdout;
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
    for (vendor, due) in Vendor::all().iter().copied().zip([14, 34, 7]) {
        let text = run(&["api", vendor.as_str(), "--help"]).expect(0).stdout;
        let commands = text.split("Commands:\n").nth(1).unwrap();
        let listed: Vec<_> = commands
            .lines()
            .take_while(|line| !line.is_empty())
            .collect();
        assert_eq!(listed.len(), due, "{text}");
        for operation in vendor.operations() {
            let name = operation.id.replace('_', "-");
            let line = listed
                .iter()
                .find(|line| line.split_whitespace().next() == Some(&name))
                .unwrap_or_else(|| panic!("{name} is not in {text}"));
            let end = format!("{} [{}]", operation.summary, operation.effect);
            assert!(line.ends_with(&end), "{line}");
        }
    }
}

#[test]
fn every_parameter_is_told_of() {
    let mut count = 0;
    for vendor in Vendor::all().iter().copied() {
        for operation in vendor.operations() {
            let id = operation.id.replace('_', "-");
            let text = help(&["api", vendor.as_str(), &id, "--help"]);
            assert!(
                text.contains(operation.method) && text.contains(operation.path),
                "{text}"
            );
            assert_eq!(
                text.contains("moves money"),
                operation.effect == Effect::Spend,
                "{text}"
            );
            for parameter in operation.parameters {
                count += 1;
                let text = text.split("Parameters:").nth(1).unwrap();
                let flag = parameter.name.replace(['[', ']'], "").replace('_', "-");
                let start = text
                    .find(&format!("--{flag} <"))
                    .unwrap_or_else(|| panic!("--{flag} is not in {text}"));
                let about = &text[start + 2..];
                let about = until_next_flag(about);
                let words = parameter.description.split_whitespace().collect::<Vec<_>>();
                let words = words.join(" ");
                assert!(about.contains(words.trim_end_matches('.')), "{about}");
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
    assert!(count > 100, "{count}");
}

#[test]
fn near_misses_are_named() {
    for (typed, meant) in [
        (["api", "iproyl", "list-orders"], "iproyal"),
        (["api", "iproyal", "list_orders"], "list-orders"),
        (["api", "iproyal", "create-oder"], "create-order"),
        (["products", "--vendor", "smartproxi"], "smartproxy"),
    ] {
        let run = run(&typed).expect(2);
        assert!(run.stderr.contains(&format!("'{meant}'")), "{run:?}");
        assert_eq!(run.stdout, "");
    }
}
