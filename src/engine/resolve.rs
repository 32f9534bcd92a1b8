//! One resolution: enabled, users, rules, default. Pure and total.

use std::borrow::Cow;

use crate::engine::{
    condition::{AttributeTest, Condition, FlagIndex, Prerequisite, SegmentIndex},
    context::{Attribute, EvaluationContext},
    flag::{Flag, FlagSet, Rule, Serve, Variant},
    instant::Instant,
    memo::Memo,
    phrase::shortened,
    resolution::{EvaluationError, FixedPositions, Reason, Resolution, Step, Taken},
    trace::{Observer, Recorder, STEPS_MAX, Silent, Trace, TraceOutcome, What},
    unit_position::UnitPositions,
    value::Value,
};

/// Resolves the flag of that key for one context at one time.
///
/// Allocates nothing but what a long pre-release in a version needs; takes time in proportion to
/// the conditions it looks at, of which the compiler allows ten thousand at most.
///
/// # Errors
///
/// See [`EvaluationError`].
pub fn resolve<'s>(
    flags: &'s FlagSet,
    key: &str,
    context: &EvaluationContext<'_>,
    now: impl Into<Instant>,
) -> Result<Resolution<'s>, EvaluationError<'s>> {
    let flag = flags.find(key).ok_or(EvaluationError::FlagNotFound)?;
    resolve_flag(flags, flag, context, now)
}

/// Resolves a flag of the set for one context at one time.
///
/// # Errors
///
/// Only [`EvaluationError::TargetingKeyMissing`].
pub fn resolve_flag<'s>(
    flags: &'s FlagSet,
    flag: &'s Flag,
    context: &EvaluationContext<'_>,
    now: impl Into<Instant>,
) -> Result<Resolution<'s>, EvaluationError<'s>> {
    resolve_flag_at(flags, flag, context, now, FixedPositions::default(), None)
}

/// Resolves a flag as [`resolve_flag`] does, by the same code, for whom the positions of the flag
/// itself are known: its unit is not hashed, not even looked for. What several flags may depend on
/// is kept in the memo, which is for the same flags, context and time alone.
///
/// # Errors
///
/// Only [`EvaluationError::TargetingKeyMissing`].
pub fn resolve_flag_at<'s>(
    flags: &'s FlagSet,
    flag: &'s Flag,
    context: &EvaluationContext<'_>,
    now: impl Into<Instant>,
    fixed: FixedPositions,
    memo: Option<&mut Memo<'s>>,
) -> Result<Resolution<'s>, EvaluationError<'s>> {
    Walk { flags, context, now: now.into(), memo, observer: Silent }.flag(flag, fixed)
}

/// Resolves a flag as [`resolve_flag`] does, by the same code, and says what it looked at. Fixed
/// positions stand in for those of the flag itself, not of flags that it depends on.
pub fn explain<'s>(
    flags: &'s FlagSet,
    flag: &'s Flag,
    context: &EvaluationContext<'_>,
    now: impl Into<Instant>,
    fixed: FixedPositions,
) -> (Result<Resolution<'s>, EvaluationError<'s>>, Option<Trace<'s>>) {
    explain_within(flags, flag, context, now, fixed, &mut { STEPS_MAX })
}

/// Explains as [`explain`] does, in no more steps than there is room for, and counts them off.
pub fn explain_within<'s>(
    flags: &'s FlagSet,
    flag: &'s Flag,
    context: &EvaluationContext<'_>,
    now: impl Into<Instant>,
    fixed: FixedPositions,
    room: &mut usize,
) -> (Result<Resolution<'s>, EvaluationError<'s>>, Option<Trace<'s>>) {
    let observer = Recorder::new(room);
    let mut walk = Walk { flags, context, now: now.into(), memo: None, observer };
    let result = walk.flag(flag, fixed);
    (result, walk.observer.into_trace())
}

/// One resolution under way.
struct Walk<'s, 'c, O> {
    flags: &'s FlagSet,
    context: &'c EvaluationContext<'c>,
    now: Instant,
    /// What is known already; none where one flag is asked for, which looks at little twice.
    memo: Option<&'c mut Memo<'s>>,
    observer: O,
}

