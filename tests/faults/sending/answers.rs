//! Rows 13 to 16: an answer comes, and it is not what it should be.

use std::collections::BTreeSet;

use callcontrol::*;
use callcontrol_http::Trick;
use tokio::net::TcpListener;

use crate::hostile::texts::is_accepted_and_no_more;
use crate::line::{Play, Wired};
use crate::meeting::{is_unknown_and_not_repeated, nobody_came, transfer, until};
use crate::support::{ADAPTERS, InMemory, TELEPHONY};

#[tokio::test(start_paused = true)]
async fn a_result_code_that_is_none_is_no_success() {
    for (adapter, key) in ADAPTERS.into_iter().zip(["retcode", "errorCode", "statusCode"]) {
        let codes = NO_CODES.iter().map(|code| format!("{{\"{key}\":{code}}}"));
        for body in codes.chain(["[]", "null", "0", "", "{\"a\""].map(str::to_owned)) {
            let memory = InMemory::new(adapter);
            let (_ann, call, customer) = memory.talking().await;
            let answer = Trick::Answer {
                status: 200,
                content_type: "application/json",
                body: body.clone().into(),
            };
            memory.next(memory.transfer_path(), answer);
            let result = call.transfer(transfer()).await;
            assert_eq!(memory.site.truth(customer).1, 0, "{adapter}, {body}: sent again");
            match result {
                Err(error) => assert_eq!(error.effect(), Effect::Unknown, "{adapter}, {body}: {error}"),
                Ok(receipt) => is_accepted_and_no_more(adapter, &body, &receipt).await,
            }
        }
    }
}

#[tokio::test]
async fn a_login_page_is_shown_in_one_short_line_and_proves_nothing() {
    let page = format!("<html>\r\n<body>\u{1b}[31m{}</body></html>", "sign in ".repeat(200));
    for adapter in ADAPTERS {
        let play = Play::answer("200 OK", "content-type: text/html\r\n", &page);
        let error = is_unknown_and_not_repeated(adapter, play, 0).await;
        let shown = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{adapter}: {shown}");
        assert!(shown.contains("HTML"), "{adapter}: {shown}");
        assert!(!shown.contains(char::is_control), "{adapter}: {shown}");
        assert!(
            shown.matches("sign in").count() * "sign in ".len() <= 256,
            "{adapter}: {shown}"
        );
    }
}

#[tokio::test]
async fn no_redirect_is_followed_by_any_command_sign_in_or_poll() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = elsewhere.local_addr().unwrap();
    let mut kinds = BTreeSet::new();
    for adapter in ADAPTERS {
        for status in [301, 302, 303, 307, 308] {
            let headers = format!("location: http://{target}/calls\r\nrefresh: 0;url=http://{target}/\r\n");
            let play = Play::answer(&format!("{status} Go"), &headers, "");
            let error = is_unknown_and_not_repeated(adapter, play.clone(), 0).await;
            assert!(error.to_string().contains("base URL"), "{adapter}, {status}: {error}");
            kinds.insert(error.kind().as_str());

            let wired = Wired::start(adapter).await;
            wired.line.always("HTTP/1.1", play.clone());
            let error = Session::open(&wired.control, wired.config.agent("ann").unwrap())
                .await
                .unwrap_err();
            assert!(error.to_string().contains("base URL"), "{adapter}, {status}: {error}");
            wired.stop().await;
        }
    }
    for (adapter, poll) in TELEPHONY.into_iter().zip(["/agentevent/", "/notifications"]) {
        let wired = Wired::start(adapter).await;
        let _ann = wired.sign_in().await;
        let before = wired.line.seen(poll);
        let headers = format!("location: http://{target}{poll}\r\n");
        wired
            .line
            .always(poll, Play::answer("307 Temporary Redirect", &headers, ""));
        // Something happens, so that a poll under way ends.
        wired.site.customer_calls();
        until(|| wired.line.seen(poll) > before + 1).await;
        wired.stop().await;
    }
    assert_eq!(kinds, BTreeSet::from([ErrorKind::Protocol.as_str()]));
    assert!(nobody_came(&elsewhere).await, "a redirect was followed");
}

#[tokio::test]
async fn interim_and_empty_answers_are_no_success_of_a_transfer() {
    for adapter in ADAPTERS {
        for raw in [
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        ] {
            is_unknown_and_not_repeated(adapter, Play::Say(raw.into()), 0).await;
        }
    }
}

/// What may stand where a result code should, and is none.
const NO_CODES: [&str; 9] = [
    "null",
    "[0]",
    "{}",
    "true",
    "\"\"",
    "\" \"",
    "1e400",
    "99999999999999999999",
    "-0.5",
];
