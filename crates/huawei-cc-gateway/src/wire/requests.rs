//! Request bodies. Only documented members are sent, as an unknown one may be refused (15.10); numbers as numbers, booleans as booleans.

use serde::Serialize;

/// Sign-in by every door (3.3, 3.4). Holds the password: no `Debug`.
#[derive(Serialize)]
pub(crate) struct SignIn<'a> {
    /// Sign-in by account only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<&'a str>,
    pub(crate) password: &'a str,
    /// Optional on the platform-only door.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phonenum: Option<&'a str>,
    pub(crate) autoanswer: bool,
    pub(crate) autoenteridle: bool,
    pub(crate) status: u8,
    pub(crate) releasephone: bool,
    pub(crate) agenttype: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ip: Option<&'a str>,
    /// The gateway's default is `true`; sent to keep a forced sign-in away from the chat server.
    #[serde(rename = "checkInWebm", skip_serializing_if = "Option::is_none")]
    pub(crate) check_in_webm: Option<bool>,
    /// Push mode, together with the token.
    #[serde(rename = "callBackUri", skip_serializing_if = "Option::is_none")]
    pub(crate) call_back_uri: Option<&'a str>,
    #[serde(rename = "serviceToken", skip_serializing_if = "Option::is_none")]
    pub(crate) service_token: Option<&'a str>,
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

/// Outbound call for a previewed record (6).
#[derive(Serialize)]
pub(crate) struct PreviewCallOut<'a> {
    pub(crate) called: &'a str,
    pub(crate) callcontrolid: u64,
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

/// Joining the held call to the current one (6, 6.3).
#[derive(Serialize)]
pub(crate) struct ConfJoin<'a> {
    pub(crate) callid: &'a str,
}

/// Playing a file (10). `startpostion` is spelled so.
#[derive(Serialize)]
pub(crate) struct PlayFile<'a> {
    pub(crate) voicepath: &'a str,
    pub(crate) startpostion: u64,
    pub(crate) volumechange: i32,
    pub(crate) speedchange: i32,
    pub(crate) times: u16,
    pub(crate) codeformat: u8,
}
