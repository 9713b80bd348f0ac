//! A watch over work that may never come to an end. Virtual time bounds what waits, a count of requests bounds what asks again and again; what spins without
//! ever waiting is bounded by nothing but a clock on the wall, seen from another thread.

use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stuck {
    /// The time was up. The thread cannot be stopped: whoever sees this ends the run.
    Spins(Duration),
    /// It panicked, or no thread could be had.
    Panicked,
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spins(limit) => write!(f, "came to no end within {limit:?} of real time"),
            Self::Panicked => f.write_str("panicked"),
        }
    }
}

/// Does the work on a thread of its own, named so, and waits for it that long.
///
/// # Errors
/// There is no result.
pub fn guarded<T: Send + 'static>(
    name: &str,
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Stuck> {
    let (tell, told) = mpsc::channel();
    let worker = thread::Builder::new().name(name.to_owned()).spawn(move || {
        // Nobody listens any more when the time was up.
        let _ = tell.send(work());
    });
    if worker.is_err() {
        return Err(Stuck::Panicked);
    }
    told.recv_timeout(limit).map_err(|error| match error {
        RecvTimeoutError::Timeout => Stuck::Spins(limit),
        RecvTimeoutError::Disconnected => Stuck::Panicked,
    })
}

/// Longer than any cell, schedule or short day takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// Virtual time: whatever waits for longer than this waits for ever.
pub const VIRTUAL: Duration = Duration::from_secs(4 * 3600);

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn work_that_spins_for_ever_is_told_of_by_name_and_holds_nobody_up() {
        let enough = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&enough);
        let work = move || {
            while !until.load(Ordering::Relaxed) {
                thread::yield_now();
            }
        };
        let limit = Duration::from_millis(20);
        assert_eq!(guarded("spins", limit, work), Err(Stuck::Spins(limit)));
        enough.store(true, Ordering::Relaxed);
    }

    #[test]
    fn work_that_panics_has_no_result_and_work_that_ends_has_one() {
        assert_eq!(guarded("ends", PATIENCE, || 7), Ok(7));
        let panics = || -> u8 { std::panic::resume_unwind(Box::new("for the test")) };
        assert_eq!(guarded("panics", PATIENCE, panics), Err(Stuck::Panicked));
    }
}
