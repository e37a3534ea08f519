//! Stands in for a node: answers whoever asks through its control socket, and says what it is told to.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tazcom_identity::SecretKey;

/// Those who attend it, as they come.
pub(crate) struct StandIn {
    attending: Receiver<UnixStream>,
}

/// Messages that are being said.
pub(crate) struct Flood {
    saying: JoinHandle<usize>,
}

/// When messages of the flood were said; any time does.
const THEN: u64 = 1_795_000_000_000;

fn id(seed: u8) -> String {
    SecretKey::from_seed([seed; 32]).node_id().to_string()
}

impl StandIn {
    /// Listens in a data directory.
    pub(crate) fn listen(directory: &Path) -> Self {
        std::fs::create_dir_all(directory).expect("the directory can be made");
        let listener = UnixListener::bind(directory.join("control.sock")).expect("it is free");
        let (attend, attending) = sync_channel(8);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let attend = attend.clone();
                std::thread::spawn(move || answer(stream, &attend));
            }
        });
        Self { attending }
    }

    /// Says so many messages a second for a while, to the first who attends.
    pub(crate) fn floods(&self, rate: u32, time: Duration) -> Flood {
        let stream = self.attending.recv().expect("somebody attends");
        let saying = std::thread::spawn(move || say(stream, rate, time));
        Flood { saying }
    }
}

impl Flood {
    pub(crate) fn is_over(&self) -> bool {
        self.saying.is_finished()
    }

    /// How many were said.
    pub(crate) fn ends(self) -> usize {
        self.saying.join().expect("it does not panic")
    }
}

fn tell(stream: &mut UnixStream, records: &[Value]) {
    let lines = records.iter().map(|record| format!("{record}\n"));
    let lines: String = lines.collect();
    // Whoever asked may have gone.
    let _ = stream.write_all(lines.as_bytes());
}

fn answer(mut stream: UnixStream, attend: &SyncSender<UnixStream>) {
    let mut line = String::new();
    let reader = stream.try_clone().expect("a descriptor can be doubled");
    if BufReader::new(reader).read_line(&mut line).is_err() {
        return;
    }
    let request: Value = serde_json::from_str(&line).unwrap_or_default();
    let done = json!({"event": "done"});
    match request["request"].as_str().unwrap_or_default() {
        "attend" => {
            let present =
                json!({"id": id(2), "name": "zoe", "direct": true, "via": null, "trust": "known"});
            tell(
                &mut stream,
                &[
                    json!({"event": "me", "id": id(1), "name": "bob"}),
                    json!({"event": "conversation", "place": "#lobby", "name": null, "topic": null,
                        "standing": "in", "passphrase": false, "members": []}),
                    json!({"event": "status", "interfaces": ["lo"], "listens": ["127.0.0.1:1"],
                        "present": [present], "tried": []}),
                    json!({"event": "ready"}),
                ],
            );
            // Nobody waits for it when the bench has ended.
            let _ = attend.send(stream);
        }
        "kept" => tell(
            &mut stream,
            &[json!({"event": "kept", "value": null}), done],
        ),
        "history" => {
            let page = json!({"event": "page", "more": false, "damaged": 0});
            tell(&mut stream, &[page, done]);
        }
        "nick" => {
            let nick = json!({"event": "nick", "id": id(1), "name": "bob"});
            tell(&mut stream, &[nick, done]);
        }
        _ => tell(&mut stream, &[done]),
    }
}

/// A hundredth of a second's messages at a time.
fn say(mut stream: UnixStream, rate: u32, time: Duration) -> usize {
    let (begun, step) = (Instant::now(), Duration::from_millis(10));
    let (mut said, mut next) = (0, begun);
    while begun.elapsed() < time {
        let mut lines = String::new();
        for _ in 0..rate / 100 {
            let message = json!({
                "event": "message", "id": format!("{said:064x}"), "room": "#lobby", "author": id(2),
                "name": "zoe", "doubtful": false, "text": format!("message {said} of very many"),
                "action": false, "created": "2026-11-18T00:00:00.000Z",
                "first_seen": "2026-11-18T00:00:00.000Z", "order": [THEN + said as u64, 0],
                "own": false, "hops": 1, "mentions_us": false, "position": "end",
            });
            lines.push_str(&format!("{message}\n"));
            said += 1;
        }
        if stream.write_all(lines.as_bytes()).is_err() {
            break;
        }
        next += step;
        tazcom_tests::pause(next.saturating_duration_since(Instant::now()));
    }
    said
}
