//! Signing in with a wrong password, and what is left of a session after signing out.

use callcontrol_core::{CloseSession, Dial, Effect, ErrorKind, Session, TargetKind};

use super::report::{Tried, ensure, fail, skip};
use super::run::{Stand, play};

pub(super) async fn a_wrong_password_is_tried_once(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let Some(wrong) = stage.harness.wrong_password() else {
            return skip("the harness has no password that could be wrong");
        };
        let before = stage.harness.requests_for(callcontrol_core::Operation::Open);
        match Session::open(&stage.control, wrong).await {
            Ok(_) => fail("a wrong password was accepted"),
            Err(error) => {
                ensure(error.kind() == ErrorKind::Credentials, || {
                    format!("credentials should be refused, got: {error}")
                })?;
                ensure(error.effect() == Effect::None, || format!("refused, and yet: {error}"))?;
                stage.settle().await;
                let after = stage.harness.requests_for(callcontrol_core::Operation::Open);
                let tries = before.zip(after).map(|(before, after)| after.saturating_sub(before));
                ensure(tries.is_none_or(|tries| tries <= 1), || {
                    format!("a wrong password was tried {tries:?} times: accounts get locked")
                })
            }
        }
    })
    .await
}

pub(super) async fn after_signing_out_nothing_more_is_accepted(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let session = stage.sign_in().await?;
        let number = stage.part(TargetKind::Number)?;
        session.clone().close(CloseSession::default()).await?.outcome().await;
        stage.settle().await;
        let before = stage.harness.requests();
        match session.dial(Dial::to(number.target)).await {
            Ok(_) => fail("the agent is signed out, and a call was accepted"),
            Err(error) => {
                ensure(error.effect() == Effect::None, || format!("refused, and yet: {error}"))?;
                ensure(before == stage.harness.requests(), || {
                    "the agent is signed out, and a request went out all the same".to_owned()
                })
            }
        }
    })
    .await
}
