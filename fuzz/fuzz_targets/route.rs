//! Whatever is asked, every route answers as it has promised.
#![no_main]

#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/exercise.rs"]
mod exercise;
#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/exercise_route.rs"]
mod exercise_route;
#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/generated.rs"]
mod generated;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise_route::route_anything(bytes));
