//! One socket.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;

use bytes::{Buf, Bytes};
use mio::net::TcpStream;

use super::layers::Layers;

/// What a client does not read is kept up to here.
const MOST_UNSENT: usize = 64 << 20;

/// How a socket is to end when what it has to send was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Open,
    /// FIN is to be sent.
    Finish,
    /// It was, and reading goes on.
    Finished,
}

#[derive(Debug)]
pub(super) struct Peer {
    stream: TcpStream,
    layers: Layers,
    unsent: VecDeque<Bytes>,
    unsent_bytes: usize,
    ending: Ending,
    /// The broker knows nothing of it any more: what comes is thrown away, until the client closes, too.
    pub(super) left: bool,
    /// There may be something to read.
    pub(super) readable: bool,
}

/// What a peer has become.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Waits,
    /// The client sends no more.
    Ended,
    /// It did something wrong below MQTT.
    Failed(String),
}

impl Peer {
    pub(super) fn new(stream: TcpStream, layers: Layers) -> Self {
        // Without it small packets wait for each other; where the system has none, they do.
        let _ = stream.set_nodelay(true);
        Peer {
            stream,
            layers,
            unsent: VecDeque::new(),
            unsent_bytes: 0,
            ending: Ending::Open,
            left: false,
            readable: true,
        }
    }

    pub(super) fn source(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// To be sent by [`flush`](Self::flush). `false`: it is too much.
    pub(super) fn send(&mut self, bytes: Bytes) -> bool {
        if self.ending == Ending::Open {
            let bytes = match self.layers.is_empty() {
                true => bytes,
                false => self.layers.send(&bytes).into(),
            };
            self.push(bytes);
        }
        self.unsent_bytes <= MOST_UNSENT
    }

    fn push(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.unsent_bytes += bytes.len();
            self.unsent.push_back(bytes);
        }
    }

    /// FIN after what was sent, and after what layers say of an end.
    pub(super) fn finish(&mut self) {
        if self.ending == Ending::Open {
            let last = self.layers.finish();
            self.push(last.into());
            self.ending = Ending::Finish;
        }
    }

    /// Sends what the system takes.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while let Some(bytes) = self.unsent.front_mut() {
            match self.stream.write(bytes) {
                Ok(count) => {
                    self.unsent_bytes -= count;
                    bytes.advance(count);
                    if bytes.is_empty() {
                        self.unsent.pop_front();
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        if self.ending == Ending::Finish {
            self.ending = Ending::Finished;
            return self.stream.shutdown(Shutdown::Write);
        }
        Ok(())
    }

    /// Reads until there is nothing more.
    pub(super) fn read(&mut self, mut found: impl FnMut(&[u8])) -> Turn {
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Turn::Ended,
                Ok(count) if self.layers.is_empty() || self.left => found(&buffer[..count]),
                Ok(count) => {
                    let (received, answers) = self.layers.receive(&buffer[..count]);
                    if self.ending == Ending::Open {
                        self.push(answers.into());
                    }
                    match received {
                        Ok(bytes) => found(&bytes),
                        Err(why) => return Turn::Failed(why),
                    }
                    if self.layers.has_ended() {
                        return Turn::Ended;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.readable = false;
                    return Turn::Waits;
                }
                Err(_) => return Turn::Ended,
            }
        }
    }

    /// RST, when it is dropped.
    pub(super) fn reset(self) {
        // Where the system does not allow it, FIN is sent.
        let _ = socket2::SockRef::from(&self.stream).set_linger(Some(std::time::Duration::ZERO));
    }
}
