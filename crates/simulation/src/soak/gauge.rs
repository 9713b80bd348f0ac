//! Memory, looked at now and then, and beside it what the simulator's own books hold: the journal is kept whole, because the proof needs it, and the log
//! of requests is filled for minutes. Neither is the layer's, and both are in this process.

use callcontrol_simulators::LoggedRequest;
use callcontrol_testkit::switch::JournalEntry;

use super::memory::resident;
use crate::world::World;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    pub(super) start: Option<u64>,
    pub(super) end: Option<u64>,
    pub(super) peak: Option<u64>,
    pub(super) books_grown: u64,
    books: u64,
}

impl Gauge {
    pub(super) fn begin(&mut self, world: &World) {
        self.start = resident();
        self.peak = self.start;
        self.books = books(world);
    }

    pub(super) fn look(&mut self) {
        self.peak = self.peak.max(resident());
    }

    pub(super) fn end(&mut self, world: &World) {
        self.end = resident();
        self.books_grown = books(world).saturating_sub(self.books);
    }
}

/// What the journal and the log of requests hold, reckoned from their lengths and their last lines.
fn books(world: &World) -> u64 {
    let facts = world.switch.with(|switch| switch.journal().next_seq());
    let asked = world.requests().mark();
    let last = world.requests().since(asked.saturating_sub(SAMPLE));
    let sampled = u64::try_from(last.len()).unwrap_or(u64::MAX).max(1);
    let request = last.iter().map(weight).sum::<u64>() / sampled;
    facts * (size_of_one::<JournalEntry>() + HEAP_OF_A_FACT) + asked.min(REQUESTS_KEPT) * request
}

fn weight(request: &LoggedRequest) -> u64 {
    let texts = [&request.method, &request.path, &request.query, &request.body];
    let headers = request.headers.iter().flat_map(|(name, value)| [name, value]);
    let heap: u64 = texts.into_iter().chain(headers).map(|text| block(text.len())).sum();
    let list = block(request.headers.capacity() * size_of::<(String, String)>());
    size_of_one::<LoggedRequest>() + heap + list
}

/// What an allocator sets aside for so many bytes: its own words, and up to the next sixteen.
fn block(bytes: usize) -> u64 {
    u64::try_from(bytes.next_multiple_of(16) + 16).unwrap_or(u64::MAX)
}

fn size_of_one<T>() -> u64 {
    u64::try_from(size_of::<T>()).unwrap_or(u64::MAX)
}

const SAMPLE: u64 = 200;
/// As the log's documentation says.
const REQUESTS_KEPT: u64 = 20_000;
/// An agent's id and a number, as most facts hold.
const HEAP_OF_A_FACT: u64 = 64;
