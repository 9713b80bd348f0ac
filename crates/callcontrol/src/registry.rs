//! Which adapters this program has, and the way from a configuration to an `Arc<dyn CallControl>`.

use std::sync::Arc;

use callcontrol_core::{CallControl, Capabilities, Effect, Error, ErrorKind, IdSource, Result, Stack};
use callcontrol_http::Transport;

use crate::composite::Composite;
use crate::config::{Config, Parts};
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
        let used = match config.parts()? {
            Parts::One(adapter) => vec![adapter],
            Parts::Composite(composite) => vec![composite.commands.as_str(), composite.events.as_str()],
        };
        for adapter in &used {
            self.factory(adapter)
                .map_err(|error| config.error("adapter", error.message()))?;
        }
        config.check_sites(|adapter, settings| {
            let factory = self
                .factory(adapter)
                .map_err(|error| config.error(adapter, error.message()))?;
            factory.check(settings)
        })?;
        for adapter in used {
            let connection = &config.site_of(adapter)?.connection;
            let at = |error: Error| config.error(&format!("{adapter}.connection"), error.message());
            connection.to_configs().map_err(at)?;
        }
        Ok(())
    }

    /// Connects over HTTP. Nothing is sent yet: the first sign-in does that.
    ///
    /// # Errors
    /// As [`check`](Self::check), and secrets that cannot be read.
    pub fn connect(&self, config: &Config) -> Result<Arc<dyn CallControl>> {
        self.check(config)?;
        let ids = IdSource::random();
        let transport = |adapter: &str| {
            let transport = config.site_of(adapter)?.connection.to_transport();
            transport.map_err(|error| config.error(&format!("{adapter}.connection"), error.message()))
        };
        match config.parts()? {
            Parts::One(adapter) => self.connect_over(config, transport(adapter)?, ids),
            Parts::Composite(composite) => {
                let over = (transport(&composite.commands)?, transport(&composite.events)?);
                self.connect_composite_over(config, over.0, over.1, ids)
            }
        }
    }

    /// Connects one adapter over a transport of the caller's, for tests and simulations.
    ///
    /// # Errors
    /// As [`connect`](Self::connect); and for a composite, which needs two transports.
    pub fn connect_over(
        &self,
        config: &Config,
        transport: Arc<dyn Transport>,
        ids: IdSource,
    ) -> Result<Arc<dyn CallControl>> {
        let Parts::One(adapter) = config.parts()? else {
            return Err(config.error("adapter", "is \"composite\", which needs two transports"));
        };
        let adapter = self.build(config, adapter, transport, ids)?;
        Ok(Arc::new(Stack::over(adapter, config.stack_options())))
    }

    /// Connects a composite over two transports of the caller's, for tests and simulations.
    ///
    /// # Errors
    /// As [`connect`](Self::connect); and when the file does not ask for a composite.
    pub fn connect_composite_over(
        &self,
        config: &Config,
        commands: Arc<dyn Transport>,
        events: Arc<dyn Transport>,
        ids: IdSource,
    ) -> Result<Arc<dyn CallControl>> {
        let Parts::Composite(composite) = config.parts()? else {
            return Err(config.error("adapter", "is not \"composite\""));
        };
        let commands = self.build(config, &composite.commands, commands, ids.clone())?;
        let events = self.build(config, &composite.events, events, ids.clone())?;
        let both = Composite::new(commands, events, composite.clone(), ids)?;
        Ok(Arc::new(Stack::over(both, config.stack_options())))
    }

    fn build(
        &self,
        config: &Config,
        adapter: &str,
        transport: Arc<dyn Transport>,
        ids: IdSource,
    ) -> Result<Arc<dyn CallControl>> {
        let factory = self
            .factory(adapter)
            .map_err(|error| config.error("adapter", error.message()))?;
        factory.build(&config.site_of(adapter)?.settings, transport, ids)
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
