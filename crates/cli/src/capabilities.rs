//! `callctl capabilities`: the table over all adapters, or one adapter with reasons.

use callcontrol::{Capabilities, Matrix, OutcomeSource, Registry, Support, TargetKind, TargetTable};
use serde_json::{Value, json};

use crate::args::CapabilitiesArgs;
use crate::failure::Failure;
use crate::output::{BOLD, DIM, GREEN, RED, YELLOW, json_line, styled};

pub(crate) fn run(args: &CapabilitiesArgs) -> Result<(), Failure> {
    let wanted: Vec<String> = args.adapter.iter().map(|adapter| adapter.id().to_owned()).collect();
    let matrix = Matrix::of(&Registry::built_in(), &wanted)?;
    if args.json {
        json_line(&as_json(&matrix));
    } else if args.markdown {
        anstream::print!("{}", matrix.markdown());
    } else if args.adapter.is_some() {
        for (id, manifest) in matrix.columns() {
            in_full(id, manifest);
        }
    } else {
        side_by_side(&matrix);
    }
    Ok(())
}

fn as_json(matrix: &Matrix) -> Value {
    let columns = matrix.columns().map(|(id, manifest)| (id.to_owned(), json!(manifest)));
    Value::Object(columns.collect())
}

fn side_by_side(matrix: &Matrix) {
    let ids: Vec<&str> = matrix.columns().map(|(id, _)| id).collect();
    anstream::print!("{:<38}", "operation");
    for id in &ids {
        anstream::print!("{id:<20}");
    }
    anstream::println!();
    for key in matrix.rows() {
        anstream::print!("{:<38}", key.to_string());
        for (_, manifest) in matrix.columns() {
            let support = manifest.support(key);
            let word = support.word();
            let padding = " ".repeat(20usize.saturating_sub(word.len()));
            anstream::print!("{}{padding}", styled(colour(&support), word));
        }
        anstream::println!();
    }
    anstream::println!(
        "\nOne adapter with reasons, recipes and hazards: callctl capabilities --adapter {}",
        ids.first().unwrap_or(&"ID")
    );
}

fn in_full(id: &str, manifest: &Capabilities) {
    anstream::println!("{}  (emulation = \"{}\")\n", styled(BOLD, id), manifest.policy.as_str());
    by_target(&TargetTable::of(manifest));
    for (key, cell) in manifest.cells() {
        let target = key.target.map_or("", TargetKind::as_str);
        let support = manifest.support(*key);
        let word = styled(colour(&support), format!("{:<12}", support.word()));
        anstream::println!(
            "{:<24} {target:<15} {word} {}",
            key.operation.as_str(),
            detail(&support, cell.outcome)
        );
        if let Support::Emulated(recipe) = &support {
            for hazard in &recipe.hazards {
                anstream::println!("{:<54}{}", "", styled(DIM, format!("hazard: {hazard}")));
            }
        }
    }
}

/// What can be done to which kind of target, at a glance; reasons and hazards follow below.
fn by_target(table: &TargetTable) {
    anstream::print!("{:<24}", "");
    for kind in &table.kinds {
        anstream::print!("{:<16}", kind.as_str());
    }
    anstream::println!();
    for (operation, answers) in &table.rows {
        anstream::print!("{:<24}", operation.as_str());
        for support in answers {
            let word = if support.is_available() { support.word() } else { "–" };
            anstream::print!("{}", styled(colour(support), format!("{word:<16}")));
        }
        anstream::println!();
    }
    anstream::println!();
}

fn detail(support: &Support, outcome: OutcomeSource) -> String {
    match support {
        Support::Native => format!("outcome: {}", outcome.as_str()),
        Support::Emulated(recipe) => format!("by {}; outcome: {}", recipe.name, outcome.as_str()),
        Support::Unsupported { reason } => reason.clone(),
        _ => String::new(),
    }
}

fn colour(support: &Support) -> anstyle::Style {
    match support {
        Support::Native => GREEN,
        Support::Emulated(_) => YELLOW,
        _ => RED,
    }
}
