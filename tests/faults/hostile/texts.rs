//! Rows 44 and 45: texts that break readers, and texts that deceive those who read them.

use std::time::Duration;

use callcontrol::*;
use callcontrol_http::Trick;

use super::paused;
use crate::support::{ADAPTERS, InMemory, TELEPHONY};

#[test]
fn no_broken_text_harms_a_session_not_even_on_a_small_stack() {
    for adapter in ADAPTERS {
        let thread = std::thread::Builder::new().stack_size(SMALL_STACK).spawn(move || {
            let runtime = paused();
            // Boxed: the future itself is not what is measured.
            runtime.block_on(Box::pin(async move {
                for text in broken_texts() {
                    Box::pin(meets_broken_text(adapter, text)).await;
                }
            }));
        });
        assert!(thread.unwrap().join().is_ok(), "{adapter}");
    }
}

async fn meets_broken_text(adapter: &'static str, text: Vec<u8>) {
    let memory = InMemory::new(adapter);
    let (_ann, call, customer) = memory.talking().await;
    let answer = |text: &[u8]| Trick::Answer {
        status: 200,
        content_type: "application/json",
        body: text.to_vec().into(),
    };
    memory.next(poll_path(adapter), answer(&text));
    tokio::time::sleep(Duration::from_secs(40)).await;
    memory.next(memory.transfer_path(), answer(&text));
    let to = Target::number("90012345").unwrap();
    let shown = String::from_utf8_lossy(text.get(..16.min(text.len())).unwrap_or_default()).into_owned();
    let error = match call.blind_transfer(to).await {
        Err(error) => error,
        Ok(receipt) => return is_accepted_and_no_more(adapter, &shown, &receipt).await,
    };
    assert_eq!(error.effect(), Effect::Unknown, "{adapter}, {shown}: {error}");
    assert!(
        error.to_string().len() < 2_000 && !error.to_string().contains(char::is_control),
        "{adapter}: {error}"
    );
    assert_eq!(memory.site.truth(customer).1, 0, "{adapter}, {shown}");
}

/// Texts that have broken decoders before (the JSON test suite's families, section 1 of RFC 8259's security notes).
fn broken_texts() -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> = [
        "[".repeat(20_000),
        "{\"a\":".repeat(20_000),
        "\u{feff}{}".to_owned(),
        "{\"a\":1,\"a\":2}".to_owned(),
        "[NaN]".to_owned(),
        "[1e400]".to_owned(),
        "[-99999999999999999999]".to_owned(),
        "[\"\\ud800\"]".to_owned(),
        "[\"\\udfff\\ud800\"]".to_owned(),
        "[\"\\u0000\"]".to_owned(),
        "\u{0}".repeat(16),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect();
    texts.extend([
        vec![0xff, 0xfe, b'{'],
        b"{\"a\":\"\xc3\x28\"}".to_vec(),
        vec![0xed, 0xa0, 0x80],
    ]);
    texts
}

/// Some answers of OIFDE are documented without a code; such a one is accepted there, and nothing is claimed about what became of it.
pub(crate) async fn is_accepted_and_no_more(adapter: &str, answer: &str, receipt: &Receipt) {
    assert_eq!(adapter, "huawei-oifde", "{answer}: {receipt:?}");
    assert_eq!(
        receipt.outcome().await.verdict,
        Verdict::Unknown,
        "{answer}: {receipt:?}"
    );
}

/// Words in the path by which events are fetched; OIFDE has none, there nothing matches.
fn poll_path(adapter: &str) -> &'static str {
    match adapter {
        "huawei-cc-gateway" => "/agentevent/",
        "huawei-oifde" => "/no-such-path",
        _ => "/notifications",
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_vendor_says_in_colours_newlines_and_backward_script_is_shown_plain() {
    let evil = "\\u001b[31mred\\u001b]0;title\\u0007\\r\\n2026-01-01 ERROR forged <script>alert(1)</script> \\u202egnp.exe\\u2066";
    for (adapter, body) in [
        (
            "huawei-cc-gateway",
            format!("{{\"message\":\"{evil}\",\"retcode\":\"{evil}\"}}"),
        ),
        (
            "huawei-oifde",
            format!("{{\"errorCode\":\"98765\",\"errorMsg\":\"{evil}\"}}"),
        ),
        (
            "genesys-gws",
            format!("{{\"statusCode\":987,\"statusMessage\":\"{evil}\"}}"),
        ),
    ] {
        let memory = InMemory::new(adapter);
        let (_ann, call, _) = memory.talking().await;
        let answer = Trick::Answer {
            status: 200,
            content_type: "application/json",
            body: body.into(),
        };
        memory.next(memory.transfer_path(), answer);
        let error = call
            .blind_transfer(Target::number("90012345").unwrap())
            .await
            .unwrap_err();
        let native = error.native().cloned().unwrap_or_default();
        for shown in [
            error.to_string(),
            format!("{error:?}"),
            format!("{native:?}"),
            native.message.unwrap_or_default(),
        ] {
            assert!(!shown.contains(is_harmful), "{adapter}: {}", shown.escape_debug());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_customer_is_called_and_what_the_call_carries_is_shown_plain() {
    let evil = "\u{1b}[31mred\r\nforged <script> \u{202e}gnp.exe";
    for adapter in TELEPHONY {
        let memory = InMemory::new(adapter);
        let (ann, call, _) = memory.talking().await;
        let mut feed = ann.subscribe();
        let patch = CallDataPatch::text(evil);
        let told = format!("{patch:?}");
        assert!(!told.contains(is_harmful), "{adapter}: {}", told.escape_debug());
        match call.patch_data(patch).await {
            Ok(receipt) => assert!(!format!("{receipt:?}").contains(is_harmful)),
            Err(error) => assert!(!format!("{error} {error:?}").contains(is_harmful), "{adapter}"),
        }
        let snapshot = feed.next().await.unwrap();
        let shown = format!("{snapshot:?}");
        assert!(!shown.contains(is_harmful), "{adapter}: {}", shown.escape_debug());
        let json = serde_json::to_string(&Target::number("90012345").unwrap()).unwrap();
        assert!(!json.contains(is_harmful));
    }
}

/// What moves a cursor, begins a line or turns the reading direction.
fn is_harmful(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A session in an unoptimised build needs more than a quarter of this by itself; the decoders alone are tested on that quarter.
const SMALL_STACK: usize = 512 * 1024;
