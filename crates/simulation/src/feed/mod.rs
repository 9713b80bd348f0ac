//! The feed law: whatever is dropped, doubled, reordered, delayed or cut on the way, folding the feed gives the state that the adapter's own
//! snapshot gives, and at rest that of the switch; every loss is announced; nobody waits for a reader; a reader who never reads costs no memory.

mod play;
mod schedule;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::known::known;
use crate::vendor::Vendor;

pub use play::{Played, play};
pub use schedule::{Hurt, Step, steps};

/// What to try.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Whose feed.
    pub vendor: Vendor,
    /// How many schedules.
    pub schedules: u64,
    /// Where chance begins; schedule `n` of a seed is always the same one.
    pub seed: u64,
    /// How long a schedule is at most.
    pub length: usize,
    /// On how many threads.
    pub threads: usize,
}

impl Trial {
    /// So many schedules of up to 24 steps.
    #[must_use]
    pub fn of(vendor: Vendor, schedules: u64, seed: u64) -> Self {
        Self {
            vendor,
            schedules,
            seed,
            length: 24,
            threads: 2,
        }
    }
}

/// What came of a trial.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Schedules played.
    pub schedules: u64,
    /// Events that readers got.
    pub events: u64,
    /// Gaps that readers were told of.
    pub gaps: u64,
    /// Sessions that the faults brought to an end, and the feed said so.
    pub ended: u64,
    /// Most items that waited for the reader who never reads.
    pub most_waiting: usize,
    /// Schedules in which the law was broken.
    pub violations: u64,
    /// Each way in which it was broken, how often, and the shortest schedule that shows it.
    pub broken: BTreeMap<String, Broken>,
}

/// One way in which the law was broken.
#[derive(Debug, Clone, Default)]
pub struct Broken {
    /// In how many schedules.
    pub times: u64,
    /// The number of the schedule it was seen in first.
    pub schedule: u64,
    /// That schedule, shrunk.
    pub steps: Vec<Step>,
    /// What was seen, in full.
    pub words: String,
}

impl Trial {
    /// Plays all schedules.
    #[must_use]
    pub fn run(&self) -> Findings {
        let (next, sum) = (AtomicU64::new(0), Mutex::new(Findings::default()));
        std::thread::scope(|scope| {
            for _ in 0..self.threads.max(1) {
                scope.spawn(|| self.work(&next, &sum));
            }
        });
        sum.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, next: &AtomicU64, sum: &Mutex<Findings>) {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= self.schedules {
                return;
            }
            let (_, played) = self.one(number);
            if played.is_stuck() {
                // A thread that spins takes a processor from the others: the run ends here, and nothing is shrunk.
                next.store(self.schedules, Ordering::Relaxed);
                sum.lock().unwrap_or_else(PoisonError::into_inner).add(number, &played);
                return;
            }
            let news = sum.lock().unwrap_or_else(PoisonError::into_inner).add(number, &played);
            for way in news {
                // Shrinking takes a while; the others go on meanwhile.
                let shrunk = self.shrink(number, &way);
                let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                if let (Some(broken), Some((steps, words))) = (sum.broken.get_mut(&way), shrunk) {
                    (broken.steps, broken.words) = (steps, words);
                }
            }
        }
    }

    /// The schedule of this number, and how it went.
    #[must_use]
    pub fn one(&self, number: u64) -> (Vec<Step>, Played) {
        let steps = self.tree(number).map(|tree| tree.current()).unwrap_or_default();
        let played = play(self.vendor, self.seed ^ number, &steps);
        (steps, played)
    }

    fn tree(&self, number: u64) -> Option<impl ValueTree<Value = Vec<Step>> + use<>> {
        let mut seed = [0_u8; 32];
        let (first, second) = seed.split_at_mut(16);
        first
            .iter_mut()
            .zip(self.seed.to_le_bytes())
            .for_each(|(to, from)| *to = from);
        second
            .iter_mut()
            .zip(number.to_le_bytes())
            .for_each(|(to, from)| *to = from);
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        steps(self.length).new_tree(&mut runner).ok()
    }

    /// The shortest schedule found that is broken in the same way.
    fn shrink(&self, number: u64, way: &str) -> Option<(Vec<Step>, String)> {
        let mut tree = self.tree(number)?;
        let seed = self.seed ^ number;
        let same = |steps: &[Step]| {
            play(self.vendor, seed, steps)
                .broken
                .into_iter()
                .find(|words| plain(words) == way)
        };
        let mut best = (tree.current(), same(&tree.current())?);
        for _ in 0..SHRINK_STEPS {
            match same(&tree.current()) {
                Some(words) => {
                    best = (tree.current(), words);
                    if !tree.simplify() {
                        break;
                    }
                }
                None if !tree.complicate() => break,
                None => {}
            }
        }
        Some(best)
    }
}

impl Findings {
    /// The ways that nobody knew of.
    pub fn new_ways(&self, vendor: Vendor) -> impl Iterator<Item = (&String, &Broken)> {
        self.broken
            .iter()
            .filter(move |(_, broken)| known(vendor, &broken.words).is_none())
    }

    /// Counts a schedule in; gives the ways that were not seen before.
    fn add(&mut self, number: u64, played: &Played) -> Vec<String> {
        self.schedules += 1;
        self.events += played.events;
        self.gaps += played.gaps;
        self.ended += u64::from(played.ended);
        self.most_waiting = self.most_waiting.max(played.waiting);
        self.violations += u64::from(!played.broken.is_empty());
        let mut ways: Vec<String> = played.broken.iter().map(|words| plain(words)).collect();
        ways.sort_unstable();
        ways.dedup();
        let news = ways
            .iter()
            .filter(|way| !self.broken.contains_key(*way))
            .cloned()
            .collect();
        for way in ways {
            let broken = self.broken.entry(way.clone()).or_insert_with(|| Broken {
                schedule: number,
                words: way,
                ..Broken::default()
            });
            broken.times += 1;
        }
        news
    }
}

/// The words without ids and numbers, so that the same thing seen twice is one thing.
fn plain(words: &str) -> String {
    let shown: String = words
        .chars()
        .map(|c| if c.is_ascii_digit() { '#' } else { c })
        .collect();
    let mut plain = String::new();
    for word in shown.split(' ') {
        let word = if word.contains("call-") { "CALL" } else { word };
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(word);
    }
    plain
}

const SHRINK_STEPS: usize = 120;
