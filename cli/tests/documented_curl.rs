//! The vendors' own cURL samples: the program sends the very same requests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::Path;

use common::{Received, Recorder, Reply, Run, pairs, program, shell_words};

const BASE_PATH: &str = "/v1/reseller";
const TOKEN: &str = "recorder-token";

/// A documented request.
#[derive(Debug)]
struct Documented {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<String>,
    body: Option<serde_json::Value>,
}

fn documented(text: &str) -> Documented {
    let mut words = shell_words(text).into_iter();
    assert_eq!(words.next().unwrap(), "curl");
    let (mut method, mut url, mut headers, mut body) = (None, None, Vec::new(), None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-X" => method = words.next(),
            "-H" => headers.extend(words.next()),
            "-d" => body = words.next(),
            _ => url = Some(word),
        }
    }
    let url = url.unwrap();
    let target = url.strip_prefix("https://apid.iproyal.com").unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Documented {
        method: method.unwrap(),
        path: path.to_owned(),
        query: pairs(query),
        headers,
        body: body.map(|body| serde_json::from_str(&body).unwrap()),
    }
}

fn check(name: &str, expected: &Documented, received: &[Received]) {
    let [found] = received else {
        panic!("{name}: {} requests came in: {received:#?}", received.len());
    };
    assert_eq!(found.method, expected.method, "{name}");
    assert_eq!(found.path, expected.path, "{name}");
    assert!(found.path.starts_with(BASE_PATH), "{name}");
    assert_eq!(found.query, expected.query, "{name}");
    assert!(
        expected
            .headers
            .contains(&"X-Access-Token: <your_access_token>".to_owned()),
        "{name}"
    );
    assert_eq!(found.headers["x-access-token"], TOKEN, "{name}");
    match &expected.body {
        None => assert_eq!(found.body, "", "{name}"),
        Some(body) => {
            let sent: serde_json::Value = serde_json::from_str(&found.body).unwrap();
            assert_eq!(sent, *body, "{name}");
            assert_eq!(found.headers["content-type"], "application/json", "{name}");
        }
    }
}

#[test]
fn every_documented_sample_goes_out_as_it_stands() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/documented");
    let table = std::fs::read_to_string(folder.join("curl/arguments.tsv")).unwrap();
    let mut count = 0;
    for line in table.lines() {
        let (name, arguments) = line.split_once('\t').unwrap();
        let expected =
            documented(&std::fs::read_to_string(folder.join("curl").join(name)).unwrap());
        // `01-newest-list_orders.curl` is a sample of `list_orders` and gets its documented answer.
        let operation = name.split('-').nth(2).unwrap().replace(".curl", "");
        let sample = folder.join(format!("samples/iproyal/{operation}.json"));
        let sample = std::fs::read_to_string(sample).unwrap();

        let answer = sample.clone();
        let recorder = Recorder::start(move |_| Reply::Answer(200, answer.clone()));
        let base_url = format!("http://127.0.0.1:{}{BASE_PATH}", recorder.port);
        let line = format!("{arguments} --base-url {base_url}");
        let run = Run::of(program(&line).env("IPROYAL_TOKEN", TOKEN)).expect(0);

        check(name, &expected, &recorder.received());
        assert_eq!(run.stdout.trim_end(), sample.trim_end(), "{name}");
        let warns = run.stderr.contains("warning");
        assert_eq!(
            warns,
            ["create_order", "extend_order"].contains(&operation.as_str()),
            "{name}"
        );
        count += 1;
    }
    let files = folder.join("curl").read_dir().unwrap();
    let files = files.filter(|file| {
        let path = file.as_ref().unwrap().path();
        path.extension().is_some_and(|it| it == "curl")
    });
    assert_eq!(count, files.count());
    assert!(count > 0);
}
