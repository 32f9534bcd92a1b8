//! The JSON schema, and its violations in words.

use flagstaff::{
    definition::{document::parse, schema},
    place::FileId,
};

use crate::{document::render, table};

#[test]
fn what_the_schema_does_not_allow_is_said_exactly() {
    table::check("shape.txt", |text| match parse(FileId(0), text.as_bytes()) {
        Err(problems) => render(&problems),
        Ok(node) => render(&schema::validate(&node)),
    });
}
