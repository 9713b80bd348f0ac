//! Numbers to dial and tones to send, checked at the edge and never shown in full: `Debug` and `Display` hide their middle.
//! Serialisation carries the whole value, because commands are data; that is the only way out beside [`PhoneNumber::reveal`] and [`Dtmf::reveal`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::text::redacted_number;

/// A number to dial: 1 to 64 of `0-9 A-E a-e * #`, an optional leading `+`. Visual separators (`-`, `.`, blank, brackets) are refused, not guessed away.
///
/// Vendors narrow this further: CC-Gateway takes 24 characters and no `+`, Genesys passes what the switch takes. The adapter says so before any I/O.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Checks and wraps.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) that names the offending character and its position, not the number.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let digits = text.strip_prefix('+').unwrap_or(&text);
        if digits.is_empty() {
            return Err(Error::invalid_input(
                "the number is empty, at least one digit is expected",
            ));
        }
        if text.len() > MAX_NUMBER {
            return Err(Error::invalid_input(format!(
                "the number has {} characters, at most {MAX_NUMBER} are allowed",
                text.chars().count()
            )));
        }
        if let Some((at, bad)) = digits.chars().enumerate().find(|(_, c)| !is_dialable(*c)) {
            return Err(Error::invalid_input(format!(
                "the number {} holds '{}' at position {}, digits, A-E, * and # are expected",
                redacted_number(&crate::text::one_line(&text, MAX_NUMBER)),
                bad.escape_default(),
                at + 1
            )));
        }
        Ok(Self(text))
    }

    /// The whole number, for the wire. Never write it to a log.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redacted_number(&self.0))
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({self})")
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

impl std::str::FromStr for PhoneNumber {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

/// Tones to send: 1 to 64 of `0-9 * # A-D`. They may be a PIN, so neither `Debug` nor `Display` shows them.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Dtmf(String);

impl Dtmf {
    /// Checks and wraps.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when empty, too long or not a tone.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let tones = text.chars().count();
        if tones == 0 || tones > MAX_TONES {
            return Err(Error::invalid_input(format!(
                "{tones} tones given, 1 to {MAX_TONES} are expected"
            )));
        }
        match text
            .chars()
            .position(|c| !matches!(c, '0'..='9' | '*' | '#' | 'A'..='D'))
        {
            None => Ok(Self(text)),
            Some(at) => Err(Error::invalid_input(format!(
                "character {} of the tones is none of 0-9 * # A-D",
                at + 1
            ))),
        }
    }

    /// The tones, for the wire. Never write them to a log.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Dtmf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tones", self.0.len())
    }
}

impl fmt::Debug for Dtmf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dtmf({self})")
    }
}

impl TryFrom<String> for Dtmf {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl From<Dtmf> for String {
    fn from(tones: Dtmf) -> Self {
        tones.0
    }
}

fn is_dialable(c: char) -> bool {
    matches!(c, '0'..='9' | 'A'..='E' | 'a'..='e' | '*' | '#')
}

const MAX_NUMBER: usize = 64;
const MAX_TONES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_letters_is_refused_without_being_shown() {
        let error = PhoneNumber::new("20655x0100").expect_err("letters");
        assert!(error.to_string().contains("position 6"), "{error}");
        assert!(!error.to_string().contains("20655x0100"));
        for bad in ["", "+", "１２３", "12 34", "1\r\n2", &"9".repeat(65)] {
            assert!(PhoneNumber::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn neither_numbers_nor_tones_are_shown_in_full() {
        let number = PhoneNumber::new("+2065550100").expect("valid");
        let tones = Dtmf::new("4711#").expect("valid");
        let shown = format!("{number} {number:?} {tones} {tones:?}");
        assert!(!shown.contains("5550") && !shown.contains("4711"), "{shown}");
        assert_eq!(number.reveal(), "+2065550100");
    }
}
