//! Whom to trust and who we are: the TLS settings of a transport, with ring passed explicitly and the system's roots read once per process.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

use crate::config::TransportConfig;
use crate::error::ConfigError;
use crate::tickets::Tickets;

/// Which certificate authorities vouch for the server.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Trust {
    /// Those of the operating system.
    #[default]
    System,
    /// Those of the operating system and these.
    SystemAnd(RootCertificates),
    /// These alone: the narrowest choice where a company has its own authority.
    Only(RootCertificates),
}

/// Certificates of authorities, at least one.
#[derive(Clone)]
pub struct RootCertificates(Arc<[CertificateDer<'static>]>);

impl RootCertificates {
    /// Reads one or more certificates in PEM form.
    ///
    /// # Errors
    /// If the text is not PEM, holds no certificate, or one that cannot be an authority.
    pub fn from_pem(pem: &[u8]) -> Result<Self, ConfigError> {
        let certificates = certificates("CA", pem)?;
        let mut store = RootCertStore::empty();
        for certificate in &certificates {
            store
                .add(certificate.clone())
                .map_err(|error| ConfigError::because("a CA certificate cannot be used", error))?;
        }
        Ok(Self(certificates.into()))
    }
}

impl fmt::Debug for RootCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootCertificates({})", self.0.len())
    }
}

/// The certificate and key by which a server knows us. `Debug` shows neither.
#[derive(Clone)]
pub struct ClientIdentity {
    chain: Arc<[CertificateDer<'static>]>,
    key: Arc<PrivateKeyDer<'static>>,
}

impl ClientIdentity {
    /// Reads certificate chain and private key in PEM form.
    ///
    /// # Errors
    /// If either is not PEM or missing.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, ConfigError> {
        // The parser's error is left out: what it stumbled over is a key.
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| ConfigError::new("the client key holds no private key in PEM form"))?;
        Ok(Self {
            chain: certificates("client", chain)?.into(),
            key: Arc::new(key),
        })
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientIdentity")
    }
}

/// The settings as rustls wants them.
pub(crate) fn client_config(config: &TransportConfig) -> Result<ClientConfig, ConfigError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigError::because("TLS versions", error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier(config, provider)?);
    let mut tls = match &config.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => builder
            .with_client_auth_cert(identity.chain.to_vec(), identity.key.clone_key())
            .map_err(|error| ConfigError::because("the client certificate cannot be used", error))?,
    };
    tls.resumption = Resumption::store(Arc::new(Tickets::default()));
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(tls)
}

fn verifier(
    config: &TransportConfig,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, ConfigError> {
    if config.danger_skip_verification {
        tracing::warn!(
            server = config.base.authority(),
            "DANGER: the server's certificate is NOT verified; anybody on the way can read and change everything, passwords included"
        );
        return Ok(Arc::new(AcceptAnyone(provider)));
    }
    match &config.trust {
        Trust::System => system_verifier(provider),
        Trust::SystemAnd(roots) => Verifier::new_with_extra_roots(roots.0.iter().cloned(), provider)
            .map(|verifier| Arc::new(verifier) as Arc<dyn ServerCertVerifier>)
            .map_err(no_system_roots),
        Trust::Only(roots) => {
            let mut store = RootCertStore::empty();
            store.add_parsable_certificates(roots.0.iter().cloned());
            WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider)
                .build()
                .map(|verifier| verifier as Arc<dyn ServerCertVerifier>)
                .map_err(|error| ConfigError::because("the CA certificates cannot be used", error))
        }
    }
}

/// Reading the system's roots takes some 10 ms and 1 MiB, so once per process; a failure is not kept.
fn system_verifier(provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, ConfigError> {
    static SYSTEM: OnceLock<Arc<Verifier>> = OnceLock::new();
    if let Some(verifier) = SYSTEM.get() {
        return Ok(Arc::<Verifier>::clone(verifier));
    }
    let verifier = Arc::new(Verifier::new(provider).map_err(no_system_roots)?);
    Ok(Arc::<Verifier>::clone(SYSTEM.get_or_init(|| verifier)))
}

fn no_system_roots(error: rustls::Error) -> ConfigError {
    ConfigError::because(
        "the system's CA certificates cannot be read; install them (ca-certificates) or name a CA file",
        error,
    )
}

fn certificates(whose: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| ConfigError::new(format!("the {whose} certificate is not in PEM form")))?;
    if certificates.is_empty() {
        return Err(ConfigError::new(format!(
            "the {whose} certificate file holds no certificate in PEM form"
        )));
    }
    Ok(certificates)
}

/// For a laboratory only; reached by [`TransportConfig::danger_skip_verification`].
#[derive(Debug)]
struct AcceptAnyone(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAnyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
