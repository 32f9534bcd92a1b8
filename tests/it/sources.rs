//! What whoever asks over HTTP gets to see of where the roots are.

use std::{fs::Permissions, os::unix::fs::PermissionsExt};

use flagstaff::snapshot::shown_roots::Sources;
use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::{Daemon, Flags, flag};

fn sources(given: &[&str]) -> Sources {
    Sources::new(&given.iter().map(|root| (*root).to_owned()).collect::<Vec<_>>())
}

#[test]
fn a_root_is_called_by_as_many_names_as_tell_it_apart() {
    let names = |given: &[&str]| sources(given).names().join(" ");
    assert_eq!(
        names(&["flags", "deploy/environments/production"]),
        "flags deploy/environments/production"
    );
    assert_eq!(names(&["/etc/flagstaff/flags"]), "flags");
    assert_eq!(names(&["/a/x/flags", "/a/y/flags", "/b"]), "x/flags y/flags b");
    assert_eq!(names(&["/srv/flags", "flags"]), "srv/flags flags");
    assert_eq!(names(&["/flags", "/srv/flags"]), "flags srv/flags");
    assert_eq!(names(&["/flags", "/flags"]), "flags flags");
    assert_eq!(names(&["/"]), ".");
}

#[test]
fn paths_in_texts_lose_what_is_above_the_roots() {
    let sources = sources(&["/srv/a", "/srv/a/b"]);
    let texts = [
        "`/srv/a/x.yaml` and /srv/a/b/y.yaml:3:1: no",
        "`/srv/a`, `/srv/a/b`",
        "`/srv/ab/x`, /x/srv/a, /srv/a-b, /srv/a_b",
        "attribute `path` is never `/checkout/pay`",
    ];
    let shown: Vec<_> = texts.iter().map(|text| sources.text(text)).collect();
    assert_snapshot!(shown.join("\n"), @r"
    `a/x.yaml` and b/y.yaml:3:1: no
    `a`, `b`
    `/srv/ab/x`, /x/srv/a, /srv/a-b, /srv/a_b
    attribute `path` is never `/checkout/pay`
    ");
    assert_eq!(
        sources.text_of_paths("a link to `/etc/passwd`, `x/y`"),
        "a link to `passwd`, `x/y`"
    );
    assert_eq!(sources.text(&"ä".repeat(3000)).chars().count(), 2001);
}

/// Everything that a daemon says over HTTP about definitions that it cannot take.
fn said(daemon: &Daemon) -> String {
    let ready = daemon.ask("GET /readyz", "");
    format!("{}\n{}", ready.json(), daemon.status()["rejected"])
}

#[test]
fn what_is_rejected_is_shown_within_bounds_and_without_the_place() {
    let broken = |range: std::ops::Range<u32>| {
        let flags = range.map(|number| format!("  f{number}: {{ enabled: 1 }}\n"));
        format!("flags:\n{}", flags.collect::<String>())
    };
    let flags = Flags::with([("a.yaml", &broken(0..99)), ("b.yaml", &broken(100..160))]);
    let home = flags.root().to_str().unwrap().to_owned();
    let name = flags.root().file_name().unwrap().to_str().unwrap().to_owned();
    let daemon = Daemon::serving(flags.root());
    daemon.log_line("definitions rejected");
    let status = daemon.status();
    let rejected = &status["rejected"];
    assert_eq!(rejected["diagnostics"].as_array().unwrap().len(), 50);
    assert_eq!(rejected["diagnostics_total"], 159);
    assert_eq!(rejected["diagnostics"][0]["path"], format!("{name}/a.yaml"));
    assert_eq!(status["sources"], Value::from(vec![name.as_str()]));
    let ready = daemon.ask("GET /readyz", "").json();
    assert_eq!(ready["diagnosticsTotal"], 159);
    let message = rejected["message"].as_str().unwrap();
    assert!(
        message.starts_with(&format!("159 errors; the first: {name}/a.yaml:2:18: ")),
        "{message}"
    );
    assert!(!said(&daemon).contains(&home), "{}", said(&daemon));

    // Each of these is about something else; none tells where the root is, or whose.
    flags.remove("b.yaml");
    flags.write("a.yaml", flag("a", "one"));
    daemon.expect("a", "one");
    let check = |about: &str, expected: &str| {
        daemon.log_line(about);
        daemon.wait(&format!("`{expected}`"), || {
            let message = daemon.status()["rejected"]["message"].clone();
            message.as_str().is_some_and(|text| text.replace(&name, "~").contains(expected))
        });
        let said = said(&daemon);
        assert!(
            !said.contains(&home) && !said.contains("/etc") && !said.contains("mode"),
            "{said}"
        );
    };
    flags.link("c.yaml", "/etc/hostname");
    check(
        "this link leads out of its root, to `/etc/hostname`",
        "~/c.yaml:1:1: this link leads out of its root, to `hostname`",
    );
    flags.relink("c.yaml", "/etc/nothing");
    check(
        "to `/etc/nothing`, which does not exist",
        "`~/c.yaml` is a symbolic link to `nothing`, which does not exist",
    );
    flags.remove("c.yaml");
    flags.write("a.yaml", "segments: {}");
    check("the definitions hold no flag", "the definitions hold no flag");
    let change = daemon.ask("PUT /flags/a", "");
    assert!(
        change.json()["errorDetails"]
            .as_str()
            .unwrap()
            .ends_with(&format!("edit `{name}/a.yaml:2`"))
    );
    let new = daemon.ask("POST /flags", "");
    assert!(!new.json().to_string().contains(&home));
    if !rustix::process::geteuid().is_root() {
        std::fs::set_permissions(flags.path("a.yaml"), Permissions::from_mode(0o200)).unwrap();
        check(
            "permission denied; it has mode 0200",
            "`~/a.yaml` cannot be read: permission denied",
        );
    }
    daemon.stop();
}
