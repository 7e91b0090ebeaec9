//! The cleaning of every text from a vendor, a database or a file, before it becomes part of an
//! error, a note, a row of the journal or a line of a log.
//!
//! Credentials are masked in every form in which a server may quote them, whatever would steer a
//! terminal is escaped, and the length has a cap. [`Cleaned`] is the type of a text that went
//! through this: messages and notes are made of nothing else.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::vocabulary::Secret;

const MASK: &str = "[REDACTED]";

/// Shorter secrets are not looked for: to mask every `a` would hide nothing and spoil the text.
const SHORTEST: usize = 4;

/// Shorter runs of Base64 may be there by chance.
const SHORTEST_ENCODED: usize = 5;

/// The most letters of a text that a message quotes.
pub(crate) const QUOTED: usize = 600;

/// The most letters of a whole message or note.
pub(crate) const MESSAGE: usize = 2000;

/// The most letters of an id.
const ID: usize = 200;

/// The secrets that are in use in this process. Each leaves the list with its last owner.
static KNOWN: RwLock<Vec<Weak<Masked>>> = RwLock::new(Vec::new());

/// A text without secrets, without anything that steers a terminal, and of a bounded length.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Cleaned(String);

impl Cleaned {
    /// Cleans a whole message or note.
    pub fn new(text: &str) -> Self {
        Cleaned(shown(text, MESSAGE))
    }

    /// Cleans a text that a message quotes.
    pub fn quoted(text: &str) -> Self {
        Cleaned(shown(text, QUOTED))
    }

    /// Cleans a text and cuts it at a length.
    pub fn cut(text: &str, most: usize) -> Self {
        Cleaned(shown(text, most))
    }

    /// Returns this message with a further fact. It is not cut off after a long message.
    pub fn noting(&self, note: &str) -> Self {
        let most = 2 * MESSAGE;
        Cleaned(format!(
            "{}; {}",
            shown(&self.0, most),
            shown(note, MESSAGE)
        ))
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl Deref for Cleaned {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Cleaned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Cleaned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Returns a text as it may be shown on a terminal, whatever its length: the credentials of all
/// clients that are in use are masked, and control, invisible and bidirectional characters are
/// escaped. Line breaks and tabs become spaces.
///
/// Errors and the journal's notes went through this already. Texts of answers, such as the name of
/// a product, did not.
pub fn printable(text: &str) -> String {
    shown(text, usize::MAX)
}

/// Returns whether a text can be the id of an order, or another thing that has to be found again:
/// it is short, can be printed, and contains no secret.
pub(crate) fn is_id(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= ID && printable(text) == text
}

/// Escapes, masks and cuts in one go, so that neither the length of a text nor a cut within a
/// secret matters.
fn shown(text: &str, most: usize) -> String {
    let known = known();
    let mut shown = String::with_capacity(text.len().min(most));
    let (mut at, mut letters) = (0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if letters >= most {
            let left_out = rest.chars().count();
            shown.push_str(&format!("… ({left_out} more characters)"));
            break;
        }
        letters += 1;
        if let Some(length) = longest(&known, text, at) {
            shown.push_str(MASK);
            at += length;
            continue;
        }
        let Some(letter) = rest.chars().next() else {
            break;
        };
        at += letter.len_utf8();
        match letter {
            '\n' | '\r' | '\t' => shown.push(' '),
            odd if is_hidden(odd) => shown.extend(odd.escape_unicode()),
            letter => shown.push(letter),
        }
    }
    shown
}

/// Returns whether a character steers a terminal, changes the direction of a text, or cannot be
/// seen.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Returns the secrets that are in use.
fn known() -> Vec<Arc<Masked>> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.iter().filter_map(Weak::upgrade).collect()
}

/// The secrets of one request, to be masked in text that quotes it.
///
/// It comes from [`Transport::redactor`](crate::Transport::redactor). `Debug` prints no secret.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Vec<Arc<Masked>>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} secrets)", self.secrets.len())
    }
}

