//! Metrics: the documents, rules and dashboard that speak of them, against what the daemon says.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use flagstaff::metrics::family;
use prometheus_client::metrics::MetricType;

use crate::{
    harness::{Daemon, Flags, flag},
    running::{rest, wait_until},
};

/// The families of a text: of each its type, and the labels of its samples but for `le`.
fn families(text: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let mut families = BTreeMap::<_, (String, BTreeSet<String>)>::new();
    let mut last = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            last = name.to_owned();
            families.entry(last.clone()).or_default().0 = kind.to_owned();
        } else if !line.starts_with('#') {
            assert!(line.starts_with(&last), "{line} is in the family {last}");
            let labels =
                line.split_once('{').map_or("", |(_, rest)| rest.rsplit_once('}').unwrap().0);
            let names = labels.split("\",").filter_map(|label| label.split_once('='));
            let own = &mut families.get_mut(&last).unwrap().1;
            own.extend(names.map(|(name, _)| name.to_owned()).filter(|name| name != "le"));
        }
    }
    families
}

/// The rows of the tables of `docs/metrics.md` that are about families.
fn documented() -> BTreeMap<String, (String, BTreeSet<String>, String)> {
    let text = fs::read_to_string("docs/metrics.md").unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `flagstaff_"));
    let rows = rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, kind, labels, meaning] = cells[..] else { panic!("{line}") };
        let labels = labels.split(',').map(|label| label.trim().trim_matches('`').to_owned());
        let labels = labels.filter(|label| !label.is_empty()).collect();
        (name.trim_matches('`').to_owned(), (kind.to_owned(), labels, meaning.to_owned()))
    });
    rows.collect()
}

fn full_name(family: &family::Family) -> String {
    let ending = match family.kind {
        MetricType::Counter => "_total",
        MetricType::Info => "_info",
        _ => "",
    };
    format!("{}{ending}", family.name)
}

#[test]
fn the_documentation_has_every_family_and_label_and_no_other() {
    let table: BTreeMap<_, _> = family::ALL
        .iter()
        .map(|family| {
            let labels = family.labels.iter().map(|label| (*label).to_owned()).collect();
            let kind = family.kind.as_str().to_owned();
            (full_name(family), (kind, labels, family.help.to_owned()))
        })
        .collect();
    assert_eq!(documented(), table);
}

