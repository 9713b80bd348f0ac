//! What this process uses, as far as the system tells.

/// Resident memory in bytes, from `/proc/self/statm`.
pub(super) fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * PAGE)
}

/// How many files are open, sockets included.
pub(super) fn open_files() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count())
}

/// The size of a page where `/proc` is.
const PAGE: u64 = 4096;
