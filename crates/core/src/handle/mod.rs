//! The verbs an application uses, on handles over `Arc<dyn CallControl>`: [`Session`], [`Call`], [`Consult`]. Handles hold ids, no state:
//! dropping one changes nothing at the switch.

mod call;
mod consult;
mod session;

pub use call::Call;
pub use consult::{Consult, Unfinished};
pub use session::Session;

use crate::context::OpCx;
use std::time::Duration;

/// What a handle adds to each of its commands.
#[derive(Debug, Clone, Default)]
struct Defaults {
    deadline: Option<Duration>,
}

impl Defaults {
    fn cx(&self) -> OpCx {
        match self.deadline {
            Some(limit) => OpCx::new().within(limit),
            None => OpCx::new(),
        }
    }
}
