//! `cargo xtask docs`: a site in `target/site` that needs no server and no network: rustdoc of the
//! library, a page for each vendor's API rendered by Redoc, and an index.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::Path;

use crate::build::rules::EFFECTS;
use crate::build::table::Table;
use crate::error::TaskError;
use crate::redocly;
use crate::words::{self, count};
use crate::workspace::{Workspace, write};

/// Rustdoc's front page, from the index.
const RUST_PAGE: &str = "rust/proxy_orders/index.html";

/// Keeps the pages of Redoc from loading anything, such as the logo of its makers.
const NO_NETWORK: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; \
    style-src 'unsafe-inline'; img-src data:; font-src data:; worker-src blob:\">";

/// Runs the task.
pub fn run(
    workspace: &Workspace,
    no_rustdoc: bool,
    out: &mut dyn Write,
) -> Result<bool, TaskError> {
    let target = workspace.target()?;
    let site = target.join("site");
    let specs = workspace.specs()?;
    let tables = specs.iter().map(Table::of);
    let tables = tables.collect::<Result<Vec<_>, _>>()?;
    for spec in &specs {
        let page = site.join(format!("{}.html", spec.vendor()));
        vendor(workspace, &spec.file, &page)?;
    }
    write(&site.join("index.html"), &index(&tables))?;
    if no_rustdoc {
        writeln!(
            out,
            "docs: no rustdoc, because of --no-rustdoc; the link to it leads to that of an earlier run, if there was one"
        )?;
    } else {
        rustdoc(workspace, &target.join("doc"), &site.join("rust"))?;
    }
    let pages = count(specs.len() + 1, "page");
    writeln!(out, "docs: {pages} in {}", site.display())?;
    writeln!(out, "open {}", site.join("index.html").display())?;
    Ok(true)
}

/// Renders the page of one vendor's API.
fn vendor(workspace: &Workspace, spec: &str, page: &Path) -> Result<(), TaskError> {
    let mut redocly = redocly::command(workspace)?;
    redocly.args(["build-docs", spec, "--inlineBundle"]);
    redocly.args(["--openapi.showExtensions=true", "--output"]);
    let ran = redocly.arg(page).output();
    let ran = ran.map_err(|error| TaskError::program("redocly", &error))?;
    let said = [ran.stdout, ran.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let html = fs::read_to_string(page).unwrap_or_default();
    if !ran.status.success() || !html.contains("<head>") {
        return Err(TaskError::new(format!(
            "`redocly build-docs {spec}` renders no page: {}",
            said.trim()
        )));
    }
    let html = html.replacen("<head>", &format!("<head>\n  {NO_NETWORK}"), 1);
    write(page, &html)
}

fn index(tables: &[Table]) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{NO_NETWORK}\n<title>proxy-orders</title>\n\
         <style>body {{ font: 16px/1.5 sans-serif; max-width: 45em; margin: 2em auto; padding: 0 1em }}</style>\n</head>\n<body>\n\
         <h1>proxy-orders</h1>\n<p>Buy and run proxy orders at {}.</p>\n<ul>\n",
        count(tables.len(), "vendor")
    );
    for table in tables {
        let (vendor, title) = (&table.vendor, escape(&table.title));
        let spending = table.operations.iter().filter(|it| it.effect == "spend");
        let _ = writeln!(
            out,
            "<li><a href=\"{vendor}.html\">{title}</a>: {}, {} of them spend</li>",
            count(table.operations.len(), "operation"),
            spending.count(),
        );
    }
    let _ = writeln!(
        out,
        "<li><a href=\"{RUST_PAGE}\">The Rust library</a></li>\n</ul>\n<h2>Effects</h2>\n<dl>"
    );
    for effect in EFFECTS {
        let meaning = escape(words::effect(effect));
        let _ = writeln!(out, "<dt><code>{effect}</code></dt><dd>{meaning}</dd>");
    }
    out.push_str("</dl>\n</body>\n</html>\n");
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Makes rustdoc of the library, without what other builds left in the same folder.
fn rustdoc(workspace: &Workspace, from: &Path, to: &Path) -> Result<(), TaskError> {
    let mut cargo = workspace.cargo();
    cargo.args(["doc", "--quiet", "--no-deps", "--lib"]);
    let status = cargo.args(["--package", "proxy-orders"]).status();
    let status = status.map_err(|error| TaskError::program("cargo doc", &error))?;
    if !status.success() {
        return Err(TaskError::new(
            "`cargo doc` fails: fix what it reports above, or pass --no-rustdoc",
        ));
    }
    if to.exists() {
        fs::remove_dir_all(to).map_err(|error| TaskError::file("removed", to, &error))?;
    }
    copy(from, to)
}

/// Copies a folder of rustdoc, without other crates.
fn copy(from: &Path, to: &Path) -> Result<(), TaskError> {
    fs::create_dir_all(to).map_err(|error| TaskError::file("made", to, &error))?;
    let entries = fs::read_dir(from).map_err(|error| TaskError::file("listed", from, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| TaskError::file("listed", from, &error))?;
        let (path, goal) = (entry.path(), to.join(entry.file_name()));
        let is_other_crate = path.join("all.html").is_file() && !path.ends_with("proxy_orders");
        if is_other_crate || entry.file_name() == ".lock" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &goal)?;
        } else {
            fs::copy(&path, &goal).map_err(|error| TaskError::file("copied", &path, &error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workspace::Scratch;

    #[test]
    fn the_index_leads_to_every_vendor() {
        let specs = Workspace::here().specs().unwrap();
        let tables: Vec<_> = specs
            .iter()
            .filter_map(|spec| Table::of(spec).ok())
            .collect();
        let index = index(&tables);
        for spec in &specs {
            let link = format!("<a href=\"{}.html\">", spec.vendor());
            assert!(index.contains(&link), "{link}");
        }
    }

    #[test]
    fn a_rendered_page_loads_nothing() {
        if !redocly::is_installable() {
            let _ = writeln!(
                std::io::stderr(),
                "redocly: NOT CHECKED, because npm and node are not on PATH"
            );
            return;
        }
        let scratch = Scratch::new("docs").unwrap();
        let page = scratch.path.join("page.html");
        let workspace = Workspace::here();
        let file = &workspace.spec_files().unwrap()[0];
        vendor(&workspace, file, &page).unwrap();
        let html = fs::read_to_string(page).unwrap();
        assert!(html.contains(NO_NETWORK) && html.contains("operationId"));
        for loads in ["<script src=", "<link ", "@import url"] {
            assert!(!html.contains(loads), "{loads}");
        }
    }
}
