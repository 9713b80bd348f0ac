//! One test for each operation: every row of the manifest that claims it is tried on a fresh stage, and the outcome compared with the truth.

use callcontrol_core::{ErrorKind, LookUp, OpCx, Operation, OperationKey, dispatch};

use super::check::verify;
use super::commands::command;
use super::prepare::{Scene, prepare};
use super::report::{CellFound, Finding, Stop, Tried, ensure, fail, skip};
use super::run::{Stand, play};
use super::stage::Stage;

macro_rules! cells {
    ($($name:ident => $operation:ident,)*) => {
        $(pub(super) async fn $name(stand: &Stand<'_>) -> Tried {
            try_all(stand, Operation::$operation).await
        })*
    };
}

cells! {
    an_agent_signs_in => Open,
    an_agent_signs_out => Close,
    an_agent_changes_readiness => SetAgentState,
    a_call_known_from_elsewhere_is_taken_into_view => Adopt,
    somebody_is_called => Dial,
    a_call_that_rings_at_a_colleague_is_picked_up => PickUp,
    a_waiting_call_is_taken => TakeWaiting,
    a_ringing_call_is_answered => Answer,
    a_call_is_held => Hold,
    a_held_call_is_taken_back => Retrieve,
    the_agent_is_muted => Mute,
    the_agent_is_heard_again => Unmute,
    the_agent_leaves_the_call => Release,
    the_call_is_cleared_for_all => Clear,
    who_talks_in_a_robots_session_changes => RobotMode,
    something_is_said_in_the_robots_name => Say,
    a_blind_transfer_moves_the_customer_once => BlindTransfer,
    a_release_after_transfer_moves_the_customer_once => ReleaseAfterTransfer,
    a_suspended_customer_comes_back => SuspendTransfer,
    a_running_transfer_is_taken_back => CancelTransfer,
    a_third_party_is_consulted => Consult,
    a_third_party_is_consulted_by_three => ConsultThreeWay,
    a_consult_is_completed => ConsultComplete,
    a_consult_is_cancelled => ConsultCancel,
    a_consult_is_swapped => ConsultSwap,
    a_consult_is_merged => ConsultMerge,
    a_party_is_brought_into_the_conference => ConferenceAdd,
    a_party_is_put_out_of_the_conference => ConferenceRemove,
    two_calls_are_joined_into_a_conference => JoinConference,
    two_calls_are_connected => ConnectCalls,
    a_connected_call_goes_back_to_a_queue => RequeueConnected,
    a_waiting_call_moves_to_another_queue => RequeueWaiting,
    tones_are_sent => SendDtmf,
    the_customers_tones_are_relayed => RelayDtmf,
    a_call_carries_data => PatchData,
    something_is_looked_up => LookUp,
    the_state_is_read => Snapshot,
    the_vendors_own_words_are_passed_on => Native,
    a_pushed_message_is_taken_in => Receive,
    a_supervisor_listens => ListenIn,
    a_supervisor_whispers => Whisper,
    a_supervisor_barges_in => BargeIn,
    a_supervisor_changes_the_way => SwitchSupervision,
    a_supervisor_stops => StopSupervision,
    a_supervisor_takes_the_customer_over => Intercept,
    a_supervisor_mutes_the_agent => MuteAgent,
    a_supervisor_signs_an_agent_out => SignAgentOut,
    a_call_is_recorded => Record,
    the_screen_is_recorded => RecordScreen,
    a_file_is_played => Play,
    calls_are_forwarded => ForwardCalls,
    calls_are_turned_away => DoNotDisturb,
    calls_are_answered_by_the_platform => AutoAnswer,
    the_agent_is_ready_after_each_call => AutoReady,
    calls_are_accepted_or_not => AcceptCalls,
    the_queues_are_chosen => SelectQueues,
}

/// Tries every claimed row of an operation; fails when one does not work, skips when none could be tried.
async fn try_all(stand: &Stand<'_>, operation: Operation) -> Tried {
    let manifest = stand.stage().manifest();
    let claimed: Vec<OperationKey> = manifest
        .cells()
        .filter(|(key, cell)| key.operation == operation && cell.support.is_available())
        .map(|(key, _)| *key)
        .collect();
    let (mut wrong, mut untried, mut proved) = (Vec::new(), Vec::new(), 0_usize);
    for key in claimed {
        let stage = stand.stage();
        let tried = play(stage, async |stage| try_cell(stage, key).await).await;
        let finding = match tried {
            Ok(()) => {
                proved += 1;
                Finding::Passed
            }
            Err(Stop::Skip(why)) => {
                untried.push(format!("{key}: {why}"));
                Finding::Skipped(why)
            }
            Err(Stop::Fail(why)) => {
                wrong.push(format!("{key} is claimed and does not keep its word: {why}"));
                Finding::Failed(why)
            }
        };
        stand.record(key, CellFound::new(&manifest, key, finding));
    }
    if !wrong.is_empty() {
        return fail(wrong.join("\n"));
    }
    match (proved, untried.as_slice()) {
        (0, []) => skip("not claimed"),
        (0, _) => skip(untried.join("; ")),
        _ => Ok(()),
    }
}

async fn try_cell(stage: &Stage, key: OperationKey) -> Tried {
    let scene = prepare(stage, key).await?;
    if let Some(why) = lacking(stage, key.operation) {
        return skip(why);
    }
    if key.operation == Operation::LookUp {
        return look_up(stage, &scene).await;
    }
    let command = command(stage, key, &scene)?;
    if command.key() != key {
        return skip(format!("the suite tries this as {}", command.key()));
    }
    let before = stage.harness.requests();
    let reply = dispatch(&*stage.control, command, &OpCx::new()).await?;
    verify(stage, key, &scene, reply, before).await
}

/// A platform need not answer every question, but one at least; what it cannot be asked is refused unsent.
async fn look_up(stage: &Stage, scene: &Scene) -> Tried {
    let Some(session) = &scene.session else {
        return fail("nobody is signed in");
    };
    let questions = [
        LookUp::Service,
        LookUp::Queues,
        LookUp::Ivrs,
        LookUp::AccessCodes,
        LookUp::Agents,
        LookUp::Replies,
    ];
    let mut answered = 0_usize;
    for question in questions {
        let before = stage.harness.requests();
        match session.look_up(question.clone()).await {
            Ok(_) => answered += 1,
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                ensure(before == stage.harness.requests(), || {
                    format!("{question:?} is refused after it was asked")
                })?;
            }
            Err(error) => return fail(format!("{question:?}: {error}")),
        }
    }
    ensure(answered > 0, || {
        "look-up is claimed, and the platform cannot be asked anything".to_owned()
    })
}

/// What the harness would have to give for this operation.
fn lacking(stage: &Stage, operation: Operation) -> Option<&'static str> {
    let harness = &stage.harness;
    match operation {
        Operation::Native if harness.native().is_none() => Some("the harness has nothing to say in the vendor's words"),
        Operation::Receive if harness.pushed().is_none() => Some("the harness has no pushed message"),
        Operation::Say if harness.help().is_none() => Some("the harness has no robot that waits for help"),
        Operation::Play if harness.file().is_none() => Some("the harness has no file to play"),
        _ => None,
    }
}
