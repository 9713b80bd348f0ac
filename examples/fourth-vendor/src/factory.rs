//! The door through which the facade gets the adapter: `Registry::built_in().with(TinbellFactory)`.

use std::sync::Arc;

use callcontrol::{AdapterFactory, CallControl, Capabilities, IdSource, Result, Settings};
use callcontrol_http::Transport;

use crate::{ADAPTER_ID, Tinbell, TinbellConfig, manifest};

/// Makes the adapter of a configuration's `[tinbell]` table.
#[derive(Debug)]
pub struct TinbellFactory;

impl AdapterFactory for TinbellFactory {
    fn id(&self) -> &'static str {
        ADAPTER_ID
    }

    fn product(&self) -> &'static str {
        "Tinbell exchange"
    }

    fn manifest(&self) -> Capabilities {
        manifest()
    }

    fn check(&self, settings: &Settings) -> Result<()> {
        let config: TinbellConfig = settings.parse()?;
        config.validate().map_err(|error| settings.error(error.message()))
    }

    fn build(&self, settings: &Settings, transport: Arc<dyn Transport>, ids: IdSource) -> Result<Arc<dyn CallControl>> {
        let adapter: Arc<dyn CallControl> = Tinbell::new(settings.parse()?, transport, ids)?;
        Ok(adapter)
    }
}
