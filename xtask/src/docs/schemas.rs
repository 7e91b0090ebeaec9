//! Schemas as tables of fields.

use std::fmt::Write;

use serde_json::Value;

use super::html::{block, escape, inline};
use crate::api::{Api, Kind, flatten, kind, plain, requires};
use crate::spec::schema_name;
use crate::tree::{Node, join};

/// The type of a schema, with links to the named ones.
pub fn type_of(api: &Api, schema: &Value) -> String {
    let null = match flatten(&api.spec, schema)["nullable"] == true {
        true => " or null",
        false => "",
    };
    let parts = |key: &str| {
        schema[key]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
    };
    if let Some(name) = schema_name(schema) {
        let name = escape(name);
        return format!("<a href=\"#schema-{name}\">{name}</a>{null}");
    }
    if let [only] = parts("allOf") {
        return type_of(api, only);
    }
    if !parts("oneOf").is_empty() {
        let parts: Vec<_> = parts("oneOf")
            .iter()
            .map(|part| type_of(api, part))
            .collect();
        return parts.join(" or ") + null;
    }
    match kind(&api.spec, schema) {
        Kind::List(_) => format!("list of {}{null}", type_of(api, &schema["items"])),
        Kind::Map if schema["additionalProperties"].is_object() => {
            format!(
                "map of {}{null}",
                type_of(api, &schema["additionalProperties"])
            )
        }
        kind => format!("{kind}{null}"),
    }
}

/// All named schemas, in the order of the file.
pub fn section(api: &Api) -> String {
    let mut out = String::from("<h2 id=\"schemas\">Schemas</h2>\n");
    let Some(Node::Map(entries)) = api.tree.at("/components/schemas") else {
        return out;
    };
    for entry in entries {
        let name = escape(&entry.key);
        let schema = &api.spec.root["components"]["schemas"][&entry.key];
        let _ = writeln!(
            out,
            "<section class=\"schema\"><h3 id=\"schema-{name}\"><a href=\"#schema-{name}\">{name}</a> <small>{}</small></h3>",
            type_of(api, schema)
        );
        out.push_str(&block(schema["description"].as_str().unwrap_or_default()));
        let remarks = remarks(schema);
        if !remarks.is_empty() {
            let _ = writeln!(out, "<p>{remarks}</p>");
        }
        let pointer = join("/components/schemas", &entry.key);
        let mut rows = String::new();
        fields(api, &pointer, schema, "", &mut rows);
        if !rows.is_empty() {
            let _ = writeln!(
                out,
                "<div class=\"wide\"><table><tr><th>field</th><th>type</th><th>required</th><th>about</th></tr>{rows}</table></div>"
            );
        }
        out.push_str("</section>\n");
    }
    out
}

/// One row a property; those of an object without a name follow it.
fn fields(api: &Api, pointer: &str, schema: &Value, before: &str, out: &mut String) {
    let at = join(pointer, "properties");
    let Some(Node::Map(entries)) = api.tree.at(&at) else {
        return;
    };
    for entry in entries {
        let property = &schema["properties"][&entry.key];
        let name = format!("{before}{}", entry.key);
        let required = if requires(schema, &entry.key) {
            "yes"
        } else {
            "no"
        };
        let target = flatten(&api.spec, property);
        let about = property["description"]
            .as_str()
            .or_else(|| target["description"].as_str());
        let _ = writeln!(
            out,
            "<tr><td><code>{}</code></td><td>{}</td><td>{required}</td><td>{} {}</td></tr>",
            escape(&name),
            type_of(api, property),
            inline(about.unwrap_or_default()),
            remarks(property),
        );
        fields(
            api,
            &join(&at, &entry.key),
            property,
            &format!("{name}."),
            out,
        );
    }
}

/// What else is known of a value: its list, its bounds, its default, its marks.
fn remarks(schema: &Value) -> String {
    let mut parts = Vec::new();
    for (key, words) in [("enum", "One of"), ("x-extensible-enum", "Known values:")] {
        if let Some(list) = schema[key].as_array() {
            let names = schema["x-enum-varnames"].as_array();
            let named = list.iter().enumerate().map(|(index, value)| {
                let name = names.and_then(|names| names.get(index)).map(plain);
                let name = name.map_or_else(String::new, |name| format!(" {}", escape(&name)));
                format!("<code>{}</code>{name}", escape(&plain(value)))
            });
            parts.push(format!("{words} {}.", named.collect::<Vec<_>>().join(", ")));
        }
    }
    for (key, words) in [
        ("minimum", "At least"),
        ("maximum", "At most"),
        ("default", "Default"),
        ("x-default", "Default"),
    ] {
        if let Some(value) = schema.get(key) {
            parts.push(format!("{words} <code>{}</code>.", escape(&plain(value))));
        }
    }
    for (key, words) in [("x-secret", "secret"), ("x-identity", "identity")] {
        if schema[key] == true {
            parts.push(format!("<span class=\"mark {words}\">{words}</span>"));
        }
    }
    let confidence = schema["x-provenance"]["confidence"].as_str();
    if let Some(confidence) = confidence.filter(|it| *it != "documented") {
        let document = schema["x-provenance"]["document"]
            .as_str()
            .unwrap_or_default();
        let (confidence, document) = (escape(confidence), escape(document));
        parts.push(format!(
            "<span class=\"mark\" title=\"{document}\">{confidence}</span>"
        ));
    }
    parts.join(" ")
}
