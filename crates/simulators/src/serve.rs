//! A simulator on a real socket, on loopback unless told otherwise, until it is stopped or dropped; stopping cuts every connection, as a dying server does.

mod spelling;
mod tls;

use std::io;
use std::net::SocketAddr;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use spelling::Spelled;

pub use tls::{TlsIdentity, TlsOptions};

/// A running server.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    identity: Option<TlsIdentity>,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves on a port of the system's choice on 127.0.0.1.
    ///
    /// # Errors
    /// No socket to be had.
    pub async fn start(router: Router) -> io::Result<Self> {
        Self::bind(ANY_PORT.into(), router).await
    }

    /// Serves on this address; only loopback addresses are accepted, because a simulator has no protection whatever.
    ///
    /// # Errors
    /// Not a loopback address, or the address cannot be had.
    pub async fn bind(addr: SocketAddr, router: Router) -> io::Result<Self> {
        Self::listen(addr, router, None, None).await
    }

    /// As [`start`](Self::start), over TLS with a self-signed certificate made on the spot.
    ///
    /// # Errors
    /// No socket or no certificate to be had.
    pub async fn start_tls(router: Router) -> io::Result<Self> {
        Self::bind_tls(ANY_PORT.into(), router, TlsOptions::default()).await
    }

    /// As [`bind`](Self::bind), over TLS.
    ///
    /// # Errors
    /// Not a loopback address, the address cannot be had, or the options hold no usable certificate.
    pub async fn bind_tls(addr: SocketAddr, router: Router, options: TlsOptions) -> io::Result<Self> {
        let identity = match options.identity {
            Some(identity) => identity,
            None => TlsIdentity::local()?,
        };
        let acceptor = tls::acceptor(&identity, options.client_ca_pem.as_deref())?;
        Self::listen(addr, router, Some(acceptor), Some(identity)).await
    }

    /// The address.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://address:port`, with TLS `https://`, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> String {
        let scheme = if self.identity.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.addr)
    }

    /// With TLS the server's certificate, which is its own authority: a client that trusts it reaches this server.
    #[must_use]
    pub fn certificate_pem(&self) -> Option<&str> {
        self.identity.as_ref().map(TlsIdentity::certificate_pem)
    }

    /// Cuts every connection and frees the port.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            // The task ends by itself after the token; a panic in it was reported already.
            let _ = task.await;
        }
    }

    async fn listen(
        addr: SocketAddr,
        router: Router,
        acceptor: Option<TlsAcceptor>,
        identity: Option<TlsIdentity>,
    ) -> io::Result<Self> {
        if !addr.ip().is_loopback() {
            let message = format!(
                "{addr} is not a loopback address; a simulator can be steered by whoever reaches it, so use 127.0.0.1 or [::1]"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let stop = CancellationToken::new();
        let task = tokio::spawn(accept(listener, router, acceptor, stop.clone()));
        Ok(Self {
            addr,
            identity,
            stop,
            task: Some(task),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(listener: TcpListener, router: Router, acceptor: Option<TlsAcceptor>, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(talk(stream, router.clone(), acceptor.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
    connections.shutdown().await;
}

async fn talk(stream: TcpStream, router: Router, acceptor: Option<TlsAcceptor>) {
    match acceptor {
        None => serve(stream, router).await,
        // A client that turns the certificate down, or has none itself, is no event for a simulator.
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, router).await;
            }
        }
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, router: Router) {
    let service = TowerToHyperService::new(router);
    let io = TokioIo::new(Spelled::new(stream));
    // A client that goes away is no event for a simulator.
    let _ = auto::Builder::new(TokioExecutor::new())
        .serve_connection(io, service)
        .await;
}

const ANY_PORT: ([u8; 4], u16) = ([127, 0, 0, 1], 0);
