//! Packed definitions: what comes out is what went in, places included.

use flagstaff::{
    diagnostics::place::{FileId, Place},
    yaml::{
        document::{self, Numbers},
        node::{Entry, Node, NodeValue},
        packed::Packed,
    },
};
use proptest::prelude::*;

use crate::cases::cases;

fn place() -> impl Strategy<Value = Place> {
    let lines = (0_u32..4, prop_oneof![1_u32..200, Just((1_u32 << 31) - 1)], 1_u32..300);
    (lines, 0_u32..3, 0_u32..100).prop_map(|((file, line, column), lines, columns)| Place {
        file: FileId(file),
        line,
        column,
        end_line: line.saturating_add(lines),
        end_column: columns,
    })
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        Just(NodeValue::Null),
        any::<bool>().prop_map(NodeValue::Bool),
        "-?[1-9][0-9]{0,18}".prop_map(|text| NodeValue::Number(text.into())),
        ".{0,200}".prop_map(|text| NodeValue::String(text.into())),
    ];
    let leaf = (leaf, place()).prop_map(|(value, place)| Node { value, place });
    leaf.prop_recursive(5, 60, 6, |inner| {
        let entry = (".{0,20}", place(), inner.clone());
        let entry =
            entry.prop_map(|(key, key_place, node)| Entry { key: key.into(), key_place, node });
        let value = prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(NodeValue::List),
            prop::collection::vec(entry, 0..6).prop_map(NodeValue::Map),
        ];
        (value, place()).prop_map(|(value, place)| Node { value, place })
    })
}

fn has_null(node: &Node) -> bool {
    match &node.value {
        NodeValue::Null => true,
        NodeValue::List(items) => items.iter().any(has_null),
        NodeValue::Map(entries) => entries.iter().any(|entry| has_null(&entry.node)),
        NodeValue::Bool(_) | NodeValue::Number(_) | NodeValue::String(_) => false,
    }
}

proptest! {
    #![proptest_config(cases(300))]
    #[test]
    fn what_is_unpacked_is_what_was_packed(node in node()) {
        let packed = Packed::new(&node);
        prop_assert_eq!(format!("{:?}", packed.unpack()), format!("{node:?}"));
        prop_assert_eq!(packed.has_null(), has_null(&node));
    }
}

/// The reason that it is there: in block style with comments, as flags are written, a definition is
/// no larger than its text.
#[test]
fn a_definition_takes_no_more_than_its_text() {
    let text = include_str!("../../flags/payments/checkout.test.yaml");
    let read = document::read(FileId(0), text.as_bytes(), Numbers::Exact).unwrap();
    let size = Packed::new(&read.root).size_bytes();
    assert!(size <= text.len(), "{size} of {}", text.len());
}
