//! `callctl check`: reads a configuration as an application would, and with `--connect` signs an agent in and out.

use callcontrol::{Capabilities, CloseSession, Config, ErrorKind, OpCx, Registry, Session, Support};
use serde_json::json;

use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::output::{GREEN, RED, json_line, styled};

pub(crate) async fn run(args: &CheckArgs) -> Result<(), Failure> {
    let checked = check(args).await;
    if args.json {
        match &checked {
            Ok(facts) => json_line(&json!({ "ok": true, "facts": facts })),
            Err(Failure::Library(error)) => {
                json_line(
                    &json!({ "ok": false, "kind": error.kind(), "effect": error.effect(), "error": error.to_string() }),
                );
            }
            Err(failure) => json_line(&json!({ "ok": false, "error": failure.message() })),
        }
    } else if let Ok(facts) = &checked {
        for fact in facts {
            anstream::println!("{} {fact}", styled(GREEN, "ok"));
        }
    }
    match checked {
        Ok(_) => Ok(()),
        Err(failure) if args.json => {
            // The JSON line has told it; only the code remains.
            Err(match failure {
                Failure::Library(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::Config | ErrorKind::Unreachable | ErrorKind::Tls
                    ) =>
                {
                    Failure::Library(error)
                }
                _ => Failure::Reported,
            })
        }
        Err(failure) => {
            anstream::println!("{} {}", styled(RED, "failed"), args.config.display());
            Err(failure)
        }
    }
}

async fn check(args: &CheckArgs) -> Result<Vec<String>, Failure> {
    let mut config = Config::load(&args.config)?;
    if let Some(adapter) = &args.adapter {
        config = config.with_adapter(adapter)?;
    }
    let registry = Registry::built_in();
    registry.check(&config)?;
    let mut facts = vec![format!(
        "{} is complete; adapter = \"{}\"",
        config.name(),
        config.adapter()
    )];
    let targets = config.directory();
    facts.push(format!(
        "{} logical targets, {} agents",
        targets.entries().count(),
        config.agents().count()
    ));
    if args.connect {
        facts.extend(connect(&registry, &config, args.agent.as_deref()).await?);
    }
    Ok(facts)
}

async fn connect(registry: &Registry, config: &Config, agent: Option<&str>) -> Result<Vec<String>, Failure> {
    let agent = match agent.or_else(|| config.agents().next()) {
        Some(agent) => agent.to_owned(),
        None => {
            return Err(Failure::Machine(format!(
                "{}: has no agent to sign in with",
                config.name()
            )));
        }
    };
    let control = registry.connect(config)?;
    let session = Session::open(&control, config.agent(&agent)?).await;
    // Some platforms tell what they can do only to somebody who is signed in.
    let offered = control.capabilities();
    let result = match session {
        Ok(session) => session.close(CloseSession::default()).await.map(drop),
        Err(error) => Err(error),
    };
    control.shutdown(&OpCx::new()).await;
    result?;
    let signed_in = format!("{agent} signed in and out at {}", control.info().product);
    Ok(std::iter::once(signed_in)
        .chain(lacking(registry, config, &offered))
        .collect())
}

/// What the adapter could do and this platform does not offer, with the reasons.
fn lacking(registry: &Registry, config: &Config, offered: &Capabilities) -> Vec<String> {
    let Ok(manifest) = registry.manifest(config.adapter()) else {
        return Vec::new();
    };
    let keys = manifest.cells().filter(|(_, cell)| cell.support.is_available());
    let lacking = keys.filter_map(|(key, _)| match offered.support(*key) {
        Support::Unsupported { reason } => Some(format!("not offered here: {key}: {reason}")),
        _ => None,
    });
    lacking.collect()
}
