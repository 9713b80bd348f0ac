//! The certificate a simulator shows, self-signed like most of the servers it stands for, and the one it may ask for.

use std::fmt;
use std::io;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

/// What a server over TLS shows and asks for.
#[derive(Debug, Clone, Default)]
pub struct TlsOptions {
    /// Certificate and key; without one the server makes one for `localhost`, `127.0.0.1` and `::1`. Give one to have
    /// the same after a restart, or one for another host name.
    pub identity: Option<TlsIdentity>,
    /// The authority that must have signed the client's certificate; without one no certificate is asked for.
    pub client_ca_pem: Option<String>,
}

/// A self-signed certificate and its key; `Debug` shows neither.
#[derive(Clone)]
pub struct TlsIdentity {
    certificate: String,
    key: String,
}

impl TlsIdentity {
    /// A new one for these host names and addresses.
    ///
    /// # Errors
    /// A name that cannot be in a certificate.
    pub fn generate<N: Into<String>>(names: impl IntoIterator<Item = N>) -> io::Result<Self> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let key = KeyPair::generate().map_err(invalid)?;
        let params = CertificateParams::new(names).map_err(invalid)?;
        let certificate = params.self_signed(&key).map_err(invalid)?;
        Ok(Self {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        })
    }

    /// The certificate, which is its own authority.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate
    }

    pub(super) fn local() -> io::Result<Self> {
        Self::generate(["localhost", "127.0.0.1", "::1"])
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsIdentity(…)")
    }
}

pub(super) fn acceptor(identity: &TlsIdentity, client_ca: Option<&str>) -> io::Result<TlsAcceptor> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(invalid)?;
    let builder = match client_ca {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from_pem_slice(pem.as_bytes()).map_err(invalid)?)
                .map_err(invalid)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(invalid)?)
        }
    };
    let chain = vec![CertificateDer::from_pem_slice(identity.certificate.as_bytes()).map_err(invalid)?];
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).map_err(invalid)?;
    let config = builder.with_single_cert(chain, key).map_err(invalid)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}
