//! The page of one vendor's API, and what all pages have around them.

use std::fmt::Write;

use serde_json::Value;

use super::html::{block, escape, inline};
use super::schemas::{self, type_of};
use crate::api::{Api, Operation, Parameter, Place, plain};
use crate::generate::{confidence_in_words, effect_in_words};
use crate::tree::{Node, join};

/// A page of the site: head, search box, links to the others, and what is its own.
pub fn shell(title: &str, here: &str, apis: &[Api], index: &str, side: &str, main: &str) -> String {
    let mut links = String::new();
    let mut link = |page: &str, words: &str| {
        let current = if page == here {
            " aria-current=\"page\""
        } else {
            ""
        };
        let _ = write!(links, "<a href=\"{page}\"{current}>{}</a>", escape(words));
    };
    link("index.html", "Start");
    for api in apis {
        link(&page_of(api), &api.vendor);
    }
    link(super::RUST_PAGE, "Rust");
    format!(
        "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">
<title>{}</title>
<style>
{}</style>
</head>
<body>
<header>
<nav aria-label=\"Pages\">{links}</nav>
<div class=\"search\" role=\"search\">
<input id=\"search\" type=\"search\" placeholder=\"Operation or parameter  ( / )\" aria-label=\"Search operations and parameters\" \
autocomplete=\"off\" spellcheck=\"false\">
<ul id=\"results\" hidden></ul>
<p id=\"said\" class=\"quiet\" role=\"status\"></p>
</div>
</header>
<div class=\"columns\">
{side}
<main>
{main}
</main>
</div>
<script type=\"application/json\" id=\"index\">{index}</script>
<script>
{}</script>
</body>
</html>
",
        escape(title),
        include_str!("style.css"),
        include_str!("search.js"),
    )
}

/// The file of a vendor's page.
pub fn page_of(api: &Api) -> String {
    format!("{}.html", escape(&api.vendor))
}

/// The list of operations beside a vendor's page, by tag.
pub fn side(operations: &[Operation]) -> String {
    let mut out = String::from("<aside><nav aria-label=\"Operations\">");
    let mut tags: Vec<&str> = Vec::new();
    for operation in operations {
        if !tags.contains(&operation.tag.as_str()) {
            tags.push(&operation.tag);
        }
    }
    for tag in tags {
        let title = if tag.is_empty() { "Operations" } else { tag };
        let _ = write!(out, "<h2>{}</h2><ul>", escape(title));
        for operation in operations.iter().filter(|it| it.tag == tag) {
            let id = escape(&operation.id);
            let _ = write!(out, "<li><a href=\"#{id}\">{id}</a></li>");
        }
        out.push_str("</ul>");
    }
    out.push_str("<h2><a href=\"#schemas\">Schemas</a></h2></nav></aside>");
    out
}

/// What a vendor's page holds.
pub fn vendor(api: &Api, operations: &[Operation]) -> String {
    let about = api.spec.root["info"]["description"]
        .as_str()
        .unwrap_or_default();
    let mut out = format!(
        "<h1>{}</h1>\n{}<p>Base URL: {}</p>\n",
        escape(api.title()),
        block(about),
        inline(&api.server())
    );
    for it in operations {
        operation(api, it, &mut out);
    }
    out.push_str(&schemas::section(api));
    out
}

