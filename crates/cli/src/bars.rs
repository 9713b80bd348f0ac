//! `callctl bars`: the bars of the fault catalogue, one line each, with its figure, what a naive client gives, and the limit.

use std::process::Command;
use std::time::Instant;

use callcontrol_simulation::Vendor;
use callcontrol_simulation::bars::{Bar, Children, Line, Options, Scale, Source, child, run as measure};
use serde::Serialize;

use crate::args::{Adapter, BarsArgs};
use crate::failure::Failure;
use crate::output::{BOLD, DIM, GREEN, RED, json_line, styled};

pub(crate) async fn run(args: BarsArgs) -> Result<(), Failure> {
    // A measurement has runtimes of its own: it runs on a thread without one.
    let done = tokio::task::spawn_blocking(move || on_a_thread(&args)).await;
    done.unwrap_or_else(|error| Err(Failure::Machine(format!("the measurement broke off: {error}"))))
}

fn on_a_thread(args: &BarsArgs) -> Result<(), Failure> {
    if let Some(task) = &args.child {
        return Ok(child(task)?);
    }
    let started = Instant::now();
    let mut sums = Sums::default();
    measure(&options(args)?, &mut |line| {
        sums.count(&line);
        tell(&line, args.json);
    })?;
    if !args.json {
        let style = if sums.broken == 0 { GREEN } else { RED };
        anstream::println!(
            "\n{} hold, {}, {} not measured; in {:.0?}",
            sums.hold,
            styled(style, format!("{} do not hold", sums.broken)),
            sums.skipped,
            started.elapsed()
        );
    }
    match sums.broken {
        0 => Ok(()),
        _ => Err(Failure::Reported),
    }
}

fn options(args: &BarsArgs) -> Result<Options, Failure> {
    let scale = if args.quick { Scale::Quick } else { Scale::Full };
    let mut options = Options::new(scale);
    options.seed = args.seed;
    options.vendors.retain(|vendor| wanted(args.adapter, *vendor));
    if !args.only.is_empty() {
        options.bars.clone_from(&args.only);
    }
    let program = std::env::current_exe()?;
    options.children = Some(Children::new(move |task| {
        let mut command = Command::new(&program);
        command.args(["bars", "--child", task]);
        command
    }));
    Ok(options)
}

fn wanted(only: Option<Adapter>, vendor: Vendor) -> bool {
    only.is_none_or(|adapter| adapter.id() == vendor.id())
}

/// The name of a bar as it is typed.
pub(crate) fn bar(text: &str) -> Result<Bar, String> {
    let known = || Bar::ALL.map(Bar::as_str).join(", ");
    Bar::of(text).ok_or_else(|| format!("one of {} is expected", known()))
}

#[derive(Debug, Default)]
struct Sums {
    hold: u32,
    broken: u32,
    skipped: u32,
}

impl Sums {
    fn count(&mut self, line: &Line) {
        match line.holds() {
            Some(true) => self.hold += 1,
            Some(false) => self.broken += 1,
            None => self.skipped += 1,
        }
    }
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    line: &'a Line,
    holds: Option<bool>,
}

fn tell(line: &Line, json: bool) {
    if json {
        let holds = line.holds();
        return json_line(&Told { line, holds });
    }
    let style = match line.holds() {
        Some(true) => GREEN,
        Some(false) => RED,
        None => DIM,
    };
    let adapter = line.adapter.unwrap_or("transport");
    anstream::println!(
        "{} {adapter:<18} {}",
        styled(BOLD, format!("{:<3}", line.bar)),
        line.what
    );
    let figure = match line.source {
        Source::Skipped(why) => format!("not measured: {why}"),
        Source::Measured => line.figures(),
    };
    anstream::println!("    {}", styled(style, figure));
    if !line.detail.is_empty() {
        anstream::println!("    {}", styled(DIM, &line.detail));
    }
}
