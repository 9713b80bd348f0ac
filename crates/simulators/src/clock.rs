//! The switch's own clock: a phone that rings too long stops ringing by itself, as long as somebody lets this run beside the simulators.

use std::future::Future;
use std::time::Duration;

use callcontrol_testkit::switch::SharedSwitch;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Advances the switch's clock with the real one until `stop`.
pub async fn run_switch_clock(switch: SharedSwitch, stop: impl Future<Output = ()> + Send) {
    let mut ticks = interval(STEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut last = Instant::now();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => return,
            now = ticks.tick() => {
                switch.with(|switch| switch.advance(now.saturating_duration_since(last)));
                last = now;
            }
        }
    }
}

const STEP: Duration = Duration::from_millis(250);
