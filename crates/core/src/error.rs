//! The one error type: what went wrong (`kind`), what happened at the switch (`effect`), and everything needed to say it in one line.
//! Whether the switch may have acted is the most expensive fact in call control, so it is a field of every error and never guessed from a text.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{CallId, OpId};
use crate::text::one_line;

/// Result of every fallible function of this project.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What happened at the switch when a command failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Provably nothing: refused, or never sent.
    None,
    /// The command took effect although an error is reported (for instance a later step of a recipe failed).
    Applied,
    /// Bytes may have reached the switch; nobody knows yet whether it acted.
    Unknown,
}

/// Class of an error: whose fault it is and what the caller can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value given by the caller is not acceptable; nothing was sent.
    InvalidInput,
    /// The configuration is wrong.
    Config,
    /// A logical target that the deployment's directory does not know.
    UnknownTarget,
    /// This adapter cannot do that; nothing was sent.
    Unsupported,
    /// Another command on the same call is running; nothing was sent.
    Conflict,
    /// The call or session is not in a state that allows the operation.
    InvalidState,
    /// The call, session, agent or target does not exist (any more).
    NotFound,
    /// The target exists but cannot be reached now (busy, out of service).
    TargetUnavailable,
    /// User, password or account refused. Never retried: accounts get locked.
    Credentials,
    /// The session at the vendor is gone (expired, signed out): sign in again.
    SessionLost,
    /// Somebody else signed in with this agent.
    Displaced,
    /// The vendor refuses this user or this source the operation.
    Permission,
    /// Too many or too early: wait and try again.
    RateLimited,
    /// No connection could be made; nothing was sent.
    Unreachable,
    /// The TLS handshake failed (untrusted, expired, wrong host name); nothing was sent.
    Tls,
    /// The deadline passed.
    Timeout,
    /// The connection broke after bytes had been written.
    ConnectionLost,
    /// The answer is not what the vendor's protocol allows (HTML page, truncated JSON, redirect).
    Protocol,
    /// The vendor reports an internal failure.
    VendorFailure,
    /// The vendor's code is in no table of ours; code and text are kept.
    VendorUnknown,
    /// The layer is shutting down or the session task has ended.
    Closed,
    /// A defect of this library.
    Internal,
}

impl ErrorKind {
    /// The class in words, as used in messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid input",
            Self::Config => "configuration",
            Self::UnknownTarget => "unknown target",
            Self::Unsupported => "unsupported",
            Self::Conflict => "conflict",
            Self::InvalidState => "invalid state",
            Self::NotFound => "not found",
            Self::TargetUnavailable => "target unavailable",
            Self::Credentials => "credentials refused",
            Self::SessionLost => "session lost",
            Self::Displaced => "displaced",
            Self::Permission => "not permitted",
            Self::RateLimited => "rate limited",
            Self::Unreachable => "unreachable",
            Self::Tls => "TLS",
            Self::Timeout => "timeout",
            Self::ConnectionLost => "connection lost",
            Self::Protocol => "protocol",
            Self::VendorFailure => "vendor failure",
            Self::VendorUnknown => "vendor failure of unknown meaning",
            Self::Closed => "closed",
            Self::Internal => "internal",
        }
    }

    /// True for conditions that may pass without anybody changing anything.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Unreachable | Self::Timeout | Self::ConnectionLost | Self::RateLimited | Self::VendorFailure
        )
    }
}

/// What the vendor itself said, kept verbatim (control characters escaped, length capped) for whoever must dig.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NativeFault {
    /// The vendor's code as text, e.g. `200-012`, `6`, `900001`.
    pub code: Option<String>,
    /// The vendor's text.
    pub message: Option<String>,
    /// HTTP status of the answer.
    pub http_status: Option<u16>,
}

