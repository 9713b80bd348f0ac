//! The silent agent's words into a session (section 5).

use callcontrol_simulators::oifde::{NewSession, PublishMode, SessionId};
use callcontrol_simulators::scenery;
use serde_json::{Value, json};

use crate::bench::{Bench, TENANT};

fn reply(bench: &Bench, session: &SessionId, node: &str, index: i64, intent: &str) -> Value {
    json!({ "tenantId": TENANT, "callId": session.as_str(), "agentId": "101", "nodeId": node, "nodeIndex": index, "replyType": 1,
        "replyIntentCode": intent, "replyIntentContent": "One moment", "replyIntentName": intent, "authToken": bench.token })
}

async fn send(bench: &Bench, request: &Value) -> String {
    let (_, answer) = bench.post("/oifde/rest/api/flow/receiveDialogrecord", request).await;
    answer["errorCode"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_reply_answers_one_help_request_and_no_second_one() {
    let bench = Bench::new().await;
    let session = bench.session();
    let help = bench.sim.raise_help_request(&session).unwrap();
    let request = reply(&bench, &session, &help.node_id, help.node_index, "greet");
    assert_eq!(send(&bench, &request).await, "0");
    assert_eq!(send(&bench, &request).await, "20900006");
    let replies = bench.sim.replies_of(&session);
    assert_eq!(
        replies.iter().map(|reply| reply.words.as_str()).collect::<Vec<_>>(),
        ["One moment"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_node_cannot_be_invented() {
    let bench = Bench::new().await;
    let session = bench.session();
    assert_eq!(
        send(&bench, &reply(&bench, &session, "node_action_97511f", 2, "greet")).await,
        "20900006",
        "nobody asked"
    );
    let help = bench.sim.raise_help_request(&session).unwrap();
    assert_eq!(
        send(
            &bench,
            &reply(&bench, &session, "node_action_000000", help.node_index, "greet")
        )
        .await,
        "20900006"
    );
    assert_eq!(
        send(&bench, &reply(&bench, &session, &help.node_id, 99, "greet")).await,
        "20900006"
    );
    assert_eq!(bench.sim.help_request_of(&session), Some(help), "still waiting");
}

#[tokio::test(start_paused = true)]
async fn free_words_in_insertion_need_the_misspelt_code() {
    let bench = Bench::new().await;
    let session = bench.begin(NewSession::new(scenery::CUSTOMER).mode(PublishMode::Insertion));
    let help = bench.sim.raise_help_request(&session).unwrap();
    assert_eq!(
        send(
            &bench,
            &reply(&bench, &session, &help.node_id, help.node_index, "silentInsertReply")
        )
        .await,
        "10000002"
    );
    assert_eq!(
        send(
            &bench,
            &reply(&bench, &session, &help.node_id, help.node_index, "slientInsertReply")
        )
        .await,
        "0"
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_asks_for_help_in_a_session_without_a_silent_agent() {
    let bench = Bench::new().await;
    let session = bench.session();
    bench.sim.raise_help_request(&session).unwrap();
    assert_eq!(bench.change(&session, "0").await, "0");
    assert_eq!(bench.sim.help_request_of(&session), None);
    assert_eq!(bench.sim.raise_help_request(&session), None);
}
