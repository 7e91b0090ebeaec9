//! The names of the flags of `api`. `cargo xtask` includes this file to write their reference.

/// The flags that every operation has besides its parameters. [`flags`] renames a parameter that
/// would clash.
pub const RESERVED: [&str; 10] = [
    "idempotency-key",
    "yes",
    "json-body",
    "query",
    "sandbox",
    "base-url",
    "timeout",
    "verbose",
    "help",
    "version",
];

/// The further flags of an operation that spends.
pub const RESERVED_TO_SPEND: [&str; 9] = [
    "max-total",
    "max-day",
    "max-month",
    "dry-run",
    "again",
    "despite-unknown",
    "shared-account",
    "journal",
    "account",
];

/// Converts `order_ids[]` to `order-ids`.
pub fn kebab(name: &str) -> String {
    name.replace(['[', ']'], "").replace('_', "-")
}

/// Returns whether a flag belongs to the program and not to a parameter.
pub fn is_reserved(flag: &str, spends: bool) -> bool {
    RESERVED.contains(&flag) || spends && RESERVED_TO_SPEND.contains(&flag)
}

/// Returns the flag of each parameter, given its name on the wire and its place (`path`, `query`,
/// `body`). The place is put before a name that would clash.
pub fn flags<'a>(
    parameters: impl Iterator<Item = (&'a str, &'a str)>,
    spends: bool,
) -> Vec<String> {
    let mut flags: Vec<String> = Vec::new();
    for (name, place) in parameters {
        let mut flag = kebab(name);
        while is_reserved(&flag, spends) || flags.contains(&flag) {
            flag = format!("{place}-{flag}");
        }
        flags.push(flag);
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clash_is_resolved_by_the_place() {
        assert_eq!(
            flags([("order_ids[]", "query")].into_iter(), false),
            ["order-ids"]
        );
        let parameters = [
            ("id", "path"),
            ("id", "body"),
            ("ids", "query"),
            ("ids[]", "query"),
            ("query", "query"),
            ("help", "body"),
            ("base_url", "path"),
            ("account", "body"),
        ];
        let expected = [
            "id",
            "body-id",
            "ids",
            "query-ids",
            "query-query",
            "body-help",
            "path-base-url",
        ];
        let named = flags(parameters.into_iter(), false);
        assert_eq!(named[..7], expected);
        assert_eq!(named[7], "account");
        assert_eq!(flags(parameters.into_iter(), true)[7], "body-account");
    }
}
