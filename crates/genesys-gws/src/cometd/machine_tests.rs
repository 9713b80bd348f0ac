//! Each transition of the machine, told as what the server says and what the client does then.

use std::time::Duration;

use serde_json::{Value, json};

use super::backoff::Backoff;
use super::machine::{Access, Action, Breakage, End, Event, Exchange, Machine, Notice, Topic};
use super::message;

fn machine() -> Machine {
    let topics = vec![
        Topic {
            channel: "/calls",
            required: true,
        },
        Topic {
            channel: "/extra",
            required: false,
        },
    ];
    let backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30), || 1.0);
    Machine::new(topics, backoff)
}

fn answer(machine: &mut Machine, messages: &Value) -> Vec<Action> {
    answer_after(Duration::ZERO, machine, messages)
}

fn answer_after(time: Duration, machine: &mut Machine, messages: &Value) -> Vec<Action> {
    let body = serde_json::to_vec(messages).expect("json");
    machine.step(Event::Answered(message::parse(&body).expect("messages"), time))
}

fn sent(actions: &[Action]) -> &Exchange {
    match actions.last() {
        Some(Action::Send(exchange)) => exchange,
        other => panic!("expected to send, got {other:?}"),
    }
}

fn channels(exchange: &Exchange) -> Vec<&str> {
    exchange
        .messages
        .iter()
        .filter_map(|message| message["channel"].as_str())
        .collect()
}

fn pause(actions: &[Action]) -> Duration {
    match actions.last() {
        Some(Action::Pause(pause)) => *pause,
        other => panic!("expected to pause, got {other:?}"),
    }
}

fn flowing(actions: &[Action]) -> Option<bool> {
    actions.iter().find_map(|action| match action {
        Action::Notice(Notice::Flowing { missed }) => Some(*missed),
        _ => None,
    })
}

fn is_interrupted(actions: &[Action]) -> bool {
    actions
        .iter()
        .any(|action| matches!(action, Action::Notice(Notice::Interrupted(_))))
}

fn shaken(advice: &Value) -> Value {
    json!([{"channel": "/meta/handshake", "successful": true, "clientId": "c1", "advice": advice}])
}

fn subscribed() -> Value {
    json!([{"channel": "/meta/subscribe", "subscription": "/calls", "successful": true},
           {"channel": "/meta/subscribe", "subscription": "/extra", "successful": true}])
}

fn connected() -> Value {
    json!([{"channel": "/meta/connect", "successful": true}])
}

fn unknown_client() -> Value {
    json!([{"channel": "/meta/connect", "successful": false, "error": "402::Unknown client",
            "advice": {"reconnect": "handshake", "interval": 0}}])
}

/// A machine whose second connect is held by the server.
fn holding() -> Machine {
    let mut machine = machine();
    machine.step(Event::Start);
    answer(
        &mut machine,
        &shaken(&json!({"reconnect": "retry", "interval": 0, "timeout": 20000})),
    );
    answer(&mut machine, &subscribed());
    let actions = answer(&mut machine, &connected());
    assert!(sent(&actions).held);
    machine
}

#[test]
fn it_shakes_hands_alone_subscribes_connects_at_once_and_then_is_held() {
    let mut machine = machine();
    let hello = machine.step(Event::Start);
    assert_eq!(channels(sent(&hello)), ["/meta/handshake"]);
    assert_eq!(
        sent(&hello).messages[0]["supportedConnectionTypes"],
        json!(["long-polling"])
    );

    let actions = answer(&mut machine, &shaken(&json!({"timeout": 20000})));
    assert_eq!(channels(sent(&actions)), ["/meta/subscribe", "/meta/subscribe"]);
    assert_eq!(sent(&actions).messages[0]["clientId"], "c1");

    let actions = answer(&mut machine, &subscribed());
    assert_eq!(sent(&actions).messages[0]["advice"], json!({"timeout": 0}));
    assert!(!sent(&actions).held);

    let actions = answer(&mut machine, &connected());
    assert_eq!(flowing(&actions), Some(false));
    let connect = sent(&actions);
    assert!(connect.held && connect.messages[0].get("advice").is_none());
    assert_eq!(
        connect.patience,
        Duration::from_secs(30),
        "the server's 20 s and an allowance of 10 s"
    );
}

