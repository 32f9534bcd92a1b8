//! Compiling on threads of their own comes to what compiling does, and every snapshot is given back.

use std::sync::Arc;

use flagstaff::{
    definition::compile::{Content, Root, SourceFile, compile},
    reload::compile_thread::compile_apart,
    snapshot::current::Snapshot,
};
use jiff::civil::Date;

use crate::served::noon;

const TODAY: Date = Date::constant(2026, 11, 22);

fn roots(text: &str) -> [Root; 1] {
    let content = Content::Bytes(text.as_bytes().into());
    let files = vec![SourceFile { path: "flags/a.yaml".to_owned(), content }];
    [Root { name: "flags".to_owned(), files }]
}

#[test]
fn it_comes_to_what_compiling_does() {
    for text in [
        "flags: { a: { enabled: true } }",
        "flags: { a: { enabeld: true } }",
        "flags: [",
        "segments: { unused: [where: { country: NL }] }",
        "",
    ] {
        let roots = roots(text);
        let (apart, _keeper) = compile_apart(&roots, TODAY);
        assert_eq!(format!("{apart:?}"), format!("{:?}", compile(&roots, TODAY)), "{text}");
    }
}

#[test]
fn a_snapshot_that_was_given_back_is_gone() {
    let (compilation, mut keeper) = compile_apart(&roots("flags: { a: {} }"), TODAY);
    let found = (compilation.diagnostics, compilation.paths);
    let definitions = compilation.definitions.unwrap();
    let snapshot = Arc::new(Snapshot::new(definitions, found, None, noon(), [0; 32]));
    let weak = Arc::downgrade(&snapshot);
    keeper.take_back(snapshot);
    assert!(weak.upgrade().is_none());
}
