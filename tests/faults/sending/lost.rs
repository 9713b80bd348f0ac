//! Rows 1 to 7: the request or its answer never gets there whole.

use std::time::Duration;

use callcontrol::*;
use callcontrol_http::{NotSent, Trick};
use tokio::time::Instant;

use crate::line::{Play, Wired};
use crate::meeting::{is_unknown_and_not_repeated, transfer};
use crate::support::{ADAPTERS, InMemory};

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_cannot_be_sent_is_tried_again_within_its_deadline_only() {
    for adapter in ADAPTERS {
        for reason in [NotSent::Refused, NotSent::Dns, NotSent::Tls("expired".to_owned())] {
            let memory = InMemory::new(adapter);
            let again = !matches!(reason, NotSent::Tls(_));
            memory.next(memory.sign_in_path(), Trick::NotSent(reason));
            let start = Instant::now();
            let opened = Session::open(&memory.control, memory.ann()).await;
            assert_eq!(opened.is_ok(), again, "{adapter}: {opened:?}");
            assert!(start.elapsed() < Duration::from_secs(10), "{adapter}");
        }
    }
}

#[tokio::test]
async fn an_idle_connection_closed_by_the_server_costs_no_command_and_doubles_none() {
    for adapter in ADAPTERS {
        let wired = Wired::start(adapter).await;
        wired.line.close_after_each_answer();
        let (_ann, call, customer) = wired.talking().await;
        let path = wired.site.transfer_path();
        let (before, closed) = (wired.line.seen(path), wired.line.closed());
        assert!(closed > 0, "{adapter}: nothing was closed");
        // The client's side of a closed connection learns of it when its task runs.
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        call.transfer(transfer()).await.unwrap();
        assert_eq!(wired.line.seen(path) - before, 1, "{adapter}");
        assert_eq!(wired.site.truth(customer).1, 1, "{adapter}");
        wired.stop().await;
    }
}

#[tokio::test]
async fn a_reset_after_the_whole_transfer_was_written_is_unknown_and_not_sent_again() {
    for adapter in ADAPTERS {
        let error = is_unknown_and_not_repeated(adapter, Play::Reset, 0).await;
        assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{adapter}: {error}");
    }
}

#[tokio::test]
async fn a_transfer_that_took_place_and_whose_answer_was_lost_is_not_sent_again() {
    for adapter in ADAPTERS {
        let error = is_unknown_and_not_repeated(adapter, Play::Applied, 1).await;
        assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{adapter}: {error}");
    }
}

#[tokio::test]
async fn half_an_answer_is_no_refusal() {
    let chunked = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n6\r\n{\"a\"";
    for adapter in ADAPTERS {
        is_unknown_and_not_repeated(adapter, Play::CutBy(1), 1).await;
        is_unknown_and_not_repeated(adapter, Play::SayAndClose(chunked.into()), 0).await;
    }
}
