use std::fs::File;
use std::future::poll_fn;
use std::net::TcpListener;

use super::*;
use crate::transport::host;
use crate::transport::resolve::tests::{Door, answering, forgetful, hanging};
use crate::transport::testing::{
    add_address, full, in_child, in_namespace, ip, is_allowed, is_child, within,
};

fn dialer(host: &str, port: u16, resolver: Arc<Resolver>) -> Dialer {
    let endpoint = Endpoint {
        host: host::parse(host).unwrap(),
        port,
        sockets: Arc::default(),
    };
    Dialer::new(endpoint, resolver)
}

async fn dial(dialer: &mut Dialer) -> Result<Tcp, DialError> {
    dialer.start();
    poll_fn(|cx| dialer.poll(cx)).await
}

fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn loopback(number: u8, port: u16) -> SocketAddr {
    ([127, 0, 0, number], port).into()
}

/// Fault 5, with everything: the 41st connects.
#[test]
fn names_that_hang_do_not_keep_another_from_connecting() {
    let (_listener, port) = listener();
    let door = Arc::new(Door::default());
    let resolver = hanging(&door);
    within(async {
        let mut hang: Vec<_> = (0..40)
            .map(|number| dialer(&format!("hang-{number}"), port, Arc::clone(&resolver)))
            .collect();
        for dialer in &mut hang {
            dialer.start();
            let outcome = poll_fn(|cx| Poll::Ready(dialer.poll(cx))).await;
            assert!(outcome.is_pending());
            assert_eq!(dialer.stage(), Stage::Dns);
            // Given up: the call is left behind.
            dialer.stop();
        }
        let mut good = dialer("good", port, Arc::clone(&resolver));
        assert_eq!(dial(&mut good).await.unwrap().peer(), loopback(1, port));
    });
    door.open();
}

/// Fault 6: one address accepts and passes no data.
#[test]
fn an_attempt_begins_with_another_address_than_the_one_that_failed() {
    let (_mute, port) = listener();
    let _good = TcpListener::bind(loopback(2, port)).unwrap();
    let resolver = answering(vec![loopback(1, 0), loopback(2, 0)]);
    within(async {
        let mut dialer = dialer("name", port, resolver);
        assert_eq!(dial(&mut dialer).await.unwrap().peer(), loopback(1, port));
        // Refused by its broker, say: nothing of the address.
        assert_eq!(dial(&mut dialer).await.unwrap().peer(), loopback(1, port));
        dialer.failed(loopback(1, port));
        assert_eq!(dial(&mut dialer).await.unwrap().peer(), loopback(2, port));
        dialer.failed(loopback(2, port));
        assert_eq!(dial(&mut dialer).await.unwrap().peer(), loopback(1, port));
        dialer.failed(loopback(1, port));
        assert_eq!(dial(&mut dialer).await.unwrap().peer(), loopback(2, port));
        dialer.worked(loopback(1, port));
        assert_eq!(dial(&mut dialer).await.unwrap().peer(), loopback(1, port));
    });
}

/// The good one is slower than the mute one by more than the usual delay of the race.
#[test]
fn an_address_that_passed_no_data_does_not_win_over_a_slow_one() {
    let (_mute, port) = listener();
    let (good, _queued) = full(&loopback(2, port).to_string());
    let resolver = answering(vec![loopback(1, 0), loopback(2, 0)]);
    within(async {
        let mut dialer = dialer("name", port, resolver);
        dialer.failed(loopback(1, port));
        dialer.start();
        let mut accepted = false;
        let tcp = poll_fn(|cx| {
            let outcome = dialer.poll(cx);
            if dialer.address().is_some() && !accepted {
                // Its SYN was dropped; the next one, a second later, is answered.
                accepted = good.accept().is_ok();
            }
            outcome
        });
        assert_eq!(tcp.await.unwrap().peer(), loopback(2, port));
        assert!(accepted);
    });
}

