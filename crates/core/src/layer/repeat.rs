//! A duplicate of an operation id, as an application sends after losing an answer of its own, gets the first one's answer; nothing is sent again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::watch;

use super::Service;
use crate::command::{Command, Reply};
use crate::context::OpCx;
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::id::OpId;
use crate::sync::lock;

type Answer = watch::Receiver<Option<Result<Reply>>>;

#[derive(Debug)]
pub(super) struct Repeat {
    inner: Arc<dyn Service>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    answers: HashMap<OpId, (Command, Answer)>,
    order: VecDeque<OpId>,
}

impl Repeat {
    pub(super) fn new(inner: Arc<dyn Service>) -> Self {
        Self {
            inner,
            seen: Mutex::default(),
        }
    }

    /// The first one's answer to come, or the means to give it.
    fn enter(&self, command: &Command, op: &OpId) -> Result<Entry> {
        let mut seen = lock(&self.seen);
        if let Some((first, answer)) = seen.answers.get(op) {
            if first != command {
                let message =
                    format!("operation id {op} was used for another command before; every command needs its own");
                return Err(Error::invalid_input(message));
            }
            return Ok(Entry::Duplicate(answer.clone()));
        }
        let (give, answer) = watch::channel(None);
        seen.answers.insert(op.clone(), (command.clone(), answer));
        seen.order.push_back(op.clone());
        while seen.order.len() > REMEMBERED {
            if let Some(oldest) = seen.order.pop_front() {
                seen.answers.remove(&oldest);
            }
        }
        Ok(Entry::First(give))
    }
}

enum Entry {
    First(watch::Sender<Option<Result<Reply>>>),
    Duplicate(Answer),
}

#[async_trait]
impl Service for Repeat {
    async fn call(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        if command.is_query() {
            return self.inner.call(command, cx).await;
        }
        match self.enter(&command, &cx.op)? {
            Entry::First(give) => {
                let result = self.inner.call(command, cx).await;
                give.send_replace(Some(result.clone()));
                result
            }
            Entry::Duplicate(mut answer) => {
                let lost = || {
                    Error::new(
                        ErrorKind::Closed,
                        Effect::Unknown,
                        "the first command with this id was abandoned",
                    )
                };
                match answer.wait_for(Option::is_some).await {
                    Ok(result) => result.clone().unwrap_or_else(|| Err(lost())),
                    Err(_) => Err(lost()),
                }
            }
        }
    }
}

/// How many operations are remembered.
const REMEMBERED: usize = 4096;
