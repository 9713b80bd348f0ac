//! Two-step transfers under notifications that are reordered, doubled, dropped and delayed at random: no outcome is ever wrong; what is unknown is resolved or stays so.

mod support;

use std::time::Duration;

use callcontrol_core::{CallControl, ConsultStep, CustomerAt, OpCx, Verdict};
use callcontrol_http::Trick;
use callcontrol_simulators::gws::{EventMischief, EventTiming, GwsOptions, HeldWithConsult};
use callcontrol_testkit::switch::{Behaviour, CustomerPlace};
use proptest::prelude::*;
use support::*;

#[derive(Debug, Clone)]
struct Weather {
    mischief: EventMischief,
    before: bool,
    pause: u64,
    retrieve_listed: bool,
    auto_retrieve: bool,
}

fn weather() -> impl Strategy<Value = Weather> {
    let rates = (any::<u64>(), 0_u32..35, 0_u32..35, 0_u32..35, 1_u64..1500);
    (rates, any::<bool>(), 0_u64..200, any::<bool>(), any::<bool>()).prop_map(
        |((seed, lost, doubled, late, delay), before, pause, retrieve_listed, auto_retrieve)| Weather {
            mischief: EventMischief {
                seed,
                lost,
                doubled,
                late,
                delay: Duration::from_millis(delay),
            },
            before,
            pause,
            retrieve_listed,
            auto_retrieve,
        },
    )
}

/// What happens to the consult after Bob was asked.
#[derive(Debug, Clone, Copy)]
enum Plot {
    Completed,
    Cancelled,
    BobHangsUpFirst,
    CustomerHangsUpFirst,
    BobIsBusy,
}

fn plot() -> impl Strategy<Value = Plot> {
    prop::sample::select(vec![
        Plot::Completed,
        Plot::Cancelled,
        Plot::BobHangsUpFirst,
        Plot::CustomerHangsUpFirst,
        Plot::BobIsBusy,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_becomes_of_the_notifications_no_outcome_of_a_two_step_transfer_is_wrong(weather in weather(), plot in plot()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        let said = runtime.block_on(story(&weather, plot));
        prop_assert_eq!(said, Ok(()));
    }
}

async fn story(weather: &Weather, plot: Plot) -> Result<(), String> {
    let mut site = room_with(GwsOptions::default(), quick(), |_| Trick::Pass).await;
    let call = site.talking().await;
    let behaviour = if matches!(plot, Plot::BobIsBusy) {
        Behaviour::Busy
    } else {
        Behaviour::Answers
    };
    site.behaves(&bob(), behaviour);
    site.sim.update_options(|o| {
        let pause = Duration::from_millis(weather.pause);
        o.event_mischief = Some(weather.mischief);
        o.event_timing = if weather.before {
            EventTiming::BeforeAnswer(pause)
        } else {
            EventTiming::AfterAnswer(pause)
        };
        o.auto_retrieve = weather.auto_retrieve;
        if weather.retrieve_listed {
            o.held_with_consult = HeldWithConsult::Retrieve;
        }
    });
    let (receipt, consult) = consult_bob(&site, &call).await.map_err(|error| error.to_string())?;
    let outcome = receipt.outcome().await;
    let truth = site.customer(&call);
    check("consult", outcome.verdict, outcome.customer, &truth)?;
    let is_talking = matches!(
        plot,
        Plot::Completed | Plot::Cancelled | Plot::BobHangsUpFirst | Plot::CustomerHangsUpFirst
    );
    if outcome.verdict != Verdict::Unknown && outcome.is_done() != is_talking {
        return Err(format!("the consult is said to be {outcome}"));
    }
    match plot {
        Plot::BobHangsUpFirst => {
            let third = site
                .switch()
                .calls_of(&bob())
                .first()
                .map(|call| call.id)
                .ok_or("Bob is in no call")?;
            site.switch()
                .with(|switch| switch.hang_up(&bob(), third))
                .map_err(|refusal| format!("{refusal:?}"))?;
        }
        Plot::CustomerHangsUpFirst => {
            site.switch()
                .with(|switch| switch.hang_up(&customer_phone(), call.switch))
                .map_err(|refusal| format!("{refusal:?}"))?;
        }
        Plot::Completed | Plot::Cancelled | Plot::BobIsBusy => {}
    }
    let step = if matches!(plot, Plot::Cancelled | Plot::BobIsBusy) {
        ConsultStep::Cancel
    } else {
        ConsultStep::Complete
    };
    // A refusal did nothing, and says so.
    if let Ok(receipt) = site.gws.consult_step(&consult, step, &OpCx::new()).await {
        let outcome = receipt.outcome().await;
        let truth = site.customer(&call);
        check("step", outcome.verdict, outcome.customer, &truth)?;
        if outcome.verdict == Verdict::Unknown {
            let resolved = receipt.outcome_handle().wait_resolved(Duration::from_secs(20)).await;
            if let Some(late) = resolved {
                check("late", late.verdict, late.customer, &site.customer(&call))?;
            }
        }
        if outcome.is_done() && step == ConsultStep::Complete && site.transfers(&call) != 1 {
            return Err(format!(
                "completed, they say, and the switch moved him {} times",
                site.transfers(&call)
            ));
        }
    }
    if site.transfers(&call) > 1 || site.sent("CompleteTransfer") > 1 {
        return Err("a customer was moved twice".to_owned());
    }
    site.sim.update_options(|o| o.event_mischief = None);
    site.sign_out().await;
    Ok(())
}

fn check(story: &str, verdict: Verdict, said: CustomerAt, truth: &CustomerPlace) -> Result<(), String> {
    if said == CustomerAt::Unknown || matches_truth(said, truth) {
        return Ok(());
    }
    Err(format!("{story}: {verdict:?}, said {said}, the switch says {truth:?}"))
}
