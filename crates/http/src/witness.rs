//! The proof whether a request was written: a body that notes when a connection takes it, and that can be revoked before.
//!
//! A client library reports neither, and a deadline can pass while it connects, waits for the pool, or waits for the reply. hyper asks
//! the body for `is_end_stream` at the moment a connection takes the request and before it writes anything, so an untouched body proves an
//! unwritten request. Giving up revokes the body in one atomic step: a connection that takes it later gets an error instead of a request.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The caller's half: may revoke what has not been taken.
#[derive(Debug, Clone)]
pub(crate) struct Witness(Arc<AtomicU8>);

impl Witness {
    /// A body and its witness.
    pub(crate) fn body(data: Option<Bytes>) -> (WitnessedBody, Self) {
        let state = Arc::new(AtomicU8::new(UNTOUCHED));
        let body = WitnessedBody {
            data: data.filter(|data| !data.is_empty()),
            state: Arc::clone(&state),
        };
        (body, Self(state))
    }

    /// Gives the request up. True if no connection had taken it, and none will.
    pub(crate) fn revoke(&self) -> bool {
        let seen = self
            .0
            .compare_exchange(UNTOUCHED, REVOKED, Ordering::AcqRel, Ordering::Acquire);
        matches!(seen, Ok(_) | Err(REVOKED))
    }
}

/// The transport's half.
pub(crate) struct WitnessedBody {
    data: Option<Bytes>,
    state: Arc<AtomicU8>,
}

impl WitnessedBody {
    /// True if the request may go out.
    fn take(&self) -> bool {
        let seen = self
            .state
            .compare_exchange(UNTOUCHED, TAKEN, Ordering::AcqRel, Ordering::Acquire);
        matches!(seen, Ok(_) | Err(TAKEN))
    }

    fn is_revoked(&self) -> bool {
        self.state.load(Ordering::Acquire) == REVOKED
    }
}

impl Body for WitnessedBody {
    type Data = Bytes;
    type Error = Revoked;

    fn poll_frame(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Revoked>>> {
        if !self.take() {
            return Poll::Ready(Some(Err(Revoked)));
        }
        Poll::Ready(self.data.take().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.take() && self.data.is_none()
    }

    /// A revoked body claims one byte that never comes, or else hyper would write the head without asking for the body.
    fn size_hint(&self) -> SizeHint {
        let length = self.data.as_ref().map_or(0, Bytes::len) as u64;
        SizeHint::with_exact(if self.is_revoked() { length.max(1) } else { length })
    }
}

/// The request was given up before a connection took it.
#[derive(Debug)]
pub(crate) struct Revoked;

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was given up before it was sent")
    }
}

impl std::error::Error for Revoked {}

const UNTOUCHED: u8 = 0;
const TAKEN: u8 = 1;
const REVOKED: u8 = 2;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncReadExt;

    use super::*;

    /// reqwest wants a TLS configuration even where none is used.
    fn no_tls() -> rustls::ClientConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth()
    }

    #[test]
    fn a_body_that_was_taken_cannot_be_revoked() {
        let (body, witness) = Witness::body(None);
        assert!(body.is_end_stream());
        assert!(!witness.revoke());
    }

    #[test]
    fn a_revoked_body_refuses_to_be_sent() {
        let (body, witness) = Witness::body(None);
        assert!(witness.revoke());
        assert!(!body.is_end_stream(), "hyper must come for the body");
        assert_eq!(body.size_hint().exact(), Some(1));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let polled = Pin::new(&mut { body }).poll_frame(&mut cx);
        assert!(matches!(polled, Poll::Ready(Some(Err(Revoked)))));
        assert!(witness.revoke(), "twice is once");
    }

    /// The race that decides between "not sent" and "unknown": a connection comes for a request that was just given up.
    #[tokio::test]
    async fn of_a_revoked_request_not_one_byte_is_written() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(no_tls())
            .no_proxy()
            .build()
            .expect("a client");
        for (method, data) in [
            (reqwest::Method::GET, None),
            (reqwest::Method::POST, None),
            (reqwest::Method::POST, Some(Bytes::from_static(b"{}"))),
        ] {
            let (body, witness) = Witness::body(data);
            assert!(witness.revoke());
            let send = client.request(method, &url).body(reqwest::Body::wrap(body)).send();
            let heard = async {
                let (mut io, _) = listener.accept().await.expect("a connection");
                let mut heard = Vec::new();
                let _closed = io.read_to_end(&mut heard).await;
                heard
            };
            let (sent, heard) = tokio::time::timeout(Duration::from_secs(20), async { tokio::join!(send, heard) })
                .await
                .expect("the client closes instead of waiting for a reply");
            assert!(sent.is_err());
            assert_eq!(heard, b"");
        }
    }
}
