//! `flow/receiveDialogrecord` (vendor page, section 5): the silent agent's reply. `nodeIndex` and `replyType` are integers, everything else is text.

use callcontrol_core::Say;
use callcontrol_http::ApiPath;

use super::{API, Object};

pub(crate) fn path() -> ApiPath {
    ApiPath::new(API).literal("flow/receiveDialogrecord")
}

/// Everything but the token.
pub(crate) fn body(tenant: &str, agent: &str, native: &str, say: &Say) -> Object {
    let (kind, code, name) = match &say.configured {
        Some((code, name)) => (BY_INTENTION, code.as_str(), name.as_str()),
        None => (FREE, FREE_WORDS, FREE_WORDS),
    };
    let mut body = Object::new();
    body.insert("tenantId".to_owned(), tenant.into());
    body.insert("callId".to_owned(), native.into());
    body.insert("agentId".to_owned(), agent.into());
    body.insert("nodeId".to_owned(), say.help.element.as_str().into());
    if let Some(position) = say.help.position {
        body.insert("nodeIndex".to_owned(), position.into());
    }
    body.insert("replyType".to_owned(), kind.into());
    body.insert("replyIntentCode".to_owned(), code.into());
    body.insert("replyIntentContent".to_owned(), say.text.as_str().into());
    body.insert("replyIntentName".to_owned(), name.into());
    body
}

const BY_INTENTION: u8 = 0;
const FREE: u8 = 1;

/// Spelt exactly so. Documented for insertion; the page does not say what free words are called in supervision, so the same goes out there.
const FREE_WORDS: &str = "slientInsertReply";

#[cfg(test)]
mod tests {
    use callcontrol_core::HelpRequest;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn free_words_are_spelt_as_the_page_shows_them() {
        let help = HelpRequest::at("node_action_97511f", Some(2));
        let say = Say::words("Could you give me your order number?", help);
        let body = body("202104237142", "10001", "16064786965020f6fb86792bd25dbbb489426", &say);
        // Vendor page, section 5, without the token.
        let expected = json!({
            "tenantId": "202104237142", "callId": "16064786965020f6fb86792bd25dbbb489426", "agentId": "10001",
            "nodeId": "node_action_97511f", "nodeIndex": 2, "replyType": 1, "replyIntentCode": "slientInsertReply",
            "replyIntentContent": "Could you give me your order number?", "replyIntentName": "slientInsertReply"
        });
        assert_eq!(Value::Object(body), expected);
        assert_eq!(path().path_and_query(), "/oifde/rest/api/flow/receiveDialogrecord");
    }

    #[test]
    fn a_configured_reply_goes_by_its_intention_and_an_untold_position_is_left_out() {
        let say = Say::words("It is on its way.", HelpRequest::at("node_1", None))
            .configured("orderStatus", "billing/orderStatus");
        let body = body("1", "10001", "s1", &say);
        assert_eq!(body.get("replyType"), Some(&json!(0)));
        assert_eq!(body.get("replyIntentCode"), Some(&json!("orderStatus")));
        assert_eq!(body.get("replyIntentName"), Some(&json!("billing/orderStatus")));
        assert!(!body.contains_key("nodeIndex"));
    }
}
