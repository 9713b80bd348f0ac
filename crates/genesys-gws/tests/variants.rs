//! One working day under each reading of the page: whatever Genesys left open, and each variant of what it left open, the outcomes are true.

mod support;

use callcontrol_core::{
    AgentStateRequest, CallControl, CallDataPatch, ConsultStep, CustomerAt, Dial, Dtmf, Effect, ErrorKind, LegAction,
    LegRef, OpCx, Transfer, TransferMode, Verdict,
};
use callcontrol_http::Trick;
use callcontrol_simulators::gws::{GwsOptions, HeldWithConsult};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace, Party};
use support::*;

#[tokio::test(start_paused = true)]
async fn a_day_goes_well_under_every_variant_of_the_server() {
    let variants = GwsOptions::variants();
    assert!(variants.len() > 50, "{} variants", variants.len());
    for (name, options) in variants {
        let mut site = room_with(options.clone(), quick(), |_| Trick::Pass).await;
        a_call_of_ones_own(&mut site, &options, name).await;
        a_customer_who_is_handed_over(&mut site, &options, name).await;
        a_colleague_who_is_busy(&mut site, name).await;
        site.sign_out().await;
    }
}

/// Ann calls somebody, plays with every button, and hangs up.
async fn a_call_of_ones_own(site: &mut Site, options: &GwsOptions, name: &str) {
    site.behaves(&Party::outside(scenery::THIRD_PARTY), Behaviour::Answers);
    let dial = Dial::to(number(scenery::THIRD_PARTY));
    let receipt = site.gws.dial(&site.session, dial, &OpCx::new()).await.expect(name);
    assert!(settled(&receipt).await.is_done(), "{name}: dialled");
    let snapshot = site
        .gws
        .snapshot(callcontrol_core::Scope::All, &OpCx::new())
        .await
        .expect(name);
    let view = snapshot.session(&site.session).expect("known");
    let call = view.calls.keys().next().expect("the outgoing call").clone();
    let at = LegRef {
        session: site.session.clone(),
        call,
    };
    let mut actions = vec![LegAction::Hold, LegAction::Retrieve];
    if options.lists_mute {
        actions.extend([LegAction::Mute, LegAction::Unmute]);
    }
    actions.push(LegAction::Release);
    for action in actions {
        let receipt = site.gws.act(&at, action, &OpCx::new()).await.expect(name);
        assert!(settled(&receipt).await.is_done(), "{name}: {action:?}");
    }
    let to = AgentStateRequest::Ready;
    let ready = site
        .gws
        .set_agent_state(&site.session, to, &OpCx::new())
        .await
        .expect(name);
    assert!(settled(&ready).await.is_done(), "{name}: ready");
}

/// A customer is taken, asked about, toggled and handed over to Bob.
async fn a_customer_who_is_handed_over(site: &mut Site, options: &GwsOptions, name: &str) {
    let (call, consult) = consulting_bob(site).await;
    if options.held_with_consult != HeldWithConsult::Retrieve {
        for customer in [CustomerAt::Agent, CustomerAt::AgentHeld] {
            let swapped = stepped(site, &consult, ConsultStep::Swap).await;
            assert!(swapped.is_done() && swapped.customer == customer, "{name}: {swapped}");
            assert_true(site, &call, &swapped, name);
        }
    }
    let patch = CallDataPatch::set("Mood", "fine");
    let data = site.gws.patch_data(&call.at, patch, &OpCx::new()).await.expect(name);
    assert!(settled(&data).await.is_done(), "{name}: data");
    let over = stepped(site, &consult, ConsultStep::Complete).await;
    assert!(over.is_done() && over.customer == CustomerAt::Target, "{name}: {over}");
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent("102".into()), "{name}");
    assert_eq!(site.sent("CompleteTransfer"), 1, "{name}");
}

/// The next customer wants Bob, who is talking: the consult fails in the way of this server, Ann keeps the customer and sends him on.
async fn a_colleague_who_is_busy(site: &mut Site, name: &str) {
    let call = site.ringing_from(scenery::OTHER_CUSTOMER).await;
    let answered = settled(&site.act(&call, LegAction::Answer).await).await;
    assert!(answered.is_done(), "{name}: {answered}");
    match consult_bob(site, &call).await {
        Err(error) => assert_eq!(error.effect(), Effect::None, "{name}: {error}"),
        Ok((receipt, consult)) => {
            let peek = receipt.within(std::time::Duration::from_secs(8)).await;
            if let Some(outcome) = peek {
                assert_eq!(outcome.verdict, Verdict::Failed, "{name}: {outcome}");
                assert_true(site, &call, &outcome, name);
            }
            match site.gws.consult_step(&consult, ConsultStep::Cancel, &OpCx::new()).await {
                Ok(back) => {
                    let back = settled(&back).await;
                    assert!(back.is_done() && back.customer == CustomerAt::Agent, "{name}: {back}");
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidState, "{name}: {error}"),
            }
        }
    }
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent("101".into()), "{name}");
    let at: LegRef = call.at.clone().into();
    let tones = site
        .gws
        .send_dtmf(&at, Dtmf::new("1").expect("valid"), &OpCx::new())
        .await
        .expect(name);
    assert!(settled(&tones).await.is_done(), "{name}: tones");
    let blind = Transfer::new(number("8001"), TransferMode::Blind);
    let receipt = site.gws.transfer(&call.at, blind, &OpCx::new()).await.expect(name);
    let sent = settled(&receipt).await;
    assert!(sent.is_done(), "{name}: {sent}");
    assert_eq!(
        site.customer(&call),
        CustomerPlace::InQueue(scenery::SUPPORT.into()),
        "{name}"
    );
    assert_eq!(site.transfers(&call), 1, "{name}");
}
