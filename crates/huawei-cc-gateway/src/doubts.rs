//! What the gateway's listing settles beside the events: commands whose answer was lost, calls that no event shows in full, waiting calls that wait no
//! longer, calls whose end was never told.

use std::time::Duration;

use callcontrol_core::{Draft, EventKind, LegState, Provenance, SessionState};
use tokio::time::{sleep, timeout};

use crate::consult::vendors_id;
use crate::live::Live;
use crate::resync;

/// Looks whenever there is a doubt. Runs beside the pump, in the same task, and ends with it.
pub(crate) async fn settle(live: &Live) {
    let mut told = 0;
    loop {
        match timeout(WAITING_LOOK, live.doubts.notified()).await {
            // The events that tell get their chance first.
            Ok(()) => sleep(SHORT_TIME).await,
            Err(_elapsed) => {
                forget_the_served(live).await;
                if live.calls().has_past_consult() {
                    live.doubt();
                }
                let now = live.calls().clock();
                if std::mem::replace(&mut told, now) == now {
                    forget_the_ended(live).await;
                }
                continue;
            }
        }
        if live.state() == SessionState::Active {
            look(live).await;
        }
    }
}

/// Asks once. What is not proved stays open.
async fn look(live: &Live) {
    let asked = match live.is_to_look() {
        true => resync::refresh(live).await,
        false => resync::listing(live)
            .await
            .map(|listed| live.calls().settle_by_listing(&listed)),
    };
    if let Err(error) = asked {
        tracing::debug!(target: "callcontrol::cc_gateway", session = %live.id, %error, "the gateway did not list the calls");
    }
}

/// A call whose end was lost on the way would stay for ever. Where nothing was heard for a while, the gateway is asked whether it still has all of them.
async fn forget_the_ended(live: &Live) {
    let known = live.hub.calls(&live.id).into_iter().map(|(_, view)| view);
    // Whether a call that is in a flow is listed, is documented nowhere.
    let known = known.filter(|view| !matches!(view.state, LegState::Waiting | LegState::Suspended));
    let known: Vec<String> = known.map(|view| vendors_id(&view.native).to_owned()).collect();
    if known.is_empty() || live.state() != SessionState::Active {
        return;
    }
    match resync::ids(live).await {
        Ok(listed) if known.iter().all(|native| listed.contains(native)) => {}
        Ok(_) => live.look(),
        Err(error) => {
            tracing::debug!(target: "callcontrol::cc_gateway", session = %live.id, %error, "the gateway did not list the calls");
        }
    }
}

/// Adopted calls that no longer wait leave the view; no event tells of them, as they were never this agent's.
async fn forget_the_served(live: &Live) {
    let calls = live.hub.calls(&live.id);
    let waiting = calls.into_iter().filter(|(_, view)| view.state == LegState::Waiting);
    for (call, view) in waiting.collect::<Vec<_>>() {
        if live.state() == SessionState::Active && !resync::still_waits(live, &view.native).await {
            let _calls = live.calls();
            if live
                .hub
                .call(&live.id, &call)
                .is_some_and(|view| view.state == LegState::Waiting)
            {
                let cause = callcontrol_core::Cause::Unspecified;
                let draft = Draft::new(live.id.clone(), EventKind::Released { cause }).call(call, view.native);
                live.hub.publish(draft.provenance(Provenance::Derived));
            }
        }
    }
}

/// How long the events of a command whose answer was lost are given before the listing is asked.
const SHORT_TIME: Duration = Duration::from_secs(1);
/// How often calls of which nothing is heard are looked after.
const WAITING_LOOK: Duration = Duration::from_secs(60);
