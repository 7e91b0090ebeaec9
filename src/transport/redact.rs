//! Keeping secrets and control characters out of what is shown.

use crate::encoding::percent_encoded as encoded;
use crate::vocabulary::Secret;

const MASK: &str = "[REDACTED]";

/// Secrets shorter than this are not looked for: masking every `a` would hide nothing and spoil the text.
const SHORTEST: usize = 4;

/// The secrets of one request: its credential, and passwords in its body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redactor {
    secrets: Vec<Secret>,
}

impl Redactor {
    pub fn add(&mut self, secret: Secret) {
        let text = secret.expose();
        if text.len() < SHORTEST {
            return;
        }
        // A server that quotes the request back quotes what was sent: as part of a URL, or inside of JSON.
        let quoted = serde_json::Value::from(text).to_string();
        let forms = [encoded(text), quoted.trim_matches('"').to_owned()];
        let forms = forms
            .into_iter()
            .filter(|form| form != text)
            .map(Secret::new)
            .collect::<Vec<_>>();
        self.secrets.extend(forms);
        self.secrets.push(secret);
    }

    /// A vendor's text, fit to be shown: without the request's secrets, without control characters, and not endless.
    pub fn clean(&self, text: &str) -> String {
        const LONGEST: usize = 600;
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret.expose(), MASK);
        }
        // Vendors' words end up in terminals, where control characters can do more than be seen.
        let mut shown: String = text
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .take(LONGEST)
            .collect();
        if text.chars().count() > LONGEST {
            shown.push('…');
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_control_characters_do_not_get_through() {
        let mut redactor = Redactor::default();
        redactor.add(Secret::from("canary-key"));
        redactor.add(Secret::from("a"));
        redactor.add(Secret::from("p\"w/x y"));
        let shown = redactor.clean("bad key canary-key\u{1b}[31m\nat all");
        assert_eq!(shown, "bad key [REDACTED] [31m at all");
        for form in ["p\"w/x y", "p\\\"w/x y", "p%22w%2Fx%20y"] {
            assert_eq!(redactor.clean(form), MASK, "{form}");
        }
        assert!(redactor.clean(&"x".repeat(5000)).chars().count() <= 601);
    }
}
