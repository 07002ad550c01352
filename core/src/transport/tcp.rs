//! TCP connections, raced where a name has several addresses (RFC 8305).

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::engine::socket;
use crate::error::TransportError;

/// Connection Attempt Delay (RFC 8305, section 5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// The first connection that comes about; the others are given up. Where all fail, the error of
/// the first, which is of the address that the system prefers.
pub(super) async fn race(
    addresses: Vec<SocketAddr>,
    backstop: Option<Duration>,
) -> Result<TcpStream, TransportError> {
    let mut waiting = interleave(addresses);
    let mut attempts = JoinSet::new();
    let mut first_error = None;
    loop {
        if let Some(address) = waiting.pop_front() {
            attempts.spawn(connect(address, backstop));
        }
        let finished = if waiting.is_empty() {
            attempts.join_next().await
        } else {
            tokio::select! {
                finished = attempts.join_next() => finished,
                () = tokio::time::sleep(ATTEMPT_DELAY) => continue,
            }
        };
        match finished {
            Some(Ok(Ok(stream))) => return Ok(stream),
            Some(Ok(Err(error))) => {
                first_error.get_or_insert(TransportError::from(error));
            }
            Some(Err(error)) => {
                first_error.get_or_insert(TransportError::new(error.to_string()));
            }
            None => {
                return Err(
                    first_error.unwrap_or_else(|| TransportError::new("no address to connect to"))
                );
            }
        }
    }
}

/// Alternates the address families, the preferred one first (RFC 8305, section 4).
fn interleave(addresses: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (preferred, other): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let (mut preferred, mut other) = (preferred.into_iter(), other.into_iter());
    let mut order = VecDeque::new();
    loop {
        let pair = [preferred.next(), other.next()];
        if pair.iter().all(Option::is_none) {
            return order;
        }
        order.extend(pair.into_iter().flatten());
    }
}

async fn connect(address: SocketAddr, backstop: Option<Duration>) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    let options = SockRef::from(&socket);
    socket::prepare(&options);
    socket::set_backstop(&options, backstop);
    socket.connect(address).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(list: &[&str]) -> Vec<SocketAddr> {
        list.iter().filter_map(|a| a.parse().ok()).collect()
    }

    #[test]
    fn families_alternate_from_the_preferred_one() {
        let order = interleave(addresses(&[
            "[::1]:1",
            "[::2]:1",
            "[::3]:1",
            "1.1.1.1:1",
            "1.1.1.2:1",
        ]));
        assert_eq!(
            Vec::from(order),
            addresses(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "1.1.1.2:1", "[::3]:1"])
        );
    }

    fn within<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            tokio::time::timeout(Duration::from_secs(30), future)
                .await
                .unwrap()
        })
    }

    #[test]
    fn a_refused_address_does_not_stop_the_next() {
        within(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let good = listener.local_addr().unwrap();
            // Bound and closed again: nobody listens there.
            let refused = tokio::net::TcpListener::bind("127.0.0.1:0")
                .await
                .and_then(|l| l.local_addr())
                .unwrap();
            let stream = race(vec![refused, good], None).await.unwrap();
            assert_eq!(stream.peer_addr().unwrap(), good);
        });
    }

    #[test]
    fn where_all_fail_the_first_error_is_told() {
        within(async {
            let refused = tokio::net::TcpListener::bind("127.0.0.1:0")
                .await
                .and_then(|l| l.local_addr())
                .unwrap();
            let error = race(vec![refused], None).await.unwrap_err();
            assert!(error.os_error.is_some(), "{error:?}");
            assert!(race(Vec::new(), None).await.is_err());
        });
    }
}
