//! Measurements in a process of their own, so that peaks of memory and counts of open files are of that measurement alone. The program starts
//! itself again with a [`Task`]'s words; the child prints its figures, and the parent reads them.

use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;
use std::str::FromStr;
use std::sync::Arc;

use callcontrol::{Error, Result};

use super::{broken, leak, machine, memory_cap, origin};

/// How this program is started again: given a task's words, the command that ends in [`child`] with them.
#[derive(Clone)]
pub struct Children(Arc<dyn Fn(&str) -> Command + Send + Sync>);

/// What a child does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Task {
    /// Asks for a reply that is far too long, by our transport or by the bare client.
    Bulk { bare: bool, url: String },
    /// Signs in and out again and again.
    Cycles {
        vendor: String,
        url: String,
        fill: u64,
        cycles: u64,
    },
    /// Sends to the origin while the environment names a proxy.
    Proxied { bare: bool, url: String },
}

/// What a child measured.
pub(super) type Figures = BTreeMap<String, f64>;

impl Children {
    /// Children that are started so.
    pub fn new(start: impl Fn(&str) -> Command + Send + Sync + 'static) -> Self {
        Self(Arc::new(start))
    }

    /// Runs a task in a process of its own, with these variables in its environment.
    pub(super) fn run(&self, task: &Task, environment: &[(&str, &str)]) -> Result<Figures> {
        let mut command = (self.0)(&task.to_string());
        command.envs(environment.iter().copied());
        let output = command.output().map_err(machine("no child process"))?;
        let told = String::from_utf8_lossy(&output.stdout);
        let figures: Figures = told.lines().filter_map(figure).collect();
        if output.status.success() && !figures.is_empty() {
            return Ok(figures);
        }
        let words = String::from_utf8_lossy(&output.stderr);
        Err(broken(format!("a child process failed: {}", words.trim())))
    }
}

/// Does a task and prints its figures: what a program calls that was started as a child.
///
/// # Errors
/// The words are no task, or the measurement failed.
pub fn child(words: &str) -> Result<()> {
    let figures = match words.parse()? {
        Task::Bulk { bare, url } => memory_cap::bulk(bare, &url),
        Task::Cycles {
            vendor,
            url,
            fill,
            cycles,
        } => leak::cycles(&vendor, &url, fill, cycles),
        Task::Proxied { bare, url } => origin::proxied(bare, &url),
    }?;
    for (name, value) in figures {
        println!("{HEAD}{name} {value}");
    }
    Ok(())
}

fn figure(line: &str) -> Option<(String, f64)> {
    // A test's own harness may have written before it on the same line.
    let (_, rest) = line.split_once(HEAD)?;
    let (name, value) = rest.split_once(' ')?;
    Some((name.to_owned(), value.trim().parse().ok()?))
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bulk { bare, url } => write!(f, "bulk {bare} {url}"),
            Self::Cycles {
                vendor,
                url,
                fill,
                cycles,
            } => write!(f, "cycles {vendor} {url} {fill} {cycles}"),
            Self::Proxied { bare, url } => write!(f, "proxied {bare} {url}"),
        }
    }
}

impl FromStr for Task {
    type Err = Error;

    fn from_str(words: &str) -> Result<Self> {
        let no_task = || Error::invalid_input("these words are no task");
        let bare = |word: &str| word.parse().map_err(|_| no_task());
        match *words.split(' ').collect::<Vec<_>>().as_slice() {
            ["bulk", is_bare, url] => Ok(Self::Bulk {
                bare: bare(is_bare)?,
                url: url.to_owned(),
            }),
            ["proxied", is_bare, url] => Ok(Self::Proxied {
                bare: bare(is_bare)?,
                url: url.to_owned(),
            }),
            ["cycles", vendor, url, fill, cycles] => Ok(Self::Cycles {
                vendor: vendor.to_owned(),
                url: url.to_owned(),
                fill: fill.parse().map_err(|_| no_task())?,
                cycles: cycles.parse().map_err(|_| no_task())?,
            }),
            _ => Err(no_task()),
        }
    }
}

impl fmt::Debug for Children {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Children")
    }
}

const HEAD: &str = "measured ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_told_in_words_and_understood_again() {
        let tasks = [
            Task::Bulk {
                bare: true,
                url: "http://127.0.0.1:1".to_owned(),
            },
            Task::Proxied {
                bare: false,
                url: "http://127.0.0.1:1".to_owned(),
            },
            Task::Cycles {
                vendor: "genesys-gws".to_owned(),
                url: "http://127.0.0.1:1".to_owned(),
                fill: 5,
                cycles: 10,
            },
        ];
        for task in tasks {
            assert_eq!(task.to_string().parse::<Task>().expect("a task"), task);
        }
        assert!("bulk perhaps".parse::<Task>().is_err());
    }

    #[test]
    fn a_figure_is_read_wherever_it_stands_in_a_line() {
        assert_eq!(figure("test x ... measured peak 12.5"), Some(("peak".to_owned(), 12.5)));
        assert_eq!(figure("running 1 test"), None);
    }
}