#[test]
fn events_are_delivered_before_anything_else_on_whatever_reply_they_ride() {
    let mut machine = machine();
    machine.step(Event::Start);
    answer(&mut machine, &shaken(&json!({})));
    let mut messages = subscribed();
    messages
        .as_array_mut()
        .expect("array")
        .push(json!({"channel": "/calls", "data": {"n": 1}}));
    let actions = answer(&mut machine, &messages);
    assert!(matches!(&actions[0], Action::Deliver(message) if message.data == Some(json!({"n": 1}))));
    assert_eq!(channels(sent(&actions)), ["/meta/connect"]);
}

#[test]
fn an_unknown_client_shakes_hands_again_at_once_subscribes_again_and_reports_the_gap() {
    let mut machine = holding();
    let actions = answer(&mut machine, &unknown_client());
    assert!(is_interrupted(&actions));
    assert_eq!(channels(sent(&actions)), ["/meta/handshake"]);
    assert_eq!(channels(sent(&answer(&mut machine, &shaken(&json!({}))))).len(), 2);
    answer(&mut machine, &subscribed());
    assert_eq!(flowing(&answer(&mut machine, &connected())), Some(true));
}

#[test]
fn an_unknown_client_without_advice_on_a_subscription_shakes_hands_again() {
    let mut machine = machine();
    machine.step(Event::Start);
    answer(&mut machine, &shaken(&json!({})));
    let refused = json!([{"channel": "/meta/subscribe", "subscription": "/calls", "successful": false, "error": "402::Unknown client"}]);
    let actions = answer(&mut machine, &refused);
    assert_eq!(
        pause(&actions),
        Duration::from_millis(500),
        "right after a handshake it must not loop"
    );
    assert_eq!(channels(sent(&machine.step(Event::Rested))), ["/meta/handshake"]);
}

#[test]
fn an_unknown_client_right_after_each_handshake_waits_longer_each_time() {
    let mut machine = holding();
    answer(&mut machine, &unknown_client());
    let mut pauses = Vec::new();
    for _ in 0..3 {
        answer(&mut machine, &shaken(&json!({})));
        answer(&mut machine, &subscribed());
        pauses.push(pause(&answer(&mut machine, &unknown_client())).as_millis());
        machine.step(Event::Rested);
    }
    assert_eq!(pauses, [1000, 2000, 4000]);
}

#[test]
fn a_broken_link_connects_again_with_the_same_client_after_growing_pauses() {
    let mut machine = holding();
    let actions = machine.step(Event::Broken(Breakage::Link));
    assert!(is_interrupted(&actions));
    assert_eq!(pause(&actions), Duration::from_millis(500));
    let again = machine.step(Event::Rested);
    assert_eq!(sent(&again).messages[0]["clientId"], "c1");
    assert_eq!(
        sent(&again).messages[0]["advice"],
        json!({"timeout": 0}),
        "to learn soon whether the link is back"
    );
    let actions = machine.step(Event::Broken(Breakage::Link));
    assert!(!is_interrupted(&actions), "told once");
    assert_eq!(pause(&actions), Duration::from_secs(1));
    machine.step(Event::Rested);
    assert_eq!(
        flowing(&answer(&mut machine, &connected())),
        Some(true),
        "a lost answer may have carried events"
    );
}

#[test]
fn a_flapping_server_does_not_reset_the_pauses_however_much_it_has_to_tell_but_one_that_stays_does() {
    let mut machine = holding();
    machine.step(Event::Broken(Breakage::Link));
    for (held, next) in [(400, 1000), (1900, 2000), (2000, 500)] {
        machine.step(Event::Rested);
        for _ in 0..5 {
            answer_after(Duration::from_millis(held), &mut machine, &connected());
        }
        let pause = pause(&machine.step(Event::Broken(Breakage::Link)));
        assert_eq!(
            pause,
            Duration::from_millis(next),
            "five connects held for {held} ms each"
        );
    }
}

#[test]
fn a_break_before_the_first_connect_begins_from_the_handshake() {
    let mut machine = machine();
    machine.step(Event::Start);
    answer(&mut machine, &shaken(&json!({})));
    machine.step(Event::Broken(Breakage::Link));
    assert_eq!(channels(sent(&machine.step(Event::Rested))), ["/meta/handshake"]);
}

