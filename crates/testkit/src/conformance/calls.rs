//! What the feed tells of a call, and what it makes good after a break.

use callcontrol_core::{
    Call, EventKind, Feed, FeedItem, Filter, LegState, OpCx, Operation, OperationKey, Scope, SessionState,
};
use tokio::time::timeout;

use super::report::{Tried, ensure, fail, skip};
use super::run::{Stand, play};
use super::stage::Stage;
use super::{Arrival, Caller, Deed};

pub(super) async fn a_calls_whole_life_is_told(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let session = stage.sign_in().await?;
        let mut feed = stage.control.subscribe(Filter::session(session.id().clone()));
        let (call, caller) = rings(stage, &session).await?;
        told(stage, &mut feed, &call, "offered", |kind| *kind == EventKind::Offered).await?;
        call.answer().await?.outcome().await;
        told(stage, &mut feed, &call, "established", |kind| {
            *kind == EventKind::Established
        })
        .await?;
        if stage.claims(Operation::Hold) && stage.claims(Operation::Retrieve) {
            call.hold().await?.outcome().await;
            told(stage, &mut feed, &call, "held", |kind| *kind == EventKind::Held).await?;
            stage.until_state(&call, LegState::Held).await?;
            call.retrieve().await?.outcome().await;
            told(stage, &mut feed, &call, "established again", |kind| {
                *kind == EventKind::Established
            })
            .await?;
            stage.until_state(&call, LegState::Talking).await?;
        }
        stage.must(Deed::CustomerHangsUp(&caller))?;
        told(stage, &mut feed, &call, "released", |kind| {
            matches!(kind, EventKind::Released { .. })
        })
        .await?;
        stage.until_gone(&call).await
    })
    .await
}

pub(super) async fn the_events_of_a_session_have_no_holes(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let session = stage.sign_in().await?;
        let mut feed = stage.control.subscribe(Filter::session(session.id().clone()));
        let (call, caller) = rings(stage, &session).await?;
        call.answer().await?.outcome().await;
        stage.settle().await;
        stage.must(Deed::CustomerHangsUp(&caller))?;
        stage.until_gone(&call).await?;
        stage.settle().await;
        let mut last = None;
        while let Ok(Some(item)) = timeout(std::time::Duration::ZERO, feed.next()).await {
            match item {
                FeedItem::Snapshot(snapshot) => last = snapshot.session(session.id()).map(|view| view.seq),
                FeedItem::Event(event) => {
                    let due = last.map(|last| last + 1);
                    ensure(due.is_none_or(|due| due == event.seq), || {
                        format!("event number {due:?} was due, {} came", event.seq)
                    })?;
                    last = Some(event.seq);
                }
                _ => {}
            }
        }
        let snapshot = stage
            .bare
            .snapshot(Scope::Session(session.id().clone()), &OpCx::new())
            .await?;
        let known = snapshot.session(session.id()).map(|view| view.seq);
        ensure(known == last, || {
            format!("the state contains event {known:?}, the feed ended with {last:?}")
        })
    })
    .await
}

pub(super) async fn what_was_missed_is_announced_and_made_good(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let session = stage.sign_in().await?;
        let mut feed = stage.control.subscribe(Filter::session(session.id().clone()));
        let (call, caller) = rings(stage, &session).await?;
        call.answer().await?.outcome().await;
        stage.until_state(&call, LegState::Talking).await?;
        if !stage.harness.link(session.id(), false) {
            return skip("the harness cannot cut the event link");
        }
        stage.story.remark("the event link breaks");
        tokio::time::sleep(stage.harness.patience()).await;
        stage.must(Deed::CustomerHangsUp(&caller))?;
        stage.settle().await;
        stage.harness.link(session.id(), true);
        stage.story.remark("the event link is back");
        let (mut gap, mut released) = (false, false);
        let seen = timeout(stage.harness.patience(), async {
            while let Some(item) = feed.next().await {
                match item {
                    FeedItem::Gap(_) => gap = true,
                    FeedItem::Session(notice) if notice.state == SessionState::Recovering => gap = true,
                    FeedItem::Event(event) if matches!(event.kind, EventKind::Released { .. }) => {
                        released = true;
                        break;
                    }
                    FeedItem::Snapshot(snapshot) if gap && snapshot.call(session.id(), call.id()).is_none() => {
                        released = true;
                        break;
                    }
                    _ => {}
                }
            }
        });
        let _ = seen.await;
        ensure(released, || {
            "the call ended while the link was down, and nobody ever says so".to_owned()
        })?;
        ensure(gap, || {
            "events were missed, and no gap was announced before they were made good".to_owned()
        })?;
        stage.until_gone(&call).await
    })
    .await
}

/// A customer's call that rings; calls that are only taken into view tell no such life.
async fn rings(stage: &Stage, session: &callcontrol_core::Session) -> Tried<(Call, Caller)> {
    if !stage.claims(OperationKey::from(Operation::Answer)) {
        return skip("calls do not ring here");
    }
    match stage.harness.customer_calls() {
        Some(Arrival::Rings(caller)) => match timeout(stage.harness.patience(), session.next_offered()).await {
            Ok(Some(call)) => Ok((call, caller)),
            _ => fail("a customer's call rings at the agent, and the feed never offers it"),
        },
        _ => skip("calls do not ring here"),
    }
}

/// Reads the feed until it tells this about the call.
async fn told(
    stage: &Stage,
    feed: &mut Feed,
    call: &Call,
    what: &str,
    such: impl Fn(&EventKind) -> bool + Send,
) -> Tried {
    let found = timeout(stage.harness.patience(), async {
        while let Some(item) = feed.next().await {
            match item {
                FeedItem::Event(event) if event.call.as_ref() == Some(call.id()) && such(&event.kind) => return true,
                _ => {}
            }
        }
        false
    });
    ensure(found.await.unwrap_or(false), || {
        format!("the feed never tells that the call is {what}")
    })
}
