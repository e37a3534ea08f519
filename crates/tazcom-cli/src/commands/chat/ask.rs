//! What the chat wants of the node, as requests, and what the node answers, as answers.

use std::time::Duration;

use tazcom_identity::NodeId;
use tazcom_node::SealedRoomId;
use tazcom_tui::{Answer, Ask, Conversation, Place, Said};
use tokio::time::timeout;

use super::door::Door;
use super::told::{line, room, said, said_privately, somebody, words};
use crate::config_file::PeerAddress;
use crate::control::{AskError, Before, Request, RoomAct, Told, Unshown};
use crate::conversing::DISK;
use crate::lookup;
use crate::output::{self, Signs, room_text};

/// How long the other may take to compare: somebody has to look up, and maybe to walk over.
const FOR_THE_OTHER: Duration = Duration::from_secs(120);

/// How long an answer from another node may take.
const FROM_AFAR: Duration = Duration::from_secs(10);

/// How much later than it must an answer may come.
const GRACE: Duration = Duration::from_secs(10);

/// Messages that are found at most: what fits on a few screens.
const FOUND: u32 = 50;

/// Round trips that are measured, so many milliseconds apart.
const PINGS: u32 = 5;
const PING_EVERY: u64 = 200;

/// Steps of a way that are shown. The longest way has a few.
const MAX_STEPS: usize = 64;

/// What is told of words that were handed over when it is not known what has become of them.
const UNSURE: &str =
    "the node has not answered: it may have been said; look before you say it again";

/// What came of an ask.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) answer: Answer,
    /// The private room that it is about, as it is now: sooner than whoever attends the node is told.
    pub(super) room: Option<Conversation>,
    /// With which number the page of a private conversation before this one is asked for.
    pub(super) page: Option<(Place, Option<i64>)>,
}

impl From<Answer> for Answered {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            room: None,
            page: None,
        }
    }
}

/// Asks the node. `page` is the number that came with the page of history after the one that is wanted.
/// An answer comes in any case: however many questions it takes, they have one deadline.
pub(super) async fn answer(door: &Door, ask: Ask, page: Option<i64>) -> Answered {
    let within = patience(&ask);
    let sought = match &ask {
        Ask::Find { who } => Some(who.clone()),
        _ => None,
    };
    let answered = match ask {
        Ask::Say { to, text, action } => return speak(door, &say(&to, text, action)).await.into(),
        ask => timeout(within, answered(door, ask, within, page)).await,
    };
    match answered.unwrap_or(Err(AskError::TimedOut)) {
        Ok(answered) => answered,
        Err(AskError::Refused { kind, .. }) if kind == "unknown_peer" => nobody(sought).into(),
        Err(error) => refused(&error).into(),
    }
}

/// The node names commands of the shell; here others find people.
fn nobody(called: Option<String>) -> Answer {
    let called = called.map_or_else(|| "that".to_owned(), |who| line(&who).as_str().to_owned());
    Answer::Refused(format!(
        "nobody known here is called {called}; /who shows who is here"
    ))
}

fn refused(error: &AskError) -> Answer {
    Answer::Refused(words(&error.to_string()))
}

/// Says something. Nobody is to say it twice who does not know whether it was said.
async fn speak(door: &Door, request: &Request) -> Answer {
    let mut is_sent = false;
    match door.ask_noting(request, DISK, &mut is_sent).await {
        Ok(_) => Answer::Done,
        Err(_) if is_sent => unsure(),
        Err(error) => refused(&error),
    }
}

/// The answer to what was said when there is none.
pub(super) fn unsure() -> Answer {
    Answer::Refused(UNSURE.to_owned())
}

