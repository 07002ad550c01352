//! A wire in memory, and a server at its other end.

use std::cell::{Ref, RefCell, RefMut};
use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use mqttka_authority::{Authority, Issued};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion};

use crate::error::TransportError;
use crate::proto::Progress;
use crate::transport::options::{Pem, TlsOptions};
use crate::transport::tls::{Tls, TlsConnector};
use crate::transport::{Handshake, Read, ReadKind, Stream};

/// What lies between client and server.
#[derive(Default)]
pub(super) struct Wire {
    pub(super) to_client: VecDeque<u8>,
    pub(super) to_server: VecDeque<u8>,
    /// All that the client ever wrote.
    pub(super) written: u64,
    /// How much is read at once, at most; 0: as much as wanted.
    pub(super) read_limit: usize,
    /// For how much more the client has room to write.
    pub(super) room: Option<usize>,
    pub(super) eof: bool,
    pub(super) acked: Option<u64>,
    pub(super) reads: usize,
    pub(super) writes: usize,
    pub(super) flushes: usize,
    /// With this backstop.
    pub(super) finished: Option<Option<Duration>>,
    pub(super) aborted: bool,
}

/// The client's end.
#[derive(Clone, Default)]
pub(super) struct Pipe(Rc<RefCell<Wire>>);

impl Pipe {
    pub(super) fn wire(&self) -> RefMut<'_, Wire> {
        self.0.borrow_mut()
    }

    pub(super) fn look(&self) -> Ref<'_, Wire> {
        self.0.borrow()
    }
}

impl Stream for Pipe {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        let mut wire = self.wire();
        wire.reads += 1;
        if wire.to_client.is_empty() {
            return if wire.eof {
                Ok(Read::END)
            } else {
                Err(io::ErrorKind::WouldBlock.into())
            };
        }
        let limit = match wire.read_limit {
            0 => max,
            limit => limit.min(max),
        };
        let count = limit.min(wire.to_client.len());
        into.extend(wire.to_client.drain(..count));
        let more = count == limit || wire.eof;
        Ok(Read::bytes(count, more))
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        let mut wire = self.wire();
        wire.writes += 1;
        let room = wire.room.unwrap_or(usize::MAX);
        let count = room.min(head.len() + tail.len());
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        wire.to_server.extend(head.iter().chain(tail).take(count));
        wire.written += count as u64;
        if let Some(room) = &mut wire.room {
            *room -= count;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.wire().flushes += 1;
        Ok(())
    }

    fn progress(&mut self) -> Option<Progress> {
        self.look().acked.map(|acked| Progress {
            acked,
            reached: acked,
            ..Progress::default()
        })
    }

    fn acknowledge_now(&mut self) {}

    fn has_local_address(&self) -> bool {
        true
    }

    fn established(&mut self) {}

    fn finish(&mut self, backstop: Option<Duration>) {
        self.wire().finished = Some(backstop);
    }

    fn abort(self) {
        self.wire().aborted = true;
    }
}

/// The server's end.
pub(super) struct Server {
    pub(super) tls: ServerConnection,
    pub(super) received: Vec<u8>,
    pipe: Pipe,
}

impl Server {
    pub(super) fn new(config: &Arc<ServerConfig>, pipe: &Pipe) -> Self {
        Server {
            tls: ServerConnection::new(config.clone()).unwrap(),
            received: Vec::new(),
            pipe: pipe.clone(),
        }
    }

    /// Takes what the client wrote, and answers.
    pub(super) fn pump(&mut self) -> Result<(), rustls::Error> {
        let mut bytes: Vec<u8> = self.pipe.wire().to_server.drain(..).collect();
        let mut input = bytes.as_mut_slice() as &[u8];
        let mut result = Ok(());
        while !input.is_empty() && result.is_ok() {
            self.tls.read_tls(&mut input).unwrap();
            result = self.tls.process_new_packets().map(|_| ());
            let _ = self.tls.reader().read_to_end(&mut self.received);
        }
        self.send();
        result
    }

