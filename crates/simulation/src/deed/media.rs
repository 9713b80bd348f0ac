//! The recorder and the player, with each of their buttons. The switch keeps no book of them: what reached the server is the proof.

use std::time::Duration;

use callcontrol::{Command, Media, MediaAction, Operation, Result, Tape};

use super::{Deed, Proof};
use crate::scene::{Scene, Stage};
use crate::world::World;

const RECORD: Operation = Operation::Record;
const SCREEN: Operation = Operation::RecordScreen;
const PLAY: Operation = Operation::Play;

pub(super) const DEEDS: &[Deed] = &[
    Deed::new(
        "record start",
        RECORD,
        Stage::Talking,
        Proof::Asked("StartCallRecording"),
        record,
    ),
    Deed::new(
        "record pause",
        RECORD,
        Stage::Recording,
        Proof::Asked("PauseCallRecording"),
        pause_record,
    ),
    Deed::new(
        "record resume",
        RECORD,
        Stage::RecordingPaused,
        Proof::Asked("ResumeCallRecording"),
        resume_record,
    ),
    Deed::new(
        "record stop",
        RECORD,
        Stage::Recording,
        Proof::Asked("StopCallRecording"),
        stop_record,
    ),
    Deed::new(
        "record-screen start",
        SCREEN,
        Stage::Idle,
        Proof::Path("/startrecordscreen"),
        screen,
    ),
    Deed::new(
        "record-screen stop",
        SCREEN,
        Stage::RecordingScreen,
        Proof::Path("/stoprecordscreen"),
        stop_screen,
    ),
    Deed::new("play", PLAY, Stage::Idle, Proof::Path("/play"), play),
    Deed::new("play pause", PLAY, Stage::Playing, Proof::Path("/pauseplay"), pause),
    Deed::new(
        "play resume",
        PLAY,
        Stage::PlayingPaused,
        Proof::Path("/resumeplay"),
        resume,
    ),
    Deed::new("play seek", PLAY, Stage::Playing, Proof::Path("/forefast/"), seek),
    Deed::new("play stop", PLAY, Stage::Playing, Proof::Path("/stopplay"), stop),
];

fn media(scene: &Scene, request: Media) -> Result<Command> {
    let session = scene.session()?.id().clone();
    Ok(Command::Media { session, request })
}

fn recorder(scene: &Scene, tape: Tape) -> Result<Command> {
    let call = scene.call()?.call.clone();
    media(scene, Media::of_call(call, MediaAction::Record(tape)))
}

fn record(_: &World, scene: &Scene) -> Result<Command> {
    recorder(scene, Tape::Start)
}

fn pause_record(_: &World, scene: &Scene) -> Result<Command> {
    recorder(scene, Tape::Pause)
}

fn resume_record(_: &World, scene: &Scene) -> Result<Command> {
    recorder(scene, Tape::Resume)
}

fn stop_record(_: &World, scene: &Scene) -> Result<Command> {
    recorder(scene, Tape::Stop)
}

fn screen(_: &World, scene: &Scene) -> Result<Command> {
    media(scene, Media::at_desk(MediaAction::RecordScreen(Tape::Start)))
}

fn stop_screen(_: &World, scene: &Scene) -> Result<Command> {
    media(scene, Media::at_desk(MediaAction::RecordScreen(Tape::Stop)))
}

fn play(_: &World, scene: &Scene) -> Result<Command> {
    media(scene, Media::at_desk(file()))
}

fn pause(_: &World, scene: &Scene) -> Result<Command> {
    media(scene, Media::at_desk(MediaAction::Player(Tape::Pause)))
}

fn resume(_: &World, scene: &Scene) -> Result<Command> {
    media(scene, Media::at_desk(MediaAction::Player(Tape::Resume)))
}

fn stop(_: &World, scene: &Scene) -> Result<Command> {
    media(scene, Media::at_desk(MediaAction::Player(Tape::Stop)))
}

fn seek(_: &World, scene: &Scene) -> Result<Command> {
    let by = Duration::from_secs(5);
    media(scene, Media::at_desk(MediaAction::Seek { by, back: false }))
}

/// What is played.
pub(crate) fn file() -> MediaAction {
    MediaAction::Play {
        file: "announcements/welcome.wav".to_owned(),
        times: 1,
        start: Duration::ZERO,
    }
}
