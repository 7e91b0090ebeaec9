//! The text of the tour.

use proxy_orders::Vendor;
use proxy_orders_sandbox::Sandbox;

use crate::failure::Failure;
use crate::output;
use crate::text::quoted;

/// The width at which commands and remarks are broken.
const WIDTH: usize = 100;

/// The number of lines from which a result is cut, and the number that is shown then.
const LONGEST: usize = 10;
const SHOWN: usize = 6;

/// Prints each step, the command for it, and its result.
#[derive(Default)]
pub struct Guide {
    step: usize,
    is_marked: bool,
}

impl Guide {
    /// Prints the introduction.
    pub fn welcome(&self, sandbox: &Sandbox) -> Result<(), Failure> {
        self.print(&format!(
            "\
A tour of proxy-orders
======================

{} vendors, simulated on this machine: a sandbox at http://{} answers as they document.
No key, no network and no money are needed. Its proxies lead nowhere, and it is gone at the end.

Under each step stands its command, and under that its output. To try one alone, add --sandbox to
it. Commands marked with * name an order that the tour has just bought, so they need a sandbox that
keeps running: run `proxy-orders sandbox` in another terminal, paste the lines that it prints here,
and type the commands in turn.
",
            Vendor::all().len(),
            sandbox.address()
        ))
    }

    /// Prints the heading of a vendor.
    pub fn arrive(&mut self, vendor: Vendor, about: &str) -> Result<(), Failure> {
        self.step = 0;
        let name = vendor.name();
        let line = "-".repeat(name.len());
        self.print(&format!("\n{name}\n{line}\n{}\n", wrapped(about)))
    }

    /// Marks the next command as one that names an order of the tour.
    pub fn mark(&mut self) {
        self.is_marked = true;
    }

    /// Prints a step and the command for it.
    pub fn step(&mut self, title: &str, words: &[String]) -> Result<(), Failure> {
        self.step += 1;
        let mark = if self.is_marked { "*" } else { " " };
        self.is_marked = false;
        let command = command(words);
        self.print(&format!("\n{}. {title}\n {mark} $ {command}\n", self.step))
    }

    /// Prints the result of a step.
    pub fn result(&self, text: &str) -> Result<(), Failure> {
        let lines = text.lines().map(|line| format!("     {line}\n"));
        self.print(&lines.collect::<String>())
    }

    /// Prints a remark.
    pub fn say(&self, text: &str) -> Result<(), Failure> {
        self.result(&wrapped(text))
    }

    /// Prints the summary, and where to go from here.
    pub fn farewell(&self, summary: &[String]) -> Result<(), Failure> {
        self.print(&format!(
            "
Summary
-------
{}

With a key, the same commands work on a real account: `proxy-orders --help` says how to set it.
All {} operations of their APIs can be called as well: `proxy-orders api --help`.
",
            summary.join("\n"),
            Vendor::all()
                .iter()
                .map(|it| it.operations().len())
                .sum::<usize>(),
        ))
    }

    fn print(&self, text: &str) -> Result<(), Failure> {
        output::write(text)
    }
}

/// Breaks a text into lines.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut width = 0;
    for word in text.split(' ') {
        if width > 0 {
            let is_over = width + word.len() > WIDTH;
            lines.push(if is_over { '\n' } else { ' ' });
            width = if is_over { 0 } else { width + 1 };
        }
        lines.push_str(word);
        width += word.len();
    }
    lines
}

/// Cuts a long list.
pub fn beginning(text: &str) -> String {
    let count = text.lines().count();
    if count <= LONGEST {
        return text.to_owned();
    }
    let lines = text.lines().take(SHOWN).map(|line| format!("{line}\n"));
    lines.collect::<String>() + &format!("({} more lines)", count - SHOWN)
}

/// Inserts `--vendor` after the words that name the command and the order.
pub fn with_vendor(words: &[&str], vendor: Vendor) -> Vec<String> {
    let flags = words.iter().position(|word| word.starts_with("--"));
    let (names, flags) = words.split_at(flags.unwrap_or(words.len()));
    let words = [names, &["--vendor", vendor.as_str()], flags].concat();
    words.into_iter().map(str::to_owned).collect()
}

/// Formats a command for a shell.
fn command(words: &[String]) -> String {
    let mut lines = "proxy-orders".to_owned();
    let mut width = lines.len();
    for word in words {
        let word = quoted(word);
        if width + word.len() > WIDTH && word.starts_with("--") {
            lines.push_str(" \\\n       ");
            width = 0;
        } else {
            lines.push(' ');
        }
        width += word.len() + 1;
        lines.push_str(&word);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_pasted() {
        let vendor = Vendor::all()[0];
        let words = ["buy", "--product", "Datacenter Proxy", "--coupon", "it's"];
        assert_eq!(
            command(&with_vendor(&words, vendor)),
            format!(
                r"proxy-orders buy --vendor {vendor} --product 'Datacenter Proxy' --coupon 'it'\''s'"
            )
        );
        let words = ["proxies", "7", "--format", "url"];
        assert_eq!(
            command(&with_vendor(&words, vendor)),
            format!("proxy-orders proxies 7 --vendor {vendor} --format url")
        );
    }
}
