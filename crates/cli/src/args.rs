//! What can be typed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use callcontrol_simulation::bars::Bar;
use clap::{Parser, Subcommand, ValueEnum};

/// One call-control API over Huawei CC-Gateway, Huawei OIFDE and Genesys Web Services v2.
#[derive(Debug, Parser)]
#[command(name = "callctl", version, about, after_help = EXIT_CODES)]
pub(crate) struct Args {
    /// More log on standard error (-v info, -vv debug, -vvv trace). No secret and no full number is ever in it.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play the main job on embedded simulators, over real HTTP, and compare each outcome with the switch's own journal.
    #[command(
        after_help = "Example:\n  callctl demo --adapter genesys-gws\n\nExits with 1 when any outcome differs from what really happened."
    )]
    Demo(DemoArgs),
    /// Show what the adapters can do: native, emulated or unsupported.
    #[command(
        after_help = "Example:\n  callctl capabilities --adapter huawei-cc-gateway\n  callctl capabilities --markdown"
    )]
    Capabilities(CapabilitiesArgs),
    /// Check a configuration file; with --connect also sign in and out.
    #[command(after_help = "Example:\n  callctl check --config callcontrol.toml --connect --agent ann")]
    Check(CheckArgs),
    /// Serve simulators until Ctrl-C; several of them share one switch.
    #[command(
        after_help = "Example:\n  callctl sim genesys-gws --listen 127.0.0.1:8090\n  callctl sim huawei-oifde huawei-cc-gateway --tls sim-ca.pem"
    )]
    Sim(SimArgs),
    /// Simulate hours of a contact centre in seconds: real adapters and simulators, a virtual clock, faults by a mix, invariants at the end.
    #[command(
        after_help = "Example:\n  callctl simulate --adapter genesys-gws --agents 100 --hours 1 --mix full --twice\n\nExits with 1 when an invariant is broken."
    )]
    Simulate(SimulateArgs),
    /// Cut the exchange of every command at every phase, and hold what was said against the switch's journal.
    #[command(
        after_help = "Example:\n  callctl crash-points\n  callctl crash-points --adapter genesys-gws --only blind-transfer --cells\n\nExits with 1 when anything is found that is not in the list of known findings."
    )]
    CrashPoints(CrashPointsArgs),
    /// Play random schedules of lost, doubled, late and reordered events, and compare the folded feed with the truth.
    #[command(
        after_help = "Example:\n  callctl feed-law --schedules 10000\n\nExits with 1 when the law is broken in a way that is not in the list of known findings."
    )]
    FeedLaw(FeedLawArgs),
    /// Let many agents work in real time, over TCP against an embedded simulator that misbehaves.
    #[command(
        after_help = "Example:\n  callctl soak --adapter huawei-cc-gateway --agents 500 --for 10m\n\nExits with 1 when an invariant is broken."
    )]
    Soak(SoakArgs),
    /// Measure what no simulated day shows: recovery, amplification, deadlines, memory, cancellation, origin, leaks, isolation.
    #[command(
        after_help = "Example:\n  callctl bars --quick\n  callctl bars --adapter genesys-gws --only R5,R7\n\nExits with 1 when a bar does not hold."
    )]
    Bars(BarsArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Only this adapter.
    #[arg(long, value_enum)]
    pub(crate) adapter: Option<Adapter>,
    /// One JSON object a step, and a last one with the totals.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CapabilitiesArgs {
    /// Only this adapter, with reasons, recipes and hazards.
    #[arg(long, value_enum)]
    pub(crate) adapter: Option<Adapter>,
    /// As JSON.
    #[arg(long, conflicts_with = "markdown")]
    pub(crate) json: bool,
    /// As the table of the README.
    #[arg(long)]
    pub(crate) markdown: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// The deployment's file.
    #[arg(long)]
    pub(crate) config: PathBuf,
    /// Another adapter than the file's line says; its table must be in the file.
    #[arg(long)]
    pub(crate) adapter: Option<String>,
    /// Sign an agent in and out again.
    #[arg(long)]
    pub(crate) connect: bool,
    /// Which agent of the file; the first one unless given.
    #[arg(long, requires = "connect")]
    pub(crate) agent: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SimArgs {
    /// Whose server; several are faces of one and the same switch.
    #[arg(value_enum, required = true)]
    pub(crate) adapters: Vec<Adapter>,
    /// Where to listen: a loopback address; port 0 lets the system choose. Further servers take the ports that follow.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Serve HTTPS with a certificate made now, and write it into this file for `ca-file` in the configuration.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls: Option<PathBuf>,
    /// Print address and credentials as one JSON object a server.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SimulateArgs {
    /// Only this adapter.
    #[arg(long, value_enum)]
    pub(crate) adapter: Option<Adapter>,
    /// Where all chance begins: the same seed gives the same trace.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many seeds, from that one on.
    #[arg(long, default_value_t = 1)]
    pub(crate) seeds: u64,
    /// How many agents work.
    #[arg(long, default_value_t = 20)]
    pub(crate) agents: usize,
    /// For how many hours of the virtual clock.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) hours: f64,
    /// What goes wrong.
    #[arg(long, value_enum, default_value = "full")]
    pub(crate) mix: MixName,
    /// Run everything twice and compare the traces.
    #[arg(long)]
    pub(crate) twice: bool,
}

/// What goes wrong on a simulated day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MixName {
    /// Nothing.
    Calm,
    /// Commands meet faults after which nobody knows what happened.
    Ambiguous,
    /// The event link suffers.
    Events,
    /// Both.
    Full,
    /// In the middle of the day nothing can be reached for a minute.
    Outage,
    /// In the middle of the day every command is answered with 503 for two minutes.
    Storm,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CrashPointsArgs {
    /// Only this adapter.
    #[arg(long, value_enum)]
    pub(crate) adapter: Option<Adapter>,
    /// Only commands whose name holds this.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// Where ids begin.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// At most so many requests of one command are cut, each in a cell of its own.
    #[arg(long, default_value_t = 6)]
    pub(crate) requests: usize,
    /// Tell each cell: what was said, what the switch did.
    #[arg(long)]
    pub(crate) cells: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct FeedLawArgs {
    /// Only this adapter.
    #[arg(long, value_enum)]
    pub(crate) adapter: Option<Adapter>,
    /// How many schedules for each adapter.
    #[arg(long, default_value_t = 1000)]
    pub(crate) schedules: u64,
    /// Where all chance begins.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SoakArgs {
    /// Whose.
    #[arg(long, value_enum)]
    pub(crate) adapter: Adapter,
    /// How many agents work.
    #[arg(long, default_value_t = 100)]
    pub(crate) agents: usize,
    /// For how long: 90s, 10m, 2h.
    #[arg(long = "for", value_name = "TIME", value_parser = time, default_value = "60s")]
    pub(crate) length: Duration,
    /// How many requests of a thousand meet a fault.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=500))]
    pub(crate) faults: u32,
    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Moves a customer behind the application's back, to see that it is found.
    #[arg(long, hide = true)]
    pub(crate) plant: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct BarsArgs {
    /// Only this adapter.
    #[arg(long, value_enum)]
    pub(crate) adapter: Option<Adapter>,
    /// Only these bars: R1 to R9, R11, R13, R14, R17, R18.
    #[arg(long, value_delimiter = ',', value_parser = crate::bars::bar)]
    pub(crate) only: Vec<Bar>,
    /// Small numbers: seconds in place of minutes.
    #[arg(long)]
    pub(crate) quick: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// One measurement in a process of its own; the program starts itself so.
    #[arg(long, hide = true)]
    pub(crate) child: Option<String>,
}

fn time(text: &str) -> Result<Duration, String> {
    let (number, factor) = match text.char_indices().last() {
        Some((at, 's')) => (text.get(..at), 1),
        Some((at, 'm')) => (text.get(..at), 60),
        Some((at, 'h')) => (text.get(..at), 3600),
        _ => (Some(text), 1),
    };
    let seconds = number.and_then(|number| number.parse::<u64>().ok());
    let seconds = seconds.and_then(|seconds| seconds.checked_mul(factor));
    match seconds {
        Some(seconds) if (1..=7 * 24 * 3600).contains(&seconds) => Ok(Duration::from_secs(seconds)),
        _ => Err("a time such as 90s, 10m or 2h is expected, a week at most".to_owned()),
    }
}

/// The built-in adapters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Adapter {
    HuaweiCcGateway,
    HuaweiOifde,
    GenesysGws,
}

impl Adapter {
    pub(crate) const ALL: [Self; 3] = [Self::HuaweiCcGateway, Self::HuaweiOifde, Self::GenesysGws];

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::HuaweiCcGateway => "huawei-cc-gateway",
            Self::HuaweiOifde => "huawei-oifde",
            Self::GenesysGws => "genesys-gws",
        }
    }
}

const EXIT_CODES: &str = "Exit codes:
  0  all well
  1  an outcome differs from what really happened, or the check failed at the server
  2  wrong arguments
  3  wrong configuration
  4  the server cannot be reached";
