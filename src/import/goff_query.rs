//! The query language of GO Feature Flag, as it is evaluated there: one operator after the other.

use std::collections::BTreeSet;

use crate::{
    import::{draft::DraftCondition, tree::ImportTree, verdict::ImportRefusal},
    yaml::node::Node,
};

/// How deep brackets may be nested.
const NESTING_MAX: usize = 16;

/// A query while it is read.
#[derive(Debug)]
pub struct Query<'q> {
    node: &'q Node,
    rest: &'q str,
    /// What has to hold of callers.
    conditions: &'q mut BTreeSet<String>,
    /// What the reader of the definition should know.
    notes: &'q mut Vec<String>,
}

/// A value that an attribute is compared with.
enum Literal {
    Text(String),
    Bool(bool),
    Whole(i64),
    Decimal(String),
    Version(String),
    Texts(Vec<String>),
}

/// The condition that a query says.
///
/// # Errors
///
/// What cannot be said, with its place.
pub fn condition(
    node: &Node,
    conditions: &mut BTreeSet<String>,
    notes: &mut Vec<String>,
) -> Result<DraftCondition, ImportRefusal> {
    let rest = node.as_str().unwrap_or_default();
    let mut query = Query { node, rest, conditions, notes };
    let condition = query.sequence(NESTING_MAX)?;
    query.skip_blanks();
    if query.rest.is_empty() { Ok(condition) } else { Err(query.unsayable("the end of it")) }
}

/// The attribute of that name here.
#[must_use]
pub fn attribute(name: &str) -> &str {
    if matches!(name, "key" | "targetingKey") { "targetingKey" } else { name }
}

