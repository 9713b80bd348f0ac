//! `callctl`: the command line of callcontrol.

fn main() {}
