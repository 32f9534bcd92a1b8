//! How often each flag was answered for with each of its variants: cells that outlive a reload.
//!
//! A cell belongs to a flag and one of its variants, or none. The snapshot knows where the cells of
//! each flag are, so that counting is one addition: no lock, no lookup, no allocation. When a flag
//! survives a reload, the new snapshot takes over its cells, so that what is still being answered
//! from the old one counts, too.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use foldhash::HashMap;

use crate::engine::{
    condition::{FlagIndex, VariantIndex},
    flag::{Flag, FlagSet},
};

/// For how many series there are cells unless it is said otherwise.
pub const SERIES_MAX: usize = 2000;
/// What stands for the keys of all flags that have no series of their own.
pub const OTHER: &str = "_other";
/// What stands for all keys that no flag has.
pub const UNKNOWN: &str = "_unknown";

/// The cells of one set of flags.
#[derive(Debug)]
pub struct FlagUsage {
    /// Of each flag, in the order of the set.
    flags: Box<[Cells]>,
    series: Box<[Arc<Series>]>,
    /// That of all flags without cells of their own.
    other: Arc<Series>,
    /// That of keys that no flag has.
    unknown: Arc<Series>,
}

/// Where the cells of one flag are.
#[derive(Clone, Copy, Debug)]
struct Cells {
    /// That of its first variant; the others follow.
    first: u32,
    /// That of no variant at all.
    none: u32,
}

/// How often a flag was answered for with one of its variants.
#[derive(Debug)]
pub struct Series {
    /// The flag's key.
    pub key: Box<str>,
    /// The variant's name; none where the caller's own default was meant, or where there was no
    /// answer.
    pub variant: Option<Box<str>>,
    count: AtomicU64,
}

impl Cells {
    /// Those of a flag without any.
    const NOWHERE: Self = Self { first: u32::MAX, none: u32::MAX };
}

impl Series {
    fn new(key: &str, variant: Option<&str>) -> Arc<Self> {
        let (key, variant) = (key.into(), variant.map(Box::from));
        Arc::new(Self { key, variant, count: AtomicU64::new(0) })
    }

    /// How often so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    fn increment(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }
}

impl Default for FlagUsage {
    /// Those of no flag.
    fn default() -> Self {
        let (flags, series) = (Box::default(), Box::default());
        Self { flags, series, other: Series::new(OTHER, None), unknown: Series::new(UNKNOWN, None) }
    }
}

impl FlagUsage {
    /// Cells for a set of flags, `series_max` at most; those of flags that `previous` has are taken
    /// over. Flags that had cells keep them before others get some; then the order is that of keys.
    #[must_use]
    pub fn of(flag_set: &FlagSet, previous: &Self, series_max: usize) -> Self {
        let mut known: HashMap<(&str, Option<&str>), &Arc<Series>> = HashMap::default();
        for series in &previous.series {
            known.insert((&series.key, series.variant.as_deref()), series);
        }
        let had_cells = |flag: &Flag| {
            let mut variants = flag.variants.iter().map(|variant| Some(&*variant.name));
            variants.any(|variant| known.contains_key(&(&*flag.key, variant)))
        };
        let mut flags = vec![Cells::NOWHERE; flag_set.flags().len()];
        let mut all: Vec<Arc<Series>> = Vec::new();
        for comes_first in [true, false] {
            for (flag, cells) in flag_set.flags().iter().zip(&mut flags) {
                // These two stand for something else.
                let is_reserved = matches!(&*flag.key, OTHER | UNKNOWN);
                if is_reserved || had_cells(flag) != comes_first {
                    continue;
                }
                let none = can_serve_nothing(flag, flag_set).then_some(None);
                let variants = flag.variants.iter().map(|variant| Some(&*variant.name));
                let own: Vec<Option<&str>> = variants.chain(none).collect();
                if series_max.saturating_sub(all.len()) < own.len() {
                    continue;
                }
                let start = u32::try_from(all.len()).unwrap_or(u32::MAX);
                let end = start.saturating_add(u32::try_from(own.len()).unwrap_or(u32::MAX));
                let none = none.map_or(u32::MAX, |_| end - 1);
                *cells = Cells { first: start, none };
                all.extend(own.into_iter().map(|variant| {
                    let taken_over = known.get(&(&*flag.key, variant));
                    taken_over.map_or_else(|| Series::new(&flag.key, variant), |&it| it.clone())
                }));
            }
        }
        let (other, unknown) = (Arc::clone(&previous.other), Arc::clone(&previous.unknown));
        Self { flags: flags.into(), series: all.into(), other, unknown }
    }

    /// One of the set's flags was answered for with this of its variants, or none.
    pub fn count(&self, flag: FlagIndex, variant: Option<VariantIndex>) {
        let cells = self.flags.get(flag.0 as usize).copied().unwrap_or(Cells::NOWHERE);
        let cell = variant.map_or(cells.none, |variant| cells.first.saturating_add(variant.0));
        self.series.get(cell as usize).unwrap_or(&self.other).increment();
    }

    /// Somebody asked for a flag that is not there.
    pub fn count_unknown(&self) {
        self.unknown.increment();
    }

    /// How many series flags have of their own.
    #[must_use]
    pub fn len(&self) -> usize {
        self.series.len()
    }

    /// Whether no flag has a series of its own.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// The series of flags from the one with this index on, then the two that stand for many.
    pub fn series_from(&self, start: usize) -> impl Iterator<Item = &Series> {
        let own = self.series.iter();
        own.chain([&self.other, &self.unknown]).skip(start).map(|series| &**series)
    }
}

/// Whether a flag may be answered for without a variant: because the caller's own default is meant,
/// or because a split that it has or depends on needs a unit, which a caller may not have.
fn can_serve_nothing(flag: &Flag, flag_set: &FlagSet) -> bool {
    flag.default.is_none()
        || flag.off_variant.is_none()
        || flag.is_hashed()
        || !flag.referred_flags(flag_set).is_empty()
}
