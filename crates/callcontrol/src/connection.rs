//! `[<adapter>.connection]`: how to reach the server, the same keys for every adapter.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{Effect, Error, ErrorKind, Result};
use callcontrol_http::{
    BaseUrl, ClientIdentity, FailoverTransport, ReqwestTransport, RootCertificates, Transport, TransportConfig, Trust,
};
use serde::Deserialize;

/// `Debug` shows no URL that has not been checked: a password may be in it, and in that of a proxy it may stay there.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ConnectionFile {
    base_url: String,
    /// Other addresses of the same server, asked in this order when the one in use cannot be reached.
    #[serde(default)]
    fallback_urls: Vec<String>,
    #[serde(default)]
    connect_timeout_ms: Option<u64>,
    /// Additional certificate authorities, PEM.
    #[serde(default)]
    ca_file: Option<PathBuf>,
    /// Trust nobody but those of `ca-file`.
    #[serde(default)]
    only_ca_file: bool,
    /// The client's certificate chain, PEM.
    #[serde(default)]
    client_certificate_file: Option<PathBuf>,
    /// Its key, PEM.
    #[serde(default)]
    client_key_file: Option<PathBuf>,
    #[serde(default)]
    proxy: Option<String>,
    #[serde(default)]
    danger_skip_verification: bool,
}

impl fmt::Debug for ConnectionFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionFile")
            .field("base_url", &BaseUrl::parse(&self.base_url).ok())
            .field("fallback_urls", &self.fallback_urls.len())
            .field("proxy", &self.proxy.is_some())
            .field("danger_skip_verification", &self.danger_skip_verification)
            .finish_non_exhaustive()
    }
}

impl ConnectionFile {
    /// Checks all keys and reads the certificate files; one configuration per address, the first choice first.
    pub(crate) fn to_configs(&self) -> Result<Vec<TransportConfig>> {
        let first = ("base-url", &self.base_url);
        let others = self.fallback_urls.iter().map(|url| ("fallback-urls", url));
        std::iter::once(first)
            .chain(others)
            .map(|(key, url)| self.config_of(key, url))
            .collect()
    }

    fn config_of(&self, key: &'static str, url: &str) -> Result<TransportConfig> {
        let at = |key: &'static str| move |error: callcontrol_http::ConfigError| fault(key, &error.to_string());
        let base = BaseUrl::parse(url).map_err(at(key))?;
        let mut config = TransportConfig::new(base).danger_skip_verification(self.danger_skip_verification);
        if let Some(millis) = self.connect_timeout_ms {
            if !(10..=120_000).contains(&millis) {
                return Err(fault(
                    "connect-timeout-ms",
                    &format!("{millis} is out of range, 10 to 120000 is expected"),
                ));
            }
            config = config.connect_timeout(Duration::from_millis(millis));
        }
        if let Some(proxy) = &self.proxy {
            config = config.proxy(proxy).map_err(at("proxy"))?;
        }
        match (&self.ca_file, self.only_ca_file) {
            (Some(path), only) => {
                let roots = RootCertificates::from_pem(&read("ca-file", path)?).map_err(at("ca-file"))?;
                config = config.trust(if only {
                    Trust::Only(roots)
                } else {
                    Trust::SystemAnd(roots)
                });
            }
            (None, true) => return Err(fault("only-ca-file", "needs ca-file beside it")),
            (None, false) => {}
        }
        match (&self.client_certificate_file, &self.client_key_file) {
            (Some(chain), Some(key)) => {
                let chain = read("client-certificate-file", chain)?;
                let key = read("client-key-file", key)?;
                let identity = ClientIdentity::from_pem(&chain, &key).map_err(at("client-certificate-file"))?;
                config = config.identity(identity);
            }
            (None, None) => {}
            (Some(_), None) => return Err(fault("client-certificate-file", "needs client-key-file beside it")),
            (None, Some(_)) => return Err(fault("client-key-file", "needs client-certificate-file beside it")),
        }
        Ok(config)
    }

    pub(crate) fn to_transport(&self) -> Result<Arc<dyn Transport>> {
        let mut addresses = self.to_configs()?.into_iter().map(|config| {
            let transport = ReqwestTransport::new(&config).map_err(|error| fault("base-url", &error.to_string()))?;
            Ok(Arc::new(transport) as Arc<dyn Transport>)
        });
        let first = addresses.next().ok_or_else(|| fault("base-url", "is missing"))??;
        let others = addresses.collect::<Result<Vec<_>>>()?;
        if others.is_empty() {
            return Ok(first);
        }
        Ok(Arc::new(FailoverTransport::new(first, others)))
    }
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| fault(key, &format!("{} cannot be read: {error}", path.display())))
}

fn fault(key: &'static str, message: &str) -> Error {
    Error::new(ErrorKind::Config, Effect::None, format!("{key}: {message}"))
}
