//! Playing files and recording the screen (section 10). Voice is recorded by the platform; no command for it was ever captured.

use std::time::Duration;

use callcontrol_core::{
    CustomerAt, Error, Evidence, Media, MediaAction, MediaState, OpCx, Outcome, Receipt, Result, Tape,
};
use callcontrol_http::{ApiPath, Request};

use super::{Order, known};
use crate::capabilities::NO_RECORD;
use crate::live::Live;
use crate::outcomes::Aim;
use crate::wire::PlayFile;

/// Does one thing with recorder or player.
pub(crate) async fn media(live: &Live, request: &Media, cx: &OpCx) -> Result<Receipt> {
    let order = Order {
        live,
        cx,
        operation: request.what.operation(),
        call: request.call.as_ref(),
    };
    if let MediaAction::Record(_) = &request.what {
        return Err(Error::unsupported(NO_RECORD));
    }
    let customer = match &request.call {
        Some(call) => known(live, call)?.customer(),
        None => CustomerAt::Unknown,
    };
    match &request.what {
        MediaAction::RecordScreen(tape) => record_screen(&order, *tape, customer).await,
        MediaAction::Play { file, times, start } => play(&order, file, *times, *start, customer).await,
        MediaAction::Player(tape) => player(&order, *tape, customer).await,
        MediaAction::Seek { by, back } => seek(&order, *by, *back, customer).await,
        _ => Err(Error::unsupported(
            "the gateway has no such operation of a recorder or player",
        )),
    }
}

async fn record_screen(order: &Order<'_>, tape: Tape, customer: CustomerAt) -> Result<Receipt> {
    let limit = order.limit();
    let request = match tape {
        Tape::Start => Request::put(at(order, "startrecordscreen")?, limit),
        Tape::Stop => Request::delete(at(order, "stoprecordscreen")?, limit),
        _ => {
            return Err(Error::unsupported(
                "the gateway starts and stops the recording of a screen, and pauses none",
            ));
        }
    };
    order.send_unheard(request, answered(customer)).await
}

async fn play(order: &Order<'_>, file: &str, times: u16, start: Duration, customer: CustomerAt) -> Result<Receipt> {
    let is_path = (1..=MAX_FILE).contains(&file.len()) && !file.chars().any(char::is_control);
    if !is_path || times == 0 {
        return Err(Error::invalid_input(format!(
            "a file of 1 to {MAX_FILE} bytes without control characters, played at least once, is expected"
        )));
    }
    let body = PlayFile {
        voicepath: file,
        startpostion: start.as_secs(),
        volumechange: 0,
        speedchange: 0,
        times,
        codeformat: 0,
    };
    let request = Request::put(at(order, "play")?, order.limit()).json(&body)?;
    heard(order, request, MediaState::Running, customer).await
}

async fn player(order: &Order<'_>, tape: Tape, customer: CustomerAt) -> Result<Receipt> {
    let limit = order.limit();
    match tape {
        Tape::Stop => {
            heard(
                order,
                Request::delete(at(order, "stopplay")?, limit),
                MediaState::Stopped,
                customer,
            )
            .await
        }
        Tape::Pause => {
            heard(
                order,
                Request::post(at(order, "pauseplay")?, limit),
                MediaState::Paused,
                customer,
            )
            .await
        }
        Tape::Resume => {
            heard(
                order,
                Request::post(at(order, "resumeplay")?, limit),
                MediaState::Running,
                customer,
            )
            .await
        }
        _ => Err(Error::invalid_input("a player is started by playing a file")),
    }
}

/// The event of a jump exists, but its name was never captured: the answer is all there is.
async fn seek(order: &Order<'_>, by: Duration, back: bool, customer: CustomerAt) -> Result<Receipt> {
    if by.as_secs() == 0 {
        return Err(Error::invalid_input("the gateway goes on and back by whole seconds"));
    }
    let operation = if back { "backfast" } else { "forefast" };
    let path = at(order, operation)?.id(by.as_secs().to_string())?;
    order
        .send_unheard(Request::post(path, order.limit()), answered(customer))
        .await
}

async fn heard(order: &Order<'_>, request: Request, wanted: MediaState, customer: CustomerAt) -> Result<Receipt> {
    let (receipt, _) = order.send(request, Aim::Playback(wanted, customer), None).await?;
    Ok(receipt)
}

fn answered(customer: CustomerAt) -> Outcome {
    Outcome::done(customer).by(Evidence::Answer)
}

fn at(order: &Order<'_>, operation: &'static str) -> Result<ApiPath> {
    order.live.link.path("recordplay", operation)
}

/// No bound is documented; this is far above any path of the platform's.
const MAX_FILE: usize = 1024;
