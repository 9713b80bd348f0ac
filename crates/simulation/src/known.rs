//! What is known to be broken and whose it is: listed openly, so that what is new stands out. An empty list is the aim.

use crate::vendor::Vendor;

/// Something that is known to be broken.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Under which it is written down.
    pub id: &'static str,
    /// Where it shows.
    pub vendor: Option<Vendor>,
    /// Words that are all in the line that tells of it.
    pub words: &'static [&'static str],
}

/// The finding that a line belongs to, if it is known.
#[must_use]
pub fn known(vendor: Vendor, line: &str) -> Option<&'static str> {
    let fits = |known: &&Known| {
        known.vendor.is_none_or(|only| only == vendor) && known.words.iter().all(|words| line.contains(words))
    };
    KNOWN.iter().find(fits).map(|known| known.id)
}

/// All of them.
pub const KNOWN: &[Known] = &[];