async fn answered(
    door: &Door,
    ask: Ask,
    within: Duration,
    page: Option<i64>,
) -> Result<Answered, AskError> {
    let text = |text: String| Answered::from(Answer::Text(text.trim_end().to_owned()));
    Ok(match ask {
        Ask::Connect(to) => return connect(door, &to).await,
        Ask::Topic {
            of: Place::Private(room),
            topic,
        } => {
            let (name, _) = called(door, room).await?;
            let act = RoomAct::Rename { name, topic };
            door.ask(&private_room(room, act), within).await?;
            Answer::Done.into()
        }
        Ask::Rename { room, name } => {
            let (_, topic) = called(door, room).await?;
            let act = RoomAct::Rename { name, topic };
            door.ask(&private_room(room, act), within).await?;
            Answer::Done.into()
        }
        Ask::Rooms => {
            let mut rooms = door.ask(&Request::Rooms, within).await?;
            rooms.extend(door.ask(&Request::PrivateRooms, within).await?);
            text(listed(&rooms))
        }
        Ask::History { of, before, limit } => {
            let request = history(&of, before.as_deref(), limit, page);
            let told = door.ask(&request, within).await?;
            page_of(of, &told)
        }
        Ask::Search { .. } => text(found(&put(door, &ask, within).await?)),
        Ask::Ping(_) => text(pings(&put(door, &ask, within).await?)),
        Ask::Trace(_) => text(path(&put(door, &ask, within).await?)),
        Ask::Whois(_) => {
            let told = put(door, &ask, within).await?;
            let whois = told.iter().filter_map(|told| match told {
                Told::Whois(person) => Some(person.to_lines()),
                _ => None,
            });
            text(whois.collect())
        }
        // Nothing but the list knows that conversation.
        Ask::Leave(Place::Person(_)) => Answer::Done.into(),
        ask => plain(&ask, &put(door, &ask, within).await?),
    })
}

/// Asks what is one question.
async fn put(door: &Door, ask: &Ask, within: Duration) -> Result<Vec<Told>, AskError> {
    match request(ask) {
        Some(request) => door.ask(&request, within).await,
        None => Err(AskError::Refused {
            kind: "bad_request".to_owned(),
            message: "that cannot be done here".to_owned(),
        }),
    }
}

/// How long all of the answer may take.
fn patience(ask: &Ask) -> Duration {
    match ask {
        Ask::Compare(_) => FOR_THE_OTHER + GRACE,
        Ask::Ping(_) | Ask::Trace(_) | Ask::Connect(_) => FROM_AFAR + GRACE,
        _ => DISK,
    }
}

