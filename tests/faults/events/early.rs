//! Rows 21 and 23: commands and the event link at the same time. Events come before the answer of the command that caused them, and the command's
//! outcome is settled once; and no command disturbs the poll that is being held.

use std::time::Duration;

use callcontrol_http::Trick;
use callcontrol_testkit::switch::Behaviour;
use tokio::time::{Instant, sleep};

use crate::ours::stage::{Reader, Stage, TELEPHONY};

/// By how much the answer comes after the events.
const LATE: Duration = Duration::from_secs(3);

#[tokio::test(start_paused = true)]
async fn events_before_the_answer_settle_the_operation_once() {
    for adapter in TELEPHONY {
        for command in ["hold", "blind transfer", "consult", "release"] {
            let stage = Stage::new(adapter);
            stage.bob(Behaviour::Answers);
            let talk = stage.talks().await;
            sleep(Duration::from_secs(1)).await;
            let mut reader = Reader::of(&stage.control);
            stage.line.next(stage.command_path(), Trick::DelayReply(LATE));
            let started = Instant::now();
            let receipt = match command {
                "hold" => talk.call.hold().await,
                "blind transfer" => talk.call.blind_transfer(stage.to_bob()).await,
                "release" => talk.call.release().await,
                _ => {
                    let consult = talk.call.consult(stage.to_bob()).await.unwrap();
                    Ok(consult.receipt().unwrap().clone())
                }
            };
            let receipt = receipt.unwrap_or_else(|error| panic!("{adapter}, {command}: {error}"));
            assert!(
                started.elapsed() >= LATE,
                "{adapter}, {command}: the answer was not late"
            );
            reader.until_quiet(Duration::from_millis(1)).await;
            assert!(
                reader.events().count() > 0,
                "{adapter}, {command}: no event came before the answer"
            );
            let outcome = receipt.outcome().await;
            assert!(outcome.is_done() && !outcome.late, "{adapter}, {command}: {outcome}");
            reader.until_quiet(Duration::from_secs(30)).await;
            let again = stage.control.outcome_of(&receipt.op).unwrap().peek().unwrap();
            assert_eq!(again, outcome, "{adapter}, {command}: settled a second time");
            let told_of = reader.events().filter(|event| event.op.as_ref() == Some(&receipt.op));
            let kinds: Vec<_> = told_of.map(|event| event.kind.clone()).collect();
            let mut once = kinds.clone();
            once.dedup();
            assert_eq!(kinds, once, "{adapter}, {command}");
            stage.stop().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn commands_go_out_beside_the_poll_that_is_held() {
    for adapter in TELEPHONY {
        let stage = Stage::new(adapter);
        let talk = stage.talks().await;
        sleep(Duration::from_secs(1)).await;
        let mut reader = Reader::of(&stage.control);
        for _ in 0..5 {
            let started = Instant::now();
            for accepted in [talk.call.hold().await, talk.call.retrieve().await] {
                assert!(accepted.unwrap().outcome().await.is_done(), "{adapter}");
            }
            let took = started.elapsed();
            assert!(
                took < Duration::from_secs(2),
                "{adapter}: waited for the poll: {took:?}"
            );
            sleep(Duration::from_secs(7)).await;
        }
        reader.until_quiet(Duration::from_secs(1)).await;
        assert_eq!(
            (reader.gaps(), reader.session_states().len()),
            (0, 0),
            "{adapter}: {:?}",
            reader.items
        );
        stage.stop().await;
    }
}
