//! Looking things up (vendor page, section 7): flows, records, replies, and whether the engine is in service. Queries only, bounded in number.

use std::sync::atomic::AtomicBool;

use callcontrol_core::{Entry, Error, ErrorKind, Found, LookUp, PhoneNumber, RecordsOf, Result, SessionId};
use callcontrol_http::{Deadline, Idempotency, Method, fault};

use crate::adapter::Oifde;
use crate::entries;
use crate::link::Order;
use crate::private::Private;
use crate::session::check_native;
use crate::wire::Object;
use crate::wire::envelope::Envelope;
use crate::wire::health;
use crate::wire::listing::{FLOWS, INTENTIONS, Listing, PAGE_SIZE, SESSIONS, TRANSFERS};
use crate::wire::records::{self, By};

impl Oifde {
    /// The session is checked only: the credential is the tenant's.
    pub(crate) async fn find(&self, session: Option<&SessionId>, what: LookUp, deadline: Deadline) -> Result<Found> {
        self.check_running()?;
        if let Some(session) = session {
            self.check_open(session)?;
        }
        let entries = match what {
            LookUp::Service => self.service(deadline).await,
            LookUp::Ivrs => self.ivrs(deadline).await,
            LookUp::Records(of) => self.records(&of, deadline).await,
            LookUp::Transfers(of) => self.transfers(&of, deadline).await,
            LookUp::Replies => self.replies(deadline).await,
            LookUp::Queues => Err(lacking("lists no queues; address a queue by its name or route code")),
            LookUp::Agents => Err(lacking("lists no agents; ask at the agents' own platform")),
            LookUp::AccessCodes => Err(lacking("lists no access codes and has no transfer to one")),
            LookUp::Waiting { .. } => Err(lacking("knows no waiting calls: a call in a queue is no longer here")),
            _ => Err(lacking("cannot be asked for this")),
        };
        Ok(Found::new(entries?))
    }

    async fn service(&self, deadline: Deadline) -> Result<Vec<Entry>> {
        let order = Order {
            what: "servicemonitor answer",
            method: Method::Get,
            path: health::path(),
            body: None,
            idempotency: Idempotency::Query,
            private: Private::default(),
        };
        let (response, _) = self.link.exchange(&order, &AtomicBool::default(), deadline).await?;
        if let Some(health) = health::read(&response) {
            return Ok(vec![entries::service(health)]);
        }
        let response = fault::accept(response, Idempotency::Query)?;
        let unread = response.json::<Object>(order.what).err();
        Err(unread.map_or_else(
            || {
                Error::new(
                    ErrorKind::Protocol,
                    Idempotency::Query.unproved(),
                    "the servicemonitor answer is nobody's we know",
                )
            },
            |error| fault::from_decode(error, Idempotency::Query),
        ))
    }

    async fn ivrs(&self, deadline: Deadline) -> Result<Vec<Entry>> {
        let wanted = Object::from_iter([("source".to_owned(), "IVR".into())]);
        let flows = self.all(&FLOWS, &wanted, &Private::default(), deadline).await?;
        Ok(flows.iter().map(entries::flow).collect())
    }

    /// Of a customer whose records nobody keeps, the latest call at least.
    async fn records(&self, of: &RecordsOf, deadline: Deadline) -> Result<Vec<Entry>> {
        let by = by(of)?;
        let listed = self.all(&SESSIONS, &by.wanted(), &private(by), deadline).await;
        let customer = match by {
            By::Customer(customer) => customer,
            By::Session(_) | By::PlatformCall(_) => return Ok(listed?.iter().map(entries::record).collect()),
        };
        match listed {
            Ok(records) if !records.is_empty() => Ok(records.iter().map(entries::record).collect()),
            Ok(_) => self.latest(customer, deadline).await,
            // Keeping records is a setting of the tenant's (FLOWRECORDFLAG), and no page says what a query gets without it.
            Err(error) if error.kind() == ErrorKind::VendorUnknown => {
                self.latest(customer, deadline).await.map_err(|_| error)
            }
            Err(error) => Err(error),
        }
    }

