//! What `Host` may say, and who is asked for what is private.

use std::sync::Arc;

use bytes::Bytes;
use flagstaff::{
    api::{
        call::Options,
        host::{Guard, Hosts, host},
    },
    server::answer::{Answer, Payload},
};
use hyper::{Request, Response, Version};

use crate::{
    client::Reply,
    harness::{Daemon, Flags, flag, flagstaff},
    served::route,
};

fn request(line: &str, hosts: &[&str]) -> Request<Bytes> {
    let mut parts = line.split(' ');
    let (method, target) = (parts.next().unwrap(), parts.next().unwrap());
    let version = match parts.next() {
        Some("HTTP/1.0") => Version::HTTP_10,
        _ => Version::HTTP_11,
    };
    let mut request = Request::builder().method(method).uri(target).version(version);
    for host in hosts {
        request = request.header("Host", *host);
    }
    request.body(Bytes::new()).unwrap()
}

#[test]
fn a_request_says_once_and_rightly_whom_it_is_meant_for() {
    let said = |line: &str, hosts: &[&str]| match host(&request(line, hosts)) {
        Ok(host) => host.unwrap_or("nobody").to_owned(),
        Err(problem) => problem.split(" (RFC").next().unwrap().to_owned(),
    };
    for (given, expected) in [
        ("flags.example", "flags.example"),
        ("flags.example:8016", "flags.example"),
        ("flags.example:", "flags.example"),
        ("FLAGS_1.example.", "FLAGS_1.example."),
        ("10.0.0.1:80", "10.0.0.1"),
        ("[::1]", "[::1]"),
        ("[fe80::1]:8016", "[fe80::1]"),
        ("b%C3%BCcher.example", "b%C3%BCcher.example"),
        ("", ""),
        (":80", ""),
    ] {
        assert_eq!(said("GET /", &[given]), expected, "{given:?}");
    }
    let invalid = "`Host` is neither `name`, `name:port`, `IP:port` nor `[IPv6]:port`";
    for given in [
        "a b", "a/b", "http://a", "user@a", "a:b", "a:80:80", "::1", "[::1", "[::1]x", "[::1]:x",
        "[]", "[a]", "a,b", "a%", "a%2", "a%zz", "a?", "a#b", "a\\b", "\"a\"", "a\tb",
    ] {
        let expected = if given == "a,b" { "a,b" } else { invalid };
        assert_eq!(said("GET /", &[given]), expected, "{given:?}");
    }
    assert_eq!(said("GET / HTTP/1.0", &["a b"]), invalid);
    let missing = "there is no `Host` header, which HTTP/1.1 requires";
    let repeated = "there is more than one `Host` header";
    assert_eq!(said("GET /", &[]), missing);
    assert_eq!(said("GET / HTTP/1.0", &[]), "nobody");
    assert_eq!(said("GET /", &["a", "a"]), repeated);
    assert_eq!(said("GET / HTTP/1.0", &["a", "b"]), repeated);
    // A whole URI goes before the header, which has to be there all the same.
    assert_eq!(said("GET http://b.example:80/livez", &["a.example"]), "b.example");
    assert_eq!(said("GET http://b.example/livez HTTP/1.0", &[]), "b.example");
    assert_eq!(said("GET http://b.example/livez", &[]), missing);
    assert_eq!(said("GET http://localhost@b.example/livez", &["a"]), invalid);
}

#[test]
fn hosts_that_are_this_machine() {
    let mut hosts = Hosts::default();
    hosts.allow("Flags.Example").unwrap();
    for host in [
        "localhost",
        "LocalHost",
        "localhost.",
        "a.localhost",
        "127.0.0.1",
        "10.1.2.3",
        "[::1]",
        "[2001:db8::1]",
        "flags.example",
        "FLAGS.EXAMPLE.",
    ] {
        assert!(hosts.includes(host), "{host}");
    }
    for host in [
        "",
        "example",
        "a.flags.example",
        "notlocalhost",
        "localhost.example",
        "127.1",
        "1.2.3.4.5",
    ] {
        assert!(!hosts.includes(host), "{host}");
    }
    let refused = |name: &str| hosts.clone().allow(name).unwrap_err();
    assert_eq!(
        refused("https://flags.example/"),
        "`https://flags.example/` has a scheme: write `flags.example` without `https://`"
    );
    assert_eq!(
        refused("flags.example:80"),
        "`flags.example:80` has a port, and every port is allowed: write `flags.example`"
    );
    let expected = "`a/b` is not the name of a host, such as `flags.example.com`";
    assert_eq!(refused("a/b"), expected);
    assert!(refused("").contains("is not the name of a host"));
}

const FLAGS: &str = "flags: { a: { enabled: true } }";

