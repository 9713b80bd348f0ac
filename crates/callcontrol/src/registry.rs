//! Which adapters this program has, and the way from a configuration to an `Arc<dyn CallControl>`.

use std::sync::Arc;

use callcontrol_core::{CallControl, Capabilities, Effect, Error, ErrorKind, IdSource, Result, Stack};
use callcontrol_http::Transport;

use crate::config::Config;
use crate::factory::AdapterFactory;

/// The adapters a program has.
#[derive(Debug)]
pub struct Registry {
    factories: Vec<Box<dyn AdapterFactory>>,
}

impl Registry {
    /// The adapters compiled in (a feature each).
    #[must_use]
    pub fn built_in() -> Self {
        let factories: Vec<Box<dyn AdapterFactory>> = vec![
            #[cfg(feature = "huawei-cc-gateway")]
            Box::new(crate::factory::HuaweiCcGateway),
            #[cfg(feature = "huawei-oifde")]
            Box::new(crate::factory::HuaweiOifde),
            #[cfg(feature = "genesys-gws")]
            Box::new(crate::factory::GenesysGws),
        ];
        Self { factories }
    }

    /// Adds an adapter of your own.
    #[must_use]
    pub fn with(mut self, factory: impl AdapterFactory + 'static) -> Self {
        self.factories.retain(|known| known.id() != factory.id());
        self.factories.push(Box::new(factory));
        self
    }

    /// Ids of the adapters, in order.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> {
        self.factories.iter().map(|factory| factory.id())
    }

    /// An adapter's manifest, without a connection.
    ///
    /// # Errors
    /// [`ErrorKind::Config`]: no such adapter here.
    pub fn manifest(&self, adapter: &str) -> Result<Capabilities> {
        self.factory(adapter).map(AdapterFactory::manifest)
    }

    /// Checks a whole file, the tables of adapters not in use included, without any I/O beyond certificate files.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] naming file, key and what was expected.
    pub fn check(&self, config: &Config) -> Result<()> {
        self.factory(config.adapter())
            .map_err(|error| config.error("adapter", error.message()))?;
        config.check_sites(|adapter, settings| {
            let factory = self
                .factory(adapter)
                .map_err(|error| config.error(adapter, error.message()))?;
            factory.check(settings)
        })?;
        let site = config.site()?;
        let key = format!("{}.connection", config.adapter());
        site.connection
            .to_config()
            .map_err(|error| config.error(&key, error.message()))?;
        Ok(())
    }

    /// Connects over HTTP. Nothing is sent yet: the first sign-in does that.
    ///
    /// # Errors
    /// As [`check`](Self::check), and secrets that cannot be read.
    pub fn connect(&self, config: &Config) -> Result<Arc<dyn CallControl>> {
        self.check(config)?;
        let key = format!("{}.connection", config.adapter());
        let transport = config.site()?.connection.to_transport();
        let transport = transport.map_err(|error| config.error(&key, error.message()))?;
        self.connect_over(config, transport, IdSource::random())
    }

    /// Connects over a transport of the caller's, for tests and simulations.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_over(
        &self,
        config: &Config,
        transport: Arc<dyn Transport>,
        ids: IdSource,
    ) -> Result<Arc<dyn CallControl>> {
        let factory = self
            .factory(config.adapter())
            .map_err(|error| config.error("adapter", error.message()))?;
        let adapter = factory.build(&config.site()?.settings, transport, ids)?;
        Ok(Arc::new(Stack::over(adapter, config.stack_options())))
    }

    fn factory(&self, adapter: &str) -> Result<&dyn AdapterFactory> {
        self.factories
            .iter()
            .find(|factory| factory.id() == adapter)
            .map(|factory| &**factory)
            .ok_or_else(|| {
                let known: Vec<&str> = self.ids().collect();
                let message = format!(
                    "\"{adapter}\" is no adapter of this program; it has: {}",
                    known.join(", ")
                );
                Error::new(ErrorKind::Config, Effect::None, message)
            })
    }
}

/// Connects with the built-in adapters. Nothing is sent yet: the first sign-in does that.
///
/// # Errors
/// [`ErrorKind::Config`] naming file, key and what was expected.
pub fn connect(config: &Config) -> Result<Arc<dyn CallControl>> {
    Registry::built_in().connect(config)
}
