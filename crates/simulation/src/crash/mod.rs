//! Crash points: every command of every adapter, with its exchange cut at every phase, deterministically, and the switch's journal as the judge.

mod cell;
mod judge;
mod phase;
mod report;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::deed::{DEEDS, Deed};
use crate::vendor::Vendor;

pub use cell::{Cell, End, run_cell};
pub use judge::Finding;
pub use phase::Phase;
pub use report::Report;

/// What to enumerate.
#[derive(Debug, Clone)]
pub struct Enumeration {
    /// Which vendors.
    pub vendors: Vec<Vendor>,
    /// Only deeds whose name holds this.
    pub only: Option<String>,
    /// Where ids and chance begin.
    pub seed: u64,
    /// At most so many requests of one command are cut, each in a cell of its own.
    pub requests: usize,
    /// On how many threads.
    pub threads: usize,
}

impl Enumeration {
    /// Everything at these vendors.
    #[must_use]
    pub fn of(vendors: impl IntoIterator<Item = Vendor>) -> Self {
        Self {
            vendors: vendors.into_iter().collect(),
            only: None,
            seed: 1,
            requests: 6,
            threads: 2,
        }
    }

    /// Runs all cells and reports.
    #[must_use]
    pub fn run(&self) -> Report {
        let work = self.deeds();
        let (next, cells) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..self.threads.max(1) {
                scope.spawn(|| {
                    while let Some((vendor, deed)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let done = self.cells_of(*vendor, deed);
                        if done.iter().any(|cell| cell.end == End::Stuck) {
                            // A thread that spins takes a processor from the others: the run ends here.
                            next.store(work.len(), Ordering::Relaxed);
                        }
                        cells
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner)
                            .extend(done);
                    }
                });
            }
        });
        let cells = cells.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        Report::new(cells)
    }

    /// What each vendor can do of all deeds.
    fn deeds(&self) -> Vec<(Vendor, &'static Deed)> {
        let wanted = |deed: &&Deed| self.only.as_ref().is_none_or(|part| deed.name.contains(part));
        let mut work = Vec::new();
        for &vendor in &self.vendors {
            let possible = DEEDS.iter().filter(wanted).filter(|deed| deed.is_of(vendor));
            work.extend(possible.map(|deed| (vendor, deed)));
        }
        work
    }

    /// First without a fault, to see how many requests the command makes; then each of them at each phase.
    fn cells_of(&self, vendor: Vendor, deed: &'static Deed) -> Vec<Cell> {
        let calm = run_cell(vendor, deed, Phase::Calm, 0, self.seed);
        let requests = calm.requests.min(self.requests);
        let mut cells = vec![calm];
        for phase in Phase::FAULTS {
            if !phase.applies_to(vendor) {
                continue;
            }
            if cells.last().is_some_and(|cell| cell.end == End::Stuck) {
                break;
            }
            let cut = if phase.is_of_one_request() { requests } else { 1 };
            cells.extend((0..cut).map(|nth| run_cell(vendor, deed, phase, nth, self.seed)));
        }
        cells
    }
}
