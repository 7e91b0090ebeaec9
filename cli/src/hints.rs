//! Commands that are printed as hints. Each one works as printed.

use proxy_orders::Vendor;
use proxy_orders::purchase::JournalEntry;

use crate::flags::GlobalArguments;
use crate::journal_location::JournalArguments;
use crate::text::quoted;

/// Writes the commands that lead to the same journal, account and server as the present one.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    /// True in a sandbox that is gone when the command ends, where no other command can follow.
    is_gone: bool,
    base_url: Option<String>,
    journal: Option<String>,
    account: Option<String>,
}

impl Hints {
    /// Creates the hints of a command with these flags.
    pub fn new(globals: &GlobalArguments, journal: Option<&JournalArguments>) -> Self {
        Hints {
            is_gone: globals.sandbox,
            base_url: globals.base_url.clone(),
            journal: journal.and_then(|it| it.journal.clone()),
            account: journal.and_then(|it| it.account.clone()),
        }
    }

    /// The command that reconciles the account at a vendor, or all accounts.
    pub fn reconcile(&self, vendor: impl Into<Option<Vendor>>) -> Option<String> {
        let vendor = vendor.into().map(Vendor::as_str);
        let words: Vec<_> = vendor
            .iter()
            .flat_map(|vendor| ["--vendor", vendor])
            .collect();
        self.on_journal(&[&["reconcile"], words.as_slice()].concat(), true)
    }

    /// The command that lists the accounts in the journal.
    pub fn accounts(&self, vendor: Vendor) -> Option<String> {
        self.on_journal(&["accounts", "--vendor", vendor.as_str()], false)
    }

    /// The command that shows an entry.
    pub fn show(&self, entry: &JournalEntry) -> Option<String> {
        self.on_entry("show", entry, &[])
    }

    /// The command on one entry, with further arguments.
    pub fn on_entry(&self, command: &str, entry: &JournalEntry, more: &[&str]) -> Option<String> {
        let on = Hints {
            account: Some(entry.account.clone()),
            ..self.clone()
        };
        let head = [
            command,
            entry.key.as_str(),
            "--vendor",
            entry.vendor.as_str(),
        ];
        on.on_journal(&[&head, more].concat(), command != "show")
    }

    /// The command that shows an order.
    pub fn order(&self, vendor: Vendor, order: &str) -> Option<String> {
        self.at_vendor(&["orders", "get", order], vendor)
    }

    /// The command that lists the newest orders.
    pub fn newest_orders(&self, vendor: Vendor) -> Option<String> {
        self.at_vendor(
            &["orders", "list", "--sort", "created", "--limit", "10"],
            vendor,
        )
    }

    /// The command that prints the proxies of an order, and waits for them.
    pub fn proxies(&self, vendor: Vendor, order: &str) -> Option<String> {
        self.at_vendor(&["proxies", order, "--wait", "60"], vendor)
    }

    fn at_vendor(&self, words: &[&str], vendor: Vendor) -> Option<String> {
        let words = [words, &["--vendor", vendor.as_str()]].concat();
        self.command(&words, &[("--base-url", &self.base_url)])
    }

    fn on_journal(&self, words: &[&str], asks_the_vendor: bool) -> Option<String> {
        let base_url = self.base_url.clone().filter(|_| asks_the_vendor);
        self.command(
            &[&["journal"], words].concat(),
            &[
                ("--account", &self.account),
                ("--journal", &self.journal),
                ("--base-url", &base_url),
            ],
        )
    }

    fn command(&self, words: &[&str], flags: &[(&str, &Option<String>)]) -> Option<String> {
        if self.is_gone {
            return None;
        }
        let mut command = "proxy-orders".to_owned();
        for word in words {
            command.push(' ');
            command.push_str(&quoted(word));
        }
        for (flag, value) in flags {
            if let Some(value) = value {
                command.push_str(&format!(" {flag} {}", quoted(value)));
            }
        }
        Some(command)
    }
}
