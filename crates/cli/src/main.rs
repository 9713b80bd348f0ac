//! `callctl`: the command line of callcontrol. It plays the main job on embedded simulators, shows what adapters can do, checks configurations
//! and serves simulators.

mod args;
mod bars;
mod capabilities;
mod check;
mod cores;
mod demo;
mod failure;
mod output;
mod sim;
mod simulation;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
use failure::Failure;

fn main() -> ExitCode {
    let args = Args::parse();
    cores::forbid();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            anstream::eprintln!("error: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    start_log(args.verbose);
    match runtime.block_on(run(args.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(message) = failure.message() {
                anstream::eprintln!("{}error:{} {message}", output::RED.render(), output::RED.render_reset());
            }
            failure.code()
        }
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(args) => demo::run(&args).await,
        Command::Capabilities(args) => capabilities::run(&args),
        Command::Check(args) => check::run(&args).await,
        Command::Sim(args) => sim::run(&args).await,
        Command::Simulate(args) => simulation::simulate(args).await,
        Command::CrashPoints(args) => simulation::crash_points(args).await,
        Command::FeedLaw(args) => simulation::feed_law(args).await,
        Command::Soak(args) => simulation::soak(args).await,
        Command::Bars(args) => bars::run(args).await,
    }
}

/// Warnings by default, more with `-v`; always on standard error, so that standard output stays machine-readable.
fn start_log(verbose: u8) {
    let level = match verbose {
        0 => "error",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = tracing_subscriber::EnvFilter::new(format!("callcontrol={level}"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
