//! No core dumps: one of this program would hold passwords and tokens in plain text.

/// Sets the limit of core files to nothing, for good. Best effort: a system that refuses leaves the program as useful as it was.
#[cfg(unix)]
pub(crate) fn forbid() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = setrlimit(Resource::Core, none) {
        anstream::eprintln!("warning: core dumps cannot be switched off: {error}");
    }
}

/// There is no such limit here.
#[cfg(not(unix))]
pub(crate) fn forbid() {}
