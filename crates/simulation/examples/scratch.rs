//! scratch
use callcontrol_simulation::crash::Enumeration;
use callcontrol_simulation::Vendor;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let vendors = match args.get(1).map(String::as_str) { Some("all") | None => Vendor::ALL.to_vec(), Some(id) => vec![Vendor::of(id).unwrap()] };
    let mut e = Enumeration::of(vendors);
    e.only = args.get(2).cloned();
    let t = std::time::Instant::now();
    let r = e.run();
    println!("{}", r.markdown());
    for v in Vendor::ALL { println!("{v} {:?}", r.sums(Some(v))); }
    for f in r.findings() { println!("* {f}"); }
    if args.len() > 2 { for c in &r.cells {
        println!("== {} | {} | {} | request {} | {:?}", c.vendor, c.deed, c.phase, c.nth, c.end);
        for f in &c.findings { println!("   {f}"); }
        println!("   struck {:?}", c.struck);
        println!("   said {}", c.said);
        println!("   journal {:?}", c.journal);
    } }
    println!("{:?}", t.elapsed());
}
