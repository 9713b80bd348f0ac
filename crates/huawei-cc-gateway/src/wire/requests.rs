//! Request bodies. Only documented members are sent, as an unknown one may be refused (15.10); numbers as numbers, booleans as booleans.

use serde::Serialize;

/// Sign-in and forced sign-in (3.3). Holds the password: no `Debug`.
#[derive(Serialize)]
pub(crate) struct SignIn<'a> {
    pub(crate) password: &'a str,
    pub(crate) phonenum: &'a str,
    pub(crate) autoanswer: bool,
    pub(crate) autoenteridle: bool,
    pub(crate) status: u8,
    pub(crate) releasephone: bool,
    pub(crate) agenttype: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ip: Option<&'a str>,
}

/// Outbound call (6.1).
#[derive(Serialize)]
pub(crate) struct CallOut<'a> {
    pub(crate) called: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) caller: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) callappdata: Option<String>,
    pub(crate) mediaability: u8,
}

/// Internal call (6).
#[derive(Serialize)]
pub(crate) struct CallInner<'a> {
    pub(crate) called: &'a str,
}

/// Transfer in all its modes (7).
#[derive(Serialize)]
pub(crate) struct TransferBody<'a> {
    pub(crate) devicetype: u8,
    pub(crate) address: &'a str,
    pub(crate) mode: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) callappdata: Option<String>,
    /// Outside targets only, and not for blind transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) caller: Option<&'a str>,
    /// Outside targets only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mediaability: Option<u8>,
    /// Three-party only; the gateway's default is `true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) holdflag: Option<bool>,
}

/// Internal help (6.2).
#[derive(Serialize)]
pub(crate) struct InnerHelp<'a> {
    pub(crate) dstaddress: &'a str,
    pub(crate) devicetype: u8,
    pub(crate) mode: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) callappdata: Option<String>,
    /// Three-party only; the gateway's default is `true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) holdflag: Option<bool>,
}

/// Moving a waiting call (8.1): `skillid` all lower case here, and a number.
#[derive(Serialize)]
pub(crate) struct AssignInQueue<'a> {
    pub(crate) callid: &'a str,
    pub(crate) skillid: u64,
}

/// Call-associated data (8).
#[derive(Serialize)]
pub(crate) struct SetCallData<'a> {
    pub(crate) callid: &'a str,
    pub(crate) calldata: &'a str,
}