impl<'s, 'c, O: Observer<'s>> Walk<'s, 'c, O> {
    fn flag(
        &mut self,
        flag: &'s Flag,
        fixed: FixedPositions,
    ) -> Result<Resolution<'s>, EvaluationError<'s>> {
        self.observer.open(What::Flag(flag));
        let result = self.steps(flag, fixed);
        self.observer.close(match &result {
            Ok(resolution) => TraceOutcome::Served(resolution.variant),
            Err(_) => TraceOutcome::Failed,
        });
        result
    }

    fn steps(
        &mut self,
        flag: &'s Flag,
        fixed: FixedPositions,
    ) -> Result<Resolution<'s>, EvaluationError<'s>> {
        let answer = |variant, reason, step, ramp_excluded| {
            let reason = match reason {
                Reason::Disabled => reason,
                _ if flag.is_static => Reason::Static,
                _ => reason,
            };
            Ok(Resolution { flag, variant, reason, step, ramp_excluded })
        };
        if !self.is_enabled(flag)? {
            let variant = flag.off_variant.and_then(|index| flag.variant(index));
            self.observer.open(What::Off);
            self.observer.close(TraceOutcome::Served(variant));
            return answer(variant, Reason::Disabled, Step::Off, false);
        }
        if let Some(variant) = self.listed(flag) {
            return answer(Some(variant), Reason::TargetingMatch, Step::Users, false);
        }
        let mut line = UnitPositions { flag, context: self.context, computed: None, fixed };
        let (mut ramp_met, mut ramp_excluded) = (false, false);
        for rule in &flag.rules {
            match self.rule(rule, &mut line)? {
                Taken::No => {}
                Taken::RampExcluded => {
                    ramp_met |= rule.ramp.is_partial();
                    ramp_excluded = true;
                }
                Taken::Served(variant, by_split) => {
                    let by_position = ramp_met || rule.ramp.is_partial() || by_split;
                    let reason = if by_position { Reason::Split } else { Reason::TargetingMatch };
                    return answer(variant, reason, Step::Rule(rule), ramp_excluded);
                }
            }
        }
        self.observer.open(What::Default);
        let served = match &flag.default {
            Some(serve) => self.serve(serve, &mut line),
            None => Ok((None, false)),
        };
        self.observer.close(match &served {
            Ok((variant, _)) => TraceOutcome::Served(*variant),
            Err(_) => TraceOutcome::Failed,
        });
        let (variant, by_split) = served?;
        let reason = if ramp_met || by_split { Reason::Split } else { Reason::Default };
        answer(variant, reason, Step::Default, ramp_excluded)
    }

    /// Whether the flag is switched on and everything it requires holds.
    fn is_enabled(&mut self, flag: &'s Flag) -> Result<bool, EvaluationError<'s>> {
        self.observer.open(What::Enabled(flag.enabled));
        self.observer.close(TraceOutcome::of(flag.enabled));
        if !flag.enabled {
            return Ok(false);
        }
        for prerequisite in &flag.requires {
            let other = self.flags.flag(prerequisite.flag);
            self.observer.open(What::Requires(prerequisite, other));
            if !self.prerequisite(prerequisite, other)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The variant of a listed user.
    fn listed(&mut self, flag: &'s Flag) -> Option<&'s Variant> {
        if flag.users.is_empty() {
            return None;
        }
        let key = self.context.targeting_key.as_deref();
        let found = key.and_then(|key| flag.users.get(key)).and_then(|index| flag.variant(index));
        self.observer.open(What::Users(if O::RECORDS { key.map(shortened) } else { None }));
        self.observer
            .close(found.map_or(TraceOutcome::No, |variant| TraceOutcome::Served(Some(variant))));
        found
    }

    fn rule(
        &mut self,
        rule: &'s Rule,
        line: &mut UnitPositions<'s, 'c>,
    ) -> Result<Taken<'s>, EvaluationError<'s>> {
        self.observer.open(What::Rule(rule));
        let taken = self.rule_steps(rule, line);
        self.observer.close(match &taken {
            Ok(Taken::No | Taken::RampExcluded) => TraceOutcome::No,
            Ok(Taken::Served(variant, _)) => TraceOutcome::Served(*variant),
            Err(_) => TraceOutcome::Failed,
        });
        taken
    }

    fn rule_steps(
        &mut self,
        rule: &'s Rule,
        line: &mut UnitPositions<'s, 'c>,
    ) -> Result<Taken<'s>, EvaluationError<'s>> {
        if !self.all(&rule.conditions)? {
            return Ok(Taken::No);
        }
        if rule.ramp.thousandths() < crate::engine::scheme::POSITIONS {
            // A ramp of 0 includes nobody, whoever asks: no digest is needed to know that.
            let position = if rule.ramp.is_partial() { line.ramp() } else { None };
            let included = position.is_some_and(|position| rule.ramp.includes(position));
            self.observer.open(What::Ramp(rule.ramp, position));
            self.observer.close(TraceOutcome::of(included));
            if !included {
                return Ok(Taken::RampExcluded);
            }
        }
        let (variant, by_split) = self.serve(&rule.serve, line)?;
        Ok(Taken::Served(variant, by_split))
    }

    /// The variant to serve, and whether a split decided.
    fn serve(
        &mut self,
        serve: &'s Serve,
        line: &mut UnitPositions<'s, 'c>,
    ) -> Result<(Option<&'s Variant>, bool), EvaluationError<'s>> {
        match serve {
            Serve::Variant(index) => Ok((line.flag.variant(*index), false)),
            Serve::Split(entries) => {
                let position = line.split();
                self.observer.open(What::Split(position));
                let Some(position) = position else {
                    self.observer.close(TraceOutcome::Failed);
                    return Err(EvaluationError::TargetingKeyMissing(line.flag));
                };
                // Splits are short: a scan is faster than a search.
                let entry = entries.iter().find(|(end, _)| position < *end).or(entries.last());
                let variant = entry.and_then(|(_, index)| line.flag.variant(*index));
                self.observer.close(TraceOutcome::Served(variant));
                Ok((variant, true))
            }
        }
    }

    fn all(&mut self, conditions: &'s [Condition]) -> Result<bool, EvaluationError<'s>> {
        for condition in conditions {
            let held = match condition {
                // Most are, and need no call that may go deeper.
                Condition::Attribute(test) => self.attribute(test),
                condition => self.condition(condition)?,
            };
            if !held {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn any(&mut self, conditions: &'s [Condition]) -> Result<bool, EvaluationError<'s>> {
        for condition in conditions {
            if self.condition(condition)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn condition(&mut self, condition: &'s Condition) -> Result<bool, EvaluationError<'s>> {
        let held = match condition {
            Condition::Attribute(test) => return Ok(self.attribute(test)),
            Condition::Flag(prerequisite) => {
                let other = self.flags.flag(prerequisite.flag);
                self.observer.open(What::OtherFlag(prerequisite, other));
                return self.prerequisite(prerequisite, other);
            }
            Condition::Segment(index, place) => {
                let Some(segment) = self.flags.segment(*index) else { return Ok(false) };
                self.observer.open(What::Segment(segment, *place));
                self.segment(*index, &segment.conditions)
            }
            Condition::All(conditions, place) => {
                self.observer.open(What::AllOf(*place));
                self.all(conditions)
            }
            Condition::Any(conditions, place) => {
                self.observer.open(What::AnyOf(*place));
                self.any(conditions)
            }
            Condition::Not(condition, place) => {
                self.observer.open(What::Not(*place));
                self.condition(condition).map(|held| !held)
            }
        };
        self.observer
            .close(held.as_ref().map_or(TraceOutcome::Failed, |held| TraceOutcome::of(*held)));
        held
    }

    /// Whether all conditions of a segment hold.
    fn segment(
        &mut self,
        index: SegmentIndex,
        conditions: &'s [Condition],
    ) -> Result<bool, EvaluationError<'s>> {
        if let Some(known) = self.memo.as_ref().and_then(|memo| memo.segment(index)) {
            return known;
        }
        let held = self.all(conditions);
        if let Some(memo) = &mut self.memo {
            memo.keep_segment(index, held);
        }
        held
    }

    /// What a flag that others depend on serves.
    fn other(
        &mut self,
        index: FlagIndex,
        flag: &'s Flag,
    ) -> Result<Option<&'s Variant>, EvaluationError<'s>> {
        if let Some(known) = self.memo.as_ref().and_then(|memo| memo.flag(index)) {
            return known;
        }
        let served = self.flag(flag, FixedPositions::default()).map(|found| found.variant);
        if let Some(memo) = &mut self.memo {
            memo.keep_flag(index, served);
        }
        served
    }

    /// Whether another flag resolves as wanted; closes what the caller has opened.
    fn prerequisite(
        &mut self,
        prerequisite: &'s Prerequisite,
        other: Option<&'s Flag>,
    ) -> Result<bool, EvaluationError<'s>> {
        let held = match other {
            Some(other) => self.other(prerequisite.flag, other).map(|served| {
                served.is_some_and(|variant| match prerequisite.is {
                    Some(wanted) => {
                        other.variant(wanted).is_some_and(|wanted| std::ptr::eq(wanted, variant))
                    }
                    None => variant.is_true(),
                })
            }),
            None => Ok(false),
        };
        self.observer
            .close(held.as_ref().map_or(TraceOutcome::Failed, |held| TraceOutcome::of(*held)));
        held
    }

    fn attribute(&mut self, test: &'s AttributeTest) -> bool {
        let comparison = &test.comparison;
        match &test.attribute {
            Attribute::Now => {
                let (now, held) = (self.now, comparison.holds_at(self.now));
                self.compared(held, || What::Attribute(test, Some(now.to_string()), None))
            }
            Attribute::TargetingKey => {
                let key = self.context.targeting_key.as_deref().map(Cow::Borrowed);
                let found = key.map(Value::String);
                let held = comparison.holds(found.as_ref());
                self.compared(held, || What::attribute(test, found.as_ref()))
            }
            named @ (Attribute::Named(_) | Attribute::Dotted(_)) => {
                let found = named.find(self.context);
                let held = comparison.holds(found);
                self.compared(held, || What::attribute(test, found))
            }
        }
    }

    /// What came of a comparison; what was looked at only matters to those who watch.
    fn compared(&mut self, held: bool, what: impl FnOnce() -> What<'s>) -> bool {
        if O::RECORDS {
            self.observer.open(what());
            self.observer.close(TraceOutcome::of(held));
        }
        held
    }
}
