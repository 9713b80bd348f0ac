//! Operations that are claimed and have no exchange that could be cut, each with the reason.

use callcontrol::{Operation, OperationKey};

use crate::vendor::Vendor;

/// Why no crash point of this operation is played at this vendor, if none need be.
#[must_use]
pub fn why_not_cut(vendor: Vendor, key: OperationKey) -> Option<&'static str> {
    match (key.operation, vendor) {
        (Operation::Receive, Vendor::HuaweiCcGateway) => Some(
            "the exchange is the gateway's: a message is taken in, nothing is sent, and a lost answer makes the gateway send it again (tests/push.rs of the adapter)",
        ),
        (Operation::Native, Vendor::HuaweiOifde | Vendor::GenesysGws) => Some(
            "the vendor's own words go out once and the answer comes back as it is: nothing is said of them that could be false; a query is cut at CC-Gateway",
        ),
        (Operation::Snapshot, Vendor::HuaweiOifde) => {
            Some("the vendor has no state query: the view of own commands is given without a request")
        }
        (Operation::Close, Vendor::HuaweiOifde) => {
            Some("nothing is sent: the platform knows no session of an application's")
        }
        _ => None,
    }
}
