//! `callctl sim`: one simulator on a socket until Ctrl-C, with its control API beside the vendor's.

use axum::Router;
use callcontrol_simulators::cc_gateway::{CcGatewayOptions, CcGatewaySimulator};
use callcontrol_simulators::gws::{GwsOptions, GwsSimulator};
use callcontrol_simulators::oifde::{OifdeOptions, OifdeSimulator};
use callcontrol_simulators::{Server, control, scenery};
use serde_json::json;

use crate::args::{Adapter, SimArgs};
use crate::failure::Failure;
use crate::output::{BOLD, json_line, styled};

pub(crate) async fn run(args: &SimArgs) -> Result<(), Failure> {
    let (router, credentials) = simulator(args.adapter);
    let server = Server::bind(args.listen, router)
        .await
        .map_err(|error| Failure::Machine(format!("cannot listen on {}: {error}", args.listen)))?;
    let base = server.base_url();
    if args.json {
        json_line(&json!({ "adapter": args.adapter.id(), "base_url": base, "credentials": credentials }));
    } else {
        anstream::println!("{} simulator at {}", args.adapter.id(), styled(BOLD, &base));
        anstream::println!("{credentials}");
        anstream::println!("{}", first_move(args.adapter, &base));
        anstream::println!("All verbs:              curl {base}/_control");
        anstream::println!("What happened:          curl {base}/_control/journal");
        anstream::println!("Ctrl-C ends it.");
    }
    tokio::signal::ctrl_c().await?;
    server.stop().await;
    if !args.json {
        anstream::println!("stopped");
    }
    Ok(())
}

fn simulator(adapter: Adapter) -> (Router, String) {
    let switch = scenery::switch();
    let control = control::router(switch.clone());
    match adapter {
        Adapter::HuaweiCcGateway => {
            let options = CcGatewayOptions::default();
            let credentials = format!(
                "agents 101, 102, 103; password \"{}\"; phones 7001, 7002, 7003",
                options.password.expose()
            );
            (
                CcGatewaySimulator::new(switch, options).router().merge(control),
                credentials,
            )
        }
        Adapter::HuaweiOifde => {
            let options = OifdeOptions::default();
            let credentials = format!(
                "tenant {}; API password \"{}\"; silent agents 101, 102, 103",
                options.tenant_id,
                options.api_password.expose()
            );
            let simulator = OifdeSimulator::new(switch, options);
            (
                simulator.router().merge(simulator.control_router()).merge(control),
                credentials,
            )
        }
        Adapter::GenesysGws => {
            let options = GwsOptions::default();
            (
                GwsSimulator::new(switch, options).router().merge(control),
                "users ann, bob, eve; password \"gws-secret\"; phones 7001, 7002, 7003".to_owned(),
            )
        }
    }
}

/// How to bring a customer in: to an agent who is signed in, or to a robot.
fn first_move(adapter: Adapter, base: &str) -> String {
    let customer = scenery::CUSTOMER;
    match adapter {
        Adapter::HuaweiOifde => format!(
            "Begin a robot session:  curl -X POST {base}/_control/oifde/sessions -d '{{\"customer\":\"{customer}\"}}'"
        ),
        Adapter::HuaweiCcGateway | Adapter::GenesysGws => format!(
            "Call a signed-in agent: curl -X POST {base}/_control/place_call -d '{{\"from\":\"{customer}\",\"to\":\"{}\"}}'",
            scenery::ANN.1
        ),
    }
}
