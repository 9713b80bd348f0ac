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

const fn at(id: &'static str, vendor: Vendor, words: &'static [&'static str]) -> Known {
    Known {
        id,
        vendor: Some(vendor),
        words,
    }
}

const CC: Vendor = Vendor::HuaweiCcGateway;
const GWS: Vendor = Vendor::GenesysGws;

/// All of them.
pub const KNOWN: &[Known] = &[
    at("CG-1", CC, &["answered, poll lost", "the outcome says the customer is gone"]),
    at("CG-1", CC, &["answered, poll lost", "failed, but the customer was moved"]),
    at("CG-2", CC, &["suspend ivr", "view: "]),
    at("CG-3", CC, &["cancel-transfer", "view: the snapshot says [\"talking\"]"]),
    at("CG-3", CC, &["consult number", "view: the snapshot says [\"talking\"]"]),
    at("GWS-1", GWS, &["request delivered late", "customer: the outcome says the customer is"]),
    Known {
        id: "CORE-1",
        vendor: None,
        words: &["the snapshot says", "Unknown"],
    },
    at("CORE-1", Vendor::HuaweiOifde, &["fold: the feed says []", "unknown"]),
    Known {
        id: "CORE-2",
        vendor: None,
        words: &["the first item was no snapshot but Gap"],
    },
];
