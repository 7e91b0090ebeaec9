//! Percent-encoding that is right in every part of a URL.

use std::fmt::Write;

/// Percent-encodes all but the letters that RFC 3986 leaves unreserved.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            other => {
                // Writing to a string can't fail.
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}
