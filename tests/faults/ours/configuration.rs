//! Row 61, the part that is no error: a secret that every user of the machine can read.
#![cfg(unix)]

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use callcontrol::Config;
use tracing_subscriber::util::SubscriberInitExt;

use super::stage::SecretFile;

/// Where the log goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_secret_file_that_everybody_can_read_is_warned_of_by_its_name_and_without_its_content() {
    let secret = SecretFile::new("canary-secret");
    let (path, log) = (secret.0.display().to_string(), Log::default());
    let file = format!(
        "adapter = \"genesys-gws\"\n[genesys-gws.connection]\nbase-url = \"https://gws.example\"\n\
         [genesys-gws.agents.ann]\nid = \"ann\"\npassword = {{ file = \"{path}\" }}\n"
    );
    let config = Config::parse(&file, "site.toml").unwrap();
    let to = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || to.clone()).finish();
    let _guard = subscriber.set_default();
    for (mode, warned) in [(0o600, false), (0o640, false), (0o644, true)] {
        log.0.lock().unwrap().clear();
        std::fs::set_permissions(&secret.0, std::fs::Permissions::from_mode(mode)).unwrap();
        assert!(config.agent("ann").is_ok());
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert_eq!(
            text.contains("WARN") && text.contains(&path),
            warned,
            "{mode:o}: {text}"
        );
        assert!(!text.contains("canary-secret"), "{text}");
    }
}
