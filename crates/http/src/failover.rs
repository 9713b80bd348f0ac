//! Several addresses of one server: a request that provably was not written goes to the next address; the one that worked last is asked first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use crate::error::{NotSent, Place, TransportError};
use crate::request::Request;
use crate::response::Response;
use crate::transport::Transport;

/// Sends through the first of several transports that can be reached, and stays with it until it cannot.
///
/// *Behavior*
/// * Only what provably was not written ([`TransportError::NotSent`]) goes to another address, within the same deadline. A request that may have
///   been written is never repeated; the next one finds the address dead and moves on.
/// * All requests move together: a session of one node is not known at another, and half of them there would be worse than none.
/// * When no address can be reached, the error is that of the address asked first; one that was reached and failed in TLS is told rather than one that was not.
#[derive(Debug)]
pub struct FailoverTransport {
    addresses: Vec<Arc<dyn Transport>>,
    preferred: AtomicUsize,
}

impl FailoverTransport {
    /// Asks `first`, then each of `others` in their order, then `first` again.
    #[must_use]
    pub fn new(first: Arc<dyn Transport>, others: impl IntoIterator<Item = Arc<dyn Transport>>) -> Self {
        Self {
            addresses: std::iter::once(first).chain(others).collect(),
            preferred: AtomicUsize::new(0),
        }
    }
}

#[async_trait]
impl Transport for FailoverTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let preferred = self.preferred.load(Ordering::Acquire);
        let order = self.addresses.iter().enumerate().cycle().skip(preferred);
        let mut failed: Option<TransportError> = None;
        for (at, address) in order.take(self.addresses.len()) {
            let error = match address.send(request.clone()).await {
                Ok(response) => {
                    self.prefer(preferred, at);
                    return Ok(response);
                }
                Err(error) => error,
            };
            if !is_unreachable(&error) {
                // Written to this address, or not to be written to any: what was not sent before does not matter any more.
                if !error.is_not_sent() {
                    self.prefer(preferred, at);
                }
                return Err(error);
            }
            tracing::debug!(target: "callcontrol::http", %error, "this address cannot be reached");
            failed = Some(match failed {
                Some(first) => worth_telling(first, error),
                None => error,
            });
            if request.deadline().remaining().is_zero() {
                break;
            }
        }
        Err(failed.unwrap_or_else(|| {
            // Not reached: there is at least one address, and it failed.
            let nowhere = Place::new(
                request.method(),
                "no address".to_owned(),
                request.path().shape().to_owned(),
            );
            TransportError::not_sent(NotSent::Closed, nowhere, None)
        }))
    }
}

impl FailoverTransport {
    fn prefer(&self, before: usize, now: usize) {
        if before != now
            && self
                .preferred
                .compare_exchange(before, now, Ordering::AcqRel, Ordering::Acquire)
                .is_ok()
        {
            tracing::warn!(target: "callcontrol::http", address = now, "moved to another address of the server");
        }
    }
}

/// The failure that a person has to do something about: a certificate does not mend itself, a dead server may come back.
fn worth_telling(first: TransportError, then: TransportError) -> TransportError {
    let is_tls = |error: &TransportError| {
        let TransportError::NotSent { reason, .. } = error else {
            return false;
        };
        matches!(reason, NotSent::Tls(_))
    };
    if is_tls(&then) && !is_tls(&first) { then } else { first }
}