impl Redactor {
    /// Adds a secret. As long as this redactor or a clone of it exists, no message of this crate
    /// shows it.
    pub(crate) fn add(&mut self, secret: Secret) {
        if secret.expose().len() < SHORTEST {
            return;
        }
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|it| it.strong_count() > 0);
        let same = known.iter().filter_map(Weak::upgrade);
        let mut same = same.filter(|it| it.text == secret);
        let masked = same.next().unwrap_or_else(|| {
            let masked = Arc::new(Masked::new(secret));
            known.push(Arc::downgrade(&masked));
            masked
        });
        self.secrets.push(masked);
    }

    /// Returns the text with every secret masked, in whichever form it is written: as it is,
    /// percent-encoded, within JSON, or in Base64, also together with `Bearer` or a user name.
    ///
    /// JSON stays JSON. Secrets of fewer than four bytes are not masked.
    pub fn redact(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
            match longest(&self.secrets, text, at) {
                Some(length) => {
                    shown.push_str(MASK);
                    at += length;
                }
                None => {
                    shown.push(letter);
                    at += letter.len_utf8();
                }
            }
        }
        shown
    }

    /// Masks every secret in the texts, names and numbers of a JSON value.
    pub fn redact_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.redact(text),
            Value::Array(items) => items.iter_mut().for_each(|it| self.redact_json(it)),
            Value::Object(fields) => {
                for (name, mut value) in std::mem::take(fields) {
                    self.redact_json(&mut value);
                    fields.insert(self.redact(&name), value);
                }
            }
            Value::Number(number) => {
                let text = number.to_string();
                let masked = self.redact(&text);
                if masked != text {
                    *value = masked.into();
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
}

/// Returns the length of the longest secret that stands at a place of a text.
fn longest(secrets: &[Arc<Masked>], text: &str, at: usize) -> Option<usize> {
    let found = secrets.iter().filter_map(|it| it.length_at(text, at));
    found.max()
}

/// A secret, and the forms of it that cannot be told letter by letter.
struct Masked {
    text: Secret,
    /// Its forms in Base64, one for each position that it can begin at.
    encoded: Vec<Secret>,
}

impl Masked {
    fn new(text: Secret) -> Self {
        let bytes = text.expose().as_bytes();
        let mut encoded = Vec::new();
        for before in 0..3 {
            let mut whole = vec![0; before];
            whole.extend_from_slice(bytes);
            // The letters that are made of the secret alone.
            let first = (before * 8).div_ceil(6);
            let last = whole.len() * 8 / 6;
            for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let form = engine.encode(&whole);
                let form = form.get(first..last).unwrap_or_default();
                if form.len() >= SHORTEST_ENCODED {
                    encoded.push(Secret::from(form));
                }
            }
        }
        encoded.dedup();
        Masked { text, encoded }
    }

    /// Returns the length in which the secret stands at a place of a text.
    fn length_at(&self, text: &str, at: usize) -> Option<usize> {
        let forms = [&self.text].into_iter().chain(&self.encoded);
        forms
            .filter_map(|form| standing(form.expose(), text, at))
            .max()
    }
}

/// Returns the length in which a form of a secret stands at a place of a text: as it is, or with
/// any of its letters percent-encoded or escaped as in JSON.
fn standing(form: &str, text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let first = rest.bytes().next()?;
    if rest.starts_with(form) {
        return Some(form.len());
    }
    let may_begin = form.bytes().next() == Some(first);
    if (may_begin || first == b'%' || first == b'+')
        && let Some(length) = decoded(form.bytes(), rest.as_bytes(), percent_decoded)
    {
        return Some(length);
    }
    // A backslash that is itself escaped begins nothing.
    let before = text.get(..at)?.bytes().rev();
    let is_escaped = before.take_while(|it| *it == b'\\').count() % 2 == 1;
    if may_begin || (first == b'\\' && !is_escaped) {
        return decoded(form.chars(), rest, json_decoded);
    }
    None
}

/// Returns the length of the beginning of a text that decodes to the letters of a form.
fn decoded<L: PartialEq, T: AsRef<[u8]> + ?Sized + Sliced>(
    form: impl Iterator<Item = L>,
    text: &T,
    decode: impl Fn(&T, &L) -> Option<(L, usize)>,
) -> Option<usize> {
    let mut length = 0;
    for letter in form {
        let (found, step) = decode(text.from(length)?, &letter)?;
        if found != letter {
            return None;
        }
        length += step;
    }
    Some(length)
}

/// The rest of a text or of bytes.
trait Sliced {
    fn from(&self, at: usize) -> Option<&Self>;
}

impl Sliced for str {
    fn from(&self, at: usize) -> Option<&Self> {
        self.get(at..)
    }
}

impl Sliced for [u8] {
    fn from(&self, at: usize) -> Option<&Self> {
        self.get(at..)
    }
}

/// Decodes the first byte of percent-encoded text. A plus sign is a space where one is expected.
fn percent_decoded(text: &[u8], expected: &u8) -> Option<(u8, usize)> {
    match text {
        [b'%', high, low, ..] => {
            let digit = |byte: &u8| char::from(*byte).to_digit(16);
            match (digit(high), digit(low)) {
                (Some(high), Some(low)) => Some((u8::try_from(high * 16 + low).ok()?, 3)),
                _ => Some((b'%', 1)),
            }
        }
        [b'+', ..] if *expected == b' ' => Some((b' ', 1)),
        [byte, ..] => Some((*byte, 1)),
        [] => None,
    }
}

