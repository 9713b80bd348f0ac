//! `callctl sim`: simulators on sockets until Ctrl-C, with the control API beside the vendor's. Several are faces of one switch.

use std::net::SocketAddr;

use axum::Router;
use callcontrol_simulators::cc_gateway::{CcGatewayOptions, CcGatewaySimulator};
use callcontrol_simulators::gws::{GwsOptions, GwsSimulator};
use callcontrol_simulators::oifde::{OifdeOptions, OifdeSimulator};
use callcontrol_simulators::serve::{TlsIdentity, TlsOptions};
use callcontrol_simulators::{Server, control, run_switch_clock, scenery};
use callcontrol_testkit::switch::SharedSwitch;
use serde_json::json;
use tokio::task::JoinSet;

use crate::args::{Adapter, SimArgs};
use crate::failure::Failure;
use crate::output::{BOLD, json_line, styled};

pub(crate) async fn run(args: &SimArgs) -> Result<(), Failure> {
    let identity = identity(args)?;
    let switch = scenery::switch();
    let mut beside = JoinSet::new();
    beside.spawn(run_switch_clock(switch.clone(), std::future::pending()));
    let mut servers = Vec::new();
    for (at, adapter) in args.adapters.iter().enumerate() {
        let (router, credentials) = simulator(*adapter, &switch, &mut beside);
        let server = serve(listen(args.listen, at)?, router, identity.as_ref()).await?;
        announce(args, *adapter, &server, &credentials);
        servers.push(server);
    }
    if !args.json {
        anstream::println!("Ctrl-C ends it.");
    }
    tokio::signal::ctrl_c().await?;
    beside.shutdown().await;
    for server in servers {
        server.stop().await;
    }
    if !args.json {
        anstream::println!("stopped");
    }
    Ok(())
}

/// A certificate of our own making, written where a configuration's `ca-file` can find it.
fn identity(args: &SimArgs) -> Result<Option<TlsIdentity>, Failure> {
    let Some(path) = &args.tls else { return Ok(None) };
    let identity = TlsIdentity::generate(["localhost", "127.0.0.1", "::1"])
        .map_err(|error| Failure::Machine(format!("no certificate could be made: {error}")))?;
    std::fs::write(path, identity.certificate_pem())
        .map_err(|error| Failure::Machine(format!("cannot write {}: {error}", path.display())))?;
    Ok(Some(identity))
}

async fn serve(addr: SocketAddr, router: Router, identity: Option<&TlsIdentity>) -> Result<Server, Failure> {
    let served = match identity {
        Some(identity) => {
            let options = TlsOptions {
                identity: Some(identity.clone()),
                ..TlsOptions::default()
            };
            Server::bind_tls(addr, router, options).await
        }
        None => Server::bind(addr, router).await,
    };
    served.map_err(|error| Failure::Machine(format!("cannot listen on {addr}: {error}")))
}

/// The system's choice for each, or one port after the other.
fn listen(first: SocketAddr, at: usize) -> Result<SocketAddr, Failure> {
    let port = match first.port() {
        0 => Some(0),
        port => u16::try_from(at).ok().and_then(|at| port.checked_add(at)),
    };
    let port = port.ok_or_else(|| Failure::Machine("there are not so many ports above the first one".to_owned()))?;
    Ok(SocketAddr::new(first.ip(), port))
}

fn announce(args: &SimArgs, adapter: Adapter, server: &Server, credentials: &str) {
    let base = server.base_url();
    if args.json {
        json_line(&json!({ "adapter": adapter.id(), "base_url": base, "credentials": credentials }));
        return;
    }
    let curl = match &args.tls {
        Some(path) => format!("curl --cacert {}", path.display()),
        None => "curl".to_owned(),
    };
    anstream::println!("{} simulator at {}", adapter.id(), styled(BOLD, &base));
    anstream::println!("{credentials}");
    anstream::println!("{}", first_move(adapter, &curl, &base));
    anstream::println!("All verbs:              {curl} {base}/_control");
    anstream::println!("What happened:          {curl} {base}/_control/journal\n");
}

/// The vendor's routes and ours; what must run beside them goes into `beside`.
fn simulator(adapter: Adapter, switch: &SharedSwitch, beside: &mut JoinSet<()>) -> (Router, String) {
    let control = control::router(switch.clone());
    match adapter {
        Adapter::HuaweiCcGateway => {
            let options = CcGatewayOptions::default();
            let credentials = format!(
                "agents 101, 102, 103; password \"{}\"; phones 7001, 7002, 7003",
                options.password.expose()
            );
            let simulator = CcGatewaySimulator::new(switch.clone(), options);
            let (clock, pushes) = (simulator.clone(), simulator.clone());
            beside.spawn(async move { clock.run_clock(std::future::pending()).await });
            beside.spawn(async move { pushes.deliver_pushes(std::future::pending()).await });
            (simulator.router().merge(control), credentials)
        }
        Adapter::HuaweiOifde => {
            let options = OifdeOptions::default();
            let credentials = format!(
                "tenant {}; API password \"{}\"; silent agents 101, 102, 103",
                options.tenant_id,
                options.api_password.expose()
            );
            let simulator = OifdeSimulator::new(switch.clone(), options);
            (
                simulator.router().merge(simulator.control_router()).merge(control),
                credentials,
            )
        }
        Adapter::GenesysGws => {
            let options = GwsOptions::default();
            (
                GwsSimulator::new(switch.clone(), options).router().merge(control),
                "users ann, bob, eve; password \"gws-secret\"; phones 7001, 7002, 7003".to_owned(),
            )
        }
    }
}

/// How to bring a customer in: to an agent who is signed in, or to a robot.
fn first_move(adapter: Adapter, curl: &str, base: &str) -> String {
    let customer = scenery::CUSTOMER;
    match adapter {
        Adapter::HuaweiOifde => format!(
            "Begin a robot session:  {curl} -X POST {base}/_control/oifde/sessions -d '{{\"customer\":\"{customer}\"}}'"
        ),
        Adapter::HuaweiCcGateway | Adapter::GenesysGws => format!(
            "Call a signed-in agent: {curl} -X POST {base}/_control/place_call -d '{{\"from\":\"{customer}\",\"to\":\"{}\"}}'",
            scenery::ANN.1
        ),
    }
}
