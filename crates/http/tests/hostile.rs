//! Properties over arbitrary text and bytes: no id leaves its place, nothing panics, no secret shows (faults.md rows 41 to 46).

use std::time::Duration;

use callcontrol_http::{ApiPath, BaseUrl, Bytes, CookieJar, HeaderMap, Request, Response, last_segment};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use url::Url;

const BASE: &str = "http://gateway:8080/base";

fn hostile_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[./%2eEfF5cC\\\\?#@:a0 \t\r\n]{0,12}",
        "(\\.\\.|\\.|%2e|%2E|%2f|/|//|\\\\|;|@|:|[0-9０-９]){1,6}",
        "(https?|file|ftp)?(:)?(//)?([a-z]{1,4}(:[a-z]{1,3})?@)?[a-z]{0,5}(:[0-9]{0,6})?(/[a-z.%]{0,5}){0,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_id_is_refused_or_stays_one_segment_of_its_origin(id in hostile_text(), value in hostile_text()) {
        let Ok(path) = ApiPath::new("/calls").id(&id) else { return Ok(()) };
        let Ok(path) = path.literal("transfer").query("to", &value) else { return Ok(()) };
        let text = format!("{BASE}{}", path.path_and_query());
        let url = Url::parse(&text).expect("a URL");
        prop_assert_eq!(url.as_str(), &text, "parsing changes nothing");
        prop_assert_eq!(url.origin().ascii_serialization(), "http://gateway:8080");
        let segments: Vec<_> = url.path_segments().expect("segments").collect();
        prop_assert_eq!(segments.len(), 4);
        let decoded = percent_decode_str(segments[2]).decode_utf8().expect("UTF-8");
        prop_assert_eq!(decoded, id);
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        prop_assert_eq!(pairs, vec![("to".to_owned(), value)]);
        prop_assert_eq!(url.fragment(), None);
    }

    #[test]
    fn a_servers_uri_yields_an_id_that_may_be_used_or_nothing(uri in hostile_text()) {
        if let Some(id) = last_segment(&uri) {
            prop_assert!(ApiPath::new("/calls").id(&id).is_ok());
        }
        let base = BaseUrl::parse(BASE).expect("valid");
        if base.owns(&uri) {
            let url = Url::parse(BASE).expect("valid").join(&uri).expect("a URL");
            prop_assert_eq!(url.host_str(), Some("gateway"));
            prop_assert_eq!(url.port(), Some(8080));
        }
        if let Ok(base) = BaseUrl::parse(&uri) {
            prop_assert!(!base.host().is_empty());
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_header_is_refused_or_plain(name in hostile_text(), value in any::<String>()) {
        let request = Request::get(ApiPath::new("/x"), Duration::from_secs(1));
        if let Ok(request) = request.sensitive_header(&name, &value) {
            for (name, stored) in request.headers() {
                prop_assert!(!name.as_str().contains(['\r', '\n', ':', ' ']));
                prop_assert!(stored.as_bytes().iter().all(|byte| (b' '..=b'~').contains(byte)));
            }
        }
    }

    #[test]
    fn any_body_decodes_or_gives_a_short_plain_error(body in any::<Vec<u8>>(), prefix in "[\\[{\"0-9a-z:,]{0,8}") {
        let mut whole = prefix.into_bytes();
        whole.extend(body);
        let response = Response::new(200, HeaderMap::new(), Bytes::from(whole));
        if let Err(error) = response.json::<Vec<u32>>("list") {
            let text = error.to_string();
            prop_assert!(text.len() <= 512 && !text.contains(char::is_control), "{}", text);
            prop_assert!(error.beginning().len() <= 256);
        }
        let _html = response.is_html();
    }

    #[test]
    fn any_cookie_is_left_out_or_sent_as_a_plain_header(cookies in proptest::collection::vec(any::<String>(), 0..4)) {
        let jar = CookieJar::new();
        jar.store("own=1");
        for cookie in &cookies {
            jar.store(cookie);
        }
        let header = jar.header().expect("one at least");
        prop_assert!(header.to_str().is_ok());
        prop_assert!(header.is_sensitive());
    }
}

#[test]
fn broken_texts_are_read_or_refused_on_a_stack_of_256_kib() {
    let texts: Vec<Vec<u8>> = vec![
        "[".repeat(200_000).into_bytes(),
        "{\"a\":".repeat(200_000).into_bytes(),
        format!("{}1{}", "[".repeat(127), "]".repeat(127)).into_bytes(),
        format!("[{}]", "9".repeat(1 << 20)).into_bytes(),
        b"[1e400, -1e400]".to_vec(),
        b"[NaN, Infinity]".to_vec(),
        b"[\"\\ud800\"]".to_vec(),
        b"[\"\xed\xa0\x80\"]".to_vec(),
        b"\xff\xfe[\0]\0".to_vec(),
        b"[\"\\u0000\"]".to_vec(),
        vec![0; 1 << 16],
    ];
    let reader = std::thread::Builder::new().stack_size(256 * 1024).spawn(move || {
        for text in texts {
            let response = Response::new(200, HeaderMap::new(), Bytes::from(text));
            let _value = response.json::<serde_json::Value>("anything");
            let _list = response.json::<Vec<u32>>("list");
            let _raw = response.json::<Box<serde_json::value::RawValue>>("anything");
        }
    });
    assert!(reader.expect("a thread").join().is_ok());
}

#[test]
fn what_stands_twice_before_a_mark_or_beyond_unicode_has_one_meaning() {
    let read = |text: &str| {
        let response = Response::new(200, HeaderMap::new(), Bytes::from(text.to_owned()));
        response.json::<serde_json::Value>("anything").ok()
    };
    let marked = read("\u{feff}{\"code\":\"1\"}").expect("a byte order mark is passed over");
    assert_eq!(marked["code"], "1");
    let twice = read("{\"code\":\"1\",\"code\":\"0\"}").expect("the last one counts");
    assert_eq!(twice["code"], "0");
    assert!(read("{\"code\":\"\\ud800\"}").is_none(), "half a character is none");
}
