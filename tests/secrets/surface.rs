//! What an operator, a log file or a colleague looking over the shoulder can see: collected in one place, to be searched.

use std::error::Error as _;
use std::fmt::{Debug, Display, Write as _};
use std::io;
use std::sync::{Arc, Mutex};

use callcontrol::Error;
use tracing_subscriber::fmt::MakeWriter;

/// Everything shown so far.
#[derive(Clone, Default)]
pub(crate) struct Surface(Arc<Mutex<String>>);

impl Surface {
    pub(crate) fn debug(&self, value: &impl Debug) {
        self.push(&format!("{value:?} {value:#?}\n"));
    }

    pub(crate) fn text(&self, value: &impl Display) {
        self.push(&format!("{value}\n"));
    }

    /// An error with all its causes. A program that dies of it says no more: a panic shows the `Debug`.
    pub(crate) fn error(&self, error: &Error) {
        let mut shown = format!(
            "{error} {error:?} {error:#?} {:?} {}\n",
            error.native(),
            error.message()
        );
        let mut cause = error.source();
        while let Some(next) = cause {
            let _ = writeln!(shown, "{next} {next:?} {next:#?}");
            cause = next.source();
        }
        self.push(&shown);
    }

    fn push(&self, text: &str) {
        self.0.lock().unwrap().push_str(text);
    }

    /// Lines that hold it.
    pub(crate) fn lines_with(&self, secret: &str) -> Vec<String> {
        let shown = self.0.lock().unwrap();
        let around = |line: &str| {
            let at = line.find(secret)?;
            let before: String = line[..at].chars().rev().take(120).collect();
            Some(before.chars().rev().chain(line[at..].chars().take(60)).collect())
        };
        shown.lines().filter_map(around).collect()
    }
}

impl io::Write for Surface {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Surface {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
