//! What must not happen twice, counted on both sides: how often it was asked for, and how often the switch's journal has it. The journal is read as it grows, and
//! what nothing more can come of is judged and forgotten, so that a soak of days needs no more room than one of minutes.

use std::collections::BTreeMap;
use std::fmt;

use callcontrol_testkit::switch::{Journal, SwitchEvent};
use tokio::time::Instant;

pub(super) const MOVES: &str = "moves of";
pub(super) const CONSULTS: &str = "consults about";
pub(super) const TONES: &str = "tones";
pub(super) const DIALS: &str = "calls";

/// Both counts.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// What, by whom, in which call or with which tones.
    lines: BTreeMap<Key, Line>,
    /// Under which call each call that went into another lives on, and since when.
    merged: BTreeMap<String, (String, Instant)>,
    /// How far the journal was read.
    read: u64,
}

type Key = (&'static str, String, String);

#[derive(Debug, Clone, Copy)]
struct Line {
    asked: u64,
    done: u64,
    /// When either count last grew.
    last: Instant,
}

/// Done more often than asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excess {
    pub(super) what: &'static str,
    pub(super) who: String,
    pub(super) which: String,
    pub(super) times: u64,
    pub(super) asked: u64,
}

impl Moves {
    /// Somebody gave a command after which this may be in the journal once more.
    pub(super) fn ask(&mut self, what: &'static str, who: &str, which: String) {
        let which = self.lives_on_as(which);
        self.line((what, who.to_owned(), which)).asked += 1;
    }

    /// Reads on in the journal.
    pub(super) fn read(&mut self, journal: &Journal) {
        for entry in journal.since(self.read) {
            match &entry.what {
                SwitchEvent::Merged { from, into } => self.merge(from.to_string(), into.to_string()),
                other => {
                    if let Some((what, who, which)) = done_once(other) {
                        let which = self.lives_on_as(which);
                        self.line((what, who, which)).done += 1;
                    }
                }
            }
        }
        self.read = journal.next_seq();
    }

    /// Judges and forgets what has not grown since then, or everything.
    pub(super) fn settle(&mut self, before: Option<Instant>) -> Vec<Excess> {
        let is_over = |last: Instant| before.is_none_or(|before| last < before);
        let over = self.lines.extract_if(.., |_, line| is_over(line.last));
        let excess = over.filter(|(_, line)| line.done > line.asked);
        let told = excess.map(|((what, who, which), line)| Excess {
            what,
            who,
            which,
            times: line.done,
            asked: line.asked,
        });
        let told = told.collect();
        self.merged.retain(|_, (_, since)| !is_over(*since));
        told
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len() + self.merged.len()
    }

    fn line(&mut self, key: Key) -> &mut Line {
        let last = Instant::now();
        let line = self.lines.entry(key).or_insert(Line {
            asked: 0,
            done: 0,
            last,
        });
        line.last = last;
        line
    }

    /// What was asked and done in a call belongs to the one that it went into.
    fn merge(&mut self, from: String, into: String) {
        let into = self.lives_on_as(into);
        let moved: Vec<(Key, Line)> = self.lines.extract_if(.., |(_, _, which), _| *which == from).collect();
        for ((what, who, _), line) in moved {
            let there = self.line((what, who, into.clone()));
            there.asked += line.asked;
            there.done += line.done;
        }
        for (to, _) in self.merged.values_mut().filter(|(to, _)| *to == from) {
            to.clone_from(&into);
        }
        self.merged.insert(from, (into, Instant::now()));
    }

    fn lives_on_as(&self, call: String) -> String {
        self.merged.get(&call).map_or(call, |(into, _)| into.clone())
    }
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            who,
            which,
            times,
            asked,
        } = self;
        write!(
            f,
            "{what} {which} by agent {who}: {times} times, asked for {asked} times"
        )
    }
}

/// What must not be in the journal more often than somebody asked for it.
fn done_once(fact: &SwitchEvent) -> Option<Key> {
    match fact {
        SwitchEvent::Moved { call, by: Some(by), .. } => Some((MOVES, by.clone(), call.to_string())),
        SwitchEvent::ConsultStarted { original, by, .. } => Some((CONSULTS, by.clone(), original.to_string())),
        SwitchEvent::DtmfSent { by, digits, .. } => Some((TONES, by.clone(), digits.clone())),
        SwitchEvent::CallStarted {
            originator,
            parent: None,
            ..
        } => Some((DIALS, originator.as_agent()?.to_owned(), String::new())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use callcontrol_testkit::switch::{Party, SharedSwitch, Switch};

    use super::*;

    const CUSTOMER: &str = "2065550000";

    /// Ann talks to a customer whom she sends away.
    fn sent_away() -> SharedSwitch {
        let builder = Switch::builder()
            .agent("101", "70001")
            .outside(CUSTOMER)
            .outside("90012345");
        let switch = SharedSwitch::new(builder.build());
        let ann = Party::agent("101");
        let call = switch.place_call(CUSTOMER, &ann).expect("a call");
        if switch.ringing_at(&ann).is_some() {
            switch.answer(&ann, call).expect("answered");
        }
        let third = Party::outside("90012345");
        switch.transfer_blind("101", call, &third).expect("moved");
        switch
    }

    #[tokio::test(start_paused = true)]
    async fn a_customer_moved_without_anybody_asking_is_told_once_and_then_forgotten() {
        let (switch, mut moves) = (sent_away(), Moves::default());
        switch.with(|switch| moves.read(switch.journal()));
        assert!(
            moves.settle(Some(Instant::now())).is_empty(),
            "whoever asked may be about to say so"
        );
        tokio::time::advance(Duration::from_secs(1)).await;
        let told = moves.settle(Some(Instant::now()));
        assert!(
            matches!(
                told.as_slice(),
                [Excess {
                    what: MOVES,
                    times: 1,
                    asked: 0,
                    ..
                }]
            ),
            "{told:?}"
        );
        assert_eq!(moves.len(), 0);
        switch.with(|switch| moves.read(switch.journal()));
        assert!(moves.settle(None).is_empty(), "nothing is read twice");
    }

    #[tokio::test(start_paused = true)]
    async fn a_customer_moved_as_asked_is_no_excess_whichever_is_heard_first() {
        for asked_first in [true, false] {
            let (switch, mut moves) = (sent_away(), Moves::default());
            if asked_first {
                moves.ask(MOVES, "101", "call 1".to_owned());
            }
            switch.with(|switch| moves.read(switch.journal()));
            if !asked_first {
                moves.ask(MOVES, "101", "call 1".to_owned());
            }
            assert_eq!(moves.settle(None), []);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_asked_in_a_call_counts_in_the_one_that_it_went_into() {
        let mut moves = Moves::default();
        moves.ask(MOVES, "101", "call 2".to_owned());
        moves.merge("call 2".to_owned(), "call 1".to_owned());
        moves.ask(MOVES, "101", "call 2".to_owned());
        moves.line((MOVES, "101".to_owned(), "call 1".to_owned())).done = 3;
        let told = moves.settle(None);
        assert!(
            matches!(told.as_slice(), [Excess { times: 3, asked: 2, .. }]),
            "{told:?}"
        );
    }
}
