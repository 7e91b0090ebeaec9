//! Words that the pages of `openapi/dist` and the reports share.

use crate::build::table::Parameter;

/// The meaning of an effect.
pub fn effect(effect: &str) -> &'static str {
    match effect {
        "read" => "it changes nothing",
        "set" => "doing it twice leaves what doing it once left",
        "change" => "it changes something, without money; it is never sent twice",
        "spend" => "it moves money or starts an obligation to pay; it is never sent twice",
        _ => "unknown",
    }
}

/// The meaning of a confidence.
pub fn confidence(confidence: &str) -> &'static str {
    match confidence {
        "documented" => "documented",
        "observed" => "observed by others, not documented",
        _ => "inferred, not documented",
    }
}

/// Bounds and values of a parameter; empty when there are none.
pub fn limits(parameter: &Parameter) -> String {
    let mut parts = Vec::new();
    match (parameter.minimum, parameter.maximum) {
        (Some(least), Some(most)) => parts.push(format!("{least} to {most}")),
        (Some(least), None) => parts.push(format!("at least {least}")),
        (None, Some(most)) => parts.push(format!("at most {most}")),
        (None, None) => {}
    }
    for (word, values) in [("one of", &parameter.allowed), ("known", &parameter.known)] {
        if !values.is_empty() {
            let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
            parts.push(format!("{word} {}", values.join(", ")));
        }
    }
    parts.join("; ")
}

/// Text for a cell of a Markdown table.
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// A count with its noun: `1 operation`, `2 operations`.
pub fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}
