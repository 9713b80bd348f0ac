//! The demo's secrets go the way of a deployment's: in a file of their own, named in the configuration, readable by its owner only, gone afterwards.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A secret in a file; removed when dropped.
#[derive(Debug)]
pub(super) struct SecretFile(PathBuf);

impl SecretFile {
    pub(super) fn new(name: &str, secret: &str) -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("callctl-demo-{}-{name}", std::process::id()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path)?.write_all(secret.as_bytes())?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        // It may be gone already; there is nothing better to do than to leave it.
        let _ = fs::remove_file(&self.0);
    }
}
