//! Room for connections.

use flagstaff::http::{slots::Slots, transport::Progress};
use tokio::{runtime::Builder, task::yield_now};

/// How large a connection is here, in bytes.
const CONNECTION_SIZE_BYTES: usize = 4096;

#[test]
fn closed_connections_keep_no_memory() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let slots = Slots::new(4096);
    let connections = async {
        for _ in 0..1000 {
            let slot = slots.take().await.unwrap();
            let task = tokio::spawn(async move {
                let buffer = [0_u8; CONNECTION_SIZE_BYTES];
                yield_now().await;
                drop((buffer, slot));
            });
            slots.remember(task.abort_handle(), Progress::default());
            task.await.unwrap();
        }
    };
    let served = || runtime.block_on(connections);
    let kept = allocation_counter::measure(served).bytes_current;
    assert!(usize::try_from(kept).unwrap_or(0) < 64 * CONNECTION_SIZE_BYTES, "{kept} bytes");
}
