//! Playing files, recording the screen, and what the recorder of the platform tells.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::time::Duration;

use callcontrol_core::{CallControl, ErrorKind, EventKind, FeedItem, Media, MediaAction, MediaState, Outcome, Tape};
use callcontrol_simulators::cc_gateway::{Mischief, PlaybackEnd};
use support::{AGENT, PATIENCE, Scene, cx, outcome};

fn play() -> MediaAction {
    MediaAction::Play {
        file: "announcements/welcome.wav".into(),
        times: 1,
        start: Duration::from_secs(12),
    }
}

async fn does(scene: &Scene, what: MediaAction) -> Outcome {
    let receipt = scene
        .control
        .media(&scene.session, Media::at_desk(what), &cx())
        .await
        .expect("accepted");
    outcome(&receipt).await
}

/// Reads the feed until the player or the recorder is told to be so.
async fn until(scene: &mut Scene, wanted: &EventKind) -> callcontrol_core::Event {
    loop {
        let item = tokio::time::timeout(PATIENCE, scene.feed.next()).await;
        match item.unwrap_or_else(|_| panic!("never told {wanted:?}")).unwrap() {
            FeedItem::Event(event) if event.kind == *wanted => return (*event).clone(),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_file_is_played_paused_resumed_sought_in_and_stopped() {
    let mut scene = Scene::new().await;
    assert!(does(&scene, play()).await.is_done());
    let body = scene.last_body("/recordplay/101/play");
    assert_eq!(
        (&body["voicepath"], &body["startpostion"]),
        (&"announcements/welcome.wav".into(), &12.into())
    );
    assert!(does(&scene, MediaAction::Player(Tape::Pause)).await.is_done());
    assert!(does(&scene, MediaAction::Player(Tape::Resume)).await.is_done());
    for back in [false, true] {
        let by = Duration::from_secs(5);
        assert!(does(&scene, MediaAction::Seek { by, back }).await.is_done());
    }
    assert!(does(&scene, MediaAction::Player(Tape::Stop)).await.is_done());
    for state in [
        MediaState::Running,
        MediaState::Paused,
        MediaState::Running,
        MediaState::Stopped,
    ] {
        until(&mut scene, &EventKind::PlaybackChanged { state }).await;
    }
}

#[tokio::test]
async fn a_playback_that_ends_or_fails_by_itself_is_told() {
    for (end, state) in [
        (PlaybackEnd::Finished, MediaState::Stopped),
        (PlaybackEnd::Failed, MediaState::Failed),
    ] {
        let mut scene = Scene::new().await;
        assert!(does(&scene, play()).await.is_done());
        assert!(scene.sim.end_playback(AGENT, end));
        until(&mut scene, &EventKind::PlaybackChanged { state }).await;
    }
}

#[tokio::test]
async fn the_screen_is_recorded_on_request_and_voice_by_the_platform() {
    let mut scene = Scene::new().await;
    assert!(does(&scene, MediaAction::RecordScreen(Tape::Start)).await.is_done());
    assert!(does(&scene, MediaAction::RecordScreen(Tape::Stop)).await.is_done());
    assert_eq!(
        (
            scene.sent("PUT", "/startrecordscreen"),
            scene.sent("DELETE", "/stoprecordscreen")
        ),
        (1, 1)
    );
    let talk = scene.talking().await;
    let recorded = until(
        &mut scene,
        &EventKind::RecordingChanged {
            state: MediaState::Running,
        },
    )
    .await;
    assert_eq!(recorded.call, Some(talk.ours));
}

#[tokio::test]
async fn what_the_recorder_cannot_do_is_refused_before_anything_is_sent() {
    let scene = Scene::new().await;
    let before = scene.commands();
    let empty = MediaAction::Play {
        file: String::new(),
        times: 1,
        start: Duration::ZERO,
    };
    for (what, kind) in [
        (MediaAction::Record(Tape::Start), ErrorKind::Unsupported),
        (MediaAction::RecordScreen(Tape::Pause), ErrorKind::Unsupported),
        (MediaAction::Player(Tape::Start), ErrorKind::InvalidInput),
        (
            MediaAction::Seek {
                by: Duration::ZERO,
                back: false,
            },
            ErrorKind::InvalidInput,
        ),
        (empty, ErrorKind::InvalidInput),
    ] {
        let error = scene
            .control
            .media(&scene.session, Media::at_desk(what), &cx())
            .await
            .expect_err("refused");
        assert_eq!(error.kind(), kind, "{error}");
    }
    assert_eq!(scene.commands(), before);
    let error = scene
        .control
        .media(&scene.session, Media::at_desk(MediaAction::Player(Tape::Pause)), &cx())
        .await;
    assert_eq!(error.expect_err("nothing is played").kind(), ErrorKind::InvalidState);
    for code in ["500-002", "500-005", "500-009"] {
        scene.sim.fail_next("/forefast", Mischief::Retcode(code.into()));
        let seek = MediaAction::Seek {
            by: Duration::from_secs(1),
            back: false,
        };
        let error = scene
            .control
            .media(&scene.session, Media::at_desk(seek), &cx())
            .await
            .expect_err("wrong state");
        assert_eq!(
            (error.kind(), error.native_code()),
            (ErrorKind::InvalidState, Some(code))
        );
    }
}
