//! A wire in memory with a TLS server of rustls at its other end, for programs that measure.

#![allow(dead_code, unreachable_pub, reason = "each program uses a part")]

use std::cell::RefCell;
use std::io::{self, Read as _};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use mqttka_authority::Authority;
use mqttka_core::proto::Progress;
use mqttka_core::transport::options::{Pem, TlsOptions};
use mqttka_core::transport::{Handshake, Read, Stream, Tls, TlsConnector};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};

/// What lies between client and server.
#[derive(Default)]
pub struct Wire {
    pub to_client: BytesMut,
    pub to_server: Vec<u8>,
    /// What is written goes nowhere.
    pub drain: bool,
    pub written: u64,
}

/// The client's end.
#[derive(Clone, Default)]
pub struct Pipe(pub Rc<RefCell<Wire>>);

impl Stream for Pipe {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        let mut wire = self.0.borrow_mut();
        let count = max.min(wire.to_client.len());
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        into.extend_from_slice(&wire.to_client[..count]);
        wire.to_client.advance(count);
        Ok(Read::bytes(count, count == max))
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        let mut wire = self.0.borrow_mut();
        let count = head.len() + tail.len();
        wire.written += count as u64;
        if !wire.drain {
            wire.to_server.extend_from_slice(head);
            wire.to_server.extend_from_slice(tail);
        }
        Ok(count)
    }

    fn progress(&mut self) -> Option<Progress> {
        let written = self.0.borrow().written;
        Some(Progress {
            acked: written,
            reached: written,
            ..Progress::default()
        })
    }

    fn acknowledge_now(&mut self) {}

    fn has_local_address(&self) -> bool {
        true
    }

    fn established(&mut self) {}

    fn finish(&mut self, _: Option<Duration>) {}

    fn abort(self) {}
}

/// The server's end.
pub struct Server {
    pub tls: ServerConnection,
    pipe: Pipe,
}

impl Server {
    pub fn new(config: &Arc<ServerConfig>, pipe: &Pipe) -> Self {
        Server {
            tls: ServerConnection::new(config.clone()).expect("a server"),
            pipe: pipe.clone(),
        }
    }

    /// Takes what the client wrote, and answers.
    pub fn pump(&mut self) {
        let bytes = std::mem::take(&mut self.pipe.0.borrow_mut().to_server);
        let mut input = &bytes[..];
        while !input.is_empty() {
            self.tls.read_tls(&mut input).expect("room");
            self.tls.process_new_packets().expect("TLS");
            let _ = self.tls.reader().read_to_end(&mut Vec::new());
        }
        self.send();
    }

    /// Sends what the server has to say.
    pub fn send(&mut self) {
        let mut out = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut out).expect("memory");
        }
        self.pipe.0.borrow_mut().to_client.extend_from_slice(&out);
    }
}

/// A server's configuration, and a connector of clients that trust it.
pub fn both(version: &'static rustls::SupportedProtocolVersion) -> (Arc<ServerConfig>, TlsOptions) {
    let authority = Authority::new("measured");
    let issued = authority.server(&["localhost"]);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_no_client_auth()
        .with_single_cert(
            vec![
                CertificateDer::from(issued.certificate_der),
                CertificateDer::from(authority.certificate_der()),
            ],
            PrivatePkcs8KeyDer::from(issued.key_der).into(),
        )
        .expect("a certificate");
    let mut options = TlsOptions::default();
    options.ca = Some(Pem::Bytes(Bytes::from(authority.certificate())));
    (Arc::new(config), options)
}

/// A client that is connected, with what its server said first read.
pub fn connect(connector: &TlsConnector, config: &Arc<ServerConfig>) -> (Tls<Pipe>, Server, Pipe) {
    let pipe = Pipe::default();
    let mut server = Server::new(config, &pipe);
    let mut tls = Tls::new(pipe.clone(), 0, connector, "localhost").expect("a host");
    loop {
        match tls.handshake().expect("a handshake") {
            Handshake::Complete => break,
            Handshake::Waiting { .. } => server.pump(),
            Handshake::Elsewhere(job) => job.run(),
        }
    }
    server.pump();
    let mut into = BytesMut::new();
    while tls.try_read(&mut into, 1000).is_ok() {}
    (tls, server, pipe)
}
