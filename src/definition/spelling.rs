//! How values are written: texts and names that YAML reads as something else than they look like.

use std::{cell::OnceCell, str};

use crate::{
    definition::{
        problems::slip,
        written::field::{Field, FieldPurpose},
    },
    diagnostics::{diagnostic::Diagnostic, place::Place},
    yaml::node::{Entry, Node, NodeValue},
};

/// How many findings one file may have: the same slip is seldom made only once.
const FINDINGS_MAX: usize = 100;
/// The quotation marks of print.
const CURLY: [char; 10] = ['“', '”', '„', '‟', '‘', '’', '‚', '‛', '«', '»'];
/// The operators whose values are compared as they are written.
const EQUALITY: [&str; 4] = ["eq", "neq", "in", "not_in"];

/// Says what in a document is probably written otherwise than it was meant. `bytes` is its text.
pub fn check(bytes: &[u8], document: &Node, found: &mut Vec<Diagnostic>) {
    let mut spelling = Spelling { bytes, lines: OnceCell::new(), found: Vec::new() };
    let entries = |name: &str| {
        let entry = document.entry(name);
        entry.and_then(|entry| entry.node.as_map()).unwrap_or_default()
    };
    spelling.names(entries("attributes"));
    spelling.names(entries("segments"));
    for segment in entries("segments") {
        spelling.conditions(&segment.node);
    }
    spelling.names(entries("flags"));
    for flag in entries("flags") {
        let before = spelling.found.len();
        spelling.flag(&flag.node);
        for found in spelling.found.iter_mut().skip(before) {
            found.flag = Some((*flag.key).to_owned());
        }
    }
    spelling.found.truncate(FINDINGS_MAX);
    found.append(&mut spelling.found);
}

/// One document being looked at.
struct Spelling<'t> {
    bytes: &'t [u8],
    /// Its lines, made when first asked for: hardly any document has a value of several lines.
    lines: OnceCell<Vec<&'t str>>,
    found: Vec<Diagnostic>,
}

impl<'t> Spelling<'t> {
    fn flag(&mut self, flag: &Node) {
        for entry in flag.as_map().unwrap_or_default() {
            let node = &entry.node;
            match Field::find(&entry.key) {
                Some(Field::Users) => {
                    self.list(node);
                    for entry in node.as_map().unwrap_or_default() {
                        self.list(&entry.node);
                    }
                }
                Some(Field::TargetingRules) => self.conditions(node),
                Some(Field::Rules) => {
                    for rule in node.as_list().unwrap_or_default() {
                        self.rule(rule);
                    }
                }
                Some(Field::RolloutPercentage) => self.percentage(node),
                Some(Field::Variants) => {
                    let variants = node.as_map().unwrap_or_default();
                    self.names(variants);
                    for variant in variants {
                        self.value(&variant.node);
                    }
                }
                Some(Field::Metadata) => {
                    self.names(node.as_map().unwrap_or_default());
                    for entry in node.as_map().unwrap_or_default() {
                        self.block(entry);
                    }
                }
                Some(_) => self.block(entry),
                None => {}
            }
        }
    }

    fn rule(&mut self, rule: &Node) {
        for Entry { key, node, .. } in rule.as_map().unwrap_or_default() {
            match &**key {
                "if" => self.conditions(node),
                "rollout_percentage" => self.percentage(node),
                _ => {}
            }
        }
    }

    /// A share below one per cent may be a fraction of one: `0.25` for 25 %.
    fn percentage(&mut self, node: &Node) {
        let NodeValue::Number(written) = &node.value else { return };
        let Some(decimals) = written.strip_prefix("0.") else { return };
        let is_fraction = decimals.bytes().all(|digit| digit.is_ascii_digit())
            && decimals.bytes().any(|digit| digit != b'0');
        if is_fraction {
            let padded = format!("{decimals:0<2}");
            let (whole, rest) = padded.split_at(2);
            let (whole, rest) = (whole.trim_start_matches('0'), rest.trim_end_matches('0'));
            let whole = if whole.is_empty() { "0" } else { whole };
            let meant = if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{rest}") };
            self.found.push(slip::below_one_percent(written, &meant, node.place));
        }
    }

    /// A list of conditions. Nesting is bounded by the reader.
    fn conditions(&mut self, list: &Node) {
        for condition in list.as_list().unwrap_or_default() {
            self.condition(condition);
        }
    }

    fn condition(&mut self, condition: &Node) {
        for Entry { key, node, .. } in condition.as_map().unwrap_or_default() {
            match &**key {
                "where" => {
                    let tests = node.as_map().unwrap_or_default();
                    self.names(tests);
                    for test in tests {
                        self.compared(&test.node);
                    }
                }
                "value" => {
                    let operator = condition.entry("operator");
                    let operator = operator.and_then(|entry| entry.node.as_str());
                    if operator.is_some_and(|name| EQUALITY.contains(&name)) {
                        self.compared(node);
                    }
                }
                "all" | "any" => self.conditions(node),
                "not" => self.condition(node),
                _ => {}
            }
        }
    }

