//! Quality control (section 9): a supervisor listens, whispers, barges in, takes over, signs an agent out. No event is documented for the supervisor;
//! the answer is the outcome, except for taking over, which shows as talking.

use callcontrol_core::{
    CustomerAt, Draft, Effect, Error, ErrorKind, EventKind, Evidence, OpCx, Operation, Outcome, Party, Provenance,
    Receipt, Result, Supervise, SupervisionMode, SupervisionScope,
};
use callcontrol_http::{ApiPath, Request};

use super::{Order, known};
use crate::address;
use crate::capabilities::NO_MUTE_AGENT;
use crate::faults;
use crate::live::Live;
use crate::outcomes::Aim;
use crate::supervision::Supervision;

/// Does what a supervisor asks for.
pub(crate) async fn supervise(live: &Live, request: &Supervise, cx: &OpCx) -> Result<Receipt> {
    if let Supervise::MuteAgent { .. } = request {
        return Err(Error::unsupported(NO_MUTE_AGENT));
    }
    let agent = address::agent_of(request.agent(), "a supervisor supervises")?;
    if agent == live.agent.as_str() {
        return Err(Error::invalid_input("a supervisor cannot supervise himself (000-005)"));
    }
    let desk = Desk {
        order: Order {
            live,
            cx,
            operation: request.operation(),
            call: None,
        },
        agent,
    };
    let done = match request {
        Supervise::Start { mode, scope, .. } => desk.start(*mode, *scope).await,
        Supervise::Switch { mode, .. } => desk.switch(*mode).await,
        Supervise::Stop { .. } => desk.stop().await,
        Supervise::SignOut { .. } => desk.sign_out().await,
        Supervise::Intercept { call, .. } => {
            let native = call
                .as_ref()
                .map(|call| known(live, call).map(|known| known.native))
                .transpose()?;
            desk.intercept(native).await
        }
        _ => Err(Error::unsupported("the gateway has no such supervision")),
    };
    done.map_err(without_right)
}

/// A supervisor's command about one agent.
struct Desk<'a> {
    order: Order<'a>,
    agent: &'a str,
}

impl Desk<'_> {
    async fn start(&self, mode: SupervisionMode, scope: SupervisionScope) -> Result<Receipt> {
        if scope != SupervisionScope::Call {
            return Err(Error::unsupported(
                "the gateway lets a supervisor take part in the agent's present call only, not in the next or in all of them",
            ));
        }
        if let Some(running) = self.order.live.supervision().as_ref() {
            return Err(Error::invalid_state(format!(
                "agent {} is being supervised already; stop that, or switch to another mode",
                running.agent
            )));
        }
        let limit = self.order.limit();
        let request = match mode {
            SupervisionMode::Listen => Request::put(self.at("addsupervise")?.id(self.agent)?, limit),
            SupervisionMode::BargeIn => Request::put(self.at("addinsert")?.id(self.agent)?, limit),
            SupervisionMode::Whisper => Request::post(self.whispering("requestwhisperagent")?, limit),
            _ => return Err(Error::unsupported("the gateway has no such way to supervise")),
        };
        let receipt = self.answered(request).await?;
        self.changed(Some(mode));
        Ok(receipt)
    }

    async fn switch(&self, mode: SupervisionMode) -> Result<Receipt> {
        self.must_run()?;
        let kind = match mode {
            SupervisionMode::Listen => "0",
            SupervisionMode::BargeIn => "1",
            SupervisionMode::Whisper => "2",
            _ => return Err(Error::unsupported("the gateway has no such way to supervise")),
        };
        let path = self
            .whispering("requestswitchinsertwhisperagent")?
            .query("switchtype", kind)?;
        let receipt = self.answered(Request::post(path, self.order.limit())).await?;
        self.changed(Some(mode));
        Ok(receipt)
    }

    /// Whispering has an end of its own.
    async fn stop(&self) -> Result<Receipt> {
        let limit = self.order.limit();
        let request = match self.must_run()? {
            SupervisionMode::Whisper => Request::post(self.whispering("requeststopwhisperagent")?, limit),
            _ => Request::delete(self.stop_path()?, limit),
        };
        let receipt = self.answered(request).await?;
        self.changed(None);
        Ok(receipt)
    }

    async fn sign_out(&self) -> Result<Receipt> {
        let path = self.at("forcelogout")?.id(self.agent)?;
        self.answered(Request::post(path, self.order.limit())).await
    }

    /// Needs a running supervision (9). The customer is the supervisor's as soon as the supervisor talks.
    async fn intercept(&self, call: Option<String>) -> Result<Receipt> {
        self.must_run()?;
        let path = self.at("intercept")?.id(self.agent)?;
        let path = match call {
            Some(call) => path.id(call)?,
            None => path,
        };
        let request = Request::put(path, self.order.limit());
        let (receipt, _) = self.order.send(request, Aim::Intercept, None).await?;
        // Who has barged in talks already, and no event may follow.
        self.order.live.look();
        self.changed(None);
        Ok(receipt)
    }

    fn must_run(&self) -> Result<SupervisionMode> {
        let supervision = self.order.live.supervision();
        let running = supervision.as_ref().filter(|running| running.agent == self.agent);
        running.map(|running| running.mode).ok_or_else(|| {
            Error::invalid_state(format!(
                "agent {} is not being supervised; begin to listen first",
                self.agent
            ))
        })
    }

    async fn answered(&self, request: Request) -> Result<Receipt> {
        let done = Outcome::done(CustomerAt::Unknown).by(Evidence::Answer);
        self.order.send_unheard(request, done).await
    }

    /// Tells the session's readers, as the gateway tells nobody.
    fn changed(&self, mode: Option<SupervisionMode>) {
        let live = self.order.live;
        *live.supervision() = mode.map(|mode| Supervision {
            agent: self.agent.to_owned(),
            mode,
        });
        let kind = EventKind::SupervisionChanged {
            agent: Some(Party::new(self.agent)),
            mode,
        };
        let draft = Draft::new(live.id.clone(), kind).op(Some(self.order.cx.op.clone()));
        live.hub.publish(draft.provenance(Provenance::Derived));
    }

    fn at(&self, operation: &'static str) -> Result<ApiPath> {
        self.order.live.link.path("qualitycontrol", operation)
    }

    fn whispering(&self, operation: &'static str) -> Result<ApiPath> {
        Ok(self.at(operation)?.query("whisperagentid", self.agent)?)
    }

    fn stop_path(&self) -> Result<ApiPath> {
        self.order.live.link.about("qualitycontrol", self.agent)
    }
}

/// The catalogue of 2018 reads `000-004` as "no inspector right"; newer ones have `900-002` for it, and another meaning for this.
fn without_right(error: Error) -> Error {
    if !faults::is_moving(&error) {
        return error;
    }
    let message = "no right to quality control (000-004 in the catalogue of 2018), or the agent is being switched to another server";
    let operation = error.operation().unwrap_or(Operation::ListenIn.as_str());
    let told = Error::new(ErrorKind::Permission, Effect::None, message).during(operation);
    match error.native().cloned() {
        Some(native) => told.with_native(native),
        None => told,
    }
}
