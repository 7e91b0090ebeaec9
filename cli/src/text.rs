//! Text for terminals and shells.

/// Replaces control characters by spaces: a vendor's words must not steer a terminal.
pub fn on_one_line(text: &str) -> String {
    without_controls(text, |_| false)
}

/// Replaces control characters other than line breaks by spaces.
pub fn on_lines(text: &str) -> String {
    without_controls(text, |letter| letter == '\n')
}

fn without_controls(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let replaced = |letter: char| match letter.is_control() && !is_kept(letter) {
        true => ' ',
        false => letter,
    };
    text.chars().map(replaced).collect()
}

/// Quotes a word as a shell needs it.
pub fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@=,".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
