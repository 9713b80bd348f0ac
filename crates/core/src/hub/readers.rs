//! The readers of the feed, found by the session they read: with a reader for each of a thousand agents, an event costs its own readers only.

use std::collections::HashMap;
use std::sync::Arc;

use super::feed::Subscriber;
use crate::event::FeedItem;
use crate::id::SessionId;

#[derive(Default)]
pub(super) struct Readers {
    of_all: Vec<Arc<Subscriber>>,
    of_one: HashMap<SessionId, Vec<Arc<Subscriber>>>,
    /// How many may come until those who left are looked for.
    until_sweep: usize,
}

impl Readers {
    pub(super) fn add(&mut self, reader: Arc<Subscriber>) {
        if self.until_sweep == 0 {
            self.forget_those_who_left();
        }
        self.until_sweep = self.until_sweep.saturating_sub(1);
        match reader.session() {
            Some(session) => self.of_one.entry(session.clone()).or_default().push(reader),
            None => self.of_all.push(reader),
        }
    }

    pub(super) fn tell(&self, session: &SessionId, item: &FeedItem) {
        let of_one = self.of_one.get(session).into_iter().flatten();
        of_one.chain(&self.of_all).for_each(|reader| reader.push(item.clone()));
    }

    pub(super) fn tell_all(&self, item: &FeedItem) {
        self.each().for_each(|reader| reader.push(item.clone()));
    }

    pub(super) fn close(&mut self) {
        self.each().for_each(|reader| reader.close());
        *self = Self::default();
    }

    fn each(&self) -> impl Iterator<Item = &Arc<Subscriber>> {
        self.of_one.values().flatten().chain(&self.of_all)
    }

    /// A reader that was dropped is held by nobody else. As many may come before the next look as are left after this one, so that looking stays cheap
    /// and never more than twice as many are held as there are, and a few.
    fn forget_those_who_left(&mut self) {
        let stays = |reader: &Arc<Subscriber>| Arc::strong_count(reader) > 1;
        self.of_all.retain(stays);
        self.of_one.retain(|_, readers| {
            readers.retain(stays);
            !readers.is_empty()
        });
        self.until_sweep = self.each().count().max(FEW);
    }
}

const FEW: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Filter;
    use crate::model::Snapshot;

    fn reader(filter: Filter) -> Arc<Subscriber> {
        Arc::new(Subscriber::new(
            filter,
            FeedItem::Snapshot(Arc::new(Snapshot::default())),
        ))
    }

    #[test]
    fn readers_who_left_are_forgotten_however_many_come_and_go() {
        let mut readers = Readers::default();
        let (all, one) = (reader(Filter::all()), SessionId::new("101").expect("valid"));
        let of_one = reader(Filter::session(one));
        readers.add(Arc::clone(&all));
        readers.add(Arc::clone(&of_one));
        for nth in 0..1000 {
            readers.add(reader(Filter::all()));
            let session = SessionId::new(format!("102-{nth}")).expect("valid");
            readers.add(reader(Filter::session(session)));
            assert!(readers.each().count() <= 2 + FEW + 2, "{}", readers.each().count());
        }
        assert_eq!((Arc::strong_count(&all), Arc::strong_count(&of_one)), (2, 2));
    }
}
