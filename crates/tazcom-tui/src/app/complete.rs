//! Completing what is typed, and the palette of commands.

use tazcom_chat::{COMMANDS, CommandHelp, DisplayName};

use super::App;
use crate::model::{Palette, Talk};
use crate::place::Place;

/// What is offered at once. More is not read; another letter is typed.
const MAX_OFFERED: usize = 64;

/// Lines that are looked through for those who spoke last.
const MAX_LOOKED_AT: usize = 500;

/// What is being completed: each Tab writes the next.
#[derive(Debug)]
pub(super) struct Completion {
    /// Where the word begins, in bytes.
    from: usize,
    offered: Vec<String>,
    at: usize,
}

impl App {
    /// Writes the next of what the word before the cursor may become, or the one before.
    pub(super) fn complete(&mut self, forth: bool) {
        if let Some(palette) = &self.model.palette
            && palette.chosen.is_some()
            && self.typing.completion.is_none()
            && self.take_chosen()
        {
            return;
        }
        let Some(completion) = self.next_completion(forth) else {
            return;
        };
        let Completion { from, offered, at } = &completion;
        if let Some(word) = offered.get(*at) {
            let to = self.model.editor.cursor;
            self.model.editor.replace(*from, to, word);
        }
        let entries = offered.iter().map(|word| {
            let command = word.trim().strip_prefix('/').filter(|_| *from == 0);
            let help = COMMANDS.iter().find(|help| Some(help.name) == command);
            let help = help.map_or_else(String::new, |help| help.help.to_owned());
            (word.trim_end().to_owned(), help)
        });
        self.model.palette = (offered.len() > 1).then(|| Palette {
            entries: entries.collect(),
            chosen: Some(*at),
        });
        self.typing.completion = Some(completion);
    }

