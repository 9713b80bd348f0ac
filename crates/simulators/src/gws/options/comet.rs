//! The CometD server's choices.

use std::time::Duration;

/// CometD, with the defaults of the CometD 3.1 server; the values of GWS are unknown (section 11.1).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CometOptions {
    /// How long a connect is held.
    pub timeout: Duration,
    /// What the client is told to wait between two connects.
    pub interval: Duration,
    /// A session without a connect for longer is swept.
    pub max_interval: Duration,
    /// What a second session from one cookie jar is told to wait between two connects.
    pub multi_session_interval: Duration,
    /// The acknowledged-messages extension; whether GWS has it is unconfirmed (section 11.7).
    pub ack: AckExtension,
    /// Names `websocket` among the connection types of the handshake. The upgrade is refused all the same: the deployment guide says that
    /// WebSocket is not supported.
    pub offers_websocket: bool,
    /// HTTP status of a refused upgrade.
    pub websocket_refusal: u16,
    /// A message must come with the `BAYEUX_BROWSER` cookie of its session; without it the client is unknown.
    pub demands_browser_cookie: bool,
    /// Every so manieth message reaches a node that does not know its client, as behind a balancer that does not send the same client to
    /// the same node (section 13.2); 0 never.
    pub stray_every: u64,
    /// HTTP status of a connect that a later one replaced; with 200 it gets an ordinary reply.
    pub replaced_connect: u16,
    /// Events carry an `id` and a `clientId`, which they may.
    pub tags_events: bool,
    /// Events also ride on the answers to other requests than connect, except in a session with acknowledgements.
    pub events_ride: bool,
    /// A body that is a single message, not an array, is accepted.
    pub single_message: bool,
    /// The session dies with the HTTP session in which it was begun.
    pub dies_with_http: bool,
    /// Refuses every handshake with `403::Handshake denied`.
    pub deny_handshake: bool,
    /// The error of a message whose session is unknown; `{client}` stands for the id that was sent.
    pub unknown_client: String,
    /// Which replies with that error carry the advice to shake hands again.
    pub unknown_advice: UnknownAdvice,
}

impl Default for CometOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            interval: Duration::ZERO,
            max_interval: Duration::from_secs(10),
            multi_session_interval: Duration::from_secs(2),
            ack: AckExtension::default(),
            offers_websocket: false,
            websocket_refusal: 400,
            demands_browser_cookie: true,
            stray_every: 0,
            replaced_connect: 500,
            tags_events: false,
            events_ride: false,
            single_message: false,
            dies_with_http: true,
            deny_handshake: false,
            unknown_client: "402::Unknown client".into(),
            unknown_advice: UnknownAdvice::default(),
        }
    }
}

/// How the server answers a handshake that asks for acknowledgements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AckExtension {
    /// It has no such extension and says nothing.
    #[default]
    Absent,
    /// It knows the extension and says `false`.
    Refused,
    /// `ext.ack` is `true`.
    Flag,
    /// `ext.ack` is `{"enabled":true,"batch":0}`.
    Batch,
}

/// Which replies to an unknown client advise a new handshake (section 11.6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnknownAdvice {
    /// Those to connects.
    #[default]
    OnConnect,
    /// All.
    Always,
    /// None: the number must do.
    Never,
}
