//! The gateway's spelling, in and out: pure, private to this crate, tolerant of everything that sections 2, 5 and 15 of the vendor's page show.

mod envelope;
mod event;
mod info;
mod requests;
mod text;

pub(crate) use envelope::{Envelope, decode_answer, decode_poll};
pub(crate) use event::{AgentWord, Heard, Leg, WireEvent, decode_event};
pub(crate) use info::{CallInfo, call_ids, call_infos};
pub(crate) use requests::{AssignInQueue, CallInner, CallOut, InnerHelp, SetCallData, SignIn, TransferBody};
