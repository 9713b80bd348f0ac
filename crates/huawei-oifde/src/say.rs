//! The silent agent's reply (vendor page, section 5): one `receiveDialogrecord`, in supervision to a request for help, in insertion to every turn of the customer's.

use callcontrol_core::{CallRef, Error, OpCx, Receipt, Result, Say};
use callcontrol_http::{Idempotency, Method};

use crate::adapter::Oifde;
use crate::attempt::{Attempt, Begin};
use crate::calls::Deed;
use crate::link::Order;
use crate::private::Private;
use crate::wire::reply;

impl Oifde {
    pub(crate) async fn reply(&self, call: &CallRef, say: &Say, cx: &OpCx) -> Result<Receipt> {
        self.check_open(&call.session)?;
        check(say)?;
        let deadline = self.deadline(cx);
        let native = self.native_of(call)?;
        let order = Order {
            what: "receiveDialogrecord answer",
            method: Method::Post,
            path: reply::path(),
            body: Some(reply::body(&self.config.tenant_id, call.session.as_str(), &native, say)),
            idempotency: Idempotency::Command,
            private: Private::default().and(&say.text),
        };
        let attempt = Attempt::begin(&self.hub, &self.robots, call, native, Begin::new(Deed::Reply, &cx.op))?;
        let result = self.link.order(&order, attempt.on_wire(), deadline).await;
        attempt.end(result)
    }
}

/// Mandatory fields that are empty are refused by the vendor anyway; here it costs nothing.
fn check(say: &Say) -> Result<()> {
    if say.text.trim().is_empty() || say.text.len() > MAX_WORDS {
        return Err(Error::invalid_input(format!(
            "the words have {} bytes, 1 to {MAX_WORDS} that are not all blank are expected",
            say.text.len()
        )));
    }
    check_id("the element of the request for help (nodeId)", &say.help.element)?;
    if let Some((code, name)) = &say.configured {
        check_id("the code of the configured reply", code)?;
        check_id("the name of the configured reply", name)?;
    }
    Ok(())
}

fn check_id(what: &str, text: &str) -> Result<()> {
    if text.trim().is_empty() || text.len() > MAX_ID || text.chars().any(char::is_control) {
        return Err(Error::invalid_input(format!(
            "{what} has {} bytes, 1 to {MAX_ID} without control characters are expected",
            text.len()
        )));
    }
    Ok(())
}

/// Our own bounds: the vendor publishes none.
const MAX_WORDS: usize = 4096;
const MAX_ID: usize = 256;

#[cfg(test)]
mod tests {
    use callcontrol_core::{ErrorKind, HelpRequest};

    use super::*;

    #[test]
    fn what_the_vendor_demands_is_not_left_empty() {
        let at = |element: &str| HelpRequest::at(element, Some(2));
        assert!(check(&Say::words("你好", at("node_1"))).is_ok());
        for bad in [
            Say::words(" \n", at("node_1")),
            Say::words("x".repeat(4097), at("node_1")),
            Say::words("hello", at("")),
            Say::words("hello", at("a\nb")),
            Say::words("hello", at(&"n".repeat(257))),
            Say::words("hello", at("node_1")).configured("", "name"),
            Say::words("hello", at("node_1")).configured("code", " "),
        ] {
            let error = check(&bad).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(!error.to_string().contains("hello"), "{error}");
        }
    }
}
