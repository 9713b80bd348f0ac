//! The options in force, with the users to be found by name and by agent without a search: thousands of agents may be signed in.

use std::collections::HashMap;
use std::ops::Deref;

use super::options::{GwsOptions, GwsUser};

/// Options and the indexes over their users.
#[derive(Debug, Default)]
pub(super) struct Settings {
    options: GwsOptions,
    by_name: HashMap<String, usize>,
    by_agent: HashMap<String, usize>,
}

impl Settings {
    pub(super) fn new(options: GwsOptions) -> Self {
        let users = || options.users.iter().enumerate();
        Self {
            by_name: users().map(|(at, user)| (user.name.clone(), at)).collect(),
            by_agent: users().map(|(at, user)| (user.agent.clone(), at)).collect(),
            options,
        }
    }

    /// The same with something changed.
    pub(super) fn changed(&self, change: impl FnOnce(&mut GwsOptions)) -> Self {
        let mut options = self.options.clone();
        change(&mut options);
        Self::new(options)
    }

    pub(super) fn user_named(&self, name: &str) -> Option<&GwsUser> {
        self.options.users.get(*self.by_name.get(name)?)
    }

    pub(super) fn user_of(&self, agent: &str) -> Option<&GwsUser> {
        self.options.users.get(*self.by_agent.get(agent)?)
    }
}

impl Deref for Settings {
    type Target = GwsOptions;

    fn deref(&self) -> &GwsOptions {
        &self.options
    }
}
