//! Standard error, without ever waiting for whoever reads it.
//!
//! A terminal that is stopped, or a pipe nobody empties, blocks a write for ever, and with it
//! whoever holds the lock on the stream. So one thread writes, and everybody else only queues:
//! lines of the log, traces, warnings, last words and panics. What does not fit is dropped and
//! counted, and the count is told once there is room again.

use std::collections::VecDeque;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes that may wait to be written: a burst of some thousand lines.
const MAX_QUEUED_BYTES: usize = 512 * 1024;

/// How long the end of the program waits for its last lines to be taken.
const LAST_LINES: Duration = Duration::from_secs(1);

static STDERR: LazyLock<Printer> =
    LazyLock::new(|| Printer::to(Box::new(io::stderr()), MAX_QUEUED_BYTES));

/// Writes `text`, whole lines, to standard error as soon as its reader takes them.
pub(crate) fn tell(text: String) {
    STDERR.tell(text);
}

/// Waits until all that was told is written, or has waited too long for its reader.
pub(crate) fn finish() {
    STDERR.finish(LAST_LINES);
}

/// While this lives, what is told waits: the screen is taken by what is drawn there.
#[derive(Debug)]
pub(crate) struct Held(());

impl Drop for Held {
    fn drop(&mut self) {
        release();
    }
}

/// Holds back what is told, if it would be seen on a terminal. What does not fit is dropped and counted,
/// as always.
pub(crate) fn hold() -> Option<Held> {
    let is_seen = io::stderr().is_terminal();
    is_seen.then(|| {
        STDERR.hold(true);
        Held(())
    })
}

/// Has what was held back written, and what is told from now on.
pub(crate) fn release() {
    STDERR.hold(false);
}

/// For `tracing`: an event is written in one piece when the writer is dropped.
#[derive(Debug, Default)]
pub(crate) struct Trace(Vec<u8>);

impl Write for Trace {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        tell(String::from_utf8_lossy(&self.0).into_owned());
    }
}

#[derive(Debug)]
struct Printer {
    shared: Arc<Shared>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// Something was queued.
    more: Condvar,
    /// Everything is written.
    idle: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    texts: VecDeque<String>,
    bytes: usize,
    /// How many did not fit since the last that did.
    dropped: u64,
    is_writing: bool,
    /// Nothing is written for the time being.
    is_held: bool,
}

impl Printer {
    fn to(stream: Box<dyn Write + Send>, capacity: usize) -> Self {
        let shared = Arc::<Shared>::default();
        let thread = std::thread::Builder::new().name("stderr".to_owned());
        let queue = Arc::clone(&shared);
        // Without a thread nothing is shown; that is no reason not to run.
        let started = thread.spawn(move || {
            crate::signals::never_here();
            queue.write_to(stream);
        });
        Self {
            shared,
            capacity: if started.is_ok() { capacity } else { 0 },
        }
    }

    fn tell(&self, text: String) {
        let mut queue = self.shared.lock();
        if queue.bytes + text.len() > self.capacity {
            queue.dropped += 1;
            return;
        }
        queue.bytes += text.len();
        queue.texts.push_back(text);
        self.shared.more.notify_one();
    }

    fn hold(&self, is_held: bool) {
        self.shared.lock().is_held = is_held;
        self.shared.more.notify_one();
    }

    fn finish(&self, limit: Duration) {
        let queue = self.shared.lock();
        let is_busy = |queue: &mut Queue| queue.is_writing || !queue.texts.is_empty();
        // Whether it was in time makes no difference: the program ends.
        let _ = self.shared.idle.wait_timeout_while(queue, limit, is_busy);
    }
}

impl Shared {
    fn write_to(&self, mut stream: Box<dyn Write + Send>) {
        loop {
            let text = self.next();
            // Nothing useful can be done: this is where failures would be told.
            let _ = stream.write_all(text.as_bytes());
            let _ = stream.flush();
        }
    }

    /// The next text; what was dropped is told after the last that was queued before it.
    fn next(&self) -> String {
        let mut queue = self.lock();
        queue.is_writing = false;
        loop {
            if queue.is_held {
                queue = self
                    .more
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            if let Some(text) = queue.texts.pop_front() {
                queue.bytes -= text.len();
                queue.is_writing = true;
                return text;
            }
            if queue.dropped > 0 {
                let dropped = std::mem::take(&mut queue.dropped);
                queue.is_writing = true;
                return format!("({dropped} lines were not shown: nobody read them in time)\n");
            }
            self.idle.notify_all();
            queue = self
                .more
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A queue is whole after every change, so one that a panic left behind is still true.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    use super::*;

    /// A stream whose reader takes a piece only when the test receives it.
    struct Slow(SyncSender<String>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let text = String::from_utf8_lossy(bytes).into_owned();
            self.0.send(text).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn printer(capacity: usize) -> (Printer, Receiver<String>) {
        let (sender, receiver) = sync_channel(0);
        (Printer::to(Box::new(Slow(sender)), capacity), receiver)
    }

    #[test]
    fn a_reader_that_does_not_read_holds_nobody_up_and_learns_what_it_missed() {
        let (printer, reader) = printer(10);
        printer.tell("first\n".to_owned());
        // However far the thread has come, at most the first is out of the queue.
        for _ in 0..100 {
            printer.tell("123456789\n".to_owned());
        }
        printer.finish(Duration::from_millis(1));
        let mut shown = vec![reader.recv().unwrap()];
        while !shown.last().unwrap().contains("not shown") {
            shown.push(reader.recv().unwrap());
        }
        assert_eq!(shown[0], "first\n");
        assert!(shown.len() <= 3, "{shown:?}");
        let dropped = 102 - shown.len();
        assert!(shown.last().unwrap().contains(&format!("({dropped} lines")));
    }

    #[test]
    fn finishing_waits_for_what_was_told() {
        let (printer, reader) = printer(100);
        let reading = std::thread::spawn(move || [reader.recv(), reader.recv()]);
        printer.tell("one\n".to_owned());
        printer.tell("two\n".to_owned());
        printer.finish(Duration::from_secs(30));
        let [one, two] = reading.join().unwrap();
        assert_eq!(
            (one.unwrap(), two.unwrap()),
            ("one\n".into(), "two\n".into())
        );
    }

    #[test]
    fn what_is_held_back_is_written_later_and_in_order() {
        let (printer, reader) = printer(100);
        printer.hold(true);
        printer.tell("one\n".to_owned());
        printer.tell("two\n".to_owned());
        printer.finish(Duration::from_millis(1));
        assert!(reader.try_recv().is_err());
        printer.hold(false);
        assert_eq!(reader.recv().unwrap(), "one\n");
        assert_eq!(reader.recv().unwrap(), "two\n");
    }

    #[test]
    fn a_stream_that_fails_is_no_reason_to_fail() {
        let (printer, reader) = printer(100);
        drop(reader);
        printer.tell("one\n".to_owned());
        printer.finish(Duration::from_secs(30));
    }
}
