//! Certificates that must be refused, each with its reason, and those that must be accepted (faults.md row 48).

mod support;

use std::sync::Arc;

use callcontrol_core::{Effect, ErrorKind};
use callcontrol_http::fault::from_transport;
use callcontrol_http::{
    BaseUrl, ClientIdentity, Idempotency, NotSent, ReqwestTransport, Response, RootCertificates, Transport,
    TransportConfig, TransportError, Trust,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use support::{AMPLE, Server, check_discretion, command};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self {
            pem,
            issuer: Issuer::new(params, key),
        }
    }

    fn issue(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Leaf {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        Leaf {
            pem: params.signed_by(&key, &self.issuer).expect("signed").pem(),
            key: key.serialize_pem(),
        }
    }

    fn trust(&self) -> Trust {
        Trust::Only(RootCertificates::from_pem(self.pem.as_bytes()).expect("PEM"))
    }

    fn store(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        store
            .add(CertificateDer::from_pem_slice(self.pem.as_bytes()).expect("PEM"))
            .expect("a CA");
        store
    }
}

struct Leaf {
    pem: String,
    key: String,
}

fn plain(leaf: &Leaf) -> ServerConfig {
    server_config(leaf, None)
}

fn server_config(leaf: &Leaf, clients: Option<RootCertStore>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("versions");
    let chain = vec![CertificateDer::from_pem_slice(leaf.pem.as_bytes()).expect("PEM")];
    let key = PrivateKeyDer::from_pem_slice(leaf.key.as_bytes()).expect("PEM");
    match clients {
        None => builder.with_no_client_auth(),
        Some(roots) => builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .expect("a verifier"),
        ),
    }
    .with_single_cert(chain, key)
    .expect("a server")
}

async fn serve(config: ServerConfig) -> Server {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Server::start(move |conn| {
        let acceptor = acceptor.clone();
        async move {
            let requests = conn.over(());
            if let Ok(tls) = acceptor.accept(conn.io).await {
                let mut conn = requests.over(tls);
                conn.answer(OK).await;
                let _closed = tokio::io::AsyncWriteExt::shutdown(&mut conn.io).await;
            }
        }
    })
    .await
}

fn config(server: &Server) -> TransportConfig {
    let base = format!("https://localhost:{}", server.addr.port());
    TransportConfig::new(BaseUrl::parse(&base).expect("a base URL"))
}

async fn send(config: TransportConfig) -> Result<Response, TransportError> {
    let transport = ReqwestTransport::new(&config).expect("a transport");
    transport.send(command(AMPLE)).await
}

async fn refusal(server: &Server, trust: Trust) -> String {
    let error = send(config(server).trust(trust)).await.expect_err("refused");
    check_discretion(&error);
    assert_eq!(server.requests(), 0);
    let TransportError::NotSent {
        reason: NotSent::Tls(why),
        ..
    } = &error
    else {
        panic!("not a TLS error: {error:?}");
    };
    let why = why.clone();
    let error = from_transport(error, Idempotency::Command);
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Tls, Effect::None));
    why
}

#[tokio::test]
async fn a_certificate_of_the_own_authority_is_accepted() {
    let authority = Authority::new("own CA");
    let server = serve(plain(&authority.issue(&["localhost"], |_| {}))).await;
    let reply = send(config(&server).trust(authority.trust())).await.expect("answered");
    assert_eq!((reply.status, server.requests()), (200, 1));
}

#[tokio::test]
async fn an_unknown_authority_is_refused() {
    let server = serve(plain(&Authority::new("other CA").issue(&["localhost"], |_| {}))).await;
    let why = refusal(&server, Authority::new("own CA").trust()).await;
    assert!(why.contains("issuer is not trusted"), "{why}");
}

