//! Why a command failed, as the exit code tells it.

use std::process::ExitCode;

use callcontrol::{Error, ErrorKind};

/// A failed command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command itself has reported it.
    Reported,
    /// An error of the library.
    Library(Error),
    /// Something of this machine's, e.g. a port in use.
    Machine(String),
}

impl Failure {
    pub(crate) fn message(&self) -> Option<String> {
        match self {
            Self::Reported => None,
            Self::Library(error) => Some(error.to_string()),
            Self::Machine(message) => Some(message.clone()),
        }
    }

    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Library(error) => match error.kind() {
                ErrorKind::Config => ExitCode::from(3),
                ErrorKind::Unreachable | ErrorKind::Tls => ExitCode::from(4),
                _ => ExitCode::FAILURE,
            },
            Self::Reported | Self::Machine(_) => ExitCode::FAILURE,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Library(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Machine(error.to_string())
    }
}
