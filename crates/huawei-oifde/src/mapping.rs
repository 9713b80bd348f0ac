//! From targets to the vendor's transfer types and route values (vendor page, section 4.4). Pure; everything that can be refused here is refused here.

use callcontrol_core::{
    AgentId, AgentRef, CallDataPatch, Error, IvrRef, MessageBox, NativeTarget, QueueRef, Result, Target, Transfer,
};
use callcontrol_http::ApiPath;

use crate::calls::Medium;
use crate::wire::work_mode::TransferRequest;

/// `callTransferType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TransferType {
    QueueByRouteCode,
    Ivr,
    QueueByName,
    Agent,
    Number,
    DigitalAssistance,
    LastAgent,
    QueueOfAgent,
    MessageToLastAgent,
    MessageToQueue,
    MessageToAgent,
    /// Known to newer flow designers only: 9 last agent for audio and video, 10 custom conditional route, 34 offline queue.
    Undocumented(&'static str),
}

impl TransferType {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::QueueByRouteCode => "1",
            Self::Ivr => "2",
            Self::QueueByName => "3",
            Self::Agent => "4",
            Self::Number => "5",
            Self::DigitalAssistance => "6",
            Self::LastAgent => "7",
            Self::QueueOfAgent => "8",
            Self::MessageToLastAgent => "31",
            Self::MessageToQueue => "32",
            Self::MessageToAgent => "33",
            Self::Undocumented(code) => code,
        }
    }

    /// The only medium it works with, where the page restricts it.
    fn only(self) -> Option<Medium> {
        match self {
            Self::Ivr => Some(Medium::Voice),
            Self::LastAgent
            | Self::QueueOfAgent
            | Self::MessageToLastAgent
            | Self::MessageToQueue
            | Self::MessageToAgent => Some(Medium::Text),
            Self::QueueByRouteCode
            | Self::QueueByName
            | Self::Agent
            | Self::Number
            | Self::DigitalAssistance
            | Self::Undocumented(_) => None,
        }
    }
}

/// What the deployment lets pass.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    pub(crate) undocumented_types: bool,
    pub(crate) call_data_bytes: usize,
}

/// The transfer object of a request, for a call of this medium.
pub(crate) fn transfer_request(request: &Transfer, medium: Medium, allowance: Allowance) -> Result<TransferRequest> {
    let (kind, route) = destination(&request.to, allowance.undocumented_types)?;
    check_medium(kind, medium, &request.to)?;
    let data = trans_data(&request.data, allowance.call_data_bytes)?;
    let number = request.caller_id.as_ref().map_or("", |number| number.reveal());
    Ok(TransferRequest {
        kind: kind.code(),
        route,
        data,
        number: number.to_owned(),
    })
}

/// Type and route value of a target.
fn destination(target: &Target, undocumented: bool) -> Result<(TransferType, String)> {
    match target {
        Target::Queue(queue) => queue_destination(queue),
        Target::Ivr(IvrRef::Code(code)) => Ok((TransferType::Ivr, code.as_str().to_owned())),
        Target::Agent(AgentRef::Id(agent)) => Ok((TransferType::Agent, work_number(agent)?)),
        Target::Number(number) => Ok((TransferType::Number, number.reveal().to_owned())),
        Target::LastAgent => Ok((TransferType::LastAgent, String::new())),
        Target::QueueOfAgent(agent) => Ok((TransferType::QueueOfAgent, work_number(agent)?)),
        Target::Message(message) => message_destination(message),
        Target::Native(native) => native_destination(native, undocumented),
        Target::Ivr(_) => Err(expected(target, "the access code of the IVR flow")),
        Target::Agent(_) => Err(expected(target, "the agent's work number as agent id")),
        Target::AccessCode(_) => Err(Error::unsupported(
            "OIFDE has no transfer to a system access code; name the queue by route code or the IVR flow by access code",
        )),
        Target::Named(name) => Err(Error::invalid_input(format!(
            "{name} is a logical name that no directory has resolved; give the vendor's own address or use the stack with its directory"
        ))),
        _ => Err(Error::unsupported(format!("OIFDE has no transfer to {target}"))),
    }
}

fn queue_destination(queue: &QueueRef) -> Result<(TransferType, String)> {
    match queue {
        QueueRef::RouteCode(code) => Ok((TransferType::QueueByRouteCode, code.as_str().to_owned())),
        QueueRef::Name(name) => Ok((TransferType::QueueByName, name.as_str().to_owned())),
        _ => Err(expected(
            &Target::Queue(queue.clone()),
            "the name or the route code of the queue",
        )),
    }
}

fn message_destination(message: &MessageBox) -> Result<(TransferType, String)> {
    match message {
        MessageBox::LastAgent => Ok((TransferType::MessageToLastAgent, String::new())),
        MessageBox::Queue(queue) => queue_destination(queue).map(|(_, route)| (TransferType::MessageToQueue, route)),
        MessageBox::Agent(agent) => Ok((TransferType::MessageToAgent, work_number(agent)?)),
        _ => Err(Error::unsupported("OIFDE has no such message box")),
    }
}

