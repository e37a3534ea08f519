//! Peers as people see them: a table.

use crate::output::{Listed, PeerRecord, Standing};

/// The cells of one line, in the order of [`HEADINGS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row([String; COLUMNS]);

const COLUMNS: usize = 10;
const HEADINGS: [&str; COLUMNS] = [
    "ID", "ADDRESS", "PORT", "VERSION", "VIA", "SESSION", "PROTOCOL", "PROVEN", "TRUST", "AGE",
];

impl Row {
    pub(super) fn of(listed: &Listed) -> Self {
        let [id, address, port, version, via] = cells(&listed.peer);
        let up = listed.connection.as_ref().map(|session| session.up_ms);
        let session = match (up, listed.session) {
            (Some(up), _) => format!("up {}", age_text(up)),
            (None, Some(Standing::Plain)) => "plain".to_owned(),
            (None, _) => NONE.to_owned(),
        };
        let protocol = listed
            .protocol
            .map_or_else(|| "?".to_owned(), |p| p.to_string());
        let proven = match (listed.verified, listed.own) {
            (true, _) => "handshake",
            (false, false) => "no",
            (false, true) => NONE,
        };
        let mark = if listed.own { "  (this node)" } else { "" };
        Self([
            id,
            address,
            port,
            version,
            via,
            session,
            protocol,
            proven.to_owned(),
            listed.peer.trust.as_deref().unwrap_or(NONE).to_owned(),
            format!("{}{mark}", age_text(listed.age_ms)),
        ])
    }
}

/// Stands where there is nothing.
const NONE: &str = "-";

/// Headings and rows in columns, two spaces apart.
pub(super) fn table(rows: impl Iterator<Item = Row>) -> String {
    let headings = Row(HEADINGS.map(str::to_owned));
    let all: Vec<Row> = std::iter::once(headings).chain(rows).collect();
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
        let cells = all.iter().filter_map(|row| row.0.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    });
    all.iter()
        .map(|row| {
            let cells = row.0.iter().zip(widths);
            let line: String = cells
                .map(|(cell, width)| format!("{cell:width$}  "))
                .collect();
            format!("{}\n", line.trim_end())
        })
        .collect()
}

/// Who and where a peer is.
pub(super) fn cells(peer: &PeerRecord) -> [String; 5] {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| NONE.to_owned());
    [
        peer.id.short().to_string(),
        or_none(peer.addr.map(|addr| addr.ip().to_string())),
        or_none(peer.addr.map(|addr| addr.port().to_string())),
        or_none(peer.version.clone()),
        or_none(peer.via.clone()),
    ]
}

/// How long ago, in the largest unit that fits.
fn age_text(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        _ => format!("{}h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tazcom_identity::NodeId;

    use super::*;

    /// As a running node tells of it.
    fn listed(seed: u8, more: &serde_json::Value) -> Listed {
        let mut record = json!({
            "id": NodeId::from_bytes([seed; 32]),
            "addr": format!("192.168.1.{seed}:4711"),
            "via": "mdns@lo",
            "version": "2.0",
            "addrs": [],
            "own": false,
            "age_ms": 2_900,
            "session": null,
            "connection": null,
            "protocol": null,
            "verified": false,
        });
        let fields = more.as_object().unwrap().clone();
        record.as_object_mut().unwrap().extend(fields);
        serde_json::from_value(record).unwrap()
    }

    #[test]
    fn columns_line_up_and_the_own_node_is_pointed_out() {
        let connection = json!({
            "addr": "192.168.1.200:4711", "role": "initiator", "up_ms": 183_000, "name": null,
            "rtt_ms": null,
        });
        let rows = [
            listed(1, &json!({"own": true, "protocol": "TAZCOM/2"})),
            listed(
                200,
                &json!({
                    "session": "up", "connection": connection, "protocol": "TAZCOM/2",
                    "verified": true, "age_ms": 61_000, "via": "mdns@wlan0", "trust": "verified",
                }),
            ),
            listed(
                3,
                &json!({
                    "protocol": "POC-02", "session": "plain", "version": "0.1", "trust": "new",
                }),
            ),
            listed(4, &json!({"addr": null, "via": null, "version": null})),
        ];
        assert_eq!(
            table(rows.iter().map(Row::of)),
            "\
ID        ADDRESS        PORT  VERSION  VIA         SESSION  PROTOCOL  PROVEN     TRUST     AGE
AQEBAQEB  192.168.1.1    4711  2.0      mdns@lo     -        TAZCOM/2  -          -         2s  (this node)
yMjIyMjI  192.168.1.200  4711  2.0      mdns@wlan0  up 3m    TAZCOM/2  handshake  verified  1m
AwMDAwMD  192.168.1.3    4711  0.1      mdns@lo     plain    POC-02    no         new       2s
BAQEBAQE  -              -     -        -           -        ?         no         -         2s
"
        );
    }
}