#[test]
fn advice_none_ends_it() {
    let mut machine = holding();
    let away = json!([{"channel": "/meta/connect", "successful": true, "advice": {"reconnect": "none"}}]);
    let actions = answer(&mut machine, &away);
    assert!(matches!(actions.last(), Some(Action::End(End::SentAway(_)))));
    assert!(machine.step(Event::Rested).is_empty());
    assert!(machine.step(Event::Start).is_empty());
}

#[test]
fn a_denied_handshake_with_advice_none_ends_it() {
    let mut machine = machine();
    machine.step(Event::Start);
    let denied = json!([{"channel": "/meta/handshake", "successful": false, "error": "403::Handshake denied", "advice": {"reconnect": "none"}}]);
    assert!(matches!(
        answer(&mut machine, &denied).last(),
        Some(Action::End(End::SentAway(_)))
    ));
}

#[test]
fn a_negative_interval_means_do_not_come_back_and_a_long_one_is_obeyed_within_bounds() {
    let mut machine = holding();
    let away =
        json!([{"channel": "/meta/connect", "successful": true, "advice": {"interval": -1, "reconnect": "retry"}}]);
    assert!(matches!(answer(&mut machine, &away).last(), Some(Action::End(_))));

    let mut machine = holding();
    let slow = json!([{"channel": "/meta/connect", "successful": true, "advice": {"multiple-clients": true, "interval": 2000}}]);
    assert_eq!(pause(&answer(&mut machine, &slow)), Duration::from_secs(2));
    assert_eq!(channels(sent(&machine.step(Event::Rested))), ["/meta/connect"]);
    let absurd = json!([{"channel": "/meta/connect", "successful": true, "advice": {"interval": 99_999_999}}]);
    assert_eq!(pause(&answer(&mut machine, &absurd)), Duration::from_secs(60));
}

#[test]
fn newer_advice_replaces_older_member_by_member() {
    let mut machine = holding();
    let shorter = json!([{"channel": "/meta/connect", "successful": true, "advice": {"timeout": 5000}}]);
    assert_eq!(sent(&answer(&mut machine, &shorter)).patience, Duration::from_secs(15));
    let untouched = json!([{"channel": "/meta/connect", "successful": true, "advice": {"interval": 0}}]);
    assert_eq!(
        sent(&answer(&mut machine, &untouched)).patience,
        Duration::from_secs(15)
    );
}

#[test]
fn a_refused_channel_that_is_needed_ends_it_and_one_that_is_not_does_not() {
    let mut machine = machine();
    machine.step(Event::Start);
    answer(&mut machine, &shaken(&json!({})));
    let extra = json!([{"channel": "/meta/subscribe", "subscription": "/calls", "successful": true},
                       {"channel": "/meta/subscribe", "subscription": "/extra", "successful": false, "error": "403::denied"}]);
    assert_eq!(channels(sent(&answer(&mut machine, &extra))), ["/meta/connect"]);

    let mut machine = self::machine();
    machine.step(Event::Start);
    answer(&mut machine, &shaken(&json!({})));
    let calls =
        json!([{"channel": "/meta/subscribe", "subscription": "/calls", "successful": false, "error": "403::denied"}]);
    assert!(matches!(
        answer(&mut machine, &calls).last(),
        Some(Action::End(End::Denied(_)))
    ));
}

#[test]
fn a_server_that_forgot_who_we_are_is_signed_in_to_again_and_everything_begins_anew() {
    let mut machine = holding();
    let actions = machine.step(Event::Broken(Breakage::Unauthorized));
    assert!(is_interrupted(&actions) && matches!(actions.last(), Some(Action::SignIn)));
    let later = machine.step(Event::Access(Access::Unreachable));
    pause(&later);
    assert!(matches!(machine.step(Event::Rested).last(), Some(Action::SignIn)));
    assert_eq!(
        channels(sent(&machine.step(Event::Access(Access::Restored)))),
        ["/meta/handshake"]
    );
}

#[test]
fn refused_credentials_end_it() {
    let mut machine = holding();
    machine.step(Event::Broken(Breakage::Unauthorized));
    let actions = machine.step(Event::Access(Access::Refused));
    assert!(matches!(actions.last(), Some(Action::End(End::Refused))));
}

#[test]
fn a_session_replaced_below_begins_anew_at_once() {
    let mut machine = holding();
    assert_eq!(channels(sent(&machine.step(Event::Start))), ["/meta/handshake"]);
    answer(&mut machine, &shaken(&json!({})));
    answer(&mut machine, &subscribed());
    assert_eq!(flowing(&answer(&mut machine, &connected())), Some(true));
}

