//! Answers in GBK: rare, but the vendor's own client looks for them (section 1). Everything else is UTF-8.

use callcontrol_http::{Bytes, Response};
use encoding_rs::Encoding;

/// The answer with its body in UTF-8.
pub(crate) fn to_utf8(mut response: Response) -> Response {
    if let Some(encoding) = response.header("Content-Type").and_then(chinese) {
        let (text, _, _) = encoding.decode(&response.body);
        response.body = Bytes::from(text.into_owned().into_bytes());
    }
    response
}

/// The encoding, if it is one of the Chinese family; a label that nobody knows is left to the decoder of JSON.
fn chinese(content_type: &str) -> Option<&'static Encoding> {
    let label = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"'))
    })?;
    let encoding = Encoding::for_label(label.as_bytes())?;
    [encoding_rs::GBK, encoding_rs::GB18030]
        .contains(&encoding)
        .then_some(encoding)
}

#[cfg(test)]
mod tests {
    use callcontrol_http::{HeaderMap, HeaderValue};

    use super::*;

    fn read(content_type: &'static str, body: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static(content_type));
        to_utf8(Response::new(200, headers, Bytes::copy_from_slice(body))).text()
    }

    #[test]
    fn an_answer_in_gbk_is_read_as_one_in_utf_8() {
        let (gbk, _, _) = encoding_rs::GBK.encode("{\"message\":\"坐席未签入\"}");
        for label in [
            "application/json;charset=GBK",
            "application/json; Charset=\"gb2312\"",
            "text/plain; x=1; charset=gb18030",
        ] {
            assert_eq!(read(label, &gbk), "{\"message\":\"坐席未签入\"}", "{label}");
        }
        for label in [
            "application/json",
            "application/json;charset=UTF-8",
            "application/json;charset=nonsense",
        ] {
            assert_eq!(read(label, "坐席".as_bytes()), "坐席", "{label}");
        }
    }
}
