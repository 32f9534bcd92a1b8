//! The manifest for OpenFeature's command line: the endpoint's list and the file's map.

use flagstaff::api::{call::Options, selection::Selection};
use insta::assert_snapshot;

use crate::{
    harness::{Flags, flagstaff},
    served::{ask, route, shown},
};

const FLAGS: &str = "
flags:
  new-checkout: { enabled: true, name: Checkout, description: \"The new\\n  checkout */ page\" }
  banner:
    variants: { loud: \"a \\\"b\\\"\", quiet: '' }
    enabled: true
    default: loud
    off_variant: quiet
  limit: { variants: { few: 3, many: 40 }, enabled: true, default: many, off_variant: few }
  ratio: { variants: { low: 1, high: 2.50 }, enabled: true, default: low, off_variant: high }
  large: { variants: { a: 5000000000 }, enabled: true, default: a, off_variant: a }
  theme: { variants: { dark: { accent: teal } }, enabled: true, default: dark, off_variant: dark }
  listed: { variants: { some: [1, 2] }, enabled: true, default: some, off_variant: some }
  own-default: { variants: { a: 1, b: 2 }, enabled: true, default: a }
";

#[test]
fn the_endpoint_lists_flags_with_their_types() {
    let answer = ask(&route(FLAGS, Options::default()), "GET /openfeature/v0/manifest", &[], "");
    assert_snapshot!(shown(&answer).replace("},{", "},\n{"));
    let select = Selection::new(vec!["ban*".parse().unwrap()]);
    let some = route(FLAGS, Options { select, ..Options::default() });
    let answer = shown(&ask(&some, "GET /openfeature/v0/manifest", &[], ""));
    assert!(answer.contains("banner") && !answer.contains("limit"), "{answer}");
}

#[test]
fn the_command_prints_the_map_of_a_file() {
    let flags = Flags::with([("a.yaml", FLAGS)]);
    let run = |root: &std::path::Path| {
        let output = flagstaff().arg("manifest").arg(root).output().unwrap();
        let [out, messages] =
            [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
        (output.status.code(), out, messages)
    };
    let (code, out, messages) = run(flags.root());
    assert_eq!(code, Some(0));
    assert_snapshot!(format!("{out}{messages}"));
    let parsed: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(parsed["flags"]["limit"]["defaultValue"], 3);
    flags.write("a.yaml", "flags: { a: { enabled: 1 } }");
    let (code, out, messages) = run(flags.root());
    assert_eq!((code, &*out), (Some(2), ""));
    assert!(messages.contains("definitions with errors"), "{messages}");
    flags.write("a.yaml", "flags: { a: { variants: { b: [] }, enabled: true, default: b } }");
    assert_eq!(run(flags.root()).1, "{\n  \"flags\": {}\n}\n");
}
