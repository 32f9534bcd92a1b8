//! What an evaluation and a check take, each as a ratio to something measured in the same run:
//! a bare digest of the same bytes, a copy and a digest of the same answer, a digest of 64 MiB, and
//! the YAML parser alone.
#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "a program for people who measure"
)]

mod bulk;
mod kinds;
mod project;
mod worst;

use std::{hint::black_box, path::Path};

use criterion::Criterion;
use flagstaff::{
    definition::{
        compile::{Content, Root, SourceFile, compile},
        definitions::Definitions,
    },
    engine::{
        context::EvaluationContext,
        resolve::resolve,
        value::{Object, Value},
    },
};
use jiff::{Timestamp, civil::Date};
use md5::{Digest, Md5};

const FILES: usize = 1_000;
const FLAGS_PER_FILE: usize = 10;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    evaluations(&mut criterion);
    bulk::run(&mut criterion);
    worst::run(&mut criterion);
    checks(&mut criterion);
    criterion.final_summary();
    report();
    bulk::report();
    worst::report();
}

fn today() -> Date {
    Date::constant(2026, 11, 22)
}

fn compiled(text: &str) -> Definitions {
    let content = Content::Bytes(text.as_bytes().into());
    let files = vec![SourceFile { path: "flags/a.yaml".to_owned(), content }];
    compile(&[Root { name: "flags".to_owned(), files }], today()).definitions.unwrap()
}

/// Who asks.
fn context() -> EvaluationContext<'static> {
    let mut attributes: Object<'_> = serde_json::from_str(kinds::CONTEXT).unwrap();
    let targeting_key = match attributes.remove("targetingKey") {
        Some(Value::String(unit)) => Some(unit),
        _ => None,
    };
    EvaluationContext { targeting_key, attributes }
}

fn evaluations(criterion: &mut Criterion) {
    let definitions = compiled(&kinds::definitions());
    let flags = &definitions.flag_set;
    let context = context();
    let Some(unit) = &context.targeting_key else { return };
    let now = Timestamp::UNIX_EPOCH;
    let mut group = criterion.benchmark_group("evaluation");
    for kind in &kinds::KINDS {
        let key = kind.key;
        group.bench_function(key, |bencher| {
            bencher.iter(|| resolve(black_box(flags), black_box(key), black_box(&context), now))
        });
        let bytes = format!("{unit}:{key}");
        if kind.hashes {
            group.bench_function(format!("md5-{key}"), |bencher| {
                bencher.iter(|| Md5::digest(black_box(bytes.as_bytes())))
            });
        }
    }
    group.finish();
}

fn checks(criterion: &mut Criterion) {
    let texts: Vec<String> = (0..FILES).map(|file| project::text(file, FLAGS_PER_FILE)).collect();
    let directory = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let path = format!("team-{:02}/flags-{number:04}.yaml", number % 40);
        let place = directory.path().join(&path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, text).unwrap();
        files.push(SourceFile { path, content: Content::Bytes(text.as_bytes().into()) });
    }
    let roots = [Root { name: "flags".to_owned(), files }];
    let mut group = criterion.benchmark_group("check");
    group.sample_size(10);
    group.bench_function("parser-events", |bencher| {
        bencher.iter(|| texts.iter().map(|text| events(black_box(text))).sum::<usize>())
    });
    group.bench_function("compile", |bencher| {
        bencher.iter(|| {
            let compilation = compile(black_box(&roots), today());
            assert_eq!(
                compilation.definitions.unwrap().flag_set.flags().len(),
                FILES * FLAGS_PER_FILE
            );
        })
    });
    group.bench_function("command", |bencher| bencher.iter(|| check(directory.path())));
    group.finish();
}

/// How many events the YAML parser makes of a text: the yardstick.
fn events(text: &str) -> usize {
    granit_parser::Parser::new_from_str(text).inspect(|event| assert!(event.is_ok())).count()
}

/// The command as people run it: read from disk, compile, report, end.
fn check(root: &Path) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_flagstaff"))
        .args(["check", "--deny-warnings"])
        .arg(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// The medians that were just measured, as the tables of `docs/performance.md`.
fn report() {
    println!("\n| evaluation | ns | to md5 |\n|---|---|---|");
    for kind in &kinds::KINDS {
        let Some(time) = median("evaluation", kind.key) else { return };
        let digest = median("evaluation", &format!("md5-{}", kind.key));
        let ratio = digest.map_or("".to_owned(), |digest| format!("{:.2}", time / digest));
        println!("| {} | {time:.0} | {ratio} |", kind.name);
    }
    let Some(events) = median("check", "parser-events") else { return };
    println!("\n| 10,000 flags in 1,000 files | ms | to the parser |\n|---|---|---|");
    for (name, what) in [
        ("parser-events", "the YAML parser's events"),
        ("compile", "parse, validate, merge, compile"),
        ("command", "`flagstaff check`, with the disk and the process"),
    ] {
        let Some(time) = median("check", name) else { return };
        println!("| {what} | {:.0} | {:.2} |", time / 1e6, time / events);
    }
}

/// The median in nanoseconds that criterion has left behind.
fn median(group: &str, name: &str) -> Option<f64> {
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(target).join("criterion");
    let path = path.join(group).join(name).join("new/estimates.json");
    let estimates = std::fs::read_to_string(path).ok()?;
    let estimates: serde_json::Value = serde_json::from_str(&estimates).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}
