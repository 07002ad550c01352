//! A broker that does, byte by byte, what a test tells it to, over real sockets on loopback.
//!
//! Everything waits for at most [`PATIENCE`], and then fails the test: that is a net against
//! hanging, not a measurement.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

/// How long any wait may take before the test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// CONNACK of MQTT 3.1.1: accepted, no session.
pub const CONNACK_311: &[u8] = &[0x20, 0x02, 0x00, 0x00];

/// CONNACK of MQTT 5.0: accepted, no session, no properties.
pub const CONNACK_5: &[u8] = &[0x20, 0x03, 0x00, 0x00, 0x00];

/// PINGREQ.
pub const PINGREQ: &[u8] = &[0xc0, 0x00];

/// PINGRESP.
pub const PINGRESP: &[u8] = &[0xd0, 0x00];

/// Listens on a free port of loopback.
#[derive(Debug)]
pub struct Broker {
    listener: TcpListener,
}

impl From<TcpListener> for Broker {
    /// Where a test chooses the address.
    fn from(listener: TcpListener) -> Self {
        Broker { listener }
    }
}

impl Broker {
    /// Starts to listen.
    ///
    /// # Panics
    /// Where the system gives no socket.
    pub fn listen() -> Self {
        Broker {
            listener: TcpListener::bind("127.0.0.1:0").expect("a port of loopback"),
        }
    }

    /// The port.
    ///
    /// # Panics
    /// Never for a socket that is bound.
    pub fn port(&self) -> u16 {
        self.listener.local_addr().expect("a bound socket").port()
    }

    /// The next connection.
    ///
    /// # Panics
    /// Where none comes within [`PATIENCE`].
    pub fn accept(&self) -> Peer {
        let (sender, receiver) = std::sync::mpsc::channel();
        let listener = self.listener.try_clone().expect("a copy of the socket");
        std::thread::spawn(move || sender.send(listener.accept()));
        let (stream, _) = receiver
            .recv_timeout(PATIENCE)
            .expect("a connection in time")
            .expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        Peer { stream }
    }

    /// The next connection, its CONNECT taken and answered.
    pub fn accept_mqtt(&self, connack: &[u8]) -> Peer {
        let mut peer = self.accept();
        let connect = peer.packet();
        assert_eq!(connect.first(), Some(&0x10), "CONNECT comes first");
        peer.send(connack);
        peer
    }
}

/// One connection.
#[derive(Debug)]
pub struct Peer {
    stream: TcpStream,
}

impl Peer {
    /// The next packet, whole.
    ///
    /// # Panics
    /// Where the stream ends or nothing comes within [`PATIENCE`].
    pub fn packet(&mut self) -> Vec<u8> {
        self.try_packet().expect("a packet")
    }

    /// The next packet, or why there is none.
    ///
    /// # Errors
    /// The end of the stream, or what the system says.
    pub fn try_packet(&mut self) -> io::Result<Vec<u8>> {
        let mut packet = vec![self.byte()?];
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let byte = self.byte()?;
            packet.push(byte);
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let start = packet.len();
        packet.resize(start + length, 0);
        self.stream.read_exact(&mut packet[start..])?;
        Ok(packet)
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.stream.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    /// The next packet must be this one.
    ///
    /// # Panics
    /// Where it is another.
    pub fn expect(&mut self, packet: &[u8]) {
        assert_eq!(self.packet(), packet);
    }

    /// Sends these bytes.
    ///
    /// # Panics
    /// Where the system does not take them.
    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("to send");
    }

    /// Reads until the stream ends, and says what came.
    pub fn drain(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // A reset is an end, too.
        let _ = self.stream.read_to_end(&mut rest);
        rest
    }

    /// The socket itself.
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Closes with FIN.
    pub fn close(self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Closes with RST.
    ///
    /// # Panics
    /// Where the system does not allow it.
    pub fn reset(self) {
        socket2::SockRef::from(&self.stream)
            .set_linger(Some(Duration::ZERO))
            .expect("to set SO_LINGER");
    }
}
