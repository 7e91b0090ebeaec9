//! `cargo xtask docs`: a site in `target/site` that needs no server. Rustdoc of the library, one page for each vendor's API made from its
//! spec, and a start page; each page searches all operations and parameters.

mod html;
mod page;
mod schemas;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::api::{Api, Operation};
use crate::generate::{count, effect_in_words};
use crate::problem::Problem;
use crate::workspace::{Workspace, write};
use html::{block, escape, inline, json_in_script};

/// Where rustdoc's front page is, from ours.
const RUST_PAGE: &str = "rust/proxy_orders/index.html";

/// Does it.
pub fn run(workspace: &Workspace, no_rustdoc: bool, out: &mut dyn Write) -> Result<bool, Problem> {
    let apis = workspace.apis()?;
    let target = workspace.target()?;
    let site = target.join("site");
    for (name, text) in pages(&apis) {
        write(&site.join(name), &text)?;
    }
    if no_rustdoc {
        writeln!(
            out,
            "docs: rustdoc is left out, as --no-rustdoc says; the link to it leads to that of an earlier run, if there was one"
        )?;
    } else {
        rustdoc(workspace, &target.join("doc"), &site.join("rust"))?;
    }
    let pages = count(apis.len() + 1, "page");
    writeln!(out, "docs: {pages} in {}", site.display())?;
    writeln!(out, "open {}", site.join("index.html").display())?;
    Ok(true)
}

/// All pages that are made here, by file name.
fn pages(apis: &[Api]) -> Vec<(String, String)> {
    let all: Vec<_> = apis.iter().map(Api::operations).collect();
    let index = json_in_script(&index(apis, &all).to_string());
    let mut pages = Vec::new();
    for (api, operations) in apis.iter().zip(&all) {
        let main = page::vendor(api, operations);
        let side = page::side(operations);
        let text = page::shell(api.title(), &page::page_of(api), apis, &index, &side, &main);
        pages.push((page::page_of(api), text));
    }
    let main = start(apis, &all);
    let text = page::shell("proxy-orders", "index.html", apis, &index, "", &main);
    pages.push(("index.html".to_owned(), text));
    pages
}

/// What the search box looks through.
fn index(apis: &[Api], all: &[Vec<Operation>]) -> Value {
    let mut entries = Vec::new();
    for (api, operations) in apis.iter().zip(all) {
        let page = page::page_of(api);
        for operation in operations {
            let Operation {
                id,
                method,
                path,
                effect,
                summary,
                ..
            } = operation;
            entries.push(json!({
                "title": id, "vendor": api.vendor, "effect": effect, "about": format!("{summary} ({method} {path})"), "url": format!("{page}#{id}"),
            }));
            for parameter in &operation.parameters {
                entries.push(json!({
                    "title": parameter.name, "vendor": api.vendor, "of": id, "about": parameter.description,
                    "url": format!("{page}#{}", percent(&page::anchor(operation, parameter))),
                }));
            }
        }
    }
    Value::Array(entries)
}

/// A fragment of a URL.
fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                out.push(char::from(byte))
            }
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

fn start(apis: &[Api], all: &[Vec<Operation>]) -> String {
    let total: usize = all.iter().map(Vec::len).sum();
    let mut out = format!(
        "<h1>proxy-orders</h1>\n<p>Buy and run proxy orders at {}. {total} operations, each with its effect, its source and everything that may be \
         passed to it.</p>\n<ul class=\"cards\">\n",
        count(apis.len(), "vendor")
    );
    for (api, operations) in apis.iter().zip(all) {
        let spends: Vec<_> = operations
            .iter()
            .filter(|it| it.effect == "spend")
            .collect();
        let _ = writeln!(
            out,
            "<li><h2><a href=\"{}\">{}</a></h2><p>{}, {} of them spend. {}</p></li>",
            page::page_of(api),
            escape(api.title()),
            count(operations.len(), "operation"),
            spends.len(),
            inline(&api.server()),
        );
    }
    let _ = writeln!(
        out,
        "<li><h2><a href=\"{RUST_PAGE}\">The Rust library</a></h2><p>Clients for all of them, and what they have in common.</p></li>\n</ul>\n<h2>Effects</h2>"
    );
    let effects = crate::rules::EFFECTS.iter();
    let effects = effects.map(|effect| format!("- `{effect}`: {}", effect_in_words(effect)));
    out.push_str(&block(&effects.collect::<Vec<_>>().join("\n")));
    out
}

/// Rustdoc of the library, without what other builds left in the same folder.
fn rustdoc(workspace: &Workspace, from: &Path, to: &Path) -> Result<(), Problem> {
    let mut cargo = workspace.cargo();
    cargo.args([
        "doc",
        "--quiet",
        "--no-deps",
        "--lib",
        "--package",
        "proxy-orders",
    ]);
    let status = cargo.status();
    let status = status.map_err(|error| Problem::program("cargo doc", &error))?;
    if !status.success() {
        return Err(Problem::new(
            "`cargo doc` fails: mend what it says above, or pass --no-rustdoc",
        ));
    }
    if to.exists() {
        fs::remove_dir_all(to).map_err(|error| Problem::file("removed", to, &error))?;
    }
    copy(from, to, &is_of_library)
}

/// Whether a piece of rustdoc's folder belongs to the library or to all crates.
fn is_of_library(path: &Path) -> bool {
    let is_other_crate = path.join("all.html").is_file() && !path.ends_with("proxy_orders");
    let is_lock = path.file_name().is_some_and(|name| name == ".lock");
    !is_other_crate && !is_lock
}

fn copy(from: &Path, to: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> Result<(), Problem> {
    fs::create_dir_all(to).map_err(|error| Problem::file("made", to, &error))?;
    let entries = fs::read_dir(from).map_err(|error| Problem::file("listed", from, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Problem::file("listed", from, &error))?;
        let (path, goal) = (entry.path(), to.join(entry.file_name()));
        if !is_wanted(&path) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &goal, is_wanted)?;
        } else {
            fs::copy(&path, &goal).map_err(|error| Problem::file("copied", &path, &error))?;
        }
    }
    Ok(())
}
