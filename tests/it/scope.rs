//! Whose pages may ask, for which flags there are answers, and what every context has.

use flagstaff::api::{
    call::Options,
    cors::Origins,
    selection::{ContextDefaults, Selection},
};

use crate::served::{ask, route, shown};

const FLAGS: &str = "
flags:
  checkout/new:
    enabled: true
    targeting_rules: [ { attribute: region, operator: eq, value: eu }, { flag: base } ]
  checkout/old: { enabled: true }
  base: { enabled: true, targeting_rules: [ { attribute: shard, operator: eq, value: 3 } ] }
";

#[test]
fn flags_that_are_not_selected_do_not_exist() {
    let select = Selection::new(vec!["checkout/*".parse().unwrap()]);
    let context = additions(&["region=eu", "shard=3"]);
    let route = route(FLAGS, Options { select, context, ..Options::default() });
    let body = |line: &str| shown(&ask(&route, line, &[], ""));
    assert!(body("POST /ofrep/v1/evaluate/flags/base").starts_with("404\n{\"key\":\"base\""));
    assert!(body("GET /flags/base").starts_with("404\n"));
    assert!(body("POST /flags/evaluate/base").contains("flag_not_found"));
    assert!(
        body("POST /flags/evaluate")
            .starts_with("200\n[{\"flag_key\":\"checkout/new\",\"enabled\":true")
    );
    for line in ["GET /flags", "POST /flags/evaluate", "POST /ofrep/v1/evaluate/flags"] {
        assert!(!body(line).contains("key\":\"base\""), "{line}");
    }
    assert!(body("GET /status").contains("\"flags\":2"));
}

fn additions(texts: &[&str]) -> ContextDefaults {
    let mut additions = ContextDefaults::default();
    for text in texts {
        additions.parse(text).unwrap();
    }
    additions
}

#[test]
fn what_a_context_lacks_is_added() {
    let context = additions(&["region=eu", "shard=3"]);
    let route = route(FLAGS, Options { context, ..Options::default() });
    let is_on = |body: &str| {
        let response = ask(&route, "POST /ofrep/v1/evaluate/flags/checkout/new", &[], body);
        shown(&response).contains("\"value\":true")
    };
    assert!(is_on(""));
    assert!(is_on(r#"{"context":{"region":null}}"#));
    assert!(!is_on(r#"{"context":{"region":"us"}}"#));
    assert!(!is_on(r#"{"context":{"shard":"3"}}"#));
    let wrong = |text: &str| ContextDefaults::default().parse(text).unwrap_err();
    assert_eq!(wrong("region"), "`region` has no `=`: write `NAME=VALUE`, such as `region=eu`");
    assert_eq!(wrong("=eu"), "`=eu` has no name before `=`");
    assert_eq!(wrong("targetingKey=u"), "`targetingKey` is for the callers to say");
    assert_eq!(wrong("now=2026"), "`now` is the time of the evaluation");
}

#[test]
fn pages_of_other_origins() {
    let origins = Origins::new(vec!["https://Shop.example".parse().unwrap()]);
    let route = route(FLAGS, Options { origins, ..Options::default() });
    let check = |line: &str, headers: &[(&str, &str)], expected: &str| {
        let shown = shown(&ask(&route, line, headers, "{}"));
        assert_eq!(shown.lines().next().unwrap(), expected, "{line} {headers:?}");
    };
    let shop = ("origin", "https://shop.example");
    let preflight = [
        shop,
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,if-none-match,x-api-key"),
    ];
    let allowed = "204 access-control-allow-methods: GET, POST; access-control-max-age: 7200; \
                   access-control-allow-headers: content-type,if-none-match,x-api-key; \
                   vary: Origin; access-control-allow-origin: https://shop.example; \
                   access-control-expose-headers: ETag, Retry-After, Flags-Version, Flags-Commit;";
    check("OPTIONS /ofrep/v1/evaluate/flags", &preflight, allowed);
    let admitted = "vary: Origin; access-control-allow-origin: https://shop.example; \
                    access-control-expose-headers: ETag, Retry-After, Flags-Version, Flags-Commit;";
    check("POST /ofrep/v1/evaluate/flags/base", &[shop], &format!("200 {admitted}"));
    check("POST /ofrep/v1/evaluate/flags/nope", &[shop], &format!("404 {admitted}"));
    check("POST /ofrep/v1/evaluate/flags/base", &[], "200 vary: Origin;");
    let other = ("origin", "https://evil.example");
    check("POST /ofrep/v1/evaluate/flags/base", &[other], "200 vary: Origin;");
    let preflight = [other, ("access-control-request-method", "POST")];
    check("OPTIONS /ofrep/v1/evaluate/flags", &preflight, "204 vary: Origin;");
    check("GET /flags", &[shop], "200");
    check("OPTIONS /flags", &[shop, preflight[1]], "204 allow: GET, HEAD;");
}

#[test]
fn pages_of_all_origins_and_of_none() {
    let origins = Origins::new(vec!["*".parse().unwrap()]);
    let any = route(FLAGS, Options { origins, ..Options::default() });
    let headers = [("origin", "http://localhost:3000")];
    let response = ask(&any, "POST /ofrep/v1/evaluate/flags", &headers, "");
    assert_eq!(response.headers()["access-control-allow-origin"], "http://localhost:3000");
    let none = route(FLAGS, Options::default());
    let response = ask(&none, "POST /ofrep/v1/evaluate/flags", &headers, "");
    assert!(!response.headers().contains_key("vary"));
    assert!(!response.headers().contains_key("access-control-allow-origin"));
}
