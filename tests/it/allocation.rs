//! What answers allocate: an evaluation nothing, all flags at once the same however many there are.

use flagstaff::{api::bulk::Bulk, engine::resolve::resolve};
use jiff::Timestamp;

use crate::{evaluation::definitions, exercise::context, served::snapshot};

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

/// How often an answer for all flags allocates: flags that everybody gets alike, that look at who
/// asks, and that hash.
fn allocations_for_all(flags: usize) -> u64 {
    let kinds = |number: usize| match number % 3 {
        0 => "{ enabled: true }",
        1 => "{ enabled: true, targeting_rules: [where: { plan: [pro] }] }",
        _ => "{ enabled: true, rollout_percentage: 50 }",
    };
    let flags = (0..flags).map(|number| format!("  f{number:05}: {}\n", kinds(number)));
    let snapshot = snapshot(&format!("flags:\n{}", flags.collect::<String>()));
    let bulk = Bulk {
        flag_set: &snapshot.definitions.flag_set,
        wording: snapshot.wording(),
        plan: snapshot.plan(),
        context: &context(kinds::CONTEXT),
        now: Timestamp::UNIX_EPOCH,
    };
    let mut bytes = 0;
    let counted = allocation_counter::measure(|| bytes = bulk.answer(None, None).len());
    assert!(10 * flags_in(&snapshot) < bytes);
    counted.count_total
}

fn flags_in(snapshot: &flagstaff::snapshot::current::Snapshot) -> usize {
    snapshot.definitions.flag_set.flags().len()
}

/// The body, and what the batches of units to hash take.
#[test]
fn an_answer_for_all_flags_allocates_a_few_times_however_many_there_are() {
    let (few, many) = (allocations_for_all(300), allocations_for_all(3000));
    assert_eq!(few, many);
    assert!(many <= 4, "{many} allocations");
}
