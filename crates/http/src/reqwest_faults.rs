//! reqwest's errors in our words. Only two things prove that nothing was sent: a failed connect, and a body that no connection has taken.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage};

use crate::error::{Cause, Lost, NotSent, Place, TransportError};
use crate::witness::Witness;

/// No reply's headers came.
pub(crate) fn send_failure(error: reqwest::Error, witness: &Witness, place: &Place) -> TransportError {
    let error = error.without_url();
    if error.is_connect() {
        let reason = connect_reason(&error);
        return TransportError::not_sent(reason, place.clone(), Some(error.into()));
    }
    if witness.revoke() {
        return TransportError::not_sent(NotSent::Closed, place.clone(), Some(error.into()));
    }
    let phase = match find::<hyper::Error>(&error) {
        Some(hyper) if hyper.is_parse() => Lost::Malformed,
        _ => Lost::BeforeHeaders,
    };
    TransportError::lost(phase, None, place.clone(), Some(error.into()))
}

/// Headers came, the body did not or not all of it.
pub(crate) fn body_failure(error: reqwest::Error, status: u16, place: &Place) -> TransportError {
    let source: Cause = error.without_url().into();
    TransportError::lost(Lost::Body, Some(status), place.clone(), Some(source))
}

fn connect_reason(error: &reqwest::Error) -> NotSent {
    if let Some(tls) = find::<rustls::Error>(error) {
        return NotSent::Tls(tls_reason(tls));
    }
    if error.is_dns() {
        return NotSent::Dns;
    }
    if error.is_timeout() {
        return NotSent::ConnectTimeout;
    }
    let failed_with = |kind| {
        chain(error)
            .filter_map(|cause| cause.downcast_ref::<io::Error>())
            .any(|cause| cause.kind() == kind)
    };
    if failed_with(io::ErrorKind::ConnectionRefused) {
        return NotSent::Refused;
    }
    if failed_with(io::ErrorKind::UnexpectedEof) {
        let why = "the server ended the handshake – does this port speak TLS?";
        return NotSent::Tls(why.to_owned());
    }
    NotSent::Connect(chain(error).last().map(ToString::to_string).unwrap_or_default())
}

fn tls_reason(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(certificate) => certificate_reason(certificate),
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            "the server offers only TLS versions that are not safe any more".to_owned()
        }
        rustls::Error::AlertReceived(alert) => format!("the server refused with alert {alert:?}"),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "the answer is not TLS – does this port speak TLS?".to_owned()
        }
        other => other.to_string(),
    }
}

fn certificate_reason(error: &CertificateError) -> String {
    let text = match error {
        CertificateError::UnknownIssuer => {
            "the certificate's issuer is not trusted – configure its CA, or install it in the system"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the certificate has expired – renew it, or put this machine's clock right"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet – is this machine's clock right?"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is made out to another host name – use the name it is made out to"
        }
        CertificateError::BadSignature => {
            "the certificate is not signed by the authority it names – is the trusted CA an older one of the same name?"
        }
        CertificateError::Revoked => "the certificate has been revoked",
        other => return format!("the certificate is not acceptable: {other}"),
    };
    text.to_owned()
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).find_map(|cause| cause.downcast_ref::<T>())
}

/// The error and its causes. An `io::Error` hides what it wraps from `source()`, so it is opened by hand.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn Error + 'static)| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}
