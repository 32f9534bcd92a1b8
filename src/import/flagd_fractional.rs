//! flagd's `fractional`: shares of several variants.

use crate::{
    engine::scheme::{Hash, POSITIONS},
    import::{
        draft::{Bucketing, DraftCondition, DraftOutcome},
        logic::{application, arguments},
        targeting::Targeting,
        tree::ImportTree,
        verdict::ImportRefusal,
    },
    yaml::node::{Entry, Node, NodeValue},
};

/// The largest weight, and the largest sum of weights.
const SUM_MAX: u64 = i32::MAX as u64;

/// What is hashed.
struct Bucket {
    /// What is written before the unit.
    salt: String,
    /// The attribute.
    attribute: String,
    /// Whether it is put together by `cat`, which takes a missing attribute for the empty text.
    is_cat: bool,
}

/// Adds the rules of a `fractional`, for those for whom all of the guard holds.
///
/// A condition within it is decided before: there is one for each of its outcomes then.
///
/// # Errors
///
/// What cannot be said, with its place.
pub fn add(
    targeting: &mut Targeting<'_>,
    node: &Node,
    guard: &[DraftCondition],
) -> Result<(), ImportRefusal> {
    let items = application(node).map(|(_, inner)| arguments(inner)).unwrap_or_default();
    let (bucket, entries) = bucket(targeting, node, items)?;
    if let Some(choice) = entries.iter().flat_map(arguments).find(|node| is_choice(node)) {
        let (condition, branches) = branches(choice)?;
        let condition = targeting.logic.condition(&condition)?;
        let [then, other] = branches.map(|by| replaced(node, choice, &by));
        add(targeting, &then, &[guard, &[condition]].concat())?;
        return add(targeting, &other, guard);
    }
    let otherwise = targeting.default_outcome();
    let Some(ends) = ends(targeting, node, entries)? else {
        targeting.add(guard.to_vec(), otherwise);
        return Ok(());
    };
    let bucketing = Bucketing {
        hash: targeting.hash,
        salt: bucket.salt.clone(),
        bucket_by: bucket.attribute.clone(),
    };
    if targeting.draft.bucketing.as_ref().is_some_and(|other| *other != bucketing) {
        let why = "two parts of the flag are hashed in different ways";
        let help = "give all `fractional` of the flag the same bucketing value";
        return Err(ImportRefusal::new(node.place, why, help));
    }
    targeting.draft.bucketing = Some(bucketing);
    if targeting.hash == Hash::FlagdV1 {
        let ascii = format!("`{}` is ASCII, since version 1 hashed all else", bucket.attribute);
        targeting.logic.conditions.insert(format!("{ascii} in ways that differ by language"));
    }
    let is_there = if bucket.is_cat {
        let name = &bucket.attribute;
        let known = format!("`{name}` is a text without blanks at its ends, or a whole number");
        targeting.logic.conditions.insert(known);
        // Whoever lacks the attribute shares one position with all others who do. Version 1 writes
        // out that there is none, later ones write nothing and cut off blanks.
        let at = match targeting.hash {
            Hash::FlagdV1 => targeting.hash.positions(b"null", bucket.salt.as_bytes()),
            hash => hash.positions(b"", bucket.salt.trim().as_bytes()),
        };
        let at = at.split;
        let shared = ends.iter().find(|(_, end)| at < *end).map(|(outcome, _)| outcome.clone());
        let missing = DraftCondition::exists(name, false);
        targeting.add([guard, &[missing]].concat(), shared.unwrap_or(otherwise));
        None
    } else {
        Some(DraftCondition::test(&*bucket.attribute, "neq", ImportTree::text("")))
    };
    let with: Vec<DraftCondition> = guard.iter().cloned().chain(is_there.clone()).collect();
    targeting.add(with, split(&ends, node)?);
    if is_there.is_some() {
        targeting.add(guard.to_vec(), targeting.default_outcome());
    }
    Ok(())
}

