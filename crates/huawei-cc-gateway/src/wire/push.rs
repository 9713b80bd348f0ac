//! What the gateway pushes (5.3): batches of events, or one poll-style envelope each in releases of 2018 to 2020.

use serde_json::Value;

use super::text::text_at;

/// Events of one push, in their order.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct PushedEvents {
    /// The agent named for all of them; each event names its own too.
    pub(crate) agent: Option<String>,
    pub(crate) events: Vec<Value>,
}

impl PushedEvents {
    /// The agent that an event is for.
    pub(crate) fn agent_of<'a>(&'a self, event: &'a Value) -> Option<String> {
        let own = event
            .as_object()
            .and_then(|event| text_at(event, &["workNo", "workno"]));
        own.or_else(|| self.agent.clone())
    }
}

/// Reads a pushed body; `None` when it is none of the three forms.
pub(crate) fn decode_push(body: &[u8]) -> Option<PushedEvents> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let object = value.as_object()?;
    let events = match (object.get("eventList"), object.get("event"), object.get("eventType")) {
        (Some(Value::Array(list)), _, _) => list.clone(),
        (Some(Value::Null), _, _) | (None, Some(Value::Null), _) => Vec::new(),
        (None, Some(Value::Array(list)), _) => list.clone(),
        (None, Some(event @ Value::Object(_)), _) => vec![event.clone()],
        (None, None, Some(_)) => vec![value.clone()],
        _ => return None,
    };
    Some(PushedEvents {
        agent: text_at(object, &["workNo", "workno"]),
        events,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<(Option<String>, usize)> {
        decode_push(body.as_bytes()).map(|pushed| (pushed.agent, pushed.events.len()))
    }

    #[test]
    fn a_push_is_a_batch_an_envelope_or_a_bare_event() {
        let agent = Some("291".to_owned());
        assert_eq!(
            read(r#"{"workNo":"291","eventList":[{"eventType":"a"},{"eventType":"b"}]}"#),
            Some((agent.clone(), 2))
        );
        assert_eq!(read(r#"{"workNo":291,"eventList":[]}"#), Some((agent.clone(), 0)));
        assert_eq!(
            read(r#"{"message":"","retcode":"0","event":{"eventType":"a","workNo":"291"}}"#),
            Some((None, 1))
        );
        assert_eq!(read(r#"{"eventType":"a","workNo":"291"}"#), Some((agent, 1)));
        for other in ["", "[]", "7", "{}", r#"{"eventList":7}"#, "<html>"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn an_event_names_its_own_agent_or_goes_to_that_of_the_batch() {
        let pushed =
            decode_push(br#"{"workNo":"291","eventList":[{"eventType":"a"},{"eventType":"b","workNo":"49999"}]}"#);
        let pushed = pushed.expect("a batch");
        let agents: Vec<_> = pushed
            .events
            .iter()
            .filter_map(|event| pushed.agent_of(event))
            .collect();
        assert_eq!(agents, ["291", "49999"]);
    }
}
