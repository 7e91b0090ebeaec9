//! Text for terminals and shells.

/// Returns whether a terminal, an editor or a reader's eye may be misled by a character: controls
/// of both sets (C0, C1), marks that turn the direction of writing, and what cannot be seen.
pub fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            // Marks, embeddings, overrides and isolates of direction.
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
            // Separators of lines and paragraphs, invisible characters, tags.
            | '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Returns the text on one line: line breaks and tabs become spaces, and every other unsafe
/// character its escape, such as `\u{1b}`.
pub fn on_one_line(text: &str) -> String {
    escaped(text, |letter| match letter {
        '\n' | '\r' | '\t' => " ".to_owned(),
        other => other.escape_unicode().to_string(),
    })
}

/// Returns the text with its line breaks, and with every other unsafe character escaped.
pub fn on_lines(text: &str) -> String {
    escaped(text, |letter| match letter {
        '\n' => "\n".to_owned(),
        other => other.escape_unicode().to_string(),
    })
}

/// Returns text with each unsafe character replaced.
pub fn escaped(text: &str, escape: impl Fn(char) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match is_unsafe(letter) {
            true => out.push_str(&escape(letter)),
            false => out.push(letter),
        }
    }
    out
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
