//! Playing recordings, and recording the screen (section 10).

use serde_json::json;

use super::CcGatewaySimulator;
use super::answer::{Answer, Done, Fault};
use super::ask::Ask;
use super::event::Event;
use super::gateway::Gateway;

/// What an agent's session plays and records.
#[derive(Debug, Default)]
pub(super) struct Player {
    playing: Playing,
    screen: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Playing {
    #[default]
    Nothing,
    Running,
    Paused,
}

/// How a playback ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaybackEnd {
    /// The file is over.
    Finished,
    /// It cannot be played.
    Failed,
}

impl CcGatewaySimulator {
    /// What the agent plays ends by itself: `AgentMediaEvent_StopPlayDone`. Answers whether there was anything.
    pub fn end_playback(&self, agent: &str, how: PlaybackEnd) -> bool {
        let cause = match how {
            PlaybackEnd::Finished => 0,
            PlaybackEnd::Failed => 2,
        };
        let ended = self.gateway.play_on(agent, "500-009", stop);
        if ended.is_ok() {
            stopped(&self.gateway, agent, cause);
        }
        ended.is_ok()
    }
}

/// `PUT play`
pub(super) fn play(gateway: &Gateway, ask: &Ask) -> Answer {
    let documented = [
        "voicepath",
        // Spelled so.
        "startpostion",
        "volumechange",
        "speedchange",
        "times",
        "codeformat",
    ];
    let fields = ask.fields(&documented, &gateway.options())?;
    fields.text("voicepath")?.ok_or(Fault::PARAMETER)?;
    for number in documented.iter().skip(1) {
        fields.int(number)?;
    }
    gateway.play_on(&ask.agent, "500-007", |from| {
        (from == Playing::Nothing).then_some(Playing::Running)
    })?;
    tell(gateway, &ask.agent, "AgentMediaEvent_Play_Succ")
}

/// `DELETE stopplay`
pub(super) fn stop_play(gateway: &Gateway, ask: &Ask) -> Answer {
    gateway.play_on(&ask.agent, "500-009", stop)?;
    stopped(gateway, &ask.agent, 1);
    Ok(Done::Command)
}

/// `POST pauseplay`
pub(super) fn pause_play(gateway: &Gateway, ask: &Ask) -> Answer {
    gateway.play_on(&ask.agent, "500-003", |from| {
        (from == Playing::Running).then_some(Playing::Paused)
    })?;
    tell(gateway, &ask.agent, "AgentMediaEvent_PausePlayDone")
}

/// `POST resumeplay`
pub(super) fn resume_play(gateway: &Gateway, ask: &Ask) -> Answer {
    gateway.play_on(&ask.agent, "500-005", |from| {
        (from == Playing::Paused).then_some(Playing::Running)
    })?;
    tell(gateway, &ask.agent, "AgentMediaEvent_ResumePlayDone")
}

/// `POST forefast/{time}`
pub(super) fn forward(gateway: &Gateway, ask: &Ask) -> Answer {
    jump(gateway, ask, "500-002")
}

/// `POST backfast/{time}`
pub(super) fn rewind(gateway: &Gateway, ask: &Ask) -> Answer {
    jump(gateway, ask, "500-001")
}

/// `PUT startrecordscreen`
pub(super) fn start_screen(gateway: &Gateway, ask: &Ask) -> Answer {
    record_screen(gateway, ask, true, "500-008")
}

/// `DELETE stoprecordscreen`
pub(super) fn stop_screen(gateway: &Gateway, ask: &Ask) -> Answer {
    record_screen(gateway, ask, false, "500-010")
}

/// `GET recordfilefromrecordid?recordid=`
pub(super) fn file_of_record(gateway: &Gateway, ask: &Ask) -> Answer {
    let id = ask.query("recordid").ok_or(Fault::PARAMETER)?;
    let state = gateway.state();
    let file = state.recordings.get(id).ok_or(Fault::Code("104-005"))?;
    Ok(Done::Result(file.as_str().into()))
}

/// `GET getconnecttoken`
pub(super) fn connect_token(gateway: &Gateway, _: &Ask) -> Answer {
    let token = gateway.state().new_guid(&gateway.options());
    Ok(Done::Result(json!({ "token": token })))
}

fn jump(gateway: &Gateway, ask: &Ask, wrong_state: &'static str) -> Answer {
    // The event of a jump exists, but its identifier is not known (5.4).
    gateway.play_on(&ask.agent, wrong_state, |from| {
        (from != Playing::Nothing).then_some(from)
    })?;
    Ok(Done::Command)
}

fn record_screen(gateway: &Gateway, ask: &Ask, on: bool, wrong_state: &'static str) -> Answer {
    let before = gateway.change_session(&ask.agent, |session| std::mem::replace(&mut session.player.screen, on))?;
    match before == on {
        true => Err(Fault::Code(wrong_state)),
        false => Ok(Done::Command),
    }
}

fn stop(from: Playing) -> Option<Playing> {
    (from != Playing::Nothing).then_some(Playing::Nothing)
}

fn tell(gateway: &Gateway, agent: &str, kind: &'static str) -> Answer {
    gateway.queue_for(agent, Event::new(kind, serde_json::Value::Null, gateway.now_ms()));
    Ok(Done::Command)
}

fn stopped(gateway: &Gateway, agent: &str, cause: u8) {
    let content = json!({ "cause": cause });
    gateway.queue_for(
        agent,
        Event::new("AgentMediaEvent_StopPlayDone", content, gateway.now_ms()),
    );
}

impl Gateway {
    /// One step of the agent's playback, from where it is allowed.
    fn play_on(
        &self,
        agent: &str,
        wrong_state: &'static str,
        step: impl FnOnce(Playing) -> Option<Playing>,
    ) -> Result<(), Fault> {
        let mut state = self.state();
        let session = state.sessions.get_mut(agent).ok_or(Fault::NOT_SIGNED_IN)?;
        session.player.playing = step(session.player.playing).ok_or(Fault::Code(wrong_state))?;
        Ok(())
    }
}
