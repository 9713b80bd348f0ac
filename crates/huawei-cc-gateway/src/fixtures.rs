//! Messages shaped as the vendor's page shows them, shared with the simulator; for tests only.

use callcontrol_http::{HeaderMap, Response};

/// One fixture as text.
pub(crate) fn text(name: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/huawei-cc-gateway");
    std::fs::read_to_string(format!("{path}/{name}.json")).expect("a fixture of this name")
}

/// One fixture as a successful HTTP answer.
pub(crate) fn answer(name: &str) -> Response {
    Response::new(200, HeaderMap::new(), text(name))
}

/// One fixture as JSON.
pub(crate) fn json(name: &str) -> serde_json::Value {
    serde_json::from_str(&text(name)).expect("JSON")
}

/// The vendor's page, message by message.
mod tests {
    use serde_json::{Value, json};

    use super::{answer, json as fixture, text};
    use crate::transfer_table::{Mode, cell};
    use crate::wire::{
        AgentWord, AssignInQueue, CallOut, Heard, InnerHelp, Leg, SignIn, TransferBody, call_ids, call_infos,
        decode_answer, decode_event, decode_poll, decode_push,
    };
    use callcontrol_core::{MediaState, TargetKind};

    fn heard(name: &str) -> Heard {
        let (envelope, events) = decode_poll(&answer(name)).expect("decodes");
        assert!(envelope.is_success(), "{name}");
        decode_event(events.first().expect("one event")).heard
    }

    #[test]
    fn every_sample_event_is_read_as_the_page_means_it() {
        let id = |text: &str| text.to_owned();
        let expected = [
            ("event-hold", Heard::Held(id("1456402370-7"))),
            ("event-call-release", Heard::Left(id("1456403549-15"))),
            ("event-call-out-fail", Heard::CallOutFailed(id("1456403661-19"))),
            ("event-inside-call-fail", Heard::InsideCallFailed(id("1456403699-21"))),
            ("event-connect-fail", Heard::ConnectFailed(id("1456404043-38"))),
            ("event-consult-fail", Heard::ConsultFailed(id("1456404043-39"))),
            ("event-no-answer", Heard::Unanswered(id("1456403745-23"))),
            ("event-return-from-ivr", Heard::BackFromIvr(id("1529571145-1187"))),
            (
                "event-succ-trans-result",
                Heard::TransferResult {
                    call: Some(id("1477467960-16777237")),
                    result: 1,
                },
            ),
            (
                "event-outbound-detect",
                Heard::OutboundDetect {
                    call: id("1589167025-134428"),
                    cause: 1552,
                },
            ),
            (
                "event-customer-release",
                Heard::PartyLeft {
                    call: id("1456404171-43"),
                    number: id("70093"),
                },
            ),
            (
                "event-conference",
                Heard::Conference {
                    call: id("1456403570-17"),
                    partners: vec![id("49997"), id("70093")],
                },
            ),
            (
                "event-customer-alerting",
                Heard::Alerting {
                    call: id("1456401416-3"),
                    party: Some(id("70092")),
                    worker: None,
                },
            ),
            ("event-state-busy", Heard::Agent(AgentWord::Handling)),
            (
                "event-state-set-rest-success",
                Heard::Agent(AgentWord::Rest(Some(id("200")))),
            ),
            ("event-shutdown-service", Heard::SignedOut),
            ("event-in-service", Heard::Other),
            ("event-phone-offhook", Heard::Other),
            ("event-phone-release-bare", Heard::Other),
            ("event-stop-record-done-bare", Heard::Recording(MediaState::Stopped)),
            ("event-stop-play-done", Heard::Playback(MediaState::Stopped)),
        ];
        for (name, meant) in expected {
            assert_eq!(heard(name), meant, "{name}");
        }
    }

    #[test]
    fn ringing_talking_and_incoming_carry_caller_called_and_type() {
        let leg = |call: &str, caller: &str, called: &str, feature| Leg {
            call: call.into(),
            caller: Some(caller.into()),
            called: Some(called.into()),
            feature,
        };
        assert_eq!(
            heard("event-ringing"),
            Heard::Ringing(leg("1456404043-37", "49997", "49999", Some(0)))
        );
        assert_eq!(
            heard("event-auto-answer"),
            Heard::Ringing(leg("1456404171-43", "70093", "6048", Some(0)))
        );
        let talking = Heard::Talking(leg("1456401416-3", "10086", "70092", Some(7)));
        assert_eq!(heard("event-talking"), talking);
        assert_eq!(heard("event-talking-with-time"), talking);
        let incoming = leg("1669951418-12166", "88880165", "310300", None);
        assert_eq!(heard("event-incoming-callinfo-bare"), Heard::Incoming(incoming));
    }

    #[test]
    fn an_empty_poll_a_refused_one_and_one_for_all_agents_are_told_apart() {
        let (empty, events) = decode_poll(&answer("answer-empty")).expect("decodes");
        assert!(empty.is_success() && events.is_empty());
        let (refused, _) = decode_poll(&answer("all-agents-poll-refused")).expect("decodes");
        assert_eq!(refused.code.as_deref(), Some("000-003"));
        let (_, events) = decode_poll(&answer("all-agents-poll")).expect("decodes");
        let agents: Vec<_> = events.iter().map(|event| decode_event(event).agent).collect();
        assert_eq!(agents, [Some("291".to_owned()), Some("49999".to_owned())]);
    }

