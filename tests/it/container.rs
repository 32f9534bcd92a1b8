//! What a container lets the process take.

use flagstaff::system::container::{memory_limit, memory_limit_below};

use crate::harness::Flags;

const MIB: u64 = 1 << 20;
/// Where version 2 is mounted, and nothing else.
const TWO: &str = "25 24 0:22 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
/// Where version 1 is mounted, with its memory below a group of the host's.
const ONE: &str = "\
    31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs rw,mode=755\n\
    32 31 0:29 / /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct\n\
    35 31 0:32 /kubepods/pod1/ab /sys/fs/cgroup/memory ro master:9 - cgroup cgroup rw,memory\n\
    41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
const UNLIMITED: &str = "9223372036854771712\n";

/// The limit where the kernel says this: the groups of the process, the mounts, and files of
/// limits.
#[track_caller]
fn limit(groups: &str, mounts: &str, files: &[(&str, &str)]) -> Option<u64> {
    let kernel = Flags::with([("proc/self/cgroup", groups), ("proc/self/mountinfo", mounts)]);
    for (path, text) in files {
        kernel.write(&format!("sys/fs/cgroup/{path}"), *text);
    }
    memory_limit_below(kernel.root())
}

#[test]
fn version_2() {
    let own = [("memory.max", "67108864\n")];
    assert_eq!(limit("0::/\n", TWO, &own), Some(64 * MIB));
    assert_eq!(limit("0::/\n", TWO, &[("memory.max", "max\n")]), None);
    assert_eq!(limit("0::/\n", TWO, &[]), None, "the topmost group of a host has no such file");
    let lowest_is_above = [
        ("a/b/c/memory.max", "max\n"),
        ("a/b/memory.max", "201326592\n"),
        ("a/memory.max", "134217728\n"),
        ("a/b/d/memory.max", "1048576\n"),
    ];
    assert_eq!(limit("0::/a/b/c\n", TWO, &lowest_is_above), Some(128 * MIB));
    // A process that was moved out of its name space's topmost group, and a removed group.
    assert_eq!(limit("0::/../sibling\n", TWO, &own), Some(64 * MIB));
    assert_eq!(limit("0::/gone (deleted)\n", TWO, &own), Some(64 * MIB));
}

#[test]
fn version_1() {
    let groups = "9:cpu,cpuacct:/x\n4:memory:/kubepods/pod1/ab\n0::/\n";
    let own = [("memory/memory.limit_in_bytes", "67108864\n")];
    assert_eq!(limit(groups, ONE, &own), Some(64 * MIB));
    assert_eq!(limit(groups, ONE, &[("memory/memory.limit_in_bytes", UNLIMITED)]), None);
    let below = groups.replace("/ab\n", "/ab/inner\n");
    let inner = [own[0], ("memory/inner/memory.limit_in_bytes", "33554432\n")];
    assert_eq!(limit(&below, ONE, &inner), Some(32 * MIB));
    assert_eq!(limit("4:memory:/elsewhere\n", ONE, &own), Some(64 * MIB), "a host's name for it");
}

#[test]
fn both_versions_and_none() {
    let files = [("memory/memory.limit_in_bytes", UNLIMITED), ("unified/memory.max", "1048576\n")];
    assert_eq!(limit("4:memory:/kubepods/pod1/ab\n0::/\n", ONE, &files), Some(MIB));
    assert_eq!(limit("", "", &files), None);
    assert_eq!(limit("0::/\n", &TWO.replace("/sys/fs", "/other\\040place"), &[]), None);
    assert_eq!(memory_limit_below("/nowhere".as_ref()), None);
    // Whatever this machine has, it is no limit that nothing fits in.
    assert!(memory_limit().is_none_or(|limit| MIB < limit));
}
