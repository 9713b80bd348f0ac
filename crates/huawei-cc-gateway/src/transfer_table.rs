//! The transfer matrix of section 7 as data: the twelve documented cells, and why the others do not exist.
//! The meaning of a mode number depends on the device type: blind is 0 inside and 1 to an outside number, 1 on an IVR suspends.

use callcontrol_core::TargetKind;

/// The columns of the vendor's matrix that are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// "Release".
    Blind,
    /// "Success".
    ReleaseAfter,
    /// "Suspend", hang-up transfer.
    Suspend,
    /// Talk forwarding: a private consult with an outside number.
    TalkForwarding,
    /// Three-party: a three-way consult with an outside number.
    ThreeParty,
}

/// One documented cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) kind: TargetKind,
    pub(crate) mode: Mode,
    pub(crate) devicetype: u8,
    pub(crate) number: u8,
}

/// The cell, if the vendor offers it.
pub(crate) fn cell(kind: TargetKind, mode: Mode) -> Option<Cell> {
    CELLS
        .iter()
        .copied()
        .find(|cell| cell.kind == kind && cell.mode == mode)
}

/// Why a transfer of this mode to this kind of target does not exist here.
pub(crate) fn reason(kind: TargetKind, mode: Mode) -> &'static str {
    match (kind, mode) {
        (TargetKind::Ivr, Mode::ReleaseAfter) => {
            "an IVR has nobody who answers: the gateway offers blind and suspend to an IVR"
        }
        (TargetKind::Ivr, Mode::Blind | Mode::Suspend | Mode::TalkForwarding | Mode::ThreeParty) => {
            "an IVR cannot be consulted through internal help or a transfer mode"
        }
        (_, Mode::Suspend) => "the gateway returns a call to the agent from an IVR flow only",
        (TargetKind::Agent | TargetKind::Queue, Mode::TalkForwarding | Mode::ThreeParty) => {
            "transfer modes 3 and 4 exist for outside numbers; agents and queues are consulted by internal help"
        }
        (TargetKind::AccessCode, Mode::TalkForwarding | Mode::ThreeParty) => {
            "transfer modes 3 and 4 exist for outside numbers, not for access codes"
        }
        (TargetKind::LastAgent, _) => "the gateway knows no last agent of a customer",
        (TargetKind::QueueOfAgent, _) => {
            "the transfer to an agent's private queue (mode 3) is documented as not open to applications"
        }
        (TargetKind::Message, _) => "the gateway has no message boxes",
        (TargetKind::Native, _) => "send the vendor's own words with a native request instead",
        _ => "not in the gateway's transfer matrix",
    }
}

const fn row(kind: TargetKind, mode: Mode, devicetype: u8, number: u8) -> Cell {
    Cell {
        kind,
        mode,
        devicetype,
        number,
    }
}

/// Device types: 1 skill queue, 2 agent, 3 IVR, 4 system access code, 5 outside number.
pub(crate) const CELLS: [Cell; 12] = [
    row(TargetKind::Queue, Mode::Blind, 1, 0),
    row(TargetKind::Queue, Mode::ReleaseAfter, 1, 2),
    row(TargetKind::Agent, Mode::Blind, 2, 0),
    row(TargetKind::Agent, Mode::ReleaseAfter, 2, 2),
    row(TargetKind::Ivr, Mode::Blind, 3, 0),
    row(TargetKind::Ivr, Mode::Suspend, 3, 1),
    row(TargetKind::AccessCode, Mode::Blind, 4, 0),
    row(TargetKind::AccessCode, Mode::ReleaseAfter, 4, 2),
    row(TargetKind::Number, Mode::Blind, 5, 1),
    row(TargetKind::Number, Mode::ReleaseAfter, 5, 2),
    row(TargetKind::Number, Mode::TalkForwarding, 5, 3),
    row(TargetKind::Number, Mode::ThreeParty, 5, 4),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blind_is_0_inside_and_1_to_an_outside_number() {
        for cell in CELLS.iter().filter(|cell| cell.mode == Mode::Blind) {
            let expected = u8::from(cell.kind == TargetKind::Number);
            assert_eq!(cell.number, expected, "{cell:?}");
        }
    }

    #[test]
    fn modes_3_and_4_are_never_sent_to_an_agent() {
        let high: Vec<_> = CELLS.iter().filter(|cell| cell.number >= 3).collect();
        assert_eq!(high.len(), 2);
        assert!(high.iter().all(|cell| cell.devicetype == 5));
    }

    #[test]
    fn the_matrix_has_twelve_cells_and_every_other_one_a_reason() {
        let modes = [
            Mode::Blind,
            Mode::ReleaseAfter,
            Mode::Suspend,
            Mode::TalkForwarding,
            Mode::ThreeParty,
        ];
        let mut offered = 0;
        for kind in TargetKind::ALL {
            for mode in modes {
                offered += usize::from(cell(kind, mode).is_some());
                assert!(!reason(kind, mode).is_empty());
            }
        }
        assert_eq!(offered, 12);
    }
}
