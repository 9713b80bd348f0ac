//! Standing settings of a session (sections 3.6 and 4). The gateway confirms them by its answer only; they are kept for signing in again.

use callcontrol_core::{CustomerAt, Error, Evidence, OpCx, Outcome, QueueRef, Receipt, Result, SessionSetting, Target};
use callcontrol_http::{ApiPath, Request};

use super::Order;
use crate::address;
use crate::capabilities::{NO_DO_NOT_DISTURB, NO_FORWARDING};
use crate::config::{MAX_SKILL_LIST, Queues};
use crate::live::Live;
use crate::sign_in::Standing;

/// Changes one setting.
pub(crate) async fn configure(live: &Live, setting: &SessionSetting, cx: &OpCx) -> Result<Receipt> {
    let (path, change) = read(live, setting)?;
    let order = Order {
        live,
        cx,
        operation: setting.operation(),
        call: None,
    };
    let done = Outcome::done(CustomerAt::Unknown).by(Evidence::Answer);
    let receipt = order.send_unheard(Request::post(path, order.limit()), done).await?;
    change(&mut live.standing());
    Ok(receipt)
}

type Change = Box<dyn FnOnce(&mut Standing) + Send>;

fn read(live: &Live, setting: &SessionSetting) -> Result<(ApiPath, Change)> {
    let at = |operation| live.link.path("onlineagent", operation);
    match setting {
        SessionSetting::AutoAnswer { on } => {
            let on = *on;
            Ok((
                at("autoanswer")?.id(on.to_string())?,
                Box::new(move |standing| standing.auto_answer = on),
            ))
        }
        SessionSetting::AutoReady { on } => {
            let on = *on;
            Ok((
                at("autoenteridle")?.id(on.to_string())?,
                Box::new(move |standing| standing.auto_ready = on),
            ))
        }
        SessionSetting::AcceptCalls { on } => {
            let on = *on;
            let path = at("settalkright")?.query("flag", on.to_string())?;
            Ok((path, Box::new(move |standing| standing.accept_calls = Some(on))))
        }
        SessionSetting::Queues { only } => {
            let queues = only.as_deref().map_or(Ok(Queues::All), chosen)?;
            let path = match &queues {
                Queues::All => at("resetskill")?.literal("true"),
                Queues::Only(_) => at("resetskill")?.literal("false").query("skillid", queues.list())?,
            };
            Ok((path, Box::new(move |standing| standing.queues = queues)))
        }
        SessionSetting::ForwardCalls { .. } => Err(Error::unsupported(NO_FORWARDING)),
        SessionSetting::DoNotDisturb { .. } => Err(Error::unsupported(NO_DO_NOT_DISTURB)),
        _ => Err(Error::unsupported("the gateway has no such setting")),
    }
}

fn chosen(targets: &[Target]) -> Result<Queues> {
    let ids = targets.iter().map(|target| match target {
        Target::Queue(QueueRef::Id(_)) | Target::Named(_) => {
            let id = address::skill_number(target)?;
            let fits = u32::try_from(id).ok().filter(|id| *id > 0);
            fits.ok_or_else(|| Error::invalid_input("a skill id from 1 on is expected"))
        }
        Target::Queue(_) => address::of_target(target).map(|_| 0),
        other => Err(Error::invalid_input(format!("queues are expected, not {other}"))),
    });
    let queues = Queues::Only(ids.collect::<Result<_>>()?);
    let length = queues.list().len();
    if length == 0 {
        return Err(Error::invalid_input(
            "no queue is named: name one, or all by naming none at all; who wants no calls is not ready",
        ));
    }
    if length > MAX_SKILL_LIST {
        return Err(Error::invalid_input(format!(
            "the list of queues has {length} characters, at most {MAX_SKILL_LIST} are allowed"
        )));
    }
    Ok(queues)
}
