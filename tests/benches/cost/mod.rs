//! What a process uses, as `/proc` tells it.

use std::fs;
use std::time::Duration;

/// The resident memory of the process, in KiB; 0 once it has ended.
pub(crate) fn resident_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let figure = line.and_then(|line| line.split_whitespace().next());
    figure.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The processor time of all its present threads since their start.
///
/// From `schedstat`, which counts nanoseconds: the ticks of `stat` are 10 ms, more than an idle
/// node uses in a while. A thread that has ended takes its time along, and a node ends none.
pub(crate) fn processor_time(pid: u32) -> Duration {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Duration::ZERO;
    };
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let figures = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        figures.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}