    /// What an attribute is compared with: a value, or a list of them.
    fn compared(&mut self, node: &Node) {
        self.text(node);
        self.list(node);
    }

    fn list(&mut self, node: &Node) {
        for item in node.as_list().unwrap_or_default() {
            self.text(item);
            self.joined(item);
        }
    }

    /// One text that is compared as it is written.
    fn text(&mut self, node: &Node) {
        let Some(text) = node.as_str() else { return };
        if text.trim().len() < text.len() && !text.trim().is_empty() {
            self.found.push(slip::space_at_an_end(text, node.place));
        }
        if let Some(inner) = text.strip_prefix(CURLY).and_then(|rest| rest.strip_suffix(CURLY))
            && self.is_plain(text, node.place)
        {
            self.found.push(slip::curly_quotes(inner, node.place));
        }
    }

    /// An item that goes on in the next line.
    fn joined(&mut self, item: &Node) {
        let Some(text) = item.as_str() else { return };
        let place = item.place;
        if place.line == place.end_line || !self.is_plain(text, place) {
            return;
        }
        let first = self.from(place).trim_end();
        let parts = (first, text.get(first.len()..).unwrap_or_default().trim());
        self.found.push(slip::joined_lines(text, parts, place));
    }

    /// Names that end in a colon.
    fn names(&mut self, entries: &[Entry]) {
        for Entry { key, key_place, .. } in entries {
            if 1 < key.len() && key.ends_with(':') && self.is_plain(key, *key_place) {
                self.found.push(slip::key_with_colon(key, *key_place));
            }
        }
    }

    /// The value of a variant, with all that is in it.
    fn value(&mut self, node: &Node) {
        match &node.value {
            NodeValue::List(items) => items.iter().for_each(|item| self.value(item)),
            NodeValue::Map(entries) => {
                self.names(entries);
                for Entry { key, key_place, node } in entries {
                    // A null that is written stands somewhere else than its key.
                    let is_left_out =
                        matches!(node.value, NodeValue::Null) && node.place == *key_place;
                    let has_colon = key.find(':').is_some_and(|at| 0 < at && at + 1 < key.len());
                    if is_left_out && has_colon && self.is_plain(key, *key_place) {
                        self.found.push(slip::colon_without_space(key, *key_place));
                    }
                    self.value(node);
                }
            }
            _ => {}
        }
    }

    /// A text of several lines in which a line looks like a field of the flag.
    fn block(&mut self, Entry { key, key_place, node }: &Entry) {
        let Some(text) = node.as_str() else { return };
        if key_place.line == node.place.end_line {
            return;
        }
        let header = self.from(*key_place).split_once(':').map_or("", |(_, header)| header);
        if !header.trim_start().starts_with(['|', '>']) {
            return;
        }
        // The text may be folded: look at the lines as they are written.
        let written = self.lines();
        let (first, last) = (key_place.line as usize, node.place.end_line as usize);
        let lines = written.iter().enumerate().take(last).skip(first);
        let swallowed =
            lines.clone().find_map(|(index, line)| Some((index, *line, field_in(line)?)));
        if let Some((index, line, name)) = swallowed
            && text.contains(name)
        {
            let indent = line.len() - line.trim_start().len();
            let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
            let place = Place {
                line: number(index + 1),
                column: number(indent + 1),
                end_line: number(index + 1),
                end_column: number(line.trim_end().chars().count() + 1),
                ..node.place
            };
            self.found.push(slip::swallowed_field(line.trim(), name, key, place));
        }
    }

    /// Whether a text is written without quotes: on one line it then is as wide as it is long.
    fn is_plain(&self, text: &str, place: Place) -> bool {
        if place.line == place.end_line {
            return place.end_column.saturating_sub(place.column) as usize == text.chars().count();
        }
        !self.from(place).starts_with(['"', '\'', '|', '>'])
    }

    /// What is written from a place to the end of its line.
    fn from(&self, place: Place) -> &'t str {
        let line = self.lines().get(place.line.saturating_sub(1) as usize).copied();
        let line = line.unwrap_or_default();
        let start = line.char_indices().nth(place.column.saturating_sub(1) as usize);
        start.and_then(|(start, _)| line.get(start..)).unwrap_or_default()
    }

    fn lines(&self) -> &[&'t str] {
        self.lines.get_or_init(|| {
            let text = str::from_utf8(self.bytes).unwrap_or_default();
            text.strip_prefix('\u{feff}').unwrap_or(text).lines().collect()
        })
    }
}

/// The field of a flag that a line looks like.
fn field_in(line: &str) -> Option<&str> {
    let (name, rest) = line.trim_start().split_once(':')?;
    let field = Field::find(name)?.row();
    let is_key = rest.is_empty() || rest.starts_with(' ');
    (is_key && field.purpose != FieldPurpose::People).then_some(name)
}
