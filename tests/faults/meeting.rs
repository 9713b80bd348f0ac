//! A transfer meets a line that goes wrong; and waiting for things, in real time and with an end.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use callcontrol::*;
use tokio::net::TcpListener;

use super::line::{Play, Wired};

pub(crate) fn transfer() -> Transfer {
    Transfer::new(Target::number("90012345").unwrap(), TransferMode::Blind)
}

/// What a transfer got whose request always went so: the error, how often it was sent, how often the customer was moved.
pub(crate) async fn transfer_meets(adapter: &'static str, play: Play, limit: Duration) -> (Error, usize, usize) {
    let wired = Wired::start(adapter).await;
    let (_ann, call, customer) = wired.talking().await;
    let path = wired.site.transfer_path();
    let before = wired.line.seen(path);
    wired.line.always(path, play);
    let cx = OpCx::new().within(limit);
    let error = call.transfer_with(transfer(), &cx).await.unwrap_err();
    let sent = wired.line.seen(path) - before;
    wired.line.heal();
    let moves = wired.site.truth(customer).1;
    wired.stop().await;
    (error, sent, moves)
}

/// An answer that proves nothing: the transfer was sent once and is unknown.
pub(crate) async fn is_unknown_and_not_repeated(adapter: &'static str, play: Play, moved: usize) -> Error {
    let (error, sent, moves) = transfer_meets(adapter, play, AMPLE).await;
    assert_eq!(error.effect(), Effect::Unknown, "{adapter}: {error}");
    assert_eq!((sent, moves), (1, moved), "{adapter}: {error}");
    error
}

/// True when no connection waits to be accepted.
pub(crate) async fn nobody_came(listener: &TcpListener) -> bool {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    poll_fn(|cx| Poll::Ready(listener.poll_accept(cx).is_pending())).await
}

/// Waits for it, in real time and not for ever.
pub(crate) async fn until(mut there: impl FnMut() -> bool) {
    let looking = async {
        while !there() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(AMPLE, looking).await.is_ok(), "it never came");
}

/// More than any test needs, less than anybody waits for one that hangs.
pub(crate) const AMPLE: Duration = Duration::from_secs(20);
