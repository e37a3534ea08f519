//! A terminal as people have it: tmux, in which a shell runs, in which the program is started.

use std::ffi::OsStr;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::SOON;
use crate::host::Host;
use crate::settle::eventually;

/// What the shell says when it waits.
const PROMPT: &str = "ready> ";

/// A window of tmux with a shell in it. Its server is its own, and ends with this.
#[derive(Debug)]
pub struct Tmux {
    host: Host,
    sockets: TempDir,
}

impl Tmux {
    /// Opens a window of so many columns and rows, with a shell that knows the variables of `command`.
    ///
    /// # Panics
    ///
    /// When there is no tmux.
    #[must_use]
    pub fn open(host: &Host, command: &Command, columns: u16, rows: u16) -> Self {
        let tmux = Self::new(host);
        tmux.begin(command, columns, rows, ["sh"]);
        // Some shells take no prompt from outside, and what is typed before they ask stands in the way.
        tmux.waits_for("a shell", |screen| !screen.trim().is_empty());
        tmux.enters(&format!("PS1='{PROMPT}'"));
        tmux.has_prompt();
        tmux
    }

    /// Opens a window in which nothing but this command runs.
    ///
    /// # Panics
    ///
    /// When there is no tmux.
    #[must_use]
    pub fn run(host: &Host, command: &Command, columns: u16, rows: u16) -> Self {
        let tmux = Self::new(host);
        tmux.begin(command, columns, rows, words(command));
        tmux
    }

    fn new(host: &Host) -> Self {
        let sockets = TempDir::with_prefix("tazcom-tmux-");
        Self {
            host: host.clone(),
            sockets: sockets.expect("the system has a directory for temporary files"),
        }
    }

    fn begin<S: AsRef<OsStr>>(
        &self,
        command: &Command,
        columns: u16,
        rows: u16,
        words: impl IntoIterator<Item = S>,
    ) {
        let mut tmux = self.command();
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => tmux.env(name, value),
                None => tmux.env_remove(name),
            };
        }
        let (columns, rows) = (columns.to_string(), rows.to_string());
        tmux.args(["new-session", "-d", "-x", &columns, "-y", &rows])
            .args(words);
        self.finish(tmux);
    }

    fn command(&self) -> Command {
        let mut tmux = self.host.command("tmux");
        // Whoever runs the tests may do it within a tmux.
        tmux.env_remove("TMUX")
            .env("TMUX_TMPDIR", self.sockets.path())
            .env("LC_ALL", "C.UTF-8")
            .args(["-f", "/dev/null"]);
        tmux
    }

    fn tell(&self, arguments: &[&str]) -> Output {
        let mut tmux = self.command();
        tmux.args(arguments);
        self.finish(tmux)
    }

    fn finish(&self, mut tmux: Command) -> Output {
        let output = tmux.output();
        let output = output.unwrap_or_else(|error| panic!("{tmux:?}: {error}"));
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{tmux:?}: {words}");
        output
    }

    /// Types text as it is.
    pub fn types(&self, text: &str) {
        self.tell(&["send-keys", "-l", "--", text]);
    }

    /// Presses a key, called what tmux calls it: `Enter`, `F1`, `M-a`, `C-c`.
    pub fn presses(&self, key: &str) {
        self.tell(&["send-keys", key]);
    }

    /// Types a line and Enter.
    pub fn enters(&self, line: &str) {
        self.types(line);
        self.presses("Enter");
    }

    /// Has the shell run the command.
    pub fn starts(&self, command: &Command) {
        let quoted: Vec<String> = words(command).iter().map(|word| quoted(word)).collect();
        self.enters(&quoted.join(" "));
    }

    /// What is shown, a line each without the blanks at its end.
    ///
    /// # Panics
    ///
    /// When the window is closed.
    #[must_use]
    pub fn screen(&self) -> String {
        let shown = self.tell(&["capture-pane", "-p"]);
        String::from_utf8_lossy(&shown.stdout).into_owned()
    }

    /// What is shown, with the sequences that colour it.
    ///
    /// # Panics
    ///
    /// When the window is closed.
    #[must_use]
    pub fn coloured(&self) -> String {
        let shown = self.tell(&["capture-pane", "-p", "-e"]);
        String::from_utf8_lossy(&shown.stdout).into_owned()
    }

    /// Waits until a text is shown, and gives the screen.
    ///
    /// # Panics
    ///
    /// When it is not shown soon: with what is shown instead.
    #[track_caller]
    pub fn shows(&self, text: &str) -> String {
        self.waits_for(text, |screen| screen.contains(text))
    }

    /// Waits until the screen is as wanted, and gives it.
    ///
    /// # Panics
    ///
    /// When it is not so soon: with what is shown instead.
    #[track_caller]
    pub fn waits_for(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let begun = std::time::Instant::now();
        loop {
            let screen = self.screen();
            if wanted(&screen) {
                return screen;
            }
            assert!(
                begun.elapsed() < SOON,
                "not shown: {what}; instead:\n{screen}"
            );
            crate::pause(std::time::Duration::from_millis(50));
        }
    }

    /// A variable of the window, as tmux calls it: `alternate_on`, `pane_pid`.
    #[must_use]
    pub fn value(&self, name: &str) -> String {
        let shown = self.tell(&["display-message", "-p", &format!("#{{{name}}}")]);
        String::from_utf8_lossy(&shown.stdout).trim().to_owned()
    }

    /// Waits until the shell waits.
    #[track_caller]
    fn has_prompt(&self) {
        self.waits_for("a prompt", |screen| {
            let last = screen.lines().rfind(|line| !line.is_empty());
            last.is_some_and(|line| line.trim_end() == PROMPT.trim_end())
        });
    }

    /// Asserts that the shell has its terminal back as it was: its screen, its cursor, its echo.
    ///
    /// # Panics
    ///
    /// When it has not.
    #[track_caller]
    pub fn is_as_before(&self) {
        self.has_prompt();
        for (name, wanted) in [
            ("alternate_on", "0"),
            ("cursor_flag", "1"),
            ("mouse_any_flag", "0"),
            ("mouse_sgr_flag", "0"),
        ] {
            let screen = self.screen();
            assert_eq!(self.value(name), wanted, "{name}\n{screen}");
        }
        self.enters(
            "stty -a | tr ' ;' '\\n\\n' | grep -x -e icanon -e echo -e opost | sort | xargs",
        );
        self.shows("echo icanon opost");
    }

    /// Closes the window, as somebody does who has had enough.
    pub fn closes(&self) {
        self.tell(&["kill-pane"]);
    }

    /// Gives the window another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.tell(&["resize-window", "-x", &columns, "-y", &rows]);
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // It is over when its last window was closed.
        let _ = self.command().arg("kill-server").output();
    }
}

fn words(command: &Command) -> Vec<String> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let text = |word: &OsStr| word.to_str().expect("it is text").to_owned();
    words.map(text).collect()
}

/// For a shell to read as one word.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Waits until a process is no more.
///
/// # Panics
///
/// When it goes on.
pub fn ends(pid: &str) {
    eventually("the process ends", SOON, || {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"));
        // What nobody has waited for yet has ended as well.
        let is_over = status.map_or(true, |status| status.contains("State:\tZ"));
        is_over.then_some(())
    });
}
