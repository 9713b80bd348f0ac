//! What can happen in a schedule: people act, and the line between vendor and adapter suffers.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// One of those things that people can do as things stand.
    People(u8),
    /// A customer calls Ann (a robot, where there are robots).
    Call,
    /// Ann answers what rings.
    Answer,
    /// Ann holds.
    Hold,
    /// Ann retrieves.
    Retrieve,
    /// Ann hangs up.
    Leave,
    /// A customer hangs up.
    CustomerLeaves,
    /// Ann transfers blindly to Bob.
    Transfer,
    /// Ann transfers to Bob, and stays until he answers.
    TransferAndStay,
    /// Ann consults Bob.
    Consult,
    /// Ann completes her consult.
    Complete,
    /// Ann gives her consult up.
    Cancel,
    /// Bob answers what rings.
    BobAnswers,
    /// Bob hangs up.
    BobLeaves,
    /// The next polls meet this.
    Polls(Hurt, u8),
    /// The vendor loses the next so many events, and says nothing.
    Lose(u8),
    /// The next so many events come twice.
    Double(u8),
    /// The next so many events are overtaken by those after them.
    Overtake(u8),
    /// Nothing can be reached for so many seconds.
    Outage(u8),
    /// The vendor forgets the event link.
    ForgetLink,
    /// The vendor's server restarts; calls live on.
    Restart,
    /// The slow reader reads so many items.
    Read(u8),
    /// So many tenths of a second pass.
    Wait(u8),
}

/// What a poll can meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hurt {
    /// No connection.
    NotSent,
    /// The connection breaks while it is sent.
    CutRequest,
    /// The answer is lost.
    Reset,
    /// The answer breaks off.
    CutBody,
    /// The answer comes seconds late.
    Late,
    /// A proxy answers 503.
    Unavailable,
}

/// Schedules of up to this length, which shrink by leaving steps out and making numbers smaller.
pub fn steps(length: usize) -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..=length.max(1))
}

fn step() -> impl Strategy<Value = Step> {
    let people = select(vec![
        Step::Call,
        Step::Call,
        Step::Answer,
        Step::Answer,
        Step::Hold,
        Step::Retrieve,
        Step::Leave,
        Step::CustomerLeaves,
        Step::Transfer,
        Step::TransferAndStay,
        Step::Consult,
        Step::Complete,
        Step::Cancel,
        Step::BobAnswers,
        Step::BobLeaves,
    ]);
    let polls = (hurt(), 1_u8..4).prop_map(|(hurt, times)| Step::Polls(hurt, times));
    Union::new_weighted(vec![
        (14, any::<u8>().prop_map(Step::People).boxed()),
        (4, people.boxed()),
        (3, polls.boxed()),
        (1, (1_u8..4).prop_map(Step::Lose).boxed()),
        (2, (1_u8..5).prop_map(Step::Double).boxed()),
        (1, (1_u8..3).prop_map(Step::Overtake).boxed()),
        (1, (1_u8..20).prop_map(Step::Outage).boxed()),
        (
            1,
            select(vec![Step::ForgetLink, Step::ForgetLink, Step::Restart]).boxed(),
        ),
        (3, (0_u8..6).prop_map(Step::Read).boxed()),
        (6, (1_u8..120).prop_map(Step::Wait).boxed()),
    ])
}

fn hurt() -> impl Strategy<Value = Hurt> {
    select(vec![
        Hurt::NotSent,
        Hurt::CutRequest,
        Hurt::Reset,
        Hurt::CutBody,
        Hurt::Late,
        Hurt::Unavailable,
    ])
}
