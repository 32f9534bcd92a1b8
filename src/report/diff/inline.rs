//! Text inside Markdown: what definitions say stays text, whatever it is made of.

use crate::report::text::on_one_line;

/// A zero-width space: after an `@`, it keeps GitHub from notifying somebody.
const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// How many backticks a fence has at least.
const FENCE_MIN: usize = 3;

/// A line that may have names in backticks, safe to stand in Markdown and in a table's cell.
#[must_use]
pub fn inline(line: &str) -> String {
    let is_paired = line.matches('`').count().is_multiple_of(2);
    if !is_paired {
        return escaped(line);
    }
    let parts = line.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { code(part) } else { escaped(part) }).collect()
}

/// Text as code, on one line.
#[must_use]
pub fn code(text: &str) -> String {
    // A bar ends a table's cell even in code, and a backtick would end the code.
    let text = on_one_line(text).replace('|', "\\|").replace('`', "ˋ");
    if text.trim().is_empty() { String::new() } else { format!("`{text}`") }
}

/// Lines of YAML to be copied: as they are, each with so much indentation, in a fence that is
/// longer than any run of backticks in them.
#[must_use]
pub fn block(lines: &[&str], indentation: &str) -> String {
    let mut runs = lines.iter().flat_map(|line| line.split(|letter| letter != '`')).map(str::len);
    let longest = runs.by_ref().max().unwrap_or(0);
    let fence = "`".repeat(FENCE_MIN.max(longest + 1));
    let mut block = format!("{indentation}{fence}yaml\n");
    for line in lines {
        block.extend([indentation, &on_one_line(line), "\n"]);
    }
    block + indentation + &fence
}

/// Text in which nothing means anything to Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in on_one_line(text).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.extend(['@', ZERO_WIDTH_SPACE]),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '$' | '!' => {
                escaped.extend(['\\', letter]);
            }
            other => escaped.push(other),
        }
    }
    escaped
}
