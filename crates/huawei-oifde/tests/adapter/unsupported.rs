//! Whatever the manifest does not claim is refused with its reason and with nothing on the wire, also without the stack's guard.

use callcontrol_core::{
    AgentStateRequest, CallControl, CallDataPatch, ConferenceOp, ConsultRef, ConsultStep, Dial, Dtmf, Effect, Error,
    ErrorKind, LegAction, OpCx, OpId, Requeue, StartConsult, Support, Transfer, TransferMode,
};
use callcontrol_huawei_oifde::manifest;

use crate::support::{Script, adapter, bob, supervised};

#[tokio::test(start_paused = true)]
async fn what_the_vendor_lacks_is_refused_with_a_reason_and_nothing_sent() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    let before = script.seen().len();
    let cx = OpCx::new();
    let consult = ConsultRef {
        id: OpId::fresh(),
        call: call.clone(),
    };
    let leg = call.clone().into();
    let mut refusals: Vec<Error> = Vec::new();
    for action in [
        LegAction::Answer,
        LegAction::Hold,
        LegAction::Retrieve,
        LegAction::Mute,
        LegAction::Unmute,
        LegAction::Release,
        LegAction::Clear,
    ] {
        refusals.push(oifde.act(&leg, action, &cx).await.expect_err("refused"));
    }
    for mode in [TransferMode::ReleaseAfter, TransferMode::Suspend] {
        refusals.push(
            oifde
                .transfer(&call, Transfer::new(bob(), mode), &cx)
                .await
                .expect_err("refused"),
        );
    }
    for step in [
        ConsultStep::Complete,
        ConsultStep::Cancel,
        ConsultStep::Swap,
        ConsultStep::Merge,
    ] {
        refusals.push(oifde.consult_step(&consult, step, &cx).await.expect_err("refused"));
    }
    for request in [StartConsult::new(bob()), StartConsult::new(bob()).three_way()] {
        refusals.push(oifde.consult(&call, request, &cx).await.expect_err("refused"));
    }
    for request in [Requeue::connected(bob()), Requeue::waiting(bob())] {
        refusals.push(oifde.requeue(&call, request, &cx).await.expect_err("refused"));
    }
    for request in [
        ConferenceOp::Add { to: bob() },
        ConferenceOp::Remove { party: bob() },
        ConferenceOp::RelayDtmf,
    ] {
        refusals.push(oifde.conference(&call, request, &cx).await.expect_err("refused"));
    }
    let session = &call.session;
    refusals.push(
        oifde
            .set_agent_state(session, AgentStateRequest::Ready, &cx)
            .await
            .expect_err("refused"),
    );
    refusals.push(oifde.dial(session, Dial::to(bob()), &cx).await.expect_err("refused"));
    refusals.push(
        oifde
            .cancel_transfer(&call, &OpId::fresh(), &cx)
            .await
            .expect_err("refused"),
    );
    refusals.push(
        oifde
            .send_dtmf(&leg, Dtmf::new("1").expect("valid"), &cx)
            .await
            .expect_err("refused"),
    );
    refusals.push(
        oifde
            .patch_data(&call, CallDataPatch::set("a", "b"), &cx)
            .await
            .expect_err("refused"),
    );
    let reasons: Vec<_> = manifest()
        .cells()
        .filter_map(|(_, cell)| match &cell.support {
            Support::Unsupported { reason } => Some(reason.clone()),
            _ => None,
        })
        .collect();
    for error in refusals {
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Unsupported, Effect::None),
            "{error}"
        );
        assert!(reasons.iter().any(|reason| reason == error.message()), "{error}");
    }
    assert_eq!(script.seen().len(), before);
}