    #[test]
    fn a_push_a_fresh_credential_and_what_rides_in_events_are_read() {
        let push = decode_push(text("push-batch").as_bytes()).expect("a push");
        assert_eq!((push.agent.as_deref(), push.events.len()), (Some("291"), 2));
        let words: Vec<_> = push.events.iter().map(|event| decode_event(event).heard).collect();
        assert_eq!(
            words,
            [Heard::Agent(AgentWord::Ready), Heard::Agent(AgentWord::Handling)]
        );
        let fresh = decode_answer(&answer("update-guid-answer")).expect("decodes").result;
        let guid = fresh.get("guid").and_then(Value::as_str);
        assert_eq!(guid, Some("279fe21d-2caa-4437-84c3-ab9e9dae20f5.AgentGateway1"));
        for (name, content, heard) in [
            (
                "AgentMediaEvent_StopRecordDone",
                "content-stop-record-done-with-format",
                Heard::Recording(MediaState::Stopped),
            ),
            ("AgentOther_Note", "content-note", Heard::Other),
        ] {
            let event = json!({"eventType": name, "workNo": "291", "content": fixture(content)});
            assert_eq!(decode_event(&event).heard, heard, "{name}");
        }
    }

    #[test]
    fn every_fixture_of_an_event_is_read_here() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/huawei-cc-gateway");
        for entry in std::fs::read_dir(folder).expect("the folder") {
            let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
            let Some(name) = name.strip_suffix(".json").filter(|name| name.starts_with("event-")) else {
                continue;
            };
            let (envelope, events) = decode_poll(&answer(name)).expect("decodes");
            assert!(envelope.is_success() && events.len() == 1, "{name}");
            assert_ne!(decode_event(events.first().expect("one")).name, "malformed", "{name}");
        }
    }

    #[test]
    fn answers_say_success_and_call_ids() {
        for name in [
            "answer-success-with-result",
            "sign-in-answer",
            "assign-user-in-queue-answer",
            "third-party-conf-transmit-num-answer",
        ] {
            assert!(decode_answer(&answer(name)).expect("decodes").is_success(), "{name}");
        }
        let id = |name| decode_answer(&answer(name)).expect("decodes").result_text();
        assert_eq!(id("callout-answer").as_deref(), Some("1456401416-3"));
        assert_eq!(id("innerhelp-answer").as_deref(), Some("1456404043-39"));
        let not = decode_answer(&answer("answer-not-signed-in")).expect("decodes");
        assert_eq!(not.code.as_deref(), Some("100-006"));
    }

    #[test]
    fn a_call_info_has_numbers_where_events_have_text() {
        let result = decode_answer(&answer("call-info-answer")).expect("decodes").result;
        let infos = call_infos(&result);
        let info = infos.first().expect("one");
        assert_eq!(
            (info.call.as_str(), info.feature, info.data.as_deref()),
            ("1476838963-224", Some(0), None)
        );
        let numbers = decode_answer(&answer("remote-numbers-answer")).expect("decodes").result;
        assert_eq!(call_ids(&numbers), ["70093", "70092"]);
    }

    fn written(body: impl serde::Serialize) -> Value {
        serde_json::to_value(body).expect("JSON")
    }

    fn transfer(kind: TargetKind, mode: Mode, address: &str) -> TransferBody<'_> {
        crate::commands::transfer::body(cell(kind, mode).expect("a documented cell"), address)
    }

    #[test]
    fn transfers_are_written_as_the_page_shows_them() {
        let queue = TransferBody {
            callappdata: Some(String::new()),
            ..transfer(TargetKind::Queue, Mode::Blind, "25")
        };
        assert_eq!(written(queue), fixture("transfer-queue-blind-request"));
        let agent = transfer(TargetKind::Agent, Mode::ReleaseAfter, "102");
        assert_eq!(written(agent), fixture("transfer-agent-release-after-request"));
        let ivr = transfer(TargetKind::Ivr, Mode::Suspend, "1321");
        assert_eq!(written(ivr), fixture("transfer-ivr-hang-up-request"));
        let talk = TransferBody {
            caller: Some("40040"),
            ..transfer(TargetKind::Number, Mode::TalkForwarding, "90012345")
        };
        assert_eq!(written(talk), fixture("transfer-number-talk-request"));
        let three = TransferBody {
            caller: Some("40040"),
            holdflag: Some(false),
            ..transfer(TargetKind::Number, Mode::ThreeParty, "90012345")
        };
        assert_eq!(written(three), fixture("transfer-number-three-party-request"));
    }

    #[test]
    fn other_requests_are_written_as_the_page_shows_them() {
        let help = InnerHelp {
            dstaddress: "102",
            devicetype: 2,
            mode: 1,
            callappdata: None,
            holdflag: None,
        };
        assert_eq!(written(help), fixture("innerhelp-request"));
        let assign = AssignInQueue {
            callid: "1663580465-1134",
            skillid: 26,
        };
        assert_eq!(written(assign), fixture("assign-user-in-queue-request"));
        let sign_in = SignIn {
            account: None,
            password: "…",
            phonenum: Some("40038"),
            autoanswer: false,
            autoenteridle: true,
            status: 4,
            releasephone: true,
            agenttype: 4,
            ip: None,
            check_in_webm: None,
            call_back_uri: None,
            service_token: None,
        };
        assert_eq!(written(sign_in), fixture("sign-in-request"));
        let dial = CallOut {
            called: "40040",
            caller: Some("40038"),
            callappdata: Some(String::new()),
            mediaability: 1,
        };
        let shown = fixture("callout-request");
        for (name, value) in written(dial).as_object().expect("an object") {
            assert_eq!(shown.get(name), Some(value), "{name}");
        }
        assert_eq!(shown.get("called"), Some(&json!("40040")));
    }
}
