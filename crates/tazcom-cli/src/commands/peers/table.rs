//! Peers as people see them: a table, or a line for each change.

use std::time::Duration;

use tazcom_discovery::Peer;
use tazcom_identity::NodeId;
use tazcom_node::{Event, Roster};

/// The cells of one line, in the order of [`HEADINGS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row([String; COLUMNS]);

const COLUMNS: usize = 6;
const HEADINGS: [&str; COLUMNS] = ["ID", "ADDRESS", "PORT", "VERSION", "VIA", "AGE"];

impl Row {
    pub(super) fn of(peer: &Peer, age: Duration, own: Option<NodeId>) -> Self {
        let [id, address, port, version, via] = cells(peer);
        let mark = if own == Some(peer.id) {
            "  (this node)"
        } else {
            ""
        };
        Self([
            id,
            address,
            port,
            version,
            via,
            format!("{}{mark}", age_text(age)),
        ])
    }
}

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

/// The line for a change, seen from `before` it.
pub(super) fn line(event: &Event, before: &Roster) -> Option<String> {
    let time = jiff::Zoned::now().strftime("%H:%M:%S").to_string();
    Some(match event {
        Event::PeerDiscovered(peer) => format!("{time}  here     {}\n", cells(peer).join("  ")),
        Event::PeerUpdated(peer) => format!("{time}  changed  {}\n", cells(peer).join("  ")),
        Event::PeerRemoved { id, reason } => {
            let peers = before.peers();
            let last = peers.iter().find(|peer| peer.id == *id);
            let was = last.map_or_else(|| id.short().to_string(), |peer| cells(peer).join("  "));
            format!("{time}  gone     {was}  ({reason})\n")
        }
        _ => return None,
    })
}

fn cells(peer: &Peer) -> [String; COLUMNS - 1] {
    let first = peer.addrs.first();
    [
        peer.id.short().to_string(),
        first.map_or_else(|| "-".to_owned(), |addr| addr.ip.to_string()),
        peer.port.to_string(),
        peer.version.clone(),
        first.map_or_else(|| "-".to_owned(), |addr| addr.via.to_string()),
    ]
}

/// How long ago, in the largest unit that fits.
fn age_text(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        _ => format!("{}h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use tazcom_discovery::{LostReason, PeerAddr, Via};

    use super::*;

    fn peer(seed: u8, interface: &str) -> Peer {
        Peer {
            id: NodeId::from_bytes([seed; 32]),
            port: 4711,
            version: "2.0".to_owned(),
            sessions: true,
            addrs: vec![PeerAddr {
                ip: IpAddr::V4(Ipv4Addr::new(192, 168, 1, seed)),
                interface: None,
                via: Via::Mdns(interface.to_owned()),
                source: None,
            }],
        }
    }

    #[test]
    fn columns_line_up_and_the_own_node_is_pointed_out() {
        let own = NodeId::from_bytes([1; 32]);
        let rows = [
            Row::of(&peer(1, "lo"), Duration::from_secs(2), Some(own)),
            Row::of(&peer(200, "wlan0"), Duration::from_secs(61), Some(own)),
        ];
        assert_eq!(
            table(rows.into_iter()),
            "ID        ADDRESS        PORT  VERSION  VIA         AGE\n\
             AQEBAQEB  192.168.1.1    4711  2.0      mdns@lo     2s  (this node)\n\
             yMjIyMjI  192.168.1.200  4711  2.0      mdns@wlan0  1m\n"
        );
    }

    #[test]
    fn a_peer_that_left_is_shown_as_it_was() {
        let mut before = Roster::default();
        before.apply(&Event::PeerDiscovered(peer(1, "lo")));
        let gone = Event::PeerRemoved {
            id: NodeId::from_bytes([1; 32]),
            reason: LostReason::Goodbye,
        };
        let line = line(&gone, &before).unwrap();
        let (_, rest) = line.split_at(8);
        assert_eq!(
            rest,
            "  gone     AQEBAQEB  192.168.1.1  4711  2.0  mdns@lo  (goodbye)\n"
        );
    }
}
