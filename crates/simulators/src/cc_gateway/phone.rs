//! The telephone itself: lifting and releasing it, and the picture of a video call (section 6).

use callcontrol_testkit::switch::Party;
use serde_json::json;

use super::answer::{Answer, Codes, Done, Fault};
use super::ask::Ask;
use super::event::Event;
use super::gateway::Gateway;
use super::session::Session;

/// `DELETE releasephone`: ends the current call, and the telephone is on its hook.
pub(super) fn release_phone(gateway: &Gateway, ask: &Ask) -> Answer {
    put_down(gateway, ask, BY_PLATFORM)
}

/// `phonepickup`: linked telephones only. What rings is answered.
pub(super) fn pick_up(gateway: &Gateway, ask: &Ask) -> Answer {
    linked(gateway, ask)?;
    let me = Party::agent(&ask.agent);
    let ringing = gateway.switch.ringing_at(&me);
    let lifted = gateway.change_session(&ask.agent, |session| !std::mem::replace(&mut session.off_hook, true))?;
    if lifted {
        let event = Event::new("AgentOther_PhoneOffhook", json!({ "type": "main" }), gateway.now_ms());
        gateway.queue_for(&ask.agent, event);
    }
    match ringing {
        Some(call) => gateway.on_call(Codes::no_call("100-007"), |switch| Some(switch.answer(&me, call))),
        None => Ok(Done::Command),
    }
}

/// `phonehangup`: linked telephones only.
pub(super) fn hang_up(gateway: &Gateway, ask: &Ask) -> Answer {
    linked(gateway, ask)?;
    put_down(gateway, ask, BY_AGENT)
}

/// `POST beginmutevideo`
pub(super) fn begin_mute_video(gateway: &Gateway, ask: &Ask) -> Answer {
    cover_picture(gateway, ask, "200-019", "200-020", true)
}

/// `POST endmutevideo`
pub(super) fn end_mute_video(gateway: &Gateway, ask: &Ask) -> Answer {
    cover_picture(gateway, ask, "200-021", "200-022", false)
}

/// Calls have no picture at the switch: it is enough that there is a call and that the picture is not so already.
fn cover_picture(gateway: &Gateway, ask: &Ask, no_call: &'static str, wrong_state: &'static str, on: bool) -> Answer {
    if gateway.switch.active_call(&ask.agent).is_none() {
        return Err(Fault::Code(no_call));
    }
    let before = gateway.change_session(&ask.agent, |session| {
        std::mem::replace(&mut session.picture_covered, on)
    })?;
    if before == on {
        return Err(Fault::Code(wrong_state));
    }
    Ok(Done::Command)
}

fn put_down(gateway: &Gateway, ask: &Ask, by: u8) -> Answer {
    let me = Party::agent(&ask.agent);
    if let Some(call) = gateway.switch.active_call(&ask.agent) {
        gateway.on_call(Codes::no_call("200-017"), |switch| Some(switch.hang_up(&me, call)))?;
    }
    // The end of the call may have released it.
    let lifted = gateway.change_session(&ask.agent, |session| std::mem::take(&mut session.off_hook))?;
    if lifted {
        let event = Event::new("AgentOther_PhoneRelease", json!({ "phoneState": by }), gateway.now_ms());
        gateway.queue_for(&ask.agent, event);
    }
    Ok(Done::Command)
}

fn linked(gateway: &Gateway, ask: &Ask) -> Result<(), Fault> {
    let methods = gateway.options().phone_methods;
    if !methods.takes(&ask.method) {
        return Err(Fault::Http(gateway.options().wrong_method));
    }
    match gateway.change_session(&ask.agent, |session| session.settings.linkage)? {
        true => Ok(()),
        false => Err(Fault::PLATFORM),
    }
}

impl Gateway {
    /// Changes or reads the agent's session.
    pub(super) fn change_session<T>(&self, agent: &str, change: impl FnOnce(&mut Session) -> T) -> Result<T, Fault> {
        let mut state = self.state();
        state.sessions.get_mut(agent).map(change).ok_or(Fault::NOT_SIGNED_IN)
    }
}

/// Phone states of section 14.7.
const BY_AGENT: u8 = 2;
const BY_PLATFORM: u8 = 3;
