//! Reading sessions back: the record queries of sections 7.1, 7.2 and 7.5, each with an envelope of its own.

use callcontrol_testkit::switch::Switch;
use serde_json::{Map, Value, json};

use super::clock;
use super::engine::Engine;
use super::fault::{Answer, Fault};
use super::fields::Fields;
use super::page::Page;
use super::session::{Session, SessionId};
use super::transfer::{TransferStage, TransferType};

impl Engine {
    /// `POST /oifde/rest/api/queryRecordHistory`.
    pub(super) fn query_record_history(&mut self, switch: &mut Switch, request: &Fields<'_>) -> Answer {
        let found = self.search(switch, request)?;
        let shown =
            |session: &&Session| self.options.keeps_records && (session.ended || self.options.records_running_sessions);
        let records = found
            .sessions(self)
            .filter(shown)
            .map(|session| self.marked(record(session)))
            .collect();
        Ok(found.page.answer("recordList", records))
    }

    /// `POST /oifde/rest/api/queryTransferRecordHistory`.
    pub(super) fn query_transfer_record_history(&mut self, switch: &mut Switch, request: &Fields<'_>) -> Answer {
        let found = self.search(switch, request)?;
        let records = match self.options.records_outside_transfers {
            true => found
                .sessions(self)
                .filter_map(transfer_record)
                .map(|record| self.marked(record))
                .collect(),
            false => Vec::new(),
        };
        Ok(found.page.answer("transferRecordList", records))
    }

    /// `POST /oifde/rest/api/queryHistory`: the latest call of a customer.
    pub(super) fn query_history(&mut self, _: &mut Switch, request: &Fields<'_>) -> Answer {
        let tenant = request.required("tenantId")?;
        let params = request
            .object("params")?
            .ok_or_else(|| Fault::parameters("params is mandatory"))?;
        let customer = params.required("userMobile")?;
        self.authorise(&tenant, request)?;
        let of_customer = self
            .sessions
            .values()
            .filter(|session| session.tenant == tenant && session.customer == customer);
        let beans = match of_customer.max_by_key(|session| session.number) {
            Some(session) => json!({ "callId": session.id.as_str(), "callSorId": session.customer }),
            None => json!({}),
        };
        Ok(Map::from_iter([("beans".into(), beans)]))
    }

    fn search(&mut self, switch: &Switch, request: &Fields<'_>) -> Result<Search, Fault> {
        let tenant = request.required("tenantId")?;
        let key = ["callId", "userMobile", "ctiCallId"].map(|name| request.text(name));
        let [id, customer, cti_call_id] = key;
        let (id, customer, cti_call_id) = (given(id?), given(customer?), given(cti_call_id?));
        if id.is_none() && customer.is_none() && cti_call_id.is_none() {
            return Err(Fault::parameters(
                "one of callId, userMobile and ctiCallId is mandatory",
            ));
        }
        let since = time(request, "beginTime")?.unwrap_or(0);
        let until = time(request, "endTime")?.unwrap_or(u64::MAX);
        let page = Page::of_strings(request)?;
        self.authorise(&tenant, request)?;
        let ids: Vec<SessionId> = self.sessions.keys().cloned().collect();
        for id in ids {
            // Sees which of them have ended meanwhile.
            self.session(switch, &id);
        }
        Ok(Search {
            tenant,
            id,
            customer,
            cti_call_id,
            since,
            until,
            page,
        })
    }

    /// With a member that no page mentions, if the options say so.
    fn marked(&self, mut record: Value) -> Value {
        if let (true, Value::Object(members)) = (self.options.unknown_members, &mut record) {
            members.insert("reserved1".into(), json!({ "nested": [1, null] }));
        }
        record
    }
}

struct Search {
    tenant: String,
    id: Option<String>,
    customer: Option<String>,
    cti_call_id: Option<String>,
    since: u64,
    until: u64,
    page: Page,
}

impl Search {
    fn sessions<'a>(&'a self, engine: &'a Engine) -> impl Iterator<Item = &'a Session> {
        let mut found: Vec<&Session> = engine.sessions.values().filter(|session| self.finds(session)).collect();
        found.sort_by_key(|session| session.number);
        found.into_iter()
    }

    fn finds(&self, session: &Session) -> bool {
        let is =
            |wanted: &Option<String>, value: Option<&str>| wanted.as_deref().is_none_or(|wanted| Some(wanted) == value);
        session.tenant == self.tenant
            && (self.since..=self.until).contains(&session.started)
            && is(&self.id, Some(session.id.as_str()))
            && is(&self.customer, Some(&session.customer))
            && is(&self.cti_call_id, session.cti_call_id.as_deref())
    }
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn time(request: &Fields<'_>, name: &str) -> Result<Option<u64>, Fault> {
    let wrong = || Fault::parameters(format!("{name} must be yyyy-MM-dd HH:mm:ss"));
    given(request.text(name)?)
        .map(|text| clock::parse(&text).ok_or_else(wrong))
        .transpose()
}

fn record(session: &Session) -> Value {
    let mut record = json!({
        "logId": session.number.to_string(),
        "tenantId": session.tenant,
        "callSorId": session.customer,
        "callId": session.id.as_str(),
        "callingNumber": session.customer,
        "calledNumber": session.called,
    });
    if let (Some(id), Value::Object(members)) = (&session.cti_call_id, &mut record) {
        members.insert("ctiCallId".into(), id.as_str().into());
    }
    record
}

/// Only a transfer to an outside number that was carried out has a recording.
fn transfer_record(session: &Session) -> Option<Value> {
    let transfer = session.transfer.as_ref()?;
    let recorded = transfer.order.kind == TransferType::OutsideNumber && transfer.stage == TransferStage::Done;
    recorded.then(|| {
        json!({
            "id": session.number.to_string(),
            "tenantId": session.tenant,
            "callId": session.id.as_str(),
            "ctiCallId": session.cti_call_id.as_deref().unwrap_or_default(),
            "flowInstId": session.number.to_string(),
            "callingNumber": session.customer,
            "calledNumber": session.called,
            "transfNumber": transfer.order.route_value,
            "startTime": session.started.saturating_mul(1000),
        })
    })
}
