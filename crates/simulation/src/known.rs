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
pub const KNOWN: &[Known] = &[
    // Accepted, and in the same moment the other side took the consult call away: the agent is told of the end only, which is all that is told of a blind transfer.
    Known {
        id: "BT-1",
        vendor: None,
        words: &[
            "blind-transfer",
            "done, customer with the target, but the switch did not do it",
            "ConsultCancelled",
        ],
    },
    // A call that was asked for and whose ringing was never told stays "waiting" in the view, also after the gateway has listed it anew.
    Known {
        id: "CG-5",
        vendor: Some(Vendor::HuaweiCcGateway),
        words: &["take-waiting", "view: the snapshot says []", "answered, event lost"],
    },
    // A consult whose start was lost bars the release, and its cancel is refused because the gateway never told of a help call.
    Known {
        id: "CG-4",
        vendor: Some(Vendor::HuaweiCcGateway),
        words: &["cannot get out of", "the id of the help call is not known"],
    },
];
