//! The way to the node, a new connection for each question.

use std::path::PathBuf;
use std::time::Duration;

use tazcom_node::Node;
use tokio::time::timeout;

use crate::control::{self, AskError, Connection, Request, Told};
use crate::conversing::FOR_EVER;

/// Records of one answer that are read. The longest are a thousand lines of what was said.
const MAX_RECORDS: usize = 4096;

/// How often to ask again a node that answers others, and how long to wait in between.
const TRIES: u32 = 25;
const PAUSE: Duration = Duration::from_millis(200);

/// Where the node is.
#[derive(Clone, Debug)]
pub(super) enum Door {
    /// It is another program's, and listens in this directory.
    Socket(PathBuf),
    /// It is our own.
    Inside(Node),
}

impl Door {
    pub(super) async fn open(&self) -> Result<Connection, AskError> {
        match self {
            Self::Socket(dir) => control::connect(dir).await?.ok_or(AskError::Ended),
            Self::Inside(node) => Ok(control::inside(node)?),
        }
    }

    /// Asks, and gives all of the answer, which may take so long in all.
    pub(super) async fn ask(
        &self,
        request: &Request,
        within: Duration,
    ) -> Result<Vec<Told>, AskError> {
        self.ask_noting(request, within, &mut false).await
    }

    /// The same, noting whether the node may have done what was asked: it was sent and has not been
    /// refused.
    pub(super) async fn ask_noting(
        &self,
        request: &Request,
        within: Duration,
        is_sent: &mut bool,
    ) -> Result<Vec<Told>, AskError> {
        let answer = timeout(within, self.persist(request, is_sent)).await;
        answer.unwrap_or(Err(AskError::TimedOut))
    }

    async fn persist(&self, request: &Request, is_sent: &mut bool) -> Result<Vec<Told>, AskError> {
        for _ in 1..TRIES {
            let answer = self.ask_once(request, is_sent).await;
            match answer {
                Err(AskError::Refused { kind, .. }) if kind == "busy" => {}
                answer => return answer,
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.ask_once(request, is_sent).await
    }

    async fn ask_once(&self, request: &Request, is_sent: &mut bool) -> Result<Vec<Told>, AskError> {
        let mut connection = self.open().await?;
        *is_sent = true;
        connection.ask(request).await?;
        let mut all = Vec::new();
        loop {
            match connection.next(FOR_EVER).await {
                Ok(Some(answer)) if all.len() < MAX_RECORDS => all.push(answer.told),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(all),
                Err(error) => {
                    *is_sent = !matches!(error, AskError::Refused { .. });
                    return Err(error);
                }
            }
        }
    }
}
