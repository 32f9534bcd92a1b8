//! Whatever is sent over a connection, what comes back is what was answered.
#![no_main]

#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/exercise.rs"]
mod exercise;
#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/exercise_connection.rs"]
mod exercise_connection;
#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/exercise_route.rs"]
mod exercise_route;
#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/exercise_wire.rs"]
mod exercise_wire;
#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/generated.rs"]
mod generated;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise_connection::connection_anything(bytes));
