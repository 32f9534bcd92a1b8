//! One switch takes what tests find for what they expect: `INSTA_UPDATE=always`, which `insta` reads
//! for the texts in the tests themselves, and we for those in files.

/// Whether files of expected texts are rewritten.
pub fn is_accepting() -> bool {
    std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "always")
}
