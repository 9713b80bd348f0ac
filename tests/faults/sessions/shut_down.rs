//! Row 34: the application ends while commands are on their way.

use std::time::Duration;

use callcontrol::*;
use callcontrol_http::Trick;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::ours::stage::{ADAPTERS, CC_GATEWAY, GWS, Stage, Talk};

const GRACE: Duration = Duration::from_secs(5);

/// Whether the vendor was told that the agent has left. At OIFDE nobody is signed in who could be signed out.
fn signed_out(stage: &Stage) -> bool {
    let all = stage.face.log().all();
    match stage.adapter {
        CC_GATEWAY => all
            .iter()
            .any(|request| request.path.contains("/onlineagent/101/logout")),
        GWS => all
            .iter()
            .any(|request| request.body.contains("EndContactCenterSession")),
        _ => true,
    }
}

/// A transfer that meets this and has so long.
async fn on_its_way(stage: &Stage, talk: &Talk, trick: Trick, limit: Duration) -> JoinHandle<Result<Receipt>> {
    stage.line.next(stage.command_path(), trick);
    let call = talk.call.clone();
    let transfer = tokio::spawn(async move {
        let request = Transfer::new(Target::number("90012345").unwrap(), TransferMode::Blind);
        call.transfer_with(request, &OpCx::new().within(limit)).await
    });
    sleep(Duration::from_secs(1)).await;
    transfer
}

async fn shut_down(stage: &Stage) {
    let started = Instant::now();
    stage.control.shutdown(&OpCx::new().within(GRACE)).await;
    let took = started.elapsed();
    assert!(took <= GRACE.mul_f64(1.01), "{}: {took:?}", stage.adapter);
}

/// An hour later nobody has asked for anything, and with the adapter gone no task is left.
async fn silence(stage: Stage, talk: Talk, tasks: usize) {
    let (adapter, attempts) = (stage.adapter, stage.line.attempts());
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(stage.line.attempts(), attempts, "{adapter}: somebody still asks");
    drop((talk, stage));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(alive(), tasks, "{adapter}: a task is left");
}

fn alive() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_a_transfer_that_ends_within_the_grace_and_signs_out() {
    for adapter in ADAPTERS {
        for (trick, moves) in [(Trick::DropReply, 1), (Trick::DropRequest, 0)] {
            let tasks = alive();
            let stage = Stage::new(adapter);
            let talk = stage.talks().await;
            let transfer = on_its_way(&stage, &talk, trick.clone(), Duration::from_secs(3)).await;
            shut_down(&stage).await;
            assert!(
                transfer.is_finished(),
                "{adapter}, {trick:?}: the shutdown did not wait"
            );
            let error = transfer.await.unwrap().unwrap_err();
            assert_eq!(error.effect(), Effect::Unknown, "{adapter}, {trick:?}: {error}");
            assert_eq!(stage.truth(talk.at_switch).1, moves, "{adapter}, {trick:?}");
            assert!(
                signed_out(&stage) || moves == 0,
                "{adapter}, {trick:?}: {:?}",
                stage.face.log()
            );
            silence(stage, talk, tasks).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_transfer_that_outlives_the_grace_ends_as_unknown_and_is_not_sent_again() {
    for adapter in ADAPTERS {
        let tasks = alive();
        let stage = Stage::new(adapter);
        let talk = stage.talks().await;
        let transfer = on_its_way(&stage, &talk, Trick::DropReply, Duration::from_secs(60)).await;
        shut_down(&stage).await;
        assert!(signed_out(&stage), "{adapter}");
        let ended = tokio::time::timeout(Duration::from_secs(61), transfer).await;
        let error = ended.expect("ends").unwrap().unwrap_err();
        assert_eq!(error.effect(), Effect::Unknown, "{adapter}: {error}");
        assert_eq!(stage.truth(talk.at_switch).1, 1, "{adapter}");
        silence(stage, talk, tasks).await;
    }
}
