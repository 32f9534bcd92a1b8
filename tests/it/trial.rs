//! Edits that are proposed: written into the definition, they do what they promise.

use std::collections::BTreeMap;

use flagstaff::{
    diff::difference::{FlagDiff, diff},
    movement::moved::Group,
};
use serde_json::{Value, json};

use crate::{
    compile::{Side, side},
    pairs::Dice,
};

const VARIANTS: [&str; 3] = ["a", "b", "c"];

fn serve(dice: &mut Dice) -> Value {
    if dice.one_in(3) {
        return json!({ "serve": dice.pick(&VARIANTS) });
    }
    let first = 1 + dice.below(98);
    let second = 1 + dice.below(99 - first);
    let shares = [first, second, 100 - first - second];
    let entry = |variant: &str, share: usize| json!({ "variant": variant, "percentage": share });
    let mut entries: Vec<Value> =
        VARIANTS.iter().zip(shares).map(|(variant, share)| entry(variant, share)).collect();
    if dice.one_in(2) {
        entries = vec![entry("a", first), entry("b", 100 - first)];
    }
    if dice.one_in(2) {
        entries.reverse();
    }
    json!({ "split": entries })
}

/// A flag of one rule without conditions.
fn flag(dice: &mut Dice) -> Value {
    let default = serve(dice);
    let mut rule = serve(dice);
    rule["rollout_percentage"] = (5 * (1 + dice.below(19))).into();
    json!({
        "enabled": true,
        "salt": dice.pick(&["one", "one", "two"]),
        "variants": { "a": 1, "b": 2, "c": 3 },
        "off_variant": "a",
        "rules": [rule],
        "default": default.get("serve").unwrap_or(&default),
    })
}

fn compiled(flag: &Value) -> Side {
    let text = serde_json::to_string_pretty(&json!({ "flags": { "f": flag } })).unwrap();
    let compilation = side(&[("flags/a.json", &text)]);
    assert!(compilation.definitions.is_some(), "{text}\n{}", crate::compile::said(&compilation));
    compilation
}

fn compared<T>(base: &Value, head: &Value, what: impl FnOnce(Option<&FlagDiff>) -> T) -> T {
    let (base, head) = (compiled(base), compiled(head));
    what(diff(base.tree(), head.tree()).flags.first())
}

/// Writes an edit into a flag.
fn edited(flag: &Value, found: &FlagDiff) -> Option<Value> {
    let mut flag = flag.clone();
    let edits =
        found.hazards.iter().filter_map(|hazard| Some((hazard, hazard.suggestion.as_ref()?)));
    let mut is_edited = false;
    for (hazard, edit) in edits {
        let fields: serde_json::Map<String, Value> = serde_yaml::from_str(edit).unwrap();
        let target = if hazard.place == found.place { &mut flag } else { &mut flag["rules"][0] };
        let target = target.as_object_mut().unwrap();
        for (field, value) in fields {
            let serves = ["serve", "split"];
            if serves.contains(&&*field) {
                target.retain(|other, _| !serves.contains(&&**other));
            }
            target.insert(field, value);
        }
        is_edited = true;
    }
    is_edited.then_some(flag)
}

/// How much each variant gains.
fn gains(group: &Group) -> BTreeMap<&str, i128> {
    let mut gains = BTreeMap::new();
    for (from, to, share) in &group.moves {
        let share = i128::try_from(*share).unwrap();
        *gains.entry(from.as_deref().unwrap()).or_insert(0) -= share;
        *gains.entry(to.as_deref().unwrap()).or_insert(0) += share;
    }
    gains.retain(|_, gain| *gain != 0);
    gains
}

#[test]
fn every_edit_moves_fewer_for_the_same_shares() {
    let (mut proposed, mut rows) = (0, 0);
    for number in 0..250 {
        let mut dice = Dice(number);
        let (base, mut head) = (flag(&mut dice), flag(&mut dice));
        if dice.one_in(3) {
            head = base.clone();
            head["rules"][0]["rollout_percentage"] = (5 * (1 + dice.below(19))).into();
            let split = head["rules"][0].get_mut("split");
            if let Some(entries) = split.and_then(Value::as_array_mut) {
                entries.reverse();
            }
        }
        compared(&base, &head, |found| {
            let Some(found) = found else { return };
            let worst = &found.movement.as_ref().unwrap().shares.as_ref().unwrap().groups[0];
            if !worst.is_rebucketed() {
                return;
            }
            let better =
                edited(&head, found).unwrap_or_else(|| panic!("{number}: no edit\n{base}\n{head}"));
            proposed += 1;
            rows += usize::from(better["rules"].as_array().unwrap().len() > 1);
            compared(&base, &better, |after| {
                let shares = after.and_then(|after| after.movement.as_ref()?.shares.as_ref());
                let left = shares.map(|shares| &shares.groups[0]);
                let moved = left.map_or(0, Group::moved);
                assert!(moved < worst.moved(), "{number}\n{base}\n{head}\n{better}");
                assert_eq!(moved, worst.least, "{number}\n{base}\n{head}\n{better}");
                let own = left.map(gains).unwrap_or_default();
                assert_eq!(own, gains(worst), "{number}\n{base}\n{head}\n{better}");
            });
        });
    }
    assert!(100 < proposed && 20 < rows, "{proposed} edits, {rows} of them with rows");
}
