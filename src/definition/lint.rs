//! What is legal and still unwise: rules that can never match, keys that invite mistakes.

use std::collections::BTreeMap;

use crate::{
    definition::{
        problems::advice,
        written::{
            clause::one_by_one,
            flag::{WrittenFlag, WrittenRule},
        },
    },
    diagnostics::diagnostic::Diagnostic,
    engine::{
        bucket::Percentage,
        case_folding,
        comparison::{Comparison, Order},
        condition::{AttributeTest, Condition, Segment},
        flag::{Flag, Rule},
        value::Value,
    },
};

/// Up to how many rules of a flag each is compared with all before it.
const COMPARED_RULES_MAX: usize = 100;
/// How many comparisons of one attribute, in one list, are held against each other.
const COMPARED_TESTS_MAX: usize = 32;
/// How many conditions of one list, those of its segments included, the search for contradictions
/// looks at. Segments may refer to each other in circles here: those are reported elsewhere.
const GATHERED_CONDITIONS_MAX: usize = 1_000;

/// The conditions of one rule, each as canonical text, sorted: equal texts are equal conditions.
pub type RuleTexts = Vec<String>;

/// The conditions of each rule of a flag as canonical text, sorted, for flags with several.
#[must_use]
pub fn rule_texts(flag: &WrittenFlag<'_>) -> Vec<RuleTexts> {
    let texts = |rule: &WrittenRule<'_>| {
        let mut texts: Vec<String> =
            one_by_one(&rule.conditions).iter().map(ToString::to_string).collect();
        texts.sort_unstable();
        texts
    };
    let rules = Some(&flag.rules).filter(|rules| 1 < rules.len());
    rules.into_iter().flatten().map(texts).collect()
}

/// Warns of everything unwise in a flag's rules.
pub fn rules(
    flag: &Flag,
    texts: &[RuleTexts],
    segments: &[Segment],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for rule in &flag.rules {
        contradictions(&rule.conditions, segments, diagnostics);
    }
    let pairs: Vec<_> = flag.rules.iter().zip(texts).collect();
    for (index, (rule, conditions)) in pairs.iter().enumerate() {
        if rule.ramp == Percentage::ZERO {
            continue;
        }
        let earlier = pairs.get(..index).unwrap_or_default();
        let is_compared = pairs.len() <= COMPARED_RULES_MAX;
        let takes_all = |(earlier, texts): &&(&Rule, &RuleTexts)| {
            rule.ramp <= earlier.ramp
                && (is_subset(texts, conditions, pairs.len())
                    || is_compared && covers(&earlier.conditions, &rule.conditions))
        };
        let Some((earlier, _)) = earlier.iter().find(takes_all) else { continue };
        diagnostics.push(if earlier.ramp == Percentage::FULL {
            advice::unreachable_rule(&rule.name, &earlier.name, rule.place, earlier.place)
        } else {
            advice::shadowed_ramp(
                (&rule.name, rule.ramp),
                (&earlier.name, earlier.ramp),
                rule.place,
                earlier.place,
            )
        });
    }
}

/// Whether who fulfils `conditions` surely fulfils `fewer`: all of them are among those.
fn is_subset(fewer: &RuleTexts, conditions: &RuleTexts, rule_count: usize) -> bool {
    fewer.is_empty()
        || (rule_count <= COMPARED_RULES_MAX
            && fewer.iter().all(|text| conditions.binary_search(text).is_ok()))
}

/// Whether each of the conditions before surely holds where the later ones do, comparison by
/// comparison: `in [a, b]` covers `in [a]`.
fn covers(before: &[Condition], later: &[Condition]) -> bool {
    let later: Vec<_> = gather(later, &[]).into_iter().map(|(test, _)| test).collect();
    before.iter().all(|condition| match condition {
        Condition::All(inner, _) => inner.iter().all(|inner| is_implied(inner, &later)),
        condition => is_implied(condition, &later),
    })
}

/// Whether a comparison surely holds where one of these does.
fn is_implied(wider: &Condition, narrower: &[&AttributeTest]) -> bool {
    let Condition::Attribute(wider) = wider else { return false };
    narrower.iter().take(COMPARED_TESTS_MAX).any(|test| {
        test.attribute.name() == wider.attribute.name()
            && implies(&test.comparison, &wider.comparison)
    })
}

