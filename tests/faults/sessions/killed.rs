//! Row 35: the application's process is killed in the middle of a transfer. The one that is started after it looks, and claims nothing.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use callcontrol::*;
use callcontrol_simulators::cc_gateway::Mischief as CcMischief;
use callcontrol_simulators::gws::{GwsFault, GwsRequests};
use callcontrol_simulators::oifde::{Mischief as OifdeMischief, OifdeOptions};
use callcontrol_simulators::{Server, scenery};
use callcontrol_testkit::switch::Party;

use crate::ours::stage::{ADAPTERS, CC_GATEWAY, Face, OIFDE, Options, SecretFile, file, robot, sign_in};

/// Tells the child which adapter, where the simulator is, where the secret is, and which robot session there is.
const CHILD: &str = "CALLCONTROL_FAULTS_CHILD";
/// The child's operation.
const OP: &str = "the-killed-one";
/// The transfer is applied at once and answered after this: the process dies in between.
const LATE: Duration = Duration::from_secs(60);

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // Ended already in a test that went well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn answer_late(face: &Face) {
    match face {
        Face::CcGateway(simulator) => simulator.fail_next("/transfer", CcMischief::SlowReply(LATE)),
        Face::Oifde(simulator) => simulator.fail_next("/changeWorkMode", OifdeMischief::Slow(LATE)),
        Face::Gws(simulator) => {
            let transfer = GwsRequests::Operation("SingleStepTransfer".into());
            simulator.fail_next(transfer, GwsFault::ReplyDelayed(LATE));
        }
    }
}

fn connected(adapter: &str, base_url: &str, secret: &SecretFile) -> std::sync::Arc<dyn CallControl> {
    connect(&Config::parse(&file(adapter, base_url, secret), "killed.toml").unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_in_the_middle_of_a_transfer_leaves_no_claim_and_the_next_one_sees_the_truth() {
    for adapter in ADAPTERS {
        let face = Face::of(adapter, Options::default());
        let server = Server::start(face.router()).await.unwrap();
        let secret = SecretFile::new(OifdeOptions::default().api_password.expose());
        let native = match &face {
            Face::Oifde(robots) => robot(robots).as_str().to_owned(),
            Face::CcGateway(_) | Face::Gws(_) => String::new(),
        };
        answer_late(&face);
        let told = format!("{adapter} {} {} {native}", server.base_url(), secret.0.display());
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args([
                "--exact",
                "sessions::killed::child_of_the_killed_process_test",
                "--nocapture",
            ])
            .env(CHILD, told)
            .stdout(Stdio::piped());
        let mut child = Killed(child.spawn().unwrap());
        let output = BufReader::new(child.0.stdout.take().unwrap());
        tokio::task::spawn_blocking(move || says(output, "signed in"))
            .await
            .unwrap();
        if adapter != OIFDE {
            let ann = Party::agent(scenery::ANN.0);
            face.switch().place_call(scenery::CUSTOMER, &ann).unwrap();
        }
        let moved = |face: &Face| moves(face) == 1;
        until(&face, moved).await;
        child.0.kill().unwrap();
        child.0.wait().unwrap();

        let again = connected(adapter, &server.base_url(), &secret);
        let session = Session::open(&again, back(adapter)).await.unwrap();
        assert!(
            again.outcome_of(&OpId::new(OP).unwrap()).is_none(),
            "{adapter}: a claim"
        );
        let view = session.snapshot().await.unwrap().unwrap();
        assert!(view.calls.is_empty(), "{adapter}: Ann is out of it: {:?}", view.calls);
        assert_eq!(moves(&face), 1, "{adapter}");
        again.shutdown(&OpCx::new().within(Duration::from_secs(5))).await;
        server.stop().await;
    }
}

/// Ann signs in once more. CC-Gateway still holds the stay of the process that died; at Genesys she simply goes on.
fn back(adapter: &str) -> OpenSession {
    let request = sign_in(adapter);
    match adapter {
        CC_GATEWAY => request.displace(Displace::Always),
        _ => request,
    }
}

/// How often the customer was moved.
fn moves(face: &Face) -> usize {
    match face {
        Face::Oifde(robots) => robots.sessions().iter().map(|robot| robots.transfers_of(robot)).sum(),
        Face::CcGateway(_) | Face::Gws(_) => {
            let customer = crate::ours::stage::customer();
            let calls = face.switch().calls_of(&customer);
            calls
                .iter()
                .map(|call| face.switch().journal().transfers_of(call.id))
                .sum()
        }
    }
}

/// Waits, for half a minute at most, until this is so.
async fn until(face: &Face, so: impl Fn(&Face) -> bool) {
    for _ in 0..1_500 {
        if so(face) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the child never transferred: {:?}", face.log());
}

/// Reads until a line says so.
fn says(mut output: impl BufRead, words: &str) {
    let mut line = String::new();
    while output.read_line(&mut line).unwrap() > 0 {
        if line.contains(words) {
            return;
        }
        line.clear();
    }
    panic!("the child ended without \"{words}\"");
}

/// Does nothing unless started by the test above.
#[tokio::test]
async fn child_of_the_killed_process_test() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let [adapter, base_url, secret, native] = told.splitn(4, ' ').collect::<Vec<_>>().try_into().unwrap();
    // The file is the parent's: it must not be removed here.
    let secret = std::mem::ManuallyDrop::new(SecretFile(secret.into()));
    let control = connected(adapter, base_url, &secret);
    let ann = Session::open(&control, sign_in(adapter)).await.unwrap();
    println!("signed in");
    let call = if native.is_empty() {
        let call = ann.next_offered().await.unwrap();
        assert!(call.answer().await.unwrap().outcome().await.is_done());
        call
    } else {
        let adopt = AdoptCall::new(native, AdoptState::RobotVoice(RobotMode::Supervision));
        ann.adopt(adopt).await.unwrap()
    };
    let request = Transfer::new(Target::number(scenery::THIRD_PARTY).unwrap(), TransferMode::Blind);
    let cx = OpCx::with_op(OpId::new(OP).unwrap()).within(Duration::from_secs(60));
    let ended = call.transfer_with(request, &cx).await;
    panic!("lived on: {ended:?}");
}
