//! Which flags are answered for, and what every context has.

use crate::{
    engine::{
        context::{EvaluationContext, NOW, TARGETING_KEY},
        json_reader,
        value::Value,
    },
    source::glob::Glob,
};

/// Patterns for flag keys: without any, every key is meant; else each that one of them matches.
#[derive(Clone, Debug, Default)]
pub struct Selection(Vec<Glob>);

impl Selection {
    /// The selection of these patterns.
    #[must_use]
    pub fn new(patterns: Vec<Glob>) -> Self {
        Self(patterns)
    }

    /// Whether every key is meant.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    /// The patterns that match none of the keys.
    pub fn without_match<'s, 'k>(
        &'s self,
        keys: impl Iterator<Item = &'k str> + Clone + 's,
    ) -> impl Iterator<Item = &'s Glob> {
        self.0.iter().filter(move |pattern| !keys.clone().any(|key| pattern.matches(key)))
    }

    /// Whether the key is meant.
    #[must_use]
    pub fn includes(&self, key: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| pattern.matches(key))
    }
}

/// Attributes that every context gets which lacks them, such as the region.
#[derive(Clone, Debug, Default)]
pub struct ContextDefaults(Vec<(Box<str>, Value<'static>)>);

impl ContextDefaults {
    /// Reads `NAME=VALUE`: a value that is JSON is that (`3`, `true`, `"3"`), any other a string.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in one line.
    pub fn parse(&mut self, text: &str) -> Result<(), String> {
        let Some((name, value)) = text.split_once('=') else {
            return Err(format!("`{text}` has no `=`: write `NAME=VALUE`, such as `region=eu`"));
        };
        match name {
            "" => return Err(format!("`{text}` has no name before `=`")),
            TARGETING_KEY => return Err(format!("`{name}` is for the callers to say")),
            NOW => return Err(format!("`{name}` is the time of the evaluation")),
            _ => {}
        }
        let value = json_reader::read::<Value<'_>>(value)
            .map_or_else(|_| Value::String(value.to_owned().into()), Value::into_owned);
        self.0.push((name.into(), value));
        Ok(())
    }

    /// Adds what `context` lacks.
    pub fn apply(&self, context: &mut EvaluationContext<'_>) {
        for (name, value) in &self.0 {
            context.attributes.insert_if_missing(name, value.clone());
        }
    }
}
