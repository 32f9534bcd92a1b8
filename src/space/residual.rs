//! What is left of conditions once the classes of some axes are known.
//!
//! Formulas are kept once each, so that those which mean the same mostly are the same.

use foldhash::{HashMap, HashMapExt as _};

use crate::space::{
    axis::Truth,
    formula::{Formula, Space},
};

/// A formula, as an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Residual(u32);

/// The level of a formula that depends on nothing any more.
pub const DECIDED: usize = usize::MAX;

/// Formulas over axes that are asked in a certain order.
#[derive(Debug)]
pub struct Residuals<'a, 'q> {
    space: &'a Space<'q>,
    /// For each axis when it is asked.
    levels: &'a [usize],
    /// For each axis the classes that are possible.
    possible: &'a [Vec<usize>],
    entries: Vec<Entry>,
    by_kind: HashMap<Kind, Residual>,
    restricted: HashMap<(Residual, usize), Residual>,
    /// How many parts all formulas together have: a measure of the memory that they take.
    pub size: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Known(Truth),
    Test { axis: usize, test: usize },
    All(Box<[Residual]>),
    Any(Box<[Residual]>),
    Not(Residual),
}

#[derive(Debug)]
struct Entry {
    kind: Kind,
    /// When the first axis that it depends on is asked.
    level: usize,
    can_fail: bool,
}

impl<'a, 'q> Residuals<'a, 'q> {
    /// None yet.
    #[must_use]
    pub fn new(space: &'a Space<'q>, levels: &'a [usize], possible: &'a [Vec<usize>]) -> Self {
        let (by_kind, restricted) = (HashMap::new(), HashMap::new());
        Self { space, levels, possible, entries: Vec::new(), by_kind, restricted, size: 0 }
    }

    /// A formula of which nothing is known.
    pub fn intern(&mut self, formula: &Formula) -> Residual {
        match formula {
            Formula::Truth { axis, test } => match self.space.moved.get(&(*axis, *test)) {
                Some(own) => self.add(Kind::Test { axis: *own, test: 0 }),
                None => self.add(Kind::Test { axis: *axis, test: *test }),
            },
            Formula::All(parts) => {
                let parts: Vec<Residual> = parts.iter().map(|part| self.intern(part)).collect();
                self.all(parts)
            }
            Formula::Any(parts) => {
                let parts: Vec<Residual> = parts.iter().map(|part| self.intern(part)).collect();
                self.any(parts)
            }
            Formula::Not(part) => {
                let part = self.intern(part);
                self.not(part)
            }
        }
    }

    /// One whose outcome is known.
    pub fn known(&mut self, truth: Truth) -> Residual {
        self.add(Kind::Known(truth))
    }

    /// How it comes out, if that is known.
    #[must_use]
    pub fn truth(&self, residual: Residual) -> Option<Truth> {
        match self.entry(residual).map(|entry| &entry.kind) {
            Some(Kind::Known(truth)) => Some(*truth),
            _ => None,
        }
    }

    /// When the first axis that it depends on is asked; [`DECIDED`] if there is none.
    #[must_use]
    pub fn level(&self, residual: Residual) -> usize {
        self.entry(residual).map_or(DECIDED, |entry| entry.level)
    }

    /// Whether it may come out as a failure.
    #[must_use]
    pub fn can_fail(&self, residual: Residual) -> bool {
        self.entry(residual).is_some_and(|entry| entry.can_fail)
    }

    /// What is left of it where the axis that is asked at this level falls into a class. Those of
    /// all levels before have to be known.
    pub fn restrict(&mut self, residual: Residual, level: usize, class: usize) -> Residual {
        if self.level(residual) != level {
            return residual;
        }
        if let Some(known) = self.restricted.get(&(residual, class)) {
            return *known;
        }
        let kind = self.entry(residual).map(|entry| entry.kind.clone());
        let rest = match kind {
            None => residual,
            Some(Kind::Known(truth)) => self.known(truth),
            Some(Kind::Test { axis, test }) => {
                let truth = self.truth_in(axis, class, test);
                self.known(truth)
            }
            Some(Kind::All(parts)) => {
                let parts: Vec<Residual> =
                    parts.iter().map(|part| self.restrict(*part, level, class)).collect();
                self.all(parts)
            }
            Some(Kind::Any(parts)) => {
                let parts: Vec<Residual> =
                    parts.iter().map(|part| self.restrict(*part, level, class)).collect();
                self.any(parts)
            }
            Some(Kind::Not(part)) => {
                let part = self.restrict(part, level, class);
                self.not(part)
            }
        };
        self.restricted.insert((residual, class), rest);
        rest
    }