impl Query<'_> {
    fn unsayable(&self, what: &str) -> ImportRefusal {
        let next: String = self.rest.trim_start().chars().take(20).collect();
        let at = if next.is_empty() { "at its end".to_owned() } else { format!("at `{next}`") };
        let why = format!("{what} of the query cannot be read, {at}");
        ImportRefusal::new(self.node.place, why, "say it by comparing attributes with values")
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes a word, if it comes next.
    fn word(&mut self) -> &str {
        self.skip_blanks();
        let is_part = |letter: char| letter.is_alphanumeric() || "_.-:$".contains(letter);
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn takes(&mut self, sign: char) -> bool {
        self.skip_blanks();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Comparisons with `and` and `or` between, which bind alike.
    fn sequence(&mut self, depth: usize) -> Result<DraftCondition, ImportRefusal> {
        let mut left = self.single(depth)?;
        loop {
            let before = self.rest;
            let joined = match self.word() {
                "and" => true,
                "or" => false,
                "AND" | "OR" => {
                    let note = "GO Feature Flag ignores all that follows an upper-case `AND` or \
                                `OR`, and so it is left out here";
                    self.notes.push(note.to_owned());
                    self.rest = "";
                    return Ok(left);
                }
                _ => {
                    self.rest = before;
                    return Ok(left);
                }
            };
            let both = vec![left, self.single(depth)?];
            left = if joined { DraftCondition::all(both) } else { DraftCondition::any(both) };
        }
    }

    fn single(&mut self, depth: usize) -> Result<DraftCondition, ImportRefusal> {
        let before = self.rest;
        let is_negated = self.word() == "not";
        if !is_negated {
            self.rest = before;
        }
        if self.takes('(') {
            let depth = depth.checked_sub(1).ok_or_else(|| self.unsayable("the depth"))?;
            let inner = self.sequence(depth)?;
            // What is ignored has no end.
            if !self.takes(')') && !self.rest.is_empty() {
                return Err(self.unsayable("a bracket"));
            }
            return Ok(if is_negated { inner.negated() } else { inner });
        }
        if is_negated {
            return Err(self.unsayable("`not` without brackets"));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<DraftCondition, ImportRefusal> {
        let name = attribute(self.word()).to_owned();
        if name.is_empty() {
            return Err(self.unsayable("an attribute"));
        }
        let operator = self.operator().ok_or_else(|| self.unsayable("an operator"))?;
        if operator == "pr" {
            return Ok(DraftCondition::exists(name, true));
        }
        let literal = self.literal()?;
        let said = match literal {
            Literal::Text(text) => self.of_text(&name, operator, &text),
            Literal::Texts(texts) if operator == "in" => {
                let texts = texts.iter().map(|text| ImportTree::text(text)).collect();
                Some(DraftCondition::test(name, "in", ImportTree::List(texts)))
            }
            Literal::Bool(value) => {
                let value = ImportTree::Scalar(value.to_string());
                let operator = match operator {
                    "eq" => Some("eq"),
                    "ne" => Some("neq"),
                    _ => None,
                };
                operator.map(|operator| DraftCondition::test(name, operator, value))
            }
            Literal::Whole(number) => self.of_whole(&name, operator, number),
            Literal::Decimal(text) => self.of_decimal(&name, operator, text),
            Literal::Version(version) => self.of_version(&name, operator, &version),
            Literal::Texts(_) => None,
        };
        said.ok_or_else(|| self.unsayable("this comparison"))
    }

    fn operator(&mut self) -> Option<&'static str> {
        self.skip_blanks();
        for (sign, operator) in
            [("==", "eq"), ("!=", "ne"), (">=", "ge"), ("<=", "le"), (">", "gt"), ("<", "lt")]
        {
            if let Some(rest) = self.rest.strip_prefix(sign) {
                self.rest = rest;
                return Some(operator);
            }
        }
        let word = self.word().to_ascii_lowercase();
        let all = ["eq", "ne", "co", "sw", "ew", "in", "gt", "ge", "lt", "le", "pr"];
        all.into_iter().find(|operator| **operator == *word)
    }

    fn text(&mut self) -> Result<Option<String>, ImportRefusal> {
        self.skip_blanks();
        let Some(quote @ ('"' | '\'')) = self.rest.chars().next() else { return Ok(None) };
        let inner = self.rest.get(1..).unwrap_or_default();
        let end = inner.find(quote).ok_or_else(|| self.unsayable("a text without an end"))?;
        let (text, rest) = inner.split_at(end);
        if text.contains('\\') {
            return Err(self.unsayable("a text with `\\`"));
        }
        let text = text.to_owned();
        self.rest = rest.get(1..).unwrap_or_default();
        Ok(Some(text))
    }

    fn literal(&mut self) -> Result<Literal, ImportRefusal> {
        if let Some(text) = self.text()? {
            return Ok(Literal::Text(text));
        }
        if self.takes('[') {
            let mut texts = Vec::new();
            while !self.takes(']') {
                let text = self.text()?.ok_or_else(|| self.unsayable("an item of a list"))?;
                texts.push(text);
                self.takes(',');
            }
            return Ok(Literal::Texts(texts));
        }
        let word = self.word().to_owned();
        match &*word {
            "true" => Ok(Literal::Bool(true)),
            "false" => Ok(Literal::Bool(false)),
            word => match word.parse() {
                Ok(number) => Ok(Literal::Whole(number)),
                Err(_) if semver::Version::parse(word).is_ok() => {
                    Ok(Literal::Version(word.to_owned()))
                }
                Err(_) if word.parse::<f64>().is_ok_and(f64::is_finite) => {
                    Ok(Literal::Decimal(word.to_owned()))
                }
                Err(_) => Err(self.unsayable("a value")),
            },
        }
    }

    /// A comparison with a text, for which the case of letters does not matter.
    fn of_text(&mut self, name: &str, operator: &str, text: &str) -> Option<DraftCondition> {
        let operator = match operator {
            "eq" => "eq",
            "ne" => "neq",
            "co" => "contains",
            "sw" => "starts_with",
            "ew" => "ends_with",
            _ => return None,
        };
        if name != "targetingKey" {
            self.conditions.insert(format!("`{name}` is sent as a text"));
        }
        Some(DraftCondition::Test {
            attribute: name.to_owned(),
            operator,
            value: ImportTree::text(text),
            ignores_case: true,
        })
    }

    /// A comparison with a whole number: of the attribute's value all decimals are cut off before.
    fn of_whole(&mut self, name: &str, operator: &str, number: i64) -> Option<DraftCondition> {
        self.conditions.insert(format!("`{name}` is sent as a number"));
        let test = |operator, number: i64| {
            DraftCondition::test(name, operator, ImportTree::Scalar(number.to_string()))
        };
        let at_least = |number: i64| match number {
            1.. => test("gte", number),
            _ => test("gt", number - 1),
        };
        let at_most = |number: i64| match number {
            ..0 => test("lte", number),
            _ => test("lt", number + 1),
        };
        Some(match operator {
            "eq" => DraftCondition::all(vec![at_least(number), at_most(number)]),
            "ne" => DraftCondition::any(vec![at_most(number - 1), at_least(number + 1)]),
            "gt" => at_least(number + 1),
            "ge" => at_least(number),
            "lt" => at_most(number - 1),
            "le" => at_most(number),
            _ => return None,
        })
    }

    fn of_decimal(&mut self, name: &str, operator: &str, text: String) -> Option<DraftCondition> {
        self.conditions.insert(format!("`{name}` is sent as a number"));
        let operator = match operator {
            "eq" => "eq",
            "ne" => "neq",
            "gt" => "gt",
            "ge" => "gte",
            "lt" => "lt",
            "le" => "lte",
            _ => return None,
        };
        Some(DraftCondition::test(name, operator, ImportTree::Scalar(text)))
    }

    fn of_version(&mut self, name: &str, operator: &str, text: &str) -> Option<DraftCondition> {
        self.conditions.insert(format!("`{name}` is a version of three numbers"));
        let sign = match operator {
            "eq" => "=",
            "gt" => ">",
            "ge" => ">=",
            "lt" => "<",
            "le" => "<=",
            _ => return None,
        };
        Some(DraftCondition::test(name, "semver", ImportTree::text(&format!("{sign}{text}"))))
    }
}
