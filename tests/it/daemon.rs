//! The real binary: every kind of change, and how it begins and ends.

use std::net::TcpListener;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::{
    client::Client,
    harness::{Daemon, Flags, flag, flagstaff},
    load::{BODY, paced},
};

#[test]
fn an_edit_is_followed_however_it_is_saved() {
    let flags =
        Flags::with([("flags/a.yaml", &flag("a", "one")), ("flags/b.yaml", &flag("b", "b"))]);
    let daemon = Daemon::serving(flags.path("flags"));
    daemon.expect("a", "one");

    flags.write("flags/a.yaml", flag("a", "in-place"));
    daemon.expect("a", "in-place");
    flags.replace("flags/a.yaml", flag("a", "renamed"));
    daemon.expect("a", "renamed");
    flags.replace("flags/a.yaml", flag("a", "renamed-again"));
    daemon.expect("a", "renamed-again");
    flags.remove("flags/a.yaml");
    daemon.expect("a", Value::Null);
    flags.write("flags/a.yaml", flag("a", "recreated"));
    daemon.expect("a", "recreated");

    flags.write("flags/new/folder/c.json", r#"{"flags":{"c":{"enabled":true}}}"#);
    daemon.expect("c", true);
    flags.write("flags/new/folder/c.json", r#"{"flags":{"c":{"enabled":false}}}"#);
    daemon.expect("c", false);
    flags.remove("flags/new");
    daemon.expect("c", Value::Null);
    flags.write("flags/new/folder/c.json", r#"{"flags":{"c":{"enabled":true}}}"#);
    daemon.expect("c", true);
    flags.rename("flags/new/folder", "flags/moved");
    flags.write("flags/moved/c.json", r#"{"flags":{"c":{"enabled":false}}}"#);
    daemon.expect("c", false);
    assert_eq!(daemon.value("b"), "b");
    assert_eq!(daemon.status()["watcher"]["mode"], "events");
    daemon.stop();
}

#[test]
fn a_broken_edit_changes_nothing_but_the_log() {
    let flags = Flags::with([("a.yaml", &flag("a", "good"))]);
    let daemon = Daemon::serving(flags.root());
    daemon.expect("a", "good");
    flags.replace("a.yaml", "flags:\n  a:\n    enabled: maybe\n");
    let line = daemon.log_line("a.yaml:3:14: ");
    assert!(line.contains(r#""level":"ERROR""#), "{line}");
    assert_eq!(daemon.value("a"), "good");
    let rejected = &daemon.status()["rejected"];
    assert_eq!(rejected["diagnostics"][0]["line"], 3, "{rejected}");
    assert_eq!(daemon.ask("GET /readyz", "").status, 200);
    // The same content, written once more, is not told once more; another one with the same mistake
    // is.
    let is_told = |count| daemon.log_count("definitions rejected") == count;
    flags.replace("a.yaml", "flags:\n  a:\n    enabled: maybe\n");
    // Long enough for it to be told, if it were.
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(is_told(1), "{}", daemon.log());
    flags.replace("b.yaml", "flags: { b: { enabled: true } }\n");
    daemon.wait("the second to be told", || is_told(2));
    flags.replace("a.yaml", "flags:\n  a:\n    enabled: maybe\n# still\n");
    daemon.wait("the third to be told", || is_told(3));
    flags.replace("a.yaml", flag("a", "mended"));
    daemon.expect("a", "mended");
    assert_eq!(daemon.status()["rejected"], Value::Null);
    daemon.stop();
}

#[test]
fn a_rejected_commit_is_named() {
    let flags = Flags::new();
    let broken = "flags:\n  a:\n    enabled: maybe\n".to_owned();
    let commit = |message, text: &str| {
        flags.write("flags/a.yaml", text);
        flags.commit_all(message)
    };
    let good = commit("good", &flag("a", "good"));
    let bad = commit("bad", &broken);
    // One that was meant to fix it, and does not; one that has nothing to do with it.
    let still_bad = commit("fix", &format!("{broken}# fixed\n"));
    let other = commit("other", &format!("{broken}# fixed\n"));
    let fixed = commit("fixed", &flag("a", "fixed"));
    let check_out = |commit: &str| flags.git(&["checkout", "--quiet", "--detach", commit]);
    check_out(&good);
    let daemon = Daemon::serving(flags.path("flags"));
    daemon.expect("a", "good");
    let not_taken = || daemon.log_count("definitions rejected");
    let logged = |commit: &str| daemon.log_count(&format!("\"commit\":\"{commit}\""));
    for (commit, count) in [(&bad, 1), (&still_bad, 2), (&other, 2)] {
        check_out(commit);
        let is_named = || daemon.status()["rejected"]["commit"] == **commit;
        daemon.wait("the commit to be named", is_named);
        daemon.wait("each content to be logged once", || not_taken() == count);
        daemon.wait("the log to name the commit", || logged(commit) == 1);
    }
    check_out(&fixed);
    daemon.expect("a", "fixed");
    assert_eq!(daemon.status()["rejected"], Value::Null);
    assert_eq!(not_taken(), 2);
    daemon.stop();
}

#[test]
fn what_was_broken_and_is_as_it_was_is_served_still() {
    let flags = Flags::with([("a.yaml", &flag("a", "good"))]);
    let daemon = Daemon::serving(flags.root());
    flags.replace("a.yaml", "flags: [");
    daemon.log_line("definitions rejected");
    flags.replace("a.yaml", flag("a", "good"));
    daemon.log_line("the definitions are again what is served");
    assert_eq!(daemon.status()["rejected"], Value::Null);
    let log = daemon.stop();
    assert!(!log.contains("took_ms"), "nothing has been swapped:\n{log}");
}

#[test]
fn the_last_flag_is_not_lost() {
    let flags =
        Flags::with([("flags/a.yaml", &flag("a", "kept")), ("flags/b.yaml", "segments: {}\n")]);
    let daemon = Daemon::serving(flags.path("flags"));
    daemon.expect("a", "kept");
    flags.replace("flags/a.yaml", "flags: {}\n");
    daemon.log_line("the definitions hold no flag");
    flags.remove("flags/a.yaml");
    flags.remove("flags/b.yaml");
    daemon.log_line("holds no definition file");
    assert_eq!(daemon.value("a"), "kept");
    flags.remove("flags");
    daemon.log_line("does not exist");
    assert_eq!(daemon.value("a"), "kept");
    flags.write("flags/a.yaml", flag("a", "back"));
    daemon.expect("a", "back");
    daemon.stop();

    let daemon = Daemon::with(flags.path("flags"), &["--allow-empty"]);
    daemon.expect("a", "back");
    flags.remove("flags/a.yaml");
    daemon.expect("a", Value::Null);
    daemon.stop();
}

#[test]
fn it_waits_for_definitions_that_are_good() {
    let flags = Flags::with([("flags/a.yaml", "flags:\n  a: { enabled: true, user: [] }\n")]);
    let daemon = Daemon::serving(flags.path("flags"));
    daemon.log_line("not ready");
    assert_eq!(daemon.ask("GET /livez", "").status, 200);
    let ready = daemon.ask("GET /readyz", "");
    assert_eq!((ready.status, &ready.json()["diagnostics"][0]["line"]), (503, &json!(2)));
    let reply = daemon.ask("POST /ofrep/v1/evaluate/flags/a", BODY);
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    flags.write("flags/a.yaml", flag("a", "good"));
    daemon.expect("a", "good");
    assert_eq!(daemon.ask("GET /readyz", "").status, 200);
    flags.write("flags/a.yaml", "flags: [");
    daemon.log_line("still serving the previous version");
    assert_eq!(
        daemon.log_count("still serving the previous version"),
        1,
        "there was nothing to change before"
    );
    let log = daemon.stop();
    assert!(log.contains("serving 1 flag of"), "{log}");
}

#[test]
fn it_waits_for_a_root_that_is_not_there_yet() {
    let flags = Flags::new();
    let daemon = Daemon::serving(flags.path("git/current/flags"));
    daemon.log_line("does not exist");
    assert_eq!(daemon.ask("GET /readyz", "").status, 503);
    flags.write("git/tree/flags/a.yaml", flag("a", "come"));
    flags.link("git/current", "tree");
    daemon.expect("a", "come");
    daemon.stop();
}

#[test]
fn it_ends_at_once_if_told_not_to_wait() {
    let flags = Flags::with([("a.yaml", "flags: [\n")]);
    let run = |root: &str, options: &[&str]| {
        let mut command = flagstaff();
        command.arg("serve").arg(flags.path(root)).args(["--listen", "127.0.0.1:0"]).args(options);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, log) = run("", &["--exit-on-invalid"]);
    assert!(code == Some(1) && log.contains("a.yaml:"), "{code:?} {log}");
    let (code, log) = run("nothing", &["--exit-on-invalid"]);
    assert!(code == Some(1) && log.contains("does not exist"), "{code:?} {log}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, log) = run("", &["--listen", &taken.local_addr().unwrap().to_string()]);
    assert!(code == Some(2) && log.contains("the port is taken"), "{code:?} {log}");
}

#[test]
fn sighup_reads_again_and_says_what_came_of_it() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let daemon = Daemon::serving(flags.root());
    daemon.signal(Signal::HUP);
    daemon.log_line("nothing has changed");
    daemon.stop();
}

#[test]
fn sigterm_lets_what_is_in_flight_finish() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let daemon = Daemon::with(flags.root(), &["--drain-delay", "1"]);
    let mut clients: Vec<Client> = (0..10).map(|_| daemon.client()).collect();
    let head = format!("Host: test\r\nContent-Length: {}\r\n\r\n", BODY.len());
    let request = format!("POST /ofrep/v1/evaluate/flags/a HTTP/1.1\r\n{head}{BODY}");
    let (first, rest) = request.split_at(request.len() - 5);
    clients.iter_mut().for_each(|client| client.send(first).unwrap());
    let address = daemon.client();
    drop(address);
    daemon.signal(Signal::TERM);
    // During the delay it still answers, but says that it is about to stop.
    daemon.wait("readyz to be 503", || daemon.ask("GET /readyz", "").status == 503);
    assert_eq!(daemon.ask("GET /livez", "").status, 200);
    for client in &mut clients {
        client.send(rest).unwrap();
        assert_eq!(client.reply().unwrap().json()["value"], "one");
    }
    let (status, log) = daemon.ended();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let daemon = Daemon::with(flags.root(), &["--drain-delay", "600"]);
    daemon.signal(Signal::TERM);
    daemon.log_line("SIGTERM: stopping");
    daemon.signal(Signal::INT);
    let (status, log) = daemon.ended();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("SIGINT again: ending at once"), "{log}");
}

#[test]
fn the_log_names_what_changed_and_nobody_who_asked() {
    let flags = Flags::with([("a.yaml", &flag("a", "one")), ("b.yaml", &flag("b", "one"))]);
    let daemon = Daemon::serving(flags.root());
    let start = daemon.log_line("serving 2 flags of");
    for part in [r#""version":""#, r#""flags":2"#, r#""addresses":"127.0.0.1:"#] {
        assert!(start.contains(part), "{start}");
    }
    let context = r#"{"context":{"targetingKey":"secret-user","email":"secret-mail"}}"#;
    daemon.ask("POST /ofrep/v1/evaluate/flags", context);
    daemon
        .ask("POST /ofrep/v1/evaluate/flags/a", r#"{"context":{"targetingKey":["secret-user"]}}"#);
    flags.write("b/c.yaml", flag("c", "one"));
    daemon.log_line("added `c`");
    flags.replace("a.yaml", flag("a", "two"));
    daemon.log_line("changed `a`");
    flags.remove("b.yaml");
    daemon.log_line("removed `b`");
    let log = daemon.stop();
    assert!(!log.contains("secret"), "{log}");
    let swaps = log.lines().filter(|line| line.contains(r#""took_ms""#)).count();
    assert_eq!(swaps, 3, "{log}");
}

#[test]
fn layers_are_followed_each() {
    let flags = Flags::with([
        ("low/a.yaml", &flag("a", "low")),
        ("high/a.yaml", "flags: { a: { name: A } }\n"),
    ]);
    let mut command = flagstaff();
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    command.arg(flags.path("low")).arg(flags.path("high"));
    let daemon = Daemon::start(command);
    daemon.expect("a", "low");
    flags.write("high/a.yaml", "flags:\n  a: { variants: { high: high }, default: high }\n");
    daemon.expect("a", "high");
    flags.remove("high/a.yaml");
    daemon.log_line("holds no definition file");
    assert_eq!(daemon.value("a"), "high");
    daemon.stop();
}

#[test]
fn reloads_fail_no_request_and_mix_nothing() {
    let flags = Flags::new();
    let write = |number: usize| {
        let lines = (0..1000).map(|key| {
            format!("  f{key}: {{ enabled: true, variants: [v{number}], default: v{number} }}\n")
        });
        flags.replace("a.yaml", format!("flags:\n{}", lines.collect::<String>()));
    };
    write(0);
    let daemon = Daemon::serving(flags.root());
    let times = paced(&daemon, "f999", 500, || {
        for number in 1..=20 {
            write(number);
            daemon.expect("f0", format!("v{number}"));
        }
    });
    assert!(100 < times.len());
    daemon.stop();
}

#[test]
fn options_come_from_the_environment_and_kubernetes_does_not_meddle() {
    let flags = Flags::with([("a.yaml", &flag("a", "one")), ("drafts/b.yaml", "flags: [")]);
    let mut command = flagstaff();
    command.arg("serve").env("FLAGSTAFF_ROOT", flags.root());
    command.env("FLAGSTAFF_LISTEN", "127.0.0.1:0").env("FLAGSTAFF_EXCLUDE", "*.tmp,drafts");
    // What a service of that name puts into every container of its namespace.
    command.env("FLAGSTAFF_PORT", "tcp://10.0.0.7:80").env("FLAGSTAFF_SERVICE_HOST", "10.0.0.7");
    let daemon = Daemon::start(command);
    daemon.expect("a", "one");
    daemon.stop();
}

#[test]
fn the_log_is_text_if_that_is_wanted() {
    let flags = Flags::with([("a.yaml", "flags: [\n")]);
    let log = |options: &[&str]| {
        let mut command = flagstaff();
        command.arg("serve").arg(flags.root()).args(["--listen", "127.0.0.1:0"]);
        let output = command.arg("--exit-on-invalid").args(options).output().unwrap();
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let text = log(&["--log-format", "text"]);
    assert!(text.contains(" ERROR ") && text.contains("/a.yaml:1:8: "), "{text}");
    assert!(!text.contains('\u{1b}'), "no colour where there is no terminal: {text}");
    for line in log(&["--log-format", "json"]).lines() {
        assert!(serde_json::from_str::<Value>(line).unwrap()["message"].is_string());
    }
    assert_eq!(log(&["--log-level", "off"]), "");
}
