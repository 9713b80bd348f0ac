//! What a test does to sessions and credentials from outside: ends them, renews them, restarts the gateway.

use super::CcGatewaySimulator;
use super::state::Origin;

impl CcGatewaySimulator {
    /// The gateway restarts: all sessions, GUIDs and queued events are forgotten, and pending polls answer `100-006`.
    /// The platform behind it keeps its agents and calls; [`after_restart`](super::CcGatewayOptions::after_restart)
    /// says what the agents' next sign-in meets. Cutting the connections is the server's part.
    pub fn restart(&self) {
        let mut state = self.gateway.state();
        let forgotten = std::mem::take(&mut state.sessions);
        for (agent, session) in forgotten {
            if !session.over {
                state.orphans.insert(agent);
            }
            session.wake.notify_waiters();
        }
        state.wake.notify_waiters();
    }

    /// The gateway forgets the agent's session and signs the agent out.
    pub fn end_session(&self, agent: &str) {
        let forgotten = self.gateway.state().sessions.remove(agent);
        if let Some(session) = forgotten {
            session.wake.notify_waiters();
        }
        // Signed out at the switch already: then there is nothing to do.
        let _ = self
            .gateway
            .command(Origin::Session, |switch| switch.force_sign_out(agent));
    }

    /// The agent's next poll answer or heartbeat brings a new GUID, whatever `AUTHMODE` and its times say.
    pub fn rotate_guid_now(&self, agent: &str) {
        if let Some(session) = self.gateway.state().sessions.get_mut(agent) {
            session.guids.want_new();
        }
    }
}
