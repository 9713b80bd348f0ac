//! What the fuzzer feeds to this crate (docs/fuzzing.md): ids, URIs and base URLs, and whole answers with their headers.
//! Each function takes any bytes and holds a property; none belongs to the product.

use std::time::{Duration, SystemTime};

use callcontrol_core::Error;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::Url;

use self::exchange::Answer;
use crate::retry_after::retry_after;
use crate::{
    ApiPath, BaseUrl, Bytes, CookieJar, DecodeError, HeaderMap, HeaderName, HeaderValue, Idempotency, Method, Request,
    Response, fault, last_segment,
};

#[path = "../../../fuzz/support/exchange.rs"]
mod exchange;

/// Two words, a line each: taken as ids, as a server's URI, as a base URL, as a header. None of them changes where a request goes.
pub fn addresses(data: &[u8]) {
    let (first, second) = exchange::line(data);
    let (first, second) = (String::from_utf8_lossy(first), String::from_utf8_lossy(second));
    let home = BaseUrl::parse("http://gateway:8080/base");
    let base = BaseUrl::parse(&second);
    if let Err(error) = &base {
        assert_plain(&error.to_string());
    }
    for base in home.iter().chain(&base) {
        stays(base, &first, &second);
        uri(base, &second);
    }
    header(&first, &second);
}

/// One answer, its headers and its body: read within bounds, or refused with a short plain error that quotes no number and no token.
pub fn answers(data: &[u8]) {
    let answer = Answer::read(data);
    let mut headers = HeaderMap::new();
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    let wait = retry_after(&headers, SystemTime::UNIX_EPOCH);
    assert!(wait.is_none_or(|wait| wait <= Duration::from_secs(300)));
    let response = Response::new(answer.status, headers, Bytes::copy_from_slice(answer.body));
    let shown = format!("{response:?}");
    assert!(!shown.contains(char::is_control) && shown.len() < 64 * 1024);
    cookies(&response);
    bodies(&response);
    verdict(&response);
}

fn stays(base: &BaseUrl, id: &str, value: &str) {
    let bare = ApiPath::new("/calls");
    let Ok(before) = base.join(&bare) else {
        panic!("a base URL was accepted that nothing can be sent to: {base}")
    };
    let path = match bare.id(id) {
        Ok(path) => path.literal("transfer"),
        Err(error) => return assert_plain(&error.to_string()),
    };
    assert!((1..=256).contains(&id.len()));
    let path = match path.query("to", value) {
        Ok(path) => path,
        Err(error) => return assert_plain(&error.to_string()),
    };
    let Ok(url) = base.join(&path) else {
        panic!("{path:?} cannot be sent to {base}")
    };
    assert_eq!(url.origin(), before.origin());
    assert_eq!(
        url.as_str().split(['?', '#']).next().map(depth),
        Some(depth(before.as_str()) + 2)
    );
    let segment = url
        .path_segments()
        .and_then(|segments| segments.rev().nth(1).map(str::to_owned));
    let decoded = segment.map(|segment| percent_decode_str(&segment).decode_utf8_lossy().into_owned());
    assert_eq!(decoded.as_deref(), Some(id));
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    assert_eq!(pairs, [("to".to_owned(), value.to_owned())]);
    assert_eq!(url.fragment(), None);
    let shown = format!("{path:?} {}", base.place(Method::Post, &path));
    assert!(id.len() < 20 || !shown.contains(id), "{shown}");
    assert_plain(&shown);
}

fn depth(url: &str) -> usize {
    url.matches('/').count()
}

/// Of a server's URI at most an id is used, and only one of the very origin counts as the server's own.
fn uri(base: &BaseUrl, uri: &str) {
    if let Some(id) = last_segment(uri) {
        assert!(ApiPath::new("").id(&id).is_ok(), "{id}");
    }
    assert_plain(&format!("{base} {base:?}"));
    if let (true, Ok(own)) = (base.owns(uri), base.join(&ApiPath::new(""))) {
        let joined = own.join(uri).map(|joined| joined.origin());
        assert_eq!(joined.ok(), Some(own.origin()));
    }
    if let Ok(absolute) = Url::parse(uri) {
        let same = base
            .join(&ApiPath::new(""))
            .is_ok_and(|own| own.origin() == absolute.origin());
        assert!(same || !base.owns(uri), "{uri}");
    }
}

fn header(name: &str, value: &str) {
    let request = Request::get(ApiPath::new("/x"), Duration::from_secs(1));
    let secret = format!("{CANARY}{value}");
    match request.sensitive_header(name, &secret) {
        Ok(request) => {
            for (name, value) in request.headers() {
                assert!(!name.as_str().contains(['\r', '\n', ':', ' ']));
                assert!(value.as_bytes().iter().all(|byte| matches!(byte, b' '..=b'~')));
                assert!(value.is_sensitive());
            }
            assert!(!format!("{request:?}").contains(CANARY));
        }
        Err(error) => {
            assert_plain(&error.to_string());
            assert!(!format!("{error} {error:?}").contains(CANARY));
        }
    }
}

fn cookies(response: &Response) {
    let jar = CookieJar::new();
    jar.store(&format!("own={CANARY}"));
    jar.store_from(response);
    let shown = format!("{jar:?} {:?}", jar.header());
    let told = response.set_cookies().any(|cookie| cookie.contains(CANARY));
    assert!(told || !shown.contains(CANARY), "{shown}");
    if let Some(header) = jar.header() {
        assert!(header.is_sensitive() && header.len() < 51 * 4097);
        assert!(header.as_bytes().iter().all(|byte| matches!(byte, b' '..=b'~')));
    }
    jar.clear();
    assert!(jar.header().is_none());
}