    /// Sends what the server has to say.
    pub(super) fn send(&mut self) {
        let mut out = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut out).unwrap();
        }
        self.pipe.wire().to_client.extend(out);
    }

    /// Sends this in records of its own.
    pub(super) fn say(&mut self, plaintext: &[u8]) {
        for part in plaintext.chunks(16 * 1024) {
            self.tls.writer().write_all(part).unwrap();
            self.send();
        }
    }
}

pub(super) fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| Authority::new("tests"))
}

pub(super) fn good_server() -> &'static Issued {
    static ISSUED: OnceLock<Issued> = OnceLock::new();
    ISSUED.get_or_init(|| authority().server(&["localhost", "127.0.0.1", "::1"]))
}

pub(super) const TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
pub(super) const TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
pub(super) const BOTH: [&[&SupportedProtocolVersion]; 2] = [TLS12, TLS13];

/// A server with this certificate; where `clients`, with a demand for one of the client.
pub(super) fn server_config(
    issued: &Issued,
    versions: &[&'static SupportedProtocolVersion],
    clients: bool,
) -> ServerConfig {
    let provider = crate::transport::tls::connector::provider();
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions)
        .unwrap();
    let builder = if clients {
        let mut roots = RootCertStore::empty();
        roots.add(authority().certificate_der().into()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    builder
        .with_single_cert(
            vec![CertificateDer::from(issued.certificate_der.clone())],
            PrivatePkcs8KeyDer::from(issued.key_der.clone()).into(),
        )
        .unwrap()
}

pub(super) fn good_config(versions: &[&'static SupportedProtocolVersion]) -> Arc<ServerConfig> {
    Arc::new(server_config(good_server(), versions, false))
}

/// Text as an option takes it.
pub(super) fn pem(text: &str) -> Option<Pem> {
    Some(Pem::Bytes(Bytes::from(text.to_owned())))
}

/// Options that trust the authority.
pub(super) fn trusting() -> TlsOptions {
    TlsOptions {
        ca: pem(&authority().certificate()),
        ..TlsOptions::default()
    }
}

/// A connector with options that trust the authority.
pub(super) fn connector() -> TlsConnector {
    TlsConnector::new(&trusting()).unwrap()
}

/// Until the handshake is complete, or has failed. Jobs are done at once.
pub(super) fn shake(tls: &mut Tls<Pipe>, server: &mut Server) -> Result<(), TransportError> {
    for _ in 0..100_000 {
        match tls.handshake()? {
            Handshake::Complete => {
                let _ = server.pump();
                return Ok(());
            }
            Handshake::Waiting { blocked } => {
                if blocked {
                    let mut wire = server.pipe.wire();
                    wire.room = wire.room.map(|room| room + 1);
                }
            }
            Handshake::Elsewhere(job) => job.run(),
        }
        let _ = server.pump();
    }
    panic!("the handshake comes to no end");
}

/// A client and a server that are connected.
pub(super) fn connected(
    connector: &TlsConnector,
    config: &Arc<ServerConfig>,
) -> (Tls<Pipe>, Server, Pipe) {
    let pipe = Pipe::default();
    let mut server = Server::new(config, &pipe);
    let mut tls = Tls::new(pipe.clone(), 0, connector, "localhost").unwrap();
    shake(&mut tls, &mut server).unwrap();
    (tls, server, pipe)
}

/// Reads until nothing is there, and says which kinds came.
pub(super) fn drain(tls: &mut Tls<Pipe>, into: &mut BytesMut) -> Vec<ReadKind> {
    let mut kinds = Vec::new();
    loop {
        into.reserve(64 * 1024);
        match tls.try_read(into, 64 * 1024) {
            Ok(read) => {
                kinds.push(read.kind);
                if !read.more || read.kind == ReadKind::End {
                    return kinds;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return kinds,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Writes all of it, giving room where there is none.
pub(super) fn write_all(tls: &mut Tls<Pipe>, server: &mut Server, mut data: &[u8], room: usize) {
    while !data.is_empty() {
        match tls.try_write(data, &[]) {
            Ok(count) => data = &data[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                server.pipe.wire().room = Some(room);
            }
            Err(error) => panic!("{error}"),
        }
    }
    while tls.flush().is_err() {
        server.pipe.wire().room = Some(room);
    }
    server.pipe.wire().room = None;
}
