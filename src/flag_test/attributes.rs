//! The attributes that a flag set looks at: what a flag test sends beside them may be a typo.

use std::collections::BTreeSet;

use crate::{
    diagnostics::suggest::nearest_of_many,
    engine::{
        condition::{Condition, SegmentIndex, every},
        context::{Attribute, IS_STAFF, TARGETING_KEY},
        flag::FlagSet,
    },
};

/// The names of attributes that some condition of a flag set looks at, or that users are hashed by.
#[derive(Clone, Debug, Default)]
pub struct RelevantAttributes<'s>(BTreeSet<&'s str>);

impl<'s> RelevantAttributes<'s> {
    /// Those of a flag set, and those that are built in and can be sent.
    #[must_use]
    pub fn of(flags: &'s FlagSet) -> Self {
        let mut attributes = Self([TARGETING_KEY, IS_STAFF].into());
        for flag in flags.flags() {
            attributes.add(&flag.bucket_by);
            for rule in &flag.rules {
                attributes.add_all(&rule.conditions);
            }
        }
        let segments = (0..).map_while(|index| flags.segment(SegmentIndex(index)));
        segments.for_each(|segment| attributes.add_all(&segment.conditions));
        attributes
    }

    /// What was probably meant by a name that nothing looks at, if one of the names is near.
    /// `unknown` counts the names that nothing looks at.
    #[must_use]
    pub fn meant_by(&self, name: &str, unknown: &mut usize) -> Option<&'s str> {
        let below = format!("{name}.");
        let nested = self.0.range(below.as_str()..).next();
        if self.0.contains(name) || nested.is_some_and(|known| known.starts_with(&below)) {
            return None;
        }
        *unknown += 1;
        nearest_of_many(*unknown, name, self.0.iter().copied())
    }

    /// Whether something looks at an attribute of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    fn add(&mut self, attribute: &'s Attribute) {
        if *attribute != Attribute::Now {
            self.0.insert(attribute.name());
        }
    }

    fn add_all(&mut self, conditions: &'s [Condition]) {
        for condition in every(conditions) {
            if let Condition::Attribute(test) = condition {
                self.add(&test.attribute);
            }
        }
    }
}
