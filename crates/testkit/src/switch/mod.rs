//! A small, deterministic telephone switch: agents, queues, IVRs, outside numbers and the calls between them.
//!
//! It is pure: no clock, no thread, no network. Parties act through the verbs of [`Switch`], time moves only by
//! [`Switch::advance`], and everything that really happens is appended to the [`Journal`]. A simulator or a fake
//! adapter holds a [`SharedSwitch`], calls its verbs and derives its own messages from the [`JournalEntry`]s.
//!
//! ```
//! use callcontrol_testkit::switch::{CustomerPlace, Party, SwitchBuilder};
//!
//! let mut switch = SwitchBuilder::new().agent("ann", "7001").agent("bob", "7002").outside("2065550100").build();
//! switch.set_ready("ann")?;
//! let call = switch.place_call("2065550100", &Party::agent("ann"))?;
//! switch.answer(&Party::agent("ann"), call)?;
//! switch.transfer_release_after("ann", call, &Party::agent("bob"))?;
//! switch.reject(&Party::agent("bob"), call)?;
//! assert_eq!(switch.customer_at(call), Some(CustomerPlace::WithAgent("ann".into())));
//! # Ok::<(), callcontrol_testkit::switch::Refusal>(())
//! ```

mod agents;
mod barge_in;
mod builder;
mod call;
mod conference;
mod consult;
mod data;
mod directory;
mod event;
mod ids;
mod invariants;
mod ivr;
mod journal;
mod legs;
mod model;
mod options;
mod parties;
mod pickup;
mod queueing;
mod reach;
mod refusal;
mod shared;
mod supervision;
mod talk;
mod timeline;
mod transfer;
mod truth;

#[cfg(test)]
mod random_play;
#[cfg(test)]
mod stories;

pub use builder::SwitchBuilder;
pub use call::{Call, CallEnd, Consultation, Direction, Leg, LegState, Pending, PendingKind};
pub use consult::ConsultRequest;
pub use event::{Cause, ConsultStyle, SwitchEvent, TransferKind};
pub use ids::{Party, SwitchCallId};
pub use journal::{Journal, JournalEntry};
pub use model::Switch;
pub use options::{BlindUnanswered, MissedOffer, SwitchOptions, Unreachable, UnreachableBlind, UnreachableConsult};
pub use parties::{Agent, AgentState, Behaviour, Ivr, Outside, Queue};
pub use refusal::{Refusal, Reply};
pub use shared::{Listener, SharedSwitch};
pub use supervision::{Supervision, SupervisionMode};
pub use truth::CustomerPlace;
