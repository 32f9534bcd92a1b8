//! Where the unit stands for one flag, found out when it is first asked for.

use crate::engine::{
    bucket::Positions, context::EvaluationContext, flag::Flag, resolution::FixedPositions,
};

/// The positions of one flag's unit, computed when first asked for.
#[derive(Debug)]
pub struct UnitPositions<'s, 'c> {
    /// The flag.
    pub flag: &'s Flag,
    /// Who is asking.
    pub context: &'c EvaluationContext<'c>,
    /// None before they are asked for.
    pub computed: Option<Positions>,
    /// What stands in for them.
    pub fixed: FixedPositions,
}

impl UnitPositions<'_, '_> {
    fn positions(&mut self) -> Option<Positions> {
        if self.computed.is_none() {
            let unit = self.flag.unit(self.context)?;
            let salt = self.flag.salt().as_bytes();
            self.computed = Some(self.flag.hash.positions(unit.bytes(), salt));
        }
        self.computed
    }

    /// The position on the line of ramps; none without a unit.
    pub fn ramp(&mut self) -> Option<u32> {
        self.fixed.ramp.or_else(|| self.positions().map(|positions| positions.ramp))
    }

    /// The position on the line of splits; none without a unit.
    pub fn split(&mut self) -> Option<u32> {
        self.fixed.split.or_else(|| self.positions().map(|positions| positions.split))
    }
}
