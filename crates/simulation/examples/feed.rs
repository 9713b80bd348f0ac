//! scratch
use callcontrol_simulation::feed::Trial;
use callcontrol_simulation::Vendor;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let n: u64 = args[2].parse().unwrap();
    let vendor = Vendor::of(&args[1]).unwrap();
    let t = std::time::Instant::now();
    let f = Trial::of(vendor, n, 1).run();
    println!("{vendor} schedules {} events {} gaps {} ended {} waiting {} violations {}", f.schedules, f.events, f.gaps, f.ended, f.most_waiting, f.violations);
    for (way, b) in &f.broken { println!("* {} x {way}\n    #{} {:?}\n    {}", b.times, b.schedule, b.steps, b.words); }
    println!("{:?}", t.elapsed());
}
