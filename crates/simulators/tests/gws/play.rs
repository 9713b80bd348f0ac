//! Random play: whatever an agent, a colleague, a supervisor and the customer do, the events that were told add up to the snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use callcontrol_simulators::gws::{ConsulteeCall, GwsOptions, GwsSimulator};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::Party;
use serde_json::{Value, json};

use crate::client::{Desk, ann, uri};

/// A repeatable source of choices.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// An agent's desk with the calls as the events tell them.
struct Listener {
    desk: Desk,
    told: BTreeMap<String, Value>,
}

impl Listener {
    async fn start(gws: &GwsSimulator, user: &str) -> Self {
        let desk = Desk::start(gws, user).await;
        desk.post("me", json!({"operationName": "Ready"})).await;
        let told = BTreeMap::new();
        Self { desk, told }
    }

    async fn listen(&mut self) {
        for event in self.desk.events().await {
            let call = &event["call"];
            if call["state"] == "Released" {
                self.told.remove(&uri(call));
            } else if call.is_object() {
                self.told.insert(uri(call), steady(call));
            }
        }
    }

    async fn snapshot(&self) -> BTreeMap<String, Value> {
        let calls = self.desk.calls().await;
        calls.iter().map(|call| (uri(call), steady(call))).collect()
    }

    /// Does one of the things that the agent may do now; what it was.
    async fn act(&self, dice: &mut Dice) -> String {
        let calls = self.desk.calls().await;
        if calls.is_empty() {
            let path = format!("me/devices/{}/calls", self.desk.device().await);
            self.desk
                .post(
                    &path,
                    json!({"operationName": "Dial", "destination": destination(dice)}),
                )
                .await;
            return "Dial".into();
        }
        let call = &calls[dice.below(calls.len())];
        let allowed = call["capabilities"].as_array().unwrap();
        let operation = allowed[dice.below(allowed.len())].as_str().unwrap().to_owned();
        let other = calls.iter().find(|other| uri(other) != uri(call)).map(uri);
        let body = json!({
            "destination": destination(dice), "digits": "1", "userData": {"k": dice.below(9).to_string()}, "key": "k",
            "participant": "7002", "otherCallUri": other.unwrap_or_default(),
        });
        let id = uri(call).rsplit('/').next().unwrap().to_owned();
        let got = self.desk.operate(&id, &operation, body).await;
        format!("{operation} {} {}", call["state"], got.text)
    }

    /// Begins or ends a supervision of Ann.
    async fn supervise(&self, dice: &mut Dice) -> String {
        let device = self.desk.snapshot().await["devices"][0].clone();
        let capabilities: Vec<String> = crate::client::capabilities(&device)
            .into_iter()
            .filter(|name| !name.starts_with("Forward") && !name.starts_with("DoNot"))
            .collect();
        let operation = capabilities[dice.below(capabilities.len())].clone();
        let path = format!("me/devices/{}", device["id"].as_str().unwrap());
        let body = json!({"operationName": operation, "phoneNumber": "7001"});
        self.desk.post(&path, body).await;
        format!("supervisor: {operation}")
    }
}

fn destination(dice: &mut Dice) -> Value {
    let numbers = ["7002", "8000", scenery::THIRD_PARTY, "9999", scenery::PIN_CHECK];
    json!({"phoneNumber": numbers[dice.below(numbers.len())]})
}

/// What must not change without a word.
fn steady(call: &Value) -> Value {
    let mut call = call.clone();
    let members = call.as_object_mut().unwrap();
    members.remove("duration");
    members.remove("connId");
    call
}

/// Call, member, what was told and what is so.
fn differences(told: &BTreeMap<String, Value>, is: &BTreeMap<String, Value>) -> Vec<String> {
    let calls: BTreeSet<&String> = told.keys().chain(is.keys()).collect();
    let member_of = |calls: &BTreeMap<String, Value>, call: &String, member: &str| {
        calls.get(call).map_or(Value::Null, |found| found[member].clone())
    };
    let mut found = Vec::new();
    for call in calls {
        let members = told.get(call).into_iter().chain(is.get(call));
        let members: BTreeSet<&String> = members.flat_map(|call| call.as_object().unwrap().keys()).collect();
        for member in members {
            let (before, after) = (member_of(told, call, member), member_of(is, call, member));
            if before != after {
                found.push(format!("{call} {member}: told {before}, is {after}"));
            }
        }
    }
    found
}

async fn others_act(gws: &GwsSimulator, dice: &mut Dice) -> String {
    let switch = gws.switch();
    let parties = [
        Party::outside(scenery::CUSTOMER),
        Party::outside(scenery::THIRD_PARTY),
        Party::outside(scenery::OTHER_CUSTOMER),
    ];
    let party = &parties[dice.below(parties.len())];
    match (dice.below(3), switch.ringing_at(party), switch.calls_of(party).first()) {
        (_, Some(call), _) => format!("{party} answers: {:?}", switch.answer(party, call)),
        (0, None, Some(call)) => format!("{party} hangs up: {:?}", switch.hang_up(party, call.id)),
        (_, None, None) => format!("{party} calls: {:?}", switch.place_call(party.name(), &ann())),
        (_, None, Some(_)) => "nothing".into(),
    }
}

async fn play(seed: u64, turns: usize, options: GwsOptions, name: &str) {
    let mut dice = Dice(seed);
    let gws = GwsSimulator::new(scenery::switch(), options.with_every_feature());
    let mut desks = Vec::new();
    for user in ["ann", "bob", "eve"] {
        desks.push(Listener::start(&gws, user).await);
    }
    let mut played = Vec::new();
    for _ in 0..turns {
        let done = match dice.below(8) {
            0..=2 => others_act(&gws, &mut dice).await,
            3..=5 => desks[0].act(&mut dice).await,
            6 => desks[1].act(&mut dice).await,
            _ => desks[2].supervise(&mut dice).await,
        };
        played.push(done);
        tokio::time::sleep(Duration::from_millis(25)).await;
        for (at, listener) in desks.iter_mut().enumerate() {
            listener.listen().await;
            let differences = differences(&listener.told, &listener.snapshot().await);
            assert!(
                differences.is_empty(),
                "{name}, seed {seed}, desk {at}: {played:#?}\n{differences:#?}"
            );
        }
        assert_eq!(gws.switch().check_invariants(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn the_events_add_up_to_the_snapshot_whatever_is_played() {
    for seed in 0..SEEDS {
        play(seed, 30, GwsOptions::default(), "as documented").await;
    }
}

#[tokio::test(start_paused = true)]
async fn they_do_so_with_nearly_every_option_value() {
    for (seed, (name, options)) in (0..).zip(GwsOptions::variants()) {
        // These leave something untold or tell it late, which is their point; and this client sends no tokens.
        let silent = !options.repeats_held || options.consultee == ConsulteeCall::NewId || options.reverse_events;
        if !silent && !options.csrf {
            play(seed, 15, options, name).await;
        }
    }
}

const SEEDS: u64 = 40;
