//! How the flags of `api` are called. The reference of the command line is made with this very file: it knows nothing but names.

/// The flags that every operation has besides its own parameters. A parameter of the same name gets another: see [`flags`].
pub const RESERVED: [&str; 9] = [
    "idempotency-key",
    "json-body",
    "query",
    "sandbox",
    "base-url",
    "timeout",
    "verbose",
    "help",
    "version",
];

/// The flags that an operation has besides if it spends.
pub const RESERVED_TO_SPEND: [&str; 8] = [
    "max-total",
    "max-day",
    "max-month",
    "dry-run",
    "again",
    "despite-unknown",
    "journal",
    "account",
];

/// `order_ids[]` becomes `order-ids`.
pub fn kebab(name: &str) -> String {
    name.replace(['[', ']'], "").replace('_', "-")
}

/// Whether a flag is not a parameter's.
pub fn is_reserved(flag: &str, spends: bool) -> bool {
    RESERVED.contains(&flag) || spends && RESERVED_TO_SPEND.contains(&flag)
}

/// The flag of each parameter, by its name on the wire and its place (`path`, `query`, `body`), in their order. Two that would be the
/// same, or the same as one of ours, are told apart by where they go.
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
    fn a_clash_is_told_apart_by_its_place() {
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
        let due = [
            "id",
            "body-id",
            "ids",
            "query-ids",
            "query-query",
            "body-help",
            "path-base-url",
        ];
        let named = flags(parameters.into_iter(), false);
        assert_eq!(named[..7], due);
        assert_eq!(named[7], "account");
        assert_eq!(flags(parameters.into_iter(), true)[7], "body-account");
    }
}
