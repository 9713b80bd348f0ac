//! Finding the operation for a request. Parameters carry patterns, as in the vendor's JAX-RS application (section 1).

use http::Method;

use super::answer::{Answer, Fault};
use super::ask::{Ask, decode, is_digit, is_key, is_number};
use super::gateway::Gateway;
use super::options::CcGatewayOptions;
use super::route_table::ROUTES;

/// One operation.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) run: Run,
}

/// How an operation is carried out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Run {
    /// For the holder of the agent's GUID.
    Agent(fn(&Gateway, &Ask) -> Answer),
    /// For anybody.
    Open(fn(&Gateway, &Ask) -> Answer),
    /// The event poll.
    Poll,
    /// The poll for all agents.
    PollAll,
}

/// The operation for this method and path, and the path's parameters.
pub(super) fn find(
    method: &Method,
    path: &str,
    options: &CcGatewayOptions,
) -> Result<(&'static Route, Vec<String>), Fault> {
    let path = path
        .strip_prefix(BASE)
        .ok_or(Fault::Http(http::StatusCode::NOT_FOUND))?;
    let given: Vec<&str> = path
        .split('/')
        .filter(|part| !options.double_slash || !part.is_empty())
        .collect();
    let mut miss = Fault::Http(http::StatusCode::NOT_FOUND);
    for route in ROUTES.iter().flat_map(|group| group.iter()) {
        match take(route.path, &given, options) {
            Match::Yes(params) if route.method == *method => return Ok((route, params)),
            Match::Yes(_) => miss = Fault::Http(options.wrong_method),
            Match::Pattern if miss != Fault::Http(options.wrong_method) => miss = options.path_mismatch.into(),
            Match::Pattern | Match::No => {}
        }
    }
    Err(miss)
}

enum Match {
    Yes(Vec<String>),
    /// The right shape, but a parameter outside its pattern.
    Pattern,
    No,
}

fn take(path: &str, given: &[&str], options: &CcGatewayOptions) -> Match {
    let mut params = Vec::new();
    let mut fits = true;
    let mut parts = path.split('/');
    for given in given {
        let Some(part) = parts.next() else { return Match::No };
        if !part.starts_with('{') {
            if part != *given {
                return Match::No;
            }
            continue;
        }
        let given = decode(given);
        fits = fits && fits_pattern(part, &given, options);
        params.push(given);
    }
    match (parts.next(), fits) {
        (Some(_), _) => Match::No,
        (None, true) => Match::Yes(params),
        (None, false) => Match::Pattern,
    }
}

fn fits_pattern(name: &str, given: &str, options: &CcGatewayOptions) -> bool {
    let whole = || given.chars().all(is_digit) && !given.starts_with('0');
    match name {
        "{agent}" => whole() && given.parse().is_ok_and(|id: u32| id <= options.largest_agent_id),
        "{bit}" => matches!(given, "0" | "1"),
        "{skill}" => whole() && !given.is_empty(),
        "{number}" => is_number(given, is_digit),
        "{keys}" => is_number(given, is_key),
        _ => !given.is_empty(),
    }
}

const BASE: &str = "/agentgateway/resource/";
