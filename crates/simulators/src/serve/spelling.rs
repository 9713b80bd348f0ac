//! Headers as the vendor spells them: hyper writes all names in small letters, and there are clients that compare
//! `Set-GUID` letter by letter.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection on which some header names of answers are respelled on their way out.
#[derive(Debug)]
pub(super) struct Spelled<S> {
    stream: S,
    /// The rest of a head of which the peer took a part only, respelled.
    rest: Vec<u8>,
}

impl<S> Spelled<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            rest: Vec::new(),
        }
    }

    /// What to write in place of this, if it is not to be written as it is. An answer's head is always at the
    /// beginning of what hyper writes, and whole, because nothing is written vectored.
    fn respelled(&self, written: &[u8]) -> Option<Respelled> {
        let head = match self.rest.as_slice() {
            [] if written.starts_with(b"HTTP/1.") => respell(written.get(..head_len(written)?)?)?,
            [] => return None,
            rest => rest.to_vec(),
        };
        let mut bytes = head.clone();
        bytes.extend_from_slice(written.get(head.len()..).unwrap_or_default());
        Some(Respelled { bytes, head })
    }
}

struct Respelled {
    bytes: Vec<u8>,
    head: Vec<u8>,
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Spelled<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, written: &[u8]) -> Poll<io::Result<usize>> {
        let Some(respelled) = self.respelled(written) else {
            return Pin::new(&mut self.stream).poll_write(cx, written);
        };
        let taken = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, &respelled.bytes))?;
        self.rest = respelled.head.get(taken..).unwrap_or_default().to_vec();
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Spelled<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

fn head_len(written: &[u8]) -> Option<usize> {
    let end = written.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(end + 4)
}

/// The head with the vendors' spelling, which is as long; `None` where there is nothing to respell.
fn respell(head: &[u8]) -> Option<Vec<u8>> {
    let mut respelled = None;
    for spelling in SPELLINGS {
        let line = format!("\r\n{}:", spelling.to_ascii_lowercase());
        let Some(at) = head.windows(line.len()).position(|part| part == line.as_bytes()) else {
            continue;
        };
        let name = respelled
            .get_or_insert_with(|| head.to_vec())
            .get_mut(at + 2..at + 2 + spelling.len());
        if let Some(name) = name {
            name.copy_from_slice(spelling.as_bytes());
        }
    }
    respelled
}

/// Huawei CC-Gateway's credential.
const SPELLINGS: [&str; 1] = ["Set-GUID"];

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_head_taken_in_pieces_is_respelled_and_a_body_is_left_alone() {
        // A pipe of 7 bytes takes every head in pieces, some of which end within the name.
        let (near, mut far) = tokio::io::duplex(7);
        let mut near = Spelled::new(near);
        let one = "HTTP/1.1 200 OK\r\nset-guid: a\r\nx: y\r\n\r\n\r\nset-guid: body";
        let write = async {
            near.write_all(one.as_bytes()).await.unwrap();
            near.write_all(one.as_bytes()).await.unwrap();
            near.shutdown().await.unwrap();
        };
        let mut read = String::new();
        let (_, length) = tokio::join!(write, far.read_to_string(&mut read));
        let spelled = one.replacen("set-guid", "Set-GUID", 1);
        assert_eq!((length.unwrap(), read), (one.len() * 2, spelled.repeat(2)));
    }
}
