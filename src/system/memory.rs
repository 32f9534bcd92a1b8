//! Memory that is free goes back to the system.

use std::{hint::black_box, time::Duration};

/// How often to have the allocator look for what it can give back.
pub const GIVE_BACK_PERIOD: Duration = Duration::from_secs(1);

/// Large enough for the allocator to take it from the system and not from what it has, in bytes.
/// Nothing is written there, so it takes no memory.
const LARGE_SIZE_BYTES: usize = 1 << 20;

/// Has the allocator give back what has been free for a second. mimalloc looks for that when
/// something large is given up; after a burst of requests, or a reload, there may be nothing for
/// hours. musl's allocator gives back everything by itself.
pub fn give_back() {
    if cfg!(target_env = "gnu") {
        drop(black_box(Vec::<u8>::with_capacity(LARGE_SIZE_BYTES)));
    }
}

/// More than there can be, in bytes.
const IMPOSSIBLE_SIZE_BYTES: usize = 1 << 60;

/// Has the allocator give back at once everything that this thread has freed. mimalloc keeps a page
/// of up to 4 MiB for each size of blocks that a thread has used, until that thread has allocated a
/// few thousand times more, which one that has nothing to do never does. But before it refuses a
/// thread memory, it lets go of all that; so it is asked for more than there can be.
pub fn give_back_own() {
    if cfg!(target_env = "gnu") {
        let _ = black_box(Vec::<u8>::new().try_reserve_exact(black_box(IMPOSSIBLE_SIZE_BYTES)));
    }
}

/// Has the system back no memory with large pages, of which one takes 2 MiB however little of it is
/// used. Where it refuses, the process takes some MiB more.
pub fn use_small_pages() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}
