//! The documents: what they say is printed is what is printed.

use std::{fs, path::Path};

use crate::{harness::Flags, program::run};

/// The fenced blocks of a document, each with its language.
fn blocks(document: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap();
    let fenced = text.split("\n```").skip(1).step_by(2);
    let parts = fenced.map(|block| block.split_once('\n').unwrap());
    parts.map(|(language, text)| (language.to_owned(), format!("{text}\n"))).collect()
}

#[test]
fn flag_tests() {
    let flags = Flags::new();
    let mut runs = 0;
    for (language, text) in blocks("docs/flag-tests.md") {
        match &*language {
            "yaml" => {
                let name = text.lines().next().unwrap().strip_prefix("# ").unwrap();
                flags.write(name, &text);
            }
            "console" => {
                let (command, printed) = text.split_once('\n').unwrap();
                let words: Vec<&str> = command.split(' ').skip(2).collect();
                assert_eq!(run(&flags, &words), format!("{printed}--- exit 1"));
                runs += 1;
            }
            // What the JSON is like: with a trace that is cut short, and of one test.
            "json" => {
                let mut shown: serde_json::Value = serde_json::from_str(&text).unwrap();
                let real = run(&flags, &["test", "--format", "json"]);
                let real = real.strip_suffix("--- exit 1").unwrap();
                let mut real: serde_json::Value = serde_json::from_str(real).unwrap();
                real["tests"].as_array_mut().unwrap().drain(..2);
                for document in [&mut shown, &mut real] {
                    document["tests"][0]["failures"][0]["trace"] = "…".into();
                }
                assert_eq!(shown, real);
                runs += 1;
            }
            _ => panic!("nothing is known of `{language}`"),
        }
    }
    assert_eq!(runs, 2);
}

/// The action's inputs are those of the table, with their defaults.
#[test]
fn github() {
    let action = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml"));
    let action: serde_yaml::Value = serde_yaml::from_str(&action.unwrap()).unwrap();
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/github.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let rows: Vec<(&str, &str)> = rows.collect();
    let inputs = action["inputs"].as_mapping().unwrap();
    let names: Vec<&str> = inputs.keys().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(rows.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
    for (name, row) in rows {
        let default = row.split(" | ").next().unwrap().trim_matches(['`', '|', ' ']);
        let expected = inputs[name]["default"].as_str().unwrap();
        assert!(default == expected || name == "token" || expected.is_empty(), "{name}");
    }
}
