//! Rows 8 to 11: somebody has had enough, the caller, the clock or the server.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use callcontrol::*;
use callcontrol_http::Trick;
use tokio::time::Instant;

use crate::line::{Play, Wired};
use crate::meeting::{AMPLE, is_unknown_and_not_repeated, transfer};
use crate::support::{ADAPTERS, InMemory, TELEPHONY};

#[tokio::test(start_paused = true)]
async fn a_transfer_whose_caller_goes_away_at_any_point_happens_once_or_not_at_all_and_is_accounted_for() {
    for adapter in ADAPTERS {
        let mut finished = false;
        for times in 0..MOST_POLLS {
            let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
            let memory = InMemory::new(adapter);
            let (ann, call, customer) = memory.talking().await;
            let cx = OpCx::new();
            finished = polled(times, call.transfer_with(transfer(), &cx)).await.is_some();
            tokio::time::sleep(Duration::from_secs(60)).await;
            let moves = memory.site.truth(customer).1;
            let told = memory.control.outcome_of(&cx.op);
            assert_eq!(moves, usize::from(times > 0), "{adapter}, dropped after {times} polls");
            assert_eq!(told.is_some(), times > 0, "{adapter}, dropped after {times} polls");
            if let (Some(told), true) = (told, TELEPHONY.contains(&adapter)) {
                assert!(told.wait().await.is_done(), "{adapter}, dropped after {times} polls");
            }
            drop((ann, call));
            leaves_nothing_behind(memory, tasks).await;
            if finished {
                break;
            }
        }
        assert!(finished, "{adapter}: {MOST_POLLS} polls are not enough");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_whose_caller_goes_away_at_any_point_leaves_no_second_session_and_no_task() {
    for adapter in ADAPTERS {
        let mut finished = false;
        for times in 0..MOST_POLLS {
            let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
            let memory = InMemory::new(adapter);
            finished = polled(times, Session::open(&memory.control, memory.ann()))
                .await
                .is_some();
            tokio::time::sleep(Duration::from_secs(60)).await;
            let again = Session::open(&memory.control, memory.ann()).await;
            if times > 0 {
                let error = again.unwrap_err();
                assert_eq!(
                    (error.kind(), error.effect()),
                    (ErrorKind::InvalidState, Effect::None),
                    "{adapter}: {error}"
                );
            }
            leaves_nothing_behind(memory, tasks).await;
            if finished {
                break;
            }
        }
        assert!(finished, "{adapter}: {MOST_POLLS} polls are not enough");
    }
}

/// The future, polled so often and then dropped; its output if it ended before.
async fn polled<F: Future>(times: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// After shutdown no task of ours is left. The transport's own end with the application.
async fn leaves_nothing_behind(memory: InMemory, tasks: usize) {
    memory
        .control
        .shutdown(&OpCx::new().within(Duration::from_secs(5)))
        .await;
    let adapter = memory.site.adapter;
    drop(memory);
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    let alive = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert!(alive <= tasks, "{adapter}: {alive} tasks, {tasks} before");
}

#[tokio::test(start_paused = true)]
async fn a_command_into_silence_returns_within_one_hundredth_of_its_deadline() {
    for adapter in ADAPTERS {
        for millis in [100_u64, 700, 5_000, 30_000] {
            let memory = InMemory::new(adapter);
            let (_ann, call, _) = memory.talking().await;
            let limit = Duration::from_millis(millis);
            for trick in [Trick::DropRequest, Trick::DropReply, Trick::StallBody] {
                memory.next(memory.transfer_path(), trick.clone());
                let start = Instant::now();
                let Err(error) = call.transfer_with(transfer(), &OpCx::new().within(limit)).await else {
                    panic!("{adapter}: an answer out of silence, {trick:?}");
                };
                if error.effect() == Effect::None {
                    continue; // An earlier one of the three is still under way: refused at once.
                }
                let took = start.elapsed();
                assert!(
                    took >= limit && took <= limit.mul_f64(1.01),
                    "{adapter}, {trick:?}: {took:?} of {limit:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_heard_where_nothing_can_happen_twice() {
    for adapter in ADAPTERS {
        for (retry_after, wait) in [
            ("1", Some(Duration::from_secs(1))),
            ("301", Some(Duration::from_secs(300))),
            ("-1", None),
            ("99999999", None),
            (
                "Fri, 31 Dec 1999 23:59:59 GMT\r\ndate: Fri, 31 Dec 1999 23:59:56 GMT",
                Some(Duration::from_secs(3)),
            ),
        ] {
            let headers = format!("retry-after: {retry_after}\r\n");
            let play = Play::answer("503 Service Unavailable", &headers, "");
            let error = is_unknown_and_not_repeated(adapter, play, 0).await;
            assert_eq!(error.retry_after(), wait, "{adapter}, {retry_after}: {error}");
        }
    }
}

#[tokio::test]
async fn a_transfer_refused_for_haste_is_sent_again_when_the_server_allows_it_and_not_before() {
    for adapter in ADAPTERS {
        let wired = Wired::start(adapter).await;
        let (_ann, call, customer) = wired.talking().await;
        let path = wired.site.transfer_path();
        let before = wired.line.seen(path);
        wired
            .line
            .next(path, Play::answer("429 Too Many Requests", "retry-after: 1\r\n", ""));
        let start = Instant::now();
        let result = call.transfer_with(transfer(), &OpCx::new().within(AMPLE)).await;
        assert!(result.is_ok(), "{adapter}: {result:?}");
        assert!(
            start.elapsed() >= Duration::from_secs(1),
            "{adapter}: {:?}",
            start.elapsed()
        );
        assert_eq!(wired.line.seen(path) - before, 2, "{adapter}");
        assert_eq!(wired.site.truth(customer).1, 1, "{adapter}");

        wired.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn in_a_storm_of_refusals_the_server_is_left_alone_and_found_again() {
    let storm = Trick::Answer {
        status: 429,
        content_type: "text/plain",
        body: "too many".into(),
    };
    for adapter in ADAPTERS {
        let memory = InMemory::new(adapter);
        let (_ann, call, customer) = memory.talking().await;
        let (asked, path) = (Arc::new(AtomicUsize::new(0)), memory.transfer_path());
        memory.count(path, &asked);
        memory.always(path, storm.clone());
        let mut waits = Duration::ZERO;
        for _ in 0..STORM {
            let error = call.transfer(transfer()).await.unwrap_err();
            assert_eq!(error.effect(), Effect::None, "{adapter}: {error}");
            waits = waits.max(error.retry_after().unwrap_or_default());
        }
        let asked = asked.load(Ordering::SeqCst);
        assert!(
            asked * 5 <= STORM * 6,
            "{adapter}: {asked} requests for {STORM} commands"
        );
        assert!(
            waits >= Duration::from_millis(500),
            "{adapter}: the circuit has not opened"
        );
        assert_eq!(memory.site.truth(customer).1, 0, "{adapter}");
        memory.heal();
        tokio::time::sleep(waits).await;
        call.transfer(transfer()).await.unwrap();
        assert_eq!(memory.site.truth(customer).1, 1, "{adapter}");
    }
}

const STORM: usize = 100;
const MOST_POLLS: usize = 64;
