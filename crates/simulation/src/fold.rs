//! The reader's own reducer: what an application knows that has nothing but the feed. Written over public types only, as an application would:
//! each event names the state of the leg after it, and a snapshot replaces what is known.

use std::collections::BTreeMap;

use callcontrol::{CallId, Event, FeedItem, LegState, Provenance, SessionId, SessionState, Snapshot};

/// What the feed has told so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fold {
    /// By session.
    pub sessions: BTreeMap<SessionId, Seen>,
    /// How many gaps were announced.
    pub gaps: u64,
    /// How many events were folded.
    pub events: u64,
    /// What the feed must never do, in words.
    pub broken: Vec<String>,
    started: bool,
}

/// One session as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The link.
    pub state: Option<SessionState>,
    /// The last event's number.
    pub seq: u64,
    /// Live calls.
    pub calls: BTreeMap<CallId, LegState>,
    /// A gap was announced, and nothing since has closed it.
    pub gap_open: bool,
}

impl Fold {
    /// Takes one item in.
    pub fn take(&mut self, item: &FeedItem) {
        if !self.started && !matches!(item, FeedItem::Snapshot(_)) {
            self.broken.push(format!("the first item was no snapshot but {item:?}"));
        }
        self.started = true;
        match item {
            FeedItem::Snapshot(snapshot) => self.replace(snapshot),
            FeedItem::Event(event) => self.event(event),
            FeedItem::Gap(gap) => {
                self.gaps += 1;
                match &gap.session {
                    Some(session) => self.sessions.entry(session.clone()).or_default().gap_open = true,
                    None => self.sessions.values_mut().for_each(|seen| seen.gap_open = true),
                }
            }
            FeedItem::Session(notice) => {
                self.sessions.entry(notice.session.clone()).or_default().state = Some(notice.state);
            }
            // The manifest is no state of a call, and what a later version adds is none that this one could compare.
            _ => {}
        }
    }

    fn replace(&mut self, snapshot: &Snapshot) {
        for (session, view) in &snapshot.sessions {
            let seen = self.sessions.entry(session.clone()).or_default();
            if view.seq < seen.seq {
                self.broken.push(format!(
                    "a snapshot of {session} goes back from event {} to {}",
                    seen.seq, view.seq
                ));
            }
            let calls: BTreeMap<CallId, LegState> =
                view.calls.iter().map(|(id, call)| (id.clone(), call.state)).collect();
            if view.seq > seen.seq && seen.seq > 0 && !seen.gap_open {
                self.broken.push(format!(
                    "a snapshot of {session} jumps from event {} to {} without a gap",
                    seen.seq, view.seq
                ));
            }
            if view.seq == seen.seq && seen.seq > 0 && !seen.gap_open && calls != seen.calls {
                self.broken.push(format!(
                    "at event {} of {session} the snapshot says {calls:?} and the events said {:?}",
                    seen.seq, seen.calls
                ));
            }
            *seen = Seen {
                state: Some(view.state),
                seq: view.seq,
                calls,
                gap_open: false,
            };
        }
    }

    fn event(&mut self, event: &Event) {
        self.events += 1;
        let seen = self.sessions.entry(event.session.clone()).or_default();
        if event.seq != seen.seq + 1 && !seen.gap_open {
            self.broken.push(format!(
                "{}: event {} follows {} without a gap",
                event.session, event.seq, seen.seq
            ));
        }
        seen.seq = event.seq;
        let Some(call) = &event.call else { return };
        if event.provenance == Provenance::Synthesized && !seen.gap_open && seen.differs(call, event.state) {
            self.broken.push(format!(
                "{}: event {} ({:?}) tells of something missed, and no gap was announced",
                event.session, event.seq, event.kind
            ));
        }
        match event.state {
            Some(state) => seen.calls.insert(call.clone(), state),
            None => seen.calls.remove(call),
        };
    }
}

impl Seen {
    /// Whether this event brings the call into another state than it was known to be in.
    fn differs(&self, call: &CallId, state: Option<LegState>) -> bool {
        self.calls.get(call).copied() != state
    }
}
