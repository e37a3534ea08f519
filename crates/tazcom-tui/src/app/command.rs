//! What the commands do.

use tazcom_chat::{COMMANDS, Command, CommandHelp, DisplayName};
use tazcom_proto::RoomName;
use tazcom_proto::limits::{MAX_TEXT_LEN, MAX_TOPIC_LEN};

use super::App;
use super::asked::{Purpose, Then};
use crate::ask::Ask;
use crate::io::Output;
use crate::model::{Overlay, Past, Scroll, Timeline};
use crate::news::{Presence, Present, Standing, Trust};
use crate::place::Place;

/// Lines found by a search in what is here of a private conversation.
const MAX_FOUND: usize = 50;

/// Why nothing is asked any more.
pub(super) const ENDED: &str = "the node has ended; /quit leaves";

pub(super) type Done = Result<(), String>;

impl App {
    /// Does what was typed.
    ///
    /// # Errors
    /// Why not, in words for people. What was typed is the user's still, and nothing of it was done.
    pub(super) fn run(&mut self, command: Command) -> Done {
        let here = self.here();
        match command {
            Command::Say { text } => self.say(here, text, false),
            Command::Me { text } => self.say(here, text, true),
            Command::Join { room } => self.join(room),
            Command::Leave { room } => self.leave(room.map_or(here, Place::Room)),
            Command::Msg { to, text } => {
                may_be_said(text.as_deref().unwrap_or_default())?;
                self.with_typed(&to, Then::Talk { text })
            }
            Command::Who { room } => self.who(room),
            Command::Whois { who } => self.with_typed(&who, Then::Whois),
            Command::Nick { name } => {
                let done = "that is your name from now on".to_owned();
                self.ask(here, Purpose::Do { done }, Ask::Nick(name))
            }
            Command::Verify { who } => self.with_typed(&who, Then::Verify),
            Command::Ignore { who } => self.with_typed(&who, Then::Ignore),
            Command::Topic { topic } => self.topic(topic),
            Command::Rooms => {
                let title = "rooms".to_owned();
                self.ask(here, Purpose::Show { title }, Ask::Rooms)
            }
            Command::Search { words } => self.search(words),
            Command::Private { name } => self.ask(here, Purpose::Open, Ask::Create { name }),
            Command::Invite { who } => self.in_room(&who, Then::Invite),
            Command::Accept { room } => self.accept(room.as_deref()),
            Command::Decline { room } => self.decline(room.as_deref()),
            Command::Enter { name } => self.enter(&name),
            Command::Remove { who } => self.in_room(&who, Then::Remove),
            Command::Promote { who } => self.in_room(&who, Then::Promote),
            Command::Share { who } => self.in_room(&who, Then::Share),
            Command::Rename { name } => {
                let room = self.private_here()?;
                let done = "the room has another name now".to_owned();
                self.ask(here, Purpose::Do { done }, Ask::Rename { room, name })
            }
            Command::Ping { who } => self.with_typed(&who, Then::Ping),
            Command::Trace { who } => self.with_typed(&who, Then::Trace),
            Command::Connect { addr } => {
                let done = "greeted; whoever answers is in the list of people".to_owned();
                self.ask(here, Purpose::Do { done }, Ask::Connect(addr))
            }
            Command::Doctor => {
                self.doctor();
                Ok(())
            }
            Command::Next => {
                self.go_to_unread();
                Ok(())
            }
            Command::Redraw => {
                self.outputs.push_back(Output::Repaint);
                Ok(())
            }
            Command::Id => {
                let me = self.model.me.as_ref().ok_or("that is not known yet")?;
                let me = me.id();
                self.ask(here, Purpose::Me, Ask::Whois(me))
            }
            Command::Clear => {
                self.clear();
                Ok(())
            }
            Command::Quit => {
                self.quit();
                Ok(())
            }
            Command::Help { command } => {
                self.help(command);
                Ok(())
            }
            command => self.set(command),
        }
    }

    /// Says something.
    pub(super) fn say(&mut self, to: Place, text: String, action: bool) -> Done {
        if self.model.ended {
            return Err(ENDED.to_owned());
        }
        if !self.begin.is_over() {
            return Err("one moment: it is not known yet where you are".to_owned());
        }
        if self.begin.is_nowhere() && self.here() == to {
            return Err(
                "you are nowhere yet; /join #room or /msg person goes somewhere".to_owned(),
            );
        }
        may_be_said(&text)?;
        let talk = self.model.find(&to);
        let standing = talk.map_or(Standing::In, |talk| talk.about.standing);
        let label = self.model.label(&to);
        match (&to, standing) {
            (Place::Person(_), _) | (_, Standing::In) => {}
            (_, Standing::Invited) => {
                return Err(format!("you are invited to {label}; /accept enters it"));
            }
            (Place::Room(_), Standing::Out) => {
                return Err(format!("you are not in {label}; /join {label} enters it"));
            }
            (Place::Private(_), Standing::Out) => {
                return Err(format!("you are not in {label} any more"));
            }
        }
        let purpose = Purpose::Say {
            to: to.clone(),
            text: text.clone(),
            action,
        };
        let place = to.clone();
        let is_here = self.here() == to;
        self.ask(place, purpose, Ask::Say { to, text, action })?;
        if is_here && let Some(talk) = self.model.talk_mut() {
            // Whoever says something wants to see it.
            talk.scroll = Scroll::End;
        }
        Ok(())
    }

