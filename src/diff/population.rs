//! Contexts of real or made-up callers, and what a change does to them.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use crate::{
    diff::difference::{Diff, FlagDiff},
    engine::{
        context::{EvaluationContext, TARGETING_KEY},
        flag::FlagSet,
        instant::Instant,
        json_reader,
        resolve::resolve,
        value::{Object, Value},
    },
};

/// How many contexts a population may have.
pub const CONTEXTS_MAX: usize = 1_000_000;
/// How many of those who move are named.
const EXAMPLES_MAX: usize = 3;
/// How much of a context without a targeting key is shown, in characters.
const EXAMPLE_CHARACTERS_MAX: usize = 120;

/// A population that is counted, line by line: nothing is held of a context once it is counted.
#[derive(Debug)]
pub struct Count<'d> {
    flags: Vec<Counted<'d>>,
    /// Before and after.
    sides: [&'d FlagSet; 2],
    /// The time of all evaluations.
    now: Instant,
    lines: usize,
    contexts: usize,
}

/// What was counted of one flag.
#[derive(Debug)]
struct Counted<'d> {
    flag: &'d FlagDiff,
    moves: BTreeMap<(Option<&'d str>, Option<&'d str>), CountedMove>,
}

/// A line that is no context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// What a change does to a population.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// How many contexts there are.
    pub contexts: usize,
    /// Who goes where, most first; those who stay are not among them.
    pub moves: Vec<CountedMove>,
}

/// Contexts that go from one variant to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedMove {
    /// What they got; none is no value.
    pub from: Option<String>,
    /// What they get now.
    pub to: Option<String>,
    /// How many.
    pub count: usize,
    /// A few of them: targeting keys, or contexts without one as JSON.
    pub examples: Vec<String>,
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.problem)
    }
}

impl<'d> Count<'d> {
    /// Of the flags of a difference, before and after, at one time.
    #[must_use]
    pub fn new(diff: &'d Diff, base: &'d FlagSet, head: &'d FlagSet, now: Instant) -> Self {
        let flags = diff.flags.iter().map(|flag| Counted { flag, moves: BTreeMap::new() });
        Self { flags: flags.collect(), sides: [base, head], now, lines: 0, contexts: 0 }
    }

    /// Evaluates all flags of both sides for the context of the next line, a JSON object;
    /// `targetingKey` is among its fields. An empty line is passed over.
    ///
    /// # Errors
    ///
    /// If the line is no context, or is one too many.
    pub fn line(&mut self, text: &str) -> Result<(), Unusable> {
        self.lines += 1;
        let unusable = |line, problem| Unusable { line, problem };
        if text.trim().is_empty() {
            return Ok(());
        }
        if self.contexts == CONTEXTS_MAX {
            let problem = format!("is one more than the {CONTEXTS_MAX} contexts that may be");
            return Err(unusable(self.lines, problem));
        }
        let context = context(text).map_err(|problem| unusable(self.lines, problem))?;
        self.contexts += 1;
        for counted in &mut self.flags {
            counted.add(self.sides, &context, self.now);
        }
        Ok(())
    }

    /// How many contexts there were so far.
    #[must_use]
    pub fn contexts(&self) -> usize {
        self.contexts
    }

    /// What came out, for each flag of the difference.
    #[must_use]
    pub fn finish(self) -> Vec<Census> {
        let contexts = self.contexts;
        let census = |counted: Counted<'_>| {
            let mut moves: Vec<CountedMove> = counted.moves.into_values().collect();
            moves.sort_by_key(|counted| std::cmp::Reverse(counted.count));
            Census { contexts, moves }
        };
        self.flags.into_iter().map(census).collect()
    }
}

impl<'d> Counted<'d> {
    /// Counts a context, if it moves.
    fn add(
        &mut self,
        [base, head]: [&'d FlagSet; 2],
        context: &EvaluationContext<'_>,
        now: Instant,
    ) {
        let flag = self.flag;
        let from = flag
            .base_key()
            .and_then(|key| served(base, key, context, now))
            .map(|name| flag.renamed_variants.get(name).map_or(name, String::as_str));
        let to = flag.head_key().and_then(|key| served(head, key, context, now));
        if from == to && !to.is_some_and(|name| flag.revalued.contains(name)) {
            return;
        }
        let counted = self.moves.entry((from, to)).or_insert_with(|| CountedMove {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
            count: 0,
            examples: Vec::new(),
        });
        counted.count += 1;
        if counted.examples.len() < EXAMPLES_MAX {
            counted.examples.push(example(context));
        }
    }
}

impl Census {
    /// How many move.
    #[must_use]
    pub fn moved(&self) -> usize {
        self.moves.iter().map(|counted| counted.count).sum()
    }

    /// A count as a share of all, from 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "there are a million at most")]
    pub fn share(&self, count: usize) -> f64 {
        if self.contexts == 0 { 0.0 } else { count as f64 / self.contexts as f64 }
    }
}

/// The context that a line holds; an empty targeting key is absent, as in OFREP.
fn context(text: &str) -> Result<EvaluationContext<'_>, String> {
    let mut attributes: Object<'_> = json_reader::read(text).map_err(|error| {
        format!("expected a JSON object such as {{\"targetingKey\": \"u-1\"}}: {error}")
    })?;
    let targeting_key = match attributes.remove(TARGETING_KEY) {
        None | Some(Value::Null) => None,
        Some(Value::String(key)) => Some(key).filter(|key| !key.is_empty()),
        Some(other) => {
            return Err(format!("`{TARGETING_KEY}` must be a string, this is {}", other.kind()));
        }
    };
    Ok(EvaluationContext { targeting_key, attributes })
}

fn served<'s>(
    flags: &'s FlagSet,
    key: &str,
    context: &EvaluationContext<'_>,
    now: Instant,
) -> Option<&'s str> {
    let resolution = resolve(flags, key, context, now).ok()?;
    resolution.variant.map(|variant| &*variant.name)
}

fn example(context: &EvaluationContext<'_>) -> String {
    let text = match &context.targeting_key {
        Some(key) => Cow::Borrowed(&**key),
        None => Cow::Owned(Value::Object(context.attributes.clone()).to_string()),
    };
    let shown: String = text.chars().take(EXAMPLE_CHARACTERS_MAX).collect();
    if shown.len() < text.len() { format!("{shown}…") } else { shown }
}
