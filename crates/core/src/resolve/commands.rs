//! Which commands of the race machine an operation consists of.

use crate::capability::Operation;
use crate::race::{Aftermath, Happening, Lands};

/// What an operation has the switch do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Commands {
    /// One of these, once.
    pub(super) main: &'static [Happening],
    /// The switch may do these before it.
    pub(super) first: &'static [Happening],
    /// It is done when it is applied; otherwise it begins a move, whose ending decides.
    pub(super) at_once: bool,
}

/// `None` for what the machine has no word for: whether it was applied cannot be read off the legs.
pub(super) fn of(operation: Operation) -> Option<Commands> {
    let (main, at_once): (&[Happening], bool) = match operation {
        Operation::Answer => (&[Happening::Answer], true),
        Operation::Hold => (&[Happening::Hold], true),
        Operation::Retrieve => (&[Happening::Retrieve], true),
        Operation::Release => (&[Happening::Release], true),
        Operation::Clear => (&[Happening::Clear], true),
        Operation::BlindTransfer => (&[Happening::Blind], false),
        Operation::RequeueConnected => (&[Happening::Requeue], false),
        Operation::ReleaseAfterTransfer => (&[Happening::ReleaseAfter], false),
        Operation::SuspendTransfer => (&[Happening::Suspend], false),
        Operation::CancelTransfer => (&[Happening::CancelTransfer], true),
        Operation::Consult => (&[Happening::Consult], false),
        Operation::ConsultThreeWay => (&[Happening::ConsultThreeWay], false),
        Operation::ConsultComplete => (&COMPLETE, true),
        Operation::ConsultCancel => (&CANCEL, true),
        Operation::ConsultSwap => (&[Happening::Swap], true),
        Operation::ConsultMerge => (&[Happening::Merge], true),
        Operation::ConferenceAdd => (&[Happening::AddParty], false),
        Operation::ConferenceRemove => (&[Happening::RemoveParty], true),
        _ => return None,
    };
    // A consult holds the customer, and not every switch does that and the call to the third party in one.
    let first: &[Happening] = match operation {
        Operation::Consult | Operation::ConsultThreeWay => &[Happening::Hold],
        _ => &[],
    };
    Some(Commands { main, first, at_once })
}

const COMPLETE: [Happening; 3] = [
    Happening::Complete(Lands::Party),
    Happening::Complete(Lands::Queue),
    Happening::Complete(Lands::Flow),
];

const CANCEL: [Happening; 2] = [
    Happening::CancelConsult(Aftermath::Left),
    Happening::CancelConsult(Aftermath::Back),
];
