//! The HTTP seam of callcontrol: one small [`Transport`] trait, safe by construction, and what a REST adapter needs around it.
//!
//! * [`ApiPath`], [`Request`] and [`BaseUrl`] make a request that cannot leave its origin and carries its total deadline.
//! * [`Response`] hands back a capped body and decodes it with an error that says what, where and how it began.
//! * [`TransportError`] says whether bytes may have been written; [`fault`] turns it and unexpected statuses into core errors.
//! * [`ReqwestTransport`] is for production, [`FailoverTransport`] for a server with several addresses; [`InMemoryTransport`] calls a simulator's service directly, with faults at every phase.
//! * [`CookieJar`] keeps the cookies of one origin.
//!
//! A command as an adapter writes it:
//!
//! ```
//! use std::time::Duration;
//! use callcontrol_core::Result;
//! use callcontrol_http::{fault, ApiPath, CookieJar, Idempotency, Request, Transport};
//! use secrecy::{ExposeSecret, SecretString};
//!
//! #[derive(serde::Deserialize)]
//! struct Reply { code: i64 }
//!
//! async fn transfer(http: &dyn Transport, jar: &CookieJar, token: &SecretString, call: &str, to: &str) -> Result<i64> {
//!     let path = ApiPath::new("/api/v2").literal("calls").id(call)?.literal("transfer").query("to", to)?;
//!     let request = Request::post(path, Duration::from_secs(5))
//!         .sensitive_header("token", token.expose_secret())?
//!         .cookies(jar)
//!         .json(&serde_json::json!({ "mode": 0 }))?;
//!     let reply = http.send(request).await?; // not sent: effect none; lost: effect unknown
//!     jar.store_from(&reply);
//!     let reply = fault::accept(reply, Idempotency::Command)?; // 3xx, 4xx, 5xx
//!     Ok(reply.json::<Reply>("transfer reply")?.code) // undecodable 2xx: effect unknown
//! }
//! ```

pub mod fault;

mod base_url;
mod body;
mod config;
mod cookies;
mod echo;
mod error;
mod failover;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod in_memory;
mod invalid;
mod mischief;
mod path;
mod request;
mod reqwest_faults;
mod reqwest_transport;
mod response;
mod retry_after;
mod snippet;
mod tickets;
mod tls;
mod transport;
mod witness;

pub use base_url::BaseUrl;
pub use config::TransportConfig;
pub use cookies::CookieJar;
pub use error::{Cause, ConfigError, Lost, NotSent, Place, TransportError};
pub use failover::FailoverTransport;
pub use fault::Idempotency;
pub use in_memory::InMemoryTransport;
pub use invalid::InvalidInput;
pub use mischief::{Attempt, Mischief, Trick};
pub use path::{ApiPath, last_segment};
pub use request::{Deadline, Method, Request, RequestKind};
pub use reqwest_transport::ReqwestTransport;
pub use response::{DecodeError, Response};
pub use tls::{ClientIdentity, RootCertificates, Trust};
pub use transport::Transport;

pub use bytes::Bytes;
pub use http::{HeaderMap, HeaderName, HeaderValue};
