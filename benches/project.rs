//! A project of the size of a large company's, made up: half toggles, half flags with variants.

use std::fmt::Write as _;

/// The text of one file.
pub fn text(file: usize, flags: usize) -> String {
    let mut text = String::from("# yaml-language-server: $schema=../schema/flags.schema.json\n");
    text += "format: 1\n\n";
    if file == 0 {
        text += ATTRIBUTES;
    }
    text += "flags:\n";
    for number in 0..flags {
        let key = format!("team-{:02}.feature-{file:04}-{number}", file % 40);
        let form = if number % 2 == 0 { toggle(&key, number) } else { variants(&key) };
        let _ = writeln!(text, "{form}");
    }
    text
}

const ATTRIBUTES: &str = "attributes:
  country: { type: string }
  plan: { type: string, enum: [free, pro, enterprise] }
  age: { type: number }
  version: { type: string }

segments:
  benelux:
    - where: { country: [NL, BE, LU] }

";

fn toggle(key: &str, number: usize) -> String {
    format!(
        "  {key}:
    name: The feature {key}
    description: What it does, and for whom it was made
    owner: team-payments
    expires: 2027-03-31
    enabled: true
    users: [u-17, u-23]
    targeting_rules:
      - where: {{ plan: [pro, enterprise] }}
      - {{ attribute: age, operator: gte, value: {} }}
      - segment: benelux
    rollout_percentage: {}.5
",
        18 + number,
        number * 10,
    )
}

fn variants(key: &str) -> String {
    format!(
        "  {key}:
    description: What it does, and for whom it was made
    owner: team-search
    enabled: true
    variants:
      light: {{ background: \"#ffffff\", size: 10 }}
      dark: {{ background: \"#111111\", size: 12 }}
    off_variant: light
    rules:
      - name: staff see dark
        if: [where: {{ is_staff: true }}]
        serve: dark
      - name: apps
        if: [{{ attribute: version, operator: semver, value: '>=2.1, <3' }}]
        split:
          - {{ variant: light, percentage: 50 }}
          - {{ variant: dark, percentage: 50 }}
    default: light
"
    )
}
