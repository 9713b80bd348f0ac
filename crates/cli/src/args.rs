//! What can be typed.

use std::net::SocketAddr;
use std::path::PathBuf;

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
    /// Serve one simulator until Ctrl-C.
    #[command(after_help = "Example:\n  callctl sim genesys-gws --listen 127.0.0.1:8090")]
    Sim(SimArgs),
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
    /// Whose server.
    #[arg(value_enum)]
    pub(crate) adapter: Adapter,
    /// Where to listen: a loopback address; port 0 lets the system choose.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Print address and credentials as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
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
