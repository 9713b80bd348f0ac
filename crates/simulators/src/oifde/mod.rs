//! A simulated Huawei OIFDE flow engine: robot sessions on the model switch, steered over the REST interfaces of the vendor's documentation.
//!
//! A session is a customer's call in the robot's IVR. [`OifdeSimulator::create_session`] begins one; a transfer that the silent agent
//! orders is accepted first and carried out afterwards, so that a busy or unknown target never shows in the answer.

mod catalogue;
mod choices;
mod clock;
mod control;
mod delivery;
mod dialog;
mod engine;
mod fault;
mod fields;
mod hands;
mod mischief;
mod options;
mod page;
mod records;
mod session;
mod token;
mod transfer;
mod variants;
mod wire;
mod work_mode;

pub use catalogue::{Flow, FlowSource, Intention};
pub use choices::{
    AgentQueueRoute, Codes, Delivery, ErrorCodeForm, FaultTime, ModeAfterFailure, MonitorBody, SameMode, TokenStyle,
    UnansweredTransfer,
};
pub use control::OifdeSimulator;
pub use mischief::Mischief;
pub use options::{ApiPassword, OifdeOptions};
pub use session::{
    AgentReply, CallIdStyle, FlowEnd, HelpRequest, Medium, NewSession, PublishMode, SessionId, WorkMode,
};
pub use transfer::{TransferOrder, TransferReport, TransferStage, TransferType};