/// What a guard answers, whether or not it lets a request in.
fn answer_of(guard: &Guard, request: &Request<Bytes>) -> Response<Payload> {
    let (head, _) = request.clone().into_parts();
    let objection = guard.objection(&Request::from_parts(head, ()));
    objection.unwrap_or_else(|| guard.answer(request))
}

/// Every endpoint, by who may ask for it where only this machine can reach it.
#[test]
fn on_loopback_addresses_what_is_private_is_for_this_machine() {
    let options = || Options { event_streams: Some(Default::default()), ..Options::default() };
    let local = Guard::new(Arc::new(route(FLAGS, options())), Some(Hosts::default()));
    let open = Guard::new(Arc::new(route(FLAGS, options())), None);
    for (line, is_private) in [
        ("POST /ofrep/v1/evaluate/flags/a", false),
        ("POST /ofrep/v1/evaluate/flags", false),
        ("GET /ofrep/v1/events", false),
        ("POST /flags/evaluate/a", false),
        ("POST /flags/evaluate/a?explain", true),
        ("POST /flags/evaluate?explain=true", true),
        ("POST /flags/evaluate", false),
        ("GET /flags", true),
        ("GET /flags/", true),
        ("HEAD /flags", true),
        ("GET /flags/a", true),
        ("POST /flags", true),
        ("PUT /flags/a", true),
        ("DELETE /flags/a", true),
        ("GET /livez", false),
        ("GET /readyz", false),
        ("GET /status", true),
        ("GET /metrics", true),
        ("GET /openfeature/v0/manifest", true),
        ("GET /openapi.json", false),
        ("GET /nothing", false),
    ] {
        let answer =
            |guard: &Guard, host| answer_of(guard, &request(line, &[host])).status().as_u16();
        let usual = answer(&open, "evil.example");
        assert_ne!(usual, 421, "{line}");
        assert_eq!(answer(&local, "localhost:8016"), usual, "{line}");
        let expected = if is_private { 421 } else { usual };
        assert_eq!(answer(&local, "evil.example"), expected, "{line}");
        assert_eq!(answer_of(&local, &request(line, &[])).status(), 400, "{line}");
    }
    let response = answer_of(&local, &request("GET /status", &["evil.example:8016"]));
    let Payload::Whole(body) = response.body() else { panic!() };
    assert_eq!(
        String::from_utf8_lossy(body),
        "{\"errorCode\":\"GENERAL\",\"errorDetails\":\"this listens on a loopback address, and \
         `Host` names another machine, `evil.example`; if that is meant to be this one, start the \
         daemon with `--allowed-host evil.example`\"}"
    );
    assert!(response.headers().contains_key("flags-version"));
    // Who does not say whom it asks is no browser.
    assert_eq!(answer_of(&local, &request("GET /status HTTP/1.0", &[])).status(), 200);
}

#[test]
fn the_real_daemon_looks_at_hosts() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let socket = flags.path("socket");
    let listen = ["--listen", &format!("unix:{}", socket.display())];
    let options = [&listen[..], &["--allowed-host", "flags.example"]].concat();
    let daemon = Daemon::with(flags.root(), &options);
    daemon.expect("a", "one");
    let ask = |head: &str| -> Reply {
        let mut client = daemon.client();
        client.send(format!("{head}\r\nConnection: close\r\n\r\n")).unwrap();
        client.reply().unwrap()
    };
    assert_eq!(ask("GET /livez HTTP/1.1").status, 400);
    assert_eq!(ask("GET /livez HTTP/1.0").status, 200);
    assert_eq!(ask("GET /livez HTTP/1.1\r\nHost: a\r\nHost: a").status, 400);
    assert_eq!(ask("GET /livez HTTP/1.1\r\nHost: evil.example").status, 200);
    assert_eq!(ask("GET /status HTTP/1.1\r\nHost: evil.example").status, 421);
    assert_eq!(ask("GET /status HTTP/1.1\r\nHost: flags.example:1").status, 200);
    assert_eq!(ask("GET http://evil.example/status HTTP/1.1\r\nHost: localhost").status, 421);
    assert_eq!(ask("GET http://localhost/status HTTP/1.1\r\nHost: evil.example").status, 200);
    let mut unix = std::os::unix::net::UnixStream::connect(&socket).unwrap();
    let head = "GET /status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    std::io::Write::write_all(&mut unix, head.as_bytes()).unwrap();
    let answer = std::io::read_to_string(unix).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    daemon.stop();
    let mut wrong = flagstaff();
    wrong.arg("serve").arg(flags.root()).args(["--listen", "127.0.0.1:0", "--allowed-host", "a:1"]);
    let output = wrong.output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(2) && log.contains("--allowed-host: `a:1` has a port"),
        "{log}"
    );
}
