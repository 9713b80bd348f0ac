//! HTTPS with a certificate made at start, and the header spelled as Huawei does (sections 1 and 15.13).

use std::sync::Arc;

use callcontrol_simulators::Server;
use callcontrol_simulators::scenery::ANN;
use callcontrol_simulators::serve::{TlsIdentity, TlsOptions};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::client::gateway;

const BODY: &str = r#"{"password":"cti-secret","phonenum":"7001"}"#;

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    method: &str,
    path: &str,
    guid: &str,
    body: &str,
) -> String {
    let request = format!(
        "{method} /agentgateway/resource/{path} HTTP/1.1\r\nHost: cc\r\nGuid: {guid}\r\nConnection: close\r\n\
         Content-Type: application/json; charset=UTF-8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // A server that turns the client away may cut the connection while it is written to.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn client(trusted: &str, own: Option<(&str, &str)>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = builder.with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    TlsConnector::from(Arc::new(config))
}

async fn over_tls(server: &Server, client: &TlsConnector, method: &str, path: &str, guid: &str, body: &str) -> String {
    let stream = TcpStream::connect(server.addr()).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    match client.connect(name, stream).await {
        Ok(stream) => exchange(stream, method, path, guid, body).await,
        Err(error) => error.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_guid_header_is_spelled_as_the_vendor_does_over_http_and_https() {
    let gateway = gateway();
    let plain = Server::start(gateway.router()).await.unwrap();
    let stream = TcpStream::connect(plain.addr()).await.unwrap();
    let answer = exchange(stream, "PUT", "onlineagent/101", "", BODY).await;
    assert!(answer.contains("\r\nSet-GUID: JSESSIONID="), "{answer}");
    assert!(plain.base_url().starts_with("http://") && plain.certificate_pem().is_none());

    let secure = Server::start_tls(gateway.router()).await.unwrap();
    assert!(secure.base_url().starts_with("https://127.0.0.1:"));
    let client = client(secure.certificate_pem().unwrap(), None);
    let answer = over_tls(&secure, &client, "PUT", "onlineagent/101/forcelogin", "", BODY).await;
    assert!(answer.contains("\r\nSet-GUID: JSESSIONID="), "{answer}");
    let guid = gateway.guid(ANN.0).unwrap();
    let event = over_tls(&secure, &client, "GET", "agentevent/101", &guid, "").await;
    assert!(
        event.contains("AgentOther_InService") && !event.to_ascii_lowercase().contains("set-guid"),
        "{event}"
    );
    plain.stop().await;
    secure.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_outlives_its_server_where_it_is_kept() {
    let identity = TlsIdentity::generate(["localhost", "127.0.0.1"]).unwrap();
    let client = client(identity.certificate_pem(), None);
    let options = TlsOptions {
        identity: Some(identity),
        ..TlsOptions::default()
    };
    let gateway = gateway();
    let first = Server::bind_tls(([127, 0, 0, 1], 0).into(), gateway.router(), options.clone())
        .await
        .unwrap();
    let addr = first.addr();
    first.stop().await;
    let second = Server::bind_tls(addr, gateway.router(), options).await.unwrap();
    let answer = over_tls(&second, &client, "PUT", "onlineagent/101", "", BODY).await;
    assert!(answer.contains("200 OK"), "{answer}");
    let stranger = Server::start_tls(gateway.router()).await.unwrap();
    let refused = over_tls(&stranger, &client, "PUT", "onlineagent/101", "", BODY).await;
    assert!(refused.contains("certificate"), "{refused}");
    second.stop().await;
    stranger.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_without_the_certificate_asked_for_is_turned_away() {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_key = KeyPair::generate().unwrap();
    let ca = params.self_signed(&ca_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["desk".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &Issuer::new(params, ca_key)).unwrap().pem();

    let gateway = gateway();
    let options = TlsOptions {
        client_ca_pem: Some(ca),
        ..TlsOptions::default()
    };
    let server = Server::bind_tls(([127, 0, 0, 1], 0).into(), gateway.router(), options)
        .await
        .unwrap();
    let trusted = server.certificate_pem().unwrap();
    let answer = over_tls(&server, &client(trusted, None), "PUT", "onlineagent/101", "", BODY).await;
    assert!(!answer.contains("HTTP/1.1"), "{answer}");
    assert!(!gateway.is_signed_in(ANN.0));
    let known = client(trusted, Some((&leaf, &key.serialize_pem())));
    let answer = over_tls(&server, &known, "PUT", "onlineagent/101", "", BODY).await;
    assert!(answer.contains("200 OK"), "{answer}");
    server.stop().await;
}
