//! The race machine: how one customer's call stands relative to one agent who moves it, and what each command and each act of a party does to it at any time.
//! Pure and published (docs/races.md). It is the model in the testkit's fake, the oracle of the testkit's random play, and the possible worlds of
//! [`resolve`](crate::resolve()).
//!
//! Its scope is three parties: the customer, the agent, and the third party that the customer is moved to or that is consulted. Every party may vanish in every state.
//! The order of the happenings is the switch's: of two that cross, the one that the switch applies first decides, and the other finds the state that it left.
//!
//! ```
//! use callcontrol_core::race::{Happening, Situation};
//! use callcontrol_core::{Cause, CustomerAt, Verdict};
//!
//! let ringing = Situation::talking().after(Happening::ReleaseAfter).unwrap().to;
//! let gone = ringing.after(Happening::CustomerHangsUp).unwrap();
//! let ending = gone.ending.unwrap();
//! assert_eq!((ending.verdict, ending.customer, ending.cause), (Verdict::Failed, CustomerAt::Gone, Cause::CustomerHungUp));
//! assert!(gone.to.after(Happening::TargetAnswers).is_none(), "the target no longer rings");
//! ```

mod consulting;
mod explore;
mod happening;
mod leg;
mod moving;
mod page;
mod situation;
mod table;

pub use explore::{Exploration, Table, explore, explore_table};
pub use happening::{Aftermath, Failure, Happening, Lands};
pub use leg::leg_may_follow;
pub use page::page;
pub use situation::{AgentLeg, Controller, End, Move, Seen, Situation, Third};
pub use table::{Ending, Step};
