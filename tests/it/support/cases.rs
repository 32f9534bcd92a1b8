//! Random cases with a fixed seed: the same on every machine and every day.

use proptest::test_runner::{Config, RngAlgorithm, RngSeed};

/// So many cases; choose as many as fit into a few seconds.
pub fn cases(count: u32) -> Config {
    Config {
        cases: count,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(0x0f1a_957a_ff00),
        failure_persistence: None,
        ..Config::default()
    }
}
