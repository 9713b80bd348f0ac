//! A gateway that wants to know its clients: the certificate is shown, and who has none is not let in.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;

use callcontrol_core::{CallControl, CloseSession, Effect, ErrorKind, IdSource, SessionId};
use callcontrol_http::{BaseUrl, ClientIdentity, ReqwestTransport, RootCertificates, TransportConfig, Trust};
use callcontrol_huawei_cc_gateway::{CcGateway, CcGatewayConfig};
use callcontrol_simulators::Server;
use callcontrol_simulators::cc_gateway::{CcGatewayOptions, CcGatewaySimulator};
use callcontrol_simulators::serve::TlsOptions;
use callcontrol_testkit::switch::SharedSwitch;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use support::{AGENT, PHONE, cx, sign_in_as, switch};

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self {
            pem: params.self_signed(&key).unwrap().pem(),
            issuer: Issuer::new(params, key),
        }
    }

    fn client(&self) -> ClientIdentity {
        let params = CertificateParams::new(["agent-desktop".to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let chain = params.signed_by(&key, &self.issuer).unwrap().pem();
        ClientIdentity::from_pem(chain.as_bytes(), key.serialize_pem().as_bytes()).unwrap()
    }
}

fn adapter(server: &Server, identity: Option<ClientIdentity>) -> Arc<CcGateway> {
    let roots = RootCertificates::from_pem(server.certificate_pem().unwrap().as_bytes()).unwrap();
    let config = TransportConfig::new(BaseUrl::parse(&server.base_url()).unwrap()).trust(Trust::Only(roots));
    let config = match identity {
        Some(identity) => config.identity(identity),
        None => config,
    };
    let transport = ReqwestTransport::new(&config).unwrap();
    CcGateway::new(CcGatewayConfig::default(), Arc::new(transport), IdSource::seeded(7)).unwrap()
}

#[tokio::test]
async fn an_agent_signs_in_with_a_client_certificate_and_without_the_right_one_nothing_reaches_the_gateway() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let sim = CcGatewaySimulator::new(SharedSwitch::new(switch().build()), CcGatewayOptions::default());
    let options = TlsOptions {
        client_ca_pem: Some(ours.pem.clone()),
        ..TlsOptions::default()
    };
    let server = Server::bind_tls(([127, 0, 0, 1], 0).into(), sim.router(), options)
        .await
        .unwrap();

    for stranger in [None, Some(theirs.client())] {
        let control = adapter(&server, stranger);
        let error = control
            .open(sign_in_as(AGENT, PHONE), &cx())
            .await
            .expect_err("not let in");
        // The server's refusal may come after the client's last word of the handshake.
        assert!(
            matches!(
                error.kind(),
                ErrorKind::Tls | ErrorKind::Unreachable | ErrorKind::ConnectionLost
            ),
            "{error}"
        );
        assert_ne!(error.effect(), Effect::Applied);
        control.shutdown(&cx()).await;
    }
    assert!(sim.requests().all().is_empty() && !sim.is_signed_in(AGENT));

    let control = adapter(&server, Some(ours.client()));
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    assert!(sim.is_signed_in(AGENT));
    let session = SessionId::new(AGENT).unwrap();
    control.close(&session, CloseSession::default(), &cx()).await.unwrap();
    assert!(!sim.is_signed_in(AGENT));
    control.shutdown(&cx()).await;
}