#[test]
fn an_address_that_never_answered_goes_last_when_the_attempt_is_given_up() {
    let (silent, _queued) = full("127.0.0.1:0");
    let address = silent.local_addr().unwrap().as_socket().unwrap();
    let port = address.port();
    within(async {
        let resolver = answering(vec![loopback(1, 0)]);
        let mut dialer = dialer("name", port, resolver);
        dialer.start();
        poll_fn(|cx| {
            assert!(dialer.poll(cx).is_pending());
            match &dialer.step {
                Step::Racing(race, _) if race.late().next().is_some() => Poll::Ready(()),
                _ => Poll::Pending,
            }
        })
        .await;
        assert_eq!(dialer.stage(), Stage::Tcp);
        assert_eq!(dialer.address(), Some(address));
        dialer.stop();
        let _good = TcpListener::bind(loopback(2, port)).unwrap();
        dialer.resolver = answering(vec![loopback(1, 0), loopback(2, 0)]);
        dialer.start();
        poll_fn(|cx| match dialer.poll(cx) {
            Poll::Ready(tcp) => {
                assert_eq!(tcp.unwrap().peer(), loopback(2, port));
                Poll::Ready(())
            }
            Poll::Pending => {
                let address = dialer.address();
                assert_ne!(address, Some(loopback(1, port)), "it goes last");
                Poll::Pending
            }
        })
        .await;
    });
}

/// Fault 20: host, port, stage and the address tried.
#[test]
fn errors_name_what_was_tried() {
    within(async {
        let (closed, port) = listener();
        drop(closed);
        let mut refused = dialer("name", port, answering(vec![loopback(1, 0)]));
        let error = dial(&mut refused).await.unwrap_err();
        assert_eq!(error.stage, Stage::Tcp);
        assert_eq!(error.address, Some(loopback(1, port)));
        assert!(error.error.os_error.is_some(), "{error:?}");

        let mut nowhere = dialer("name", port, answering(Vec::new()));
        let error = dial(&mut nowhere).await.unwrap_err();
        assert_eq!(error.stage, Stage::Dns);
        assert_eq!(error.address, None);
        // The next attempt is one of its own.
        let error = dial(&mut nowhere).await.unwrap_err();
        assert_eq!(error.stage, Stage::Dns);
    });
}

/// Addresses that the local one cannot reach are not tried; where there is no other, that is told.
#[test]
fn a_local_address_chooses_among_the_servers_addresses() {
    use crate::transport::options::SocketOptions;

    let (_listener, port) = listener();
    let v6 = SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], port));
    let from_v4 = || {
        let options = SocketOptions {
            local_address: Some([127, 0, 0, 1].into()),
            ..SocketOptions::default()
        };
        Arc::new(Sockets::new(options, None))
    };
    within(async {
        let mut both = dialer("name", port, answering(vec![v6, loopback(1, 0)]));
        both.endpoint.sockets = from_v4();
        assert_eq!(dial(&mut both).await.unwrap().peer(), loopback(1, port));
        // The other one has not failed: it was not tried.
        let order = both.failures.order([v6, loopback(2, port)]);
        assert_eq!(order[0].address, v6);
        let mut none = dialer("name", port, answering(vec![v6]));
        none.endpoint.sockets = from_v4();
        let error = dial(&mut none).await.unwrap_err();
        assert_eq!(error.stage, Stage::Tcp);
        assert!(
            error.error.message.contains("local_address 127.0.0.1"),
            "{error:?}"
        );
    });
}

/// Fault 20, over a real link-local address.
#[test]
fn a_link_local_address_connects_in_every_form() {
    const NAME: &str = "transport::dial::tests::a_link_local_address_connects_in_every_form";
    if !is_child(NAME) {
        return in_namespace(NAME);
    }
    ip("link set lo up");
    ip("link add v0 type veth peer name v1");
    ip("link set v0 up");
    ip("link set v1 up");
    add_address("fe80::7", "v0");
    let index = crate::transport::socket::addresses::interface_index("v0").unwrap();
    let listener = TcpListener::bind("[::]:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    within(async {
        for host in [
            "fe80::7%v0".to_owned(),
            "[fe80::7%v0]".to_owned(),
            format!("fe80::7%{index}"),
            format!("[fe80::7%{index}]"),
        ] {
            let mut dialer = dialer(&host, port, Resolver::shared());
            dial(&mut dialer).await.expect(&host);
        }
    });
}

