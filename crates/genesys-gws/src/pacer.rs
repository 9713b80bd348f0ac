//! The pace at which the agents of one adapter come back to a server that they lost together. Jitter alone leaves seconds in which twice as many come as on
//! average; here each agent has a place in a row, and the row is spread evenly over the round.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::cometd::backoff::Pace;

/// The row of one adapter.
pub(crate) struct Pacer {
    /// Rounds are counted from here.
    began: Instant,
    /// Where in the round the row begins: another point in each process, as those share a server.
    offset: f64,
    row: Mutex<Row>,
}

/// Who stands where.
#[derive(Default)]
struct Row {
    /// Places that were left.
    free: BTreeSet<u32>,
    /// How long the row is, free places included.
    length: u32,
    /// From when on nobody has a slot yet.
    free_from: Option<Instant>,
}

/// One agent's place in the row, free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    pacer: Arc<Pacer>,
    number: u32,
}

impl Pacer {
    /// A row that begins at `offset` (0 to 1) of each round.
    pub(crate) fn new(offset: f64) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            offset,
            row: Mutex::default(),
        })
    }

    /// The first free place.
    pub(crate) fn enter(self: &Arc<Self>) -> Arc<Place> {
        let mut row = self.row();
        let number = row.free.pop_first().unwrap_or(row.length);
        row.length = row.length.max(number.saturating_add(1));
        drop(row);
        Arc::new(Place {
            pacer: Arc::clone(self),
            number,
        })
    }

    fn row(&self) -> MutexGuard<'_, Row> {
        self.row.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Row {
    fn agents(&self) -> u32 {
        let free = u32::try_from(self.free.len()).unwrap_or(u32::MAX);
        self.length.saturating_sub(free)
    }
}

impl Place {
    /// Multiples of the golden section fill a round evenly however many there are.
    fn phase(&self) -> f64 {
        (f64::from(self.number) * GOLDEN + self.pacer.offset).fract()
    }
}

impl Pace for Arc<Place> {
    /// The place's own moment of the next round. Rounds lie at the same times for all.
    fn turn(&mut self, round: Duration) -> Duration {
        let length = round.as_secs_f64().max(SHORTEST);
        let now = (self.pacer.began.elapsed().as_secs_f64() / length).fract();
        let ahead = (self.phase() - now).rem_euclid(1.0);
        let ahead = if ahead < AT_ONCE { ahead + 1.0 } else { ahead };
        round.mul_f64(ahead)
    }

    /// The next slot that nobody has. There are as many within `over` as there are agents.
    fn slot(&mut self, over: Duration) -> Duration {
        let now = Instant::now();
        let mut row = self.pacer.row();
        let agents = row.agents().max(1);
        let at = row.free_from.map_or(now, |free| free.max(now));
        row.free_from = Some(at + over / agents);
        at.duration_since(now)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pacer.row().free.insert(self.number);
    }
}

impl fmt::Debug for Pacer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agents = self.row().agents();
        f.debug_struct("Pacer").field("agents", &agents).finish_non_exhaustive()
    }
}

const GOLDEN: f64 = 0.618_033_988_749_894_9;
/// No tight loops, however short the round.
const SHORTEST: f64 = 0.001;
/// Whose moment is so near has just been there: a server that refuses at once must not be asked in a tight loop.
const AT_ONCE: f64 = 0.1;

#[cfg(test)]
mod tests {
    use super::*;

    fn row(agents: usize) -> Vec<Arc<Place>> {
        let pacer = Pacer::new(0.37);
        (0..agents).map(|_| pacer.enter()).collect()
    }

    /// How many fall into the fullest and the emptiest tenth of the round.
    fn tenths(delays: &[Duration], round: Duration) -> (usize, usize) {
        let count = |n: u32| {
            let within = |delay: &&Duration| (round / 10 * n..round / 10 * (n + 1)).contains(*delay);
            delays.iter().filter(within).count()
        };
        let counts: Vec<usize> = (0..10).map(count).collect();
        (
            counts.iter().max().copied().expect("ten"),
            counts.iter().min().copied().expect("ten"),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn turns_are_spread_evenly_over_the_round_whenever_it_is_asked() {
        let mut row = row(500);
        let round = Duration::from_secs(30);
        for _ in 0..4 {
            tokio::time::advance(Duration::from_millis(7_300)).await;
            let delays: Vec<Duration> = row.iter_mut().map(|place| place.turn(round)).collect();
            assert!(
                delays
                    .iter()
                    .all(|delay| *delay >= round / 10 && *delay <= round * 11 / 10)
            );
            // The first tenth of the round comes after its end.
            let shifted: Vec<Duration> = delays.iter().map(|delay| *delay - round / 10).collect();
            let (most, least) = tenths(&shifted, round);
            assert!(most <= 53 && least >= 47, "{least} to {most} in a tenth");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_agents_turns_lie_one_round_apart() {
        let mut row = row(3);
        let round = Duration::from_secs(30);
        let place = row.get_mut(1).expect("three");
        tokio::time::advance(place.turn(round)).await;
        let next = place.turn(round);
        assert!(next.abs_diff(round) < Duration::from_millis(10), "{next:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn slots_follow_each_other_evenly_and_who_comes_when_all_are_past_waits_for_none() {
        let mut row = row(10);
        let over = Duration::from_secs(5);
        let slots: Vec<u128> = row.iter_mut().map(|place| place.slot(over).as_millis()).collect();
        assert_eq!(slots, [0, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500]);
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(
            row.iter_mut().map(|place| place.slot(Duration::ZERO)).max(),
            Some(Duration::ZERO)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_is_free_again_when_its_agent_has_left() {
        let pacer = Pacer::new(0.0);
        let (first, second) = (pacer.enter(), pacer.enter());
        drop(first);
        assert_eq!((pacer.enter().number, second.number), (0, 1));
    }
}
