//! Memory, looked at once a minute, and beside it how much each of the simulation's own books holds. All of them are bounded and full when the first look is taken, so
//! that what grows afterwards is the layer's: nothing is subtracted.

use std::time::Duration;

use tokio::time::Instant;

use super::memory::resident;
use crate::simulate::Ledger;
use crate::world::World;

/// What was seen.
#[derive(Debug)]
pub(super) struct Gauge {
    begun: Instant,
    looks: Vec<Look>,
    peak: Option<u64>,
}

/// One look at memory and books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// How long after the warm-up.
    pub after: Duration,
    /// Resident memory in bytes; `None` where the system does not tell.
    pub memory: Option<u64>,
    /// Facts in the switch's journal.
    pub facts: usize,
    /// Calls that are over and that the switch remembers.
    pub calls: usize,
    /// Requests in the simulator's log.
    pub requests: usize,
    /// Lines of the ledger that wait for the switch's word.
    pub lines: usize,
}

impl Gauge {
    /// The first look.
    pub(super) fn begin(world: &World, ledger: &Ledger) -> Self {
        let mut gauge = Self {
            begun: Instant::now(),
            looks: Vec::with_capacity(LOOKS),
            peak: None,
        };
        gauge.look(world, ledger);
        gauge
    }

    /// Once a second: the peak, and a look when it is time for one.
    pub(super) fn glance(&mut self, world: &World, ledger: &Ledger) {
        self.peak = self.peak.max(resident());
        let next = self.looks.last().map_or(Duration::ZERO, |last| last.after + EVERY);
        if self.begun.elapsed() >= next {
            self.look(world, ledger);
        }
    }

    /// The last look, and all of them with the peak.
    pub(super) fn end(mut self, world: &World, ledger: &Ledger) -> (Vec<Look>, Option<u64>) {
        self.look(world, ledger);
        (self.looks, self.peak)
    }

    fn look(&mut self, world: &World, ledger: &Ledger) {
        let memory = resident();
        self.peak = self.peak.max(memory);
        let (facts, calls) = world
            .switch
            .with(|switch| (switch.journal().entries().len(), switch.past_calls()));
        self.looks.push(Look {
            after: self.begun.elapsed(),
            memory,
            facts,
            calls,
            requests: world.requests().kept(),
            lines: ledger.open_lines(),
        });
    }
}

const EVERY: Duration = Duration::from_secs(60);
/// Room for hours, so that the looks are no growth themselves.
const LOOKS: usize = 1024;