    fn next_completion(&mut self, forth: bool) -> Option<Completion> {
        if let Some(mut completion) = self.typing.completion.take() {
            let count = completion.offered.len();
            let step = if forth { 1 } else { count - 1 };
            completion.at = (completion.at + step) % count;
            return Some(completion);
        }
        let before = self.model.editor.before();
        let from = before.rfind(char::is_whitespace).map_or(0, |at| {
            at + before
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8)
        });
        let word = before.get(from..).unwrap_or_default().to_owned();
        let mut offered = self.offers_for(from, &word);
        offered.truncate(MAX_OFFERED);
        let at = if forth {
            0
        } else {
            offered.len().saturating_sub(1)
        };
        (!offered.is_empty()).then_some(Completion { from, offered, at })
    }

    /// What the word that begins there may become.
    fn offers_for(&self, from: usize, word: &str) -> Vec<String> {
        let before = self.model.editor.before().get(..from).unwrap_or_default();
        let is_command = before.starts_with('/') && !before.starts_with("//");
        if from == 0 && word.starts_with('/') && !word.starts_with("//") {
            let found = commands(word);
            return found.map(|help| format!("/{} ", help.name)).collect();
        }
        if is_command {
            let name = before.trim_start_matches('/').split_whitespace().next();
            let first = before.split_whitespace().count() == 1;
            let name = name.unwrap_or_default().to_lowercase();
            let called =
                |help: &&CommandHelp| help.name == name || help.aliases.contains(&name.as_str());
            if let Some(help) = COMMANDS.iter().find(called)
                && first
            {
                return self.arguments_for(help, word);
            }
        }
        match word.chars().next() {
            Some('#') => self.rooms(word, " ", true),
            Some('+') => self.private_rooms(word),
            Some('@') => {
                let people = self.people(word.trim_start_matches('@'), " ");
                people.into_iter().map(|name| format!("@{name}")).collect()
            }
            _ if from == 0 => self.people(word, ": "),
            _ => self.people(word, " "),
        }
    }

    /// What may stand behind a command.
    fn arguments_for(&self, help: &CommandHelp, word: &str) -> Vec<String> {
        let wanted = help.arguments.trim_matches(['[', ']']);
        let begins = |choice: &&str| choice.starts_with(word);
        match wanted {
            _ if wanted.starts_with("person") => self.people(word.trim_start_matches('@'), " "),
            // Nobody can leave what they are not in, or see who is there.
            "#room" => self.rooms(word, "", help.name == "join"),
            "+room" => self.private_rooms(word),
            "command" => {
                let found = commands(word);
                found.map(|help| help.name.to_owned()).collect()
            }
            choices if choices.contains('|') => choices
                .split('|')
                .filter(begins)
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Rooms that begin so: those that are open, then, where they are wanted, those only heard of.
    fn rooms(&self, word: &str, behind: &str, heard: bool) -> Vec<String> {
        let word = word.trim_start_matches('#').to_lowercase();
        let rooms = self
            .model
            .talks
            .iter()
            .filter_map(|talk| match talk.place() {
                Place::Room(room) => Some(room),
                _ => None,
            });
        let others = self.model.status.heard.iter().filter(|_| heard);
        let others = others.filter(|room| !self.places.contains_key(&Place::Room((*room).clone())));
        let rooms = rooms.chain(others);
        let rooms = rooms.filter(|room| room.as_str().starts_with(&word));
        rooms
            .take(MAX_OFFERED)
            .map(|room| format!("{room}{behind}"))
            .collect()
    }

    fn private_rooms(&self, word: &str) -> Vec<String> {
        let rooms = self.model.talks.iter().map(Talk::place);
        let rooms = rooms.filter(|place| matches!(place, Place::Private(_)));
        let labels = rooms.map(|place| self.model.label(place));
        let word = word.trim_start_matches('+');
        let begins = |label: &String| label.trim_start_matches('+').starts_with(word);
        labels.filter(begins).collect()
    }

    /// People whose names begin so: who spoke here last comes first, then who is there, then the others.
    fn people(&self, word: &str, behind: &str) -> Vec<String> {
        let word = word.to_lowercase();
        let talk = self.model.talk();
        let spoke = talk.timeline.said().take(MAX_LOOKED_AT);
        let spoke = spoke.filter(|said| !said.own).map(|said| &said.author);
        let members = talk.about.members.iter().map(|member| &member.who);
        let me = self.model.me.as_ref().map(DisplayName::id);
        let mut seen = std::collections::BTreeSet::new();
        let everybody = spoke.chain(members).chain(self.people_known());
        let others = everybody.filter(|who| Some(who.id()) != me);
        let others = others.filter(|who| {
            let name = who.name().map_or("", |name| name.as_str());
            name.to_lowercase().starts_with(&word)
                || who.to_string().to_lowercase().starts_with(&word)
        });
        let others = others.filter(|who| seen.insert(who.id())).take(MAX_OFFERED);
        // What somebody is called now, and not what it was called when it spoke.
        let called = others.map(|who| self.model.person(who.id()).unwrap_or(who));
        called
            .map(|who| format!("{}{behind}", who.short()))
            .collect()
    }

    /// Shows which commands there are while one is being typed.
    pub(super) fn update_palette(&mut self) {
        let editor = &self.model.editor;
        let typed = editor.text.as_str();
        let typing = typed.starts_with('/')
            && !typed.starts_with("//")
            && !typed.contains(char::is_whitespace);
        let entries: Vec<(String, String)> = if typing {
            let entry = |help: &CommandHelp| {
                let usage = format!("/{} {}", help.name, help.arguments);
                (usage.trim_end().to_owned(), help.help.to_owned())
            };
            commands(typed).map(entry).collect()
        } else {
            Vec::new()
        };
        self.model.palette = (!entries.is_empty()).then_some(Palette {
            entries,
            chosen: None,
        });
    }

    /// Chooses the next of what is offered, or the one before; whether anything is offered.
    pub(super) fn choose(&mut self, forth: bool) -> bool {
        let Some(palette) = &mut self.model.palette else {
            return false;
        };
        let count = palette.entries.len();
        palette.chosen = Some(match (palette.chosen, forth) {
            (None, true) => 0,
            (None, false) => count.saturating_sub(1),
            (Some(at), true) => (at + 1) % count.max(1),
            (Some(at), false) => (at + count.saturating_sub(1)) % count.max(1),
        });
        true
    }

    /// Writes the command that is chosen, or the first that is offered; whether one was not written yet.
    pub(super) fn take_chosen(&mut self) -> bool {
        let Some(palette) = &self.model.palette else {
            return false;
        };
        let typed = self.model.editor.text.trim_end().to_lowercase();
        let whole = COMMANDS.iter().any(|help| {
            let name = typed.strip_prefix('/').unwrap_or_default();
            help.name == name || help.aliases.contains(&name)
        });
        if self.typing.completion.is_some() || (whole && palette.chosen.is_none()) {
            return false;
        }
        let entry = palette.entries.get(palette.chosen.unwrap_or(0));
        let Some(command) = entry.and_then(|(usage, _)| usage.split(' ').next()) else {
            return false;
        };
        if typed == command {
            return false;
        }
        let text = format!("{command} ");
        let end = self.model.editor.text.len();
        self.model.editor.replace(0, end, &text);
        self.model.palette = None;
        true
    }
}

/// The commands that begin so, those that are called so first.
fn commands(typed: &str) -> impl Iterator<Item = &'static CommandHelp> {
    let typed = typed.trim_start_matches('/').to_lowercase();
    let also = typed.clone();
    let called = COMMANDS
        .iter()
        .filter(move |help| help.name.starts_with(&typed));
    let aliased = COMMANDS.iter().filter(move |help| {
        let mut aliases = help.aliases.iter();
        !help.name.starts_with(&also) && aliases.any(|alias| alias.starts_with(&also))
    });
    called.chain(aliased)
}
