//! How clients come about: what is missing or wrong is said in words that help, and what must not be changed can't be.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proxy_orders::{ClientBuilder, Effect, Error, ErrorKind, Limits, Outcome};
use proxy_orders::{RawRequest, RetryPolicy, RetryRule, Secret, Timeouts, Vendor};
use proxy_orders::{iproyal, proxyshard, smartproxy};
use serde_json::json;
use support::recorder::{BASE, Recorder, answer, nothing_said, success};
use support::{Clients, key};

/// A key that must be seen nowhere.
const CANARY: &str = "canary-key-0123456789-0123456789";

const VARIABLES: [&str; 6] = [
    "IPROYAL_TOKEN",
    "IPROYAL_BASE_URL",
    "PROXYSHARD_API_KEY",
    "PROXYSHARD_BASE_URL",
    "SMARTPROXY_APP_KEY",
    "SMARTPROXY_BASE_URL",
];

/// Reads the environment of its process, which the tests below set. Without a task it sees to it that a process of its own does so.
#[test]
fn in_a_process_of_its_own() {
    macro_rules! made {
        ($vendor:ident, $how:expr) => {{
            let client = match $how {
                "from_env" => $vendor::Client::from_env(),
                "new" => $vendor::Client::new(CANARY),
                _ => $vendor::Client::builder()
                    .credential(CANARY)
                    .base_url("https://given.example/v2")
                    .environment()
                    .and_then(ClientBuilder::build),
            };
            client.map(|client| format!("{} {client:?}", client.transport().base_url()))
        }};
    }
    let Ok(task) = std::env::var("CONSTRUCTION_TASK") else {
        let text = made(Vendor::IpRoyal, "new", &[]);
        assert!(text.starts_with("made https://apid.iproyal.com"), "{text}");
        return;
    };
    let made = match task.split_once(' ').unwrap() {
        ("iproyal", how) => made!(iproyal, how),
        ("proxyshard", how) => made!(proxyshard, how),
        (_, how) => made!(smartproxy, how),
    };
    match made {
        Ok(client) => println!("<<<made {client}>>>"),
        Err(error) => println!("<<<{:?} {:?} {error}>>>", error.kind(), error.outcome()),
    }
}

/// What came of making a client in a process that has these variables and no others of ours.
fn made(vendor: Vendor, how: &str, variables: &[(&str, OsString)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "in_a_process_of_its_own", "--nocapture"]);
    for name in VARIABLES {
        child.env_remove(name);
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

/// The variables of a vendor, and where it shows its key.
fn access(vendor: Vendor) -> (&'static str, &'static str, &'static str) {
    match vendor {
        Vendor::IpRoyal => (
            "IPROYAL_TOKEN",
            "IPROYAL_BASE_URL",
            "dashboard under Settings",
        ),
        Vendor::ProxyShard => (
            "PROXYSHARD_API_KEY",
            "PROXYSHARD_BASE_URL",
            "dashboard.proxyshard.com",
        ),
        Vendor::SmartProxy => (
            "SMARTPROXY_APP_KEY",
            "SMARTPROXY_BASE_URL",
            "personal centre at smartproxy.org",
        ),
        other => unreachable!("{other}"),
    }
}

#[test]
fn a_missing_credential_is_named_with_the_place_where_it_is_found() {
    for vendor in Vendor::all().iter().copied() {
        let (variable, _, place) = access(vendor);
        // An empty variable is how scripts unset one.
        for variables in [
            vec![],
            vec![(variable, "".into())],
            vec![(variable, " \n".into())],
        ] {
            let text = made(vendor, "from_env", &variables);
            assert!(text.starts_with("Configuration NotSent"), "{text}");
            assert!(text.contains(variable) && text.contains(place), "{text}");
        }
    }
}

#[test]
fn the_environment_gives_the_credential_and_another_base_url() {
    for vendor in Vendor::all().iter().copied() {
        let (credential, base_url, _) = access(vendor);
        let elsewhere = (base_url, "https://elsewhere.example/v1/".into());
        let both = [(credential, CANARY.into()), elsewhere.clone()];
        for (how, variables, due) in [
            ("from_env", &both[..], "made https://elsewhere.example/v1 "),
            ("new", &both[1..], "made https://elsewhere.example/v1 "),
            // What is set before stays, even when the environment holds what would be refused.
            (
                "builder",
                &[(credential, "a b".into()), elsewhere][..],
                "made https://given.example/v2 ",
            ),
        ] {
            let text = made(vendor, how, variables);
            assert!(text.starts_with(due), "{vendor} {how}: {text}");
        }
    }
}

#[test]
fn the_base_url_is_the_documented_one_and_smartproxy_has_none() {
    let text = made(Vendor::IpRoyal, "new", &[]);
    assert!(
        text.starts_with("made https://apid.iproyal.com/v1/reseller "),
        "{text}"
    );
    let text = made(Vendor::ProxyShard, "new", &[]);
    assert!(
        text.starts_with("made https://user-api.proxyshard.com "),
        "{text}"
    );
    let text = made(Vendor::SmartProxy, "new", &[]);
    assert!(
        text.starts_with("Configuration NotSent") && text.contains("SMARTPROXY_BASE_URL"),
        "{text}"
    );
}

#[test]
fn what_is_wrong_in_the_environment_is_refused() {
    for vendor in Vendor::all().iter().copied() {
        let (credential, base_url, _) = access(vendor);
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
            assert!(
                text.starts_with("Configuration NotSent") && text.contains(credential),
                "{text}"
            );
        }
    }
}

