//! `--log-level`: what it takes, and what it does not.

use std::{fs, path::Path};

use flagstaff::cli::logs::MODULES;

use crate::{
    harness::{Daemon, Flags, flag, flagstaff},
    rust::code_only,
};

/// What is written, and what is said of it.
const REFUSED: [(&str, &str); 18] = [
    (
        "warning",
        "`warning` is not a level: expected `off`, `error`, `warn`, `info`, `debug` or \
      `trace`; did you mean `warn`?",
    ),
    ("verbose", "did you mean `debug`?"),
    ("inf", "did you mean `info`?"),
    ("none", "did you mean `off`?"),
    ("critical", "did you mean `error`?"),
    ("INFORMATION", "did you mean `info`?"),
    ("info ", "did you mean `info`?"),
    (" info", "did you mean `info`?"),
    ("3", "`3` is not a level: expected `off`"),
    ("xyz", "`xyz` is not a level: expected `off`"),
    ("info,debug", "there is more than one level for everything"),
    ("info,", "a level is missing: expected `LEVEL` or `MODULE=LEVEL`"),
    ("flagstaff::server", "`flagstaff::server` has no level: write `flagstaff::server=debug`"),
    ("flagstaff::server=", "a level is missing"),
    ("flagstaff::server=warning", "did you mean `warn`?"),
    ("flagstaff::servr=debug", "did you mean `flagstaff::server`?"),
    ("hyper=debug", "no module `hyper` writes to the log: expected `flagstaff` or what begins"),
    ("info,flagstaff=warn,flagstaff=debug", "there is more than one level for `flagstaff`"),
];

#[test]
fn an_unknown_level_or_module_is_refused() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    for (level, expected) in REFUSED {
        for by_variable in [false, true] {
            let mut command = flagstaff();
            command.arg("serve").arg(flags.root()).args(["--listen", "127.0.0.1:0"]);
            if by_variable {
                command.env("FLAGSTAFF_LOG_LEVEL", level);
            } else {
                command.args(["--log-level", level]);
            }
            let output = command.output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{level}: {said}");
            assert!(said.contains(expected), "{level}: {said}");
        }
    }
}

#[test]
fn a_level_for_a_module_leaves_the_others_theirs() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let level = |level: &str| Daemon::with(flags.root(), &["--log-level", level]);
    let debug = r#""level":"DEBUG""#;
    for written in ["flagstaff::reload=debug", "INFO,flagstaff::reload::journal=Debug", "debug"] {
        let daemon = level(written);
        daemon.log_line(debug);
        daemon.stop();
    }
    for written in ["flagstaff::server=debug", "debug,flagstaff::reload=info", "info"] {
        let daemon = level(written);
        flags.replace("a.yaml", "flags: [");
        daemon.log_line("definitions rejected");
        flags.replace("a.yaml", flag("a", "one"));
        daemon.log_line("again what is served");
        let log = daemon.stop();
        assert!(!log.contains(debug), "{written}: {log}");
    }
}

#[test]
fn the_modules_are_those_that_log() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut logging = Vec::new();
    let mut waiting = vec![source.clone()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let text = code_only(&fs::read_to_string(&path).unwrap());
            if text.contains("tracing::") {
                let module = path.strip_prefix(&source).unwrap().with_extension("");
                logging.push(format!("flagstaff::{}", module.to_str().unwrap().replace('/', "::")));
            }
        }
    }
    logging.sort();
    assert_eq!(logging, MODULES, "`MODULES` in `src/cli/logs.rs` has to name what logs");
}
