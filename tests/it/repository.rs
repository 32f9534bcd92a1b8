//! What repositories are given, each held against the others: the action, the workflows, the hooks.

use serde_yaml::Value;

use crate::{
    harness::Flags,
    job::{Job, project, steps},
    program::run,
};

/// The version under which a compiled binary is kept depends on the source and on nothing else.
#[test]
fn the_key_of_the_cache() {
    let mut job = Job::new(|_| ());
    assert_eq!(job.step("version"), "--- exit 0");
    let key = job.values["steps.version.outputs.key"].clone();
    let digest = key.strip_prefix("flagstaff-Linux-X64-").unwrap();
    assert!(digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
}

/// Every step has a name and an id, and no script can be written by a pull request.
#[test]
fn the_action_is_whole() {
    for step in steps() {
        assert!(step["name"].is_string() && step["id"].is_string(), "{step:?}");
        assert!(step["run"].is_string() != step["uses"].is_string(), "{step:?}");
        // What comes from the pull request reaches a script through its environment only.
        assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{step:?}");
    }
}

/// What a workflow gives an action is what that takes.
#[test]
fn workflows_give_what_the_action_takes() {
    let inputs = project("action.yml")["inputs"].clone();
    for path in [".github/workflows/flagstaff.yml", "src/cli/starter/flagstaff.yml"] {
        let workflow = project(path);
        let steps = workflow["jobs"]["flags"]["steps"].as_sequence().unwrap().clone();
        let given = steps.last().unwrap()["with"].as_mapping().unwrap().clone();
        for (name, value) in given {
            assert!(inputs.get(&name).is_some(), "{path}: {name:?}");
            let value = value.as_str().unwrap().to_owned();
            let Some(own) = value.strip_prefix("${{ inputs.") else { continue };
            let own = own.trim_end_matches(" }}");
            assert_eq!(Some(own), name.as_str(), "{path}");
            let input = &workflow["on"]["workflow_call"]["inputs"][own];
            assert!(input["type"].is_string() && input["description"].is_string(), "{path}: {own}");
        }
    }
}

#[test]
fn hooks_run_as_they_stand() {
    let flags = Flags::new();
    run(&flags, &["init"]);
    let own = project(".pre-commit-hooks.yaml");
    let starter = project("src/cli/starter/pre-commit-config.yaml");
    let hooks = own.as_sequence().unwrap().iter();
    let hooks = hooks.chain(starter["repos"][0]["hooks"].as_sequence().unwrap());
    let mut entries = Vec::new();
    for hook in hooks {
        let entry = hook["entry"].as_str().unwrap();
        let words: Vec<&str> = entry.split(' ').collect();
        assert_eq!((words[0], &hook["pass_filenames"]), ("flagstaff", &Value::Bool(false)));
        let said = run(&flags, &words[1..]);
        assert!(said.ends_with("--- exit 0"), "{entry}: {said}");
        entries.push(entry.to_owned());
    }
    assert_eq!(entries[..2], entries[2..]);
}