fn bodies(response: &Response) {
    assert!(response.text().len() <= 3 * response.body.len());
    let _told = (response.is_html(), response.content_type());
    let any = response.json::<Value>("answer");
    let small = response.json::<Vec<i32>>("list");
    for error in [any.as_ref().err(), small.as_ref().err()].into_iter().flatten() {
        decode_error(error);
    }
    if let Err(error) = response.json_secret::<Vec<i32>>("answer with a secret") {
        assert!(error.beginning().is_empty());
        decode_error(&error);
    }
}

fn decode_error(error: &DecodeError) {
    let text = error.to_string();
    assert!(text.len() <= 512, "{text}");
    assert!(error.beginning().len() <= 256);
    let digits = error.beginning().split(|c: char| !c.is_ascii_digit());
    assert!(digits.map(str::len).max().unwrap_or_default() < 5, "{text}");
    assert_plain(&text);
    let told = fault::from_decode(error.clone(), Idempotency::Command);
    assert_plain_error(&told);
}

/// A status that proves nothing never becomes a claim that nothing happened.
fn verdict(response: &Response) {
    let status = response.status;
    for idempotency in [Idempotency::Command, Idempotency::Query] {
        match fault::accept(response.clone(), idempotency) {
            Ok(accepted) => assert_eq!(accepted.status, status),
            Err(error) => {
                assert!(!response.is_success(), "{error}");
                assert_plain_error(&error);
            }
        }
    }
}

fn assert_plain_error(error: &Error) {
    assert_plain(&error.to_string());
    assert!(error.to_string().len() < 4096);
    assert!(!format!("{error:?}").contains(char::is_control));
}

fn assert_plain(shown: &str) {
    let steers = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!shown.contains(steers), "{shown:?}");
}

const CANARY: &str = "Zq7-canary-0p";

#[cfg(test)]
#[path = "../../../fuzz/support/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::replay::{broken_texts, nests, on_a_small_stack, replay, steering_texts, write_samples};
    use super::*;

    fn words() -> Vec<(String, Vec<u8>)> {
        let words: [(&str, &str); 12] = [
            ("10-7", "#2065550100&x=1"),
            ("sip:ann@example.com", "https://gateway.example:8043/api/v2"),
            ("101/../x", "http://user:pw@evil:1/calls/42?x#y"),
            ("%2e%2e", "//evil.example/calls/7"),
            ("..", "\\\\evil\\x"),
            ("１０１", "file:///etc/passwd"),
            ("guid", "a\r\nx: y"),
            ("Content-Length", "7"),
            ("a;b=c@d:e", "http://[::1]:8080/a/../b/%2e%2e/c"),
            ("~a!$&'()*+,;=", "HTTP://GATEWAY:80//a//b/"),
            ("Agent Group 1", "http://gateway:8080/base/calls/42"),
            (".hidden", "http://gate\u{202e}way/"),
        ];
        let numbered = words.iter().enumerate();
        numbered
            .map(|(at, (first, second))| (format!("words-{at}"), format!("{first}\n{second}").into_bytes()))
            .collect()
    }

    fn heads() -> Vec<(String, Vec<u8>)> {
        let heads = [
            "200\ncontent-type: application/json; charset=UTF-8\nset-cookie: JSESSIONID=7; Path=/; HttpOnly\n\n{\"code\":5}",
            "200\ncontent-type: text/html\n\n<!DOCTYPE html><p>Please log in, caller +12065550100",
            "503\nretry-after: 120\n\n",
            "429\nretry-after: Wed, 21 Oct 2026 07:28:00 GMT\ndate: Wed, 21 Oct 2026 07:27:50 GMT\n\n{}",
            "503\nretry-after: 18446744073709551616\n\n",
            "302\nlocation: //evil.example/\n\n",
            "401\nwww-authenticate: Basic realm=\"x\"\nset-cookie: a=b; Max-Age=99999999999999999999; Expires=Thu, 01 Jan 1970 00:00:00 GMT\n\n",
            "[1,2,99999999999]",
            "\u{feff}{\"a\":1e400}",
            "{\"a\":1,\"a\":\"\\ud800\"}",
        ];
        let numbered = heads.iter().enumerate();
        numbered
            .map(|(at, head)| (format!("head-{at}"), head.as_bytes().to_vec()))
            .collect()
    }

    fn bytes(samples: Vec<(String, Vec<u8>)>) -> Vec<Vec<u8>> {
        samples.into_iter().map(|(_, bytes)| bytes).collect()
    }

    #[test]
    #[ignore = "writes into fuzz/corpus"]
    fn samples_are_written() {
        write_samples("addresses", &words());
        write_samples("answers", &heads());
    }

    #[test]
    fn no_word_of_the_corpus_and_no_mutation_leads_a_request_elsewhere() {
        replay("addresses", &bytes(words()), 4000, addresses);
    }

    #[test]
    fn answers_of_the_corpus_and_their_mutations_are_read_within_bounds() {
        replay("answers", &bytes(heads()), 4000, answers);
    }

    #[test]
    fn nests_in_an_answer_are_refused_on_a_small_stack() {
        on_a_small_stack(256, answers, nests());
    }

    #[test]
    fn words_that_steer_terminals_headers_or_paths_lead_nowhere() {
        for word in steering_texts(&str::to_owned)
            .iter()
            .chain(&broken_texts(&str::to_owned))
        {
            for other in ["10-7", "http://gateway:8080/base"] {
                addresses(&[word.as_slice(), b"\n", other.as_bytes()].concat());
                addresses(&[other.as_bytes(), b"\n", word].concat());
            }
            answers(
                &[
                    b"503\nset-cookie: a=".as_slice(),
                    word,
                    b"\nretry-after: ",
                    word,
                    b"\n\n",
                    word,
                ]
                .concat(),
            );
        }
    }
}
