//! `cargo run` in this folder: the adapter, registered in the facade from outside, plays one day at a simulated Tinbell exchange over real HTTP,
//! and the exchange's journal is the judge of every outcome.

use callcontrol::{Call, Config, CustomerAt, OpCx, Outcome, Receipt, Registry, Result, Session, Target, Verdict};
use callcontrol_testkit::fake::{CUSTOMER, customer_at, scenery};
use callcontrol_testkit::switch::{Behaviour, Party, Refusal, SharedSwitch, SwitchCallId};
use tinbell::TinbellFactory;
use tinbell::simulator::{PASSWORD, TinbellSimulator};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let simulator = TinbellSimulator::new(scenery());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = simulator.router();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let config = Config::parse(&file(&format!("http://{address}")), "demo.toml")?;
    let control = Registry::built_in().with(TinbellFactory).connect(&config)?;
    println!("{} at http://{address}", control.info().product);
    let day = Day {
        switch: simulator.switch().clone(),
        ann: Session::open(&control, config.agent("ann")?.password(PASSWORD)).await?,
    };
    let agreed = day.play().await;
    control.shutdown(&OpCx::new()).await;
    server.abort();
    if !agreed? {
        return Err("an outcome and the journal disagree".into());
    }
    println!("Every outcome agrees with the exchange's journal.");
    Ok(())
}

/// The deployment's file.
fn file(base_url: &str) -> String {
    format!(
        r#"
adapter = "tinbell"
[tinbell.connection]
base-url = "{base_url}"
[tinbell.agents.ann]
id = "ann"
[tinbell.directory]
"agent:bob" = {{ id = "bob" }}
"queue:support" = {{ id = "support" }}
"#
    )
}

struct Day {
    switch: SharedSwitch,
    ann: Session,
}

impl Day {
    async fn play(&self) -> Result<bool> {
        let bob = Target::named("agent:bob")?;
        let mut agreed = true;

        let (call, id) = self.customer_calls(Behaviour::Manual).await?;
        agreed &= self.judge("hold", id, call.hold().await, || Ok(())).await;
        agreed &= self.judge("retrieve", id, call.retrieve().await, || Ok(())).await;
        let sent = call.blind_transfer(bob.clone()).await;
        agreed &= self.judge("blind transfer to Bob", id, sent, || Ok(())).await;
        self.everybody_hangs_up();

        let (call, id) = self.customer_calls(Behaviour::Manual).await?;
        let sent = call.release_after_transfer(bob.clone()).await;
        let answers = || self.switch.answer(&Party::agent("bob"), id);
        agreed &= self.judge("Ann stays until Bob answers", id, sent, answers).await;
        self.everybody_hangs_up();

        let (call, id) = self.customer_calls(Behaviour::Busy).await?;
        let sent = call.release_after_transfer(bob.clone()).await;
        agreed &= self.judge("Ann stays, Bob is busy", id, sent, || Ok(())).await;
        self.everybody_hangs_up();

        let (call, id) = self.customer_calls(Behaviour::Answers).await?;
        let consult = call.consult(bob).await?;
        let answered = consult.answered().await;
        println!(
            "  consult Bob: {}",
            answered.map(|outcome| outcome.to_string()).unwrap_or_default()
        );
        agreed &= self
            .judge("complete", id, consult.complete().await.map_err(Into::into), || Ok(()))
            .await;
        self.everybody_hangs_up();

        let (call, id) = self.customer_calls(Behaviour::Manual).await?;
        let sent = call.requeue(Target::named("queue:support")?).await;
        agreed &= self.judge("back to the queue", id, sent, || Ok(())).await;
        self.everybody_hangs_up();

        let (call, _) = self.customer_calls(Behaviour::Manual).await?;
        let refused = call
            .mute()
            .await
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        println!("  mute: {refused}");
        Ok(agreed)
    }

    /// A customer calls Ann, who answers; Bob does so when he is called.
    async fn customer_calls(&self, bob: Behaviour) -> Result<(Call, SwitchCallId)> {
        let there = || callcontrol::Error::not_found("the exchange does not play along");
        let switch = &self.switch;
        // Bob may be there already.
        let _ = switch.sign_in("bob").and_then(|()| switch.set_ready("bob"));
        switch.set_behaviour(&Party::agent("bob"), bob).map_err(|_| there())?;
        let id = switch.place_call(CUSTOMER, &Party::agent("ann")).map_err(|_| there())?;
        let call = self.ann.next_offered().await.ok_or_else(there)?;
        call.answer().await?.outcome().await;
        Ok((call, id))
    }

    fn everybody_hangs_up(&self) {
        let customer = Party::outside(CUSTOMER);
        for call in self.switch.calls_of(&customer) {
            // The last party's leaving ends the call; there may be nothing left to hang up.
            let _ = self.switch.hang_up(&customer, call.id);
        }
    }

    /// Prints what was said and what is so.
    async fn judge(
        &self,
        what: &str,
        call: SwitchCallId,
        sent: Result<Receipt>,
        meanwhile: impl FnOnce() -> std::result::Result<(), Refusal>,
    ) -> bool {
        let outcome = match (sent, meanwhile()) {
            (Ok(receipt), Ok(())) => receipt.outcome().await,
            (Err(error), _) => {
                println!("  {what}: {error}");
                return false;
            }
            (Ok(_), Err(refusal)) => {
                println!("  {what}: the exchange does not play along: {refusal:?}");
                return false;
            }
        };
        let truth = customer_at(self.switch.customer_at(call).as_ref(), "ann");
        let moves = self.switch.journal().transfers_of(call);
        println!("  {what}: {outcome}; in truth {truth}, moved {moves} times");
        agrees(&outcome, truth, moves)
    }
}

fn agrees(outcome: &Outcome, truth: CustomerAt, moves: usize) -> bool {
    outcome.customer == truth && moves <= 1 && outcome.verdict != Verdict::Unknown
}