fn is_choice(node: &Node) -> bool {
    matches!(application(node), Some(("if" | "?:", _)))
}

/// The first condition of an `if`, and what it comes to where that holds and where it does not.
fn branches(choice: &Node) -> Result<(Node, [Node; 2]), ImportRefusal> {
    let (operator, inner) = application(choice).unwrap_or(("if", choice));
    let null = Node { value: NodeValue::Null, place: choice.place };
    match arguments(inner) {
        [condition, then] => Ok((condition.clone(), [then.clone(), null])),
        [condition, then, other] => Ok((condition.clone(), [then.clone(), other.clone()])),
        [condition, then, rest @ ..] => {
            let rest = Node { value: NodeValue::List(rest.to_vec()), place: inner.place };
            let entry = Entry { key: operator.into(), key_place: choice.place, node: rest };
            let other = Node { value: NodeValue::Map(vec![entry]), place: choice.place };
            Ok((condition.clone(), [then.clone(), other]))
        }
        _ => Err(ImportRefusal::new(choice.place, "an `if` without branches", "give it branches")),
    }
}

/// The node with something in place of a part of it.
fn replaced(node: &Node, part: &Node, by: &Node) -> Node {
    if node.place == part.place && is_choice(node) {
        return by.clone();
    }
    let value = match &node.value {
        NodeValue::List(items) => {
            NodeValue::List(items.iter().map(|item| replaced(item, part, by)).collect())
        }
        NodeValue::Map(entries) => {
            let entry = |entry: &Entry| Entry {
                key: entry.key.clone(),
                key_place: entry.key_place,
                node: replaced(&entry.node, part, by),
            };
            NodeValue::Map(entries.iter().map(entry).collect())
        }
        value => value.clone(),
    };
    Node { value, place: node.place }
}

/// What is hashed, and what is left of the arguments.
fn bucket<'n>(
    targeting: &Targeting<'_>,
    node: &Node,
    items: &'n [Node],
) -> Result<(Bucket, &'n [Node]), ImportRefusal> {
    let key = targeting.logic.flag_key;
    let implied =
        Bucket { salt: key.to_owned(), attribute: "targetingKey".to_owned(), is_cat: false };
    let (first, rest) = match items {
        [first, rest @ ..] if matches!(first.value, NodeValue::Null) => return Ok((implied, rest)),
        [first, rest @ ..] if first.as_list().is_none() => (first, rest),
        items => return Ok((implied, items)),
    };
    let Some(("cat", parts)) = application(first) else {
        let why = "callers without this value are hashed by their targeting key";
        let help = "hash by `{\"cat\": [TEXT, {\"var\": NAME}]}`, which everybody has";
        return Err(ImportRefusal::new(first.place, why, help));
    };
    if targeting.hash == Hash::FlagdV3 {
        let why = "version 3 hashes a value of its own as another message than ours";
        return Err(ImportRefusal::new(first.place, why, "hash by the targeting key"));
    }
    let several = || {
        let why = "it is hashed by something else than texts and one attribute at the end";
        ImportRefusal::new(node.place, why, "hash by `{\"cat\": [TEXT, {\"var\": NAME}]}`")
    };
    let (last, texts) = arguments(parts).split_last().ok_or_else(several)?;
    let variable = |node: &'n Node| match application(node) {
        Some(("var", name)) => name.as_str(),
        _ => None,
    };
    let mut salt = String::new();
    for text in texts {
        match (text.as_str(), variable(text)) {
            (Some(text), _) => salt.push_str(text),
            (None, Some("$flagd.flagKey")) => salt.push_str(key),
            _ => return Err(several()),
        }
    }
    let attribute = variable(last).filter(|name| !name.starts_with('$')).ok_or_else(several)?;
    if salt.trim_start() != salt || salt.is_empty() {
        return Err(several());
    }
    Ok((Bucket { salt, attribute: attribute.to_owned(), is_cat: true }, rest))
}

