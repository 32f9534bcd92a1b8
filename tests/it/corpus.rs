//! What fuzzing found worth keeping, once more.

use std::path::{Path, PathBuf};

use crate::{
    exercise::{compile_anything, resolve_anything},
    exercise_connection::connection_anything,
    exercise_faults::faults_anything,
    exercise_route::route_anything,
};

fn replay(target: &str, exercise: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).expect("a corpus");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(10 <= paths.len(), "only {} in {}", paths.len(), folder.display());
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let result = std::panic::catch_unwind(|| exercise(&bytes));
        assert!(result.is_ok(), "{}", path.display());
    }
}

#[test]
fn everything_that_was_compiled() {
    replay("compile", compile_anything);
}

#[test]
fn everything_that_was_asked() {
    replay("resolve", resolve_anything);
}

#[test]
fn everything_that_was_requested() {
    replay("route", route_anything);
}

#[test]
fn everything_that_was_sent() {
    replay("connection", connection_anything);
}

#[test]
fn everything_that_went_wrong() {
    replay("faults", faults_anything);
}
