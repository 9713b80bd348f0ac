//! What the loss of a session means and what is done about it: pure decisions, apart from the clock. The gateway has no event for a forced
//! sign-out, and answers alike to an agent whom somebody signed out and to one whom it has forgotten (5.4): only the link's own story tells them apart.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callcontrol_core::{Displace, Error, ErrorKind, SessionId};
use tokio::time::Instant;

use crate::config::{CcGatewayConfig, SignInAgain};
use crate::faults;

/// The story of one session's link.
#[derive(Debug)]
pub(crate) struct Health(Mutex<Story>);

#[derive(Debug)]
struct Story {
    /// When the gateway last answered a poll or heart-beat of this session.
    beat: Instant,
    /// When it may last have begun a stay of ours: the beat, or a later sign-in whose answer was lost.
    stay: Instant,
    broken: bool,
    /// When the link was last said to be restored.
    restored: Option<Instant>,
    /// How often it broke again soon after that.
    relapses: u32,
}

impl Health {
    /// Signed in just now.
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        Self(Mutex::new(Story {
            beat: now,
            stay: now,
            broken: false,
            restored: None,
            relapses: 0,
        }))
    }

    /// The gateway has answered a poll or heart-beat.
    pub(crate) fn beat(&self) {
        let mut story = self.story();
        story.beat = Instant::now();
        story.stay = story.beat;
    }

    /// A sign-in was sent whose answer was lost: whoever is signed in now may be us.
    pub(crate) fn maybe_signed_in(&self) {
        self.story().stay = Instant::now();
    }

    /// Something was lost on the way.
    pub(crate) fn broke(&self) {
        self.story().broken = true;
    }

    /// The link is whole again.
    pub(crate) fn mended(&self) {
        let mut story = self.story();
        story.beat = Instant::now();
        story.stay = story.beat;
        story.broken = false;
        story.restored = Some(story.beat);
    }

    /// The link that flowed has broken; `steady` is how long it must flow to count as whole.
    pub(crate) fn fell(&self, steady: Duration) {
        let mut story = self.story();
        story.relapses = match story.restored.take().is_some_and(|at| at.elapsed() < steady) {
            true => story.relapses.saturating_add(1),
            false => 0,
        };
    }

    /// True when it has flowed for so long that earlier failures count no more.
    pub(crate) fn is_steady(&self, steady: Duration) -> bool {
        self.story().restored.is_none_or(|at| at.elapsed() >= steady)
    }

    /// How long a link must hold before it is said to be restored: not at all, unless it broke again soon after it was said last.
    pub(crate) fn trial(&self, longest: Duration) -> Duration {
        match self.story().relapses {
            0 => Duration::ZERO,
            relapses => FIRST_TRIAL.saturating_mul(1 << (relapses - 1).min(10)).min(longest),
        }
    }

    /// True while nothing speaks for a loss of our own making: no break, here or since the last answer at another session of the same gateway,
    /// and no silence after which the gateway signs an agent out.
    pub(crate) fn is_well(&self, elsewhere: Option<Instant>) -> bool {
        let story = self.story();
        let spared = elsewhere.is_none_or(|broke| broke < story.beat);
        !story.broken && spared && story.beat.elapsed() < SIGNED_OUT_AFTER
    }

    /// True while the stay that bars the way may be our own, which nobody polls for any more.
    pub(crate) fn may_be_own_stay(&self) -> bool {
        self.story().stay.elapsed() < SIGNED_OUT_AFTER + SLACK
    }

    fn story(&self) -> MutexGuard<'_, Story> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sessions of one adapter that were told on a whole link that the gateway does not know them, and what broke last.
#[derive(Debug, Default)]
pub(crate) struct Losses(Mutex<Tally>);

#[derive(Debug, Default)]
struct Tally {
    dismissed: VecDeque<(SessionId, Instant)>,
    broke: Option<Broke>,
}

/// What may concern all sessions of the gateway.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Broke {
    pub(crate) at: Instant,
    /// No link broke: several sessions were dismissed at once.
    pub(crate) by_dismissal: bool,
}

