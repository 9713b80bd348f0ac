//! The points that Genesys leaves open, one enum each: the variants are the readings that a client must survive.

use std::time::Duration;

/// How an operation that is not among the call's capabilities is answered (open point 3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NotAllowed {
    /// statusCode 2.
    #[default]
    Invalid,
    /// statusCode 3.
    Forbidden,
    /// statusCode 0, then an error notification.
    Event,
}

/// How a refusal of the switch becomes known (section 3.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Refusals {
    /// By the HTTP answer.
    Http,
    /// statusCode 0, then an error notification.
    #[default]
    Event,
    /// statusCode 0, then nothing.
    Silent,
}

/// What an error notification looks like (section 3.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ErrorShape {
    /// `messageType` `EventError` with an `error` object, as in the successor.
    #[default]
    EventError,
    /// `errorMessage` and `errorCode` beside a `notificationType` that ends in `Error`.
    ErrorCode,
    /// `statusCode` and `statusMessage`.
    StatusCode,
}

/// Events and the answer to the request that caused them (section 3.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EventTiming {
    /// Neither waits for the other.
    #[default]
    Free,
    /// The answer waits for so long after the events were sent.
    BeforeAnswer(Duration),
    /// The events wait for so long after the answer was given.
    AfterAnswer(Duration),
}

/// What becomes of a dialled call whose target cannot be reached (open point 4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DialFailure {
    /// A statusCode, and no call.
    HttpError,
    /// statusCode 0, then an error notification, and no call.
    ErrorEvent,
    /// Dialing, then Released.
    #[default]
    Released,
}

/// The variants of section 12.3.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConsultFailure {
    /// (a) A statusCode, nothing else.
    HttpError,
    /// (b) statusCode 0, then an error notification; the original is untouched.
    ErrorEvent,
    /// (c) Held, Dialing, Released; the original stays held.
    #[default]
    Released,
    /// (d) Held, Dialing, and so it stays.
    LeftDialing,
    /// (e) Held, then an error notification and no consult call.
    HeldThenError,
}

/// The held original while a consult exists (section 7.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HeldWithConsult {
    /// (a) SwapCalls and CompleteTransfer, no Retrieve.
    #[default]
    SwapAndComplete,
    /// (b) Retrieve, neither SwapCalls nor CompleteTransfer.
    Retrieve,
}

/// How the owner hears of the conference (open point 5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConferenceBy {
    /// `StatusChange`.
    StatusChange,
    /// `ParticipantsUpdated`.
    ParticipantsUpdated,
    /// Both, `StatusChange` first.
    #[default]
    Both,
}

/// The consulted agent's call after completion (open point 7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConsulteeCall {
    /// Keeps its id and changes its participants.
    #[default]
    SameId,
    /// Takes the original's id without a word about the old one.
    NewId,
    /// The old id is released, then the original's id appears.
    ReleasedThenNewId,
}

/// The shape of call resources (section 7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Build {
    /// 8.5.2 and later.
    #[default]
    Current,
    /// Before late 2015: participants are strings, there is no `path`, and `id` is the connection id.
    Old,
}

/// A second StartContactCenterSession (open point 12).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SecondStart {
    /// Succeeds as a re-attachment.
    #[default]
    Accepted,
    /// statusCode 19.
    Refused,
}

/// An operation whose feature the user lacks (section 4.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MissingFeature {
    /// statusCode 5.
    #[default]
    NoPermission,
    /// statusCode 3.
    Forbidden,
}

/// Notifications that go astray at random. The same seed and the same story give the same losses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventMischief {
    /// Where the randomness begins.
    pub seed: u64,
    /// How many of a hundred are lost.
    pub lost: u32,
    /// How many of a hundred come twice.
    pub doubled: u32,
    /// How many of a hundred come late, overtaken by those after them.
    pub late: u32,
    /// By how much the late ones are late, at most.
    pub delay: Duration,
}
