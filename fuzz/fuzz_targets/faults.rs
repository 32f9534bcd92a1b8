//! Whatever goes wrong between the requests of a connection, it harms no other and leaves nothing.
#![no_main]

#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/exercise.rs"]
mod exercise;
#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/exercise_connection.rs"]
mod exercise_connection;
#[path = "../../tests/it/support/exercise_faults.rs"]
mod exercise_faults;
#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/exercise_route.rs"]
mod exercise_route;
#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/exercise_wire.rs"]
mod exercise_wire;
#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/generated.rs"]
mod generated;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise_faults::faults_anything(bytes));
