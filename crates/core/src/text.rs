//! Text that is safe to show: one line, bounded, without control characters; and numbers with their middle hidden.
//! Everything that came from a caller, a customer or a server passes here before it reaches a log, an error or a `Debug`.

/// `text` with control and bidirectional-override characters escaped, cut after `max` characters.
#[must_use]
pub fn one_line(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max + 1));
    for (count, c) in text.chars().enumerate() {
        if count == max {
            out.push('…');
            break;
        }
        if steers(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// A telephone number for people to recognise without giving it away: `2065550100` becomes `20…00`.
#[must_use]
pub fn redacted_number(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    match chars.as_slice() {
        [] => String::new(),
        short if short.len() <= 4 => "…".to_owned(),
        [first, .., last] if chars.len() <= 6 => format!("{first}…{last}"),
        [a, b, .., y, z] => format!("{a}{b}…{y}{z}"),
        _ => "…".to_owned(),
    }
}

/// True for what steers a terminal or the direction of a text instead of showing: control characters and direction marks.
pub(crate) fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_never_reach_a_log() {
        assert_eq!(one_line("a\r\nb\u{1b}c", 40), "a\\u{d}\\u{a}b\\u{1b}c");
        assert_eq!(one_line("abcdef", 3), "abc…");
        assert!(!one_line("x\u{202e}y", 40).contains('\u{202e}'));
    }

    #[test]
    fn a_number_shows_its_ends_only() {
        assert_eq!(redacted_number("2065550100"), "20…00");
        assert_eq!(redacted_number("70093"), "7…3");
        assert_eq!(redacted_number("101"), "…");
    }
}