impl Losses {
    /// This session was dismissed just now.
    pub(crate) fn dismissed(&self, session: &SessionId) {
        let mut tally = self.tally();
        tally.dismissed.retain(|(other, _)| other != session);
        tally.dismissed.push_back((session.clone(), Instant::now()));
        if tally.dismissed.len() > DISMISSALS_KEPT {
            tally.dismissed.pop_front();
        }
    }

    /// True when another one was dismissed so near in time that it was the gateway that lost them. Somebody takes one agent at a time.
    pub(crate) fn was_with_others(&self, session: &SessionId) -> bool {
        let tally = self.tally();
        let Some((_, at)) = tally.dismissed.iter().find(|(other, _)| other == session) else {
            return false;
        };
        let apart = |other: &Instant| at.duration_since(*other).max(other.duration_since(*at));
        let mut others = tally.dismissed.iter().filter(|(other, _)| other != session);
        others.any(|(_, other)| apart(other) <= TOGETHER)
    }

    /// Something broke that may concern all.
    pub(crate) fn broke(&self, by_dismissal: bool) {
        let at = Instant::now();
        self.tally().broke = Some(Broke { at, by_dismissal });
    }

    /// What broke last.
    pub(crate) fn last(&self) -> Option<Broke> {
        self.tally().broke
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a session that the gateway does not know any more has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Somebody signed in with the agent or signed it out; it is theirs.
    Displaced,
    /// The gateway has forgotten it, and nobody wants it back.
    Lost,
    /// We sign in again.
    ComeBack,
}

/// What it has come to, by how the link was and what the deployment wants.
pub(crate) fn meaning(was_well: bool, policy: SignInAgain) -> Loss {
    match (was_well, policy) {
        (_, SignInAgain::Always) | (false, SignInAgain::AfterLinkLoss) => Loss::ComeBack,
        (true, SignInAgain::AfterLinkLoss | SignInAgain::Never) => Loss::Displaced,
        (false, SignInAgain::Never) => Loss::Lost,
    }
}

/// What is done after a refused attempt to sign in again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Taken over by force, as was asked for at the first sign-in.
    Force,
    /// Tried again after a pause.
    Later,
    /// Somebody else has the agent.
    Displaced,
    /// Another attempt would end alike, or lock the account.
    Lost,
}

/// What a refusal on the way back asks for. `own_stay`: the stay that bars the way may be our own.
pub(crate) fn refusal(error: &Error, displace: Displace, own_stay: bool) -> Refused {
    if faults::is_signed_in_already(error) {
        return match displace {
            Displace::Always => Refused::Force,
            _ if own_stay => Refused::Later,
            _ => Refused::Displaced,
        };
    }
    match error.kind() {
        ErrorKind::Credentials
        | ErrorKind::Permission
        | ErrorKind::InvalidInput
        | ErrorKind::InvalidState
        | ErrorKind::Config
        | ErrorKind::Tls
        | ErrorKind::Closed
        | ErrorKind::Internal => Refused::Lost,
        _ => Refused::Later,
    }
}

/// Full jitter: anything between nothing and a bound that doubles with each attempt, so that a thousand agents do not come back in one second.
/// By the time the bound has grown to the longest they are well apart, and the last quarter of it will do: a gateway that is away for long is not
/// to be asked more often than one that is well.
pub(crate) fn pause(config: &CcGatewayConfig, attempts: u32, random: u64) -> Duration {
    let bound = doubled(config, attempts);
    if attempts < APART || bound < config.recovery_most_ms {
        return Duration::from_millis(random % bound.max(1));
    }
    let jitter = (bound / 4).max(1);
    Duration::from_millis(bound.saturating_sub(random % jitter))
}

/// Full jitter before a sign-in, spread over a wider span, as a gateway that comes back has all its agents to sign in.
pub(crate) fn spread(config: &CcGatewayConfig, attempts: u32, random: u64) -> Duration {
    Duration::from_millis(random % spread_bound(config, attempts).max(1))
}

