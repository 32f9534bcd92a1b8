//! Arguments in, exit code out.

use std::process::ExitCode;

/// glibc's allocator keeps what was free once, and musl's does not: see
/// `docs/decisions/0006-mimalloc.md`.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    flagstaff::cli::command::run()
}
