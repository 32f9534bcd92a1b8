//! No bytes, whatever they are, stop the compiler; and what it says is fit to be shown.
#![no_main]

#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/exercise.rs"]
mod exercise;
#[allow(dead_code, reason = "this target needs a part of it")]
#[path = "../../tests/it/support/generated.rs"]
mod generated;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise::compile_anything(bytes));
