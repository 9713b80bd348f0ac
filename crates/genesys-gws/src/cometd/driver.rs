//! Performs the machine's actions: one loop, one exchange at a time, until it is stopped or the machine ends.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::machine::{Access, Action, Breakage, End, Event, Exchange, Machine, Notice};
use super::message::{self, Incoming};

/// What the driver needs from its surroundings.
#[async_trait]
pub(crate) trait Port: Send + Sync {
    /// Sends the messages as one JSON array and gives the body of a 2xx answer.
    async fn exchange(&self, exchange: Exchange) -> Result<Vec<u8>, Breakage>;

    /// Signs in again.
    async fn sign_in(&self) -> Access;

    /// Takes an event.
    async fn deliver(&self, message: Incoming);

    /// Takes news of the link.
    async fn notice(&self, notice: Notice);

    /// Returns when somebody else has replaced the session below, so that the held connect is in vain.
    async fn replaced(&self);
}

/// Runs until stopped (`None`) or until there is nothing more to be had.
pub(crate) async fn run(mut machine: Machine, port: &dyn Port, stop: &CancellationToken) -> Option<End> {
    let mut event = Event::Start;
    loop {
        let mut next = None;
        for action in machine.step(event) {
            match action {
                Action::Deliver(incoming) => port.deliver(*incoming).await,
                Action::Notice(notice) => port.notice(notice).await,
                Action::End(end) => return Some(end),
                Action::Send(_) | Action::Pause(_) | Action::SignIn => next = Some(action),
            }
        }
        event = tokio::select! {
            biased;
            () = stop.cancelled() => {
                farewell(&mut machine, port).await;
                return None;
            }
            event = perform(next, port) => event,
            () = port.replaced() => Event::Start,
        };
    }
}

async fn perform(action: Option<Action>, port: &dyn Port) -> Event {
    match action {
        Some(Action::Send(exchange)) => {
            let begun = Instant::now();
            match port.exchange(exchange).await {
                Ok(body) => message::parse(&body).map_or(Event::Broken(Breakage::Link), |messages| {
                    Event::Answered(messages, begun.elapsed())
                }),
                Err(breakage) => Event::Broken(breakage),
            }
        }
        Some(Action::Pause(pause)) => {
            tokio::time::sleep(pause).await;
            Event::Rested
        }
        Some(Action::SignIn) => Event::Access(port.sign_in().await),
        // The machine always says what is next; if it did not, starting anew is the way on.
        Some(Action::Deliver(_) | Action::Notice(_) | Action::End(_)) | None => {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Event::Start
        }
    }
}

/// Best effort: the server sweeps a session that does not say goodbye. What comes with the answers is for nobody any more.
async fn farewell(machine: &mut Machine, port: &dyn Port) {
    let mut event = Event::Leave;
    while let Some(Action::Send(exchange)) = machine.step(event).pop() {
        let limit = exchange.patience;
        let said = tokio::time::timeout(limit, perform(Some(Action::Send(exchange)), port)).await;
        event = said.unwrap_or(Event::Broken(Breakage::Link));
    }
}