/// Whether whatever satisfies the first satisfies the second, too.
fn implies(first: &Comparison, second: &Comparison) -> bool {
    use Comparison::{EndsWith, Equal, Exists, Member, Ordered, StartsWith};
    match (first, second) {
        (first, Exists(true)) => first.needs_presence(),
        (Equal(value, true), other) => other.holds(Some(value)),
        (Member(set, true), other) => {
            !set.is_empty() && !set.any(|value| !other.holds(Some(value)))
        }
        (StartsWith(parts), StartsWith(wider)) => {
            parts.iter().all(|part| wider.iter().any(|wider| part.starts_with(&**wider)))
        }
        (EndsWith(parts), EndsWith(wider)) => {
            parts.iter().all(|part| wider.iter().any(|wider| part.ends_with(&**wider)))
        }
        (Ordered(order, bound), Ordered(other, wider)) => {
            let is_lower = |order| matches!(order, Order::Greater | Order::GreaterOrEqual);
            let excludes_bound = |order| matches!(order, Order::Greater | Order::Less);
            // `gt 5` implies `gte 5` and `gt 5`, and `gte 5` does not imply `gt 5`.
            let at_bound = excludes_bound(*order) && bound.equals(wider);
            is_lower(*order) == is_lower(*other)
                && (at_bound || Ordered(*other, wider.clone()).holds(Some(bound)))
        }
        _ => false,
    }
}

/// Warns of conditions in one list that cannot hold at once, and looks into `any` and `not`.
pub fn contradictions(list: &[Condition], segments: &[Segment], diagnostics: &mut Vec<Diagnostic>) {
    let mut by_attribute: BTreeMap<&str, Vec<(&AttributeTest, bool)>> = BTreeMap::new();
    for (test, is_direct) in gather(list, segments) {
        by_attribute.entry(test.attribute.name()).or_default().push((test, is_direct));
    }
    for (name, tests) in by_attribute {
        let tests = tests.get(..COMPARED_TESTS_MAX).unwrap_or(&tests);
        let pair = tests.iter().enumerate().find_map(|(index, (second, second_direct))| {
            let before = tests.get(..index).unwrap_or_default();
            let first = before.iter().find(|(first, first_direct)| {
                // What contradicts itself inside a segment is reported there.
                (*first_direct || *second_direct)
                    && contradict(&first.comparison, &second.comparison)
            });
            first.map(|(first, _)| (first, second))
        });
        if let Some((first, second)) = pair {
            let equal = |test: &AttributeTest| match &test.comparison {
                Comparison::IgnoringCase(comparison) => is_equality(comparison.written()),
                comparison => is_equality(comparison),
            };
            let (a, b) = (first.comparison.to_string(), second.comparison.to_string());
            let both_equal = equal(first) && equal(second);
            let warning =
                advice::contradiction(name, (&a, &b), both_equal, second.place, first.place);
            diagnostics.push(warning);
        }
    }
    branches(list, segments, diagnostics);
}

/// Looks into the branches of `any`, each a list of its own, and into what is negated.
fn branches(list: &[Condition], segments: &[Segment], diagnostics: &mut Vec<Diagnostic>) {
    for condition in list {
        match condition {
            Condition::Any(inner, _) => {
                for branch in inner {
                    contradictions(std::slice::from_ref(branch), segments, diagnostics);
                }
            }
            Condition::Not(inner, _) => {
                contradictions(std::slice::from_ref(inner), segments, diagnostics);
            }
            Condition::All(inner, _) => branches(inner, segments, diagnostics),
            Condition::Attribute(_) | Condition::Segment(..) | Condition::Flag(_) => {}
        }
    }
}

/// All comparisons that must hold together with the list, in order; those inside segments are not
/// direct. Without recursion, since nothing bounds how segments refer to each other yet.
fn gather<'c>(list: &'c [Condition], segments: &'c [Segment]) -> Vec<(&'c AttributeTest, bool)> {
    let mut gathered = Vec::new();
    let mut waiting: Vec<(&Condition, bool)> =
        list.iter().rev().map(|inner| (inner, true)).collect();
    let mut looked_at = 0;
    while let Some((condition, is_direct)) = waiting.pop() {
        looked_at += 1;
        if GATHERED_CONDITIONS_MAX < looked_at {
            break;
        }
        let (inner, is_direct) = match condition {
            Condition::Attribute(test) => {
                gathered.push((test, is_direct));
                continue;
            }
            Condition::All(inner, _) => (&**inner, is_direct),
            Condition::Segment(index, _) => match segments.get(index.0 as usize) {
                Some(segment) => (&*segment.conditions, false),
                None => continue,
            },
            Condition::Any(..) | Condition::Not(..) | Condition::Flag(_) => continue,
        };
        let inner = inner.get(..GATHERED_CONDITIONS_MAX).unwrap_or(inner);
        waiting.extend(inner.iter().rev().map(|inner| (inner, is_direct)));
    }
    gathered
}

