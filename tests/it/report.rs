//! Every format of findings.

use std::sync::Arc;

use flagstaff::{
    definition::{
        compile::{Compilation, Content, Root, SourceFile},
        diagnostic::Diagnostic,
    },
    place::{FileId, Place},
    report::{findings::Findings, format::Format},
};

/// A file with these contents, and what was found in it.
fn render(format: &str, files: &[(&str, &str)], diagnostics: Vec<Diagnostic>) -> String {
    let files = files.iter().map(|(path, text)| SourceFile {
        path: (*path).to_owned(),
        content: Content::Bytes(Arc::from(text.as_bytes())),
    });
    let root = Root { name: "flags".to_owned(), files: files.collect() };
    let compilation = Compilation {
        definitions: None,
        diagnostics,
        paths: root.files.iter().map(|file| (*file.path).into()).collect(),
        flag_count: 1,
    };
    let roots = [root];
    (Format::find(format).unwrap().render)(&Findings::of(&roots, &compilation), false)
}

fn place(file: u32, line: u32, column: u32, end_line: u32, end_column: u32) -> Place {
    Place { file: FileId(file), line, column, end_line, end_column }
}

#[test]
fn experiments() {
    let text = "flags:\n  new-checkout:\n    rolout_percentage: 25\n    enabled: yes\n";
    let d = Diagnostic::error(
        "unknown-field",
        place(0, 3, 5, 3, 22),
        "`rolout_percentage` is not a field of a toggle",
    )
    .suggest(Some("rollout_percentage"))
    .relate("the flag begins here", place(0, 2, 3, 2, 15))
    .relate("other", place(1, 1, 1, 1, 6));
    let e = Diagnostic::error("eof", place(0, 5, 1, 5, 1), "end");
    let f = Diagnostic::warning("multi", place(0, 2, 3, 4, 17), "whole flag");
    let g = Diagnostic::error("beyond", place(0, 9, 3, 9, 17), "beyond");
    let h = Diagnostic::note("nofile", place(7, 9, 3, 9, 17), "nofile");
    let ds = vec![d, e, f, g, h];
    for format in ["human", "json", "github", "sarif"] {
        println!(
            "{}",
            render(format, &[("flags/a.yaml", text), ("flags/b.yaml", "flags: {}\n")], ds.clone())
        );
    }
    let long = format!("flags: {{{}}}\n", "abcdefghi ".repeat(100_000));
    let ds = vec![
        Diagnostic::error("long", place(0, 1, 5000, 1, 5007), "long"),
        Diagnostic::error("long", place(0, 1, 500, 1, 50070), "long"),
        Diagnostic::error("long", place(0, 1, 1, 1, 6), "long"),
        Diagnostic::error("long", place(0, 1, 1, 1, 6), "long")
            .relate("far", place(0, 1, 50000, 1, 50005)),
    ];
    let start = std::time::Instant::now();
    println!("{}", render("human", &[("flags/a.yaml", &long)], ds.clone()));
    println!("{:?}", start.elapsed());
    let odd = "a\u{1b}[31m\u{9b}b\u{202e}: 'é日本x'\n";
    println!(
        "{}",
        render(
            "human",
            &[("flags/a\u{1b}.yaml", odd)],
            vec![Diagnostic::error("odd", place(0, 1, 8, 1, 10), "odd\u{1b}[31m\u{9b}1\nline")]
        )
    );
}
