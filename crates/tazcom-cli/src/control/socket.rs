//! Where the socket is, who may use it, and how it comes and goes.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tazcom_identity::DataDir;
use tokio::net::{UnixListener, UnixSocket, UnixStream};

use crate::control::FILE_NAME;

/// The longest path a socket's address holds everywhere: 104 bytes on macOS, its zero included.
/// Linux has 108.
const MAX_ADDRESS_LEN: usize = 103;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 64;

/// The socket as long as it is listened on; removed with this.
#[derive(Debug)]
pub(super) struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // What stays is replaced by the next node.
        let _ = fs::remove_file(&self.0);
    }
}

/// Listens in a directory that is held, in place of a socket that a killed node has left there:
/// whoever holds the directory knows that nobody listens on that one.
pub(super) fn listen(held: &DataDir) -> io::Result<(UnixListener, SocketFile)> {
    let path = held.path().join(FILE_NAME);
    match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.file_type().is_socket() => fs::remove_file(&path)?,
        Ok(_) => return Err(io::Error::other("something else is there; move it away")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let address = Address::of(held.path())?;
    let socket = UnixSocket::new_stream()?;
    socket.bind(&address.path)?;
    let file = SocketFile(path);
    // Nobody can connect before it is listened on, so nobody comes in before this.
    fs::set_permissions(&file.0, Permissions::from_mode(0o600))?;
    Ok((socket.listen(BACKLOG)?, file))
}

/// Connects to the node that listens in `dir`.
pub(super) async fn connect(dir: &Path) -> io::Result<UnixStream> {
    let address = Address::of(dir)?;
    UnixStream::connect(&address.path).await
}

/// Whether the other end is a process of the same user, or one of the two is root, who may do
/// everything: so a node that runs as a service can be asked. Beside the permissions of the file,
/// which some systems do not look at.
pub(super) fn is_own(stream: &UnixStream) -> io::Result<bool> {
    const ROOT: u32 = 0;
    let (peer, us) = (
        stream.peer_cred()?.uid(),
        rustix::process::geteuid().as_raw(),
    );
    Ok(peer == us || peer == ROOT || us == ROOT)
}

/// A path to the socket that is short enough to be an address.
struct Address {
    path: PathBuf,
    /// Where the path leads through, while it is used.
    _directory: Option<rustix::fd::OwnedFd>,
}

impl Address {
    fn of(dir: &Path) -> io::Result<Self> {
        let path = dir.join(FILE_NAME);
        if path.as_os_str().len() <= MAX_ADDRESS_LEN {
            return Ok(Self {
                path,
                _directory: None,
            });
        }
        Self::through_descriptor(dir)
    }

    /// Linux has a short name for every directory that is open.
    #[cfg(target_os = "linux")]
    fn through_descriptor(dir: &Path) -> io::Result<Self> {
        use rustix::fd::AsRawFd;
        use rustix::fs::{Mode, OFlags};

        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::open(dir, flags, Mode::empty())?;
        let name = format!("/proc/self/fd/{}", directory.as_raw_fd());
        Ok(Self {
            path: Path::new(&name).join(FILE_NAME),
            _directory: Some(directory),
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn through_descriptor(_: &Path) -> io::Result<Self> {
        Err(io::Error::other(format!(
            "its path is longer than the {MAX_ADDRESS_LEN} bytes a socket may have; \
             choose a shorter --data-dir"
        )))
    }
}