    fn who(&mut self, room: Option<RoomName>) -> Done {
        let here = self.here();
        let Some(room) = room else {
            let present = &self.model.status.present;
            let lines: Vec<String> = present.iter().map(present_line).collect();
            let text = match lines.len() {
                0 => "nobody is here yet; /doctor says what was tried".to_owned(),
                _ => lines.join("\n"),
            };
            self.show(&here, "who is here", &text);
            return Ok(());
        };
        let place = Place::Room(room);
        let label = self.model.label(&place);
        let talk = self.model.find(&place);
        let talk =
            talk.ok_or_else(|| format!("you are not in {label}; /join {label} enters it"))?;
        let members = &talk.about.members;
        let lines: Vec<String> = members
            .iter()
            .map(|member| self.member_line(&member.who))
            .collect();
        let text = match lines.len() {
            0 => format!("nobody has been heard in {label} yet"),
            _ => lines.join("\n"),
        };
        self.show(&here, &format!("who was heard in {label}"), &text);
        Ok(())
    }

    fn member_line(&self, who: &DisplayName) -> String {
        if self.is_me(who.id()) {
            return format!("{who}, you");
        }
        let mut present = self.model.status.present.iter();
        let present = present.find(|present| present.who.id() == who.id());
        present.map_or_else(|| format!("{who}, not here"), present_line)
    }

    fn topic(&mut self, topic: Option<String>) -> Done {
        let of = self.here();
        if matches!(of, Place::Person(_)) {
            return Err("a conversation with one person has no topic".to_owned());
        }
        let Some(topic) = topic else {
            let label = self.model.label(&of);
            let topic = self
                .model
                .find(&of)
                .and_then(|talk| talk.about.topic.clone());
            let text = match topic {
                Some(topic) => format!("{label} is about: {topic}"),
                None => format!("{label} has no topic; /topic text gives it one"),
            };
            self.tell(&of, &text);
            return Ok(());
        };
        if topic.len() > MAX_TOPIC_LEN {
            let len = topic.len();
            return Err(format!(
                "this has {len} bytes, and a topic has at most {MAX_TOPIC_LEN}"
            ));
        }
        let done = "the topic is set".to_owned();
        self.ask(of.clone(), Purpose::Do { done }, Ask::Topic { of, topic })
    }

    /// Looks for words: in an open room on the disk, in private among what is here.
    fn search(&mut self, words: String) -> Done {
        let here = self.here();
        let title = format!("found for {words}");
        if let Place::Room(room) = &here {
            let room = room.clone();
            return self.ask(here, Purpose::Show { title }, Ask::Search { room, words });
        }
        let wanted = words.to_lowercase();
        let said = self.model.talk().timeline.said();
        let found = said.filter(|said| said.text.as_str().to_lowercase().contains(&wanted));
        let mut found: Vec<String> = found
            .take(MAX_FOUND)
            .map(|said| {
                let (time, who) = (self.model.time(said.at), said.author.short());
                format!("{time} {who}: {}", super::tell::line(said.text.as_str()))
            })
            .collect();
        found.reverse();
        let text = match found.len() {
            0 => "not found in what is loaded here; PgUp at the top loads more".to_owned(),
            _ => found.join("\n"),
        };
        self.show(&here, &title, &text);
        Ok(())
    }

    fn doctor(&mut self) {
        if self.plain.is_none() {
            self.lay(Overlay::Doctor { scroll: 0 });
            return;
        }
        let status = &self.model.status;
        let mut lines = vec![
            match status.present.len() {
                1 => "1 peer".to_owned(),
                peers => format!("{peers} peers"),
            },
            format!("interfaces: {}", status.interfaces.join(", ")),
            format!("listens on: {}", status.listens.join(", ")),
        ];
        lines.extend(status.tried.iter().cloned());
        self.tell(&self.here(), &lines.join("\n"));
    }

    /// Empties the open conversation. What was in it is asked for again when the user looks back.
    fn clear(&mut self) {
        if let Some(talk) = self.model.talk_mut() {
            talk.timeline = Timeline::default();
            talk.scroll = Scroll::End;
            talk.marker = None;
            talk.past = Past::More;
        }
        self.count_queued();
    }

    fn help(&mut self, command: Option<&'static CommandHelp>) {
        let here = self.here();
        match command {
            Some(command) => self.tell(&here, &help_line(command)),
            None if self.plain.is_none() => drop(self.lay(Overlay::Help { scroll: 0 })),
            None => {
                let lines: Vec<String> = COMMANDS.iter().map(help_line).collect();
                self.tell(&here, &lines.join("\n"));
            }
        }
    }
}

/// # Errors
/// It is too long for one message.
fn may_be_said(text: &str) -> Done {
    let len = text.len();
    if len <= MAX_TEXT_LEN {
        return Ok(());
    }
    Err(format!(
        "this has {len} bytes, and a message has at most {MAX_TEXT_LEN}; cut it, or send it in parts"
    ))
}

fn help_line(command: &CommandHelp) -> String {
    let CommandHelp {
        name,
        arguments,
        help,
        ..
    } = command;
    match *arguments {
        "" => format!("/{name}: {help}"),
        arguments => format!("/{name} {arguments}: {help}"),
    }
}

fn present_line(present: &Present) -> String {
    let how = match &present.presence {
        Presence::Direct => "direct".to_owned(),
        Presence::Via(Some(by)) => format!("via {}", by.short()),
        Presence::Via(None) => "via others".to_owned(),
    };
    let trust = match present.trust {
        Trust::New => "new",
        Trust::Known => "known",
        Trust::Verified => "verified",
        Trust::Blocked => "ignored",
    };
    format!("{}, {how}, {trust}", present.who)
}