/// Why an operation did not do what was asked. Small to move: everything is boxed.
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    effect: Effect,
    message: String,
    operation: Option<&'static str>,
    op: Option<OpId>,
    call: Option<CallId>,
    native: Option<NativeFault>,
    running: Option<OpId>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A new error. `message` says what, where and what to do; it must hold no secret and no full number.
    #[must_use]
    pub fn new(kind: ErrorKind, effect: Effect, message: impl AsRef<str>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                effect,
                message: one_line(message.as_ref(), MAX_MESSAGE),
                operation: None,
                op: None,
                call: None,
                native: None,
                running: None,
                retry_after: None,
                source: None,
            }),
        }
    }

    /// A value given by the caller is not acceptable; nothing was sent.
    #[must_use]
    pub fn invalid_input(message: impl AsRef<str>) -> Self {
        Self::new(ErrorKind::InvalidInput, Effect::None, message)
    }

    /// The adapter cannot do that; nothing was sent.
    #[must_use]
    pub fn unsupported(message: impl AsRef<str>) -> Self {
        Self::new(ErrorKind::Unsupported, Effect::None, message)
    }

    /// The operation does not fit the state known locally; nothing was sent.
    #[must_use]
    pub fn invalid_state(message: impl AsRef<str>) -> Self {
        Self::new(ErrorKind::InvalidState, Effect::None, message)
    }

    /// The call or session is not known here; nothing was sent.
    #[must_use]
    pub fn not_found(message: impl AsRef<str>) -> Self {
        Self::new(ErrorKind::NotFound, Effect::None, message)
    }

    /// Names the operation, unless a layer below did so already.
    #[must_use]
    pub fn during(mut self, operation: &'static str) -> Self {
        self.inner.operation.get_or_insert(operation);
        self
    }

    /// Attaches the operation id, unless there already.
    #[must_use]
    pub fn with_op(mut self, op: &OpId) -> Self {
        self.inner.op.get_or_insert_with(|| op.clone());
        self
    }

    /// Attaches the call, unless there already.
    #[must_use]
    pub fn on_call(mut self, call: &CallId) -> Self {
        self.inner.call.get_or_insert_with(|| call.clone());
        self
    }

    /// Attaches what the vendor said.
    #[must_use]
    pub fn with_native(mut self, native: NativeFault) -> Self {
        self.inner.native = Some(NativeFault {
            code: native.code.map(|text| one_line(&text, MAX_NATIVE)),
            message: native.message.map(|text| one_line(&text, MAX_NATIVE)),
            http_status: native.http_status,
        });
        self
    }

    /// Names the operation that is in the way of this one.
    #[must_use]
    pub fn blocked_by(mut self, running: &OpId) -> Self {
        self.inner.running = Some(running.clone());
        self
    }

    /// Says how long to wait before another attempt: the server's own word (`Retry-After`), or that of the layer that holds requests back. At most five minutes count.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.inner.retry_after = wait.map(|wait| wait.min(LONGEST_WAIT));
        self
    }

    /// Replaces the effect; used where a later look proved more than the first answer did.
    #[must_use]
    pub fn with_effect(mut self, effect: Effect) -> Self {
        self.inner.effect = effect;
        self
    }

    /// Replaces the kind; used where the adapter knows more than the transport did.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.inner.kind = kind;
        self
    }

    /// Keeps the cause for whoever digs.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// The class.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// What happened at the switch.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.inner.effect
    }

    /// What went wrong, without operation, call and codes.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// Name of the operation, e.g. `transfer`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.inner.operation
    }

    /// Id of the operation.
    #[must_use]
    pub fn op(&self) -> Option<&OpId> {
        self.inner.op.as_ref()
    }

    /// The call concerned.
    #[must_use]
    pub fn call(&self) -> Option<&CallId> {
        self.inner.call.as_ref()
    }

    /// What the vendor said.
    #[must_use]
    pub fn native(&self) -> Option<&NativeFault> {
        self.inner.native.as_ref()
    }

    /// The vendor's code, if it gave one.
    #[must_use]
    pub fn native_code(&self) -> Option<&str> {
        self.inner.native.as_ref()?.code.as_deref()
    }

    /// With [`ErrorKind::Conflict`]: the operation that is in the way.
    #[must_use]
    pub fn running(&self) -> Option<&OpId> {
        self.inner.running.as_ref()
    }

    /// How long to wait before another attempt, where somebody has said so. Tells nothing of whether another attempt is safe: see [`is_retryable`](Self::is_retryable).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// True when the same command may be sent again without any risk of doing it twice:
    /// nothing happened at the switch and the condition may pass by itself.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.effect() == Effect::None && self.kind().is_transient()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        if let Some(operation) = inner.operation {
            write!(f, "{operation}")?;
            if let Some(call) = &inner.call {
                write!(f, " on {call}")?;
            }
            write!(f, ": ")?;
        }
        write!(f, "{}: {}", inner.kind.as_str(), inner.message)?;
        if let Some(running) = &inner.running {
            write!(f, " (running: {running})")?;
        }
        if let Some(native) = &inner.native {
            write!(f, " [vendor")?;
            if let Some(code) = &native.code {
                write!(f, " code {code}")?;
            }
            if let Some(message) = native.message.as_deref().filter(|text| !text.is_empty()) {
                write!(f, " \"{message}\"")?;
            }
            if let Some(status) = native.http_status {
                write!(f, " HTTP {status}")?;
            }
            write!(f, "]")?;
        }
        if let Some(wait) = inner.retry_after {
            write!(f, " (to be tried again after {} ms)", wait.as_millis())?;
        }
        match inner.effect {
            Effect::None => Ok(()),
            Effect::Applied => write!(f, " (the switch did act)"),
            Effect::Unknown => write!(f, " (whether the switch acted is unknown)"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.inner.kind)
            .field("effect", &self.inner.effect)
            .field("message", &self.inner.message)
            .field("operation", &self.inner.operation)
            .field("op", &self.inner.op)
            .field("call", &self.inner.call)
            .field("native", &self.inner.native)
            .field("running", &self.inner.running)
            .field("retry_after", &self.inner.retry_after)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner
            .source
            .as_deref()
            .map(|source| source as &(dyn std::error::Error + 'static))
    }
}

/// An error can be needed twice (duplicates of one operation id get the same answer); the source stays with the first.
impl Clone for Error {
    fn clone(&self) -> Self {
        let inner = &self.inner;
        Self {
            inner: Box::new(Inner {
                kind: inner.kind,
                effect: inner.effect,
                message: inner.message.clone(),
                operation: inner.operation,
                op: inner.op.clone(),
                call: inner.call.clone(),
                native: inner.native.clone(),
                running: inner.running.clone(),
                retry_after: inner.retry_after,
                source: None,
            }),
        }
    }
}

const LONGEST_WAIT: Duration = Duration::from_secs(300);
const MAX_MESSAGE: usize = 600;
const MAX_NATIVE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_transient_error_without_effect_may_be_sent_again() {
        let lost = Error::new(ErrorKind::ConnectionLost, Effect::Unknown, "reset");
        let refused = Error::new(ErrorKind::Unreachable, Effect::None, "connection refused");
        let wrong = Error::invalid_input("destination has letters");
        assert!(!lost.is_retryable());
        assert!(refused.is_retryable());
        assert!(!wrong.is_retryable());
    }

    #[test]
    fn a_wait_that_somebody_asks_for_is_kept_shown_and_bounded() {
        let storm = Error::new(ErrorKind::RateLimited, Effect::None, "too many requests");
        let error = storm.clone().with_retry_after(Some(Duration::from_secs(2)));
        assert_eq!(error.clone().retry_after(), Some(Duration::from_secs(2)));
        assert!(error.to_string().contains("to be tried again after 2000 ms"), "{error}");
        let absurd = storm.with_retry_after(Some(Duration::MAX));
        assert_eq!(absurd.retry_after(), Some(LONGEST_WAIT));
    }

    #[test]
    fn display_is_one_line_with_operation_call_kind_and_vendor_code() {
        let error = Error::new(ErrorKind::InvalidState, Effect::None, "no call\nto transfer")
            .during("transfer")
            .on_call(&CallId::new("c1").expect("valid"))
            .with_native(NativeFault {
                code: Some("200-012".into()),
                message: Some("\u{1b}[31mred".into()),
                http_status: Some(200),
            });
        let text = error.to_string();
        assert!(!text.contains('\n') && !text.contains('\u{1b}'), "{text}");
        assert!(text.starts_with("transfer on c1: invalid state: "), "{text}");
        assert!(text.contains("code 200-012"), "{text}");
    }

    #[test]
    fn an_unknown_effect_is_said_in_words() {
        let error = Error::new(ErrorKind::Timeout, Effect::Unknown, "no answer within 5 s");
        assert!(error.to_string().contains("whether the switch acted is unknown"));
    }
}
