//! TLS in front of a connection: rustls over ring, fed with large pieces so that system calls are few.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mio::net::TcpStream;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};
use rustls::{HandshakeKind, crypto::CryptoProvider};

use crate::wire::Brought;

/// Read from the socket at once: four records.
const CIPHERTEXT: usize = 4 * (16 * 1024 + 256);
/// Encrypted at once: four records.
const PLAINTEXT: usize = 4 * 16 * 1024;
/// More than a record adds, by far.
const OVERHEAD: usize = 4 * 256;

/// Handshakes, full and resumed, since the harness asked last.
static FULL: AtomicU64 = AtomicU64::new(0);
static RESUMED: AtomicU64 = AtomicU64::new(0);

/// The handshakes since the last call: full ones, resumed ones.
pub(crate) fn take_handshakes() -> (u64, u64) {
    (
        FULL.swap(0, Ordering::Relaxed),
        RESUMED.swap(0, Ordering::Relaxed),
    )
}

/// TLS 1.3 and 1.2, as the client likes best, with tickets and `server.pem` of this folder.
pub(crate) fn config(certificates: &Path) -> Result<Arc<ServerConfig>, String> {
    let chain = CertificateDer::pem_file_iter(certificates.join("server.pem"))
        .and_then(Iterator::collect)
        .map_err(|error| format!("server.pem: {error}"))?;
    let key = PrivateKeyDer::from_pem_file(certificates.join("server.key"))
        .map_err(|error| format!("server.key: {error}"))?;
    let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
    let config = || -> Result<ServerConfig, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.ticketer = ring::Ticketer::new()?;
        config.alpn_protocols = vec![b"mqtt".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    };
    config().map(Arc::new).map_err(|error| error.to_string())
}

/// One client's TLS.
pub(crate) struct Tls {
    socket: TcpStream,
    connection: UnbufferedServerConnection,
    /// Ciphertext; the first `filled` bytes are from the socket.
    incoming: Vec<u8>,
    filled: usize,
    /// Ciphertext for the socket, from `sent` to `pending`.
    outgoing: Vec<u8>,
    sent: usize,
    pending: usize,
    established: bool,
}

/// Why records are processed no further.
#[derive(Debug, PartialEq, Eq)]
enum Stop {
    NeedsInput,
    Closed,
}

impl Tls {
    pub(crate) fn new(socket: TcpStream, config: &Arc<ServerConfig>) -> io::Result<Tls> {
        Ok(Tls {
            socket,
            connection: UnbufferedServerConnection::new(Arc::clone(config))
                .map_err(io::Error::other)?,
            // Pages that were never written cost nothing: an idle connection is small.
            incoming: vec![0; CIPHERTEXT],
            filled: 0,
            outgoing: vec![0; PLAINTEXT + OVERHEAD],
            sent: 0,
            pending: 0,
            established: false,
        })
    }

    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Brought> {
        loop {
            let count = match self.socket.read(&mut self.incoming[self.filled..]) {
                Ok(0) => {
                    return Ok(Brought {
                        count: 0,
                        drained: true,
                    });
                }
                other => other?,
            };
            self.filled += count;
            let drained = self.filled < self.incoming.len();
            let (count, stop) = self.process(buffer)?;
            if count > 0 || stop == Stop::Closed {
                return Ok(Brought { count, drained });
            }
        }
    }

    /// Takes all whole records; returns how many bytes of payload there were.
    fn process(&mut self, buffer: &mut [u8]) -> io::Result<(usize, Stop)> {
        let (mut start, mut count) = (0, 0);
        let stop = loop {
            let UnbufferedStatus { discard, state, .. } = self
                .connection
                .process_tls_records(&mut self.incoming[start..self.filled]);
            match state.map_err(io::Error::other)? {
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        let payload = record.map_err(io::Error::other)?.payload;
                        buffer[count..count + payload.len()].copy_from_slice(payload);
                        count += payload.len();
                    }
                }
                ConnectionState::EncodeTlsData(mut data) => {
                    self.pending += data
                        .encode(&mut self.outgoing[self.pending..])
                        .map_err(io::Error::other)?;
                }
                ConnectionState::TransmitTlsData(data) => {
                    data.done();
                    send(
                        &mut self.socket,
                        &self.outgoing,
                        &mut self.sent,
                        &mut self.pending,
                    )
                    .or_else(|error| match error.kind() {
                        io::ErrorKind::WouldBlock => Ok(()),
                        _ => Err(error),
                    })?;
                }
                ConnectionState::PeerClosed | ConnectionState::Closed => break Stop::Closed,
                _ => {
                    start += discard;
                    break Stop::NeedsInput;
                }
            }
            start += discard;
        };
        self.incoming.copy_within(start..self.filled, 0);
        self.filled -= start;
        self.note_handshake();
        Ok((count, stop))
    }

    fn note_handshake(&mut self) {
        if self.established || self.connection.is_handshaking() {
            return;
        }
        self.established = true;
        let counter = match self.connection.handshake_kind() {
            Some(HandshakeKind::Resumed) => &RESUMED,
            _ => &FULL,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.flush()?;
        let part = &bytes[..bytes.len().min(PLAINTEXT)];
        let state = self.connection.process_tls_records(&mut []).state;
        let ConnectionState::WriteTraffic(mut traffic) = state.map_err(io::Error::other)? else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        self.pending = traffic
            .encrypt(part, &mut self.outgoing)
            .map_err(io::Error::other)?;
        match self.flush() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(part.len()),
        }
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        send(
            &mut self.socket,
            &self.outgoing,
            &mut self.sent,
            &mut self.pending,
        )
    }

    pub(crate) fn finish(&mut self) {
        let state = self.connection.process_tls_records(&mut []).state;
        if let Ok(ConnectionState::WriteTraffic(mut traffic)) = state
            && let Ok(count) = traffic.queue_close_notify(&mut self.outgoing[self.pending..])
        {
            self.pending += count;
            // The connection ends either way.
            let _ = self.flush();
        }
    }
}

/// Sends `bytes[*sent..*pending]`, and begins at the front again when all is sent.
fn send(
    socket: &mut TcpStream,
    bytes: &[u8],
    sent: &mut usize,
    pending: &mut usize,
) -> io::Result<()> {
    while sent < pending {
        *sent += socket.write(&bytes[*sent..*pending])?;
    }
    (*sent, *pending) = (0, 0);
    Ok(())
}
