//! Addresses as the gateway takes them: inside targets digits only, outside numbers without `+`, nothing longer than 24 characters (sections 6 and 7).

use callcontrol_core::{AgentId, AgentRef, Code, Error, IvrRef, PhoneNumber, QueueRef, Result, Target};

/// The address of a transfer, consult or requeue.
pub(crate) fn of_target(target: &Target) -> Result<&str> {
    match target {
        Target::Agent(AgentRef::Id(agent)) => agent_id(agent),
        Target::Agent(AgentRef::Number(_)) => Err(by("agents by agent id, not by their phone's number")),
        Target::Queue(QueueRef::Id(code)) => inside("queue id", code),
        Target::Queue(QueueRef::Name(_) | QueueRef::RouteCode(_) | QueueRef::Number(_)) => {
            Err(by("queues by skill id, not by name, route code or number"))
        }
        Target::Ivr(IvrRef::Code(code)) => inside("IVR access code", code),
        Target::Ivr(IvrRef::Number(_)) => Err(by("IVR flows by access code, not by number")),
        Target::AccessCode(code) => inside("access code", code),
        Target::Number(number) => outside(number),
        Target::Named(name) => Err(Error::invalid_input(format!(
            "the logical target {name} was not resolved: add it to the deployment's directory"
        ))),
        _ => Err(Error::unsupported(format!(
            "the gateway has no address of the kind {}",
            target.kind()
        ))),
    }
}

/// An agent id, also as part of a path: decimal digits.
pub(crate) fn agent_id(agent: &AgentId) -> Result<&str> {
    digits("agent id", agent.as_str())
}

/// An account's name; it travels in a body only.
pub(crate) fn account(name: &AgentId) -> Result<()> {
    if name.as_str().chars().count() > MAX_ACCOUNT {
        return Err(Error::invalid_input(format!(
            "the account name has more than {MAX_ACCOUNT} characters"
        )));
    }
    Ok(())
}

/// The agent that a supervisor or a pick-up is about: by id.
pub(crate) fn agent_of<'a>(target: &'a Target, what: &str) -> Result<&'a str> {
    match target {
        Target::Agent(_) | Target::Named(_) => of_target(target),
        other => Err(Error::invalid_input(format!("{what} an agent, not {other}"))),
    }
}

/// A number to be called by a transfer: no `+`, at most 24 of `0-9 A-E a-e * #`.
pub(crate) fn outside(number: &PhoneNumber) -> Result<&str> {
    let text = number.reveal();
    if text.starts_with('+') {
        return Err(Error::invalid_input(format!(
            "the number {number} begins with +; the gateway dials digits, so write the prefix that its trunks expect"
        )));
    }
    short("number", text)
}

/// A number to be called directly: digits, `*` and `#` only (6.1).
pub(crate) fn dialled(number: &PhoneNumber) -> Result<&str> {
    let text = outside(number)?;
    if text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'*' | b'#')) {
        return Ok(text);
    }
    Err(Error::invalid_input(format!(
        "the number {number} holds letters; an outbound call takes digits, * and #"
    )))
}

/// A number to be shown or to sign in with: digits only.
pub(crate) fn shown<'a>(what: &str, number: &'a PhoneNumber) -> Result<&'a str> {
    let text = number.reveal();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return short(what, text);
    }
    Err(Error::invalid_input(format!(
        "the {what} {number} is expected to be digits only"
    )))
}

/// A skill id where the wire wants a number.
pub(crate) fn skill_number(target: &Target) -> Result<u64> {
    let text = of_target(target)?;
    text.parse()
        .map_err(|_| Error::invalid_input("the queue id does not fit a number"))
}

fn inside<'a>(what: &str, code: &'a Code) -> Result<&'a str> {
    digits(what, code.as_str())
}

fn digits<'a>(what: &str, text: &'a str) -> Result<&'a str> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        let text = callcontrol_core::one_line(text, 40);
        return Err(Error::invalid_input(format!(
            "the {what} \"{text}\" is expected to be digits only"
        )));
    }
    short(what, text)
}

fn short<'a>(what: &str, text: &'a str) -> Result<&'a str> {
    let length = text.len();
    if length > MAX_ADDRESS {
        return Err(Error::invalid_input(format!(
            "the {what} has {length} characters, at most {MAX_ADDRESS} are allowed"
        )));
    }
    Ok(text)
}

fn by(how: &str) -> Error {
    Error::invalid_input(format!("the gateway addresses {how}"))
}

/// No edition gives a bound; this is far above any account's name.
const MAX_ACCOUNT: usize = 64;

/// Longest address, number and sequence of tones.
pub(crate) const MAX_ADDRESS: usize = 24;

#[cfg(test)]
mod tests {
    use callcontrol_core::{ErrorKind, QueueName};

    use super::*;

    #[test]
    fn an_agent_id_that_would_leave_the_path_is_refused() {
        for bad in ["101/../x", "..", "%2e%2e", "１０１", "a101", "+101"] {
            let error = agent_id(&AgentId::new(bad).expect("opaque")).expect_err(bad);
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
        assert!(agent_id(&AgentId::new("999999").expect("id")).is_ok());
    }

    #[test]
    fn an_outside_number_has_no_plus_and_at_most_24_characters() {
        let check = |text: &str| outside(&PhoneNumber::new(text).expect("dialable")).is_ok();
        assert!(check("9001234567") && check("*31#90012345") && check("9A"));
        assert!(!check("+4420") && !check(&"9".repeat(25)));
        assert!(dialled(&PhoneNumber::new("9A").expect("dialable")).is_err());
    }

    #[test]
    fn inside_targets_are_addressed_by_digits() {
        assert_eq!(of_target(&Target::queue_id("25").expect("id")).expect("digits"), "25");
        assert!(of_target(&Target::queue_id("billing").expect("code")).is_err());
        assert!(of_target(&Target::ivr("13a").expect("code")).is_err());
        assert!(of_target(&Target::queue_id(&"1".repeat(25)).expect("code")).is_err());
        let named = Target::Queue(QueueRef::Name(QueueName::new("billing").expect("name")));
        assert!(of_target(&named).is_err());
        assert!(of_target(&Target::named("queue:billing").expect("name")).is_err());
    }
}
