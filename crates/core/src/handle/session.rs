//! A signed-in agent.

use std::sync::Arc;
use std::time::Duration;

use super::{Call, Defaults};
use crate::command::{
    AdoptCall, AgentStateRequest, CallRef, CloseSession, Dial, Found, LookUp, Media, OpenSession, SessionSetting,
    Supervise, TakeCall,
};
use crate::control::CallControl;
use crate::error::Result;
use crate::event::{EventKind, FeedItem, Filter};
use crate::hub::Feed;
use crate::id::{CallId, OpId, SessionId};
use crate::model::{LegState, Scope, SessionView};
use crate::receipt::Receipt;
use crate::resolve::{Resolution, resolve};

/// A signed-in agent: the place from which calls are steered.
#[derive(Debug, Clone)]
pub struct Session {
    control: Arc<dyn CallControl>,
    id: SessionId,
    defaults: Defaults,
}

impl Session {
    /// Signs in.
    ///
    /// # Errors
    /// Those of [`CallControl::open`].
    pub async fn open(control: &Arc<dyn CallControl>, request: OpenSession) -> Result<Self> {
        let info = control.open(request, &Defaults::default().cx()).await?;
        Ok(Self::attach(control, info.session))
    }

    /// A handle on a session that is open already.
    #[must_use]
    pub fn attach(control: &Arc<dyn CallControl>, id: SessionId) -> Self {
        Self {
            control: Arc::clone(control),
            id,
            defaults: Defaults::default(),
        }
    }

    /// Each command of this handle and of the calls it gives out may take this long.
    #[must_use]
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.defaults.deadline = Some(limit);
        self
    }

    /// The session's id.
    #[must_use]
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// A handle on one of the session's calls.
    #[must_use]
    pub fn call(&self, call: CallId) -> Call {
        let at = CallRef {
            session: self.id.clone(),
            call,
        };
        Call::new(Arc::clone(&self.control), at, self.defaults.clone())
    }

    /// The session's feed; its first item is a snapshot.
    #[must_use]
    pub fn subscribe(&self) -> Feed {
        self.control.subscribe(Filter::session(self.id.clone()))
    }

    /// Waits for the next ringing call, one that rings already included. `None` after shutdown.
    pub async fn next_offered(&self) -> Option<Call> {
        let mut feed = self.subscribe();
        while let Some(item) = feed.next().await {
            let ringing = match item {
                FeedItem::Snapshot(snapshot) => snapshot.session(&self.id).and_then(|view| {
                    let mut calls = view.calls.iter();
                    calls
                        .find(|(_, call)| call.state == LegState::Ringing)
                        .map(|(id, _)| id.clone())
                }),
                FeedItem::Event(event) if event.kind == EventKind::Offered => event.call.clone(),
                _ => None,
            };
            if let Some(call) = ringing {
                return Some(self.call(call));
            }
        }
        None
    }

    /// The session as the vendor sees it now.
    ///
    /// # Errors
    /// Those of [`CallControl::snapshot`].
    pub async fn snapshot(&self) -> Result<Option<SessionView>> {
        let scope = Scope::Session(self.id.clone());
        let snapshot = self.control.snapshot(scope, &self.defaults.cx()).await?;
        Ok(snapshot.session(&self.id).cloned())
    }

    /// Finds out what became of a command whose outcome is not known, without sending it again.
    ///
    /// # Errors
    /// Those of [`resolve`].
    pub async fn resolve(&self, op: &OpId) -> Result<Resolution> {
        resolve(&*self.control, op, &self.defaults.cx()).await
    }

    /// Asks for another agent state.
    ///
    /// # Errors
    /// Those of [`CallControl::set_agent_state`].
    pub async fn set_state(&self, to: AgentStateRequest) -> Result<Receipt> {
        self.control.set_agent_state(&self.id, to, &self.defaults.cx()).await
    }

    /// Changes a standing setting.
    ///
    /// # Errors
    /// Those of [`CallControl::configure`].
    pub async fn configure(&self, setting: SessionSetting) -> Result<Receipt> {
        self.control.configure(&self.id, setting, &self.defaults.cx()).await
    }

    /// Has a call offered here that rings or waits elsewhere.
    ///
    /// # Errors
    /// Those of [`CallControl::take`].
    pub async fn take(&self, request: TakeCall) -> Result<Receipt> {
        self.control.take(&self.id, request, &self.defaults.cx()).await
    }

    /// Listens to an agent's calls, whispers, barges in, takes over.
    ///
    /// # Errors
    /// Those of [`CallControl::supervise`].
    pub async fn supervise(&self, request: Supervise) -> Result<Receipt> {
        self.control.supervise(&self.id, request, &self.defaults.cx()).await
    }

    /// Looks something up at the platform with this session's credential.
    ///
    /// # Errors
    /// Those of [`CallControl::look_up`].
    pub async fn look_up(&self, what: LookUp) -> Result<Found> {
        self.control.look_up(Some(&self.id), what, &self.defaults.cx()).await
    }

    /// Records or plays.
    ///
    /// # Errors
    /// Those of [`CallControl::media`].
    pub async fn media(&self, request: Media) -> Result<Receipt> {
        self.control.media(&self.id, request, &self.defaults.cx()).await
    }

    /// Calls somebody.
    ///
    /// # Errors
    /// Those of [`CallControl::dial`].
    pub async fn dial(&self, request: Dial) -> Result<Receipt> {
        self.control.dial(&self.id, request, &self.defaults.cx()).await
    }

    /// Takes a call into view by the vendor's own id.
    ///
    /// # Errors
    /// Those of [`CallControl::adopt`].
    pub async fn adopt(&self, request: AdoptCall) -> Result<Call> {
        let at = self.control.adopt(&self.id, request, &self.defaults.cx()).await?;
        Ok(Call::new(Arc::clone(&self.control), at, self.defaults.clone()))
    }

    /// Signs out.
    ///
    /// # Errors
    /// Those of [`CallControl::close`].
    pub async fn close(self, request: CloseSession) -> Result<Receipt> {
        self.control.close(&self.id, request, &self.defaults.cx()).await
    }
}
