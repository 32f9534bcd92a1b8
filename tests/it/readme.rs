//! What the README shows is what happens.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use flagstaff::api::route::{ENDPOINTS, Endpoint};
use serde_json::Value;

use crate::harness::{Daemon, Flags, flagstaff, git};

const README: &str = include_str!("../../README.md");

/// A fenced block: the words after the fence, and the text.
type Block = (&'static str, &'static str);

fn blocks() -> impl Iterator<Item = Block> {
    let fenced = README.split("\n```").skip(1).step_by(2);
    fenced.map(|block| block.split_once('\n').unwrap())
}

/// The commands of a console block, each with what it prints.
fn commands(block: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    let mut goes_on = false;
    for line in block.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (None, Some((command, _))) if goes_on => *command += &format!("{line}\n"),
            (None, Some((_, printed))) => *printed += &format!("{line}\n"),
            (None, None) => panic!("no command before {line}"),
            (Some(command), _) => commands.push((format!("{command}\n"), String::new())),
        }
        goes_on = line.ends_with('\\');
    }
    commands
}

/// Somebody who follows the README from its top to its bottom: in a clone of the project, in one
/// terminal, with the daemon in another.
struct Reader {
    /// What holds the clone.
    above: Flags,
    /// Where the terminal is.
    here: PathBuf,
    daemon: Option<Daemon>,
    /// How many commands have been run.
    commands: usize,
}

impl Reader {
    fn new() -> Self {
        let above = Flags::new();
        let clone = above.path("flagstaff");
        fs::create_dir(&clone).unwrap();
        for folder in ["flags", "deploy", "schema"] {
            let mut copy = Command::new("cp");
            copy.arg("-r").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).arg(&clone);
            assert!(copy.status().unwrap().success());
        }
        git(&clone, &["init", "--quiet", "--initial-branch=main"]);
        git(&clone, &["add", "--all"]);
        git(&clone, &["commit", "--quiet", "--message", "all"]);
        Self { here: clone, above, daemon: None, commands: 0 }
    }

    fn clone(&self) -> PathBuf {
        self.above.path("flagstaff")
    }

    /// Saves a file that the README shows, if the project does not have it; else what is shown is
    /// in it.
    fn save(&self, path: &str, text: &str) {
        let file = self.clone().join(path);
        if let Ok(there) = fs::read_to_string(&file) {
            assert!(there.contains(text), "{path} does not have\n{text}");
            return;
        }
        self.after_a_look(|| fs::write(file, format!("{text}\n")).unwrap());
    }

    /// Does something, and waits until the log says something about it.
    fn after_a_look<T>(&self, work: impl FnOnce() -> T) -> T {
        let daemon = self.daemon.as_ref().unwrap();
        let before = daemon.log();
        let done = work();
        daemon.wait("a line about it", || daemon.log() != before);
        done
    }

    fn run(&mut self, command: &str, printed: &str) {
        self.commands += 1;
        let command = command.trim_end();
        let printed = printed.trim_end();
        match command.split_whitespace().collect::<Vec<_>>().as_slice() {
            // In another terminal.
            ["cargo", "run", "--release", "--", "serve", root] => {
                let mut serve = flagstaff();
                serve.current_dir(&self.here).args(["serve", root, "--listen", "127.0.0.1:0"]);
                self.daemon = Some(Daemon::start(serve));
            }
            // What is running.
            ["cargo", "test"] => {}
            ["cd", to] => self.here = self.here.join(to).canonicalize().unwrap(),
            ["curl", ..] => {
                let daemon = self.daemon.as_ref().unwrap();
                let address = daemon.address().to_string();
                let command = command.replace("curl localhost:8016", &format!("curl -s {address}"));
                assert!(command.contains(&address), "{command}");
                let answer = || shell(&self.here, &command);
                daemon.wait(&command, || answer() == printed);
            }
            [..] => {
                let is_edit = self.here == self.clone() && !command.starts_with("flagstaff ");
                let run = || shell(&self.here, command);
                let real = if is_edit { self.after_a_look(run) } else { run() };
                let (real, shown) = (without_hashes(&real), without_hashes(printed));
                assert_eq!(real.trim_end(), shown.trim_end(), "{command}");
            }
        }
    }

    /// Holds what is shown of the log against it: a line for each.
    fn read_log(&self, shown: &str) {
        let log = self.daemon.as_ref().unwrap().log();
        let lines: Vec<Value> =
            log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in shown.lines() {
            let (level, text) = line.split_once(' ').unwrap();
            let is_shown = |entry: &&Value| {
                let message = entry["message"].as_str().unwrap();
                let parts: Vec<&str> = text.split('…').collect();
                let fits = match parts.as_slice() {
                    [start, end] => message.starts_with(start) && message.ends_with(end),
                    _ => text.starts_with(message),
                };
                entry["level"] == level && fits
            };
            let found = lines.iter().find(is_shown);
            let entry = found.unwrap_or_else(|| panic!("not in the log: {line}\n{log}"));
            let fields = text.strip_prefix(entry["message"].as_str().unwrap()).unwrap_or("");
            for (name, value) in fields.split_whitespace().filter_map(|field| field.split_once('='))
            {
                let real = entry[name].to_string();
                let real = real.trim_matches('"');
                // One depends on the machine, the other on every example.
                let varies = matches!(name, "took_ms" | "version");
                assert!(varies || real == value, "{name}={real} in {line}");
            }
        }
    }
}

