//! Conditions of other systems: what becomes of each, as it is written.

use std::fmt::Write as _;

use flagstaff::import::verdict::ImportVerdict;

use crate::import::{compiled, imported, paths};

/// One targeting rule of GO Feature Flag with a query: what becomes of it, as it is written.
fn rule_of_query(query: &str) -> String {
    let query = serde_json::Value::from(query);
    let text = format!(
        r#"{{"x":{{"variations":{{"a":true,"b":false}},
"targeting":[{{"query":{query},"variation":"a"}}],"defaultRule":{{"variation":"b"}}}}}}"#
    );
    let imported = imported("goff", "v1", &text);
    let flag = &imported.flags[0];
    if let ImportVerdict::Refused(refusal) = &flag.verdict {
        return format!("refused: {}", refusal.why);
    }
    compiled(&imported);
    let document = imported.document("elsewhere", &paths());
    let rules = document.lines().skip_while(|line| !line.contains("rules:")).skip(1);
    let rules: Vec<&str> = rules.take_while(|line| !line.contains("default:")).collect();
    let notes: String = flag.notes.iter().map(|note| format!("\n{note}")).collect();
    rules.iter().map(|line| line.replacen("    ", "", 1)).collect::<Vec<_>>().join("\n") + &notes
}

#[test]
fn queries_of_go_feature_flag_are_evaluated_as_there() {
    let queries = [
        "plan eq \"pro\" or plan eq \"team\" and seats gt 10",
        "plan eq \"pro\" and (country in [\"NL\", \"BE\"] or staff eq true)",
        "not (plan eq \"free\")",
        "plan eq \"pro\" OR plan eq \"team\"",
        "key sw \"user-\" and email pr",
        "score ge 0",
        "score lt -1",
        "score ne 2.5",
        "version ge 2.1.0",
        r#"{"==":[{"var":"key"},"u-1"]}"#,
        "staff gt true",
        "plan gt \"a\"",
        "plan xx \"a\"",
        "plan eq \"a",
        "plan eq \"a\" and",
        "((((((((((((((((((a eq 1",
        "{",
    ];
    let all: Vec<String> =
        queries.iter().map(|query| format!("{query}\n{}\n", rule_of_query(query))).collect();
    insta::assert_snapshot!(all.concat(), @r##"
    plan eq "pro" or plan eq "team" and seats gt 10
      - if:
          - any:
              - attribute: plan
                operator: eq
                value: pro
                ignore_case: true
              - attribute: plan
                operator: eq
                value: team
                ignore_case: true
          - { attribute: seats, operator: gte, value: 11 }
        serve: a
    plan eq "pro" and (country in ["NL", "BE"] or staff eq true)
      - if:
          - { attribute: plan, operator: eq, value: pro, ignore_case: true }
          - any:
              - { where: { country: [NL, BE] } }
              - { where: { staff: true } }
        serve: a
    not (plan eq "free")
      - if:
          - not:
              attribute: plan
              operator: eq
              value: free
              ignore_case: true
        serve: a
    plan eq "pro" OR plan eq "team"
      - if:
          - { attribute: plan, operator: eq, value: pro, ignore_case: true }
        serve: a
    GO Feature Flag ignores all that follows an upper-case `AND` or `OR`, and so it is left out here
    key sw "user-" and email pr
      - if:
          - attribute: targetingKey
            operator: starts_with
            value: user-
            ignore_case: true
          - { attribute: email, operator: exists, value: true }
        serve: a
    score ge 0
      - { if: [{ attribute: score, operator: gt, value: -1 }], serve: a }
    score lt -1
      - { if: [{ attribute: score, operator: lte, value: -2 }], serve: a }
    score ne 2.5
      - { if: [{ attribute: score, operator: neq, value: 2.5 }], serve: a }
    version ge 2.1.0
      - if: [{ attribute: version, operator: semver, value: ">=2.1.0" }]
        serve: a
    {"==":[{"var":"key"},"u-1"]}
      - { if: [{ where: { targetingKey: u-1 } }], serve: a }
    staff gt true
    refused: this comparison of the query cannot be read, at its end
    plan gt "a"
    refused: this comparison of the query cannot be read, at its end
    plan xx "a"
    refused: an operator of the query cannot be read, at `"a"`
    plan eq "a
    refused: a text without an end of the query cannot be read, at `"a`
    plan eq "a" and
    refused: an attribute of the query cannot be read, at its end
    ((((((((((((((((((a eq 1
    refused: the depth of the query cannot be read, at `(a eq 1`
    {
    refused: the query is no JSON
    "##);
}

/// Each line of `JsonLogic` as a condition of flagd.
#[test]
fn conditions_of_flagd_are_evaluated_as_there() {
    let conditions = [
        r#"{"!":{"var":"staff"}}"#,
        r#"{"==":[{"var":"country"},null]}"#,
        r#"{"!=":[{"var":"country"},"NL"]}"#,
        r#"{"<":[{"var":"age"},18]}"#,
        r#"{"<":[{"var":"age"},-1]}"#,
        r#"{"<=":[18,{"var":"age"},65]}"#,
        r#"{"in":["@example.com",{"var":"email"}]}"#,
        r#"{"or":[{"in":[{"var":"country"},[]]},{"starts_with":[{"var":"email"},"a"]}]}"#,
        r#"{"if":[{"==":[{"var":"a"},1]},{"==":[{"var":"b"},2]},true]}"#,
        r#"{"sem_ver":[{"var":"v"},"!=","1.2.3"]}"#,
        r#"{"sem_ver":[{"var":"v"},"~","1.2.3"]}"#,
        r#"{">=":[{"var":"$flagd.timestamp"},1767225600]}"#,
        r#"{"==":[{"var":"$flagd.flagKey"},"x"]}"#,
        r#"{"==":[{"var":"a"},{"var":"b"}]}"#,
        r#"{"some":[{"var":"list"},{"==":[{"var":""},1]}]}"#,
        r#"{"in":[{"var":"part"},"a text"]}"#,
        r#"{"$ref":"nobody"}"#,
    ];
    let mut all = String::new();
    for condition in conditions {
        let text = format!(
            r#"{{"flags":{{"x":{{"variants":{{"a":true,"b":false}},"defaultVariant":"b",
"targeting":{{"if":[{condition},"a"]}}}}}}}}"#
        );
        let imported = imported("flagd", "v2", &text);
        let said = match &imported.flags[0].verdict {
            ImportVerdict::Refused(refusal) => format!("refused: {}", refusal.why),
            _ => {
                compiled(&imported);
                let document = imported.document("elsewhere", &paths());
                let lines = document.lines().skip(2).map(|line| line.replacen("  ", "", 1));
                let lines = lines.filter(|line| !line.starts_with('#'));
                lines
                    .collect::<Vec<_>>()
                    .join("\n  ")
                    .replace("variants: { a: true, b: false }", "…")
            }
        };
        writeln!(all, "{condition}\n  {said}").unwrap();
    }
    insta::assert_snapshot!(all, @r##"
    {"!":{"var":"staff"}}
      x:
        enabled: true
        …
        rules:
          - if:
              - not:
                  all:
                    - { attribute: staff, operator: exists, value: true }
                    - { not: { where: { staff: [false, 0, ""] } } }
            serve: a
        default: b
    {"==":[{"var":"country"},null]}
      x:
        enabled: true
        …
        rules:
          - if: [{ attribute: country, operator: exists, value: false }]
            serve: a
        default: b
    {"!=":[{"var":"country"},"NL"]}
      x:
        enabled: true
        …
        rules:
          - { if: [{ not: { where: { country: NL } } }], serve: a }
        default: b
    {"<":[{"var":"age"},18]}
      x:
        enabled: true
        …
        rules:
          - if:
              - any:
                  - { attribute: age, operator: lt, value: 18 }
                  - { attribute: age, operator: exists, value: false }
            serve: a
        default: b
    {"<":[{"var":"age"},-1]}
      x:
        enabled: true
        …
        rules:
          - { if: [{ attribute: age, operator: lt, value: -1 }], serve: a }
        default: b
    {"<=":[18,{"var":"age"},65]}
      x:
        enabled: true
        …
        rules:
          - if:
              - { attribute: age, operator: gte, value: 18 }
              - any:
                  - { attribute: age, operator: lte, value: 65 }
                  - { attribute: age, operator: exists, value: false }
            serve: a
        default: b
    {"in":["@example.com",{"var":"email"}]}
      x:
        enabled: true
        …
        rules:
          - if:
              - { attribute: email, operator: contains, value: "@example.com" }
            serve: a
        default: b
    {"or":[{"in":[{"var":"country"},[]]},{"starts_with":[{"var":"email"},"a"]}]}
      x:
        enabled: true
        …
        rules:
          - if: [{ attribute: email, operator: starts_with, value: a }]
            serve: a
        default: b
    {"if":[{"==":[{"var":"a"},1]},{"==":[{"var":"b"},2]},true]}
      x:
        enabled: true
        …
        rules:
          - if:
              - any:
                  - { all: [{ where: { a: 1 } }, { where: { b: 2 } }] }
                  - { not: { where: { a: 1 } } }
            serve: a
        default: b
    {"sem_ver":[{"var":"v"},"!=","1.2.3"]}
      x:
        enabled: true
        …
        rules:
          - if:
              - { attribute: v, operator: semver, value: ">=0.0.0-0" }
              - { not: { attribute: v, operator: semver, value: "=1.2.3" } }
            serve: a
        default: b
    {"sem_ver":[{"var":"v"},"~","1.2.3"]}
      x:
        enabled: true
        …
        rules:
          - if:
              - { attribute: v, operator: semver, value: ">=1.2.0-0, <1.3.0-0" }
            serve: a
        default: b
    {">=":[{"var":"$flagd.timestamp"},1767225600]}
      x:
        enabled: true
        …
        rules:
          - if:
              - attribute: now
                operator: after
                value: "2026-01-01T00:00:00Z"
            serve: a
        default: b
    {"==":[{"var":"$flagd.flagKey"},"x"]}
      x: { enabled: true, …, default: a }
    {"==":[{"var":"a"},{"var":"b"}]}
      refused: a comparison of two attributes cannot be said as a condition
    {"some":[{"var":"list"},{"==":[{"var":""},1]}]}
      refused: `some` cannot be said as a condition
    {"in":[{"var":"part"},"a text"]}
      refused: a part of a text that the flag states cannot be said as a condition
    {"$ref":"nobody"}
      refused: there is no evaluator `nobody`
    "##);
}
