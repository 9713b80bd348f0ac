//! The vendor's codes (section 13) as kinds and effects: one table. A code says that the gateway answered; whether the platform behind it
//! acted is unknown for those that mean "something went wrong on the way", and provably nothing happened for those that refuse.

use callcontrol_core::{Effect, Error, ErrorKind, NativeFault};
use callcontrol_http::Idempotency;

use crate::wire::Envelope;

/// The answer, if it says success.
///
/// # Errors
/// The code's row of the table; a code of no row keeps its text and leaves the effect open.
pub(crate) fn accept(envelope: Envelope, idempotency: Idempotency) -> Result<Envelope, Error> {
    if envelope.is_success() {
        return Ok(envelope);
    }
    Err(from_code(&envelope, idempotency))
}

fn from_code(envelope: &Envelope, idempotency: Idempotency) -> Error {
    let Some(code) = envelope.code.as_deref() else {
        let message = "the answer holds no retcode, so it is not known what the gateway did";
        return Error::new(ErrorKind::Protocol, idempotency.unproved(), message);
    };
    let (kind, effect, hint) = match row(code) {
        Some(row) => (row.kind, row.effect, row.hint),
        None => (
            ErrorKind::VendorUnknown,
            Effect::Unknown,
            "the gateway refuses with a code of no known meaning",
        ),
    };
    let effect = match (effect, idempotency) {
        (Effect::Unknown, Idempotency::Query) => Effect::None,
        (effect, Idempotency::Query | Idempotency::Command) => effect,
    };
    Error::new(kind, effect, hint).with_native(NativeFault {
        code: Some(code.to_owned()),
        message: envelope.message.clone(),
        http_status: None,
    })
}

/// True when the credential or the session is gone: `100-006`, `100-008`, `000-003`. Documents use the first and the last for a wrong GUID alike.
pub(crate) fn is_session_gone(error: &Error) -> bool {
    matches!(error.native_code(), Some("100-006" | "100-008" | "000-003"))
}

/// True for "already signed in", the one refusal that a forced sign-in overcomes.
pub(crate) fn is_signed_in_already(error: &Error) -> bool {
    error.native_code() == Some("100-002")
}

/// True for "called again while the first call is in progress": on a poll, that another one of ours is pending there.
pub(crate) fn is_busy(error: &Error) -> bool {
    error.native_code() == Some("000-007")
}

/// True while the agent is being switched to another server: nothing is settled until that is over.
pub(crate) fn is_moving(error: &Error) -> bool {
    error.native_code() == Some("000-004")
}

/// True when this gateway delivers events otherwise than by single-agent polls.
pub(crate) fn is_wrong_way_of_polling(error: &Error) -> bool {
    error.native_code() == Some("000-001")
}

/// True when what was to be taken back or dropped is not there: no call, no such call, no such party.
pub(crate) fn is_nothing_to_cancel(error: &Error) -> bool {
    matches!(
        error.native_code(),
        Some("200-012" | "200-023" | "200-024" | "200-025" | "200-026")
    )
}

/// True for the codes that say "nothing there" where other products give an empty list (section 11).
pub(crate) fn is_empty_result(error: &Error) -> bool {
    matches!(error.native_code(), Some("400-003" | "600-001" | "600-002" | "600-005"))
}

/// As [`is_empty_result`], in the lists of agents, IVR flows and access codes too.
pub(crate) fn is_nothing_there(error: &Error) -> bool {
    matches!(
        error.native_code(),
        Some("300-002" | "300-003" | "300-004" | "600-001" | "600-002" | "600-003" | "600-004" | "600-005")
    )
}

struct Row {
    kind: ErrorKind,
    effect: Effect,
    hint: &'static str,
}

fn refused(kind: ErrorKind, hint: &'static str) -> Row {
    Row {
        kind,
        effect: Effect::None,
        hint,
    }
}

fn unclear(hint: &'static str) -> Row {
    Row {
        kind: ErrorKind::VendorFailure,
        effect: Effect::Unknown,
        hint,
    }
}

