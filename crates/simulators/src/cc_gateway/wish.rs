//! What the body of a sign-in asks for (section 3.3).

use callcontrol_testkit::switch::AgentState;

use super::answer::Fault;
use super::ask::{Fields, is_digit, is_number, is_token};
use super::choices::PushForm;
use super::options::CcGatewayOptions;
use super::session::{PushTarget, Settings};

/// What the body asks for.
pub(super) struct Wish {
    /// Number of the telephone; the platform's sign-in can do without.
    pub(super) phone: Option<String>,
    pub(super) status: Status,
    pub(super) auto_idle: bool,
    pub(super) settings: Settings,
}

/// The state after sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Busy,
    Idle,
    Work,
}

impl Wish {
    pub(super) fn read(fields: &Fields, forced: bool, options: &CcGatewayOptions) -> Result<Self, Fault> {
        let phone = fields.text("phonenum").map_err(illegal)?;
        if phone.as_deref().is_some_and(|phone| !is_number(phone, is_digit)) {
            return Err(Fault::Code("100-011"));
        }
        let status = match fields.int("status").map_err(illegal)?.unwrap_or(4) {
            3 => Status::Busy,
            4 => Status::Idle,
            5 => Status::Work,
            _ => return Err(Fault::Code("100-011")),
        };
        if !matches!(fields.int("agenttype").map_err(illegal)?, None | Some(4 | 11)) {
            return Err(Fault::Code("100-012"));
        }
        let push = push_target(fields, options)?;
        let ip = fields.text("ip").map_err(illegal)?;
        if ip.is_some_and(|ip| ip.parse::<std::net::Ipv4Addr>().is_err()) {
            return Err(Fault::Code("100-016"));
        }
        let flag = |name, default| fields.flag(name).map(|flag| flag.unwrap_or(default)).map_err(illegal);
        Ok(Self {
            phone,
            status,
            auto_idle: flag("autoenteridle", true)?,
            settings: Settings {
                auto_answer: flag("autoanswer", true)?,
                release_phone: flag("releasephone", !forced || options.forced_releases_phone)?,
                linkage: flag("phonelinkage", false)?,
                talk_right: true,
                push,
            },
        })
    }
}

impl Status {
    /// The table of 3.3.
    pub(super) fn first_events(self) -> &'static [&'static str] {
        match self {
            Self::Busy => &[
                "AgentOther_InService",
                "AgentState_Ready",
                "AgentState_SetNotReady_Success",
            ],
            Self::Idle => &["AgentOther_InService", "AgentState_Ready"],
            Self::Work => &["AgentOther_InService", "AgentState_Ready", "AgentState_Work"],
        }
    }

    pub(super) fn at_switch(self) -> AgentState {
        match self {
            Self::Busy => AgentState::Busy { reason: None },
            Self::Idle => AgentState::Ready,
            Self::Work => AgentState::WrapUp,
        }
    }
}

/// Push mode needs both address and token; the `pushUrl` of 2018 to 2020 was enough by itself (3.3).
fn push_target(fields: &Fields, options: &CcGatewayOptions) -> Result<Option<PushTarget>, Fault> {
    let token = fields.text("serviceToken").map_err(illegal)?;
    let called_back = fields.text("callBackUri").map_err(illegal)?;
    let old = fields.text("pushUrl").map_err(illegal)?;
    let too_long = called_back.as_ref().is_some_and(|url| url.len() > 200);
    if too_long || token.as_deref().is_some_and(|token| !is_token(token)) {
        return Err(Fault::Code("100-001"));
    }
    Ok(match (called_back, old, token) {
        (Some(url), _, Some(token)) => Some(PushTarget {
            url,
            token: Some(token),
            form: options.push_form,
        }),
        (_, Some(url), token) => Some(PushTarget {
            url,
            token,
            form: PushForm::Envelope,
        }),
        _ => None,
    })
}

fn illegal(_: Fault) -> Fault {
    Fault::Code("100-001")
}
