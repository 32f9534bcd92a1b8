//! All tests, in one binary: a file per file of `src`, by name.
