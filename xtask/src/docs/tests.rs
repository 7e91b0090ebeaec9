#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::workspace::Scratch;

/// The values of an attribute.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.split(&start)
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect()
}

/// The page without its script, its style and its index.
fn visible(html: &str) -> &str {
    let body = html.split("<body>").nth(1).unwrap();
    body.split("<script").next().unwrap()
}

fn index_of(html: &str) -> Vec<Value> {
    let (_, rest) = html.split_once("id=\"index\">").unwrap();
    let (json, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(json).unwrap()
}

fn decoded(fragment: &str) -> String {
    fragment.replace("%5B", "[").replace("%5D", "]")
}

#[test]
fn every_operation_parameter_and_schema_is_there() {
    let apis = Workspace::here().apis().unwrap();
    let pages: BTreeMap<_, _> = pages(&apis).into_iter().collect();
    assert_eq!(pages.len(), 4);
    for api in &apis {
        let html = &pages[&page::page_of(api)];
        let ids: BTreeSet<_> = attributes(visible(html), "id").into_iter().collect();
        for operation in api.operations() {
            assert!(ids.contains(operation.id.as_str()), "{}", operation.id);
            for parameter in &operation.parameters {
                let anchor = page::anchor(&operation, parameter);
                assert!(ids.contains(escape(&anchor).as_str()), "{anchor}");
            }
        }
        for (name, _) in api.spec.schemas() {
            assert!(ids.contains(format!("schema-{name}").as_str()), "{name}");
        }
        assert_eq!(
            ids.len(),
            attributes(visible(html), "id").len(),
            "an id stands twice"
        );
        let examples = html.matches("<details>").count();
        assert!(examples > 5, "{examples} examples");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let apis = Workspace::here().apis().unwrap();
    let pages: BTreeMap<_, _> = pages(&apis).into_iter().collect();
    let ids = |page: &str| {
        attributes(&pages[page], "id")
            .into_iter()
            .map(str::to_owned)
            .collect::<BTreeSet<_>>()
    };
    let ids: BTreeMap<_, _> = pages.keys().map(|page| (page.clone(), ids(page))).collect();
    let leads = |from: &str, link: &str| {
        if link == RUST_PAGE || link.starts_with("https://") {
            return true;
        }
        let (page, fragment) = link.split_once('#').unwrap_or((link, ""));
        let page = if page.is_empty() { from } else { page };
        ids.get(page)
            .is_some_and(|ids| fragment.is_empty() || ids.contains(&decoded(fragment)))
    };
    for (page, html) in &pages {
        for link in attributes(visible(html), "href") {
            assert!(leads(page, link), "{page}: {link}");
        }
        for entry in index_of(html) {
            let link = entry["url"].as_str().unwrap();
            assert!(leads(page, link), "{page}: {link} in the index");
        }
    }
}

#[test]
fn the_index_knows_all_operations_and_parameters() {
    let apis = Workspace::here().apis().unwrap();
    let pages = pages(&apis);
    let operations: Vec<_> = apis.iter().flat_map(Api::operations).collect();
    let parameters: usize = operations.iter().map(|it| it.parameters.len()).sum();
    for (_, html) in &pages {
        let index = index_of(html);
        assert_eq!(index.len(), operations.len() + parameters);
        assert_eq!(
            index.iter().filter(|it| it["of"].is_null()).count(),
            operations.len()
        );
    }
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let apis = Workspace::here().apis().unwrap();
    for (name, html) in pages(&apis) {
        for element in [
            "<link",
            "<img",
            "<iframe",
            " src=",
            "@import",
            "fetch(",
            "innerHTML",
        ] {
            assert!(!html.contains(element), "{name}: {element}");
        }
        assert!(html.contains("default-src 'none'"), "{name}");
    }
}

/// A spec whose every text tries to break out.
#[test]
fn a_spec_can_not_write_html() {
    let evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\\\"'";
    let spec = "
info: {title: \"E\", description: \"E\"}
servers: [{url: \"E\"}]
x-documents: {page: {title: \"E\", url: \"javascript:alert(1)\"}}
paths:
  \"/E\":
    post:
      operationId: \"E\"
      tags: [\"E\"]
      summary: \"E\"
      description: \"- E\\n\\n| E |\\n|---|\\n| `E` |\"
      x-effect: \"E\"
      x-provenance: {document: page, confidence: \"E\"}
      parameters: [{name: \"E\", in: query, description: \"E\", example: \"E\", schema: {type: string, default: \"E\", enum: [\"E\"]}}]
      responses:
        \"E\":
          description: \"E\"
          content: {\"application/json\": {schema: {$ref: \"#/components/schemas/E\"}, examples: {\"E\": {summary: \"E\", value: {\"E\": \"E\"}}}}}
components:
  schemas:
    \"E\": {type: object, description: \"E\", properties: {\"E\": {type: string, description: \"E\", x-extensible-enum: [\"E\"], default: \"E\"}}}
";
    let api = Api::parse("openapi/evil.yaml", &spec.replace('E', evil)).unwrap();
    for (name, html) in pages(&[api]) {
        assert_eq!(html.matches("<script").count(), 2, "{name}");
        assert_eq!(html.matches("</script>").count(), 2, "{name}");
        assert!(html.contains("&lt;/script&gt;"), "{name}");
        assert!(!html.contains("<img"), "{name}");
        assert!(!html.contains("href=\"javascript"), "{name}");
        // In attributes, too: no quote of the spec's ends one.
        assert!(!visible(&html).contains(">\\\""), "{name}");
        index_of(&html);
    }
}

#[test]
fn rustdoc_of_other_crates_and_locks_stay_behind() {
    let scratch = Scratch::new("docs").unwrap();
    let from = scratch.path.join("doc");
    for file in [
        "proxy_orders/all.html",
        "proxy_orders/x/index.html",
        "other/all.html",
        "static.files/a.js",
        "help.html",
        ".lock",
    ] {
        write(&from.join(file), "x").unwrap();
    }
    let to = scratch.path.join("rust");
    copy(&from, &to, &is_of_library).unwrap();
    for (file, is_there) in [
        ("proxy_orders/all.html", true),
        ("proxy_orders/x/index.html", true),
        ("static.files/a.js", true),
        ("help.html", true),
        ("other", false),
        (".lock", false),
    ] {
        assert_eq!(to.join(file).exists(), is_there, "{file}");
    }
}

#[test]
fn fragments_are_escaped_for_a_url() {
    assert_eq!(
        percent("list_orders-query-order_ids[]"),
        "list_orders-query-order_ids%5B%5D"
    );
    assert_eq!(percent("http|https é"), "http%7Chttps%20%C3%A9");
}
