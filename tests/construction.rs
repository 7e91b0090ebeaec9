//! Construction of clients: credentials, base URLs and the environment. Errors name what is missing
//! or wrong.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::process::Command;
use std::time::Duration;

use proxy_orders::Vendor;
use proxy_orders::{AnyClient, ClientBuilder, Error, ErrorKind, Limits, RetryPolicy, Timeouts};
use support::fixture::{CANARY, not_sent};
use support::vendor;

/// The variables of each vendor, as the documentation has them: credential and base URL.
const VARIABLES: [(&str, &str, &str); 3] = [
    ("iproyal", "IPROYAL_TOKEN", "IPROYAL_BASE_URL"),
    ("proxyshard", "PROXYSHARD_API_KEY", "PROXYSHARD_BASE_URL"),
    ("smartproxy", "SMARTPROXY_APP_KEY", "SMARTPROXY_BASE_URL"),
];

#[test]
fn the_variables_are_those_that_are_documented() {
    for (word, credential, base_url) in VARIABLES {
        let profile = vendor(word).profile();
        assert_eq!(profile.credential_variable, credential);
        assert_eq!(profile.base_url_variable, base_url);
    }
}

/// Makes a client from the environment of its process, which the tests below set. Without a task it
/// starts such a process itself.
#[test]
fn in_a_process_of_its_own() {
    let Ok(task) = std::env::var("CONSTRUCTION_TASK") else {
        let text = made(Vendor::IpRoyal, "new", &[]);
        assert!(text.starts_with("made https://apid.iproyal.com"), "{text}");
        return;
    };
    let (word, how) = task.split_once(' ').unwrap();
    let builder = vendor(word).client_builder();
    let builder = match how {
        "from_env" => builder.environment(),
        "new" => builder.credential(CANARY).environment(),
        _ => {
            let builder = builder.credential(CANARY);
            builder.base_url("https://given.example/v2").environment()
        }
    };
    let made = builder.and_then(ClientBuilder::build);
    match made {
        Ok(client) => {
            let transport = client.transport();
            println!("<<<made {} {transport:?}>>>", transport.base_url());
        }
        Err(error) => println!("<<<{:?} {:?} {error}>>>", error.kind(), error.outcome()),
    }
}

/// Makes a client in a process that has these variables and no others of the vendors', and returns
/// what it printed.
fn made(vendor: Vendor, how: &str, variables: &[(&str, OsString)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "in_a_process_of_its_own", "--nocapture"]);
    for vendor in Vendor::all() {
        let profile = vendor.profile();
        child.env_remove(profile.credential_variable);
        child.env_remove(profile.base_url_variable);
        profile.gateway_variable.map(|name| child.env_remove(name));
    }
    child.env("CONSTRUCTION_TASK", format!("{vendor} {how}"));
    child.envs(variables.iter().map(|(name, value)| (name, value)));
    let output = child.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let (_, rest) = text.split_once("<<<").unwrap();
    let text = rest.split_once(">>>").unwrap().0.to_owned();
    assert!(!text.contains(CANARY), "{text}");
    text
}

#[test]
fn a_missing_credential_is_named_with_the_place_where_it_is_found() {
    for &vendor in Vendor::all() {
        let profile = vendor.profile();
        let (variable, place) = (profile.credential_variable, profile.found_at);
        // An empty variable is how scripts unset one.
        for value in [None, Some(""), Some(" \n")] {
            let variables: Vec<_> = value.map(|it| (variable, it.into())).into_iter().collect();
            let text = made(vendor, "from_env", &variables);
            assert!(text.starts_with("Configuration NotSent"), "{text}");
            assert!(text.contains(variable) && text.contains(place), "{text}");
        }
    }
}

#[test]
fn the_environment_gives_the_credential_and_another_base_url() {
    for &vendor in Vendor::all() {
        let profile = vendor.profile();
        let (credential, base_url) = (profile.credential_variable, profile.base_url_variable);
        let elsewhere = (base_url, "https://elsewhere.example/v1/".into());
        let both = [(credential, CANARY.into()), elsewhere.clone()];
        let wrong = [(credential, "a b".into()), elsewhere];
        for (how, variables, due) in [
            ("from_env", &both[..], "made https://elsewhere.example/v1 "),
            ("new", &both[1..], "made https://elsewhere.example/v1 "),
            // A value that was set before stays, even when the environment holds a wrong one.
            ("builder", &wrong[..], "made https://given.example/v2 "),
        ] {
            let text = made(vendor, how, variables);
            assert!(text.starts_with(due), "{vendor} {how}: {text}");
        }
    }
}

