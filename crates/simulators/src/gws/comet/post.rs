//! What becomes of a notification on its way to the sessions: lost, doubled, late, or kept back until a test lets it go.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::CometSessions;
use crate::gws::ids;
use crate::gws::notices::Notification;
use crate::gws::options::{EventMischief, GwsOptions};

/// The orders of tests about notifications.
#[derive(Debug, Default)]
pub(in crate::gws) struct Post {
    /// Notifications to be lost, by agent.
    losing: BTreeMap<String, usize>,
    /// Notifications of an agent are not seen before.
    gates: BTreeMap<String, Instant>,
    /// Notifications of these agents wait until they are let go.
    withheld: BTreeMap<String, Vec<Notification>>,
    rolls: u64,
}

impl Post {
    pub(in crate::gws) fn lose(&mut self, agent: &str, count: usize) {
        self.losing.insert(agent.into(), count);
    }

    pub(in crate::gws) fn gate(&mut self, agent: &str, until: Instant) {
        self.gates.insert(agent.into(), until);
    }

    pub(in crate::gws) fn withhold(&mut self, agent: &str) {
        self.withheld.entry(agent.into()).or_default();
    }

    pub(in crate::gws) fn withheld(&self, agent: &str) -> &[Notification] {
        self.withheld.get(agent).map(Vec::as_slice).unwrap_or_default()
    }

    /// Takes the one at this place out.
    pub(in crate::gws) fn take(&mut self, agent: &str, at: usize) -> Option<Notification> {
        let waiting = self.withheld.get_mut(agent)?;
        (at < waiting.len()).then(|| waiting.remove(at))
    }

    /// Keeps nothing back any more.
    pub(in crate::gws) fn let_go(&mut self, agent: &str) -> Vec<Notification> {
        self.withheld.remove(agent).unwrap_or_default()
    }

    /// A server that starts anew knows of no notification.
    pub(in crate::gws) fn forget(&mut self) {
        self.gates.clear();
        self.withheld.values_mut().for_each(Vec::clear);
    }

    /// Sends a notification the way that the options and the test's orders make it go.
    pub(in crate::gws) fn send(
        &mut self,
        agent: &str,
        notification: &Notification,
        sessions: &mut CometSessions,
        options: &GwsOptions,
    ) {
        if let Some(waiting) = self.withheld.get_mut(agent) {
            waiting.push(notification.clone());
            return;
        }
        if let Some(losing) = self.losing.get_mut(agent).filter(|losing| **losing > 0) {
            *losing -= 1;
            return;
        }
        let visible = self.gates.get(agent).copied().unwrap_or_else(Instant::now);
        let fate = options
            .event_mischief
            .map(|mischief| self.fate(&mischief))
            .unwrap_or_default();
        if fate.lost {
            return;
        }
        let copies = if fate.doubled || options.duplicate_events { 2 } else { 1 };
        for _ in 0..copies {
            sessions.queue(agent, notification, visible + fate.late, &options.comet);
        }
    }

    fn fate(&mut self, mischief: &EventMischief) -> Fate {
        let mut roll = || {
            self.rolls += 1;
            ids::scramble(mischief.seed.wrapping_add(self.rolls))
        };
        let lost = roll() % 100 < u64::from(mischief.lost);
        let doubled = roll() % 100 < u64::from(mischief.doubled);
        let late = roll() % 100 < u64::from(mischief.late);
        let parts = u32::try_from(roll() % 1000).unwrap_or_default();
        let delay = mischief.delay.saturating_mul(parts) / 1000;
        Fate {
            lost,
            doubled,
            late: if late { delay } else { Duration::ZERO },
        }
    }
}

/// What chance makes of a notification.
#[derive(Debug, Default)]
struct Fate {
    lost: bool,
    doubled: bool,
    late: Duration,
}
