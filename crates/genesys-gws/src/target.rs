//! Whom a call can go to: a number, whoever is behind it. Everything else is refused with the way to write it.

use callcontrol_core::{AgentRef, CallDataPatch, Error, IvrRef, PhoneNumber, QueueRef, Result, Target};

/// The number to send (section 9.0: there is no queue, agent or skill target).
pub(crate) fn number(target: &Target) -> Result<&PhoneNumber> {
    match target {
        Target::Number(number)
        | Target::Agent(AgentRef::Number(number))
        | Target::Queue(QueueRef::Number(number))
        | Target::Ivr(IvrRef::Number(number)) => Ok(number),
        Target::Agent(AgentRef::Id(_)) => Err(by_number(target, "the number of the agent's phone")),
        Target::Queue(QueueRef::Id(_) | QueueRef::Name(_) | QueueRef::RouteCode(_)) => {
            Err(by_number(target, "the number of the queue's routing point"))
        }
        Target::Ivr(IvrRef::Code(_)) => Err(by_number(target, "the number of the IVR's routing point")),
        Target::Named(name) => Err(Error::invalid_input(format!(
            "\"{name}\" is a logical target that no [directory] has resolved"
        ))),
        other => Err(by_number(other, "a number")),
    }
}

fn by_number(target: &Target, wanted: &str) -> Error {
    Error::invalid_input(format!(
        "Genesys Web Services reaches everybody by number and cannot reach {target}: give {wanted} in the [directory]"
    ))
}

/// The pairs that may travel with a command. Removing and opaque text cannot.
pub(crate) fn pairs(data: &CallDataPatch) -> Result<&std::collections::BTreeMap<String, String>> {
    no_text(data)?;
    if data.clear || !data.remove.is_empty() {
        return Err(Error::invalid_input(
            "with a transfer, consult or dial data can only be set; remove pairs with patch_data before",
        ));
    }
    Ok(&data.set)
}

/// Genesys call data are pairs.
pub(crate) fn no_text(data: &CallDataPatch) -> Result<()> {
    match data.text {
        Some(_) => Err(Error::invalid_input(
            "Genesys call data are pairs of key and value; a text needs a key, e.g. CallDataPatch::set(\"note\", text)",
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use callcontrol_core::ErrorKind;

    use super::*;

    #[test]
    fn whoever_has_a_number_can_be_reached_and_others_are_told_how() {
        let seven = PhoneNumber::new("7005").expect("valid");
        for target in [
            Target::Number(seven.clone()),
            Target::Agent(AgentRef::Number(seven.clone())),
            Target::Queue(QueueRef::Number(seven.clone())),
            Target::Ivr(IvrRef::Number(seven.clone())),
        ] {
            assert_eq!(number(&target).expect("a number"), &seven);
        }
        for target in [
            Target::agent("102").expect("valid"),
            Target::queue_id("25").expect("valid"),
            Target::ivr("1321").expect("valid"),
            Target::named("queue:billing").expect("valid"),
            Target::LastAgent,
        ] {
            let error = number(&target).expect_err("no number");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains("[directory]"), "{error}");
        }
    }

    #[test]
    fn data_that_travels_along_can_only_be_set() {
        assert!(pairs(&CallDataPatch::set("a", "1")).is_ok());
        for bad in [
            CallDataPatch::text("x"),
            CallDataPatch::remove("a"),
            CallDataPatch::clear(),
        ] {
            assert_eq!(pairs(&bad).expect_err("refused").kind(), ErrorKind::InvalidInput);
        }
    }
}
