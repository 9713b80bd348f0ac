//! The server's face: every path with the interface behind it and the envelope it answers in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Extension, Router, middleware};
use callcontrol_testkit::switch::{SharedSwitch, Switch};
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::engine::Engine;
use super::fault::{Answer, Envelope, Fault};
use super::fields::{Fields, Signed};
use super::mischief::{ForcedCode, Plan, meddle};
use crate::log::RequestLog;

/// What handlers and control verbs share. Lock order: the switch first, the engine within.
#[derive(Clone)]
pub(super) struct Wire {
    pub(super) switch: SharedSwitch,
    pub(super) engine: Arc<Mutex<Engine>>,
    pub(super) plan: Plan,
    pub(super) log: RequestLog,
}

/// One interface.
#[derive(Clone, Copy)]
struct Interface {
    path: &'static str,
    envelope: Envelope,
    run: fn(&mut Engine, &mut Switch, &Fields<'_>) -> Answer,
}

impl Wire {
    pub(super) fn router(&self) -> Router {
        let monitor = get(monitor).post(monitor);
        let mut router = Router::new().route("/oifde/rest/api/servicemonitor", monitor);
        for interface in INTERFACES {
            let handler = move |State(wire): State<Self>,
                                forced: Option<Extension<ForcedCode>>,
                                headers: HeaderMap,
                                body: Bytes| async move {
                wire.serve(interface, forced.map(|Extension(code)| code), &headers, &body)
            };
            router = router.route(interface.path, post(handler));
        }
        let router = router
            .route("/oifde/rest/crs/{*rest}", any(wrong_url))
            .route("/oifde/rest/v2/crs/{*rest}", any(wrong_url));
        let router = router.layer(middleware::from_fn_with_state(self.clone(), meddle));
        self.log.watch(router.with_state(self.clone()))
    }

    pub(super) fn expire_tokens(&self) {
        self.engine().tokens.expire_all();
    }

    /// Does something with engine and switch in one go. What happened at the switch reaches its listeners afterwards.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Engine, &mut Switch) -> T) -> T {
        self.switch.with(|switch| act(&mut self.engine(), switch))
    }

    /// The engine alone; within, the switch must not be touched.
    pub(super) fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, interface: Interface, forced: Option<ForcedCode>, headers: &HeaderMap, body: &[u8]) -> Response {
        self.with(|engine, switch| {
            let options = engine.options.clone();
            if options.checks_content_type && !is_json(headers) {
                return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
            }
            let answer = match (forced, serde_json::from_slice::<Value>(body)) {
                (Some(ForcedCode(code)), _) => Err(Fault::new(code, "refused")),
                (None, Ok(Value::Object(object))) => {
                    let request = Fields::new(&object, options.strict_types).signed_by(signed(headers));
                    (interface.run)(engine, switch, &request)
                }
                (None, _) => Err(Fault::json()),
            };
            interface.envelope.wrap(answer, &options)
        })
    }
}

async fn monitor(State(wire): State<Wire>) -> Response {
    match wire.engine().health() {
        Some(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// Section 2: 400 means a wrong URL under the dialog protocol's prefix.
async fn wrong_url() -> StatusCode {
    StatusCode::BAD_REQUEST
}

fn signed(headers: &HeaderMap) -> Option<Signed<'_>> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    Some(Signed {
        account: text("username")?,
        token: text("token")?,
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

const INTERFACES: [Interface; 10] = [
    Interface {
        path: "/oifde/rest/api/gettoken",
        envelope: Envelope::AlwaysNumber,
        run: |engine, _, request| engine.get_token(request),
    },
    Interface {
        path: "/oifde/rest/api/flow/changeWorkMode",
        envelope: Envelope::Text,
        run: Engine::change_work_mode,
    },
    Interface {
        path: "/oifde/rest/api/flow/receiveDialogrecord",
        envelope: Envelope::Text,
        run: Engine::receive_dialog_record,
    },
    Interface {
        path: "/oifde/rest/api/queryRecordHistory",
        envelope: Envelope::Number,
        run: Engine::query_record_history,
    },
    Interface {
        path: "/oifde/rest/api/queryHistory",
        envelope: Envelope::Rtn,
        run: Engine::query_history,
    },
    Interface {
        path: "/oifde/rest/api/queryflows",
        envelope: Envelope::AbsentOnSuccess,
        run: Engine::query_flows,
    },
    Interface {
        path: "/oifde/rest/api/intentions/query",
        envelope: Envelope::Number,
        run: Engine::query_intentions,
    },
    Interface {
        path: "/oifde/rest/api/queryTransferRecordHistory",
        envelope: Envelope::LongMessage,
        run: Engine::query_transfer_record_history,
    },
    Interface {
        path: "/oifde/rest/crs/process",
        envelope: Envelope::Ret,
        run: Engine::process,
    },
    Interface {
        path: "/oifde/rest/v2/crs/process/{vdn}",
        envelope: Envelope::Ret,
        run: Engine::process,
    },
];
