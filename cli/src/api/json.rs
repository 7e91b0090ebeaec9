//! Indentation of JSON as text, which keeps `18.20` as it is and keys in their sequence.

/// Indents a text that is known to be JSON, and escapes control characters, which a terminal
/// might obey.
pub fn indented(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                out.push('"');
                while let Some(inner) = letters.next() {
                    push(&mut out, inner);
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
            other => push(&mut out, other),
        }
    }
    out
}

fn push(out: &mut String, letter: char) {
    if letter.is_control() {
        out.push_str(&format!("\\u{:04x}", u32::from(letter)));
    } else {
        out.push(letter);
    }
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_same_json_comes_out() {
        let text = r#" {"b" : 18.20,"a":[ ],"c":{"x":"a\"{,}\\","y":[1, {"z":null}]},"d":{}} "#;
        let shown = indented(text);
        assert_eq!(
            shown,
            "{\n  \"b\": 18.20,\n  \"a\": [],\n  \"c\": {\n    \"x\": \"a\\\"{,}\\\\\",\n    \"y\": [\n      1,\n      {\n        \"z\": null\n      }\n    ]\n  },\n  \"d\": {}\n}"
        );
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(read(&shown), read(text));
        assert_eq!(indented("7"), "7");
    }

    #[test]
    fn control_characters_are_escaped() {
        let shown = indented("\"a\u{9b}31mb\"");
        assert_eq!(shown, "\"a\\u009b31mb\"");
    }
}