#[test]
fn a_reply_without_the_expected_channel_counts_as_broken() {
    let mut machine = holding();
    assert!(is_interrupted(&answer(&mut machine, &json!([]))));
}

#[test]
fn acknowledgement_is_used_only_when_the_server_confirms_it() {
    let mut machine = machine();
    let hello = machine.step(Event::Start);
    assert_eq!(sent(&hello).messages[0]["ext"], json!({"ack": true}));
    let shaken = json!([{"channel": "/meta/handshake", "successful": true, "clientId": "c1", "ext": {"ack": true}}]);
    answer(&mut machine, &shaken);
    let first = answer(&mut machine, &subscribed());
    assert_eq!(sent(&first).messages[0]["ext"], json!({"ack": 0}));
    let reply = json!([{"channel": "/meta/connect", "successful": true, "ext": {"ack": 3}}]);
    let second = answer(&mut machine, &reply);
    assert_eq!(sent(&second).messages[0]["ext"], json!({"ack": 3}));
    machine.step(Event::Broken(Breakage::Link));
    machine.step(Event::Rested);
    assert_eq!(
        flowing(&answer(&mut machine, &connected())),
        Some(false),
        "what was lost is sent again"
    );

    let mut plain = holding();
    let next = answer(
        &mut plain,
        &json!([{"channel": "/meta/connect", "successful": true, "ext": {"ack": 3}}]),
    );
    assert!(sent(&next).messages[0].get("ext").is_none());
}

fn is_left(actions: &[Action]) -> bool {
    matches!(actions, [Action::End(End::Left)])
}

#[test]
fn leaving_leaves_every_topic_then_the_server_and_nothing_follows() {
    let mut machine = holding();
    let farewell = machine.step(Event::Leave);
    assert_eq!(channels(sent(&farewell)), ["/meta/unsubscribe", "/meta/unsubscribe"]);
    let topics: Vec<&Value> = sent(&farewell)
        .messages
        .iter()
        .map(|message| &message["subscription"])
        .collect();
    assert_eq!(topics, ["/calls", "/extra"]);
    assert_eq!(sent(&farewell).messages[0]["clientId"], "c1");

    let left = json!([{"channel": "/meta/unsubscribe", "subscription": "/calls", "successful": true},
                      {"channel": "/meta/unsubscribe", "subscription": "/extra", "successful": true}]);
    let goodbye = answer(&mut machine, &left);
    assert_eq!(channels(sent(&goodbye)), ["/meta/disconnect"]);
    assert_eq!(sent(&goodbye).messages[0]["clientId"], "c1");
    assert!(is_left(&answer(
        &mut machine,
        &json!([{"channel": "/meta/disconnect", "successful": true}])
    )));
    assert!(machine.step(Event::Start).is_empty() && machine.step(Event::Leave).is_empty());
}

#[test]
fn who_cannot_leave_a_topic_leaves_the_server_all_the_same() {
    let refused = json!([{"channel": "/meta/unsubscribe", "successful": false, "error": "402::Unknown client",
                          "advice": {"reconnect": "handshake"}}]);
    let mut machine = holding();
    machine.step(Event::Leave);
    assert_eq!(channels(sent(&answer(&mut machine, &refused))), ["/meta/disconnect"]);
    for broken in [Breakage::Link, Breakage::Unauthorized] {
        let mut machine = holding();
        machine.step(Event::Leave);
        assert_eq!(
            channels(sent(&machine.step(Event::Broken(broken)))),
            ["/meta/disconnect"],
            "{broken:?}"
        );
        assert!(is_left(&machine.step(Event::Broken(broken))), "{broken:?}");
    }
}

#[test]
fn only_what_was_granted_to_this_client_is_left() {
    let mut machine = machine();
    assert!(is_left(&machine.step(Event::Leave)), "there is nothing to leave");

    let mut machine = self::machine();
    machine.step(Event::Start);
    answer(&mut machine, &shaken(&json!({})));
    assert_eq!(
        channels(sent(&machine.step(Event::Leave))),
        ["/meta/disconnect"],
        "a client, and no topic yet"
    );

    let mut machine = self::machine();
    machine.step(Event::Start);
    answer(&mut machine, &shaken(&json!({})));
    answer(
        &mut machine,
        &json!([{"channel": "/meta/subscribe", "subscription": "/calls", "successful": true},
                {"channel": "/meta/subscribe", "subscription": "/extra", "successful": false, "error": "403::denied"}]),
    );
    let farewell = machine.step(Event::Leave);
    assert_eq!(channels(sent(&farewell)), ["/meta/unsubscribe"]);
    assert_eq!(sent(&farewell).messages[0]["subscription"], "/calls");

    let mut machine = holding();
    answer(&mut machine, &unknown_client());
    assert!(
        is_left(&machine.step(Event::Leave)),
        "the server has forgotten the client"
    );
}