/// A text in which commits and what depends on the time are not told apart.
fn without_hashes(text: &str) -> String {
    let is_hash = |text: &str| text.len() == 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts = text.split_inclusive(['(', ')']);
    parts.map(|part| if is_hash(part.trim_end_matches(')')) { "…)" } else { part }).collect()
}

/// Runs a line as a shell does, and says what it prints, errors included.
fn shell(directory: &Path, line: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_flagstaff")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {line}\n}} 2>&1")])
        .current_dir(directory)
        .env("PATH", format!("{}:{path}", program.display()))
        .env("NO_COLOR", "1")
        .env_remove("CI")
        .env_remove("GITHUB_ACTIONS")
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "Tester")))
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "t@example")))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn it_is_run_from_top_to_bottom() {
    let mut reader = Reader::new();
    let (mut files, mut logs) = (0, 0);
    for (words, text) in blocks() {
        match words.split_once(' ').unwrap_or((words, "")) {
            ("console", "") => {
                for (command, printed) in commands(text) {
                    reader.run(&command, &printed);
                }
            }
            ("yaml", path) => {
                reader.save(path, text);
                files += 1;
            }
            ("text", "the log") => {
                reader.read_log(text);
                logs += 1;
            }
            // Programs, and what they print: `tests/clients/run` runs them.
            ("python" | "javascript" | "go" | "text", "") => {}
            _ => panic!("nothing is known of `{words}`"),
        }
    }
    assert!(25 <= reader.commands && files == 3 && logs == 1, "{} {files}", reader.commands);
    let clone = reader.clone();
    assert_eq!(git(&clone, &["status", "--porcelain"]), "", "it leaves nothing behind");
    let daemon = reader.daemon.unwrap();
    assert_eq!(daemon.status()["status"], "ready");
    daemon.stop();
}

#[test]
fn every_command_and_every_endpoint_is_listed() {
    let help = shell(Flags::new().root(), "flagstaff --help");
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    for line in commands.lines() {
        let name = line.split_whitespace().next().unwrap();
        let is_listed = README.contains(&format!("| `flagstaff {name}"));
        assert!(is_listed || name == "help", "the README does not list `{name}`");
    }
    for Endpoint { method, path, .. } in &ENDPOINTS {
        let rows = README.lines().filter(|line| line.starts_with("| `"));
        let cells = rows.filter_map(|row| row.split(" | ").next());
        let is_there = |cell: &str| {
            cell.contains(method.as_str()) && cell.split(['`', ' ']).any(|word| word == *path)
        };
        assert!(cells.clone().any(is_there), "the README does not list {method} {path}");
    }
}

#[test]
fn signals_are_documented() {
    let help = shell(Flags::new().root(), "flagstaff serve --help");
    for signal in ["SIGHUP", "SIGTERM", "SIGINT"] {
        assert!(README.contains(signal) && help.contains(signal), "{signal}");
    }
}
