//! No test depends on luck: every random case comes from a fixed seed.

use std::{fs, path::Path};

#[test]
fn every_property_has_a_fixed_seed() {
    let mut found = 0;
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for block in text.split("\nproptest! {\n").skip(1) {
                let line = block.lines().next().unwrap_or_default().trim();
                let is_fixed = line.starts_with("#![proptest_config(cases(");
                assert!(is_fixed, "{}: `{line}`, not `cases(…)`", path.display());
                found += 1;
            }
            let own = path.ends_with("support/cases.rs") || path.ends_with("seeds.rs");
            for name in ["ProptestConfig", "RandomState", "rand::rng", "fastrand"] {
                assert!(own || !text.contains(name), "{} uses `{name}`", path.display());
            }
        }
    }
    assert!(12 <= found, "only {found} blocks of properties");
}
