//! Who asks: a targeting key, attributes, and the time.

use crate::model::json::{Json, text};

#[derive(Clone, Debug, PartialEq)]
pub struct Caller {
    pub key: Option<String>,
    pub attributes: Json,
    /// In nanoseconds since the year 0000.
    pub now: i128,
}

impl Caller {
    /// What OFREP's context says; none if that is no context.
    pub fn of_ofrep(context: &Json, now: i128) -> Option<Self> {
        let key = match context.field("targetingKey") {
            None | Some(Json::Null) => None,
            Some(Json::Text(key)) => Some(key.clone()).filter(|key| !key.is_empty()),
            Some(_) => return None,
        };
        matches!(context, Json::Map(_)).then(|| Self::new(key, context, now))
    }

    /// What the `/flags` endpoints are sent: there an empty key is one like any other.
    pub fn of_rest(key: Option<&str>, attributes: &Json, now: i128) -> Self {
        Self::new(key.map(str::to_owned), attributes, now)
    }

    fn new(key: Option<String>, attributes: &Json, now: i128) -> Self {
        Self { key, attributes: attributes.clone(), now }
    }

    /// An attribute by its whole name, else as a path into objects; `null` is missing.
    pub fn attribute(&self, name: &str) -> Option<Json> {
        match name {
            "targetingKey" => self.key.clone().map(text),
            "now" => None,
            _ => self.sent(name).filter(|value| *value != Json::Null),
        }
    }

    fn sent(&self, name: &str) -> Option<Json> {
        if let Some(value) = self.attributes.field(name) {
            return Some(value.clone());
        }
        // What is sent under the name of what is built in is not looked at.
        let path: Vec<&str> = name.split('.').collect();
        if path.len() < 2 || matches!(path[0], "now" | "targetingKey") {
            return None;
        }
        let mut value = &self.attributes;
        for part in path {
            value = value.field(part)?;
        }
        Some(value.clone())
    }

    /// What is hashed: a text, or a number that is a whole one.
    pub fn unit(&self, bucket_by: &str) -> Option<String> {
        match self.attribute(bucket_by)? {
            Json::Text(text) => Some(text),
            value => value.safe_integer().map(|whole| whole.to_string()),
        }
    }
}