/// A machine whose return is spread over two seconds, of which the dice always give all.
fn spread() -> Machine {
    let mut machine = machine().spread(Duration::from_secs(2));
    machine.step(Event::Start);
    answer(&mut machine, &shaken(&json!({"interval": 0})));
    answer(&mut machine, &subscribed());
    answer(&mut machine, &connected());
    machine
}

#[test]
fn what_all_clients_lose_at_the_same_instant_they_do_not_fetch_at_the_same_instant() {
    let whole = Duration::from_secs(2);
    assert_eq!(pause(&answer(&mut spread(), &unknown_client())), whole);
    assert_eq!(pause(&spread().step(Event::Broken(Breakage::Unauthorized))), whole);
    let anew = json!([{"channel": "/meta/connect", "successful": true, "advice": {"reconnect": "handshake"}}]);
    assert_eq!(pause(&answer(&mut spread(), &anew)), whole);

    let mut machine = spread();
    machine.step(Event::Broken(Breakage::Unauthorized));
    assert!(matches!(machine.step(Event::Rested).last(), Some(Action::SignIn)));
    let mut machine = spread();
    machine.step(Event::Broken(Breakage::Unauthorized));
    let replaced = machine.step(Event::Start);
    assert_eq!(
        channels(sent(&replaced)),
        ["/meta/handshake"],
        "somebody else has signed in: no more waiting"
    );
}

#[test]
fn advice_to_shake_hands_on_a_good_connect_is_taken_and_the_gap_told() {
    let mut machine = holding();
    let anew = json!([{"channel": "/meta/connect", "successful": true, "advice": {"reconnect": "handshake"}}]);
    let actions = answer(&mut machine, &anew);
    assert!(is_interrupted(&actions));
    assert_eq!(channels(sent(&actions)), ["/meta/handshake"]);
    answer(&mut machine, &shaken(&json!({"reconnect": "retry"})));
    answer(&mut machine, &subscribed());
    assert_eq!(flowing(&answer(&mut machine, &connected())), Some(true));
}

#[test]
fn an_unknown_client_is_known_by_its_number_in_each_wording() {
    for error in [
        "402::Unknown client",
        "402::session_unknown",
        "402:c1:Unknown client",
        "401:c1:Unknown client",
    ] {
        let mut machine = holding();
        let unknown = json!([{"channel": "/meta/connect", "successful": false, "error": error}]);
        let actions = answer(&mut machine, &unknown);
        assert_eq!(channels(sent(&actions)), ["/meta/handshake"], "{error}");
    }
    for error in ["402::session_unknown", "401:c1:Unknown client"] {
        let mut machine = machine();
        machine.step(Event::Start);
        answer(&mut machine, &shaken(&json!({})));
        let unknown =
            json!([{"channel": "/meta/subscribe", "subscription": "/calls", "successful": false, "error": error}]);
        let actions = answer(&mut machine, &unknown);
        assert!(!matches!(actions.last(), Some(Action::End(_))), "{error} is no denial");
    }
}

#[test]
fn a_four_oh_one_right_after_a_handshake_means_signing_in() {
    let mut machine = machine();
    machine.step(Event::Start);
    let refused = json!([{"channel": "/meta/handshake", "successful": false, "error": "401::Unauthorized"}]);
    assert!(matches!(answer(&mut machine, &refused).last(), Some(Action::SignIn)));
    let mut machine = self::machine();
    machine.step(Event::Start);
    let refused = json!([{"channel": "/meta/handshake", "successful": false, "error": "403::Handshake denied"}]);
    assert!(matches!(answer(&mut machine, &refused).last(), Some(Action::SignIn)));
}

