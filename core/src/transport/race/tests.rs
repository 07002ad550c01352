use std::future::poll_fn;
use std::net::TcpListener;

use super::*;
use crate::transport::testing::{in_namespace, ip, is_child, within};

fn addresses(list: &[&str]) -> Vec<SocketAddr> {
    list.iter().map(|a| a.parse().unwrap()).collect()
}

fn race(addresses: &[SocketAddr]) -> Race {
    let candidate = |&address| Candidate {
        address,
        mute: false,
    };
    Race::new(addresses.iter().map(candidate).collect(), Arc::default())
}

async fn run(race: &mut Race) -> Result<Tcp, Lost> {
    poll_fn(|cx| race.poll(cx)).await
}

/// Bound and closed again: nobody listens there.
fn refused() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

#[test]
fn families_alternate_from_the_preferred_one() {
    let given = addresses(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "1.1.1.2:1"]);
    let order: Vec<_> = interleave(&given).collect();
    assert_eq!(
        order,
        addresses(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "1.1.1.2:1", "[::3]:1"])
    );
    let given = addresses(&["1.1.1.1:1", "[::1]:1", "[::2]:1", "[::3]:1"]);
    let order: Vec<_> = interleave(&given).collect();
    assert_eq!(order, given);
}

#[test]
fn a_refused_address_does_not_stop_the_next() {
    within(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (bad, good) = (refused(), listener.local_addr().unwrap());
        let mut race = race(&[bad, good]);
        assert_eq!(run(&mut race).await.unwrap().peer(), good);
        assert_eq!(race.failed().collect::<Vec<_>>(), [bad]);
    });
}

#[test]
fn an_address_that_does_not_answer_does_not_stop_the_next() {
    within(async {
        let (full, _queue) = crate::transport::testing::full("127.0.0.1:0");
        let silent = full.local_addr().unwrap().as_socket().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = listener.local_addr().unwrap();
        let mut race = race(&[silent, good]);
        assert_eq!(run(&mut race).await.unwrap().peer(), good);
        assert_eq!(race.late().collect::<Vec<_>>(), [silent]);
    });
}

#[test]
fn where_all_fail_the_first_error_is_told() {
    within(async {
        let all = [refused(), refused()];
        let lost = run(&mut race(&all)).await.unwrap_err();
        assert_eq!(lost.address, Some(all[0]));
        assert_eq!(lost.error.kind(), ErrorKind::ConnectionRefused);
        let lost = run(&mut race(&[])).await.unwrap_err();
        assert_eq!(lost.address, None);
    });
}

/// A namespace whose only network is loopback: everything else is unreachable.
#[test]
fn where_all_fail_the_error_that_tells_most_is_told() {
    const NAME: &str = "transport::race::tests::where_all_fail_the_error_that_tells_most_is_told";
    if !is_child(NAME) {
        return in_namespace(NAME);
    }
    ip("link set lo up");
    within(async {
        let nowhere = addresses(&["[2001:db8::1]:1883", "192.0.2.1:1883"]);
        let lost = run(&mut race(&nowhere)).await.unwrap_err();
        assert_eq!(lost.address, Some(nowhere[0]));
        let refused = refused();
        let lost = run(&mut race(&[nowhere[0], refused, nowhere[1]]))
            .await
            .unwrap_err();
        assert_eq!(lost.address, Some(refused));
        assert_eq!(lost.error.kind(), ErrorKind::ConnectionRefused);
    });
}

#[cfg(unix)]
#[test]
fn errors_are_told_in_the_order_of_what_they_tell() {
    let order = [
        libc::EMFILE,
        libc::EACCES,
        libc::ECONNREFUSED,
        libc::ETIMEDOUT,
        libc::EHOSTUNREACH,
        libc::EINVAL,
        libc::ENETUNREACH,
    ];
    let ranks = order.map(|number| rank(&io::Error::from_raw_os_error(number)));
    assert!(ranks.is_sorted_by(|a, b| a > b), "{ranks:?}");
    for number in [libc::ENFILE, libc::ENOBUFS, libc::ENOMEM] {
        assert_eq!(rank(&io::Error::from_raw_os_error(number)), ranks[0]);
    }
}