/// Makes a client of each vendor in the same way; the errors of those that could not be made.
fn refused(credential: &str, base_url: &str) -> [Option<Error>; 3] {
    fn one<C>(builder: ClientBuilder<C>, credential: &str, base_url: &str) -> Option<Error> {
        let made = builder.credential(credential).base_url(base_url).build();
        made.err()
    }
    [
        one(iproyal::Client::builder(), credential, base_url),
        one(proxyshard::Client::builder(), credential, base_url),
        one(smartproxy::Client::builder(), credential, base_url),
    ]
}

fn check_refusals(credential: &str, base_url: &str, words: &str) {
    for (vendor, error) in Vendor::all()
        .iter()
        .copied()
        .zip(refused(credential, base_url))
    {
        let error =
            error.unwrap_or_else(|| panic!("{vendor} takes `{credential}` at `{base_url}`"));
        let found = (error.kind(), error.outcome(), error.vendor());
        assert_eq!(
            found,
            (ErrorKind::Configuration, Outcome::NotSent, Some(vendor))
        );
        let text = format!("{error} {error:?}");
        assert!(text.contains(words), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
}

#[test]
fn a_credential_that_can_be_none_is_refused_before_anything_is_sent() {
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
fn a_bearer_prefix_is_what_iproyal_complains_of() {
    for credential in ["Bearer canary", "bearer canary", "BEARERcanary"] {
        let [error, ..] = refused(credential, "https://api.example.com");
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(
            error.to_string().contains("`Bearer`"),
            "{credential}: {error}"
        );
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
        assert!(
            refused("some-key", base_url).iter().all(Option::is_none),
            "{base_url}"
        );
    }
}

/// One read and one purchase at each vendor.
async fn read_and_buy(clients: &Clients) -> Vec<Error> {
    let mut errors = Vec::new();
    for (vendor, ids) in [
        (Vendor::IpRoyal, ["list_orders", "create_order"]),
        (Vendor::ProxyShard, ["list_orders", "purchase_order"]),
        (Vendor::SmartProxy, ["list_orders", "create_order"]),
    ] {
        for id in ids {
            errors.extend(support::calls::call(clients, vendor, id).await.err());
        }
    }
    errors
}

/// A server that sends everybody to another path of its own.
async fn redirecting(status: &str) -> Recorder {
    let recorder = Recorder::answering("").await;
    let location = format!("location: {}/elsewhere", recorder.base_url());
    recorder.restart(answer(status, &location, "{}"));
    recorder
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let recorder = redirecting(status).await;
        let errors = read_and_buy(&Clients::at(&recorder.base_url())).await;
        assert_eq!(errors.len(), 6, "{status}");
        for error in errors {
            let found = (error.kind(), error.outcome(), error.attempts());
            assert_eq!(
                found,
                (ErrorKind::Redirect, Outcome::Unknown, 1),
                "{status}"
            );
            let is_spend = error.effect() == Some(Effect::Spend);
            assert_eq!(error.may_have_taken_effect(), is_spend, "{status}");
        }
        let requests = recorder.requests();
        assert_eq!(requests.len(), 6, "{status}");
        assert!(
            requests.iter().all(|it| it.path() != "/elsewhere"),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_recipe_for_the_http_client_is_used_and_can_not_make_it_follow_redirects() {
    let recorder = redirecting("307 Temporary Redirect").await;
    let used = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&used);
    let recipe = move || {
        count.fetch_add(1, Ordering::SeqCst);
        let headers = [("x-recipe", "used")]
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        reqwest::Client::builder()
            .default_headers(headers.into_iter().collect())
            .redirect(reqwest::redirect::Policy::limited(5))
            .referer(true)
            .user_agent("of the recipe")
    };
    let builder = iproyal::Client::builder().credential(CANARY);
    let client = builder
        .base_url(recorder.base_url())
        .http_client(recipe)
        .build()
        .unwrap();
    // Once for what may go out on a used connection, and once for what may not.
    assert_eq!(used.load(Ordering::SeqCst), 2);
    let read = client.order(1).await.unwrap_err();
    let body = json!({"product_id": 9, "product_plan_id": 4});
    let body: iproyal::types::CreateOrderRequest = serde_json::from_value(body).unwrap();
    let buy = Error::from(
        client
            .api()
            .create_order()
            .body(body)
            .send()
            .await
            .unwrap_err(),
    );
    assert_eq!([read.kind(), buy.kind()], [ErrorKind::Redirect; 2]);
    let requests = recorder.requests();
    let sent: Vec<_> = requests.iter().map(|it| (it.method(), it.path())).collect();
    assert_eq!(sent, [("GET", "/orders/1"), ("POST", "/orders")]);
    for request in requests {
        assert_eq!(request.header("x-recipe").as_deref(), Some("used"));
        assert_ne!(
            request.header("user-agent").as_deref(),
            Some("of the recipe")
        );
        assert_eq!(request.header("referer"), None);
    }
}

#[tokio::test]
async fn the_user_agent_is_the_crate_or_what_the_caller_says() {
    let recorder = Recorder::answering(success(&nothing_said(Vendor::IpRoyal))).await;
    let builder = || {
        iproyal::Client::builder()
            .credential(CANARY)
            .base_url(recorder.base_url())
    };
    let own = concat!("proxy-orders/", env!("CARGO_PKG_VERSION"));
    for (client, due) in [
        (builder(), own),
        (builder().user_agent("my-shop/1.0"), "my-shop/1.0"),
    ] {
        recorder.restart(success(&nothing_said(Vendor::IpRoyal)));
        client.build().unwrap().order(1).await.unwrap();
        assert_eq!(recorder.only().header("user-agent").as_deref(), Some(due));
    }
    let error = builder().user_agent("a\nb").build().unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Configuration, Outcome::NotSent)
    );
}

#[tokio::test]
async fn a_hook_adds_headers_and_can_not_touch_the_credential() {
    let recorder = Recorder::answering(success(&nothing_said(Vendor::ProxyShard))).await;
    let attempts = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&attempts);
    let client = proxyshard::Client::builder()
        .credential(CANARY)
        .base_url(recorder.base_url())
        .on_request(|outgoing| {
            assert_eq!(
                (outgoing.operation, outgoing.effect),
                ("purchase_order", Effect::Spend)
            );
            assert!(!outgoing.headers.contains_key("authorization"));
            for name in [
                "authorization",
                "accept",
                "content-type",
                "api-version",
                "x-trace",
            ] {
                outgoing
                    .headers
                    .insert(name, "of the hook".parse().unwrap());
            }
        })
        .on_attempt(move |attempted| {
            assert_eq!(
                (attempted.attempt, attempted.status.unwrap().as_u16()),
                (1, 200)
            );
            count.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .unwrap();
    client
        .api()
        .purchase_order()
        .body_map(|it| it.product("ISP Proxy"))
        .send()
        .await
        .unwrap();
    let request = recorder.only();
    let header = |name: &str| request.header(name).unwrap_or_default();
    assert_eq!(header("x-trace"), "of the hook");
    assert_eq!(header("authorization"), format!("Bearer {CANARY}"));
    assert_eq!(
        [header("accept"), header("content-type")],
        ["application/json"; 2].map(str::to_owned)
    );
    assert_eq!(header("api-version"), "");
    assert_eq!(attempts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn another_rule_for_one_call_leaves_the_client_as_it_is() {
    let recorder = Recorder::answering(answer("503 Service Unavailable", "", "{}")).await;
    let policy = RetryPolicy {
        max_attempts: 3,
        base_delay: Duration::from_micros(10),
        ..RetryPolicy::default()
    };
    // A concurrency of nothing would be a client that never sends: it is taken for one.
    let limits = Limits {
        concurrent: 0,
        ..Limits::default()
    };
    let builder = iproyal::Client::builder()
        .credential(CANARY)
        .base_url(recorder.base_url());
    let client = builder
        .retry(policy.clone())
        .limits(limits)
        .build()
        .unwrap();
    let once = client.with_retry(policy.at_most(1));
    for (client, due) in [(&once, 1), (&client, 3)] {
        recorder.restart(answer("503 Service Unavailable", "", "{}"));
        assert_eq!(client.order(1).await.unwrap_err().attempts(), due);
        assert_eq!(recorder.requests().len(), due as usize);
    }
}

#[tokio::test]
async fn nothing_prints_the_key() {
    let recorder = Recorder::answering("").await;
    let clients = Clients::at(&recorder.base_url());
    for vendor in Vendor::all().iter().copied() {
        let key = key(vendor);
        // A vendor that quotes the key back.
        let words = json!({"message": format!("bad key {key}"), "errors": {key: [key]}});
        recorder.restart(answer("401 Unauthorized", "", &words.to_string()));
        let raw = RawRequest::new("POST", "/x", Effect::Spend);
        let raw = raw.query("token", key).json(json!({"token": key}));
        let mut printed = format!("{raw:?} {:?}", Secret::from(key));
        let error = clients.transport(vendor).send(raw).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(error.to_string().contains("bad key"), "{error}");
        printed += &format!("{error} {error:#?} {:?}", clients.transport(vendor));
        assert!(!printed.contains(key), "{printed}");
        assert!(printed.contains(BASE), "{printed}");
    }
    let mut printed = format!("{clients:#?}");
    printed += &format!(
        "{:?}",
        iproyal::Client::builder().credential(key(Vendor::IpRoyal))
    );
    assert!(printed.contains("has_credential: true"), "{printed}");
    assert!(!printed.contains("canary"), "{printed}");
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
    assert_eq!(
        pauses,
        [250, 8_000, 30_000, 90_000].map(Duration::from_millis)
    );
}

#[tokio::test]
async fn a_parameter_that_is_missing_is_named_with_its_operation_and_vendor() {
    let clients = Clients::at("http://127.0.0.1:1");
    let error = clients.iproyal.api().get_order().send().await.unwrap_err();
    let error = Error::from(error);
    assert_eq!(
        error.to_string(),
        "iproyal get_order: the parameter `order_id` is required: set it"
    );
    assert_eq!(error.outcome(), Outcome::NotSent);
    let error = clients.smartproxy.api().create_order().send().await;
    let text = Error::from(error.unwrap_err()).to_string();
    let start = "smartproxy create_order: the body is not complete: ";
    assert!(text.starts_with(start) && text.contains("pid"), "{text}");
}
