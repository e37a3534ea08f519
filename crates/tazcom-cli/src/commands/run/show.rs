//! Shows what a node does, from its first line to its last event.

use std::io;

use tazcom_discovery::Interface;
use tazcom_node::{ChatEvent, Event, Events, Node, PrivateEvent};
use tokio::sync::oneshot;

use crate::hook::{Hook, trouble};
use crate::lookup::{Lookup, Outcome};
use crate::output::{Line, Output, Record, WarningRecord};

/// All that is shown, and where.
#[derive(Debug)]
pub(super) struct Show {
    output: Output,
    node: Node,
    events: Events,
    /// What is to be told once it has started.
    warnings: Vec<WarningRecord<'static>>,
    lookup: Lookup,
    hook: Option<Hook>,
    /// Interfaces that were named at the start, so that they are not news when they come.
    named: Vec<Interface>,
    /// Comes when the end begins.
    last_words: oneshot::Receiver<Line>,
}

/// How showing ended: with the node, or because nothing could be written any more.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) output: Output,
    pub(super) result: io::Result<()>,
}

impl Show {
    pub(super) fn new(
        output: Output,
        node: &Node,
        warnings: Vec<WarningRecord<'static>>,
        lookup: Lookup,
        hook: Option<Hook>,
        last_words: oneshot::Receiver<Line>,
    ) -> Self {
        Self {
            output,
            node: node.clone(),
            events: node.events(),
            warnings,
            lookup,
            hook,
            named: node.interfaces(),
            last_words,
        }
    }

    pub(super) async fn run(mut self) -> Shown {
        let result = self.show().await;
        Shown {
            output: self.output,
            result,
        }
    }

    async fn show(&mut self) -> io::Result<()> {
        self.open().await?;
        let mut ending = false;
        loop {
            tokio::select! {
                biased;
                line = &mut self.last_words, if !ending => {
                    ending = true;
                    if let Ok(line) = line {
                        self.output.line(&line);
                    }
                }
                () = self.output.is_due() => self.output.held_back(),
                trouble = trouble(&mut self.hook) => self.output.line(&Line::warn(trouble)),
                outcome = self.lookup.next() => self.looked_up(outcome).await?,
                event = self.events.next() => match event {
                    Some(event) => self.event(&event).await?,
                    None => {
                        if let Some(hook) = self.hook.take() {
                            hook.finish().await;
                        }
                        self.output.rest();
                        return Ok(());
                    }
                },
            }
        }
    }

    async fn open(&mut self) -> io::Result<()> {
        let listen = self.node.reachable_at();
        let is_reachable = !self.named.is_empty();
        let has_v4 = listen.iter().any(|addr| addr.is_ipv4());
        // Every interface has a handful of IPv6 addresses; JSON has them all.
        let few = listen.iter().filter(|addr| addr.is_ipv4() || !has_v4);
        for addr in few.filter(|_| is_reachable) {
            self.info(format!("Listening on {addr}"));
        }
        if !is_reachable {
            let text = "No interface is in use yet: nobody can reach this node";
            self.output.line(&Line::warn(text));
        }
        for addr in self.node.local_addrs() {
            self.info(format!("TCP server started on {addr}"));
        }
        let service = self.node.service_name();
        if let Some(service) = &service {
            self.info(format!("Publishing service '{service}'"));
        }
        let started = Record::Started {
            id: self.node.id(),
            listen,
            service,
            interfaces: self.named.iter().map(|i| i.name.as_str()).collect(),
        };
        self.output.record(&started).await?;
        for warning in std::mem::take(&mut self.warnings) {
            self.output.line(&Line::warn(warning.message()));
            self.output
                .record(&Record::Warning(Box::new(warning)))
                .await?;
        }
        Ok(())
    }

    async fn event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::InterfaceUp(interface) = event
            && let Some(place) = self.named.iter().position(|named| named == interface)
        {
            self.named.swap_remove(place);
            return Ok(());
        }
        if let Some(hook) = &mut self.hook
            && is_others_word(event)
            && let Some(record) = Record::of(event)
        {
            hook.tell(record.to_line()?);
        }
        self.output.event(event).await
    }

    async fn looked_up(&mut self, outcome: Outcome) -> io::Result<()> {
        match outcome {
            Outcome::Found(addr) => {
                self.node.greet(addr);
                Ok(())
            }
            Outcome::NotYet { host, port, error } => {
                let message =
                    format!("Peer {host}:{port} has no address yet ({error}); trying again");
                self.output.line(&Line::warn(message.as_str()));
                let warning = Record::Warning(Box::new(WarningRecord::unresolved(message)));
                self.output.record(&warning).await
            }
        }
    }

    fn info(&self, text: String) {
        self.output.line(&Line::info(text));
    }
}

/// Whether somebody else says something.
fn is_others_word(event: &Event) -> bool {
    match event {
        Event::Chat(chat) => matches!(&**chat, ChatEvent::Message { line, .. } if !line.own),
        Event::Private(private) => {
            matches!(&**private, PrivateEvent::Message(line) if line.fate().is_none())
        }
        _ => false,
    }
}