/// What each entry serves and where it ends, in thousandths of a percent; none if it always comes
/// to null.
fn ends(
    targeting: &Targeting<'_>,
    node: &Node,
    entries: &[Node],
) -> Result<Option<Vec<(DraftOutcome, u32)>>, ImportRefusal> {
    let is_v1 = targeting.hash == Hash::FlagdV1;
    // Version 1 divides by the sum in floating point, so that parts of a weight count, too.
    let unit = if is_v1 { 1_000 } else { 1 };
    let mut weighed = Vec::new();
    for entry in entries {
        let (outcome, weight) = match entry.as_list() {
            // Version 1 takes texts only.
            Some([variant, ..]) if is_v1 && is_other_scalar(variant) => return Ok(None),
            Some([variant]) => (targeting.served(variant)?, Some(unit)),
            Some([variant, weight, ..]) => {
                (targeting.served(variant)?, self::weight(weight, unit)?)
            }
            _ => return Ok(None),
        };
        let Some(weight) = weight else { return Ok(None) };
        weighed.push((outcome, weight));
    }
    let sum: u64 = weighed.iter().map(|(_, weight)| weight).sum();
    if sum == 0 || SUM_MAX * unit < sum {
        return Ok(None);
    }
    let (mut total, mut ends) = (0, Vec::new());
    for (outcome, weight) in weighed {
        total += weight;
        let end = total * u64::from(POSITIONS);
        if end % sum != 0 {
            let sum = sum / unit;
            let why = format!("the weights add up to {sum}, which does not divide 100,000");
            let help = "write weights that add up to 100, 1,000 or 100,000: some users move";
            return Err(ImportRefusal::new(node.place, why, help));
        }
        let end = u32::try_from(end / sum).unwrap_or(POSITIONS);
        if 0 < weight {
            ends.push((outcome, end));
        }
    }
    Ok(Some(ends))
}

/// Whether a value is neither a text nor computed.
fn is_other_scalar(node: &Node) -> bool {
    matches!(node.value, NodeValue::Null | NodeValue::Bool(_) | NodeValue::Number(_))
}

/// A weight in parts of so many; none if the whole comes to null for it.
fn weight(node: &Node, unit: u64) -> Result<Option<u64>, ImportRefusal> {
    match &node.value {
        NodeValue::Null => Ok(Some(unit)),
        NodeValue::Number(text) => {
            let number: f64 = text.parse().unwrap_or(f64::NAN);
            if f64::from(i32::MAX) < number {
                return Ok(None);
            }
            #[expect(clippy::cast_precision_loss, reason = "it is 1 or 1 000")]
            let parts = number.max(0.0) * unit as f64;
            if parts.fract() != 0.0 && unit != 1 {
                let why = "a weight has more than three decimals";
                return Err(ImportRefusal::new(node.place, why, "write it with three decimals"));
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
            let parts = (parts.fract() == 0.0).then_some(parts as u64);
            Ok(parts)
        }
        NodeValue::String(_) | NodeValue::Bool(_) => Ok(None),
        NodeValue::List(_) | NodeValue::Map(_) => {
            let why = "a weight that is computed cannot be said";
            Err(ImportRefusal::new(node.place, why, "write the weight as a number"))
        }
    }
}

/// The outcome of a split.
fn split(ends: &[(DraftOutcome, u32)], node: &Node) -> Result<DraftOutcome, ImportRefusal> {
    let (mut start, mut entries) = (0, Vec::new());
    for (outcome, end) in ends {
        let DraftOutcome::Variant(name) = outcome else {
            let why = "a part of the split serves the caller's own default";
            return Err(ImportRefusal::new(node.place, why, "give the flag a `defaultVariant`"));
        };
        entries.push((name.clone(), end - start));
        start = *end;
    }
    Ok(match &*entries {
        [(name, _)] => DraftOutcome::Variant(name.clone()),
        _ => DraftOutcome::Split(entries),
    })
}
