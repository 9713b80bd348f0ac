//! What went wrong on the way, sorted by the only question that matters: may bytes of the request have been written?

use std::fmt;

use crate::invalid::InvalidInput;
use crate::request::Method;

/// A send that brought no complete reply. Its effect at the switch is [`TransportError::effect`].
#[derive(Debug)]
pub enum TransportError {
    /// Provably not one byte of the request was written.
    NotSent {
        /// Why.
        reason: NotSent,
        /// Where it was to go.
        at: Box<Place>,
        /// What the layer below said.
        source: Option<Cause>,
    },
    /// The request was written or may have been written; nobody knows what the switch did.
    Lost {
        /// How far the exchange had come.
        phase: Lost,
        /// The status, if the reply had got that far.
        status: Option<u16>,
        /// Where it went.
        at: Box<Place>,
        /// What the layer below said.
        source: Option<Cause>,
    },
}

impl TransportError {
    /// A request that provably was not written.
    #[must_use]
    pub fn not_sent(reason: NotSent, at: Place, source: Option<Cause>) -> Self {
        Self::NotSent {
            reason,
            at: Box::new(at),
            source,
        }
    }

    /// A request that may have been written.
    #[must_use]
    pub fn lost(phase: Lost, status: Option<u16>, at: Place, source: Option<Cause>) -> Self {
        Self::Lost {
            phase,
            status,
            at: Box::new(at),
            source,
        }
    }

    /// Where the request was to go.
    #[must_use]
    pub fn place(&self) -> &Place {
        match self {
            Self::NotSent { at, .. } | Self::Lost { at, .. } => at,
        }
    }

    /// True if provably nothing was written.
    #[must_use]
    pub fn is_not_sent(&self) -> bool {
        match self {
            Self::NotSent { .. } => true,
            Self::Lost { .. } => false,
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent { reason, at, .. } => {
                write!(f, "{at}: not sent: ")?;
                reason.explain(at.authority(), f)
            }
            Self::Lost { phase, status, at, .. } => {
                write!(f, "{at}: {}", phase.as_str())?;
                match status {
                    Some(status) => write!(f, " (status {status} had arrived)"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let (Self::NotSent { source, .. } | Self::Lost { source, .. }) = self;
        source
            .as_deref()
            .map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}

/// Why nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotSent {
    /// Nobody listens there.
    Refused,
    /// The host name has no address.
    Dns,
    /// The handshake failed; the text names the reason.
    Tls(String),
    /// No connection within the connect timeout or the deadline.
    ConnectTimeout,
    /// The connection was closed before the request was written.
    Closed,
    /// The deadline had passed before anything was done.
    DeadlinePassed,
    /// The request holds something that must not be sent.
    InvalidInput(InvalidInput),
    /// No connection for another reason; the text names it (no route, out of file descriptors, proxy).
    Connect(String),
}

impl NotSent {
    fn explain(&self, authority: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => write!(
                f,
                "connection refused by {authority} – is the server running and the port right?"
            ),
            Self::Dns => write!(
                f,
                "the name in {authority} has no address – is the host spelt right and DNS reachable?"
            ),
            Self::Tls(why) => write!(f, "TLS with {authority} failed: {why}"),
            Self::ConnectTimeout => write!(f, "no connection to {authority} in time – is a firewall in the way?"),
            Self::Closed => write!(f, "{authority} closed the connection before the request was written"),
            Self::DeadlinePassed => write!(f, "the deadline had already passed"),
            Self::InvalidInput(invalid) => write!(f, "{invalid}"),
            Self::Connect(why) => write!(f, "no connection to {authority}: {why}"),
        }
    }
}

/// How far an exchange had come when it was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lost {
    /// The connection broke before the reply's headers were complete.
    BeforeHeaders,
    /// The connection broke within the reply's body.
    Body,
    /// The deadline passed.
    Deadline,
    /// The reply's body exceeds the cap.
    TooLarge,
    /// The reply is not HTTP, or its headers exceed what a client reads.
    Malformed,
}

impl Lost {
    /// The phase in words, as used in messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BeforeHeaders => "the connection broke before the reply's headers",
            Self::Body => "the connection broke within the reply's body",
            Self::Deadline => "no complete reply before the deadline",
            Self::TooLarge => "the reply's body exceeds the cap",
            Self::Malformed => "the reply is not proper HTTP, or its headers are too large",
        }
    }
}

/// Method, server and shape of the path: where something happened, without ids, query or secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    method: Method,
    authority: String,
    shape: String,
}

impl Place {
    pub(crate) fn new(method: Method, authority: String, shape: String) -> Self {
        Self {
            method,
            authority,
            shape,
        }
    }

    /// Host and port.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// The path with `{id}` in place of ids.
    #[must_use]
    pub fn shape(&self) -> &str {
        &self.shape
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.method.as_str(), self.authority, self.shape)
    }
}

/// A transport that cannot be built as configured: base URL, certificates, proxy.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    message: String,
    #[source]
    source: Option<Cause>,
}

impl ConfigError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    pub(crate) fn because(message: impl Into<String>, source: impl Into<Cause>) -> Self {
        let source = source.into();
        Self {
            message: format!("{}: {source}", message.into()),
            source: Some(source),
        }
    }
}

/// A cause kept for whoever digs; transports strip URLs before they put one here.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;
