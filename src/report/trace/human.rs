//! A resolution for people: the answer, then everything that was looked at, as a tree.

use crate::{
    engine::{
        bucket::{Percentage, thousandths},
        condition::{Condition, Prerequisite},
        context::Attribute,
        flag::{Flag, FlagSet, Rule, Serve},
        resolution::{EvaluationError, Resolution, Step},
        trace::{STEPS_MAX, Trace, TraceOutcome, What},
    },
    report::{
        text::{count, quotable},
        tree::{TextTree, TreeMark},
    },
};

/// Explains what a resolution came to and why, one line a step.
#[must_use]
pub fn render(
    flags: &FlagSet,
    result: &Result<Resolution<'_>, EvaluationError<'_>>,
    trace: &Trace<'_>,
    colour: bool,
) -> String {
    let mut walk = Walk { flags, tree: TextTree::default() };
    if let What::Flag(flag) = trace.what {
        walk.answer(flag, result);
        walk.tree.remark(0, "");
        walk.steps(flag, trace, 0);
    }
    walk.tree.render(flags.paths(), colour)
}

/// Goes through a trace and, beside it, the definition that was resolved: what is in the one and
/// not in the other was not reached.
struct Walk<'s> {
    flags: &'s FlagSet,
    tree: TextTree,
}

