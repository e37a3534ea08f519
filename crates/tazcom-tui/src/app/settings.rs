//! What the user chooses.

use tazcom_chat::{Colours, Command, When};

use super::App;
use crate::io::Output;
use crate::place::Place;
use crate::settings::{Bell, Theme};

impl App {
    /// Takes a choice.
    ///
    /// # Errors
    /// Why not, in words for people.
    pub(super) fn set(&mut self, command: Command) -> Result<(), String> {
        let on = |on: bool| if on { "on" } else { "off" };
        let settings = &mut self.model.look.settings;
        let done = match command {
            Command::Mute => return self.mute(),
            Command::Bell { when } => {
                settings.bell = bell(when);
                format!("the bell rings {}", words(when))
            }
            Command::Notify { when } => {
                settings.notify = bell(when);
                format!("the terminal notifies {}", words(when))
            }
            Command::Theme { colours } => {
                let (theme, called) = match colours {
                    Colours::Dark => (Theme::Dark, "dark"),
                    Colours::Light => (Theme::Light, "light"),
                    Colours::Mono => (Theme::Mono, "mono"),
                };
                settings.theme = theme;
                format!("colours: {called}")
            }
            Command::Ascii { on: ascii } => {
                settings.ascii = ascii;
                format!("ASCII alone is {}", on(ascii))
            }
            Command::Mouse { on: mouse } => {
                settings.mouse = mouse;
                if self.plain.is_none() {
                    self.outputs.push_back(Output::Mouse(mouse));
                }
                format!("the mouse is {}", on(mouse))
            }
            _ => return Err("that does nothing here".to_owned()),
        };
        self.keeper.touch(self.now.instant);
        self.tell(&self.here(), &done);
        Ok(())
    }

    fn mute(&mut self) -> Result<(), String> {
        let here = self.here();
        if matches!(here, Place::Person(_)) {
            return Err("only rooms are muted; /ignore shows nothing more of a person".to_owned());
        }
        let label = self.model.label(&here);
        let Some(talk) = self.model.talk_mut() else {
            return Ok(());
        };
        talk.muted = !talk.muted;
        let done = match talk.muted {
            true => format!("{label} is muted; /mute again to undo"),
            false => format!("{label} is not muted any more"),
        };
        self.keeper.touch(self.now.instant);
        self.tell(&here, &done);
        Ok(())
    }
}

const fn bell(when: When) -> Bell {
    match when {
        When::Off => Bell::Off,
        When::Mentions => Bell::Mentions,
        When::All => Bell::All,
    }
}

const fn words(when: When) -> &'static str {
    match when {
        When::Off => "never",
        When::Mentions => "when you are named or written to alone",
        When::All => "whenever something is said",
    }
}
