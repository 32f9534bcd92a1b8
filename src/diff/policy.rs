//! What a change may not do: `--fail-on`.

use std::str::FromStr;

use crate::{
    definition::number::thousandths,
    diagnostics::{code::HazardCode, suggest::nearest},
    diff::{
        difference::{Diff, FlagDiff},
        hazard::{self, Hazard},
        population::Census,
    },
    engine::bucket::Percentage,
    engine::scheme::POSITIONS,
    movement::{
        moved::{Group, ListedMove, Movement, fraction},
        square::WHOLE,
    },
    words::share::percent_words,
};

/// All hazards at once.
const ANY: &str = "any";
/// The limit that takes a number.
const WIDENED_OVER: &str = "widened-over";

/// Something that a change may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forbidden {
    /// Have a hazard of any kind.
    Any,
    /// Have a hazard of this code.
    Hazard(HazardCode),
    /// Turn a boolean flag on for more than so many of the users of some outcome of its conditions,
    /// or, for another flag, give them another variant.
    WidenedOver(Percentage),
}

impl FromStr for Forbidden {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = match text.split_once('=') {
            Some((name, number)) => (name.trim(), Some(number.trim())),
            None => (text.trim(), None),
        };
        match (name, number) {
            (ANY, None) => Ok(Self::Any),
            (WIDENED_OVER, Some(number)) => percentage(number).map(Self::WidenedOver),
            (WIDENED_OVER, None) => Err(format!("`{WIDENED_OVER}` needs a number: `{name}=10`")),
            _ => match HazardCode::find(name) {
                Some(code) if number.is_none() => Ok(Self::Hazard(code)),
                Some(_) => Err(format!("`{name}` takes no number")),
                None => Err(unknown(name)),
            },
        }
    }
}

impl Forbidden {
    /// Each way in which a change does it, in a sentence without a full stop.
    #[must_use]
    pub fn violations(self, diff: &Diff, censuses: &[Option<Census>]) -> Vec<String> {
        let flags = diff.flags.iter().zip(censuses);
        flags.flat_map(|(flag, census)| self.violations_of(flag, census.as_ref())).collect()
    }

    fn violations_of(self, flag: &FlagDiff, census: Option<&Census>) -> Vec<String> {
        let hit = flag.hazards.iter().filter(|hazard| self.counts(flag, hazard));
        let hit =
            hit.map(|hazard| format!("`{}`: {}: {}", flag.key, hazard.code.id(), hazard.message));
        let over = match self {
            Self::WidenedOver(limit) => widened_over(flag, census, limit),
            Self::Any | Self::Hazard(_) => None,
        };
        over.into_iter().chain(hit).collect()
    }

    /// Whether a hazard of a flag is what is forbidden, or says that it cannot be known.
    fn counts(self, flag: &FlagDiff, hazard: &Hazard) -> bool {
        let is_unknown = hazard.code == HazardCode::NotComputed;
        match self {
            Self::Any => true,
            Self::WidenedOver(_) => is_unknown,
            Self::Hazard(code) if code == hazard.code => true,
            // The old key of a renamed flag is as gone as that of a removed one.
            Self::Hazard(HazardCode::Removed) if hazard.code == HazardCode::Renamed => true,
            // Users change sides as well, and it is said instead.
            Self::Hazard(HazardCode::Rebucketed)
                if hazard.code == HazardCode::RenamedWithoutSalt =>
            {
                true
            }
            Self::Hazard(rule) => is_unknown && hazard::needs(rule, flag.movement.as_ref()),
        }
    }
}

/// Whether more get something than may, in some outcome or, where not all outcomes are described,
/// in a population.
fn widened_over(flag: &FlagDiff, census: Option<&Census>, limit: Percentage) -> Option<String> {
    let counts = |from: &Option<String>, to: &Option<String>| {
        let is_move = from != to || to.as_ref().is_some_and(|name| flag.revalued.contains(name));
        is_move && flag.gains.is_gain(from.as_deref(), to.as_deref())
    };
    let key = &flag.key;
    let over = |share: f64, whom: &str| {
        let share = percent_words(share);
        format!("`{key}`: {WIDENED_OVER}={limit}: {share} of {whom} get it that did not before")
    };
    let shares = flag.movement.as_ref().and_then(|movement| movement.shares.as_ref());
    if let (true, Some(census)) = (shares.is_none_or(|all| 0 < all.left_out), census) {
        let moves = census.moves.iter().filter(|counted| counts(&counted.from, &counted.to));
        let count = moves.map(|counted| counted.count).sum::<usize>();
        let share = count as u128 * WHOLE / (census.contexts.max(1) as u128);
        if is_over(share, limit) {
            return Some(over(census.share(count), "the population"));
        }
        shares?;
    }
    let groups = flag.movement.iter().flat_map(Movement::moving).map(|group| {
        let moves = group.moves.iter().filter(|(from, to, _)| counts(from, to));
        (group, moves.map(|(_, _, share)| share).sum::<u128>())
    });
    groups
        .filter(|(_, share)| is_over(*share, limit))
        .max_by_key(|(_, share)| *share)
        .map(|(group, share)| over(fraction(share), &whom(group)))
        .or_else(|| {
            // Listed users are no share, but more than nobody.
            let gains = |one: &&ListedMove| {
                one.from.iter().any(|from| one.to.iter().any(|to| counts(from, to)))
            };
            let gain = flag.listed.moves.iter().filter(gains).map(|one| one.count).sum::<usize>();
            let noun = if gain == 1 { "listed user gets" } else { "listed users get" };
            let is_over = limit == Percentage::ZERO && 0 < gain;
            is_over.then(|| {
                format!("`{key}`: {WIDENED_OVER}={limit}: {gain} {noun} it and did not before")
            })
        })
}

fn is_over(share: u128, limit: Percentage) -> bool {
    u128::from(limit.thousandths()) * WHOLE < share * u128::from(POSITIONS)
}

fn whom(group: &Group) -> String {
    group.whom.who().map_or("all".to_owned(), |who| format!("those {who}"))
}

fn percentage(text: &str) -> Result<Percentage, String> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number = Some(text).filter(|text| is_number && text.parse::<f64>().is_ok());
    number
        .and_then(thousandths)
        .and_then(|exact| u32::try_from(exact).ok())
        .and_then(Percentage::from_thousandths)
        .ok_or_else(|| {
            format!("`{text}` is no percentage: expected a number from 0 to 100, such as 12.5")
        })
}

fn unknown(name: &str) -> String {
    let names = HazardCode::ALL.iter().map(|code| code.id()).chain([ANY, WIDENED_OVER]);
    match nearest(name, names.clone()) {
        Some(near) => format!("there is no hazard `{name}`; did you mean `{near}`?"),
        None => {
            let all: Vec<&str> = names.collect();
            format!("there is no hazard `{name}`: expected one of {}", all.join(", "))
        }
    }
}
