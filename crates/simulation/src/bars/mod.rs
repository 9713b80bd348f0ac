//! The bars of the fault catalogue (section 5): those that simulated days show, and those that no day can show: recovery, amplification, deadlines, memory,
//! cancellation, origin, leaks, isolation. Each is one measurement with its figure, what a naive client would give in the same run, and the limit.

mod amplification;
mod cancellation;
mod child;
mod days;
mod deadline;
mod hostile;
mod isolation;
mod leak;
mod line;
mod memory_cap;
mod obstacle;
mod origin;
mod raw;
mod recovery;
mod site;
mod tally;

use callcontrol::{Effect, Error, ErrorKind, Result};

use crate::vendor::Vendor;

pub use child::{Children, child};
pub use line::{Bar, Line, Source};

/// What is measured.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Which bars.
    pub bars: Vec<Bar>,
    /// For which adapters.
    pub vendors: Vec<Vendor>,
    /// How large the measurements are.
    pub scale: Scale,
    /// Where chance begins.
    pub seed: u64,
    /// How this program is started again for what needs a process of its own; `None` skips such measurements, and says so.
    pub children: Option<Children>,
}

/// How large the measurements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Small numbers, for tests.
    Quick,
    /// As the catalogue asks; minutes.
    Full,
}

impl Options {
    /// All bars of all adapters at this scale.
    #[must_use]
    pub fn new(scale: Scale) -> Self {
        Self {
            bars: Bar::ALL.to_vec(),
            vendors: Vendor::ALL.to_vec(),
            scale,
            seed: 1,
            children: None,
        }
    }
}

impl Scale {
    /// The small or the whole number.
    pub(crate) fn pick<T>(self, quick: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

/// Measures one bar after the other; `each` gets every line as soon as there is one.
///
/// Must be called on a thread without a runtime, or on one that may block: each measurement has a runtime of its own.
///
/// # Errors
/// A measurement could not be set up at all.
pub fn run(options: &Options, each: &mut dyn FnMut(Line)) -> Result<()> {
    let mut days_told = false;
    for bar in Bar::ALL.into_iter().filter(|bar| options.bars.contains(bar)) {
        match bar {
            // The same days show all three.
            Bar::R1 | Bar::R2 | Bar::R3 if std::mem::replace(&mut days_told, true) => Ok(()),
            Bar::R1 | Bar::R2 | Bar::R3 => days::verdicts(options, each),
            Bar::R4 => days::feed(options, each),
            Bar::R5 => recovery::measure(options, each),
            Bar::R6 => amplification::measure(options, each),
            Bar::R7 => deadline::measure(options, each),
            Bar::R8 => memory_cap::measure(options, each),
            Bar::R9 => cancellation::measure(options, each),
            Bar::R11 => origin::measure(options, each),
            Bar::R13 => days::traces(options, each),
            Bar::R14 => days::speed(options, each),
            Bar::R17 => leak::measure(options, each),
            Bar::R18 => isolation::measure(options, each),
        }?;
    }
    Ok(())
}

/// Something of this machine's.
fn machine(what: &str) -> impl Fn(std::io::Error) -> Error + '_ {
    move |error| Error::new(ErrorKind::Internal, Effect::None, format!("{what}: {error}")).caused_by(error)
}

fn broken(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Internal, Effect::None, what.into())
}

/// A count as a number to divide; exact up to four thousand million, which no measurement reaches.
fn precise(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
