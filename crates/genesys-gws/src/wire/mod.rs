//! The vendor's spelling and nothing else: bodies that are sent, envelopes, resources and notifications that are read. Pure, crate-private, tolerant:
//! a member that is missing or of another type than documented never spoils the message around it (vendor page, sections 3, 7, 8 and 14).

pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod device;
pub(crate) mod envelope;
pub(crate) mod notification;
pub(crate) mod value;
