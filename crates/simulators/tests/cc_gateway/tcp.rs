//! The same gateway on a socket, asked byte by byte: a command while a poll is pending, and a reply that never comes.

use std::time::Duration;

use callcontrol_simulators::Server;
use callcontrol_simulators::cc_gateway::Mischief;
use callcontrol_simulators::scenery::ANN;
use callcontrol_testkit::switch::AgentState;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::gateway_with;

/// Everything that comes back before the server closes the connection.
async fn exchange(server: &Server, method: &str, path: &str, guid: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    let request = format!(
        "{method} /agentgateway/resource/{path} HTTP/1.1\r\nHost: cc\r\nGuid: {guid}\r\nConnection: close\r\n\
         Content-Type: application/json; charset=UTF-8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A cut connection may be an error or an early end; what came before it counts.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_goes_through_while_a_poll_is_pending_and_its_event_ends_the_poll() {
    let gateway = gateway_with(|options| options.poll_wait = Duration::from_secs(600));
    let server = Server::start(gateway.router()).await.unwrap();
    let body = r#"{"password":"cti-secret","phonenum":"7001","autoanswer":false}"#;
    let answer = exchange(&server, "PUT", "onlineagent/101", "", body).await;
    assert!(
        answer.to_ascii_lowercase().contains("set-guid: jsessionid="),
        "{answer}"
    );
    let guid = gateway.guid(ANN.0).unwrap();
    for kind in ["AgentOther_InService", "AgentState_Ready"] {
        assert!(
            exchange(&server, "GET", "agentevent/101", &guid, "")
                .await
                .contains(kind)
        );
    }
    let poll = exchange(&server, "GET", "agentevent/101", &guid, "");
    let busy = async {
        // Only when the poll has arrived: the command must go through beside it.
        while gateway.requests().count("GET", "/agentevent/101") < 3 {
            tokio::task::yield_now().await;
        }
        exchange(&server, "POST", "onlineagent/101/saybusy", &guid, "").await
    };
    let (event, busy) = tokio::join!(poll, busy);
    assert!(busy.contains(r#""retcode":"0""#), "{busy}");
    assert!(event.contains("AgentState_SetNotReady_Success"), "{event}");

    gateway.fail_next("sayfree", Mischief::LostReply);
    let lost = exchange(&server, "POST", "onlineagent/101/sayfree", &guid, "").await;
    assert!(!lost.contains("retcode"), "{lost}");
    let state = gateway
        .switch()
        .with(|switch| switch.agent(ANN.0).unwrap().state.clone());
    assert_eq!(state, AgentState::Ready);
    server.stop().await;
}