/// The table, code by code.
fn row(code: &str) -> Option<Row> {
    use ErrorKind as Kind;
    Some(match code {
        "000-000" => unclear("the gateway reports an error of unknown kind"),
        "000-001" => refused(
            Kind::InvalidState,
            "events are not to be had by polling: the gateway pushes them, or wants its all-agents poll",
        ),
        "000-002" => refused(
            Kind::InvalidInput,
            "the gateway finds an address, URL or body parameter invalid",
        ),
        "000-003" => refused(
            Kind::SessionLost,
            "no right to call: the credential has probably expired; sign in again",
        ),
        "000-004" => refused(
            Kind::VendorFailure,
            "the agent is being switched to another server; try again in some seconds",
        ),
        "000-005" => refused(Kind::InvalidInput, "an inspector cannot inspect himself"),
        "000-006" => refused(Kind::InvalidInput, "the gateway finds a message parameter wrong"),
        "000-007" => refused(
            Kind::RateLimited,
            "the same call is still in progress; wait for its answer",
        ),
        "100-001" | "100-011" => refused(Kind::InvalidInput, "sign-in parameters are empty or illegal"),
        "100-002" => refused(
            Kind::InvalidState,
            "the agent is signed in already; take over with Displace::Always",
        ),
        "100-003" => refused(
            Kind::VendorFailure,
            "a resource of the platform is not available for the sign-in",
        ),
        "100-004" | "100-062" => refused(
            Kind::Credentials,
            "wrong user or password; not tried again, as accounts get locked",
        ),
        "100-005" => refused(Kind::InvalidInput, "sign-out parameters are illegal"),
        "100-006" => refused(
            Kind::SessionLost,
            "the agent is not signed in (any more), or the credential is wrong; sign in again",
        ),
        "100-007" => unclear(
            "the platform was not reachable, refused, or failed on the way; look at the call before doing it again",
        ),
        "100-008" => refused(Kind::SessionLost, "the agent is signed out already"),
        "100-009" => refused(
            Kind::InvalidState,
            "the agent state could not be set, perhaps for lack of a right",
        ),
        "100-010" => refused(
            Kind::InvalidState,
            "the agent cannot sign out in this state; release the call first, or force it",
        ),
        "100-012" => refused(
            Kind::InvalidInput,
            "wrong agent type; see the configuration key agent-type",
        ),
        "100-013" => refused(Kind::InvalidInput, "the phone to bind is invalid"),
        "100-014" => refused(Kind::InvalidInput, "the phone number is outside the configured range"),
        "100-015" => refused(Kind::Permission, "the agent is signed in and may not be pushed out"),
        "100-016" => refused(
            Kind::InvalidInput,
            "the IP address is invalid; see the configuration key agent-ip",
        ),
        "100-060" => refused(Kind::VendorFailure, "the account sign-in failed"),
        "100-061" | "110-016" => refused(Kind::Credentials, "the account is locked"),
        "101-001" => refused(Kind::InvalidState, "there is no audio conference"),
        "101-002" => refused(Kind::Permission, "not the chairman of the conference"),
        "200-001" => refused(Kind::InvalidInput, "the dialled number is wrong"),
        "200-002" => refused(Kind::InvalidState, "no call to answer"),
        "200-003" | "200-007" | "200-009" => refused(Kind::InvalidState, "no call"),
        "200-004" | "200-008" => refused(Kind::InvalidState, "the call cannot be muted or unmuted in its state"),
        "200-005" | "200-010" | "200-012" | "200-013" | "200-017" | "200-018" | "200-019" | "200-021" | "200-023"
        | "200-025" => refused(Kind::InvalidState, "the agent has no call for it"),
        "200-006" | "200-011" | "200-015" => refused(Kind::InvalidState, "no held call"),
        "200-014" | "200-016" | "200-020" | "200-022" => {
            refused(Kind::InvalidState, "the call is in the wrong state for it")
        }
        "200-024" => refused(Kind::NotFound, "no such number in the call"),
        "200-026" => refused(Kind::NotFound, "the call does not exist (any more)"),
        "210-001" => refused(Kind::NotFound, "the URL information was not found"),
        "300-001" => refused(Kind::Permission, "the agent query is not allowed"),
        "300-002" | "300-003" | "300-004" => refused(Kind::NotFound, "no such agent or group"),
        "400-001" => refused(Kind::InvalidState, "no call whose data could be set"),
        "400-003" => refused(Kind::InvalidState, "nothing is held"),
        "700-001" => refused(Kind::InvalidState, "no text session"),
        "700-002" | "700-003" => unclear("text platform failed"),
        "701-001" => refused(Kind::InvalidInput, "the multimedia conference has no members"),
        "701-002" | "701-003" | "701-004" => refused(Kind::InvalidState, "wrong state of the multimedia conference"),
        "701-005" => refused(Kind::Permission, "no multimedia conference, or no right to it"),
        "701-006" => unclear("the media server's address is not configured"),
        "800-001" | "800-002" | "800-003" => unclear("the configuration proxy failed"),
        "900-001" | "900-003" => refused(Kind::VendorFailure, "quality control has no resource"),
        "900-002" => refused(Kind::Permission, "no right to quality control"),
        "900-004" | "900-009" => refused(Kind::NotFound, "the monitored agent or task is not there"),
        "900-005" => refused(Kind::InvalidState, "wrong state for quality control"),
        "900-006" => refused(Kind::InvalidInput, "bad time"),
        "900-007" => refused(Kind::Permission, "no licence for screen recording"),
        "900-008" => unclear("the platform failed in a way that it does not name"),
        "999-001" => refused(
            Kind::Config,
            "the platform's URL in the gateway's own configuration is wrong",
        ),
        // Named on the thirdPartyConfTransmitNum page only, without its text.
        "10001" => refused(
            Kind::InvalidState,
            "the call is not a three-party call with a third-party IVR",
        ),
        _ => return family(code),
    })
}