#[tokio::test]
async fn another_authority_of_the_same_name_is_refused() {
    let server = serve(plain(&Authority::new("own CA").issue(&["localhost"], |_| {}))).await;
    let why = refusal(&server, Authority::new("own CA").trust()).await;
    assert!(why.contains("not signed by the authority"), "{why}");
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused() {
    let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("signed");
    let leaf = Leaf {
        pem: own.cert.pem(),
        key: own.signing_key.serialize_pem(),
    };
    let server = serve(plain(&leaf)).await;
    let why = refusal(&server, Authority::new("own CA").trust()).await;
    assert!(why.contains("issuer is not trusted"), "{why}");
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let authority = Authority::new("own CA");
    let server = serve(plain(&authority.issue(&["gateway.example"], |_| {}))).await;
    let why = refusal(&server, authority.trust()).await;
    assert!(why.contains("another host name"), "{why}");
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = Authority::new("own CA");
    let leaf = authority.issue(&["localhost"], |params| {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    });
    let server = serve(plain(&leaf)).await;
    let why = refusal(&server, authority.trust()).await;
    assert!(why.contains("expired"), "{why}");
}

#[tokio::test]
async fn a_certificate_not_valid_yet_is_refused() {
    let authority = Authority::new("own CA");
    let leaf = authority.issue(&["localhost"], |params| {
        params.not_before = date_time_ymd(2900, 1, 1);
        params.not_after = date_time_ymd(2901, 1, 1);
    });
    let server = serve(plain(&leaf)).await;
    let why = refusal(&server, authority.trust()).await;
    assert!(why.contains("not valid yet"), "{why}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_told_apart() {
    for reply in ["HTTP/1.1 400 Bad Request\r\n\r\n", ""] {
        let server = Server::start(move |mut conn| async move {
            let mut some = [0; 16];
            let _hello = tokio::io::AsyncReadExt::read(&mut conn.io, &mut some).await;
            conn.write(reply).await;
            let _closed = tokio::io::AsyncWriteExt::shutdown(&mut conn.io).await;
            conn.linger().await;
        })
        .await;
        let why = refusal(&server, Authority::new("own CA").trust()).await;
        assert!(why.contains("speak TLS"), "{why}");
    }
}

#[tokio::test]
async fn a_server_that_has_only_unsafe_versions_is_refused() {
    // A fatal alert "protocol version" in TLS 1.0 spelling; and the beginning of a handshake in TLS 1.0, version 3.1.
    let alert: &[u8] = &[0x15, 3, 1, 0, 2, 2, 70];
    let mut hello = vec![0x16, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
    hello.extend([7; 32]);
    hello.extend([0, 0, 0x2f, 0]);
    for (reply, why) in [(alert.to_vec(), "not safe any more"), (hello, "")] {
        let server = Server::start(move |mut conn| {
            let reply = reply.clone();
            async move {
                let mut some = [0; 1024];
                let _hello = tokio::io::AsyncReadExt::read(&mut conn.io, &mut some).await;
                conn.write(reply).await;
                conn.linger().await;
            }
        })
        .await;
        let refused = refusal(&server, Authority::new("own CA").trust()).await;
        assert!(refused.contains(why), "{refused}");
    }
}

#[tokio::test]
async fn checking_can_be_switched_off_by_a_loud_name() {
    let server = serve(plain(&Authority::new("own CA").issue(&["gateway.example"], |_| {}))).await;
    let reply = send(config(&server).danger_skip_verification(true)).await;
    assert_eq!(reply.expect("answered").status, 200);
}

#[tokio::test]
async fn a_server_that_wants_to_know_us_sees_our_certificate() {
    let authority = Authority::new("own CA");
    let leaf = authority.issue(&["localhost"], |_| {});
    let server = serve(server_config(&leaf, Some(authority.store()))).await;
    let own = authority.issue(&["agent-desktop"], |_| {});
    let identity = ClientIdentity::from_pem(own.pem.as_bytes(), own.key.as_bytes()).expect("PEM");
    let base = config(&server).trust(authority.trust());
    let reply = send(base.clone().identity(identity)).await.expect("answered");
    assert_eq!(reply.status, 200);
    // Without it the server refuses after the client's last word of the handshake, so that nothing is proved.
    send(base).await.expect_err("refused");
    assert_eq!(server.requests(), 1);
}

#[test]
fn keys_and_certificates_that_cannot_be_read_are_refused_without_showing_them() {
    assert!(RootCertificates::from_pem(b"").is_err());
    assert!(RootCertificates::from_pem(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").is_err());
    let own = Authority::new("own CA").issue(&["x"], |_| {});
    let broken = own.key.replace("END", "CANARY");
    let error = ClientIdentity::from_pem(own.pem.as_bytes(), broken.as_bytes()).expect_err("broken");
    assert!(!format!("{error} {error:?}").contains("CANARY"));
    let identity = ClientIdentity::from_pem(own.pem.as_bytes(), own.key.as_bytes()).expect("PEM");
    assert_eq!(format!("{identity:?}"), "ClientIdentity");
}