    /// For each class of the axis that is asked at a level whether it is possible.
    #[must_use]
    pub fn classes(&self, level: usize) -> Vec<bool> {
        let Some(axis) = self.levels.iter().position(|own| *own == level) else {
            return Vec::new();
        };
        let count = self.space.axes.get(axis).map_or(0, |axis| axis.classes.len());
        let mut classes = vec![false; count];
        for class in self.possible.get(axis).into_iter().flatten() {
            if let Some(is_possible) = classes.get_mut(*class) {
                *is_possible = true;
            }
        }
        classes
    }

    fn entry(&self, residual: Residual) -> Option<&Entry> {
        self.entries.get(residual.0 as usize)
    }

    fn truth_in(&self, axis: usize, class: usize, test: usize) -> Truth {
        let class = self.space.axes.get(axis).and_then(|axis| axis.classes.get(class));
        class.and_then(|class| class.truth.get(test).copied()).unwrap_or(Truth::No)
    }

    /// All of them, in this order: what comes after one that does not hold is not looked at.
    fn all(&mut self, parts: Vec<Residual>) -> Residual {
        let parts = self.until(parts, Truth::Yes);
        match &*parts {
            [] => self.known(Truth::Yes),
            [one] => *one,
            [before @ .., last] => {
                let is_hopeless = self.truth(*last) == Some(Truth::No)
                    && before.iter().all(|part| !self.can_fail(*part));
                if is_hopeless { self.known(Truth::No) } else { self.add(Kind::All(parts.into())) }
            }
        }
    }

    /// At least one of them, in this order: what comes after one that holds is not looked at.
    fn any(&mut self, parts: Vec<Residual>) -> Residual {
        let parts = self.until(parts, Truth::No);
        match &*parts {
            [] => self.known(Truth::No),
            [one] => *one,
            [before @ .., last] => {
                let is_certain = self.truth(*last) == Some(Truth::Yes)
                    && before.iter().all(|part| !self.can_fail(*part));
                if is_certain { self.known(Truth::Yes) } else { self.add(Kind::Any(parts.into())) }
            }
        }
    }

    /// The parts that are looked at: those that go on come out as `neutral`, the first that surely
    /// comes out otherwise is the last. None is there twice.
    fn until(&self, parts: Vec<Residual>, neutral: Truth) -> Vec<Residual> {
        let mut looked_at: Vec<Residual> = Vec::with_capacity(parts.len());
        for part in parts {
            match self.truth(part) {
                Some(truth) if truth == neutral => {}
                Some(_) => {
                    looked_at.push(part);
                    break;
                }
                None if looked_at.contains(&part) => {}
                None => looked_at.push(part),
            }
        }
        looked_at
    }

    fn not(&mut self, part: Residual) -> Residual {
        match self.entry(part).map(|entry| &entry.kind) {
            Some(Kind::Known(Truth::Yes)) => self.known(Truth::No),
            Some(Kind::Known(Truth::No)) => self.known(Truth::Yes),
            Some(Kind::Known(Truth::Fails)) => part,
            Some(Kind::Not(inner)) => *inner,
            _ => self.add(Kind::Not(part)),
        }
    }

    fn add(&mut self, kind: Kind) -> Residual {
        if let Some(known) = self.by_kind.get(&kind) {
            return *known;
        }
        let (level, can_fail) = match &kind {
            Kind::Known(truth) => (DECIDED, *truth == Truth::Fails),
            Kind::Test { axis, test } => {
                let classes = self.possible.get(*axis).into_iter().flatten();
                let mut truths = classes.map(|class| self.truth_in(*axis, *class, *test));
                let fails = truths.any(|truth| truth == Truth::Fails);
                (self.levels.get(*axis).copied().unwrap_or(DECIDED), fails)
            }
            Kind::All(parts) | Kind::Any(parts) => {
                let level = parts.iter().map(|part| self.level(*part)).min().unwrap_or(DECIDED);
                (level, parts.iter().any(|part| self.can_fail(*part)))
            }
            Kind::Not(part) => (self.level(*part), self.can_fail(*part)),
        };
        self.size += match &kind {
            Kind::All(parts) | Kind::Any(parts) => parts.len(),
            _ => 1,
        };
        let residual = Residual(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        self.entries.push(Entry { kind: kind.clone(), level, can_fail });
        self.by_kind.insert(kind, residual);
        residual
    }
}