fn native_destination(native: &NativeTarget, undocumented: bool) -> Result<(TransferType, String)> {
    let kind = native.kind.as_str();
    if native.address.chars().any(char::is_control) || native.address.len() > MAX_ROUTE {
        return Err(Error::invalid_input(format!(
            "the address of the native target must have at most {MAX_ROUTE} bytes and no control characters"
        )));
    }
    if kind == "6" {
        if native.address.trim().is_empty() {
            return Err(Error::invalid_input(
                "type 6 needs the flow route code agreed with the third party as address",
            ));
        }
        return Ok((TransferType::DigitalAssistance, native.address.clone()));
    }
    match UNDOCUMENTED.into_iter().find(|code| *code == kind) {
        Some(code) if undocumented => Ok((TransferType::Undocumented(code), native.address.clone())),
        Some(code) => Err(Error::unsupported(format!(
            "transfer type {code} is in no table of this interface; set allow-undocumented-types = true to send it nevertheless"
        ))),
        None => Err(Error::invalid_input(format!(
            "native target kind \"{kind}\" is not accepted: expected 6, or 9, 10, 34 with allow-undocumented-types; the other types have targets of their own"
        ))),
    }
}

fn check_medium(kind: TransferType, medium: Medium, target: &Target) -> Result<()> {
    let (only, this) = match (kind.only(), medium) {
        (None, _) | (Some(Medium::Voice), Medium::Voice) | (Some(Medium::Text), Medium::Text) => return Ok(()),
        (Some(Medium::Voice), Medium::Text) => ("voice calls", "a chat"),
        (Some(Medium::Text), Medium::Voice) => ("chats", "a voice call"),
    };
    Err(Error::unsupported(format!(
        "a transfer to {target} (type {}) exists for {only} only, and this session is {this}",
        kind.code()
    )))
}

/// The one opaque text that travels with the call; `""` when unset (vendor page, section 11, item 6).
fn trans_data(data: &CallDataPatch, most: usize) -> Result<String> {
    if data.clear || !data.remove.is_empty() {
        return Err(Error::invalid_input(
            "call data can only be sent along with an OIFDE transfer, not removed: give pairs or one text",
        ));
    }
    let text = data.as_text().unwrap_or_default();
    if text.len() > most {
        return Err(Error::invalid_input(format!(
            "the call data has {} bytes, at most {most} are allowed (max-call-data-bytes)",
            text.len()
        )));
    }
    Ok(text)
}

/// An agent's work number: the characters that an id may have in a path, although it travels in a body here.
pub(crate) fn work_number(agent: &AgentId) -> Result<String> {
    ApiPath::new("")
        .id(agent.as_str())
        .map_err(|refused| Error::invalid_input("the agent id is no work number").caused_by(refused))?;
    Ok(agent.as_str().to_owned())
}

fn expected(target: &Target, what: &str) -> Error {
    Error::invalid_input(format!("OIFDE cannot reach {target}: {what} is expected"))
}

const UNDOCUMENTED: [&str; 3] = ["9", "10", "34"];
const MAX_ROUTE: usize = 256;

#[cfg(test)]
mod tests {
    use callcontrol_core::{Code, Effect, ErrorKind, PhoneNumber, QueueName, TransferMode};

    use super::*;

    const STRICT: Allowance = Allowance {
        undocumented_types: false,
        call_data_bytes: 16_384,
    };
    const LOOSE: Allowance = Allowance {
        undocumented_types: true,
        ..STRICT
    };

    fn code(text: &str) -> Code {
        Code::new(text).expect("valid")
    }

    fn queue(name: &str) -> QueueRef {
        QueueRef::Name(QueueName::new(name).expect("valid"))
    }

    fn agent(id: &str) -> AgentId {
        AgentId::new(id).expect("valid")
    }

    fn native(kind: &str, address: &str) -> Target {
        Target::Native(NativeTarget {
            kind: code(kind),
            address: address.to_owned(),
        })
    }

    fn map(to: Target, medium: Medium, allowance: Allowance) -> Result<TransferRequest> {
        transfer_request(&Transfer::new(to, TransferMode::Blind), medium, allowance)
    }

    fn refused(to: Target, medium: Medium, kind: ErrorKind) -> String {
        let error = map(to, medium, STRICT).expect_err("refused");
        assert_eq!((error.kind(), error.effect()), (kind, Effect::None), "{error}");
        error.to_string()
    }

