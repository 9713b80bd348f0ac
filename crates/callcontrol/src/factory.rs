//! How the facade makes an adapter out of a configuration table; the built-in adapters use the same door that stays open for yours.

use std::fmt::Debug;
use std::sync::Arc;

use callcontrol_core::{CallControl, Capabilities, IdSource, Result};
use callcontrol_http::Transport;

use crate::config::Settings;

/// Makes one kind of adapter.
pub trait AdapterFactory: Debug + Send + Sync {
    /// The adapter's id: the value of `adapter = "…"` and the name of its table.
    fn id(&self) -> &'static str;

    /// The vendor's product, for people.
    fn product(&self) -> &'static str;

    /// What the adapter can do, without a connection.
    fn manifest(&self) -> Capabilities;

    /// Checks the adapter's settings without using them.
    ///
    /// # Errors
    /// Naming the key and what was expected.
    fn check(&self, settings: &Settings) -> Result<()>;

    /// Makes the adapter; no I/O yet.
    ///
    /// # Errors
    /// The settings are wrong or a secret cannot be read.
    fn build(&self, settings: &Settings, transport: Arc<dyn Transport>, ids: IdSource) -> Result<Arc<dyn CallControl>>;
}

macro_rules! built_in {
    ($feature:literal, $factory:ident, $module:ident, $config:ident, $adapter:ident, $id:literal, $product:literal) => {
        #[cfg(feature = $feature)]
        #[derive(Debug)]
        pub(crate) struct $factory;

        #[cfg(feature = $feature)]
        impl AdapterFactory for $factory {
            fn id(&self) -> &'static str {
                $id
            }

            fn product(&self) -> &'static str {
                $product
            }

            fn manifest(&self) -> Capabilities {
                $module::manifest()
            }

            fn check(&self, settings: &Settings) -> Result<()> {
                let config: $module::$config = settings.parse()?;
                config.validate().map_err(|error| settings.error(error.message()))
            }

            fn build(
                &self,
                settings: &Settings,
                transport: Arc<dyn Transport>,
                ids: IdSource,
            ) -> Result<Arc<dyn CallControl>> {
                let config: $module::$config = settings.parse()?;
                config
                    .validate()
                    .map_err(|error| settings.error(error.message()))?;
                let adapter = $module::$adapter::new(config, transport, ids)?;
                Ok(adapter)
            }
        }
    };
}

built_in!(
    "huawei-cc-gateway",
    HuaweiCcGateway,
    callcontrol_huawei_cc_gateway,
    CcGatewayConfig,
    CcGateway,
    "huawei-cc-gateway",
    "Huawei CC-Gateway"
);
built_in!(
    "huawei-oifde",
    HuaweiOifde,
    callcontrol_huawei_oifde,
    OifdeConfig,
    Oifde,
    "huawei-oifde",
    "Huawei OIFDE"
);
built_in!(
    "genesys-gws",
    GenesysGws,
    callcontrol_genesys_gws,
    GwsConfig,
    Gws,
    "genesys-gws",
    "Genesys Web Services v2"
);