fn is_equality(comparison: &Comparison) -> bool {
    matches!(comparison, Comparison::Equal(_, true))
}

/// Whether no value can satisfy both.
fn contradict(a: &Comparison, b: &Comparison) -> bool {
    use Comparison::{
        After, Before, Contains, EndsWith, Equal, Exists, IgnoringCase, InNetwork, Matches, Member,
        Ordered, StartsWith, Version,
    };
    match (a, b) {
        (Exists(false), other) | (other, Exists(false)) => other.needs_presence(),
        // What has to be one of a few values can be tried out on them.
        (Equal(value, true), other) | (other, Equal(value, true)) => !other.holds(Some(value)),
        (Member(set, true), other) | (other, Member(set, true)) => {
            !set.is_empty() && !set.any(|value| other.holds(Some(value)))
        }
        (IgnoringCase(one), other) | (other, IgnoringCase(one))
            if contradict_folded(one.folded(), other) =>
        {
            true
        }
        (Before(end), After(start)) | (After(start), Before(end)) => end <= start,
        // One that is empty by itself has been reported by itself.
        (Version(a), Version(b)) => !a.is_empty() && !b.is_empty() && a.excludes(b),
        (Ordered(order, bound), Ordered(other_order, other)) => {
            is_empty_range((*order, bound), (*other_order, other))
        }
        // Nothing is claimed of the rest. All are named, so that a new comparison is thought of.
        (
            Equal(_, false)
            | Member(_, false)
            | Ordered(..)
            | Contains(_)
            | StartsWith(_)
            | EndsWith(_)
            | Matches(_)
            | Exists(true)
            | Version(_)
            | Before(_)
            | After(_)
            | InNetwork(_)
            | IgnoringCase(_),
            _,
        ) => false,
    }
}

/// Whether no value can satisfy both, the first of which is one of folded values: those that it
/// names are tried, for all that they stand for.
fn contradict_folded(folded: &Comparison, other: &Comparison) -> bool {
    use Comparison::{
        Contains, EndsWith, Equal, Exists, IgnoringCase, Member, Ordered, StartsWith,
    };
    let holds = |value: &Value<'_>| match (other, value) {
        // Whatever spelling these hold for, they hold for it folded if they are folded themselves.
        (Equal(wanted, true), value) => case_folding::equals(wanted, value),
        (Member(set, true), value) => set.any(|wanted| case_folding::equals(wanted, value)),
        (StartsWith(parts), Value::String(text)) => {
            parts.iter().any(|part| text.starts_with(&case_folding::folded(part)))
        }
        (EndsWith(parts), Value::String(text)) => {
            parts.iter().any(|part| text.ends_with(&case_folding::folded(part)))
        }
        (Contains(parts), Value::String(text)) => {
            let mut parts = parts.iter().filter_map(Value::as_str);
            parts.any(|part| text.contains(&case_folding::folded(part)))
        }
        (Contains(wanted), Value::Array(items)) => {
            wanted.iter().any(|wanted| items.iter().any(|item| case_folding::equals(wanted, item)))
        }
        (IgnoringCase(_) | Exists(_) | Ordered(_, Value::Number(_)), value) => {
            other.holds(Some(value))
        }
        // A number is the same, folded or not; of texts another spelling may hold.
        (other, value) => case_folding::has_text(value) || other.holds(Some(value)),
    };
    match folded {
        Equal(value, true) => !holds(value),
        Member(set, true) => !set.is_empty() && !set.any(holds),
        _ => false,
    }
}

/// Whether nothing lies between two bounds.
fn is_empty_range(a: (Order, &Value<'_>), b: (Order, &Value<'_>)) -> bool {
    let is_lower = |order| matches!(order, Order::Greater | Order::GreaterOrEqual);
    let (lower, upper) = match (is_lower(a.0), is_lower(b.0)) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        // Both on one side: only a number and a string leave nothing.
        _ => return std::mem::discriminant(a.1) != std::mem::discriminant(b.1),
    };
    let closed = lower.0 == Order::GreaterOrEqual && upper.0 == Order::LessOrEqual;
    let order = if closed { Order::GreaterOrEqual } else { Order::Greater };
    // The upper bound has to lie above the lower one, or on it if both are included.
    !Comparison::Ordered(order, lower.1.clone().into_owned()).holds(Some(upper.1))
}