impl Walk<'_> {
    /// The first lines: the answer itself.
    fn answer(&mut self, flag: &Flag, result: &Result<Resolution<'_>, EvaluationError<'_>>) {
        let resolution = match result {
            Ok(resolution) => resolution,
            Err(EvaluationError::TargetingKeyMissing(split)) => {
                self.tree.title(format!("{} has no answer", flag.key), flag.place);
                let needs = format!("a split of `{}` needs {}", split.key, unit_of(split));
                self.tree.remark(0, format!("TARGETING_KEY_MISSING: {needs}"));
                return;
            }
            Err(EvaluationError::FlagNotFound) => return,
        };
        let step = match resolution.step {
            Step::Off if flag.enabled => "a prerequisite does not hold".to_owned(),
            Step::Off => "the flag is off".to_owned(),
            Step::Users => "the user is listed".to_owned(),
            Step::Rule(rule) if rule.place == flag.place => "on for everyone".to_owned(),
            Step::Rule(rule) => format!("decided by rule `{}`", rule.name),
            Step::Default => "no rule matched".to_owned(),
        };
        let reason = format!("reason {}: {step}", resolution.reason.name());
        let (value, variant) = resolution.variant.map_or_else(
            || ("the caller's own default".into(), String::new()),
            |variant| (quotable(&variant.value), format!("variant {}, ", variant.name)),
        );
        self.tree.title(format!("{} is {value}", flag.key), flag.place);
        self.tree.remark(0, format!("{variant}{reason}"));
    }

    /// Says that there was no room for more; then what was not reached is not known either.
    fn cut(&mut self, trace: &Trace<'_>, depth: usize) -> bool {
        if trace.is_cut {
            let text = format!("cut here: a trace has {STEPS_MAX} steps at most");
            self.tree.remark(depth, text);
        }
        trace.is_cut
    }

    /// The steps of one flag.
    fn steps(&mut self, flag: &Flag, trace: &Trace<'_>, depth: usize) {
        let mut rules = flag.rules.iter();
        let several = 1 < flag.rules.len();
        let below = depth + usize::from(several);
        let mut requirements = flag.requires.len();
        for step in &trace.children {
            match &step.what {
                What::Rule(rule) => {
                    if several && rules.len() == flag.rules.len() {
                        let text = format!("first of {}:", count(flag.rules.len(), "rule"));
                        self.tree.remark(depth, text);
                    }
                    rules.next();
                    self.rule(flag, rule, step, below);
                }
                What::Requires(prerequisite, other) => {
                    requirements = requirements.saturating_sub(1);
                    self.other_flag("requires", prerequisite, *other, step, depth);
                }
                What::Off if flag.enabled => {
                    self.unreached(requirements, "more prerequisite", depth);
                    self.step(flag, step, depth);
                }
                _ => self.step(flag, step, depth),
            }
        }
        if self.cut(trace, below) {
        } else if rules.len() < flag.rules.len() {
            self.unreached(rules.len(), "more rule", below);
        } else {
            self.unreached(rules.len(), "rule", depth);
        }
    }

    /// A step that is neither a rule nor a prerequisite.
    fn step(&mut self, flag: &Flag, step: &Trace<'_>, depth: usize) {
        match &step.what {
            What::Enabled(enabled) => {
                let text = if *enabled { "enabled" } else { "not enabled" };
                self.tree.row(depth, mark(&step.outcome), text, None);
            }
            What::Users(key) => {
                let listed = matches!(step.outcome, TraceOutcome::Served(_));
                let text = match key {
                    Some(key) if listed => format!("users: `{}` is listed", quotable(key)),
                    Some(key) => format!("users: `{}` is not listed", quotable(key)),
                    None => "users: nobody without a targeting key is listed".to_owned(),
                };
                self.tree.row(depth, if listed { TreeMark::Yes } else { TreeMark::No }, text, None);
                if listed {
                    self.served(&step.outcome, depth + 1);
                }
            }
            What::Default if step.children.is_empty() => {
                let text = format!("default: {}", outcome_text(&step.outcome));
                self.tree.row(depth, TreeMark::Served, text, None);
            }
            What::Default => {
                self.tree.remark(depth, "default:");
                for split in &step.children {
                    self.split(flag, flag.default.as_ref(), split, depth + 1);
                }
            }
            What::Off => {
                let text = format!("off variant: {}", outcome_text(&step.outcome));
                self.tree.row(depth, TreeMark::Served, text, None);
            }
            _ => {}
        }
    }

    fn rule(&mut self, flag: &Flag, rule: &Rule, step: &Trace<'_>, depth: usize) {
        let whom = list_text(&rule.conditions, "without conditions");
        // A toggle that says neither whom nor how many has no rule in its file.
        let text = if rule.place == flag.place {
            "everyone: neither `targeting_rules` nor `rollout_percentage`".to_owned()
        } else {
            format!("rule `{}`{whom}", rule.name)
        };
        self.tree.row(depth, mark(&step.outcome), text, Some(rule.place));
        self.conditions(&rule.conditions, step, depth + 1);
        let mut by_split = false;
        for child in &step.children {
            match &child.what {
                What::Ramp(ramp, position) => {
                    let text = ramp_text(flag, *ramp, *position);
                    self.tree.row(depth + 1, mark(&child.outcome), text, None);
                }
                What::Split(_) => {
                    by_split = true;
                    self.split(flag, Some(&rule.serve), child, depth + 1);
                }
                _ => {}
            }
        }
        if !by_split && matches!(step.outcome, TraceOutcome::Served(_)) {
            self.served(&step.outcome, depth + 1);
        }
    }

    /// Conditions that were looked at one after the other, and how many were not.
    fn conditions(&mut self, conditions: &[Condition], of: &Trace<'_>, depth: usize) {
        for (condition, step) in conditions.iter().zip(&of.children) {
            self.condition(condition, step, depth);
        }
        if !self.cut(of, depth) {
            let rest = conditions.len().saturating_sub(of.children.len());
            self.unreached(rest, "more condition", depth);
        }
    }

    fn condition(&mut self, condition: &Condition, step: &Trace<'_>, depth: usize) {
        let (text, inner): (String, &[Condition]) = match (condition, &step.what) {
            (Condition::Attribute(test), What::Attribute(_, found, misfit)) => {
                let found = found.as_deref().map_or("missing".into(), quotable);
                let misfit = misfit.map(|misfit| format!(", {misfit}")).unwrap_or_default();
                let text = format!("{} {}", test.attribute.name(), test.comparison);
                (format!("{text} · it is {found}{misfit}"), &[])
            }
            (Condition::Flag(prerequisite), What::OtherFlag(_, other)) => {
                return self.other_flag("flag", prerequisite, *other, step, depth);
            }
            (Condition::Segment(index, _), _) => {
                let Some(segment) = self.flags.segment(*index) else { return };
                let text = list_text(&segment.conditions, "without conditions");
                (format!("segment `{}`{text}", segment.name), &segment.conditions)
            }
            (Condition::All(conditions, _), _) => ("all of:".to_owned(), conditions),
            (Condition::Any(conditions, _), _) => ("any of:".to_owned(), conditions),
            (Condition::Not(condition, _), _) => {
                ("not:".to_owned(), std::slice::from_ref(&**condition))
            }
            _ => return,
        };
        self.tree.row(depth, mark(&step.outcome), text, Some(condition.place()));
        self.conditions(inner, step, depth + 1);
    }

    /// Another flag, which has to resolve to something.
    fn other_flag(
        &mut self,
        verb: &str,
        prerequisite: &Prerequisite,
        other: Option<&Flag>,
        step: &Trace<'_>,
        depth: usize,
    ) {
        let Some(other) = other else { return };
        let wanted = prerequisite.is.and_then(|index| other.variant(index));
        let wanted = wanted.map_or("true", |variant| &variant.name);
        let (key, mark) = (&other.key, mark(&step.outcome));
        let got = step.children.first().map(|flag| outcome_text(&flag.outcome));
        let text = format!("{verb} `{key}` to be {wanted} · it is {}", got.unwrap_or_default());
        self.tree.row(depth, mark, text, Some(prerequisite.place));
        for flag in &step.children {
            self.steps(other, flag, depth + 1);
        }
    }

    fn split(&mut self, flag: &Flag, serve: Option<&Serve>, step: &Trace<'_>, depth: usize) {
        let What::Split(position) = step.what else { return };
        let (Some(Serve::Split(entries)), Some(position)) = (serve, position) else {
            let text = format!("split: needs {}, and there is none", unit_of(flag));
            return self.tree.row(depth, TreeMark::Failed, text, None);
        };
        let starts = [0].into_iter().chain(entries.iter().map(|(end, _)| *end));
        let ranges = starts.zip(entries.iter().map(|(end, _)| *end));
        let (start, end) =
            ranges.filter(|(start, _)| *start <= position).last().unwrap_or_default();
        let text = format!(
            "split: position {} is from {} to below {}",
            thousandths(position.into()),
            thousandths(start.into()),
            thousandths(end.into())
        );
        self.tree.row(depth, TreeMark::Yes, text, None);
        self.served(&step.outcome, depth);
    }

    fn served(&mut self, outcome: &TraceOutcome<'_>, depth: usize) {
        self.tree.row(depth, TreeMark::Served, outcome_text(outcome), None);
    }

    fn unreached(&mut self, number: usize, noun: &str, depth: usize) {
        if 0 < number {
            self.tree.remark(depth, format!("not reached: {}", count(number, noun)));
        }
    }
}