fn spread_bound(config: &CcGatewayConfig, attempts: u32) -> u64 {
    doubled(config, attempts).max(config.sign_in_spread_ms)
}

fn doubled(config: &CcGatewayConfig, attempts: u32) -> u64 {
    let doubled = config.recovery_first_ms.saturating_mul(1 << attempts.min(20));
    doubled.min(config.recovery_most_ms)
}

/// The turns of one adapter's agents to sign in again. Jitter alone heaps them up in the middle: when each finds out that the gateway is back is
/// spread over one pause, when it then signs in over another.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<Option<Instant>>);

impl Turns {
    /// How long it is until the next turn, where all of so many agents get one within the longest that two pauses can take.
    pub(crate) fn wait(&self, config: &CcGatewayConfig, attempts: u32, agents: u32) -> Duration {
        let span = Duration::from_millis(spread_bound(config, attempts).saturating_mul(2));
        let apart = (span / agents.max(1)).min(FURTHEST_APART);
        let now = Instant::now();
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = free.map_or(now, |free| free.max(now));
        *free = Some(turn + apart);
        turn.duration_since(now)
    }
}

/// After so many pauses with full jitter the agents of a gateway are well apart.
const APART: u32 = 5;

/// A few agents need not wait for each other any longer.
const FURTHEST_APART: Duration = Duration::from_secs(1);

/// The gateway signs out who has not polled for so long (3.3, 3.7).
pub(crate) const SIGNED_OUT_AFTER: Duration = Duration::from_secs(120);

/// Within this time the sessions of a gateway that ends its pending polls in good order are told so.
pub(crate) const TOGETHER: Duration = Duration::from_secs(2);

/// A link that broke again at once is watched for so long, and twice as long each time it does so again.
const FIRST_TRIAL: Duration = Duration::from_secs(2);

/// Bounds memory; two are enough to tell.
const DISMISSALS_KEPT: usize = 16;