#[test]
fn a_server_that_forgets_every_session_at_once_is_reported_as_what_it_is() {
    let mut machine = holding();
    let mut told = Vec::new();
    for _ in 0..4 {
        let actions = answer(&mut machine, &unknown_client());
        told.extend(actions.into_iter().filter_map(|action| match action {
            Action::Notice(Notice::Interrupted(why)) => Some(why),
            _ => None,
        }));
        machine.step(Event::Rested);
        answer(&mut machine, &shaken(&json!({})));
        answer(&mut machine, &subscribed());
    }
    let blames: Vec<&String> = told.iter().filter(|why| why.contains("cookies")).collect();
    assert_eq!(blames.len(), 1, "once, and not each time: {told:?}");
}

#[test]
fn a_needed_channel_that_is_not_answered_is_asked_for_again() {
    let mut machine = machine();
    machine.step(Event::Start);
    answer(&mut machine, &shaken(&json!({})));
    let half = json!([{"channel": "/meta/subscribe", "subscription": "/extra", "successful": true}]);
    pause(&answer(&mut machine, &half));
    assert_eq!(channels(sent(&machine.step(Event::Rested))), ["/meta/handshake"]);
    let mut machine = self::machine();
    machine.step(Event::Start);
    answer(&mut machine, &shaken(&json!({})));
    let together = json!([{"channel": "/meta/subscribe", "subscription": ["/calls", "/extra"], "successful": true}]);
    assert_eq!(channels(sent(&answer(&mut machine, &together))), ["/meta/connect"]);
}

#[test]
fn a_reply_to_an_earlier_message_says_nothing_about_this_one() {
    let mut machine = holding();
    let stale = json!([{"id": "1", "channel": "/meta/connect", "successful": false, "error": "402::Unknown client",
                        "advice": {"reconnect": "handshake"}}]);
    assert!(
        !channels_of(&answer(&mut machine, &stale)).contains(&"/meta/handshake".to_owned()),
        "the present connect is unanswered, no more"
    );
    let mut machine = holding();
    let number = json!([{"id": 5, "channel": "/meta/connect", "successful": true}]);
    assert_eq!(
        channels(sent(&answer(&mut machine, &number))),
        ["/meta/connect"],
        "ids may be numbers"
    );
}

fn channels_of(actions: &[Action]) -> Vec<String> {
    let exchanges = actions.iter().filter_map(|action| match action {
        Action::Send(exchange) => Some(exchange),
        _ => None,
    });
    exchanges.flat_map(channels).map(str::to_owned).collect()
}

/// Whatever happens in whatever state, there is exactly one next thing to do, and it is the last.
#[test]
fn no_event_in_any_state_leaves_the_client_without_a_next_step() {
    type Bring = fn(&mut Machine);
    let bring: [(&str, Bring); 7] = [
        ("idle", |_| ()),
        ("handshaking", |machine| drop(machine.step(Event::Start))),
        ("subscribing", |machine| {
            machine.step(Event::Start);
            answer(machine, &shaken(&json!({})));
        }),
        ("connecting", |machine| {
            machine.step(Event::Start);
            answer(machine, &shaken(&json!({})));
            answer(machine, &subscribed());
        }),
        ("pausing", |machine| {
            machine.step(Event::Start);
            machine.step(Event::Broken(Breakage::Link));
        }),
        ("signing in", |machine| {
            machine.step(Event::Start);
            machine.step(Event::Broken(Breakage::Unauthorized));
        }),
        ("unsubscribing", |machine| {
            *machine = holding();
            machine.step(Event::Leave);
        }),
    ];
    let happenings: [fn() -> Event; 7] = [
        || Event::Start,
        || Event::Broken(Breakage::Link),
        || Event::Broken(Breakage::Unauthorized),
        || Event::Access(Access::Restored),
        || Event::Access(Access::Unreachable),
        || Event::Access(Access::Refused),
        || Event::Leave,
    ];
    for (state, bring) in bring {
        for (n, happening) in happenings.iter().enumerate() {
            let mut machine = machine();
            bring(&mut machine);
            let actions = machine.step(happening());
            let is_next = |action: &Action| {
                matches!(
                    action,
                    Action::Send(_) | Action::Pause(_) | Action::SignIn | Action::End(_)
                )
            };
            let steps = actions.iter().filter(|action| is_next(action)).count();
            assert!(
                steps == 1 && actions.last().is_some_and(is_next),
                "{state}, happening {n}: {actions:?}"
            );
        }
    }
}
