//! Keeps secrets and control characters out of text that is shown.

use crate::vocabulary::Secret;
use crate::vocabulary::url::percent_encoded;

const MASK: &str = "[REDACTED]";

/// Shorter secrets are not looked for: to mask every `a` would hide nothing and spoil the text.
const SHORTEST: usize = 4;

/// The secrets of one request, to be masked in text that quotes it.
///
/// It comes from [`Transport::redactor`](super::Transport::redactor). `Debug` prints no secret.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    /// The longest first, because a secret may contain another one.
    secrets: Vec<Secret>,
}

impl Redactor {
    pub(crate) fn add(&mut self, secret: Secret) {
        let text = secret.expose();
        if text.len() < SHORTEST {
            return;
        }
        // A server that quotes the request quotes it as it was sent: as part of a URL, or within
        // JSON.
        let quoted = serde_json::Value::from(text).to_string();
        let forms = [percent_encoded(text), quoted.trim_matches('"').to_owned()];
        let forms = forms
            .into_iter()
            .filter(|form| form != text)
            .map(Secret::new);
        let forms: Vec<_> = forms.collect();
        self.secrets.extend(forms);
        self.secrets.push(secret);
        self.secrets
            .sort_by_key(|it| std::cmp::Reverse(it.expose().len()));
    }

    /// Returns the text with every secret masked, whether it is written as it is, percent-encoded
    /// or within JSON.
    ///
    /// JSON stays JSON. Secrets of fewer than four bytes are not masked.
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret.expose(), MASK);
        }
        text
    }

    /// Returns the text as it may be shown in one line: with the secrets masked, without control
    /// characters, and cut off at a length that a reader can bear.
    pub(crate) fn clean(&self, text: &str) -> String {
        const LONGEST: usize = 600;
        let text = self.redact(text);
        // The vendors' words reach terminals, where control characters can do more than be seen.
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
