//! `flagstaff eval --explain`: a resolution for people.

use insta::assert_snapshot;

use crate::eval::{PRO, eval};

fn explain(key: &str, context: &str) -> String {
    eval(key, context, &["--explain"])
}

#[test]
fn explains_a_toggle() {
    assert_snapshot!(explain("new-checkout", PRO), @r#"
    new-checkout is false                               flags/a.yaml:5
    variant disabled, reason SPLIT: no rule matched

    ✓ enabled
    ✗ rule `#1`, all of:                                flags/a.yaml:8
      ✓ segment `benelux`                               flags/a.yaml:9
        ✓ country is one of [BE, LU, NL] · it is "NL"   flags/a.yaml:3
      ✓ plan is one of [enterprise, pro] · it is "pro"  flags/a.yaml:10
      ✓ age >= 18 · it is 30                            flags/a.yaml:11
      ✗ rollout: position 35.183 is not below 25 %
    → default: disabled
    --- exit 0
    "#);
    let minor = PRO.replace("30", "17");
    assert_snapshot!(explain("new-checkout", &minor), @r#"
    new-checkout is false                               flags/a.yaml:5
    variant disabled, reason DEFAULT: no rule matched

    ✓ enabled
    ✗ rule `#1`, all of:                                flags/a.yaml:8
      ✓ segment `benelux`                               flags/a.yaml:9
        ✓ country is one of [BE, LU, NL] · it is "NL"   flags/a.yaml:3
      ✓ plan is one of [enterprise, pro] · it is "pro"  flags/a.yaml:10
      ✗ age >= 18 · it is 17                            flags/a.yaml:11
    → default: disabled
    --- exit 0
    "#);
    let french = PRO.replace("NL", "FR");
    assert_snapshot!(explain("new-checkout", &french), @r#"
    new-checkout is false                              flags/a.yaml:5
    variant disabled, reason DEFAULT: no rule matched

    ✓ enabled
    ✗ rule `#1`, all of:                               flags/a.yaml:8
      ✗ segment `benelux`                              flags/a.yaml:9
        ✗ country is one of [BE, LU, NL] · it is "FR"  flags/a.yaml:3
      not reached: 2 more conditions
    → default: disabled
    --- exit 0
    "#);
}

#[test]
fn explains_rules_conditions_and_prerequisites() {
    assert_snapshot!(explain("theme", PRO), @r#"
    theme is {"background":"white"}                                          flags/a.yaml:13
    variant light, reason SPLIT: no rule matched

    ✓ enabled
    ✓ requires `holidays` to be disabled · it is disabled                    flags/a.yaml:15
      ✓ enabled
      ✗ rule `#1`                                                            flags/a.yaml:34
        ✗ now is 2026-12-20T00:00:00Z or later · it is 2026-11-22T12:00:00Z  flags/a.yaml:35
      → default: disabled
    ✗ users: `u-1` is not listed
    first of 2 rules:
      ✗ rule `staff see dark`                                                flags/a.yaml:20
        ✗ is_staff is true · it is missing                                   flags/a.yaml:21
      ✗ rule `any of several`                                                flags/a.yaml:23
        ✓ any of:                                                            flags/a.yaml:25
          ✓ not:                                                             flags/a.yaml:26
            ✗ beta is present · it is missing                                flags/a.yaml:26
          not reached: 2 more conditions
        ✗ rollout: position 70.49 is not below 50 %
    → default: light
    --- exit 0
    "#);
    assert_snapshot!(explain("theme", r#"{"targetingKey": "u-2", "beta": true}"#), @r#"
    theme is {"background":"white"}                                          flags/a.yaml:13
    variant light, reason DEFAULT: no rule matched

    ✓ enabled
    ✓ requires `holidays` to be disabled · it is disabled                    flags/a.yaml:15
      ✓ enabled
      ✗ rule `#1`                                                            flags/a.yaml:34
        ✗ now is 2026-12-20T00:00:00Z or later · it is 2026-11-22T12:00:00Z  flags/a.yaml:35
      → default: disabled
    ✗ users: `u-2` is not listed
    first of 2 rules:
      ✗ rule `staff see dark`                                                flags/a.yaml:20
        ✗ is_staff is true · it is missing                                   flags/a.yaml:21
      ✗ rule `any of several`                                                flags/a.yaml:23
        ✗ any of:                                                            flags/a.yaml:25
          ✗ not:                                                             flags/a.yaml:26
            ✓ beta is present · it is true                                   flags/a.yaml:26
          ✗ all of:                                                          flags/a.yaml:27
            ✗ segment `benelux`                                              flags/a.yaml:27
              ✗ country is one of [BE, LU, NL] · it is missing               flags/a.yaml:3
            not reached: 1 more condition
          ✗ plan is free · it is missing                                     flags/a.yaml:28
    → default: light
    --- exit 0
    "#);
}

#[test]
fn explains_what_was_not_reached() {
    assert_snapshot!(explain("theme", r#"{"targetingKey": "u-2", "is_staff": true}"#), @r#"
    theme is {"background":"black"}                                          flags/a.yaml:13
    variant dark, reason TARGETING_MATCH: decided by rule `staff see dark`

    ✓ enabled
    ✓ requires `holidays` to be disabled · it is disabled                    flags/a.yaml:15
      ✓ enabled
      ✗ rule `#1`                                                            flags/a.yaml:34
        ✗ now is 2026-12-20T00:00:00Z or later · it is 2026-11-22T12:00:00Z  flags/a.yaml:35
      → default: disabled
    ✗ users: `u-2` is not listed
    first of 2 rules:
      ✓ rule `staff see dark`                                                flags/a.yaml:20
        ✓ is_staff is true · it is true                                      flags/a.yaml:21
        → dark
      not reached: 1 more rule
    --- exit 0
    "#);
    assert_snapshot!(explain("gift", PRO), @r"
    gift is false                                                            flags/a.yaml:36
    variant disabled, reason DISABLED: a prerequisite does not hold

    ✓ enabled
    ✗ requires `holidays` to be true · it is disabled                        flags/a.yaml:38
      ✓ enabled
      ✗ rule `#1`                                                            flags/a.yaml:34
        ✗ now is 2026-12-20T00:00:00Z or later · it is 2026-11-22T12:00:00Z  flags/a.yaml:35
      → default: disabled
    not reached: 1 more prerequisite
    → off variant: disabled
    not reached: 1 rule
    --- exit 0
    ");
}

#[test]
fn explains_a_listed_user_and_what_was_not_reached() {
    let listed = PRO.replace("u-1", "u-17");
    assert_snapshot!(explain("theme", &listed), @r#"
    theme is {"background":"black"}                                          flags/a.yaml:13
    variant dark, reason TARGETING_MATCH: the user is listed

    ✓ enabled
    ✓ requires `holidays` to be disabled · it is disabled                    flags/a.yaml:15
      ✓ enabled
      ✗ rule `#1`                                                            flags/a.yaml:34
        ✗ now is 2026-12-20T00:00:00Z or later · it is 2026-11-22T12:00:00Z  flags/a.yaml:35
      → default: disabled
    ✓ users: `u-17` is listed
      → dark
    not reached: 2 rules
    --- exit 0
    "#);
}

#[test]
fn explains_time_splits_and_what_is_missing() {
    assert_snapshot!(explain("holidays", "{}"), @r"
    holidays is false                                                      flags/a.yaml:32
    variant disabled, reason DEFAULT: no rule matched

    ✓ enabled
    ✗ rule `#1`                                                            flags/a.yaml:34
      ✗ now is 2026-12-20T00:00:00Z or later · it is 2026-11-22T12:00:00Z  flags/a.yaml:35
    → default: disabled
    --- exit 0
    ");
    assert_snapshot!(explain("by-company", r#"{"company": "acme"}"#), @r#"
    by-company is "red"                               flags/a.yaml:39
    variant red, reason SPLIT: no rule matched

    ✓ enabled
    default:
      ✓ split: position 21.822 is from 0 to below 50
      → red
    --- exit 0
    "#);
    assert_snapshot!(explain("by-company", "{}"), @r"
    by-company has no answer  flags/a.yaml:39
    TARGETING_KEY_MISSING: a split of `by-company` needs a string or whole number as `company`

    ✓ enabled
    default:
      ! split: needs a string or whole number as `company`, and there is none
    --- exit 1
    ");
    assert_snapshot!(explain("no-default", "{}"), @r"
    no-default is the caller's own default  flags/a.yaml:44
    reason DEFAULT: no rule matched

    ✓ enabled
    ✗ rule `#1`                             flags/a.yaml:47
      ✗ plan is pro · it is missing         flags/a.yaml:47
    → default: the caller's own default
    --- exit 0
    ");
    assert_snapshot!(explain("new-checkout", &PRO.replace("targetingKey", "user")), @r#"
    new-checkout is false                                          flags/a.yaml:5
    variant disabled, reason SPLIT: no rule matched

    ✓ enabled
    ✗ rule `#1`, all of:                                           flags/a.yaml:8
      ✓ segment `benelux`                                          flags/a.yaml:9
        ✓ country is one of [BE, LU, NL] · it is "NL"              flags/a.yaml:3
      ✓ plan is one of [enterprise, pro] · it is "pro"             flags/a.yaml:10
      ✓ age >= 18 · it is 30                                       flags/a.yaml:11
      ✗ rollout of 25 %: needs a targeting key, and there is none
    → default: disabled
    --- stderr
    help: no flag looks at `user`: the user's key is `targetingKey`
    --- exit 0
    "#);
}

#[test]
fn what_callers_send_cannot_command_the_terminal() {
    let key = PRO.replace("NL", "\\u001b[31m\\u009b1m\\nrule");
    assert_snapshot!(explain("new-checkout", &key), @r#"
    new-checkout is false                                               flags/a.yaml:5
    variant disabled, reason DEFAULT: no rule matched

    ✓ enabled
    ✗ rule `#1`, all of:                                                flags/a.yaml:8
      ✗ segment `benelux`                                               flags/a.yaml:9
        ✗ country is one of [BE, LU, NL] · it is "\u001b[31m�1m\nrule"  flags/a.yaml:3
      not reached: 2 more conditions
    → default: disabled
    --- exit 0
    "#);
}
