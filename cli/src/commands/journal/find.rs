//! Looking up one entry by its key, and telling what to do about it.

use proxy_orders::Vendor;
use proxy_orders::purchase::{Filter, IdempotencyKey, Journal, JournalEntry};

use crate::failure::{Failure, note, note_with};
use crate::hints::Hints;

/// Finds the one entry with this key.
pub async fn entry(
    journal: &Journal,
    key: &IdempotencyKey,
    vendor: Option<Vendor>,
    account: Option<&str>,
) -> Result<JournalEntry, Failure> {
    let filter = Filter {
        vendor,
        account: account.map(str::to_owned),
        key: Some(key.clone()),
        ..Filter::default()
    };
    let mut found = journal.entries(&filter).await?;
    match (found.pop(), found.is_empty()) {
        (Some(entry), true) => Ok(entry),
        (None, _) => {
            let what =
                format!("the journal has no entry `{key}`: `proxy-orders journal list` shows all");
            Err(Failure::refused(what).for_key(key))
        }
        (Some(last), false) => {
            let all = found.iter().chain([&last]);
            let places: Vec<_> = all
                .map(|it| format!("--vendor {} --account {}", it.vendor, it.account))
                .collect();
            let what = format!(
                "several entries have the key `{key}`: choose one by {}",
                places.join(" or ")
            );
            Err(Failure::usage(what).for_key(key))
        }
    }
}

/// Prints the commands by which a person settles an entry.
pub fn tell_what_to_do(entry: &JournalEntry, hints: &Hints) {
    note_with(
        "  To see what was asked for, and the account before it:",
        hints.show(entry),
    );
    note_with(
        "  To see the newest orders:",
        hints.newest_orders(entry.vendor),
    );
    note("  Then, with your reason in place of `checked`:");
    note_with(
        "  if it made an order, with its id in place of ORDER:",
        hints.on_entry(
            "resolve",
            entry,
            &["--order", "ORDER", "--reason", "checked"],
        ),
    );
    note_with(
        "  if nothing was bought:",
        hints.on_entry("resolve", entry, &["--not-made", "--reason", "checked"]),
    );
    note_with(
        "  if nobody can find out:",
        hints.on_entry("dismiss", entry, &["--reason", "checked"]),
    );
}
