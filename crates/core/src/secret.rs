//! Passwords and tokens: wiped from memory when dropped, shown as a placeholder everywhere, readable only by asking for it in so many words.

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::{Effect, Error, ErrorKind, Result};

/// A password, token or other secret.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The secret itself, for the wire. Never write it to a log.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// True for the empty text, which some platforms accept as a password.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reveal().is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Where a secret is to be found. In a configuration file `{ env = "NAME" }` or `{ file = "path" }`; a secret written into the file itself is refused.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SecretRef {
    /// In this environment variable.
    Env(String),
    /// In this file; one trailing line break is cut off.
    File(PathBuf),
    /// Given by the program itself. Cannot be written in a configuration file.
    Given(Secret),
}

impl SecretRef {
    /// Reads the secret.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] naming the variable or file that cannot be read.
    pub fn resolve(&self) -> Result<Secret> {
        let config = |message: String| Error::new(ErrorKind::Config, Effect::None, message);
        match self {
            Self::Given(secret) => Ok(secret.clone()),
            Self::Env(name) => std::env::var(name).map(Secret::new).map_err(|_| {
                config(format!(
                    "the environment variable {name} is not set (or is not UTF-8); it must hold the secret"
                ))
            }),
            Self::File(path) => {
                warn_if_open_to_all(path);
                let text = std::fs::read_to_string(path)
                    .map_err(|error| config(format!("the secret file {} cannot be read: {error}", path.display())))?;
                let text = text.strip_suffix('\n').unwrap_or(&text);
                Ok(Secret::new(text.strip_suffix('\r').unwrap_or(text)))
            }
        }
    }
}

impl From<Secret> for SecretRef {
    fn from(secret: Secret) -> Self {
        Self::Given(secret)
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(SecretRefVisitor)
    }
}

struct SecretRefVisitor;

impl<'de> Visitor<'de> for SecretRefVisitor {
    type Value = SecretRef;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret by reference, { env = \"NAME\" } or { file = \"path\" }")
    }

    /// Not `invalid_type`: its message would quote the secret.
    fn visit_str<E: de::Error>(self, _secret: &str) -> std::result::Result<SecretRef, E> {
        Err(E::custom(
            "a secret may not stand in the file itself: write { env = \"NAME\" } or { file = \"path\" }",
        ))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<SecretRef, A::Error> {
        let Some((key, value)) = map.next_entry::<String, String>()? else {
            return Err(de::Error::custom(
                "an empty table, expected { env = \"NAME\" } or { file = \"path\" }",
            ));
        };
        if map.next_key::<String>()?.is_some() {
            return Err(de::Error::custom("give either env or file, not both"));
        }
        match key.as_str() {
            "env" => Ok(SecretRef::Env(value)),
            "file" => Ok(SecretRef::File(PathBuf::from(value))),
            other => Err(de::Error::unknown_field(other, &["env", "file"])),
        }
    }
}

#[cfg(unix)]
fn warn_if_open_to_all(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    let open = std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o004 != 0);
    if open {
        tracing::warn!(target: "callcontrol::config", path = %path.display(), "this secret file can be read by every user of the machine; chmod 600 it");
    }
}

#[cfg(not(unix))]
fn warn_if_open_to_all(_path: &std::path::Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_a_placeholder() {
        let secret = Secret::new("hunter2");
        assert!(!format!("{secret} {secret:?} {:?}", Some(&secret)).contains("hunter2"));
        assert_eq!(secret.reveal(), "hunter2");
    }
}
