//! Text on its way into HTML: escaped first, then the little Markdown that the specs use.

use std::fmt::Write;

/// Text that can stand between tags and in a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// One line: escaped, with `code` in its element.
pub fn inline(text: &str) -> String {
    let mut out = String::new();
    let pieces: Vec<_> = text.split('`').collect();
    let last = pieces.len() - 1;
    for (index, piece) in pieces.iter().enumerate() {
        match index % 2 {
            1 if index < last => {
                let _ = write!(out, "<code>{}</code>", escape(piece));
            }
            // A backtick without its partner is just a backtick.
            1 => {
                let _ = write!(out, "`{}", escape(piece));
            }
            _ => out.push_str(&escape(piece)),
        }
    }
    out
}

/// Paragraphs, lists with hyphens and tables with pipes.
pub fn block(text: &str) -> String {
    let mut out = String::new();
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    for lines in lines.split(|line| line.is_empty()) {
        let Some(first) = lines.first() else { continue };
        if first.starts_with('|') {
            table(lines, &mut out);
        } else if first.starts_with("- ") {
            list(lines, &mut out);
        } else {
            let _ = writeln!(out, "<p>{}</p>", inline(&lines.join(" ")));
        }
    }
    out
}

fn list(lines: &[&str], out: &mut String) {
    let mut items: Vec<String> = Vec::new();
    for line in lines {
        match (line.strip_prefix("- "), items.last_mut()) {
            (None, Some(item)) => {
                item.push(' ');
                item.push_str(line);
            }
            (begun, _) => items.push(begun.unwrap_or(line).to_owned()),
        }
    }
    let items: Vec<_> = items
        .iter()
        .map(|item| format!("<li>{}</li>", inline(item)))
        .collect();
    let _ = writeln!(out, "<ul>{}</ul>", items.concat());
}

fn table(lines: &[&str], out: &mut String) {
    let is_rule = |line: &&&str| line.chars().all(|it| matches!(it, '|' | '-' | ':' | ' '));
    let rows: Vec<_> = lines.iter().filter(|line| !is_rule(line)).collect();
    out.push_str("<div class=\"wide\"><table>");
    for (index, row) in rows.iter().enumerate() {
        let element = if index == 0 { "th" } else { "td" };
        let cells = row.trim_matches('|').split('|');
        let cells: Vec<_> = cells
            .map(|cell| format!("<{element}>{}</{element}>", inline(cell.trim())))
            .collect();
        let _ = write!(out, "<tr>{}</tr>", cells.concat());
    }
    out.push_str("</table></div>\n");
}

/// JSON that can stand in a script element: nothing in it ends the element.
pub fn json_in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nothing_of_a_spec_becomes_a_tag() {
        let evil = "<script>alert('x')</script> & \"y\"";
        let safe = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;";
        assert_eq!(escape(evil), safe);
        assert_eq!(
            inline(&format!("a `{evil}`")),
            format!("a <code>{safe}</code>")
        );
        for text in [
            evil.to_owned(),
            format!("- {evil}"),
            format!("| {evil} |\n|---|\n| `{evil}` |"),
        ] {
            let html = block(&text);
            assert!(!html.contains("<script"), "{html}");
        }
    }

    #[test]
    fn the_markdown_of_the_specs() {
        assert_eq!(inline("`a` or `b`"), "<code>a</code> or <code>b</code>");
        assert_eq!(inline("an odd ` one"), "an odd ` one");
        assert_eq!(
            block("One\nline.\n\nTwo."),
            "<p>One line.</p>\n<p>Two.</p>\n"
        );
        assert_eq!(
            block("- a\n- b\n  more"),
            "<ul><li>a</li><li>b more</li></ul>\n"
        );
        assert_eq!(
            block("| a | b |\n|---|---|\n| c | `d` |"),
            "<div class=\"wide\"><table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td><code>d</code></td></tr></table></div>\n"
        );
    }

    #[test]
    fn json_can_not_end_its_script() {
        let json = serde_json::to_string("</script><!--").unwrap();
        let safe = json_in_script(&json);
        assert!(!safe.contains('<'));
        let read: String = serde_json::from_str(&safe).unwrap();
        assert_eq!(read, "</script><!--");
    }
}
