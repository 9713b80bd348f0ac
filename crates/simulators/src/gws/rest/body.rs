//! The body of an operation: its name, and parameters of the type that was asked for.

use callcontrol_testkit::switch::{Party, Switch};
use serde_json::{Map, Value};

use crate::gws::reply::Refused;

/// An operation with its parameters.
pub(super) struct Operation {
    pub(super) name: String,
    parameters: Map<String, Value>,
}

impl Operation {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refused> {
        let Ok(Value::Object(parameters)) = serde_json::from_slice(body) else {
            return Err(Refused::new(2, "Request body is not a JSON object"));
        };
        let name = match parameters.get("operationName") {
            Some(Value::String(name)) => name.clone(),
            Some(_) => return Err(Refused::invalid("operationName")),
            None => return Err(Refused::missing("operationName")),
        };
        Ok(Self { name, parameters })
    }

    /// A text that must be there.
    pub(super) fn text(&self, name: &str) -> Result<&str, Refused> {
        self.optional_text(name)?.ok_or_else(|| Refused::missing(name))
    }

    pub(super) fn optional_text(&self, name: &str) -> Result<Option<&str>, Refused> {
        match self.parameters.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refused::invalid(name)),
        }
    }

    /// `destination.phoneNumber`, with the optional parameters beside it checked (section 9.0).
    pub(super) fn destination(&self) -> Result<&str, Refused> {
        self.optional_text("location")?;
        let destination = self
            .parameters
            .get("destination")
            .ok_or_else(|| Refused::missing("destination"))?;
        let number = destination
            .as_object()
            .ok_or_else(|| Refused::invalid("destination"))?
            .get("phoneNumber");
        match number {
            None => Err(Refused::missing("destination.phoneNumber")),
            Some(Value::String(number)) if !number.is_empty() => Ok(number),
            Some(_) => Err(Refused::invalid("destination.phoneNumber")),
        }
    }

    pub(super) fn user_data(&self) -> Result<Option<Map<String, Value>>, Refused> {
        match self.parameters.get("userData") {
            None => Ok(None),
            Some(Value::Object(data)) => Ok(Some(data.clone())),
            Some(_) => Err(Refused::invalid("userData")),
        }
    }

    /// An array of texts that must be there.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<&str>, Refused> {
        let given = self.parameters.get(name).ok_or_else(|| Refused::missing(name))?;
        let items = given
            .as_array()
            .filter(|items| !items.is_empty())
            .ok_or_else(|| Refused::invalid(name))?;
        items
            .iter()
            .map(|item| item.as_str().ok_or_else(|| Refused::invalid(name)))
            .collect()
    }

    pub(super) fn unknown(&self) -> Refused {
        Refused::new(2, format!("Operation {} is not known here", self.name))
    }
}

/// Whoever has this number. A number that nobody has is a destination too, which the switch will not reach.
pub(super) fn dialled(switch: &Switch, number: &str) -> Party {
    let agent = switch.agent_by_number(number).map(|agent| Party::agent(&agent.id));
    let queue = || switch.queue_by_number(number).map(|queue| Party::queue(&queue.id));
    let ivr = || switch.ivr_by_number(number).map(|ivr| Party::ivr(&ivr.code));
    agent
        .or_else(queue)
        .or_else(ivr)
        .unwrap_or_else(|| Party::outside(number))
}
