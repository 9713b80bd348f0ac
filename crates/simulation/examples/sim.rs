//! scratch
use callcontrol_simulation::simulate::{Options, Weather, simulate};
use callcontrol_simulation::Vendor;
use std::time::Duration;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let weather = Weather::ALL.into_iter().find(|w| w.as_str() == a[4]).unwrap();
    let day = simulate(Options { vendor: Vendor::of(&a[1]).unwrap(), seed: a.get(5).map_or(1, |s| s.parse().unwrap()), agents: a[2].parse().unwrap(), length: Duration::from_secs(60 * a[3].parse::<u64>().unwrap()), weather }).unwrap();
    for b in day.bars() { println!("{b}"); }
    let s = &day.sums;
    println!("ops {} done {} failed {} refused {} ambiguous {} contract {} again {} line {:?} wall {:?}", s.ops, s.done, s.failed, s.refused, s.ambiguous, s.by_contract, s.signed_in_again, day.line, day.wall);
    for w in s.wrong.iter().take(12) { println!("wrong: {w}"); }
    for w in s.unresolved.iter().take(8) { println!("unresolved: {w}"); }
    for w in day.truth.iter().take(8) { println!("truth: {w}"); }
}
