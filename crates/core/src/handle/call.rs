//! A call of a session.

use std::sync::Arc;

use super::{Consult, Defaults};
use crate::command::{
    CallDataPatch, CallRef, ConferenceOp, JoinCalls, LegAction, Media, MediaAction, Requeue, RobotMode, Say,
    StartConsult, Tape, Transfer, TransferMode,
};
use crate::context::OpCx;
use crate::control::CallControl;
use crate::error::Result;
use crate::id::{CallId, OpId};
use crate::model::{CallView, Scope};
use crate::number::Dtmf;
use crate::receipt::Receipt;
use crate::resolve::{Resolution, resolve};
use crate::target::Target;

/// A call of a session. Every verb answers with a receipt: *accepted*; its outcome says what became of it.
#[derive(Debug, Clone)]
pub struct Call {
    control: Arc<dyn CallControl>,
    at: CallRef,
    defaults: Defaults,
}

macro_rules! leg_verbs {
    ($($(#[$doc:meta])* $name:ident => $action:expr;)*) => {
        impl Call {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// Those of [`CallControl::act`].
                pub async fn $name(&self) -> Result<Receipt> {
                    self.act($action).await
                }
            )*
        }
    };
}

leg_verbs! {
    /// Takes the ringing call.
    answer => LegAction::Answer;
    /// Puts the other party on hold.
    hold => LegAction::Hold;
    /// Takes the held call back.
    retrieve => LegAction::Retrieve;
    /// Not to be heard.
    mute => LegAction::Mute;
    /// To be heard again.
    unmute => LegAction::Unmute;
    /// Leaves the call.
    release => LegAction::Release;
    /// Ends the call for everybody.
    clear => LegAction::Clear;
}

impl Call {
    pub(super) fn new(control: Arc<dyn CallControl>, at: CallRef, defaults: Defaults) -> Self {
        Self { control, at, defaults }
    }

    /// Our id of the call, stable for its life.
    #[must_use]
    pub fn id(&self) -> &CallId {
        &self.at.call
    }

    /// Session and call, as commands carry them.
    #[must_use]
    pub fn at(&self) -> &CallRef {
        &self.at
    }

    /// The call as the vendor sees it now; `None` when it is over for this session.
    ///
    /// # Errors
    /// Those of [`CallControl::snapshot`].
    pub async fn view(&self) -> Result<Option<CallView>> {
        let scope = Scope::Session(self.at.session.clone());
        let snapshot = self.control.snapshot(scope, &self.cx()).await?;
        Ok(snapshot.call(&self.at.session, &self.at.call).cloned())
    }

    /// Finds out what became of a command whose outcome is not known, without sending it again.
    ///
    /// # Errors
    /// Those of [`resolve`].
    pub async fn resolve(&self, op: &OpId) -> Result<Resolution> {
        resolve(&*self.control, op, &self.cx()).await
    }

    /// Acts on the session's own leg.
    ///
    /// # Errors
    /// Those of [`CallControl::act`].
    pub async fn act(&self, what: LegAction) -> Result<Receipt> {
        self.control.act(&self.at.clone().into(), what, &self.cx()).await
    }

    /// Changes who talks in a robot session.
    ///
    /// # Errors
    /// Those of [`CallControl::act`].
    pub async fn robot_mode(&self, mode: RobotMode) -> Result<Receipt> {
        self.act(LegAction::Robot(mode)).await
    }

    /// Transfers; the agent is out at once.
    ///
    /// # Errors
    /// Those of [`CallControl::transfer`].
    pub async fn blind_transfer(&self, to: Target) -> Result<Receipt> {
        self.transfer(Transfer::new(to, TransferMode::Blind)).await
    }

    /// Transfers; the agent is out when the target answers and keeps the customer if it does not.
    ///
    /// # Errors
    /// Those of [`CallControl::transfer`].
    pub async fn release_after_transfer(&self, to: Target) -> Result<Receipt> {
        self.transfer(Transfer::new(to, TransferMode::ReleaseAfter)).await
    }

    /// Sends the customer through an IVR flow and takes him back after it.
    ///
    /// # Errors
    /// Those of [`CallControl::transfer`].
    pub async fn suspend_to(&self, ivr: Target) -> Result<Receipt> {
        self.transfer(Transfer::new(ivr, TransferMode::Suspend)).await
    }

    /// Transfers as asked.
    ///
    /// # Errors
    /// Those of [`CallControl::transfer`].
    pub async fn transfer(&self, request: Transfer) -> Result<Receipt> {
        self.transfer_with(request, &self.cx()).await
    }

    /// Transfers under a context of your own, e.g. with your operation id.
    ///
    /// # Errors
    /// Those of [`CallControl::transfer`].
    pub async fn transfer_with(&self, request: Transfer, cx: &OpCx) -> Result<Receipt> {
        self.control.transfer(&self.at, request, cx).await
    }

    /// Takes a running transfer back.
    ///
    /// # Errors
    /// Those of [`CallControl::cancel_transfer`].
    pub async fn cancel_transfer(&self, op: &OpId) -> Result<Receipt> {
        self.control.cancel_transfer(&self.at, op, &self.cx()).await
    }

    /// Holds the customer and calls a third party, privately.
    ///
    /// # Errors
    /// Those of [`CallControl::consult`].
    pub async fn consult(&self, to: Target) -> Result<Consult> {
        self.start_consult(StartConsult::new(to)).await
    }

    /// Consults as asked.
    ///
    /// # Errors
    /// Those of [`CallControl::consult`].
    pub async fn start_consult(&self, request: StartConsult) -> Result<Consult> {
        let started = self.control.consult(&self.at, request, &self.cx()).await?;
        Ok(Consult::new(
            Arc::clone(&self.control),
            started.consult,
            started.receipt,
            self.defaults.clone(),
        ))
    }

    /// Gives the connected call back to a queue.
    ///
    /// # Errors
    /// Those of [`CallControl::requeue`].
    pub async fn requeue(&self, queue: Target) -> Result<Receipt> {
        self.control
            .requeue(&self.at, Requeue::connected(queue), &self.cx())
            .await
    }

    /// Moves the waiting call to another queue.
    ///
    /// # Errors
    /// Those of [`CallControl::requeue`].
    pub async fn requeue_waiting(&self, queue: Target) -> Result<Receipt> {
        self.control
            .requeue(&self.at, Requeue::waiting(queue), &self.cx())
            .await
    }

    /// Lets the customer's key presses through to a third-party IVR in the conference.
    ///
    /// # Errors
    /// Those of [`CallControl::conference`].
    pub async fn relay_dtmf(&self) -> Result<Receipt> {
        self.conference(ConferenceOp::RelayDtmf).await
    }

    /// Changes the conference.
    ///
    /// # Errors
    /// Those of [`CallControl::conference`].
    pub async fn conference(&self, what: ConferenceOp) -> Result<Receipt> {
        self.control.conference(&self.at, what, &self.cx()).await
    }

    /// Sends the agent's own tones into the call or conference.
    ///
    /// # Errors
    /// Those of [`CallControl::send_dtmf`].
    pub async fn send_dtmf(&self, digits: Dtmf) -> Result<Receipt> {
        self.control
            .send_dtmf(&self.at.clone().into(), digits, &self.cx())
            .await
    }

    /// Sends the agent's own tones into the conference; the same command as [`send_dtmf`](Self::send_dtmf) under the name it has in a conference.
    ///
    /// # Errors
    /// Those of [`CallControl::send_dtmf`].
    pub async fn conference_dtmf(&self, digits: Dtmf) -> Result<Receipt> {
        self.send_dtmf(digits).await
    }

    /// Changes the call's business data.
    ///
    /// # Errors
    /// Those of [`CallControl::patch_data`].
    pub async fn patch_data(&self, patch: CallDataPatch) -> Result<Receipt> {
        self.control.patch_data(&self.at, patch, &self.cx()).await
    }

    /// Joins this call, in which the session talks, with one that it holds.
    ///
    /// # Errors
    /// Those of [`CallControl::join`].
    pub async fn join(&self, request: JoinCalls) -> Result<Receipt> {
        self.control.join(&self.at, request, &self.cx()).await
    }

    /// Says something in the robot's name.
    ///
    /// # Errors
    /// Those of [`CallControl::say`].
    pub async fn say(&self, request: Say) -> Result<Receipt> {
        self.control.say(&self.at, request, &self.cx()).await
    }

    /// Presses a button of the call's recorder.
    ///
    /// # Errors
    /// Those of [`CallControl::media`].
    pub async fn record(&self, button: Tape) -> Result<Receipt> {
        let request = Media::of_call(self.at.call.clone(), MediaAction::Record(button));
        self.control.media(&self.at.session, request, &self.cx()).await
    }

    fn cx(&self) -> OpCx {
        self.defaults.cx()
    }
}
