//! Rows 52 and 53: two commands at once, and one command twice.

use std::time::Duration;

use callcontrol::*;
use callcontrol_http::Trick;
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::Party;
use tokio::time::sleep;

use super::stage::{ADAPTERS, OIFDE, Stage, Talk};

fn to_third_party() -> Transfer {
    Transfer::new(Target::number(scenery::THIRD_PARTY).unwrap(), TransferMode::Blind)
}

/// Something else that this vendor could do with the call.
async fn something_else(stage: &Stage, talk: &Talk) -> Result<Receipt> {
    match stage.adapter {
        OIFDE => talk.call.robot_mode(RobotMode::Insertion).await,
        _ => talk.call.hold().await,
    }
}

#[tokio::test(start_paused = true)]
async fn while_one_command_is_being_sent_another_one_on_the_call_is_refused_and_names_it() {
    for adapter in ADAPTERS {
        let stage = Stage::new(adapter);
        let talk = stage.talks().await;
        sleep(Duration::from_secs(1)).await;
        stage
            .line
            .next(stage.command_path(), Trick::DelayReply(Duration::from_secs(2)));
        let cx = OpCx::new();
        let first = tokio::spawn({
            let (call, cx) = (talk.call.clone(), cx.clone());
            async move { call.transfer_with(to_third_party(), &cx).await }
        });
        sleep(Duration::from_millis(500)).await;
        let sent = stage.steering();
        for error in [
            something_else(&stage, &talk).await.unwrap_err(),
            talk.call.transfer(to_third_party()).await.unwrap_err(),
        ] {
            assert_eq!(
                (error.kind(), error.effect()),
                (ErrorKind::Conflict, Effect::None),
                "{adapter}: {error}"
            );
            assert_eq!(error.running(), Some(&cx.op), "{adapter}: {error}");
        }
        assert_eq!(stage.steering(), sent, "{adapter}: something was sent");
        first
            .await
            .unwrap()
            .unwrap_or_else(|error| panic!("{adapter}: {error}"));
        assert_eq!(stage.truth(talk.at_switch).1, 1, "{adapter}");
        stage.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_operation_id_twice_is_one_request_and_the_same_receipt() {
    for adapter in ADAPTERS {
        let stage = Stage::new(adapter);
        let talk = stage.talks().await;
        sleep(Duration::from_secs(1)).await;
        let cx = OpCx::with_op(OpId::new("from-the-application").unwrap());
        let before = stage.steering();
        let (first, at_once) = tokio::join!(
            talk.call.transfer_with(to_third_party(), &cx),
            talk.call.transfer_with(to_third_party(), &cx),
        );
        let (first, at_once) = (first.unwrap(), at_once.unwrap());
        sleep(Duration::from_secs(60)).await;
        let later = talk.call.transfer_with(to_third_party(), &cx).await.unwrap();
        let words = |receipt: &Receipt| {
            format!(
                "{:?}",
                (&receipt.op, &receipt.executed, &receipt.correlation, &receipt.call)
            )
        };
        assert_eq!(
            [words(&at_once), words(&later)],
            [words(&first), words(&first)],
            "{adapter}"
        );
        assert_eq!(later.outcome().await, first.outcome().await, "{adapter}");
        assert_eq!(stage.steering() - before, 1, "{adapter}: {:?}", stage.face.log());
        assert_eq!(stage.truth(talk.at_switch).1, 1, "{adapter}");
        stage.stop().await;
    }
}

/// After a lost answer the application asks again with its own id: it gets what became of the first one.
#[tokio::test(start_paused = true)]
async fn the_same_operation_id_after_a_lost_answer_moves_nobody_again() {
    for adapter in ADAPTERS {
        let stage = Stage::new(adapter);
        stage
            .switch()
            .set_behaviour(
                &Party::outside(scenery::THIRD_PARTY),
                callcontrol_testkit::switch::Behaviour::Answers,
            )
            .unwrap();
        let talk = stage.talks().await;
        sleep(Duration::from_secs(1)).await;
        stage.line.next(stage.command_path(), Trick::Reset);
        let cx = OpCx::with_op(OpId::new("from-the-application").unwrap());
        let before = stage.steering();
        for _ in 0..3 {
            let error = talk.call.transfer_with(to_third_party(), &cx).await.unwrap_err();
            assert_eq!(error.effect(), Effect::Unknown, "{adapter}: {error}");
            sleep(Duration::from_secs(30)).await;
        }
        assert_eq!(stage.steering() - before, 1, "{adapter}");
        assert_eq!(stage.truth(talk.at_switch).1, 1, "{adapter}");
        stage.stop().await;
    }
}
