//! scratch
use callcontrol_simulation::soak::{Soak, soak};
use callcontrol_simulation::Vendor;
use std::time::Duration;
#[tokio::main]
async fn main() {
    let a: Vec<String> = std::env::args().collect();
    let s = soak(Soak { vendor: Vendor::of(&a[1]).unwrap(), seed: 1, agents: a[2].parse().unwrap(), length: Duration::from_secs(a[3].parse().unwrap()), mishaps: 20 }).await.unwrap();
    println!("{:?}", (s.hurt, s.facts, s.checks, s.memory_start, s.memory_end, s.memory_peak, s.files_start, s.files_end));
    println!("{:?}", s.sums);
    for v in s.violations().iter().take(20) { println!("!! {v}"); }
}
