//! The story so far as a timeline: what was commanded and answered, what the switch says happened, what the feed told. Failure messages show it.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use callcontrol_core::{
    AdapterInfo, Capabilities, Command, CommandControl, Error, Feed, FeedItem, Filter, OpCx, OpId, OutcomeHandle,
    Reply, Result, dispatch,
};
use futures::FutureExt as _;
use tokio::time::Instant;

use super::lock;
use crate::switch::SharedSwitch;

/// A timeline that grows while something is played. Clones share it.
#[derive(Clone)]
pub struct Story {
    told: Arc<Mutex<Told>>,
}

struct Told {
    begun: Instant,
    lines: Vec<Line>,
    feed: Option<Feed>,
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// Since the beginning.
    pub at: Duration,
    /// Whose words these are.
    pub who: Teller,
    /// The words.
    pub text: String,
}

/// Whose words a line of a timeline holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Teller {
    /// The application commands.
    Command,
    /// The answer to a command.
    Answer,
    /// The feed tells.
    Event,
    /// The switch's journal: what really happened.
    Switch,
    /// A remark of the test.
    Remark,
}

impl Teller {
    fn mark(self) -> &'static str {
        match self {
            Self::Command => "command ->",
            Self::Answer => "answer  <-",
            Self::Event => "event    *",
            Self::Switch => "switch   |",
            Self::Remark => "test     :",
        }
    }
}

impl Story {
    /// A timeline that begins now.
    #[must_use]
    pub fn new() -> Self {
        let told = Told {
            begun: Instant::now(),
            lines: Vec::new(),
            feed: None,
        };
        Self {
            told: Arc::new(Mutex::new(told)),
        }
    }

    /// Adds a line of the test's own.
    pub fn remark(&self, text: impl Into<String>) {
        self.say(Teller::Remark, text.into());
    }

    /// The lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let mut told = lock(&self.told);
        told.catch_up();
        told.lines.clone()
    }

    /// Listens to a switch.
    pub(crate) fn hear(&self, switch: &SharedSwitch) {
        let told = Arc::downgrade(&self.told);
        switch.on_event(Box::new(move |entry| {
            if let Some(told) = told.upgrade() {
                Self { told }.say(Teller::Switch, entry.what.to_string());
            }
        }));
    }

    /// Reads a feed along.
    pub(crate) fn read(&self, feed: Feed) {
        lock(&self.told).feed = Some(feed);
    }

    fn say(&self, who: Teller, text: String) {
        let mut told = lock(&self.told);
        told.catch_up();
        told.push(who, text);
    }
}

impl Told {
    fn push(&mut self, who: Teller, text: String) {
        let at = self.begun.elapsed();
        self.lines.push(Line { at, who, text });
    }

    /// What the feed holds by now; it is read at every new line, so an event stands at most one line late.
    fn catch_up(&mut self) {
        while let Some(item) = self.feed.as_mut().and_then(|feed| feed.next().now_or_never().flatten()) {
            if let Some(text) = told_by(&item) {
                self.push(Teller::Event, text);
            }
        }
    }
}

fn told_by(item: &FeedItem) -> Option<String> {
    match item {
        FeedItem::Event(event) => {
            let call = event.call.as_ref().map(|call| format!(" {call}")).unwrap_or_default();
            Some(format!("{} #{}{call} {:?}", event.session, event.seq, event.kind))
        }
        FeedItem::Gap(gap) => Some(format!("gap: {:?}", gap.reason)),
        FeedItem::Session(notice) => Some(format!(
            "session {} is {}: {}",
            notice.session,
            notice.state.as_str(),
            notice.reason
        )),
        _ => None,
    }
}

impl Default for Story {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.lines() {
            writeln!(
                f,
                "{:>9.3} s  {}  {}",
                line.at.as_secs_f64(),
                line.who.mark(),
                line.text
            )?;
        }
        Ok(())
    }
}

impl fmt::Debug for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Story")
    }
}

/// A call control whose commands and answers become lines of a story.
#[derive(Debug)]
pub(crate) struct Recorded {
    inner: Arc<dyn callcontrol_core::CallControl>,
    story: Story,
}

impl Recorded {
    pub(crate) fn over(inner: Arc<dyn callcontrol_core::CallControl>, story: Story) -> Self {
        Self { inner, story }
    }
}

#[async_trait]
impl CommandControl for Recorded {
    fn info(&self) -> &AdapterInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Arc<Capabilities> {
        self.inner.capabilities()
    }

    async fn command(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        self.story.say(Teller::Command, in_words(&command));
        let name = command.name();
        let result = dispatch(&*self.inner, command, cx).await;
        self.story.say(Teller::Answer, format!("{name}: {}", answered(&result)));
        result
    }

    fn subscribe(&self, filter: Filter) -> Feed {
        self.inner.subscribe(filter)
    }

    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        self.inner.outcome_of(op)
    }

    async fn shutdown(&self, cx: &OpCx) {
        self.inner.shutdown(cx).await;
    }
}

/// A command in a few words: what, on which call, to whom.
fn in_words(command: &Command) -> String {
    let on = command.call().map(|call| format!(" {call}")).unwrap_or_default();
    let to = match command {
        Command::Dial { request, .. } => format!(" to {}", request.to),
        Command::Transfer { request, .. } => format!(" to {}", request.to),
        Command::Consult { request, .. } => format!(" with {}", request.to),
        Command::Requeue { request, .. } => format!(" to {}", request.to),
        Command::Open { request } => format!(" {}", request.agent),
        _ => String::new(),
    };
    format!("{}{on}{to}", command.name())
}

fn answered(result: &std::result::Result<Reply, Error>) -> String {
    match result {
        Ok(reply) => match reply.receipt().and_then(|receipt| receipt.outcome_handle().peek()) {
            Some(outcome) => format!("accepted, {outcome}"),
            None => "accepted".to_owned(),
        },
        Err(error) => error.to_string(),
    }
}
