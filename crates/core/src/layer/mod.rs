//! What every command passes on its way to the adapter, written once over [`Command`]. The order is fixed in [`Stack::over`], outermost first:
//!
//! 1. *trace*: a span per operation; completes errors with operation, call and id
//! 2. *detach*: runs the rest in a task of the stack's, so that a dropped future changes nothing at the switch
//! 3. *directory*: logical targets become vendor addresses
//! 4. *repeat*: a duplicate of an operation id gets the first one's answer
//! 5. *guard*: what the capabilities do not claim ends here, with nothing sent; limits are checked
//! 6. *lane*: one steering command at a time on a call, one move until its outcome
//! 7. *deadline*: every exchange ends in time
//! 8. *retry*: what provably did nothing and may pass by itself is tried again, within deadline and budget
//! 9. *circuit*: while the platform answers nothing but failures, only one command at a time goes to see whether it is back

mod circuit;
mod deadline;
mod detach;
mod directory;
mod guard;
mod lane;
mod repeat;
mod retry;
mod trace;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::capability::{Capabilities, EmulationPolicy};
use crate::command::{Command, CommandControl, Reply, dispatch};
use crate::context::OpCx;
use crate::control::CallControl;
use crate::directory::Directory;
use crate::error::Result;
use crate::event::Filter;
use crate::hub::Feed;
use crate::id::OpId;
use crate::model::AdapterInfo;
use crate::receipt::OutcomeHandle;

/// One layer over the next: a command in, a reply out.
#[async_trait]
pub(crate) trait Service: Send + Sync + Debug {
    async fn call(&self, command: Command, cx: &OpCx) -> Result<Reply>;
}

/// What a deployment can set about the layers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StackOptions {
    /// Logical targets.
    pub directory: Directory,
    /// What is allowed of emulation.
    pub emulation: EmulationPolicy,
    /// How long an exchange with the vendor may take when the caller sets no deadline; 10 s by default.
    pub deadline: Duration,
    /// How often a command that provably did nothing may be tried again; 2 by default, 0 switches it off.
    pub retries: usize,
}

impl Default for StackOptions {
    fn default() -> Self {
        Self {
            directory: Directory::empty(),
            emulation: EmulationPolicy::default(),
            deadline: Duration::from_secs(10),
            retries: 2,
        }
    }
}

/// An adapter under all layers: what an application holds as `Arc<dyn CallControl>`.
#[derive(Debug)]
pub struct Stack {
    adapter: Arc<dyn CallControl>,
    top: Arc<dyn Service>,
    tasks: detach::Tasks,
    emulation: EmulationPolicy,
}

impl Stack {
    /// Puts the layers over an adapter.
    #[must_use]
    pub fn over(adapter: Arc<dyn CallControl>, options: StackOptions) -> Self {
        let tasks = detach::Tasks::default();
        let adapter_end: Arc<dyn Service> = Arc::new(AdapterEnd(Arc::clone(&adapter)));
        let circuit = circuit::Circuit::new(adapter_end);
        let retry = retry::Retry::new(Arc::new(circuit), options.retries);
        let deadline = deadline::Deadline::new(Arc::new(retry), options.deadline);
        let lane = lane::Lane::new(Arc::new(deadline));
        let guard = guard::Guard::new(Arc::new(lane), Arc::clone(&adapter), options.emulation);
        let repeat = repeat::Repeat::new(Arc::new(guard));
        let directory = directory::Resolve::new(Arc::new(repeat), options.directory);
        let detach = detach::Detach::new(Arc::new(directory), tasks.clone());
        let top: Arc<dyn Service> = Arc::new(trace::Trace::new(Arc::new(detach), adapter.info().id.clone()));
        Self {
            adapter,
            top,
            tasks,
            emulation: options.emulation,
        }
    }
}

#[async_trait]
impl CommandControl for Stack {
    fn info(&self) -> &AdapterInfo {
        self.adapter.info()
    }

    fn capabilities(&self) -> Arc<Capabilities> {
        guard::with_policy(&self.adapter.capabilities(), self.emulation)
    }

    async fn command(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        self.top.call(command, cx).await
    }

    fn subscribe(&self, filter: Filter) -> Feed {
        self.adapter.subscribe(filter)
    }

    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        self.adapter.outcome_of(op)
    }

    async fn shutdown(&self, cx: &OpCx) {
        let grace = cx.remaining_or(Duration::from_secs(5));
        // What waits for its answer must not use up the time in which agents are signed out.
        self.tasks.close_and_wait(grace.mul_f64(0.6)).await;
        self.adapter.shutdown(cx).await;
    }
}

#[derive(Debug)]
struct AdapterEnd(Arc<dyn CallControl>);

#[async_trait]
impl Service for AdapterEnd {
    async fn call(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        dispatch(&*self.0, command, cx).await
    }
}
