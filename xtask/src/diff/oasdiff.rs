//! What `oasdiff` says of the wire side, where it is installed. It is shown beside our own verdict, which stands without it.

use std::io::Write;
use std::path::Path;

use serde_json::Value;

use super::Comparison;
use super::fact::Verdict;
use crate::generate::count;
use crate::problem::Problem;
use crate::workspace::{Scratch, Workspace, on_path, write};

/// oasdiff's word for what surely breaks; 2 is a warning.
const ERROR: u64 = 3;

/// Runs it on each spec that changed and prints what it says.
pub fn show(
    workspace: &Workspace,
    compared: &[Comparison],
    out: &mut dyn Write,
) -> Result<(), Problem> {
    let Some(program) = on_path("oasdiff") else {
        writeln!(
            out,
            "oasdiff: NOT RUN, as it is not on PATH; the verdict on the wire is our own alone. To see oasdiff's beside it: \
             go install github.com/oasdiff/oasdiff@latest"
        )?;
        return Ok(());
    };
    let scratch = Scratch::new("oasdiff")?;
    let mut all = 0;
    for it in compared
        .iter()
        .filter(|it| !it.old.is_empty() && !it.new.is_empty())
    {
        if it.old == it.new {
            continue;
        }
        let [old, new] =
            ["old", "new"].map(|word| scratch.path.join(format!("{}-{word}.yaml", it.vendor)));
        write(&old, &it.old)?;
        write(&new, &it.new)?;
        for finding in ask(workspace, &program, &old, &new)? {
            all += 1;
            writeln!(out, "oasdiff: {}: {}", it.vendor, in_words(&finding, it))?;
        }
    }
    writeln!(out, "oasdiff: {} on the wire", count(all, "finding"))?;
    Ok(())
}

fn ask(
    workspace: &Workspace,
    program: &Path,
    old: &Path,
    new: &Path,
) -> Result<Vec<Value>, Problem> {
    let mut command = workspace.command(program);
    command.args(["breaking", "-f", "json"]).args([old, new]);
    let ran = command.output();
    let ran = ran.map_err(|error| Problem::program("oasdiff", &error))?;
    let said = String::from_utf8_lossy(&ran.stdout);
    // It says nothing at all, or an empty list, when it finds nothing.
    if ran.status.success() && said.trim().is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&ran.stdout).map_err(|_| {
        let said = String::from_utf8_lossy(&ran.stderr);
        Problem::new(format!(
            "`oasdiff breaking -f json` answers no JSON list ({}): update oasdiff, or take it off PATH",
            said.trim()
        ))
    })
}

fn in_words(finding: &Value, compared: &Comparison) -> String {
    let word = |key: &str| finding[key].as_str().unwrap_or_default();
    let level = finding["level"].as_u64().unwrap_or(ERROR);
    let id = word("operationId");
    let is_ours = |it: &&super::Change| it.wire == Verdict::Breaking && it.operations.contains(id);
    let is_agreed = compared.changes.iter().any(|it| is_ours(&it));
    let remark = match (level >= ERROR, is_agreed) {
        (true, false) => " (we call nothing there breaking on the wire: look at it)",
        _ => "",
    };
    let level = if level >= ERROR {
        "breaking"
    } else {
        "warning"
    };
    format!(
        "{level}: {id} {} {}: {}{remark}",
        word("operation"),
        word("path"),
        word("text")
    )
}
