use std::io::Read as _;
use std::process::Command;

use super::*;
use crate::transport::Stream as _;

fn wanted() -> Arc<Sockets> {
    sockets(|options| options.multipath_tcp = true)
}

/// One that speaks Multipath TCP; nothing where the kernel does not.
fn speaking() -> Option<(TcpListener, SocketAddr)> {
    let Ok(socket) = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::MPTCP)) else {
        eprintln!("skipped: no Multipath TCP in this kernel");
        return None;
    };
    socket
        .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
        .unwrap();
    socket.listen(1).unwrap();
    let listener = TcpListener::from(socket);
    let address = listener.local_addr().unwrap();
    Some((listener, address))
}

/// Writes, and reads what the meter says until all of it is acknowledged.
async fn acknowledged(tcp: &mut Tcp, peer: &mut std::net::TcpStream) {
    let chunk = vec![7; 300_000];
    let (mut sent, mut acked) = (0, 0);
    while acked < 1_500_000 {
        if sent < 1_500_000 {
            tcp.ready(true).await.unwrap();
            sent += tcp.try_write(&chunk, &[]).unwrap_or(0) as u64;
            sent = sent.min(1_500_000 + chunk.len() as u64);
        }
        let mut taken = vec![0; 100_000];
        peer.set_nonblocking(true).unwrap();
        let _ = peer.read(&mut taken);
        let progress = tcp.progress().expect("the system tells");
        assert!(acked <= progress.acked && progress.acked <= sent);
        acked = progress.acked;
        tokio::task::yield_now().await;
    }
}

#[test]
fn what_a_multipath_peer_has_acknowledged_is_known() {
    let Some((listener, there)) = speaking() else {
        return;
    };
    within(async {
        let mut tcp = Tcp::connect(there, wanted()).await.unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        assert!(tcp.speaks_multipath());
        assert_eq!(tcp.progress().unwrap().acked, 0);
        acknowledged(&mut tcp, &mut peer).await;
        assert!(tcp.speaks_multipath());
    });
}

/// The whole connection ends, by a reset.
#[test]
fn an_abort_resets_a_multipath_connection() {
    let Some((listener, there)) = speaking() else {
        return;
    };
    within(async {
        let tcp = Tcp::connect(there, wanted()).await.unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        tcp.abort();
        let error = peer.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_peer_that_speaks_tcp_alone_is_connected_to() {
    within(async {
        let (listener, there) = listener("127.0.0.1:0");
        let mut tcp = Tcp::connect(there, wanted()).await.unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        assert!(!tcp.speaks_multipath());
        acknowledged(&mut tcp, &mut peer).await;
    });
}

#[test]
fn a_kernel_without_it_uses_tcp() {
    const NAME: &str = "transport::socket::tests::multipath::a_kernel_without_it_uses_tcp";
    if !is_child(NAME) {
        return in_namespace(NAME);
    }
    ip("link set lo up");
    let off = Command::new("sysctl").arg("net.mptcp.enabled=0").status();
    if off.is_ok_and(|status| status.success()) {
        assert!(Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::MPTCP)).is_err());
    }
    within(async {
        let (_listener, there) = listener("127.0.0.1:0");
        let mut tcp = Tcp::connect(there, wanted()).await.unwrap();
        assert!(!tcp.speaks_multipath() && tcp.progress().is_some());
    });
}
