//! The deployment's directory: what the application's logical targets (`queue:billing`) are called by this vendor.

use std::collections::BTreeMap;

use crate::error::{Effect, Error, ErrorKind, Result};
use crate::target::{Target, TargetName};

/// Logical name → the vendor's address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Directory {
    entries: BTreeMap<TargetName, Target>,
}

impl Directory {
    /// A directory without entries: only raw vendor addresses can be used.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// The address is a logical name itself, or of another kind than the name.
    pub fn with(mut self, name: TargetName, target: Target) -> Result<Self> {
        if matches!(target, Target::Named(_)) {
            return Err(config_error(format!(
                "{name} points at another logical name, a vendor address is expected"
            )));
        }
        if target.kind() != name.kind() {
            return Err(config_error(format!(
                "{name} points at a {}, the name says {}",
                target.kind(),
                name.kind()
            )));
        }
        self.entries.insert(name, target);
        Ok(self)
    }

    /// All entries in order of their names.
    pub fn entries(&self) -> impl Iterator<Item = (&TargetName, &Target)> {
        self.entries.iter()
    }

    /// The vendor's address of a target; raw addresses are returned as they are.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownTarget`] that lists near matches; nothing was sent.
    pub fn resolve(&self, target: Target) -> Result<Target> {
        let Target::Named(name) = &target else {
            return Ok(target);
        };
        self.entries.get(name).cloned().ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &TargetName) -> Error {
        let mut near: Vec<(f64, &str)> = self
            .entries
            .keys()
            .map(|known| (strsim::jaro_winkler(known.as_str(), name.as_str()), known.as_str()))
            .filter(|(likeness, _)| *likeness > 0.7)
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0));
        let near: Vec<&str> = near.into_iter().take(3).map(|(_, known)| known).collect();
        let hint = if near.is_empty() {
            format!("the directory has {} entries, none like it", self.entries.len())
        } else {
            format!("did you mean {}?", near.join(", "))
        };
        Error::new(
            ErrorKind::UnknownTarget,
            Effect::None,
            format!("{name} is not in the [directory] of this deployment; {hint}"),
        )
    }
}

fn config_error(message: String) -> Error {
    Error::new(ErrorKind::Config, Effect::None, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> TargetName {
        TargetName::new(text).expect("valid")
    }

    #[test]
    fn an_unknown_name_lists_near_matches() {
        let directory = Directory::empty()
            .with(name("queue:billing"), Target::queue_id("25").expect("valid"))
            .expect("fits");
        let error = directory
            .resolve(Target::Named(name("queue:biling")))
            .expect_err("unknown");
        assert_eq!(error.kind(), ErrorKind::UnknownTarget);
        assert!(error.to_string().contains("did you mean queue:billing?"), "{error}");
    }

    #[test]
    fn a_name_and_its_address_are_of_one_kind() {
        let error = Directory::empty()
            .with(name("agent:ann"), Target::queue_id("25").expect("valid"))
            .expect_err("kinds differ");
        assert!(error.to_string().contains("the name says agent"), "{error}");
    }
}