/// The one request that an ask is, where it is one.
fn request(ask: &Ask) -> Option<Request> {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let peer = |who: &NodeId| who.to_string();
    Some(match ask {
        Ask::Say { to, text, action } => say(to, text.clone(), *action),
        Ask::History { of, before, limit } => history(of, before.as_deref(), *limit, None),
        Ask::Search { room, words } => Request::History {
            room: Some(room.to_string()),
            since: None,
            until: None,
            search: Some(words.clone()),
            before: None,
            limit: FOUND,
        },
        Ask::Find { who } => Request::Whois {
            peer: Some(who.clone()),
        },
        Ask::Join(room) => Request::Join {
            room: room.to_string(),
        },
        Ask::Leave(Place::Room(room)) => Request::Leave {
            room: room.to_string(),
        },
        Ask::Leave(Place::Private(room)) => private_room(*room, RoomAct::Leave),
        Ask::Nick(name) => Request::Nick {
            name: Some(name.clone()),
        },
        Ask::Topic {
            of: Place::Room(room),
            topic,
        } => Request::Topic {
            room: room.to_string(),
            topic: topic.clone(),
        },
        Ask::Whois(who) => Request::Whois {
            peer: Some(peer(who)),
        },
        Ask::Block { who, undo } => Request::Block {
            peer: peer(who),
            undo: *undo,
        },
        Ask::Ping(who) => Request::Ping {
            peer: peer(who),
            count: PINGS,
            interval_ms: PING_EVERY,
            timeout_ms: millis(FROM_AFAR),
        },
        Ask::Trace(who) => Request::Trace {
            peer: peer(who),
            timeout_ms: millis(FROM_AFAR),
        },
        Ask::Create { name } => Request::PrivateRoom {
            room: name.clone(),
            act: RoomAct::Create {
                topic: String::new(),
            },
        },
        Ask::Enter { name, passphrase } => Request::PrivateRoom {
            room: name.clone(),
            act: RoomAct::Enter {
                passphrase: Unshown(passphrase.as_str().to_owned()),
            },
        },
        Ask::Accept(room) => private_room(*room, RoomAct::Accept),
        Ask::Invite { room, who } => private_room(*room, RoomAct::Invite { peer: peer(who) }),
        Ask::Remove { room, who } => private_room(*room, RoomAct::Remove { peer: peer(who) }),
        Ask::Promote { room, who } => private_room(*room, RoomAct::Promote { peer: peer(who) }),
        Ask::ShareHistory { room, who } => {
            private_room(*room, RoomAct::ShareHistory { peer: peer(who) })
        }
        Ask::Compare(who) => Request::Compare {
            peer: peer(who),
            timeout_ms: millis(FOR_THE_OTHER),
        },
        Ask::Confirm { who, same } => Request::Confirm {
            peer: peer(who),
            same: *same,
        },
        Ask::Cancel(who) => Request::Uncompare { peer: peer(who) },
        // Several questions, or none.
        Ask::Rooms
        | Ask::Connect(_)
        | Ask::Rename { .. }
        | Ask::Topic { .. }
        | Ask::Leave(Place::Person(_)) => return None,
    })
}

fn say(to: &Place, text: String, action: bool) -> Request {
    let wait_ms = None;
    match to {
        Place::Room(room) => Request::Send {
            room: room.to_string(),
            text,
            action,
            wait_ms,
        },
        Place::Person(who) => Request::Tell {
            to: who.to_string(),
            text,
            action,
            wait_ms,
        },
        Place::Private(room) => Request::SayPrivately {
            room: room_text(*room),
            text,
            action,
            wait_ms,
        },
    }
}

fn private_room(room: SealedRoomId, act: RoomAct) -> Request {
    Request::PrivateRoom {
        room: room_text(room),
        act,
    }
}

fn history(of: &Place, before: Option<&Said>, limit: u32, page: Option<i64>) -> Request {
    match of {
        Place::Room(room) => Request::History {
            room: Some(room.to_string()),
            since: None,
            until: None,
            search: None,
            before: before.map(|said| Before {
                order: [said.order.0, said.order.1],
                author: said.author.id(),
                id: said.id.0.to_string(),
            }),
            limit,
        },
        private => Request::PrivateHistory {
            with: private.to_string(),
            limit,
            before: before.and(page),
        },
    }
}

fn page_of(of: Place, told: &[Told]) -> Answered {
    let lines = told.iter().filter_map(|told| match told {
        Told::Past(message) => said(message),
        Told::PrivatePast(message) => said_privately(message),
        _ => None,
    });
    let page = told.iter().find_map(|told| match told {
        Told::Page { more, before, .. } => Some((*more, *before)),
        _ => None,
    });
    let (more, before) = page.unwrap_or_default();
    Answered {
        answer: Answer::History {
            lines: lines.collect(),
            more,
        },
        room: None,
        page: of.is_private().then_some((of, before)),
    }
}

/// The answer to a request that is done, or gives one thing.
fn plain(ask: &Ask, told: &[Told]) -> Answered {
    let mut answered = Answered::from(Answer::Done);
    for told in told {
        match (ask, told) {
            (Ask::Find { .. }, Told::Whois(person)) => {
                answered.answer = Answer::Person(somebody(person));
            }
            (_, Told::VerificationFailed { why }) => answered.answer = Answer::Refused(words(why)),
            // It is gone from the list when the node says so, or stays.
            (Ask::Leave(_), _) => {}
            (_, Told::PrivateRoom(record)) => answered.room = room(record),
            _ => {}
        }
    }
    if let (Ask::Create { .. } | Ask::Enter { .. }, Some(room)) = (ask, &answered.room) {
        answered.answer = Answer::Place(room.place.clone());
    }
    answered
}

