//! The message flows of section 17, request by request, in both AUTHMODEs, with a minute between the steps so that the
//! credential changes on the way; what the switch's journal says has the last word.

use std::time::Duration;

use callcontrol_simulators::cc_gateway::{AuthMode, CcGatewaySimulator};
use callcontrol_simulators::scenery::{ANN, BILLING, BOB, CUSTOMER, PIN_CHECK, SUPPORT, THIRD_PARTY};
use callcontrol_testkit::switch::{CustomerPlace, Party, SwitchCallId};
use serde_json::{Value, json};

use crate::client::{Desk, customer_calls, gateway_with, third_party, with_agent};

/// One flow under one AUTHMODE.
struct Flow {
    gateway: CcGatewaySimulator,
    rotates: bool,
    ann: Desk,
}

impl Flow {
    fn both() -> [Self; 2] {
        [AuthMode::default(), AuthMode::Static].map(|auth| {
            let gateway = gateway_with(|options| options.auth = auth);
            let ann = Desk::at(&gateway, ANN);
            Self {
                rotates: auth != AuthMode::Static,
                gateway,
                ann,
            }
        })
    }

    async fn sign_in(&mut self) {
        let body = json!({
            "password": "cti-secret", "phonenum": "7001", "autoanswer": false, "autoenteridle": true, "status": 4,
            "releasephone": true, "agenttype": 4
        });
        let reply = self.ann.sign_in(body).await;
        assert_eq!(reply.result()["workno"], "101");
        self.ann
            .ask("POST", "onlineagent/101/resetskill/true", None)
            .await
            .result();
        self.step(&["Other_InService", "State_Ready"]).await;
    }

    /// A minute passes, and the polls bring these events.
    async fn step(&mut self, kinds: &[&str]) {
        tokio::time::advance(Duration::from_secs(60)).await;
        let before = self.ann.guid.clone();
        assert_eq!(self.ann.kinds().await, kinds);
        assert_eq!(self.ann.guid != before, self.rotates, "the credential");
    }

    async fn talks(&mut self) -> SwitchCallId {
        self.sign_in().await;
        let call = customer_calls(self.gateway.switch());
        self.step(&["State_Busy", "Event_Ringing"]).await;
        self.ann.voice("PUT", "answer").await.result();
        self.step(&["Other_PhoneOffhook", "Event_Talking"]).await;
        call
    }

    async fn transfer(&self, body: Value) {
        let reply = self.ann.voice_with("POST", "transfer", body).await;
        assert_eq!(reply.json(), json!({ "message": "", "retcode": "0", "result": {} }));
    }

    async fn answers(&self, party: &Party) {
        let call = self.gateway.switch().ringing_at(party).unwrap();
        self.gateway.switch().answer(party, call).unwrap();
    }

    fn place(&self, call: SwitchCallId) -> Option<CustomerPlace> {
        self.gateway.switch().customer_at(call)
    }
}