/// Rule L21, fault 2: a user who may have no more threads.
#[cfg(target_os = "linux")]
#[test]
fn without_threads_a_name_is_an_error_and_an_address_connects() {
    const NAME: &str =
        "transport::dial::tests::without_threads_a_name_is_an_error_and_an_address_connects";
    if !is_child(NAME) {
        let wrapper = [
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "bash",
            "-c",
            "ulimit -u 1; exec \"$0\" \"$@\"",
        ];
        let exe = std::env::current_exe().unwrap();
        let exe = exe.to_str().unwrap();
        if !is_allowed(wrapper[0], &[&wrapper[1..], &[exe, "--list"]].concat()) {
            eprintln!("skipped: {NAME} needs root, setpriv and bash");
            return;
        }
        return in_child(&wrapper, NAME);
    }
    let (_listener, port) = listener();
    within(async {
        let mut name = dialer("localhost", port, Resolver::shared());
        let error = dial(&mut name).await.unwrap_err();
        assert_eq!(error.stage, Stage::Dns);
        assert_eq!(error.error.os_error, Some(libc::EAGAIN));
        let mut literal = dialer("127.0.0.1", port, Resolver::shared());
        dial(&mut literal).await.unwrap();
    });
}

/// Rule L21: errors of their stages, no panic, and a new attempt when there are descriptors again.
#[cfg(unix)]
#[test]
fn without_descriptors_an_attempt_is_an_error() {
    const NAME: &str = "transport::dial::tests::without_descriptors_an_attempt_is_an_error";
    if !is_child(NAME) {
        return in_child(&["sh", "-c", "ulimit -n 64; exec \"$0\" \"$@\""], NAME);
    }
    let (_listener, port) = listener();
    within(async {
        let mut literal = dialer("127.0.0.1", port, Resolver::shared());
        let mut name = dialer("localhost", port, Resolver::shared());
        dial(&mut literal).await.unwrap();
        // All that are left.
        let mut taken: Vec<File> = Vec::new();
        let full = loop {
            match File::open("/dev/null") {
                Ok(file) => taken.push(file),
                Err(error) => break error,
            }
        };
        assert_eq!(full.raw_os_error(), Some(libc::EMFILE));
        let error = dial(&mut literal).await.unwrap_err();
        assert_eq!(error.stage, Stage::Tcp);
        assert_eq!(error.error.os_error, Some(libc::EMFILE));
        // The resolver cannot read its files, or the name is known and the socket is missing.
        let error = dial(&mut name).await.unwrap_err();
        assert!(matches!(error.stage, Stage::Dns | Stage::Tcp));
        drop(taken);
        dial(&mut literal).await.unwrap();
        dial(&mut name).await.unwrap();
    });
}

#[test]
fn where_the_resolver_hangs_the_addresses_of_an_earlier_attempt_are_tried() {
    let (_listener, port) = listener();
    let door = Arc::new(Door::default());
    let resolver = forgetful(&door, loopback(1, 0), loopback(2, 0));
    within(async {
        let mut dialer = dialer("name", port, resolver);
        dial(&mut dialer).await.unwrap();
        dialer.start();
        let tcp = poll_fn(|cx| dialer.poll(cx));
        assert_eq!(tcp.await.unwrap().peer(), loopback(1, port));
        assert!(dialer.is_remembering());
    });
    door.open();
}

#[test]
fn what_the_resolver_says_late_is_tried_where_earlier_addresses_fail() {
    let (closed, port) = listener();
    let door = Arc::new(Door::default());
    let resolver = forgetful(&door, loopback(1, 0), loopback(2, 0));
    within(async {
        let mut dialer = dialer("name", port, resolver);
        dial(&mut dialer).await.unwrap();
        drop(closed);
        let _moved = TcpListener::bind(loopback(2, port)).unwrap();
        dialer.start();
        let mut was_in_vain = false;
        let tcp = poll_fn(|cx| {
            let outcome = dialer.poll(cx);
            // The earlier address has failed, and only the resolver is waited for.
            if !was_in_vain && matches!(dialer.step, Step::Resolving(_, None)) {
                was_in_vain = true;
                door.open();
            }
            outcome
        });
        assert_eq!(tcp.await.unwrap().peer(), loopback(2, port));
        assert!(was_in_vain);
    });
}