fn metrics_of(daemon: &Daemon) -> String {
    let mut stream = std::net::TcpStream::connect(daemon.address()).unwrap();
    std::io::Write::write_all(&mut stream, b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let answer = rest(&mut stream);
    answer.split_once("\r\n\r\n").expect("a head").1.to_owned()
}

#[test]
fn the_real_daemon_says_what_is_documented() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    flags.write("commit", "0123abc\n");
    let commit = flags.path("commit");
    let options = ["--commit-file", commit.to_str().unwrap(), "--metrics-series", "4"];
    let daemon = Daemon::with(flags.root(), &options);
    daemon.expect("a", "one");
    let metrics = || metrics_of(&daemon);
    daemon.ask("POST /ofrep/v1/evaluate/flags/a", "[");
    daemon.ask("POST /ofrep/v1/evaluate/flags", "{}");
    let one = r#"flagstaff_feature_flag_evaluations_total{feature_flag_key="a",feature_flag_result_variant="one"} "#;
    let count = |text: &str| -> u64 {
        let line = text.lines().find_map(|line| line.strip_prefix(one));
        line.unwrap_or_else(|| panic!("{text}")).parse().unwrap()
    };
    let before = count(&metrics());
    assert_ne!(before, 0);
    flags.write("b.yaml", flag("b", "two"));
    daemon.expect("b", "two");
    assert!(count(&metrics()) >= before, "a flag that survives a reload keeps its count");
    flags.write("a.yaml", "flags: 1");
    let is_rejected = |_| metrics().contains("flagstaff_rejected_definitions_info{");
    assert!(wait_until(is_rejected), "{}", metrics());
    let text = metrics();
    let said = families(&text);
    let documented = documented();
    for (name, (kind, labels, _)) in &documented {
        let (said, of) = said.get(name).unwrap_or_else(|| panic!("{name} is not said:\n{text}"));
        // What has no type of its own there is a gauge.
        let kind = if kind == "info" { "gauge" } else { kind };
        assert_eq!((said.as_str(), of), (kind, labels), "{name}");
    }
    assert_eq!(said.len(), documented.len());
    assert!(text.contains(r#"flagstaff_definitions_info{feature_flag_version=""#), "{text}");
    assert!(text.contains(r#"vcs_ref_head_revision="0123abc"} 1"#), "{text}");
    let value = |name: &str| -> f64 {
        let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        found.unwrap_or_else(|| panic!("{name}")).parse().unwrap()
    };
    assert_eq!(value("flagstaff_ready"), 1.0);
    assert_eq!(value("flagstaff_definitions_flags"), 2.0);
    // This scrape itself is under way.
    let held = value("flagstaff_request_memory_bytes");
    assert!(0.0 < held && held < value("flagstaff_request_memory_limit_bytes"), "{held}");
    daemon.stop();
}

/// The count of a histogram without labels.
fn count_of(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}_count ")));
    line.unwrap_or_else(|| panic!("{name}")).parse().unwrap()
}

#[test]
fn a_commit_counts_as_propagated_once_it_is_served() {
    let tree = Flags::with([("a.yaml", &flag("a", "one"))]);
    tree.commit_all("first");
    let daemon = Daemon::serving(tree.root());
    daemon.expect("a", "one");
    let counts = || {
        let text = metrics_of(&daemon);
        let [commit, sight] = ["commit", "first_seen"]
            .map(|from| count_of(&text, &format!("flagstaff_propagation_from_{from}_seconds")));
        (commit, sight)
    };
    assert_eq!(counts(), (0, 0), "what was there at the start was not waited for");
    tree.write("a.yaml", flag("a", "two"));
    daemon.expect("a", "two");
    assert!(
        wait_until(|_| counts() == (0, 1)),
        "{:?}: what is not committed has no commit",
        counts()
    );
    let id = tree.commit_all("second");
    daemon.wait("the commit is served", || daemon.status()["commit"] == *id);
    assert!(wait_until(|_| counts() == (1, 2)), "{:?}", counts());
    daemon.stop();
}

/// What queries call metrics: names, with the endings that Prometheus adds.
fn names_in(text: &str) -> BTreeSet<String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = text.split(|letter| !is_part(letter));
    words.filter(|word| word.starts_with("flagstaff_")).map(str::to_owned).collect()
}

#[test]
fn rules_and_dashboard_name_metrics_that_exist() {
    let mut known = BTreeSet::new();
    for family in family::ALL {
        let name = full_name(family);
        if family.kind == MetricType::Histogram {
            known.extend(["_bucket", "_sum", "_count"].map(|ending| format!("{name}{ending}")));
        } else {
            known.insert(name);
        }
    }
    let mut used = BTreeSet::new();
    for path in [
        "deploy/prometheus/alerts.yaml",
        "tests/metrics/alerts.test.yaml",
        "deploy/grafana/flagstaff.json",
    ] {
        let mut text = fs::read_to_string(path).unwrap();
        // Texts for people name histograms by their family.
        text = text.replace("flagstaff_reload_phase_duration_seconds says", "it says");
        for name in names_in(&text) {
            assert!(known.contains(&name), "{path} names `{name}`, which is not there");
            used.insert(name);
        }
    }
    let documents = fs::read_to_string("docs/metrics.md").unwrap();
    let families: BTreeSet<_> = family::ALL.iter().map(full_name).collect();
    for name in names_in(&documents) {
        assert!(known.contains(&name) || families.contains(&name), "`{name}` is not there");
    }
    // The dashboard shows each of them in some form.
    for family in family::ALL {
        assert!(used.iter().any(|name| name.starts_with(family.name)), "{}", family.name);
    }
}

#[test]
fn every_alert_is_explained_and_tested() {
    let rules = fs::read_to_string("deploy/prometheus/alerts.yaml").unwrap();
    let documents = fs::read_to_string("docs/metrics.md").unwrap();
    let tests = fs::read_to_string("tests/metrics/alerts.test.yaml").unwrap();
    let alerts: Vec<_> =
        rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(10 < alerts.len());
    for alert in &alerts {
        assert!(documents.contains(&format!("| `{alert}` |")), "{alert} is not explained");
        assert!(tests.contains(&format!("alertname: {alert}\n")), "{alert} is not tested");
    }
    let explained = documents.lines().filter(|line| line.starts_with("| `Flagstaff")).count();
    assert_eq!(explained, alerts.len());
}