/// What follows the name of something that has a list of conditions.
fn list_text(conditions: &[Condition], none: &str) -> String {
    match conditions {
        [] => format!(", {none}"),
        [_] => String::new(),
        _ => ", all of:".to_owned(),
    }
}

fn ramp_text(flag: &Flag, ramp: Percentage, position: Option<u32>) -> String {
    match position {
        Some(position) => {
            let comparison = if ramp.includes(position) { "is below" } else { "is not below" };
            let position = thousandths(position.into());
            format!("rollout: position {position} {comparison} {ramp} %")
        }
        None if ramp.is_partial() => {
            format!("rollout of {ramp} %: needs {}, and there is none", unit_of(flag))
        }
        None => format!("rollout of {ramp} %: nobody"),
    }
}

/// What positions are computed from, as a noun.
fn unit_of(flag: &Flag) -> String {
    match &flag.bucket_by {
        Attribute::TargetingKey => "a targeting key".to_owned(),
        attribute => format!("a string or whole number as `{}`", attribute.name()),
    }
}

fn mark(outcome: &TraceOutcome<'_>) -> TreeMark {
    match outcome {
        TraceOutcome::Yes | TraceOutcome::Served(_) => TreeMark::Yes,
        TraceOutcome::No => TreeMark::No,
        TraceOutcome::Failed => TreeMark::Failed,
    }
}

fn outcome_text(outcome: &TraceOutcome<'_>) -> String {
    match outcome {
        TraceOutcome::Served(Some(variant)) => variant.name.to_string(),
        TraceOutcome::Served(None) => "the caller's own default".to_owned(),
        TraceOutcome::Failed => "not to be had".to_owned(),
        TraceOutcome::Yes | TraceOutcome::No => String::new(),
    }
}
