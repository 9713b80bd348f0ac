//! What is published on the server: flows (section 7.3), intentions (7.4), and its health (7.6).

use callcontrol_testkit::switch::Switch;
use serde_json::{Value, json};

use super::choices::MonitorBody;
use super::engine::Engine;
use super::fault::{Answer, Fault};
use super::fields::Fields;
use super::page::Page;
use super::session::PublishMode;
use crate::scenery;

/// A published flow.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flow {
    /// `flowId`.
    pub id: u32,
    /// `flowCode`: the access code.
    pub code: String,
    /// `flowName`.
    pub name: String,
    /// Traditional or intelligent.
    pub source: FlowSource,
    /// The work mode in which its sessions begin.
    pub mode: PublishMode,
    /// Who is assigned as silent agent; without one its sessions are in common mode.
    pub silent_agent: Option<String>,
}

/// What kind of IVR a flow is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowSource {
    /// `IVR`: traditional.
    Ivr,
    /// `OIFDE`: intelligent, a robot.
    Oifde,
}

impl Flow {
    /// A traditional IVR flow.
    #[must_use]
    pub fn ivr(id: u32, code: &str, name: &str) -> Self {
        let (code, name) = (code.into(), name.into());
        Self {
            id,
            code,
            name,
            source: FlowSource::Ivr,
            mode: PublishMode::Common,
            silent_agent: None,
        }
    }

    /// A robot's flow, published in this mode with this silent agent.
    #[must_use]
    pub fn robot(id: u32, code: &str, name: &str, mode: PublishMode, silent_agent: &str) -> Self {
        Self {
            source: FlowSource::Oifde,
            mode,
            silent_agent: Some(silent_agent.into()),
            ..Self::ivr(id, code, name)
        }
    }

    pub(super) fn of_the_scenery() -> Vec<Self> {
        let pin_check = Self::ivr(1, scenery::PIN_CHECK, "PIN check");
        let robot = Self::robot(2, "9000", "Robot", PublishMode::Supervision, scenery::ANN.0);
        vec![pin_check, robot]
    }
}

/// Something a silent agent can let the robot say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Intention {
    /// `domainId` of its domain.
    pub domain: String,
    /// `intentCmd`.
    pub command: String,
    /// `intentName`, `domain/intention-command`.
    pub name: String,
    /// `intentDesc`.
    pub description: String,
}

impl Intention {
    /// An intention of the domain with this id and name.
    #[must_use]
    pub fn new(domain_id: &str, domain: &str, command: &str, description: &str) -> Self {
        let name = format!("{domain}/{command}");
        Self {
            domain: domain_id.into(),
            command: command.into(),
            name,
            description: description.into(),
        }
    }

    pub(super) fn of_the_scenery() -> Vec<Self> {
        let order = Self::new("1", "billing", "orderStatus", "Where is my order");
        vec![order, Self::new("1", "billing", "invoice", "Send me the invoice again")]
    }
}

impl Engine {
    /// `POST /oifde/rest/api/queryflows`.
    pub(super) fn query_flows(&mut self, _: &mut Switch, request: &Fields<'_>) -> Answer {
        let tenant = request.required("tenantId")?;
        let [id, name, code] = ["flowId", "flowName", "flowCode"].map(|name| request.text_or_empty(name));
        let (id, name, code) = (id?, name?, code?);
        let source = match request.text_or_empty("source")?.as_str() {
            "" | "IVR" => FlowSource::Ivr,
            "OIFDE" => FlowSource::Oifde,
            _ => return Err(Fault::parameters("source must be IVR or OIFDE")),
        };
        let page = Page::of_integers(request)?;
        self.authorise(&tenant, request)?;
        let is = |wanted: &str, value: &str| wanted.is_empty() || wanted == value;
        let wanted = |flow: &&Flow| {
            flow.source == source && is(&id, &flow.id.to_string()) && is(&name, &flow.name) && is(&code, &flow.code)
        };
        let created = self.options.epoch.saturating_mul(1000);
        let flows = self
            .options
            .flows
            .iter()
            .filter(wanted)
            .map(|flow| flow_item(flow, &tenant, created));
        Ok(page.answer("flowList", flows.collect()))
    }

    /// `POST /oifde/rest/api/intentions/query`.
    pub(super) fn query_intentions(&mut self, _: &mut Switch, request: &Fields<'_>) -> Answer {
        let tenant = request.required("tenantId")?;
        let language = request.required("language")?;
        if !LANGUAGES.contains(&language.as_str()) {
            return Err(Fault::parameters("language is none of those offered"));
        }
        let domain = match request.object("domainInfo")? {
            Some(domain) => Some(domain_id(&domain)?),
            None if self.options.silent_use_ipcc => return Err(Fault::parameters("domainInfo is mandatory")),
            None => None,
        };
        let page = Page::of_integers(request)?;
        self.authorise(&tenant, request)?;
        let wanted = |intention: &&Intention| domain.as_ref().is_none_or(|domain| *domain == intention.domain);
        let intentions = self.options.intentions.iter().filter(wanted).map(|intention| {
            json!({ "intentCmd": intention.command, "intentName": intention.name, "intentDesc": intention.description })
        });
        Ok(page.answer("intentions", intentions.collect()))
    }

    /// The body of a healthy `servicemonitor`.
    pub(super) fn health(&self) -> Option<String> {
        let options = &self.options;
        let body = |fullgc: &str, deadlock: &str| {
            json!({ "jvm": { "fullgc": fullgc, options.deadlock_key.as_str(): deadlock } }).to_string()
        };
        options.healthy.then(|| match options.monitor_body {
            MonitorBody::Good => body("0", "0"),
            MonitorBody::FullGc => body("1", "0"),
            MonitorBody::Deadlock => body("0", "1"),
            MonitorBody::AsPrinted => body("0", "0").trim_end_matches('}').to_owned() + "}",
            MonitorBody::Empty => String::new(),
        })
    }
}

fn flow_item(flow: &Flow, tenant: &str, created: u64) -> Value {
    json!({
        "tenantId": tenant,
        "flowId": flow.id,
        "flowCode": flow.code,
        "flowName": flow.name,
        "flowDesc": "",
        "scenarioType": "default",
        "createDate": created,
        "statusDate": created,
        "status": "VALID",
    })
}

/// Typed integer in the table, a string in the vendor's sample: both are taken, however strict the rest.
fn domain_id(domain: &Fields<'_>) -> Result<String, Fault> {
    match domain.integer("domainId") {
        Ok(Some(id)) => Ok(id.to_string()),
        Ok(None) | Err(_) => domain.required("domainId"),
    }
}

const LANGUAGES: [&str; 6] = ["en_US", "zh_CN", "pt_BR", "th_TH", "fr_FR", "ar"];
