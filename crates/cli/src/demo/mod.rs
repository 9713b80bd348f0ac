//! `callctl demo`: the same application code on each vendor's simulator, over real HTTP; each outcome is compared with the switch's own journal.

mod report;
mod scenes;
mod secrets;
mod stage;

use crate::args::{Adapter, DemoArgs};
use crate::failure::Failure;

use report::Report;
use stage::Stage;

pub(crate) async fn run(args: &DemoArgs) -> Result<(), Failure> {
    let adapters = args
        .adapter
        .map_or_else(|| Adapter::ALL.to_vec(), |adapter| vec![adapter]);
    let mut report = Report::new(args.json);
    for adapter in adapters {
        let stage = Stage::start(adapter).await?;
        report.opens(&stage);
        scenes::play_all(&stage, &mut report).await?;
        stage.close().await;
    }
    report.closes();
    if report.all_agree() {
        Ok(())
    } else {
        Err(Failure::Reported)
    }
}