/// Decodes the first letter of a JSON string.
fn json_decoded(text: &str, _: &char) -> Option<(char, usize)> {
    let mut letters = text.chars();
    let first = letters.next()?;
    if first != '\\' {
        return Some((first, first.len_utf8()));
    }
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let escaped = letters.next()?;
    let plain = match escaped {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'u' => {
            let units = [unit(0)?, unit(6).unwrap_or_default()];
            let letter = char::decode_utf16(units).next()?.ok()?;
            return Some((letter, letter.len_utf16() * 6));
        }
        same => same,
    };
    Some((plain, 1 + escaped.len_utf8()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn redactor(secrets: &[&str]) -> Redactor {
        let mut redactor = Redactor::default();
        secrets
            .iter()
            .for_each(|it| redactor.add(Secret::from(*it)));
        redactor
    }

    #[test]
    fn secrets_and_control_characters_do_not_get_through() {
        let _kept = redactor(&["cleaning-canary-key", "a"]);
        let text = "bad key cleaning-canary-key\u{1b}[31m\u{9b}\u{202e}\nat all";
        let clean = Cleaned::new(text);
        assert_eq!(
            &*clean,
            "bad key [REDACTED]\\u{1b}[31m\\u{9b}\\u{202e} at all"
        );
        let long = Cleaned::quoted(&"x".repeat(5000));
        assert!(long.ends_with("x… (4400 more characters)"), "{long}");
        // A secret is masked although the cut goes through it.
        let cut = format!("{}cleaning-canary-key", "x".repeat(QUOTED - 3));
        assert!(Cleaned::quoted(&cut).ends_with("x[REDACTED]"));
    }

    #[test]
    fn a_secret_is_known_as_long_as_somebody_has_it() {
        let first = redactor(&["known-for-a-while"]);
        let second = redactor(&["known-for-a-while"]);
        drop(first);
        assert_eq!(printable("known-for-a-while"), MASK);
        drop(second);
        // Another thread may be cleaning a text just now.
        while printable("known-for-a-while") == MASK {
            std::thread::yield_now();
        }
    }

    #[test]
    fn every_form_of_a_secret_is_masked() {
        let secret = "p\"w/x y\\ü😀+%41";
        let redactor = redactor(&[secret]);
        let mut forms = vec![
            secret.to_owned(),
            serde_json::Value::from(secret)
                .to_string()
                .trim_matches('"')
                .to_owned(),
            "p\\u0022w\\/x\\u0020y\\\\\\u00fc\\ud83d\\uDE00+%41".to_owned(),
        ];
        let percent = crate::vocabulary::url::percent_encoded(secret);
        forms.extend([percent.to_lowercase(), percent.replace("%20", "+"), percent]);
        for form in forms {
            assert_eq!(redactor.redact(&form), MASK, "{form}");
            assert_eq!(
                redactor.redact(&format!("<{form}>")),
                "<[REDACTED]>",
                "{form}"
            );
        }
        for around in ["", "Bearer ", "user:", "ab", "🙂"] {
            for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let form = engine.encode(format!("{around}{secret}{around}"));
                let shown = redactor.redact(&form);
                let kept = shown.replace(MASK, "").len();
                let around = engine.encode(around.repeat(2)).len();
                assert!(
                    shown.contains(MASK) && kept <= around + 4,
                    "{form}: {shown}"
                );
            }
        }
    }

    #[test]
    fn json_stays_json() {
        let redactor = redactor(&["se\"cret", "12345678"]);
        let mut value = json!({"a": ["x se\"cret y"], "se\"cret": {"n": 12_345_678, "m": 1}});
        let text = redactor.redact(&value.to_string());
        redactor.redact_json(&mut value);
        assert_eq!(
            value,
            json!({"a": ["x [REDACTED] y"], "[REDACTED]": {"n": MASK, "m": 1}})
        );
        assert!(
            !text.contains("cret") && !text.contains("12345678"),
            "{text}"
        );
        // An escaped backslash in front of a letter is no escape.
        let backslash = serde_json::Value::from("\\u0073e\"cret").to_string();
        let shown: Value = serde_json::from_str(&redactor.redact(&backslash)).unwrap();
        assert!(shown.as_str().unwrap().starts_with('\\'), "{shown}");
    }

    #[test]
    fn an_id_is_short_printable_text() {
        let _kept = redactor(&["canary-of-the-ids"]);
        for good in ["1", "T-2026 a", "Größe"] {
            assert!(is_id(good), "{good}");
        }
        let long = "9".repeat(201);
        for bad in [
            "",
            " ",
            "a\u{1b}[m",
            "a\u{9b}",
            "a\u{202e}b",
            "a\n",
            "x canary-of-the-ids",
            &long,
        ] {
            assert!(!is_id(bad), "{bad:?}");
        }
    }
}
