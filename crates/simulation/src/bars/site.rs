//! The worlds of the measurements: in memory over a line that counts, with something in front of the simulator where wanted, or over sockets.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use callcontrol::{Error, Result};
use callcontrol_http::{BaseUrl, InMemoryTransport, Mischief, ReqwestTransport, Transport, TransportConfig};

use super::{broken, machine};
use crate::deed::{DEEDS, Deed};
use crate::vendor::Vendor;
use crate::wire::Wire;
use crate::world::{Setup, World, cast};

/// A world over this line, with `front` before the simulator.
pub(super) fn in_memory(setup: Setup, line: impl Mischief, front: impl FnOnce(Router) -> Router) -> Result<World> {
    let (switch, face, desks) = cast(&setup);
    let base = BaseUrl::parse(BASE).map_err(Error::from)?;
    let transport = InMemoryTransport::new(base, front(face.router())).with_mischief(line);
    World::over(setup, switch, face, desks, Wire::default(), Arc::new(transport))
}

/// A world whose adapter reaches its simulator at the address at which `serve` has put it.
pub(super) async fn over_sockets<F: Future<Output = Result<String>>>(
    setup: Setup,
    serve: impl FnOnce(Router) -> F,
) -> Result<World> {
    let (switch, face, desks) = cast(&setup);
    let base = serve(face.router()).await?;
    World::over(setup, switch, face, desks, Wire::default(), tcp(&base)?)
}

/// The production transport to this address.
pub(super) fn tcp(base: &str) -> Result<Arc<dyn Transport>> {
    let base = BaseUrl::parse(base).map_err(Error::from)?;
    let transport = ReqwestTransport::new(&TransportConfig::new(base)).map_err(Error::from)?;
    Ok(Arc::new(transport))
}

/// The bare client, with nothing but its defaults: the anchor of several measurements.
pub(super) fn bare() -> Result<reqwest::Client> {
    // This workspace builds it without a choice of cryptography, so that somebody must choose; who came first has.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().build();
    client.map_err(|error| broken(format!("no bare client: {}", error.without_url())))
}

/// Runs under a virtual clock as [`World::run`] does, and lets the main future look after each step of any other task.
pub(super) fn step_by_step<T, F: Future<Output = T>>(work: impl FnOnce() -> F) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .event_interval(1)
        .build()
        .map_err(machine("no runtime"))?;
    Ok(runtime.block_on(async move { work().await }))
}

/// Runs on a runtime of its own with real time and sockets.
pub(super) fn real_time<T, F: Future<Output = T>>(work: impl FnOnce() -> F) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(machine("no runtime"))?;
    Ok(runtime.block_on(async move { work().await }))
}

/// The commands that can be played at this vendor.
pub(super) fn deeds(vendor: Vendor) -> Vec<&'static Deed> {
    DEEDS.iter().filter(|deed| deed.is_of(vendor)).collect()
}

const BASE: &str = "http://simulator.test";
