//! Running the suite: one test by name, or several profiles with a report.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use callcontrol_core::{EmulationPolicy, OperationKey};

use super::report::{CellFound, Finding, Report, Stop, Tested, Tried};
use super::stage::Stage;
use super::{Harness, Profile, absent, calls, cells, faults, moves, sessions};

/// Where tests are run: it makes stages, and keeps what was found.
pub(super) struct Stand<'a> {
    make: Box<dyn Fn() -> Box<dyn Harness> + Send + Sync + 'a>,
    found: Mutex<BTreeMap<OperationKey, CellFound>>,
}

impl<'a> Stand<'a> {
    fn new<H: Harness + 'static>(make: impl Fn() -> H + Send + Sync + 'a) -> Self {
        Self {
            make: Box::new(move || Box::new(make())),
            found: Mutex::default(),
        }
    }

    /// A fresh stage on which every recipe is allowed.
    pub(super) fn stage(&self) -> Stage {
        self.stage_under(EmulationPolicy::Allow)
    }

    pub(super) fn stage_under(&self, emulation: EmulationPolicy) -> Stage {
        Stage::new((self.make)(), emulation)
    }

    pub(super) fn record(&self, key: OperationKey, found: CellFound) {
        lock(&self.found).insert(key, found);
    }
}

/// Plays one story on a fresh stage; a failure tells the story so far.
pub(super) async fn play<F>(stage: Stage, story: F) -> Tried
where
    F: AsyncFnOnce(&Stage) -> Tried,
{
    let result = story(&stage).await;
    let result = result.map_err(|stop| match stop {
        Stop::Fail(why) => Stop::Fail(format!("{why}\nThe story so far:\n{}", stage.story)),
        skipped @ Stop::Skip(_) => skipped,
    });
    stage.strike().await;
    result
}

type Told<'s> = Pin<Box<dyn Future<Output = Tried> + Send + 's>>;

struct Test {
    profile: Profile,
    name: &'static str,
    tell: for<'s> fn(&'s Stand<'s>) -> Told<'s>,
}

macro_rules! table {
    (; $($module:ident $profile:ident { $($name:ident)* })*) => {
        const TESTS: &[Test] = &[$($(Test {
            profile: Profile::$profile,
            name: stringify!($name),
            tell: |stand| Box::pin($module::$name(stand)),
        },)*)*];
    };
}

crate::conformance_tests!([table]);

impl Test {
    async fn finding(&self, stand: &Stand<'_>) -> Finding {
        match (self.tell)(stand).await {
            Ok(()) => Finding::Passed,
            Err(Stop::Skip(why)) => Finding::Skipped(why),
            Err(Stop::Fail(why)) => Finding::Failed(why),
        }
    }
}

/// The names of all tests, by profile, in the suite's order.
pub fn names() -> impl Iterator<Item = (Profile, &'static str)> {
    TESTS.iter().map(|test| (test.profile, test.name))
}

/// Runs one test by name; panics with the story so far if the adapter does not pass. A test that cannot be tried here says so on standard output.
///
/// # Panics
/// The adapter does not pass, or there is no such test.
#[expect(clippy::panic, clippy::print_stdout, reason = "this is the body of a test")]
pub async fn check<H: Harness + 'static>(make: &(impl Fn() -> H + Send + Sync), name: &str) {
    let Some(test) = TESTS.iter().find(|test| test.name == name) else {
        panic!("the suite has no test {name}");
    };
    match test.finding(&Stand::new(make)).await {
        Finding::Passed => {}
        Finding::Skipped(why) => println!("skipped: {why}"),
        Finding::Failed(why) => panic!("{name}: {why}"),
    }
}

/// Runs these profiles, or all when none is named, and reports.
pub async fn run<H: Harness + 'static>(make: impl Fn() -> H + Send + Sync, profiles: &[Profile]) -> Report {
    let info = make().adapter().info().clone();
    let stand = Stand::new(make);
    let mut tests = Vec::new();
    for test in TESTS {
        if profiles.is_empty() || profiles.contains(&test.profile) {
            let (profile, name) = (test.profile, test.name.to_owned());
            let finding = test.finding(&stand).await;
            tests.push(Tested { profile, name, finding });
        }
    }
    let cells = lock(&stand.found).values().cloned().collect();
    Report {
        adapter: info.id.to_string(),
        product: info.product,
        tests,
        cells,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
