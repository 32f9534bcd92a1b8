//! The real OpenFeature provider for Rust against a running daemon.
//!
//! `open-feature-ofrep` 0.1.2 gives every answer the reason `STATIC`, takes every status 400 for an
//! invalid context, and a missing value for a parse error. Those are its own; what it is sent is
//! tested in `ofrep.rs`.

use std::fmt::Debug;

use open_feature::{
    EvaluationContext, EvaluationDetails, EvaluationError, OpenFeature, StructValue, Value,
};
use open_feature_ofrep::{OfrepOptions, OfrepProvider};

use crate::harness::{Daemon, Flags};

const DEFINITIONS: &str = "
flags:
  new-checkout: { enabled: true, users: [u-1], targeting_rules: [where: { plan: pro }] }
  ranking:
    { enabled: true, variants: [classic, blended], rules: [{ serve: blended }], default: classic }
  page-size: { enabled: true, variants: { small: 10, large: 9007199254740991 }, default: large }
  weight: { enabled: true, variants: { low: 0.5, whole: 2.0 }, default: whole }
  theme:
    enabled: true
    variants: { dark: { background: '#111111', sizes: [1, 2.5], nested: { on: true } } }
    default: dark
  off: { enabled: false, variants: [red, blue], off_variant: blue }
  off-without-value: { enabled: false, variants: [red, blue] }
  teams/search/flag: { enabled: true }
  drawn:
    enabled: true
    variants: [a, b]
    default: { split: [{ variant: a, percentage: 50 }, { variant: b, percentage: 50 }] }
";

#[test]
fn every_type_and_every_kind_of_absence() {
    let flags = Flags::with([("flags.yaml", DEFINITIONS)]);
    let daemon = Daemon::serving(flags.root());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(ask_everything(&format!("http://{}", daemon.address())));
    daemon.stop();
}

async fn ask_everything(base_url: &str) {
    let options = OfrepOptions { base_url: base_url.to_owned(), ..OfrepOptions::default() };
    let provider = OfrepProvider::new(options).await.unwrap();
    let mut api = OpenFeature::default();
    api.set_provider(provider).await;
    let client = api.create_client();
    let user = |key: &str| EvaluationContext::default().with_targeting_key(key);
    let (me, nobody) = (user("u-1"), EvaluationContext::default());
    let pro = user("u-2").with_custom_field("plan", "pro");

    let mut said = Said::default();
    said.add(client.get_bool_details("new-checkout", Some(&me), None).await);
    said.add(client.get_bool_details("new-checkout", Some(&pro), None).await);
    said.add(client.get_bool_details("new-checkout", Some(&nobody), None).await);
    said.add(client.get_bool_details("teams/search/flag", Some(&me), None).await);
    said.add(client.get_string_details("ranking", Some(&me), None).await);
    said.add(client.get_int_details("page-size", Some(&me), None).await);
    said.add(client.get_float_details("weight", Some(&me), None).await);
    said.add(client.get_string_details("off", Some(&me), None).await);
    said.add(client.get_string_details("off-without-value", Some(&me), None).await);
    said.add(client.get_bool_details("unknown", Some(&me), None).await);
    said.add(client.get_string_details("drawn", Some(&nobody), None).await);
    said.add(client.get_bool_details("ranking", Some(&me), None).await);
    insta::assert_snapshot!(said.0, @r#"
    new-checkout = true (enabled)
    new-checkout = true (enabled)
    new-checkout = false (disabled)
    teams/search/flag = true (enabled)
    ranking = "blended" (blended)
    page-size = 9007199254740991 (large)
    weight = 2.0 (whole)
    off = "blue" (blue)
    ParseError: Invalid value alloc::string::String
    FlagNotFound: Flag: unknown not found
    InvalidContext: Invalid context
    ParseError: Invalid value bool
    "#);

    let theme = client.get_struct_details::<StructValue>("theme", Some(&me), None).await.unwrap();
    assert_eq!(theme.variant.as_deref(), Some("dark"));
    let fields = &theme.value.fields;
    assert_eq!(fields["background"], Value::String("#111111".to_owned()));
    assert_eq!(fields["sizes"], Value::Array(vec![Value::Int(1), Value::Float(2.5)]));
    let nested = StructValue::default().with_field("on", true);
    assert_eq!(fields["nested"], Value::Struct(nested));

    // What a program does: it passes a default, and gets it where there is no value.
    assert!(client.get_bool_value("unknown", Some(&me), None).await.is_err());
    assert_eq!(
        client.get_int_value("page-size", Some(&me), None).await.ok(),
        Some(9007199254740991)
    );
}

/// Answers as lines.
#[derive(Default)]
struct Said(String);

impl Said {
    fn add<T: Debug>(&mut self, answer: Result<EvaluationDetails<T>, EvaluationError>) {
        self.0 += &match answer {
            Ok(details) => {
                let variant = details.variant.unwrap_or_default();
                format!("{} = {:?} ({variant})\n", details.flag_key, details.value)
            }
            Err(error) => format!("{:?}: {}\n", error.code, error.message.unwrap_or_default()),
        };
    }
}