/// What the gateway's clock and ours may differ by.
const SLACK: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use callcontrol_core::{Effect, NativeFault};

    use super::*;

    fn refused(code: &str, kind: ErrorKind) -> Error {
        Error::new(kind, Effect::None, "refused").with_native(NativeFault {
            code: Some(code.to_owned()),
            message: None,
            http_status: None,
        })
    }

    #[test]
    fn a_session_lost_on_a_healthy_link_was_taken_and_one_lost_on_a_broken_link_forgotten() {
        use SignInAgain::{AfterLinkLoss, Always, Never};
        let cases = [
            (true, AfterLinkLoss, Loss::Displaced),
            (true, Never, Loss::Displaced),
            (true, Always, Loss::ComeBack),
            (false, AfterLinkLoss, Loss::ComeBack),
            (false, Always, Loss::ComeBack),
            (false, Never, Loss::Lost),
        ];
        for (well, policy, loss) in cases {
            assert_eq!(meaning(well, policy), loss, "{well} {policy:?}");
        }
    }

    #[test]
    fn a_wrong_password_on_the_way_back_is_not_tried_twice() {
        for code in ["100-004", "100-061", "110-016"] {
            let error = refused(code, ErrorKind::Credentials);
            assert_eq!(refusal(&error, Displace::Always, true), Refused::Lost);
        }
        let unreachable = Error::new(ErrorKind::Unreachable, Effect::None, "refused");
        assert_eq!(refusal(&unreachable, Displace::Never, false), Refused::Later);
        let platform = refused("100-003", ErrorKind::VendorFailure);
        assert_eq!(refusal(&platform, Displace::Never, false), Refused::Later);
    }

    #[test]
    fn an_agent_signed_in_already_may_be_our_own_stay_for_two_minutes_and_is_somebody_elses_after_them() {
        let error = refused("100-002", ErrorKind::InvalidState);
        assert_eq!(refusal(&error, Displace::Never, true), Refused::Later);
        assert_eq!(refusal(&error, Displace::IfIdle, true), Refused::Later);
        assert_eq!(refusal(&error, Displace::Never, false), Refused::Displaced);
        assert_eq!(refusal(&error, Displace::Always, false), Refused::Force);
    }

    #[tokio::test(start_paused = true)]
    async fn a_link_is_well_until_it_breaks_or_falls_silent_for_two_minutes() {
        let health = Health::new();
        tokio::time::sleep(Duration::from_secs(119)).await;
        assert!(health.is_well(None));
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!health.is_well(None));
        assert!(health.may_be_own_stay());
        health.beat();
        assert!(health.is_well(None));
        health.broke();
        assert!(!health.is_well(None));
        health.mended();
        assert!(health.is_well(None));
        tokio::time::sleep(Duration::from_secs(1)).await;
        let broke = Some(Instant::now());
        assert!(
            !health.is_well(broke),
            "a restart may fall between two polls of this session"
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
        health.beat();
        assert!(health.is_well(broke), "it has survived that break");
        tokio::time::sleep(Duration::from_secs(131)).await;
        assert!(!health.may_be_own_stay());
        health.maybe_signed_in();
        assert!(health.may_be_own_stay());
    }

    #[tokio::test(start_paused = true)]
    async fn a_link_that_breaks_again_and_again_is_watched_ever_longer_before_it_is_said_to_be_whole() {
        let (steady, second) = (Duration::from_secs(30), Duration::from_secs(1));
        let health = Health::new();
        assert!(health.is_steady(steady));
        health.fell(steady);
        assert_eq!(health.trial(steady), Duration::ZERO, "the first break is none of a row");
        for seconds in [2, 4, 8, 16, 30, 30] {
            health.mended();
            tokio::time::sleep(second).await;
            assert!(!health.is_steady(steady));
            health.fell(steady);
            assert_eq!(health.trial(steady), second * seconds);
        }
        health.mended();
        tokio::time::sleep(steady).await;
        assert!(health.is_steady(steady));
        health.fell(steady);
        assert_eq!(health.trial(steady), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn agents_sign_in_again_one_after_the_other_and_all_within_twice_the_longest_pause() {
        let config = CcGatewayConfig::default();
        let turns = Turns::default();
        for nth in 0..200 {
            assert_eq!(turns.wait(&config, 10, 200), Duration::from_millis(100) * nth);
        }
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(turns.wait(&config, 10, 200), Duration::ZERO, "nobody is left in front");

        let few = Turns::default();
        few.wait(&config, 10, 1);
        assert_eq!(few.wait(&config, 10, 1), FURTHEST_APART, "it had just tried");
    }

    #[tokio::test(start_paused = true)]
    async fn sessions_dismissed_within_two_seconds_were_lost_together() {
        let id = |name: &str| SessionId::new(name).expect("id");
        let losses = Losses::default();
        losses.dismissed(&id("101"));
        assert!(!losses.was_with_others(&id("101")), "alone");
        losses.dismissed(&id("101"));
        assert!(!losses.was_with_others(&id("101")), "twice the same");
        tokio::time::sleep(Duration::from_millis(2001)).await;
        losses.dismissed(&id("102"));
        assert!(!losses.was_with_others(&id("101")), "one after the other");
        tokio::time::sleep(Duration::from_millis(2000)).await;
        losses.dismissed(&id("103"));
        assert!(losses.was_with_others(&id("102")) && losses.was_with_others(&id("103")));
        assert!(!losses.was_with_others(&id("101")) && !losses.was_with_others(&id("104")));
    }

    #[test]
    fn pauses_are_spread_over_their_whole_bound_and_grow_up_to_the_longest() {
        let config = CcGatewayConfig::default();
        for attempts in 0..40 {
            assert!(pause(&config, attempts, u64::MAX - 1) <= Duration::from_millis(config.recovery_most_ms));
        }
        assert!(pause(&config, 0, 499) == Duration::from_millis(499));
        assert_eq!(pause(&config, 30, 0), Duration::from_millis(10_000));
        assert_eq!(pause(&config, 30, 2499), Duration::from_millis(7501));
        assert!(spread(&config, 0, 2999) == Duration::from_millis(2999));
    }
}