/// Codes that the page gives as ranges.
fn family(code: &str) -> Option<Row> {
    use ErrorKind as Kind;
    let (group, number) = code.split_once('-')?;
    let number: u16 = number.parse().ok()?;
    Some(match (group, number) {
        ("104", 1 | 2) => refused(Kind::Permission, "the recording function is off or not permitted"),
        ("104", 3 | 7 | 8 | 10) => refused(Kind::InvalidInput, "a parameter of the recording request is wrong"),
        ("104", 4 | 5 | 6 | 9 | 11) => unclear("the recording could not be processed"),
        ("107", 0 | 7) => refused(Kind::SessionLost, "the configuration interface is not signed in"),
        ("107", 2) => refused(Kind::InvalidInput, "bad input to the configuration interface"),
        ("107", 3) => refused(
            Kind::Credentials,
            "wrong user or password at the configuration interface",
        ),
        ("107", _) => unclear("the configuration interface failed"),
        ("500", 1..=10) => refused(Kind::InvalidState, "recording or playback is in the wrong state"),
        ("600", 1..=5) => refused(Kind::NotFound, "nothing of that kind is configured"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str, idempotency: Idempotency) -> Error {
        let envelope = Envelope {
            code: Some(code.to_owned()),
            ..Envelope::default()
        };
        accept(envelope, idempotency).err().expect("refused")
    }

    /// The first column of the table of section 13, as the page writes it; `…` is a range, as are the suffixes behind `/`.
    const PAGE: &str = "000-000 000-001 000-002 000-003 000-004 000-005 000-006 000-007 100-001 100-002 100-003 100-004 100-005 100-006 \
        100-007 100-008 100-009 100-010 100-011 100-012 100-013 100-014 100-015 100-016 100-060 100-061 100-062 110-016 101-001 101-002 \
        104-001…104-011 107-000 107-001 107-002 107-003 107-004 107-005 107-007 200-001 200-002 200-003 200-004 200-005 200-006 200-007 \
        200-008 200-009 200-010 200-011 200-012 200-013 200-014 200-015 200-016 200-017 200-018 200-019…200-022 200-023 200-024 200-025 \
        200-026 210-001 300-001 300-002 300-003 300-004 400-001 400-003 500-001…500-010 600-001…600-005 700-001 700-002 700-003 \
        701-001…701-006 800-001…800-003 900-001 900-002 900-003 900-004 900-005 900-006…900-009 999-001 10001";

    /// Every code of the table of section 13.
    fn documented() -> Vec<String> {
        let numbers = |range: &str| {
            let (first, last) = range.split_once('…').unwrap_or((range, range));
            let (group, from) = first.split_once('-').unwrap_or(("", first));
            let to = last.rsplit('-').next().unwrap_or(last);
            let number = |text: &str| text.parse::<u32>().expect("a number");
            (number(from)..=number(to))
                .map(|n| {
                    if group.is_empty() {
                        n.to_string()
                    } else {
                        format!("{group}-{n:03}")
                    }
                })
                .collect::<Vec<_>>()
        };
        PAGE.split_whitespace().flat_map(numbers).collect()
    }

    #[test]
    fn every_documented_code_has_a_row() {
        let missing: Vec<_> = documented().into_iter().filter(|code| row(code).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(documented().len(), 119);
    }

    #[test]
    fn the_generic_failure_never_invites_a_second_try_of_a_command() {
        let command = error("100-007", Idempotency::Command);
        assert_eq!(
            (command.kind(), command.effect()),
            (ErrorKind::VendorFailure, Effect::Unknown)
        );
        assert!(!command.is_retryable());
        assert!(error("100-007", Idempotency::Query).is_retryable());
    }

    #[test]
    fn a_code_nobody_documented_is_kept_and_leaves_the_effect_open() {
        let unknown = error("777-123", Idempotency::Command);
        assert_eq!(
            (unknown.kind(), unknown.effect()),
            (ErrorKind::VendorUnknown, Effect::Unknown)
        );
        assert_eq!(unknown.native_code(), Some("777-123"));
        let missing = accept(Envelope::default(), Idempotency::Command)
            .err()
            .expect("refused");
        assert_eq!(
            (missing.kind(), missing.effect()),
            (ErrorKind::Protocol, Effect::Unknown)
        );
    }

    #[test]
    fn a_wrong_password_is_never_tried_again() {
        for code in ["100-004", "100-061", "100-062", "110-016"] {
            let error = error(code, Idempotency::Command);
            assert_eq!(error.kind(), ErrorKind::Credentials);
            assert!(!error.is_retryable());
        }
    }

    #[test]
    fn a_refusal_for_the_wrong_state_did_nothing() {
        for code in ["200-002", "200-012", "200-014", "200-017", "200-018", "10001"] {
            let error = error(code, Idempotency::Command);
            assert_eq!(
                (error.kind(), error.effect()),
                (ErrorKind::InvalidState, Effect::None),
                "{code}"
            );
        }
    }
}
