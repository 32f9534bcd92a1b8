//! An evaluation allocates nothing.

use flagstaff::engine::resolve::resolve;
use jiff::Timestamp;

use crate::{evaluation::definitions, exercise::context};

#[path = "../../benches/kinds.rs"]
mod kinds;

#[test]
fn no_kind_of_evaluation_allocates() {
    let definitions = definitions(&kinds::definitions());
    let context = context(kinds::CONTEXT);
    for kind in &kinds::KINDS {
        let mut found = None;
        let counted = allocation_counter::measure(|| {
            found = resolve(&definitions.flag_set, kind.key, &context, Timestamp::UNIX_EPOCH).ok();
        });
        assert_eq!(counted.count_total, 0, "{}", kind.name);
        let found = found.unwrap();
        assert_eq!(found.reason.name() == "SPLIT", kind.hashes, "{}", kind.name);
        assert!(found.variant.is_some(), "{}", kind.name);
    }
}
