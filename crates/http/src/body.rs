//! Reads a reply's body up to its cap, for every transport by the same rule.

use bytes::{Bytes, BytesMut};

/// Gathers chunks; the usual single chunk is not copied.
#[derive(Debug)]
pub(crate) struct Capped {
    cap: usize,
    first: Bytes,
    rest: Option<BytesMut>,
}

impl Capped {
    /// An empty body that may grow to `cap` bytes. `announced` is the declared length.
    pub(crate) fn new(cap: usize, announced: Option<u64>) -> Result<Self, TooLarge> {
        if announced.is_some_and(|length| length > cap as u64) {
            return Err(TooLarge);
        }
        Ok(Self {
            cap,
            first: Bytes::new(),
            rest: None,
        })
    }

    pub(crate) fn push(&mut self, chunk: Bytes) -> Result<(), TooLarge> {
        if chunk.len() > self.cap - self.len() {
            return Err(TooLarge);
        }
        match &mut self.rest {
            Some(rest) => rest.extend_from_slice(&chunk),
            None if self.first.is_empty() => self.first = chunk,
            None => {
                let mut rest = BytesMut::from(self.first.as_ref());
                rest.extend_from_slice(&chunk);
                self.rest = Some(rest);
            }
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Bytes {
        self.rest.map_or(self.first, BytesMut::freeze)
    }

    /// Never more than the cap: `push` sees to it.
    fn len(&self) -> usize {
        self.rest.as_ref().map_or(self.first.len(), BytesMut::len)
    }
}

/// The body exceeds the cap.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_may_fill_its_cap_and_not_more() {
        let mut body = Capped::new(4, Some(4)).expect("fits");
        for chunk in ["", "ab", "", "cd"] {
            body.push(Bytes::from(chunk)).expect("fits");
        }
        assert_eq!(body.push(Bytes::from("e")), Err(TooLarge));
        assert_eq!(body.finish(), "abcd");
        assert!(Capped::new(4, Some(5)).is_err());
    }
}
