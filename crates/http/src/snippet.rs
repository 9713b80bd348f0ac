//! The beginning of a foreign body for an error message: one line, at most 256 bytes, with what may be a number or a token blotted out.

/// Escapes, blots and cuts.
pub(crate) fn snippet(body: &[u8]) -> String {
    let head = body.get(..body.len().min(READ_AHEAD)).unwrap_or_default();
    let text = String::from_utf8_lossy(head);
    let mut out = String::new();
    for run in runs(&text) {
        let piece = if may_be_private(run) {
            HIDDEN.to_owned()
        } else {
            run.chars().flat_map(escaped).collect()
        };
        if out.len() + piece.len() > MAX_SNIPPET {
            let room = MAX_SNIPPET - out.len();
            out.extend(piece.chars().scan(0, |used, c| {
                *used += c.len_utf8();
                (*used <= room).then_some(c)
            }));
            out.push('…');
            return out;
        }
        out.push_str(&piece);
    }
    out
}

/// Splits into words of token characters and everything between them.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let of_word = is_token_char(first);
        let end = rest.find(|c| is_token_char(c) != of_word).unwrap_or(rest.len());
        let (run, tail) = rest.split_at_checked(end)?;
        rest = tail;
        Some(run)
    })
}

/// Telephone numbers and tokens: five digits or more in a word, or a long word with a digit in it.
fn may_be_private(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    digits >= 5 || (digits > 0 && word.len() >= 16) || word.len() >= 40
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '_' | '=')
}

fn escaped(c: char) -> Box<dyn Iterator<Item = char>> {
    if c.is_control() || is_invisible(c) {
        Box::new(c.escape_unicode())
    } else {
        Box::new(std::iter::once(c))
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

const MAX_SNIPPET: usize = 253;
const READ_AHEAD: usize = 1024;
const HIDDEN: &str = "[…]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_short_plain_and_tells_no_number() {
        let body = b"<html>\r\n<b>Login\x1b[31m</b> +12065550100 8a7b6c5d4e3f2a1b0c9d";
        let text = snippet(body);
        assert_eq!(text, "<html>\\u{d}\\u{a}<b>Login\\u{1b}[31m</b> […] […]");
        assert_eq!(snippet(b""), "");
    }

    #[test]
    fn a_snippet_never_exceeds_256_bytes() {
        for body in [
            "a b ".repeat(500),
            "\u{202e}".repeat(400),
            "\0".repeat(900),
            "é ".repeat(700),
        ] {
            assert!(snippet(body.as_bytes()).len() <= 256);
        }
        assert!(snippet(&[0xff; 5000]).len() <= 256);
    }
}
