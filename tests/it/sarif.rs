//! SARIF, held against the schema of the format.

use std::process::Command;

use flagstaff::diagnostics::place::{FileId, Place};
use insta::assert_snapshot;
use serde_json::Value;

use crate::{
    harness::Flags,
    program::command,
    report::{TEXT, at, misspelled, render},
};

#[test]
fn sarif_of_one_finding() {
    let files = [("./flags/a b#é.yaml", TEXT), ("/srv/flags/b.yaml", "flags: {}")];
    let other = Place { file: FileId(1), ..at(1, 1, 1, 6) };
    let said = render("sarif", false, &files, &[misspelled().relate("and here", other)]);
    let log: Value = serde_json::from_str(&said).unwrap();
    assert_snapshot!(format!("{:#}", log["runs"][0]["results"]), @r#"
    [
      {
        "level": "error",
        "locations": [
          {
            "physicalLocation": {
              "artifactLocation": {
                "uri": "flags/a%20b%23%C3%A9.yaml",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "endColumn": 22,
                "endLine": 3,
                "startColumn": 5,
                "startLine": 3
              }
            }
          }
        ],
        "message": {
          "text": "unknown field `rolout_percentage`; did you mean `rollout_percentage`?"
        },
        "relatedLocations": [
          {
            "id": 1,
            "message": {
              "text": "and here"
            },
            "physicalLocation": {
              "artifactLocation": {
                "uri": "file:///srv/flags/b.yaml"
              },
              "region": {
                "endColumn": 6,
                "endLine": 1,
                "startColumn": 1,
                "startLine": 1
              }
            }
          }
        ],
        "ruleId": "unknown-field",
        "ruleIndex": 101
      }
    ]
    "#);
}

#[test]
fn sarif_is_what_the_official_schema_allows() {
    let flags =
        Flags::with([("flags/a.yaml", TEXT), ("flags/b.yaml", "flags: {new-checkout: {}}\n")]);
    let said = String::from_utf8(
        command(&flags, &["check", "--format", "sarif"]).output().unwrap().stdout,
    );
    let log: Value = serde_json::from_str(&said.unwrap()).unwrap();
    let schema = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft7)
        .build(&official_sarif_schema())
        .unwrap();
    let wrong: Vec<String> = schema.iter_errors(&log).map(|error| error.to_string()).collect();
    assert_eq!(wrong, [""; 0]);
    let run = &log["runs"][0];
    for result in run["results"].as_array().unwrap() {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(20 < rule["help"]["text"].as_str().unwrap().len());
    }
    assert_eq!(run["results"].as_array().unwrap().len(), 2);
}

/// The schema of OASIS, which the crate `serde-sarif` has in its package.
fn official_sarif_schema() -> Value {
    // For this machine alone: nobody has fetched what other systems would need.
    let rustc = Command::new("rustc").arg("-vV").output().unwrap().stdout;
    let rustc = String::from_utf8(rustc).unwrap();
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").unwrap();
    let manifest = std::path::Path::new(package["manifest_path"].as_str().unwrap());
    let schema = std::fs::read_to_string(manifest.with_file_name("src").join("schema.json"));
    let mut schema: Value = serde_json::from_str(&schema.unwrap()).unwrap();
    // A pattern with a stray bracket, which no strict reader of patterns takes.
    for of in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{of}/properties/language"));
        language.unwrap().as_object_mut().unwrap().remove("pattern").unwrap();
    }
    schema
}
