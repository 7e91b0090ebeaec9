//! Work on JSON as text, which keeps `18.20` as it is and keys in their sequence.

use proxy_orders::transport::Redactor;
use serde_json::Value;

/// The deepest JSON that is indented. No documented answer is half as deep.
const DEEPEST: usize = 64;

/// The largest text that indentation may make.
const LARGEST: usize = 16 << 20;

/// Indents a text that is known to be JSON. Returns `None` if it is so deep or large that nobody
/// would read it.
pub fn indented(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if depth > DEEPEST || out.len() > LARGEST {
            return None;
        }
        match letter {
            '"' => {
                out.push('"');
                while let Some(inner) = letters.next() {
                    out.push(inner);
                    match inner {
                        '\\' => out.extend(letters.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                out.push(letter);
                while letters.next_if(|it| it.is_ascii_whitespace()).is_some() {}
                match letters.next_if(|it| matches!(it, '}' | ']')) {
                    Some(end) => out.push(end),
                    None => {
                        depth += 1;
                        new_line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(letter);
            }
            ',' => {
                out.push(',');
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            space if space.is_ascii_whitespace() => {}
            other => out.push(other),
        }
    }
    Some(out)
}

/// Masks secrets in a text that is known to be JSON, however its strings are escaped.
pub fn redacted(text: &str, redactor: &Redactor) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let (before, string) = rest.split_at(start);
        let (string, after) = string.split_at(string_length(string));
        out.push_str(before);
        // Escapes are resolved first: `\u0063` is a `c`.
        let meant = serde_json::from_str::<String>(string).ok();
        let masked = meant.as_ref().map(|meant| redactor.redact(meant));
        match masked.filter(|masked| Some(masked) != meant.as_ref()) {
            Some(masked) => out.push_str(&Value::from(masked).to_string()),
            None => out.push_str(string),
        }
        rest = after;
    }
    out.push_str(rest);
    // A number may be a secret, too.
    redactor.redact(&out)
}

/// Returns the length in bytes of the string that a text begins with, its quotes included.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !is_escaped => return at + 1,
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_same_json_comes_out() {
        let text = r#" {"b" : 18.20,"a":[ ],"c":{"x":"a\"{,}\\","y":[1, {"z":null}]},"d":{}} "#;
        let shown = indented(text).unwrap();
        assert_eq!(
            shown,
            "{\n  \"b\": 18.20,\n  \"a\": [],\n  \"c\": {\n    \"x\": \"a\\\"{,}\\\\\",\n    \"y\": [\n      1,\n      {\n        \"z\": null\n      }\n    ]\n  },\n  \"d\": {}\n}"
        );
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(read(&shown), read(text));
        assert_eq!(indented("7").unwrap(), "7");
    }

    #[test]
    fn what_is_deep_or_large_is_left_as_it_is() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(indented(&nested(DEEPEST)).is_some());
        assert_eq!(indented(&nested(60_000)), None);
        let wide = format!("[{}0]", "0,".repeat(4_000_000));
        let deep = "[".repeat(DEEPEST - 1) + &wide + &"]".repeat(DEEPEST - 1);
        assert_eq!(indented(&deep), None);
    }
}
