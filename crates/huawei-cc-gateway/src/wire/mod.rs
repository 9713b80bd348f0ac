//! The gateway's spelling, in and out: pure, private to this crate, tolerant of everything that sections 2, 5 and 15 of the vendor's page show.

mod charset;
mod envelope;
mod event;
mod info;
mod push;
mod requests;
mod text;

pub(crate) use charset::to_utf8;
pub(crate) use envelope::{Envelope, decode_answer, decode_poll};
pub(crate) use event::{AgentWord, Heard, Leg, WireEvent, decode_event};
pub(crate) use info::{CallInfo, call_ids, call_infos};
pub(crate) use push::decode_push;
pub(crate) use requests::{
    AssignInQueue, CallInner, CallOut, ConfJoin, InnerHelp, PlayFile, PreviewCallOut, SetCallData, SignIn, TransferBody,
};
pub(crate) use text::text as text_of;