#[tokio::test(start_paused = true)]
async fn flow_17_1_sign_in_and_poll() {
    for mut flow in Flow::both() {
        flow.sign_in().await;
        flow.gateway
            .update_options(|options| options.poll_wait = Duration::from_secs(10));
        for _ in 0..5 {
            let reply = flow.ann.poll().await;
            assert_eq!(
                (reply.text.as_str(), reply.new_guid()),
                (r#"{"message":"","retcode":"0"}"#, None)
            );
        }
        assert_eq!(flow.ann.poll().await.new_guid().is_some(), flow.rotates);
        let mut again = Desk::at(&flow.gateway, ANN);
        let body = json!({ "password": "cti-secret", "phonenum": "7001" });
        assert_eq!(again.sign_in(body.clone()).await.code(), "100-002");
        let forced = again.ask("PUT", "onlineagent/101/forcelogin", Some(body)).await;
        again.guid = forced.new_guid();
        assert_eq!(flow.ann.poll().await.code(), "100-006");
        assert_eq!(again.poll().await.code(), "0");
    }
}

#[tokio::test(start_paused = true)]
async fn flow_17_2_inbound_call_and_blind_transfer_to_a_queue() {
    for mut flow in Flow::both() {
        let call = flow.talks().await;
        flow.transfer(json!({ "devicetype": 1, "address": SUPPORT, "mode": 0, "callappdata": "" }))
            .await;
        flow.step(&[
            "Event_Call_Release",
            "Event_Customer_Release",
            "Other_PhoneRelease",
            "State_Ready",
        ])
        .await;
        assert_eq!(flow.place(call), Some(CustomerPlace::InQueue(SUPPORT.into())));
        assert_eq!(flow.gateway.switch().journal().transfers_of(call), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn flow_17_3_release_after_transfer_to_an_agent() {
    for succeeds in [true, false] {
        for mut flow in Flow::both() {
            let call = flow.talks().await;
            let mut bob = Desk::signed_in(&flow.gateway, BOB, 3).await;
            flow.transfer(json!({ "devicetype": 2, "address": "102", "mode": 2 }))
                .await;
            flow.step(&["Event_Customer_Alerting"]).await;
            let ringing = bob.contents("AgentEvent_Ringing").await;
            assert_eq!(
                (&ringing[0]["transfer"], &ringing[0]["transfrom"]),
                (&json!("yes"), &json!("101"))
            );
            if succeeds {
                bob.voice("PUT", "answer").await.result();
                flow.step(&[
                    "Event_SuccTransResult",
                    "Event_Call_Release",
                    "Other_PhoneRelease",
                    "State_Ready",
                ])
                .await;
                assert_eq!(flow.place(call), with_agent(BOB));
                assert_eq!(bob.kinds().await.last().unwrap(), "Event_Talking");
            } else {
                flow.gateway.switch().reject(&Party::agent(BOB.0), call).unwrap();
                flow.step(&["Event_SuccTransResult"]).await;
                assert_eq!(flow.place(call), with_agent(ANN));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn flow_17_4_consult_with_an_external_number() {
    for completes in [true, false] {
        for (mode, answered) in [(3, "Event_Talking"), (4, "Event_Conference")] {
            for mut flow in Flow::both() {
                let call = flow.talks().await;
                flow.transfer(json!({ "devicetype": 5, "address": THIRD_PARTY, "mode": mode, "caller": "40040", "mediaability": 0 })).await;
                flow.step(&["Event_Customer_Alerting"]).await;
                flow.answers(&third_party()).await;
                flow.step(&[answered]).await;
                if completes {
                    flow.ann.voice("DELETE", "release").await.result();
                    tokio::time::advance(Duration::from_secs(60)).await;
                    assert!(flow.ann.kinds().await.contains(&"Event_Call_Release".to_owned()));
                    assert_eq!(flow.place(call), Some(CustomerPlace::AtTarget(third_party())));
                } else {
                    flow.ann.voice("POST", "canceltransfer").await.result();
                    flow.step(&["Event_Customer_Release", "Event_Talking"]).await;
                    assert_eq!(flow.place(call), with_agent(ANN));
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn flow_17_5_consult_with_an_agent() {
    for hands_over in [true, false] {
        for mut flow in Flow::both() {
            let call = flow.talks().await;
            let bob = Desk::signed_in(&flow.gateway, BOB, 3).await;
            let help = json!({ "dstaddress": "102", "devicetype": 2, "mode": 1 });
            let helped = flow.ann.voice_with("POST", "innerhelp", help).await.result();
            flow.step(&["Event_Hold", "Event_Customer_Alerting"]).await;
            flow.answers(&Party::agent(bob.agent)).await;
            flow.step(&["Event_Talking"]).await;
            if hands_over {
                flow.ann.voice("DELETE", "release").await.result();
                assert_eq!(flow.place(call), with_agent(BOB));
            } else {
                let drop = format!("dropcall/{}", helped.as_str().unwrap());
                flow.ann.voice("POST", &drop).await.result();
                tokio::time::advance(Duration::from_secs(60)).await;
                let kinds = flow.ann.kinds().await;
                assert_eq!(
                    (kinds.first().unwrap().as_str(), kinds.last().unwrap().as_str()),
                    ("Event_Call_Release", "Event_Talking")
                );
                assert_eq!(flow.place(call), with_agent(ANN));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn flow_17_6_hang_up_transfer_to_an_ivr_and_return() {
    for mut flow in Flow::both() {
        let call = flow.talks().await;
        let ivrs = flow.ann.ask("GET", "queuedevice/101/ivrinfo", None).await.result();
        flow.transfer(json!({ "devicetype": 3, "address": ivrs[0]["access"], "mode": 1 }))
            .await;
        assert_eq!(flow.place(call), Some(CustomerPlace::InIvr(PIN_CHECK.into())));
        flow.step(&[]).await;
        flow.gateway.switch().ivr_finished(call).unwrap();
        flow.step(&["Event_ReturnFromIvr", "Event_Talking"]).await;
        assert_eq!(flow.place(call), with_agent(ANN));
    }
}

#[tokio::test(start_paused = true)]
async fn flow_17_7_third_party_ivr_in_a_conference() {
    for mut flow in Flow::both() {
        let call = flow.talks().await;
        flow.transfer(json!({ "devicetype": 5, "address": PIN_CHECK, "mode": 4 }))
            .await;
        flow.step(&["Event_Customer_Alerting", "Event_Conference"]).await;
        let reply = flow.ann.voice("POST", "thirdPartyConfTransmitNum").await;
        assert_eq!(reply.json(), json!({ "message": "", "retcode": "0", "result": {} }));
        assert_eq!(
            flow.gateway.switch().customer_digits(call, "1234"),
            Ok(Some(PIN_CHECK.into()))
        );
        flow.ann
            .voice("POST", &format!("disconnect/{PIN_CHECK}"))
            .await
            .result();
        flow.step(&["Event_Customer_Release", "Event_Talking"]).await;
        assert_eq!(flow.place(call), with_agent(ANN));
    }
}

#[tokio::test(start_paused = true)]
async fn flow_17_8_requeue_a_waiting_call() {
    for mut flow in Flow::both() {
        flow.gateway.switch().serve(ANN.0, BILLING);
        flow.sign_in().await;
        flow.ann.ask("POST", "onlineagent/101/saybusy", None).await.result();
        flow.step(&["State_SetNotReady_Success"]).await;
        let call = flow
            .gateway
            .switch()
            .place_call(CUSTOMER, &Party::queue(BILLING))
            .unwrap();
        let waiting = flow.ann.data("GET", "waitcallinfo/25").await.result();
        let body = json!({ "callid": waiting[0]["callid"], "skillid": 26 });
        let reply = flow.ann.ask("PUT", "calldata/101/assignuserinqueue", Some(body)).await;
        assert_eq!(reply.json(), json!({ "message": "", "retcode": "0", "result": {} }));
        flow.step(&[]).await;
        assert_eq!(flow.ann.data("GET", "waitcallinfo/25").await.result(), json!([]));
        assert_eq!(
            flow.ann.data("GET", "waitcallinfo/26").await.result()[0]["callid"],
            waiting[0]["callid"]
        );
        assert_eq!(flow.place(call), Some(CustomerPlace::InQueue(SUPPORT.into())));
    }
}