    async fn latest(&self, customer: &str, deadline: Deadline) -> Result<Vec<Entry>> {
        let order = Order {
            what: "queryHistory answer",
            method: Method::Post,
            path: records::latest_path(),
            body: Some(records::latest_body(&self.config.tenant_id, customer)),
            idempotency: Idempotency::Query,
            private: Private::default().and(customer),
        };
        let answer = self.link.order(&order, &AtomicBool::default(), deadline).await?;
        Ok(records::latest(&answer).iter().map(entries::record).collect())
    }

    async fn transfers(&self, of: &RecordsOf, deadline: Deadline) -> Result<Vec<Entry>> {
        let by = by(of)?;
        let records = self.all(&TRANSFERS, &by.wanted(), &private(by), deadline).await?;
        Ok(records.iter().map(entries::record).collect())
    }

    async fn replies(&self, deadline: Deadline) -> Result<Vec<Entry>> {
        let wanted = intentions(&self.config.language, self.config.domain_id.as_deref());
        let found = self.all(&INTENTIONS, &wanted, &Private::default(), deadline).await;
        let found = found.map_err(|error| match (&self.config.domain_id, error.kind()) {
            // Mandatory where the silent agents are the built-in ones (`oifde.slient.use` = `ipcc`, vendor page, section 7.4).
            (None, ErrorKind::InvalidInput) => {
                let native = error.native().cloned().unwrap_or_default();
                let message = "the vendor wants to be told a domain: set domain-id";
                Error::new(ErrorKind::Config, error.effect(), message).with_native(native)
            }
            _ => error,
        })?;
        Ok(found.iter().map(entries::reply).collect())
    }

    /// The rows of all pages, at most as many as the deployment allows.
    async fn all(
        &self,
        listing: &Listing,
        wanted: &Object,
        private: &Private,
        deadline: Deadline,
    ) -> Result<Vec<Object>> {
        let most = self.config.look_up_entries;
        let mut rows: Vec<Object> = Vec::new();
        let mut complete = false;
        for number in 1..=most.div_ceil(PAGE_SIZE) {
            let answer = self.page(listing, wanted, number, private, deadline).await?;
            let page = listing.page(&answer)?;
            // A server that knows nothing of pages would give the first one for ever.
            if page.rows.is_empty() || (number > 1 && rows.ends_with(&page.rows)) {
                return Ok(rows);
            }
            let short = page.rows.len() < PAGE_SIZE;
            rows.extend(page.rows);
            complete = page.total.map_or(short, |total| rows.len() >= total);
            if complete {
                break;
            }
        }
        if !complete || rows.len() > most {
            tracing::warn!(target: "callcontrol::huawei_oifde", what = listing.what, most, "there is more than look-up-entries allows");
        }
        rows.truncate(most);
        Ok(rows)
    }

    /// One page as it came.
    pub(crate) async fn page(
        &self,
        listing: &Listing,
        wanted: &Object,
        number: usize,
        private: &Private,
        deadline: Deadline,
    ) -> Result<Envelope> {
        let order = Order {
            what: listing.what,
            method: Method::Post,
            path: listing.path(),
            body: Some(listing.body(&self.config.tenant_id, wanted, number)),
            idempotency: Idempotency::Query,
            private: private.clone(),
        };
        self.link.order(&order, &AtomicBool::default(), deadline).await
    }
}

fn by(of: &RecordsOf) -> Result<By<'_>> {
    match of {
        RecordsOf::Session(id) => check_native(id).map(|()| By::Session(id)),
        RecordsOf::PlatformCall(id) => check_native(id).map(|()| By::PlatformCall(id)),
        RecordsOf::Customer(number) => Ok(By::Customer(PhoneNumber::reveal(number))),
        _ => Err(lacking("keeps records by session, by platform call and by customer")),
    }
}

fn private(by: By<'_>) -> Private {
    match by {
        By::Customer(customer) => Private::default().and(customer),
        By::Session(_) | By::PlatformCall(_) => Private::default(),
    }
}

fn intentions(language: &str, domain: Option<&str>) -> Object {
    let mut wanted = Object::from_iter([("language".to_owned(), language.into())]);
    if let Some(domain) = domain {
        // The table says integer, the vendor's sample sends text.
        wanted.insert("domainInfo".to_owned(), serde_json::json!({ "domainId": domain }));
    }
    wanted
}

fn lacking(what: &str) -> Error {
    Error::unsupported(format!("OIFDE {what}"))
}
