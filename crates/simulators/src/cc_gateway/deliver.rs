//! Pushes over TCP, to `http` addresses: one at a time for each agent, again when the client did not take it.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::CcGatewaySimulator;
use super::gateway::Gateway;
use super::push::Push;

type Http = Client<HttpConnector, Full<Bytes>>;

impl CcGatewaySimulator {
    /// Delivers pushes to their addresses until `stop` is done. To be spawned by whoever owns the server; whoever takes
    /// pushes by [`next_push`](Self::next_push) does without.
    pub fn deliver_pushes<F>(&self, stop: F) -> impl Future<Output = ()> + Send + use<F>
    where
        F: Future<Output = ()> + Send,
    {
        deliver(self.gateway.clone(), stop)
    }
}

async fn deliver(gateway: Arc<Gateway>, stop: impl Future<Output = ()> + Send) {
    let http: Http = Client::builder(TokioExecutor::new()).build_http();
    let wake = gateway.state().wake.clone();
    let mut under_way = FuturesUnordered::new();
    let mut busy = BTreeSet::new();
    let mut stop = pin!(stop);
    loop {
        let mut woken = pin!(wake.notified());
        woken.as_mut().enable();
        for agent in gateway.push_agents() {
            if !busy.contains(&agent)
                && let Some(push) = gateway.take_push(&agent)
            {
                busy.insert(agent);
                under_way.push(attempt(gateway.clone(), http.clone(), push));
            }
        }
        tokio::select! {
            biased;
            () = &mut stop => return,
            Some(agent) = under_way.next() => {
                busy.remove(&agent);
            }
            () = &mut woken => {}
        }
    }
}

/// One attempt; after a failure the agent's turn ends only when it is time for the next one.
async fn attempt(gateway: Arc<Gateway>, http: Http, push: Push) -> String {
    let options = gateway.options();
    let agent = push.agent.clone();
    let taken = timeout(options.push_timeout, send(&http, push)).await.unwrap_or(false);
    gateway.pushed(&agent, taken);
    if !taken {
        tracing::debug!(%agent, "push not taken");
        sleep(options.push_retry).await;
    }
    agent
}

/// Whether the client says that it took it: HTTP 200 and a `retcode` 0, as text or as number (15.1).
async fn send(http: &Http, push: Push) -> bool {
    let mut request = Request::post(push.url);
    for (name, value) in push.headers {
        request = request.header(name, value);
    }
    let Ok(request) = request.body(Full::from(push.body)) else {
        return false;
    };
    let Ok(response) = http.request(request).await else {
        return false;
    };
    let status = response.status();
    let Ok(body) = response.into_body().collect().await else {
        return false;
    };
    let body: Value = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
    let code = body.get("retcode");
    status == StatusCode::OK && code.is_some_and(|code| code == "0" || code == 0)
}

impl Gateway {
    /// The agents for whom there is something to push.
    fn push_agents(&self) -> Vec<String> {
        let state = self.state();
        let waiting = state.sessions.iter().filter(|(_, session)| session.has_pushes());
        waiting.map(|(agent, _)| agent.clone()).collect()
    }
}