/// True when another address may do better.
fn is_unreachable(error: &TransportError) -> bool {
    match error {
        TransportError::NotSent { reason, .. } => !matches!(reason, NotSent::DeadlinePassed | NotSent::InvalidInput(_)),
        TransportError::Lost { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use http::HeaderMap;

    use super::*;
    use crate::base_url::BaseUrl;
    use crate::error::Lost;
    use crate::path::ApiPath;

    /// An address that is up, refuses, or breaks the connection after the request was written.
    #[derive(Debug)]
    struct Address {
        name: &'static str,
        mood: Mutex<Mood>,
        seen: AtomicUsize,
    }

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Mood {
        Up,
        Refuses,
        Breaks,
        Forbids,
        Untrusted,
    }

    fn address(name: &'static str, mood: Mood) -> Arc<Address> {
        Arc::new(Address {
            name,
            mood: Mutex::new(mood),
            seen: AtomicUsize::new(0),
        })
    }

    #[async_trait]
    impl Transport for Address {
        async fn send(&self, request: Request) -> Result<Response, TransportError> {
            let base = BaseUrl::parse(&format!("http://{}", self.name)).expect("a URL");
            let place = base.place(request.method(), request.path());
            let mood = *self.mood.lock().expect("mood");
            match mood {
                Mood::Refuses => return Err(TransportError::not_sent(NotSent::Refused, place, None)),
                Mood::Forbids => return Err(TransportError::not_sent(NotSent::DeadlinePassed, place, None)),
                Mood::Untrusted => {
                    let reason = NotSent::Tls("unknown issuer".into());
                    return Err(TransportError::not_sent(reason, place, None));
                }
                Mood::Up | Mood::Breaks => {}
            }
            self.seen.fetch_add(1, Ordering::SeqCst);
            match mood {
                Mood::Breaks => Err(TransportError::lost(Lost::BeforeHeaders, None, place, None)),
                _ => Ok(Response::new(200, HeaderMap::new(), self.name)),
            }
        }
    }

    fn both(first: &Arc<Address>, second: &Arc<Address>) -> FailoverTransport {
        FailoverTransport::new(Arc::clone(first) as _, [Arc::clone(second) as _])
    }

    async fn ask(transport: &FailoverTransport) -> Result<String, TransportError> {
        let path = ApiPath::new("/api").literal("hold");
        let request = Request::post(path, Duration::from_secs(5));
        transport.send(request).await.map(|response| response.text())
    }

    #[tokio::test]
    async fn a_dead_address_is_passed_over_and_the_next_one_kept() {
        let (first, second) = (address("one", Mood::Refuses), address("two", Mood::Up));
        let transport = both(&first, &second);
        assert_eq!(ask(&transport).await.expect("answered"), "two");
        *first.mood.lock().expect("mood") = Mood::Up;
        assert_eq!(ask(&transport).await.expect("answered"), "two", "not back without need");
        *second.mood.lock().expect("mood") = Mood::Refuses;
        assert_eq!(ask(&transport).await.expect("answered"), "one");
    }

    #[tokio::test]
    async fn a_request_that_may_have_been_written_goes_nowhere_else() {
        let (first, second) = (address("one", Mood::Breaks), address("two", Mood::Up));
        let error = ask(&both(&first, &second)).await.expect_err("lost");
        assert!(!error.is_not_sent());
        assert_eq!(second.seen.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn a_lost_request_after_a_refused_one_is_told_as_lost() {
        let (first, second) = (address("one", Mood::Refuses), address("two", Mood::Breaks));
        let error = ask(&both(&first, &second)).await.expect_err("lost");
        assert!(!error.is_not_sent(), "{error}");
    }

    #[tokio::test]
    async fn with_every_address_dead_the_first_one_is_named() {
        let (first, second) = (address("one", Mood::Refuses), address("two", Mood::Refuses));
        let error = ask(&both(&first, &second)).await.expect_err("dead");
        assert!(error.is_not_sent() && error.to_string().contains("one"), "{error}");
    }

    #[tokio::test]
    async fn a_certificate_that_is_not_trusted_is_told_rather_than_a_dead_address() {
        let (first, second) = (address("one", Mood::Refuses), address("two", Mood::Untrusted));
        let error = ask(&both(&first, &second)).await.expect_err("untrusted");
        assert!(error.to_string().contains("unknown issuer"), "{error}");
    }

    #[tokio::test]
    async fn what_no_address_could_send_is_not_tried_at_the_next() {
        let (first, second) = (address("one", Mood::Forbids), address("two", Mood::Up));
        assert!(ask(&both(&first, &second)).await.is_err());
        assert_eq!(second.seen.load(Ordering::SeqCst), 0);
    }
}
