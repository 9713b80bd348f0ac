//! The three adapters by name, and what a deployment's file says for each.

use std::fmt;

/// One of the built-in adapters, together with the simulator of its vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vendor {
    /// `huawei-cc-gateway`.
    HuaweiCcGateway,
    /// `huawei-oifde`.
    HuaweiOifde,
    /// `genesys-gws`.
    GenesysGws,
}

impl Vendor {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::HuaweiCcGateway, Self::HuaweiOifde, Self::GenesysGws];

    /// Those at which an agent talks to customers; at OIFDE a robot does.
    pub const TELEPHONY: [Self; 2] = [Self::HuaweiCcGateway, Self::GenesysGws];

    /// The adapter's id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::HuaweiCcGateway => "huawei-cc-gateway",
            Self::HuaweiOifde => "huawei-oifde",
            Self::GenesysGws => "genesys-gws",
        }
    }

    /// The adapter with this id.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vendor| vendor.id() == id)
    }

    /// Whether the vendor tells events at all.
    #[must_use]
    pub fn tells_events(self) -> bool {
        match self {
            Self::HuaweiCcGateway | Self::GenesysGws => true,
            Self::HuaweiOifde => false,
        }
    }

    /// The deployment's file for a simulator at `base_url`; `secret_file` holds what OIFDE needs beside the agents' passwords.
    pub(crate) fn file(self, base_url: &str, secret_file: &str) -> String {
        let id = self.id();
        let head = format!("adapter = \"{id}\"\n[{id}.connection]\nbase-url = \"{base_url}\"\n");
        match self {
            Self::HuaweiCcGateway => format!(
                r#"{head}
[{id}.directory]
"queue:support" = {{ id = "26" }}
"queue:billing" = {{ id = "25" }}
"ivr:pin-check" = {{ code = "1321" }}
"number:third-party" = {{ number = "90012345" }}
"#
            ),
            Self::HuaweiOifde => format!(
                r#"{head}
[{id}.settings]
tenant-id = "202104237142"
api-password = {{ file = "{secret_file}" }}
[{id}.directory]
"queue:support" = {{ name = "Support" }}
"queue:billing" = {{ route-code = "2500" }}
"ivr:pin-check" = {{ code = "1321" }}
"number:third-party" = {{ number = "90012345" }}
"#
            ),
            Self::GenesysGws => format!(
                r#"{head}
[{id}.directory]
"queue:support" = {{ number = "8001" }}
"queue:billing" = {{ number = "8000" }}
"ivr:pin-check" = {{ number = "1321" }}
"number:third-party" = {{ number = "90012345" }}
"#
            ),
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
