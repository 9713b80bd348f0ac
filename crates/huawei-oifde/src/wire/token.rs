//! `gettoken` (vendor page, section 3): tenant and API password in, an opaque token and its life out.

use std::time::Duration;

use callcontrol_core::{Effect, Error, ErrorKind, Result, Secret};
use callcontrol_http::ApiPath;
use serde_json::{Value, json};

use super::API;
use super::envelope::{Envelope, get, text_of};

/// What the vendor granted.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    pub(crate) token: Secret,
    pub(crate) lifetime: Option<Duration>,
}

pub(crate) fn path() -> ApiPath {
    ApiPath::new(API).literal("gettoken")
}

pub(crate) fn body(tenant: &str, password: &Secret) -> Value {
    json!({ "appKey": tenant, "appSecret": password.reveal() })
}

/// Takes the token out of an answer that says success.
pub(crate) fn granted(answer: &Envelope) -> Result<Granted> {
    let token = get(&answer.fields, "authToken")
        .and_then(text_of)
        .filter(|token| !token.is_empty());
    let Some(token) = token else {
        let message = "the gettoken answer says success but holds no authToken";
        return Err(Error::new(ErrorKind::Protocol, Effect::None, message));
    };
    let lifetime = get(&answer.fields, "expireTime").and_then(text_of);
    Ok(Granted {
        token: Secret::new(token),
        lifetime: lifetime.as_deref().and_then(seconds),
    })
}

/// Nonsense counts as not told: a life of zero seconds would mean one `gettoken` for each request.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: u64 = text.trim().parse().ok()?;
    (seconds > 0).then(|| Duration::from_secs(seconds.min(LONGEST)))
}

const LONGEST: u64 = 30 * 86_400;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn granted_by(answer: &Value) -> Result<Granted> {
        granted(&Envelope::from(answer.as_object().cloned().unwrap_or_default()))
    }

    #[test]
    fn the_request_is_spelt_as_the_page_shows_it() {
        let expected = json!({ "appKey": "202104237142", "appSecret": "s3cret" });
        assert_eq!(body("202104237142", &Secret::new("s3cret")), expected);
        assert_eq!(path().path_and_query(), "/oifde/rest/api/gettoken");
    }

    #[test]
    fn token_and_life_are_read_as_number_or_text() {
        for life in [json!(3600), json!("3600"), json!(" 3600 ")] {
            let granted =
                granted_by(&json!({ "errorCode": 0, "authToken": "t0", "expireTime": life })).expect("granted");
            assert_eq!(
                (granted.token.reveal(), granted.lifetime),
                ("t0", Some(Duration::from_secs(3600)))
            );
        }
        for life in [json!(0), json!(-5), json!("soon"), Value::Null, json!(1.5), json!({})] {
            let granted = granted_by(&json!({ "authToken": "t0", "expireTime": life })).expect("granted");
            assert_eq!(granted.lifetime, None, "{life}");
        }
        let absurd = granted_by(&json!({ "authToken": "t0", "expireTime": u64::MAX })).expect("granted");
        assert_eq!(absurd.lifetime, Some(Duration::from_secs(LONGEST)));
    }

    #[test]
    fn success_without_a_token_is_no_success() {
        for answer in [
            json!({ "errorCode": 0 }),
            json!({ "authToken": "" }),
            json!({ "authToken": null }),
        ] {
            let error = granted_by(&answer).expect_err("no token");
            assert_eq!((error.kind(), error.effect()), (ErrorKind::Protocol, Effect::None));
        }
    }

    proptest! {
        #[test]
        fn a_token_comes_back_to_the_letter_and_lives_between_a_second_and_a_month(token in "\\PC{1,64}", life in any::<i64>()) {
            let granted = granted_by(&json!({ "errorCode": 0, "authToken": token.clone(), "expireTime": life })).expect("granted");
            prop_assert_eq!(granted.token.reveal(), token);
            prop_assert_eq!(granted.lifetime.is_some(), life > 0);
            prop_assert!(granted.lifetime.is_none_or(|life| (1..=LONGEST).contains(&life.as_secs())));
        }
    }
}