/// What a private room is called, and what it is about.
async fn called(door: &Door, room: SealedRoomId) -> Result<(String, String), AskError> {
    let rooms = door.ask(&Request::PrivateRooms, DISK).await?;
    let id = room_text(room);
    let called = rooms.into_iter().find_map(|told| match told {
        Told::PrivateRoom(room) if room.room == id => Some((room.name, room.topic)),
        _ => None,
    });
    called.ok_or_else(|| AskError::Refused {
        kind: "unknown_room".to_owned(),
        message: "there is no such private room here any more".to_owned(),
    })
}

async fn connect(door: &Door, to: &str) -> Result<Answered, AskError> {
    let refused = |message: String| AskError::Refused {
        kind: "bad_request".to_owned(),
        message,
    };
    let addr = match to.parse::<PeerAddress>() {
        Ok(PeerAddress::Addr(addr)) => addr,
        Ok(PeerAddress::Name { host, port }) => lookup::look_up(&host, port)
            .await
            .map_err(|error| refused(format!("{host} has no address ({error})")))?,
        Err(error) => return Err(refused(error.to_string())),
    };
    let request = Request::Connect {
        addr: addr.to_string(),
        timeout_ms: u64::try_from(FROM_AFAR.as_millis()).unwrap_or(u64::MAX),
    };
    let told = door.ask(&request, FROM_AFAR + GRACE).await?;
    let met = told.iter().find_map(|told| match told {
        Told::SessionUp { id, addr, .. } => Some(format!("{} at {addr} is here", id.short())),
        _ => None,
    });
    Ok(Answer::Text(met.unwrap_or_else(|| format!("{addr} was greeted"))).into())
}

fn listed(told: &[Told]) -> String {
    let mut rows = vec![["ROOM", "JOINED", "MESSAGES", "LAST", "TOPIC"].map(str::to_owned)];
    rows.extend(told.iter().filter_map(|told| match told {
        Told::Room(room) => Some(room.row()),
        _ => None,
    }));
    let mut out = output::table(&rows);
    for told in told {
        if let Told::PrivateRoom(room) = told {
            out.push_str(&room.to_lines());
        }
    }
    out
}

fn found(told: &[Told]) -> String {
    let mut out = String::new();
    for told in told {
        match told {
            Told::Past(message) => out.push_str(&message.to_dated_lines(Signs::None)),
            Told::Page { more: true, .. } => out.push_str("there is more before these\n"),
            _ => {}
        }
    }
    if out.is_empty() {
        out.push_str("nothing that was said here has all of these words");
    }
    out
}

fn pings(told: &[Told]) -> String {
    let mut out = String::new();
    for told in told {
        match told {
            Told::Pong { seq, rtt_ms, .. } => {
                out.push_str(&format!("{seq}: answered in {rtt_ms:.2} ms\n"));
            }
            Told::PingUnanswered { seq, reason, .. } => {
                out.push_str(&format!("{seq}: not answered: {}\n", words(reason)));
            }
            _ => {}
        }
    }
    out
}

fn path(told: &[Told]) -> String {
    let mut out = String::new();
    for told in told {
        let Told::Path { reached, path, ms } = told else {
            continue;
        };
        for (hop, person) in path.iter().take(MAX_STEPS).enumerate() {
            out.push_str(&format!("{hop}  {person}\n"));
        }
        out.push_str(&match reached {
            true => format!("there and back in {ms:.1} ms\n"),
            false => "no further than this\n".to_owned(),
        });
    }
    out
}

#[cfg(test)]
mod tests;
