//! What an answer that is no success means: the vendor's word decides, else the HTTP status. One table.

use callcontrol::{Effect, Error, ErrorKind, NativeFault, Result};
use callcontrol_http::{Idempotency, Response, fault};

use crate::wire::Refusal;

/// Word, class, what to tell people. Every word of the table says that nothing was done.
const TABLE: &[(&str, ErrorKind, &str)] = &[
    ("bad-password", ErrorKind::Credentials, "user name or password refused"),
    (
        "signed-in",
        ErrorKind::InvalidState,
        "the agent is signed in elsewhere; displace the other if that is meant",
    ),
    (
        "expired",
        ErrorKind::SessionLost,
        "the session has expired; sign in again",
    ),
    (
        "displaced",
        ErrorKind::Displaced,
        "somebody else signed in with this agent",
    ),
    (
        "no-such-call",
        ErrorKind::NotFound,
        "the server knows no such call (any more)",
    ),
    ("no-such-party", ErrorKind::NotFound, "the server knows no such party"),
    (
        "busy",
        ErrorKind::TargetUnavailable,
        "the target is busy or cannot be reached",
    ),
    (
        "wrong-state",
        ErrorKind::InvalidState,
        "the call is not in a state that allows this",
    ),
    (
        "bad-request",
        ErrorKind::InvalidInput,
        "the server does not accept the values",
    ),
];

/// Passes a success on; everything else becomes an error.
pub(crate) fn judge(response: Response, idempotency: Idempotency) -> Result<Response> {
    if response.is_success() {
        return Ok(response);
    }
    let refusal = response.json::<Refusal>("refusal").ok();
    let row = refusal
        .as_ref()
        .and_then(|refusal| TABLE.iter().find(|(word, ..)| *word == refusal.error));
    match (row, refusal) {
        (Some((word, kind, text)), _) => {
            Err(Error::new(*kind, Effect::None, text).with_native(native(word, &response)))
        }
        (None, Some(refusal)) => {
            let text = "a word that the adapter does not know";
            let error = Error::new(ErrorKind::VendorUnknown, idempotency.unproved(), text);
            Err(error.with_native(native(&refusal.error, &response)))
        }
        (None, None) => fault::accept(response, idempotency),
    }
}

fn native(word: &str, response: &Response) -> NativeFault {
    NativeFault {
        code: Some(word.to_owned()),
        message: None,
        http_status: Some(response.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_not_in_the_table_leaves_the_effect_of_a_command_open() {
        let answer = || Response::new(409, Default::default(), r#"{"error":"moon-phase"}"#);
        let error = judge(answer(), Idempotency::Command).expect_err("refused");
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::VendorUnknown, Effect::Unknown)
        );
        assert_eq!(error.native_code(), Some("moon-phase"));
    }
}
