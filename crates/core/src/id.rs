//! Names of things as types of their own: a call, a session and an operation can never be mixed up.
//! All ids of ours are opaque printable text; [`CallId`] is minted here and stays for the life of a call whatever the vendor renames.

use std::fmt;
use std::sync::{Arc, Mutex};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::text::{one_line, steers};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Checks and wraps: 1 to 128 printable characters without blanks.
            ///
            /// # Errors
            /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) saying what is wrong.
            pub fn new(text: impl AsRef<str>) -> Result<Self> {
                check_id($what, text.as_ref())?;
                Ok(Self(text.as_ref().into()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.as_ref().to_owned()
            }
        }

        impl std::str::FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                Self::new(text)
            }
        }
    };
}

text_id!(
    /// A call as this layer knows it: ours, stable, an alias of whatever the vendor calls it today.
    CallId,
    "call id"
);
text_id!(
    /// One agent's stay at the vendor, from sign-in to sign-out.
    SessionId,
    "session id"
);
text_id!(
    /// One operation. The caller may supply it; a duplicate within a window gets the same receipt and nothing is sent again.
    OpId,
    "operation id"
);
text_id!(
    /// An agent as the vendor's directory names him or her (work number, user name, agent id).
    AgentId,
    "agent id"
);
text_id!(
    /// Which adapter: `huawei-cc-gateway`, `huawei-oifde`, `genesys-gws`, or one of your own.
    AdapterId,
    "adapter id"
);

/// The source of new ids, seeded once, so that a simulated run can be repeated to the letter. Clones share it.
#[derive(Clone)]
pub struct IdSource {
    random: Arc<Mutex<SmallRng>>,
}

impl IdSource {
    /// Ids nobody can foresee.
    #[must_use]
    pub fn random() -> Self {
        Self::from_rng(rand::make_rng())
    }

    /// The same ids in every run with the same seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::from_rng(SmallRng::seed_from_u64(seed))
    }

    fn from_rng(random: SmallRng) -> Self {
        Self {
            random: Arc::new(Mutex::new(random)),
        }
    }

    /// A new call id.
    #[must_use]
    pub fn call(&self) -> CallId {
        CallId(self.text("call").into())
    }

    /// A new operation id.
    #[must_use]
    pub fn op(&self) -> OpId {
        OpId(self.text("op").into())
    }

    fn text(&self, prefix: &str) -> String {
        let value: u64 = crate::sync::lock(&self.random).random();
        format!("{prefix}-{value:016x}")
    }
}

impl fmt::Debug for IdSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdSource")
    }
}

impl OpId {
    /// A fresh operation id nobody can foresee.
    #[must_use]
    pub fn fresh() -> Self {
        let value: u64 = rand::random();
        Self(format!("op-{value:016x}").into())
    }
}

fn check_id(what: &str, text: &str) -> Result<()> {
    let shown = || one_line(text, 40);
    if text.is_empty() {
        return Err(Error::invalid_input(format!("the {what} is empty")));
    }
    if text.len() > MAX_ID {
        return Err(Error::invalid_input(format!(
            "the {what} has {} bytes, at most {MAX_ID} are allowed",
            text.len()
        )));
    }
    if let Some(bad) = text.chars().find(|&c| steers(c) || c.is_whitespace()) {
        return Err(Error::invalid_input(format!(
            "the {what} \"{}\" holds the character {}, printable text without blanks is expected",
            shown(),
            bad.escape_unicode()
        )));
    }
    Ok(())
}

const MAX_ID: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_refuse_blanks_control_characters_and_excess() {
        assert!(AgentId::new("101").is_ok());
        for bad in ["", " ", "1\n2", "a\tb", "10\u{202e}1"] {
            assert!(AgentId::new(bad).is_err(), "{bad:?}");
        }
        assert!(CallId::new("x".repeat(129)).is_err());
    }

    #[test]
    fn a_seeded_source_repeats_itself() {
        let (a, b) = (IdSource::seeded(7), IdSource::seeded(7));
        assert_eq!(a.call(), b.call());
        assert_eq!(a.op(), b.op());
        assert_ne!(a.call(), a.call());
    }
}
