//! What is typed and not shown, and what is answered with yes or no.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::PathBuf;

use tazcom_node::vault::Passphrase;
use zeroize::Zeroizing;

use crate::exit_code::{Exit, Failure};

/// Names a file whose first line is the passphrase of the data directory, for nodes that nobody is
/// there to unlock.
pub(crate) const FILE_VARIABLE: &str = "TAZCOM_PASSPHRASE_FILE";

/// Bytes that are read of a secret.
const MAX_SECRET: u64 = 4_096;

/// Asks for a secret at the terminal; where there is none it is the next line of standard input.
pub(crate) fn ask(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    if io::stdin().is_terminal() {
        return hidden::line(prompt);
    }
    let mut line = Zeroizing::new(String::new());
    let mut limited = io::stdin().lock().take(MAX_SECRET);
    limited.read_line(&mut line)?;
    Ok(trimmed(&line))
}

/// Asks twice for a secret that is to be set.
pub(crate) fn ask_twice(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    let first = ask(prompt)?;
    if io::stdin().is_terminal() && *ask("Again: ")? != *first {
        return Err(Failure::usage(anyhow::anyhow!(
            "they are not the same; nothing has changed"
        )));
    }
    Ok(first)
}

/// The passphrase of a locked data directory: out of the file that is named, or typed.
pub(crate) fn passphrase() -> Result<Passphrase, Failure> {
    let typed = match std::env::var_os(FILE_VARIABLE).filter(|path| !path.is_empty()) {
        Some(path) => read(&PathBuf::from(path))?,
        None if io::stdin().is_terminal() => ask("Passphrase: ")?,
        None => {
            return Err(Failure::usage(anyhow::anyhow!(
                "the data directory is locked with a passphrase: run this at a terminal, or name a \
                 file with it in {FILE_VARIABLE}"
            )));
        }
    };
    Passphrase::new(typed.as_str().to_owned()).map_err(Failure::usage)
}

fn read(path: &PathBuf) -> Result<Zeroizing<String>, Failure> {
    let failed = |error: io::Error| {
        Failure::usage(anyhow::anyhow!(
            "cannot read {} ({FILE_VARIABLE}): {error}",
            path.display()
        ))
    };
    let mut line = Zeroizing::new(String::new());
    let file = File::open(path).map_err(failed)?;
    let mut reader = io::BufReader::new(file.take(MAX_SECRET));
    reader.read_line(&mut line).map_err(failed)?;
    Ok(trimmed(&line))
}

/// Asks a question that is answered with yes or no, until it is; none at the end of what comes in. What
/// was typed before it was asked is no answer to it.
pub(crate) async fn yes_or_no(question: &'static str) -> Result<Option<bool>, Failure> {
    let asking = tokio::task::spawn_blocking(move || {
        forget_what_was_typed();
        loop {
            match ask_line(question)?.as_deref().map(str::trim) {
                None => return Ok(None),
                Some("y" | "Y" | "yes" | "Yes" | "YES") => return Ok(Some(true)),
                Some("n" | "N" | "no" | "No" | "NO") => return Ok(Some(false)),
                Some(_) => {}
            }
        }
    });
    let answered: io::Result<Option<bool>> = asking.await?;
    Ok(answered?)
}

#[cfg(unix)]
fn forget_what_was_typed() {
    use rustix::termios::{QueueSelector, tcflush};

    if io::stdin().is_terminal() {
        // Where it cannot be done nothing was typed.
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    }
}

#[cfg(not(unix))]
const fn forget_what_was_typed() {}

/// The next line of what comes in; none at its end.
fn ask_line(question: &str) -> io::Result<Option<String>> {
    let mut terminal = io::stderr().lock();
    write!(terminal, "{question} [y/n] ")?;
    terminal.flush()?;
    drop(terminal);
    let mut line = String::new();
    let read = io::stdin().lock().take(64).read_line(&mut line)?;
    Ok((read > 0).then_some(line))
}

/// Asks whether something is meant that nothing brings back, unless that was said.
pub(crate) fn is_meant(question: &str, said: bool) -> Result<(), Failure> {
    if said {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(anyhow::anyhow!(
            "nothing was done: --yes says that it is meant, where nobody can be asked"
        )));
    }
    let answer = ask_line(question)?;
    match matches!(
        answer.as_deref().map(str::trim),
        Some("y" | "Y" | "yes" | "Yes" | "YES")
    ) {
        true => Ok(()),
        false => Err(Failure::with(
            Exit::Failed,
            anyhow::anyhow!("nothing was done"),
        )),
    }
}

fn trimmed(line: &str) -> Zeroizing<String> {
    Zeroizing::new(line.trim_end_matches(['\n', '\r']).to_owned())
}

fn interrupted() -> Failure {
    Failure::with(Exit::Interrupted, anyhow::anyhow!("interrupted"))
}

/// Typing that is not shown.
#[cfg(unix)]
mod hidden {
    use std::io::{self, Read, Write};

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
    use zeroize::{Zeroize, Zeroizing};

    use super::{Failure, MAX_SECRET, interrupted};

    const CTRL_C: u8 = 0x03;
    const CTRL_D: u8 = 0x04;
    const BACKSPACE: u8 = 0x08;
    const DELETE: u8 = 0x7f;

    /// Gives the terminal back as it was, however this ends.
    struct Quiet(Termios);

    impl Drop for Quiet {
        fn drop(&mut self) {
            // There is nothing that could be done about it.
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
            let _ = writeln!(io::stderr());
        }
    }

    pub(super) fn line(prompt: &str) -> Result<Zeroizing<String>, Failure> {
        let mut terminal = io::stderr().lock();
        write!(terminal, "{prompt}")?;
        terminal.flush()?;
        drop(terminal);
        let before = tcgetattr(io::stdin()).map_err(io::Error::from)?;
        let mut quiet = before.clone();
        // Ctrl-C as a byte: a signal would end the program with a terminal that shows nothing.
        quiet.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(io::stdin(), OptionalActions::Flush, &quiet).map_err(io::Error::from)?;
        let _restored = Quiet(before);
        let mut typed = Zeroizing::new(Vec::with_capacity(256));
        let mut stdin = io::stdin().lock();
        let mut byte = [0];
        loop {
            if stdin.read(&mut byte)? == 0 {
                break;
            }
            match byte[0] {
                b'\n' | b'\r' => break,
                CTRL_C => return Err(interrupted()),
                CTRL_D if typed.is_empty() => return Err(interrupted()),
                BACKSPACE | DELETE => erase(&mut typed),
                _ if typed.len() as u64 >= MAX_SECRET => {}
                other => typed.push(other),
            }
        }
        byte.zeroize();
        let text = std::str::from_utf8(&typed)
            .map_err(|_| Failure::usage(anyhow::anyhow!("what was typed is not UTF-8 text")))?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// The last character, however many bytes it has.
    fn erase(typed: &mut Vec<u8>) {
        while let Some(last) = typed.pop() {
            if last & 0xC0 != 0x80 {
                break;
            }
        }
    }
}

/// Where terminals are otherwise, it is shown.
#[cfg(not(unix))]
mod hidden {
    use std::io::{self, BufRead, Read, Write};

    use zeroize::Zeroizing;

    use super::{Failure, MAX_SECRET, trimmed};

    pub(super) fn line(prompt: &str) -> Result<Zeroizing<String>, Failure> {
        write!(io::stderr().lock(), "{prompt}")?;
        let mut line = Zeroizing::new(String::new());
        io::stdin().lock().take(MAX_SECRET).read_line(&mut line)?;
        Ok(trimmed(&line))
    }
}
