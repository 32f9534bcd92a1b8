//! The smallest case that still fails: whatever can be left out is.

use crate::model::json::Json;

/// A way to a value: the index of each entry or item.
type Path = Vec<usize>;

fn paths(json: &Json, here: &Path, all: &mut Vec<Path>) {
    let below: Vec<&Json> = match json {
        Json::Map(fields) => fields.iter().map(|(_, value)| value).collect(),
        Json::List(items) => items.iter().collect(),
        _ => return,
    };
    for (index, value) in below.into_iter().enumerate() {
        let path = [&here[..], &[index]].concat();
        all.push(path.clone());
        paths(value, &path, all);
    }
}

fn without(json: &Json, path: &[usize]) -> Json {
    let mut copy = json.clone();
    let (last, parents) = path.split_last().unwrap();
    let mut at = &mut copy;
    for index in parents {
        at = match at {
            Json::Map(fields) => &mut fields[*index].1,
            Json::List(items) => &mut items[*index],
            _ => return copy,
        };
    }
    match at {
        Json::Map(fields) => drop(fields.remove(*last)),
        Json::List(items) => drop(items.remove(*last)),
        _ => {}
    }
    copy
}

/// Leaves out of a value whatever it also fails without, as long as there are tries left.
pub fn smallest(mut json: Json, tries_max: usize, fails: &dyn Fn(&Json) -> bool) -> Json {
    let mut tries = 0;
    loop {
        let mut all = Vec::new();
        paths(&json, &Vec::new(), &mut all);
        // The largest parts first.
        all.sort_by_key(Vec::len);
        let smaller = all.iter().map(|path| without(&json, path)).find(|smaller| {
            tries += 1;
            tries < tries_max && fails(smaller)
        });
        match smaller {
            Some(smaller) => json = smaller,
            None => return json,
        }
    }
}
