//! A future that is dropped at any of its await points changes nothing: the command is sent once or not at all, its outcome stays available, and its id still answers.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::pin::pin;
use std::time::Duration;

use callcontrol_core::*;
use support::each::one_of_each;
use support::*;

/// Polls a command this often, a moment apart, and drops it; true when it was over by then.
async fn dropped_after(polls: usize, control: &dyn CallControl, command: &Command, cx: &OpCx) -> bool {
    let mut future = pin!(dispatch(control, command.clone(), cx));
    for _ in 0..polls {
        if futures::poll!(future.as_mut()).is_ready() {
            return true;
        }
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_millis(300)).await;
    }
    false
}

/// Drops one command after so many polls and looks at what is left; true when it was over by then.
async fn drop_once(polls: usize, command: &Command) -> bool {
    let what = format!("{} dropped after {polls} polls", command.name());
    let adapter = Recorder::everything();
    adapter.play([Play::After(Duration::from_secs(1))]);
    let control = stack(&adapter);
    let cx = OpCx::with_op(OpId::new("dropped").unwrap()).within(Duration::from_secs(60));
    let over = dropped_after(polls, &*control, command, &cx).await;
    // Longer than the answer takes: whatever was begun has come to its end.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(adapter.seen().len(), polls.min(1), "{what}");
    let again = dispatch(&*control, command.clone(), &cx).await;
    assert!(again.is_ok(), "{what}: {again:?}");
    assert_eq!(adapter.seen().len(), 1, "{what}, then given again with the same id");
    if let Some(receipt) = again.unwrap().receipt() {
        assert_eq!(receipt.op, cx.op, "{what}");
        adapter.hub.settle(&cx.op, Outcome::done(CustomerAt::Target));
        assert!(receipt.outcome().await.is_done(), "{what}");
        assert!(control.outcome_of(&cx.op).unwrap().peek().unwrap().is_done(), "{what}");
    }
    over
}

#[tokio::test(start_paused = true)]
async fn every_command_dropped_after_every_poll_is_sent_at_most_once_and_its_outcome_stays() {
    let all = one_of_each();
    // A query is asked anew, and nobody minds.
    let commands: Vec<Command> = all.into_iter().filter(|command| !command.is_query()).collect();
    let mut points = 0;
    for command in &commands {
        let mut polls = 0;
        while !drop_once(polls, command).await {
            polls += 1;
            assert!(polls < 50, "{} never ends", command.name());
        }
        points += polls + 1;
    }
    assert_eq!((commands.len(), points), (54, 378));
}
