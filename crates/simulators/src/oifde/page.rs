//! Paging of lists: page numbers and sizes, strings at some interfaces and integers at others.

use serde_json::{Map, Value};

use super::fault::Fault;
use super::fields::Fields;

/// The part of a list that was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    /// `pageNum` and `pageSize` as strings (sections 7.1 and 7.5).
    pub(super) fn of_strings(request: &Fields<'_>) -> Result<Self, Fault> {
        let read = |name: &str| match request.text(name)?.filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => text
                .parse()
                .map(Some)
                .map_err(|_| Fault::parameters(format!("{name} must be a number"))),
        };
        Self::new(read("pageNum")?, read("pageSize")?)
    }

    /// `pageNum` and `pageSize` as integers (sections 7.3 and 7.4).
    pub(super) fn of_integers(request: &Fields<'_>) -> Result<Self, Fault> {
        Self::new(request.integer("pageNum")?, request.integer("pageSize")?)
    }

    fn new(number: Option<i64>, size: Option<i64>) -> Result<Self, Fault> {
        let number = number.unwrap_or(1);
        let size = size.unwrap_or(100);
        let number = usize::try_from(number).ok().filter(|number| *number > 0);
        let size = usize::try_from(size).ok().filter(|size| SIZES.contains(size));
        match (number, size) {
            (Some(number), Some(size)) => Ok(Self { number, size }),
            (None, _) => Err(Fault::parameters("pageNum begins with 1")),
            (_, None) => Err(Fault::parameters("pageSize must be 5, 10, 20, 50 or 100")),
        }
    }

    /// `total` and this page of the items, under the name of the list.
    pub(super) fn answer(self, list: &str, items: Vec<Value>) -> Map<String, Value> {
        let total = items.len();
        let skipped = self.size.saturating_mul(self.number - 1);
        let shown: Vec<Value> = items.into_iter().skip(skipped).take(self.size).collect();
        let mut answer = Map::new();
        answer.insert("total".into(), total.into());
        answer.insert(list.into(), shown.into());
        answer
    }
}

const SIZES: [usize; 5] = [5, 10, 20, 50, 100];