    #[test]
    fn each_target_has_its_type_and_route_value() {
        use Medium::{Text, Voice};
        let route = QueueRef::RouteCode(code("8011"));
        for (to, medium, kind, value) in [
            (Target::Queue(route.clone()), Voice, "1", "8011"),
            (Target::ivr("70093").expect("valid"), Voice, "2", "70093"),
            (Target::Queue(queue("Agent Group 1")), Voice, "3", "Agent Group 1"),
            (Target::Queue(queue("客服 一组")), Text, "3", "客服 一组"),
            (Target::agent("10002").expect("valid"), Text, "4", "10002"),
            (Target::number("88880006").expect("valid"), Voice, "5", "88880006"),
            (native("6", "agreed-1"), Voice, "6", "agreed-1"),
            (Target::LastAgent, Text, "7", ""),
            (Target::QueueOfAgent(agent("10002")), Text, "8", "10002"),
            (Target::Message(MessageBox::LastAgent), Text, "31", ""),
            (
                Target::Message(MessageBox::Queue(queue("Night desk"))),
                Text,
                "32",
                "Night desk",
            ),
            (Target::Message(MessageBox::Queue(route)), Text, "32", "8011"),
            (Target::Message(MessageBox::Agent(agent("10002"))), Text, "33", "10002"),
        ] {
            let request = map(to, medium, STRICT).expect(kind);
            assert_eq!((request.kind, request.route.as_str()), (kind, value));
            assert_eq!((request.data.as_str(), request.number.as_str()), ("", ""));
        }
    }

    #[test]
    fn what_a_medium_does_not_have_is_refused() {
        for text_only in [
            Target::LastAgent,
            Target::QueueOfAgent(agent("1")),
            Target::Message(MessageBox::LastAgent),
            Target::Message(MessageBox::Queue(queue("q"))),
            Target::Message(MessageBox::Agent(agent("1"))),
        ] {
            let text = refused(text_only, Medium::Voice, ErrorKind::Unsupported);
            assert!(text.contains("chats only"), "{text}");
        }
        let text = refused(Target::ivr("1").expect("valid"), Medium::Text, ErrorKind::Unsupported);
        assert!(text.contains("voice calls only"), "{text}");
    }

    #[test]
    fn an_address_of_another_vendor_is_refused_with_what_is_expected() {
        let number = || PhoneNumber::new("2065550100").expect("valid");
        for (to, expectation) in [
            (Target::queue_id("25").expect("valid"), "name or the route code"),
            (Target::Queue(QueueRef::Number(number())), "name or the route code"),
            (
                Target::Message(MessageBox::Queue(QueueRef::Id(code("25")))),
                "name or the route code",
            ),
            (Target::Agent(AgentRef::Number(number())), "work number"),
            (Target::Ivr(IvrRef::Number(number())), "access code"),
            (Target::named("queue:billing").expect("valid"), "directory"),
            (Target::agent("101/../x").expect("printable"), "work number"),
            (Target::QueueOfAgent(agent("１０１")), "work number"),
        ] {
            let text = refused(to, Medium::Text, ErrorKind::InvalidInput);
            assert!(text.contains(expectation) && !text.contains("2065550100"), "{text}");
        }
        refused(
            Target::AccessCode(code("179080")),
            Medium::Voice,
            ErrorKind::Unsupported,
        );
    }

    #[test]
    fn undocumented_types_pass_only_where_the_deployment_says_so() {
        for kind in UNDOCUMENTED {
            assert!(
                refused(native(kind, "x"), Medium::Text, ErrorKind::Unsupported).contains("allow-undocumented-types")
            );
            let request = map(native(kind, ""), Medium::Voice, LOOSE).expect(kind);
            assert_eq!((request.kind, request.route.as_str()), (kind, ""));
        }
        for kind in ["1", "5", "7", "11", "35", "06", "x"] {
            let error = map(native(kind, "x"), Medium::Text, LOOSE).expect_err(kind);
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
        for address in ["", "  ", "a\nb", &"x".repeat(257)] {
            assert!(map(native("6", address), Medium::Voice, LOOSE).is_err(), "{address:?}");
        }
    }

    #[test]
    fn data_and_caller_number_travel_along() {
        let transfer = Transfer::new(Target::number("88880006").expect("valid"), TransferMode::Blind)
            .data(CallDataPatch::set("order", "4711"))
            .caller_id(PhoneNumber::new("4989100").expect("valid"));
        let request = transfer_request(&transfer, Medium::Voice, STRICT).expect("mapped");
        assert_eq!(
            (request.data.as_str(), request.number.as_str()),
            (r#"{"order":"4711"}"#, "4989100")
        );
        let text = Transfer::new(Target::LastAgent, TransferMode::Blind).data(CallDataPatch::text("as is"));
        assert_eq!(
            transfer_request(&text, Medium::Text, STRICT).expect("mapped").data,
            "as is"
        );
    }

    #[test]
    fn data_that_is_too_long_or_cannot_be_removed_is_refused() {
        for data in [
            CallDataPatch::text("x".repeat(17 * 1024)),
            CallDataPatch::clear(),
            CallDataPatch::remove("a"),
        ] {
            let transfer = Transfer::new(Target::LastAgent, TransferMode::Blind).data(data);
            let error = transfer_request(&transfer, Medium::Text, STRICT).expect_err("refused");
            assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidInput, Effect::None));
        }
    }
}
