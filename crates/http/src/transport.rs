//! The seam itself: everything above it is simulated in tests, everything below it is sockets.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::TransportError;
use crate::request::Request;
use crate::response::Response;

/// Sends one request to one origin and hands back the complete reply; used as `Arc<dyn Transport>`.
#[async_trait]
pub trait Transport: Debug + Send + Sync + 'static {
    /// Sends `request` once and returns the whole reply, whatever its status.
    ///
    /// *Behavior*
    /// * Nothing is ever sent twice, redirected, or sent to another origin than the configured one.
    /// * Returns at the request's deadline at the latest; the deadline covers connecting, sending and reading the body.
    /// * The body is capped: a longer one is [`Lost::TooLarge`](crate::Lost::TooLarge), and is not read to its end.
    /// * A redirect (3xx) or an error status is a [`Response`]; [`fault::accept`](crate::fault::accept) tells them apart.
    /// * Dropping the future never un-sends: what the switch did is unknown from then on.
    ///
    /// *Effect*: [`TransportError::NotSent`] proves that nothing happened, [`TransportError::Lost`] proves nothing.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}
