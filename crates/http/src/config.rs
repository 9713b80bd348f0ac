//! What a deployment may choose about the transport; everything else is fixed in [`ReqwestTransport`](crate::ReqwestTransport).

use std::fmt;
use std::time::Duration;

use url::Url;

use crate::base_url::BaseUrl;
use crate::error::ConfigError;
use crate::tls::{ClientIdentity, Trust};

/// Where to connect and how, with safe defaults.
#[derive(Clone)]
pub struct TransportConfig {
    pub(crate) base: BaseUrl,
    pub(crate) connect_timeout: Duration,
    pub(crate) keepalive: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) proxy: Option<Url>,
    pub(crate) trust: Trust,
    pub(crate) identity: Option<ClientIdentity>,
    pub(crate) danger_skip_verification: bool,
    pub(crate) user_agent: String,
}

impl TransportConfig {
    /// The defaults: 5 s to connect, 30 s keep-alive, no proxy whatever the environment says, the system's certificate authorities.
    #[must_use]
    pub fn new(base: BaseUrl) -> Self {
        Self {
            base,
            connect_timeout: Duration::from_secs(5),
            keepalive: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(30),
            proxy: None,
            trust: Trust::System,
            identity: None,
            danger_skip_verification: false,
            user_agent: concat!("callcontrol/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// The longest a TCP and TLS connection may take to be made.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How often TCP probes a silent connection; a long poll through a firewall lives on it.
    #[must_use]
    pub fn keepalive(mut self, interval: Duration) -> Self {
        self.keepalive = interval;
        self
    }

    /// How long an unused connection is kept.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Sends everything through this HTTP proxy. The variables `HTTP_PROXY` and the like are never read.
    ///
    /// # Errors
    /// If it is not an `http` or `https` URL.
    pub fn proxy(mut self, url: &str) -> Result<Self, ConfigError> {
        let url = Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| ConfigError::new("the proxy is not an http:// or https:// URL"))?;
        self.proxy = Some(url);
        Ok(self)
    }

    /// Which certificate authorities vouch for the server.
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// The certificate to show to the server.
    #[must_use]
    pub fn identity(mut self, identity: ClientIdentity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Accepts any certificate from anybody. For a laboratory only; a warning is logged whenever a transport is made with it.
    #[must_use]
    pub fn danger_skip_verification(mut self, skip: bool) -> Self {
        self.danger_skip_verification = skip;
        self
    }

    /// The `User-Agent`; `callcontrol/<version>` unless set.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// The origin.
    #[must_use]
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }
}

impl fmt::Debug for TransportConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportConfig")
            .field("base", &self.base)
            .field("connect_timeout", &self.connect_timeout)
            .field("keepalive", &self.keepalive)
            .field("idle_timeout", &self.idle_timeout)
            .field("proxy", &self.proxy.as_ref().and_then(Url::host_str))
            .field("trust", &self.trust)
            .field("identity", &self.identity)
            .field("danger_skip_verification", &self.danger_skip_verification)
            .field("user_agent", &self.user_agent)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_proxys_password() {
        let base = BaseUrl::parse("https://gw").expect("valid");
        let config = TransportConfig::new(base)
            .proxy("http://ann:CANARY@proxy:3128")
            .expect("valid");
        let shown = format!("{config:?}");
        assert!(shown.contains("proxy\"") && !shown.contains("CANARY"), "{shown}");
        assert!(
            TransportConfig::new(BaseUrl::parse("https://gw").expect("valid"))
                .proxy("socks5://x")
                .is_err()
        );
    }
}
