//! Where calls can go, who is there, who waits (sections 8 and 11). "Nothing there" has error codes here; it is an empty answer.

use callcontrol_core::{Code, Entry, Error, Found, LookUp, OpCx, Party, Result, Target};
use callcontrol_http::{ApiPath, Request};
use serde_json::{Map, Value};

use crate::address;
use crate::capabilities::{NO_RECORDS, NO_REPLIES, NO_SERVICE};
use crate::faults;
use crate::live::Live;
use crate::wire::text_of;

/// Asks with this session's credential.
pub(crate) async fn look_up(live: &Live, what: &LookUp, cx: &OpCx) -> Result<Found> {
    let (path, read) = query(live, what)?;
    let limit = cx.remaining_or(live.config.request_timeout());
    let answer = live.link.query(Request::get(path, limit)).await;
    let result = match answer {
        Ok(answer) => answer.result,
        Err(error) if faults::is_nothing_there(&error) => Value::Null,
        Err(error) => return Err(error.during("look-up").with_op(&cx.op)),
    };
    Ok(Found::new(objects(&result).filter_map(read).collect()))
}

type Read = fn(&Map<String, Value>) -> Option<Entry>;

fn query(live: &Live, what: &LookUp) -> Result<(ApiPath, Read)> {
    match what {
        LookUp::Queues => Ok((live.link.path("queuedevice", "agentvdnskill")?, queue)),
        LookUp::Ivrs => Ok((live.link.path("queuedevice", "ivrinfo")?, ivr)),
        LookUp::AccessCodes => Ok((live.link.path("queuedevice", "innoinfo")?, access_code)),
        LookUp::Agents => Ok((live.link.path("agentgroup", "allagentstatus")?, agent)),
        LookUp::Waiting { queue: of } => {
            let queue = address::skill_number(of)?.to_string();
            Ok((live.link.path("calldata", "waitcallinfo")?.id(queue)?, waiting))
        }
        LookUp::Service => Err(Error::unsupported(NO_SERVICE)),
        LookUp::Records(_) | LookUp::Transfers(_) => Err(Error::unsupported(NO_RECORDS)),
        LookUp::Replies => Err(Error::unsupported(NO_REPLIES)),
        _ => Err(Error::unsupported("the gateway cannot be asked for that")),
    }
}

/// The objects of a list; some releases may wrap the list, or give one object alone.
fn objects(result: &Value) -> impl Iterator<Item = &Map<String, Value>> {
    let wrapped = result
        .as_object()
        .and_then(|object| object.values().find(|value| value.is_array()));
    let list = match wrapped.unwrap_or(result) {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    list.iter().filter_map(Value::as_object)
}

fn queue(object: &Map<String, Value>) -> Option<Entry> {
    let target = Target::queue_id(&told(object, &["id"])?).ok()?;
    Some(described(object, "name", &["id"]).target(target))
}

/// The address of a transfer is `access`, not `id` (11).
fn ivr(object: &Map<String, Value>) -> Option<Entry> {
    let target = Target::ivr(&told(object, &["access"])?).ok()?;
    Some(described(object, "description", &["access"]).target(target))
}

fn access_code(object: &Map<String, Value>) -> Option<Entry> {
    let code = Code::new(told(object, &["inno"])?).ok()?;
    Some(described(object, "description", &["inno"]).target(Target::AccessCode(code)))
}

fn agent(object: &Map<String, Value>) -> Option<Entry> {
    let target = Target::agent(&told(object, &["workno", "workNo"])?).ok()?;
    Some(described(object, "name", &["workno", "workNo"]).target(target))
}

/// Its members were never captured (19.6): the call id is looked for by its usual names and then by its form.
fn waiting(object: &Map<String, Value>) -> Option<Entry> {
    let by_form = || {
        object
            .values()
            .filter_map(Value::as_str)
            .find(|text| is_call_id(text))
            .map(str::to_owned)
    };
    let native = told(object, &["callid", "callId", "callID"]).or_else(by_form)?;
    let entry = described(object, "", &[]).native(native);
    Some(match told(object, &["caller", "callerno", "callerNo", "calling"]) {
        Some(caller) => entry.customer(Party::new(caller)),
        None => entry,
    })
}

/// Epoch seconds, a hyphen, a counter (5.4).
fn is_call_id(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-')
        .is_some_and(|(time, count)| digits(time) && digits(count))
}

fn described(object: &Map<String, Value>, name: &str, told_already: &[&str]) -> Entry {
    let entry = Entry::named(told(object, &[name]).unwrap_or_default());
    let rest = object
        .iter()
        .filter(|(key, _)| key.as_str() != name && !told_already.contains(&key.as_str()));
    rest.filter_map(|(key, value)| Some((key, text_of(value)?)))
        .fold(entry, |entry, (key, value)| entry.detail(key, value))
}

fn told(object: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| object.get(*name)).and_then(text_of)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(read: Read, result: &Value) -> Vec<Entry> {
        objects(result).filter_map(read).collect()
    }

    #[test]
    fn an_ivr_is_addressed_by_its_access_code() {
        let found = read(
            ivr,
            &json!([{"access": "1321", "id": 1, "description": "252", "serviceNo": 1}]),
        );
        let expected = Entry::named("252").target(Target::ivr("1321").expect("code"));
        assert_eq!(found, [expected.detail("id", "1").detail("serviceNo", "1")]);
    }

    #[test]
    fn a_waiting_call_is_found_under_names_that_nobody_documented() {
        for result in [
            json!([{"callid": "1663580465-1134", "caller": "70093"}]),
            json!([{"callId": "1663580465-1134", "callerNo": "70093"}]),
            json!({"waitCalls": [{"someId": "1663580465-1134", "calling": "70093"}]}),
        ] {
            let found = read(waiting, &result);
            let entry = found.first().expect("one");
            assert_eq!(entry.native.as_deref(), Some("1663580465-1134"));
            assert_eq!(entry.customer, Some(Party::new("70093")));
        }
        assert!(read(waiting, &json!([{"caller": "70093"}])).is_empty());
        assert!(read(waiting, &Value::Null).is_empty());
    }
}
