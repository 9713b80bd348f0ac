//! Vendor-neutral call control for contact centres: the vocabulary, the contract [`CallControl`], the event [`Hub`], and the layers
//! that every command passes. No HTTP and no vendor's word in here; adapters translate.
//!
//! Three things this layer is exact about: was a command **applied, not applied, or is that unknown** ([`Effect`], [`Outcome`]);
//! **where is the customer now** ([`CustomerAt`]); is an operation **native, emulated or unsupported** here ([`Capabilities`]).

mod capability;
mod command;
mod context;
mod control;
mod directory;
mod error;
mod event;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod handle;
mod hub;
mod id;
mod layer;
mod model;
mod number;
pub mod race;
mod receipt;
mod resolve;
mod secret;
mod sync;
mod target;
mod text;

pub use capability::{
    Capabilities, Cell, EmulationPolicy, Explanation, Limits, Operation, OperationKey, OutcomeSource, Recipe,
    Requirements, Risk, Support,
};
pub use command::{
    AdoptCall, AdoptState, AgentStateRequest, CallDataPatch, CallRef, CloseSession, Command, CommandControl,
    ConferenceOp, ConsultIntent, ConsultRef, ConsultStep, ConsultStyle, Dial, Displace, Entry, Found, HelpRequest,
    JoinCalls, JoinStyle, LegAction, LegRef, LookUp, Media, MediaAction, NativeReply, NativeRequest, OpenSession,
    Pushed, RecordsOf, Reply, Requeue, RequeueState, RobotMode, Say, SessionSetting, SignIn, StartConsult, Supervise,
    SupervisionMode, SupervisionScope, TakeCall, Tape, Transfer, TransferMode, dispatch,
};
pub use context::OpCx;
pub use control::CallControl;
pub use directory::Directory;
pub use error::{Effect, Error, ErrorKind, NativeFault, Result};
pub use event::{
    Event, EventKind, FeedItem, Filter, Gap, GapReason, MediaState, Provenance, RawMessage, SessionNotice,
};
pub use handle::{Call, Consult, Session, Unfinished};
pub use hub::{Draft, Feed, Hub, Pending, ViewPatch};
pub use id::{AdapterId, AgentId, CallId, IdSource, OpId, SessionId};
pub use layer::{Stack, StackOptions};
pub use model::{
    AdapterInfo, AgentState, CallData, CallView, Direction, LegState, Party, Scope, SessionInfo, SessionState,
    SessionView, Snapshot,
};
pub use number::{Dtmf, PhoneNumber};
pub use receipt::{
    Cause, ConsultStarted, Correlation, CustomerAt, Evidence, Executed, Outcome, OutcomeHandle, Receipt, Step, StepEnd,
    Verdict,
};
pub use resolve::{Resolution, resolve};
pub use secret::{Secret, SecretRef};
pub use target::{
    AgentRef, Code, IvrRef, MessageBox, NativeTarget, QueueName, QueueRef, Target, TargetKind, TargetName,
};
pub use text::{one_line, redacted_number};