fn operation(api: &Api, operation: &Operation, out: &mut String) {
    let id = escape(&operation.id);
    let effect = escape(&operation.effect);
    let source = &operation.source;
    let page = match &source.url {
        Some(url) if url.starts_with("https://") => {
            format!(
                "<a href=\"{}\" rel=\"noreferrer\">{}</a>",
                escape(url),
                escape(&source.title)
            )
        }
        _ => escape(&source.title),
    };
    let _ = write!(
        out,
        "<section class=\"operation\">\n<h2 id=\"{id}\"><a href=\"#{id}\">{id}</a> <span class=\"effect {effect}\" title=\"{}\">{effect}</span></h2>\n\
         <p class=\"request\"><code>{} {}</code></p>\n<p><strong>{}</strong></p>\n{}\
         <p class=\"quiet\">Effect: {effect}, {}. Credential: {}. Source: {page}, {}.</p>\n",
        effect_in_words(&operation.effect),
        escape(&operation.method),
        escape(&operation.path),
        inline(&operation.summary),
        block(&operation.description),
        effect_in_words(&operation.effect),
        inline(&operation.credential.to_string()),
        confidence_in_words(&source.confidence),
    );
    parameters(api, operation, out);
    let value = api
        .tree
        .at(&operation.pointer)
        .map(Node::value)
        .unwrap_or_default();
    let request = join(&operation.pointer, "requestBody");
    if value.get("requestBody").is_some() {
        out.push_str("<h3>Body</h3>\n");
        content(api, &request, &value["requestBody"], out);
    }
    out.push_str("<h3>Answers</h3>\n");
    if let Some(Node::Map(answers)) = api.tree.at(&join(&operation.pointer, "responses")) {
        for answer in answers {
            let status = escape(&answer.key);
            let given = &value["responses"][&answer.key];
            let (pointer, resolved) = match given["$ref"].as_str() {
                Some(reference) => (
                    reference.trim_start_matches('#').to_owned(),
                    api.spec.resolve(given),
                ),
                None => (
                    join(&join(&operation.pointer, "responses"), &answer.key),
                    Some(given),
                ),
            };
            let Some(resolved) = resolved else { continue };
            let about = resolved["description"].as_str().unwrap_or_default();
            let _ = writeln!(out, "<p><code>{status}</code> {}</p>", inline(about));
            content(api, &pointer, resolved, out);
        }
    }
    out.push_str("</section>\n");
}

fn parameters(api: &Api, operation: &Operation, out: &mut String) {
    if operation.parameters.is_empty() {
        return;
    }
    out.push_str(
        "<h3>Parameters</h3>\n<div class=\"wide\"><table><tr><th>parameter</th><th>in</th><th>type</th><th>required</th><th>about</th></tr>\n",
    );
    for parameter in &operation.parameters {
        let _ = writeln!(
            out,
            "<tr id=\"{}\"><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&anchor(operation, parameter)),
            escape(&parameter.name),
            parameter.place,
            parameter_type(api, parameter),
            if parameter.required { "yes" } else { "no" },
            about(api, parameter),
        );
    }
    out.push_str("</table></div>\n");
}

/// Where a parameter stands on its page.
pub fn anchor(operation: &Operation, parameter: &Parameter) -> String {
    format!("{}-{}-{}", operation.id, parameter.place, parameter.name)
}

fn parameter_type(api: &Api, parameter: &Parameter) -> String {
    let value = api
        .tree
        .at(&parameter.pointer)
        .map(Node::value)
        .unwrap_or_default();
    match parameter.place {
        Place::Body => type_of(api, &value),
        _ => type_of(api, &value["schema"]),
    }
}

fn about(api: &Api, parameter: &Parameter) -> String {
    let mut parts = vec![inline(&parameter.description)];
    parts.push(sentence(&crate::generate::limits(parameter)));
    if let Some(default) = &parameter.default {
        parts.push(format!("Default <code>{}</code>.", escape(default)));
    }
    let value = api
        .tree
        .at(&parameter.pointer)
        .map(Node::value)
        .unwrap_or_default();
    if let Some(example) = value.get("example") {
        parts.push(format!(
            "For example <code>{}</code>.",
            escape(&plain(example))
        ));
    }
    if parameter.secret {
        parts.push("<span class=\"mark secret\">secret</span>".to_owned());
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

/// Limits as a sentence of their own: `One of a, b.`
fn sentence(limits: &str) -> String {
    let mut letters = limits.chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    let first: String = first.to_uppercase().collect();
    inline(&format!("{first}{}.", letters.as_str()))
}

/// The schema and the examples of a body.
fn content(api: &Api, pointer: &str, body: &Value, out: &mut String) {
    for (kind, content) in body["content"].as_object().into_iter().flatten() {
        let _ = writeln!(
            out,
            "<p>{}: {}</p>",
            escape(kind),
            type_of(api, &content["schema"])
        );
        let pointer = join(&join(&join(pointer, "content"), kind), "examples");
        let Some(Node::Map(examples)) = api.tree.at(&pointer) else {
            continue;
        };
        for example in examples {
            let about = &content["examples"][&example.key]["summary"];
            let about = about
                .as_str()
                .map_or_else(String::new, |it| format!(": {}", inline(it)));
            let Some(value) = api.tree.at(&join(&join(&pointer, &example.key), "value")) else {
                continue;
            };
            let json = serde_json::to_string_pretty(value).unwrap_or_default();
            let _ = writeln!(
                out,
                "<details><summary>Example <em>{}</em>{about}</summary><pre><code>{}</code></pre></details>",
                escape(&example.key),
                escape(&json)
            );
        }
    }
}
