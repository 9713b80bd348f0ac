//! The fake as a vendor of the suite: it passes, and it is the shortest harness to copy from.

use std::sync::Arc;

use callcontrol_core::{
    AdoptCall, AdoptState, AgentId, CallControl, Capabilities, Directory, ErrorKind, OpenSession, Operation, RobotMode,
    SessionId, Target,
};

use super::{Caller, Cast, Harness, Mishap, Part};
use crate::fake::{CUSTOMER, FakeCallControl, Fault, OTHER_CUSTOMER, THIRD_PARTY, everything, scenery};
use crate::switch::{Party, SharedSwitch};

/// The fake adapter under test; mutants of it test the suite.
#[derive(Debug)]
pub struct FakeHarness {
    fake: FakeCallControl,
    adapter: Arc<dyn CallControl>,
}

impl FakeHarness {
    /// The fake that can do everything.
    #[must_use]
    pub fn new() -> Self {
        Self::claiming(everything())
    }

    /// The fake with these claims, true or not.
    #[must_use]
    pub fn claiming(manifest: Capabilities) -> Self {
        Self::over(
            FakeCallControl::over(&scenery(), manifest, Directory::empty()),
            |adapter| adapter,
        )
    }

    /// A fake of your own, its adapter inside whatever `wrap` makes of it.
    #[must_use]
    pub fn over(fake: FakeCallControl, wrap: impl FnOnce(Arc<dyn CallControl>) -> Arc<dyn CallControl>) -> Self {
        let adapter = wrap(fake.adapter());
        Self { fake, adapter }
    }

    /// The fake.
    #[must_use]
    pub fn fake(&self) -> &FakeCallControl {
        &self.fake
    }
}

impl Default for FakeHarness {
    fn default() -> Self {
        Self::new()
    }
}

fn known<T>(value: callcontrol_core::Result<T>) -> T {
    value.unwrap_or_else(|error| unreachable!("a constant of the scenery: {error}"))
}

impl Harness for FakeHarness {
    fn adapter(&self) -> Arc<dyn CallControl> {
        Arc::clone(&self.adapter)
    }

    fn agent(&self) -> OpenSession {
        OpenSession::new(known(AgentId::new("ann"))).password(PASSWORD)
    }

    fn cast(&self) -> Cast {
        Cast::new("ann", CUSTOMER)
            .with(known(Target::agent("bob")), Party::agent("bob"))
            .with(known(Target::queue_id("support")), Party::queue("support"))
            .with(known(Target::ivr("pin-check")), Party::ivr("pin-check"))
            .with(known(Target::number(THIRD_PARTY)), Party::outside(THIRD_PARTY))
    }

    fn switch(&self) -> Option<SharedSwitch> {
        Some(self.fake.switch().clone())
    }

    fn requests(&self) -> Option<usize> {
        Some(self.fake.requests())
    }

    fn requests_for(&self, operation: Operation) -> Option<usize> {
        Some(self.fake.requests_for(operation))
    }

    fn inject(&self, operation: Operation, mishap: Mishap) -> bool {
        let fault = match mishap {
            Mishap::NotSent => Fault::NotSent,
            Mishap::ReplyLost => Fault::ReplyLost,
            Mishap::RequestLost => Fault::RequestLost,
            Mishap::Refused => Fault::Refused(ErrorKind::TargetUnavailable),
            Mishap::SessionExpired => Fault::SessionLost,
        };
        self.fake.next_on(operation, fault);
        true
    }

    fn link(&self, session: &SessionId, up: bool) -> bool {
        if up {
            self.fake.link_returns(session);
        } else {
            self.fake.link_breaks(session);
        }
        true
    }

    fn secrets(&self) -> Vec<String> {
        vec![PASSWORD.to_owned()]
    }

    fn robot_calls(&self) -> Option<(Caller, AdoptCall)> {
        let call = self
            .fake
            .switch()
            .place_call(OTHER_CUSTOMER, &Party::ivr("pin-check"))
            .ok()?;
        let state = AdoptState::RobotVoice(RobotMode::Supervision);
        Some((Caller::at(call), AdoptCall::new(call.number().to_string(), state)))
    }

    fn customer_waits(&self) -> Option<(Caller, Option<AdoptCall>, Part)> {
        let queue = Party::queue("billing");
        let call = self.fake.switch().place_call(OTHER_CUSTOMER, &queue).ok()?;
        let part = Part::new(known(Target::queue_id("billing")), queue);
        let adopt = AdoptCall::new(call.number().to_string(), AdoptState::Waiting);
        Some((Caller::at(call), Some(adopt), part))
    }
}

const PASSWORD: &str = "canary-of-the-fake";