#[test]
fn the_base_url_is_the_documented_one_and_smartproxy_has_none() {
    for (vendor, start) in [
        (
            Vendor::IpRoyal,
            "made https://apid.iproyal.com/v1/reseller ",
        ),
        (Vendor::ProxyShard, "made https://user-api.proxyshard.com "),
        (Vendor::SmartProxy, "Configuration NotSent"),
    ] {
        let text = made(vendor, "new", &[]);
        assert!(text.starts_with(start), "{text}");
        let is_made = text.starts_with("made");
        assert!(is_made || text.contains("SMARTPROXY_BASE_URL"), "{text}");
    }
}

#[test]
fn a_wrong_value_in_the_environment_is_refused() {
    for &vendor in Vendor::all() {
        let profile = vendor.profile();
        let (credential, base_url) = (profile.credential_variable, profile.base_url_variable);
        let plain = made(
            vendor,
            "new",
            &[(base_url, "http://api.example.com".into())],
        );
        assert!(plain.starts_with("Configuration NotSent"), "{plain}");
        assert!(plain.contains("use https"), "{plain}");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStringExt;
            let odd = OsString::from_vec(vec![b'k', 0xff]);
            let text = made(vendor, "from_env", &[(credential, odd)]);
            assert!(text.starts_with("Configuration NotSent"), "{text}");
            assert!(text.contains(credential), "{text}");
        }
    }
}

fn made_with(vendor: Vendor, credential: &str, base_url: &str) -> Result<AnyClient, Error> {
    let builder = vendor.client_builder().credential(credential);
    builder.base_url(base_url).build()
}

/// Asserts that no vendor's client takes a credential or a base URL, and that the error says why
/// without showing them.
fn check_refusals(credential: &str, base_url: &str, words: &str) {
    for &vendor in Vendor::all() {
        let Err(error) = made_with(vendor, credential, base_url) else {
            panic!("{vendor} takes `{credential}` at `{base_url}`");
        };
        let error = not_sent(Err::<(), _>(error), ErrorKind::Configuration);
        assert_eq!(error.vendor(), Some(vendor));
        let text = format!("{error} {error:?}");
        assert!(text.contains(words), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
}

#[test]
fn a_credential_that_cannot_be_one_is_refused() {
    for (credential, words) in [
        ("", "is empty"),
        ("   ", "a space"),
        (" canary", "a space"),
        ("canary key", "a space"),
        ("canary\n", "a line break"),
        ("canary\u{7}", "a line break"),
        ("canary-ключ", "ASCII"),
    ] {
        check_refusals(credential, "https://api.example.com", words);
    }
}

#[test]
fn a_bearer_prefix_is_refused_at_iproyal() {
    for credential in ["Bearer canary", "bearer canary", "BEARERcanary"] {
        let made = made_with(Vendor::IpRoyal, credential, "https://api.example.com");
        let error = made.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("`Bearer`"), "{error}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[test]
fn a_base_url_over_which_a_key_could_be_read_is_refused() {
    for (base_url, words) in [
        ("http://api.example.com", "plain http"),
        ("http://127.0.0.1.example.com", "plain http"),
        ("http://localhost.example.com", "plain http"),
        ("http://192.168.0.1", "plain http"),
        ("ftp://api.example.com", "scheme"),
        ("https://user:canary@api.example.com", "user name"),
        ("https://api.example.com/?app_key=canary", "query"),
        ("https://api.example.com/#x", "fragment"),
        ("api.example.com", "not a URL"),
        ("", "not a URL"),
    ] {
        check_refusals("some-key", base_url, words);
    }
    for base_url in [
        "https://api.example.com",
        "http://127.0.0.1:1",
        "http://[::1]:1/x/",
        "http://localhost",
    ] {
        for &vendor in Vendor::all() {
            let made = made_with(vendor, "some-key", base_url);
            assert!(made.is_ok(), "{vendor} {base_url}");
        }
    }
}

#[test]
fn the_defaults_are_those_that_are_documented() {
    let limits = Limits::default();
    assert_eq!(limits.requests_per_second, NonZeroU32::new(10));
    assert_eq!((limits.burst.get(), limits.concurrent), (20, 8));
    assert_eq!((limits.retry_share, limits.retry_reserve), (0.5, 100));
    let timeouts = Timeouts::default();
    let seconds = [
        timeouts.connect,
        timeouts.attempt,
        timeouts.non_repeatable,
        timeouts.total,
    ];
    assert_eq!(seconds, [10, 30, 120, 180].map(Duration::from_secs));
    let policy = RetryPolicy::default();
    let pauses = [
        policy.base_delay,
        policy.max_delay,
        policy.max_retry_after,
        policy.max_elapsed,
    ];
    assert_eq!(policy.max_attempts, 4);
    let expected = [250, 8_000, 30_000, 90_000].map(Duration::from_millis);
    assert_eq!(pauses, expected);
}
