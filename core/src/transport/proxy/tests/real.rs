//! Proxies that others wrote, where they are installed.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::transport::tcp::Tcp;
use crate::transport::testing::{PATIENCE, within};

/// A proxy on loopback, until it is dropped.
struct Running {
    child: Child,
    port: u16,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free just now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Nothing where it is not installed.
fn run(program: &str, port: u16, arguments: &[&str]) -> Option<Running> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(child) = command.spawn() else {
        eprintln!("skipped: {program} is not installed");
        return None;
    };
    let mut running = Running { child, port };
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = running.child.try_wait().unwrap();
        assert!(ended.is_none(), "{program} {arguments:?}: {ended:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
    Some(running)
}

impl Running {
    async fn tunnel(
        &self,
        login: &str,
        host: &str,
        port: u16,
    ) -> Result<(Tcp, u64), TransportError> {
        let uri = format!("{login}127.0.0.1:{}", self.port);
        let proxy = proxy(&uri);
        let place = ([127, 0, 0, 1], proxy.port).into();
        let tcp = Tcp::connect(place, Arc::default()).await.unwrap();
        let mut tunnel = Tunnel::new(tcp, &proxy, host, port);
        loop {
            match tunnel.handshake()? {
                Handshake::Complete => return Ok(tunnel.into_inner()),
                Handshake::Waiting { blocked } => tunnel.get_ref().ready(blocked).await.unwrap(),
                Handshake::Elsewhere(job) => panic!("{job:?}"),
            }
        }
    }

    /// Bytes go through both ways, to a name and to addresses.
    async fn carries(&self, login: &str) {
        let listener = TcpListener::bind("[::]:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["localhost", "127.0.0.1", "::1"] {
            let (mut tcp, written) = self.tunnel(login, host, port).await.unwrap();
            let (mut peer, _) = listener.accept().unwrap();
            peer.set_read_timeout(Some(PATIENCE)).unwrap();
            assert!(written > 0);
            tcp.ready(true).await.unwrap();
            assert_eq!(tcp.try_write(b"to the ", b"broker").unwrap(), 13);
            let mut taken = [0; 13];
            peer.read_exact(&mut taken).unwrap();
            assert_eq!(&taken, b"to the broker");
            peer.write_all(b"and back").unwrap();
            drop(peer);
            let mut back = BytesMut::new();
            while back.len() < 8 {
                tcp.ready(false).await.unwrap();
                match tcp.try_read(&mut back, 64) {
                    Ok(read) => assert_eq!(read.kind, ReadKind::Bytes),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                }
            }
            assert_eq!(&back[..], b"and back");
        }
    }

    async fn fails(&self, login: &str) -> TransportError {
        let outcome = self.tunnel(login, "127.0.0.1", free_port()).await;
        outcome.map(|_| ()).unwrap_err()
    }
}

#[test]
fn microsocks() {
    let port = free_port();
    let number = port.to_string();
    let open = ["-i", "127.0.0.1", "-p", &number];
    if let Some(running) = run("microsocks", port, &open) {
        within(async {
            running.carries("socks5h://").await;
            running.carries("socks5://u:p@").await;
            let error = running.fails("socks5://").await;
            assert_eq!((error.kind, error.status), (Kind::ProxyRefused, Some(5)));
            // Not its protocol.
            let error = running.fails("http://").await;
            assert!(matches!(error.kind, Kind::ProxyProtocol | Kind::Closed));
        });
    }
    let port = free_port();
    let number = port.to_string();
    let closed = ["-i", "127.0.0.1", "-p", &number, "-u", "ann", "-P", "s:e"];
    if let Some(running) = run("microsocks", port, &closed) {
        within(async {
            running.carries("socks5://ann:s%3Ae@").await;
            for login in ["socks5://", "socks5://ann:wrong@"] {
                let error = running.fails(login).await;
                assert_eq!(error.kind, Kind::ProxyAuthentication, "{error}");
            }
        });
    }
}

#[test]
fn tinyproxy() {
    for secret in [false, true] {
        let port = free_port();
        let file = std::env::temp_dir().join(format!("mqttka-tinyproxy-{port}.conf"));
        let mut words = format!("Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\n");
        if secret {
            words.push_str("BasicAuth ann secret\n");
        }
        std::fs::write(&file, words).unwrap();
        let running = run("tinyproxy", port, &["-d", "-c", file.to_str().unwrap()]);
        let Some(running) = running else {
            return;
        };
        within(async {
            running.carries("http://ann:secret@").await;
            let error = running.fails("http://ann:secret@").await;
            assert_eq!(error.kind, Kind::ProxyRefused, "{error}");
            assert!(
                error.status.is_some_and(|status| status >= 500),
                "{error:?}"
            );
            if secret {
                for login in ["http://", "http://ann:wrong@"] {
                    let error = running.fails(login).await;
                    assert_eq!(error.kind, Kind::ProxyAuthentication, "{error}");
                }
            }
        });
        let _ = std::fs::remove_file(file);
    }
}
