//! What the demo prints: a line a step for people, an object a step for programs, and the totals.

use std::time::Duration;

use callcontrol::{CustomerAt, Error, OperationKey, Outcome, Verdict};
use serde::Serialize;
use serde_json::json;

use super::stage::Stage;
use crate::output::{BOLD, DIM, GREEN, RED, YELLOW, json_line, styled};

/// One step as it happened.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) adapter: &'static str,
    /// The scene it belongs to, in a telephone's words.
    pub(super) scene: &'static str,
    pub(super) operation: String,
    /// `native`, `emulated` or `unsupported`.
    pub(super) support: &'static str,
    /// Method and path of every command request that went over the wire; event polls are left out.
    pub(super) requests: Vec<String>,
    pub(super) verdict: &'static str,
    pub(super) outcome: String,
    /// Where the outcome says the customer is.
    pub(super) customer: Option<CustomerAt>,
    /// Where the switch says the customer is.
    pub(super) truth: CustomerAt,
    /// How often the switch really moved the customer in this scene.
    pub(super) moves: usize,
    pub(super) millis: u64,
    /// Outcome and journal agree (an outcome of `unknown` claims nothing).
    pub(super) agrees: bool,
}

impl Step {
    pub(super) fn new(stage: &Stage, scene: &'static str, key: OperationKey, took: Duration) -> Self {
        Self {
            adapter: stage.id(),
            scene,
            operation: key.to_string(),
            support: stage.support(key).word(),
            requests: Vec::new(),
            verdict: "",
            outcome: String::new(),
            customer: None,
            truth: CustomerAt::Unknown,
            moves: 0,
            millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            agrees: false,
        }
    }

    pub(super) fn outcome(mut self, outcome: &Outcome) -> Self {
        self.verdict = match outcome.verdict {
            Verdict::Done => "done",
            Verdict::Failed => "failed",
            Verdict::Unknown => "unknown",
        };
        self.outcome = outcome.to_string();
        self.customer = Some(outcome.customer);
        self
    }

    pub(super) fn refused(mut self, error: &Error) -> Self {
        self.verdict = "refused";
        self.outcome = error.message().to_owned();
        self
    }
}

#[derive(Debug, Default)]
pub(super) struct Report {
    json: bool,
    steps: usize,
    differing: usize,
    unknown: usize,
    scene: Option<(&'static str, &'static str)>,
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        Self {
            json,
            ..Self::default()
        }
    }

    pub(super) fn opens(&mut self, stage: &Stage) {
        if !self.json {
            anstream::println!(
                "{}  {} at {}",
                styled(BOLD, stage.id()),
                stage.product(),
                stage.base_url()
            );
        }
    }

    pub(super) fn step(&mut self, step: &Step) {
        self.steps += 1;
        self.differing += usize::from(!step.agrees);
        self.unknown += usize::from(step.verdict == "unknown");
        if self.json {
            json_line(step);
            return;
        }
        if self.scene != Some((step.adapter, step.scene)) {
            self.scene = Some((step.adapter, step.scene));
            anstream::println!("  {}", step.scene);
        }
        let colour = match step.verdict {
            "done" => GREEN,
            "unknown" => YELLOW,
            _ => DIM,
        };
        let support = format!("{:<11}", step.support);
        let operation = format!("{:<36}", step.operation);
        anstream::println!(
            "    {operation} {support} {:>5} ms  {}",
            step.millis,
            styled(colour, outcome_line(step))
        );
        for request in &step.requests {
            anstream::println!("        {}", styled(DIM, request));
        }
        if !step.agrees {
            let truth = format!(
                "the switch disagrees: customer {}, moved {} times",
                step.truth, step.moves
            );
            anstream::println!("        {}", styled(RED, truth));
        }
    }

    pub(super) fn closes(&self) {
        if self.json {
            let totals = json!({ "steps": self.steps, "differing": self.differing, "unknown": self.unknown, "agrees": self.all_agree() });
            json_line(&totals);
            return;
        }
        let line = format!(
            "{} steps, {} outcomes differ from the switch's journal, {} unknown by contract",
            self.steps, self.differing, self.unknown
        );
        let colour = if self.all_agree() { GREEN } else { RED };
        anstream::println!("\n{}", styled(colour, line));
    }

    pub(super) fn all_agree(&self) -> bool {
        self.differing == 0 && self.steps > 0
    }
}

fn outcome_line(step: &Step) -> String {
    match step.verdict {
        "refused" => format!("refused: {}", step.outcome),
        "unknown" => format!("{} (the switch: customer {})", step.outcome, step.truth),
        _ => step.outcome.clone(),
    }
}
