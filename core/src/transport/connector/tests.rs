use std::future::poll_fn;
use std::net::TcpListener;
use std::time::Duration;

use super::*;
use crate::transport::Stream as _;
use crate::transport::options::Carrier;
use crate::transport::testing::{full, within};

const START: Instant = Instant::ORIGIN;

fn server(port: u16) -> Server {
    let mut server = Server::new("127.0.0.1");
    server.port = Some(port);
    server
}

fn route(port: u16) -> Route {
    Route::new(server(port), Carrier::Socket).unwrap()
}

fn connector(ports: &[u16]) -> Connector {
    let routes = ports.iter().copied().map(route).collect();
    Connector::new(routes, Ways::default(), Resolver::shared())
}

async fn outcome(connector: &mut Connector, now: Instant) -> Result<usize, Failed> {
    let stream = poll_fn(|cx| connector.poll(now, cx)).await?;
    stream.abort();
    Ok(connector.attempted(now).unwrap().server_index)
}

fn start(connector: &mut Connector, deadline: Instant) {
    let number = connector.servers.number() + 1;
    connector.start(START, deadline, number, Overrides::default());
}

async fn attempt(connector: &mut Connector) -> Result<usize, Failed> {
    attempt_with(connector, Overrides::default()).await
}

async fn attempt_with(connector: &mut Connector, overrides: Overrides) -> Result<usize, Failed> {
    let (deadline, number) = (
        START + Duration::from_secs(30),
        connector.servers.number() + 1,
    );
    connector.start(START, deadline, number, overrides);
    outcome(connector, START).await
}

fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn closed() -> u16 {
    listener().1
}

#[test]
fn servers_are_tried_in_order_and_the_last_one_tells_the_error() {
    let (_good, port) = listener();
    within(async {
        let mut one = connector(&[closed(), port, closed()]);
        assert_eq!(attempt(&mut one).await, Ok(1));
        let mut none = connector(&[closed(), closed()]);
        let failed = attempt(&mut none).await.unwrap_err();
        assert_eq!(failed.stage, Stage::Tcp);
        assert!(failed.error.os_error.is_some());
        let attempted = none.attempted(START).unwrap();
        assert_eq!(attempted.server_index, 1);
        assert!(attempted.address.is_some());
    });
}

#[test]
fn an_attempt_begins_with_another_server_than_the_one_that_failed_last() {
    let ((_a, first), (_b, second)) = (listener(), listener());
    within(async {
        let mut connector = connector(&[first, second]);
        assert_eq!(attempt(&mut connector).await, Ok(0));
        // No CONNACK.
        connector.failed();
        assert_eq!(attempt(&mut connector).await, Ok(1));
        connector.worked();
        assert_eq!(attempt(&mut connector).await, Ok(1));
        connector.failed();
        assert_eq!(attempt(&mut connector).await, Ok(0));
        connector.worked();
        assert_eq!(attempt(&mut connector).await, Ok(0));
    });
}

#[test]
fn a_server_that_says_nothing_has_its_share_of_the_time() {
    let (silent, _queued) = full("127.0.0.1:0");
    let mute = silent.local_addr().unwrap().as_socket().unwrap().port();
    let (_good, port) = listener();
    within(async {
        let mut connector = connector(&[mute, port]);
        // Half of it each.
        start(&mut connector, START + Duration::from_millis(500));
        assert_eq!(outcome(&mut connector, START).await, Ok(1));
        // And the one that failed goes last.
        assert_eq!(attempt(&mut connector).await, Ok(1));
    });
}

#[test]
fn each_stage_has_its_time() {
    let (_good, port) = listener();
    let at = |ms| START + Duration::from_millis(ms);
    within(async {
        let mut connector = connector(&[port]);
        start(&mut connector, at(30_000));
        let mut now = START;
        let stream = poll_fn(|cx| {
            now += Duration::from_millis(10);
            connector.poll(now, cx)
        });
        stream.await.unwrap().abort();
        let attempted = connector.attempted(now + Duration::from_millis(7)).unwrap();
        let stages: Vec<_> = attempted.stages.iter().map(|(stage, _)| stage).collect();
        assert_eq!(stages, [Stage::Dns, Stage::Tcp, Stage::Mqtt]);
        let mqtt = attempted.stages.get(Stage::Mqtt);
        assert_eq!(mqtt, Some(Duration::from_millis(7)));
        assert_eq!(
            attempted.stages.total(),
            now.saturating_since(START) + Duration::from_millis(7)
        );
    });
}

#[test]
fn an_attempt_that_is_given_up_ends_and_another_begins() {
    let (silent, _queued) = full("127.0.0.1:0");
    let mute = silent.local_addr().unwrap().as_socket().unwrap().port();
    let (_good, port) = listener();
    within(async {
        let mut connector = connector(&[mute]);
        start(&mut connector, START + Duration::from_secs(30));
        assert!(
            poll_fn(|cx| Poll::Ready(connector.poll(START, cx)))
                .await
                .is_pending()
        );
        assert_eq!(connector.stage(), Stage::Tcp);
        connector.stop();
        assert!(
            poll_fn(|cx| Poll::Ready(connector.poll(START, cx)))
                .await
                .is_pending()
        );
        connector.servers = Servers::new(vec![route(port)]);
        assert_eq!(attempt(&mut connector).await, Ok(0));
    });
}

/// Where the last attempt was, by port.
fn port_of(connector: &Connector) -> u16 {
    connector.attempted(START).unwrap().port
}

#[test]
fn what_the_provider_names_is_tried_alone_and_once() {
    let ((_a, first), (_b, second)) = (listener(), listener());
    within(async {
        let mut connector = connector(&[first]);
        let instead = |port| Overrides {
            route: Some(route(port)),
            ..Overrides::default()
        };
        assert_eq!(attempt_with(&mut connector, instead(second)).await, Ok(1));
        assert_eq!(port_of(&connector), second);
        let failed = attempt_with(&mut connector, instead(closed())).await;
        assert_eq!(failed.unwrap_err().stage, Stage::Tcp);
        assert_eq!(attempt(&mut connector).await, Ok(0));
        assert_eq!(port_of(&connector), first);
    });
}

#[test]
fn a_reference_holds_for_the_next_attempt() {
    let ((_a, first), (_b, second)) = (listener(), listener());
    within(async {
        let mut connector = connector(&[first]);
        let elsewhere = format!("127.0.0.1:{} 127.0.0.1:{second}", closed());
        connector.refer(&elsewhere, false);
        assert_eq!(attempt(&mut connector).await, Ok(0), "nobody has said it");
        connector.refer(&elsewhere, false);
        connector.worked();
        assert_eq!(attempt(&mut connector).await, Ok(2), "the next of the list");
        assert_eq!(port_of(&connector), second);
        // The same attempt begins anew, as after a hint.
        let (deadline, number) = (START + Duration::from_secs(30), connector.servers.number());
        connector.start(START, deadline, number, Overrides::default());
        assert_eq!(outcome(&mut connector, START).await, Ok(2));
        connector.worked();
        assert_eq!(attempt(&mut connector).await, Ok(0));
        // Where it leads to nobody, the attempt ends: its server would send it there again.
        connector.refer(&format!("127.0.0.1:{}", closed()), false);
        attempt(&mut connector).await.unwrap_err();
        assert_eq!(attempt(&mut connector).await, Ok(0));
        connector.refer("not:a:server", false);
        assert_eq!(attempt(&mut connector).await, Ok(0));
    });
}

#[test]
fn a_reference_comes_before_what_the_provider_names() {
    let ((_a, first), (_b, second)) = (listener(), listener());
    within(async {
        let mut connector = connector(&[closed()]);
        let instead = || Overrides {
            route: Some(route(first)),
            ..Overrides::default()
        };
        assert_eq!(attempt_with(&mut connector, instead()).await, Ok(1));
        // It is not one of the options, so that it cannot move for good.
        connector.refer(&format!("127.0.0.1:{second}"), true);
        assert_eq!(attempt_with(&mut connector, instead()).await, Ok(2));
        assert_eq!(port_of(&connector), second);
        assert_eq!(attempt_with(&mut connector, instead()).await, Ok(1));
    });
}

#[test]
fn a_server_that_has_moved_is_elsewhere_for_good() {
    let ((_a, first), (_b, second), (_c, third)) = (listener(), listener(), listener());
    within(async {
        let mut connector = connector(&[first, second]);
        assert_eq!(attempt(&mut connector).await, Ok(0));
        connector.failed();
        assert_eq!(attempt(&mut connector).await, Ok(1));
        connector.refer(&format!("127.0.0.1:{third}"), true);
        for _ in 0..2 {
            assert_eq!(attempt(&mut connector).await, Ok(1), "it begins there");
            assert_eq!(port_of(&connector), third);
            connector.worked();
        }
        connector.failed();
        assert_eq!(attempt(&mut connector).await, Ok(0));
        assert_eq!(port_of(&connector), first);
    });
}

/// Whoever is sent to a server with TLS never speaks plainly there.
#[cfg(feature = "tls")]
#[test]
fn a_server_with_tls_is_never_reached_without() {
    let (_good, port) = listener();
    within(async {
        let mut secure = server(port);
        secure.transport = crate::transport::options::Transport::Tls;
        let overrides = Overrides {
            route: Some(Route::new(secure, Carrier::Socket).unwrap()),
            ..Overrides::default()
        };
        let failed = attempt_with(&mut connector(&[port]), overrides).await;
        assert_eq!(failed.unwrap_err().stage, Stage::Tls);
    });
}

#[cfg(feature = "websocket")]
#[test]
fn headers_of_the_upgrade_hold_for_one_attempt() {
    use std::io::{BufRead as _, BufReader};

    let (broker, port) = listener();
    let mut server = server(port);
    server.transport = crate::transport::options::Transport::WebSocket;
    let mut ways = Ways::default();
    ways.web_socket.headers = vec![("Key".into(), "old".into())];
    let routes = vec![Route::new(server, Carrier::Socket).unwrap()];
    let mut connector = Connector::new(routes, ways, Resolver::shared());
    let new = crate::transport::options::WebSocketOptions {
        headers: vec![("Key".into(), "new".into())],
    };
    let key = || {
        let (stream, _) = broker.accept().unwrap();
        let lines = BufReader::new(stream).lines();
        let mut keys = lines.filter_map(|line| Some(line.ok()?.strip_prefix("Key: ")?.to_owned()));
        keys.next()
    };
    for (web_socket, expected) in [(Some(new), "new"), (None, "old")] {
        let overrides = Overrides {
            web_socket,
            ..Overrides::default()
        };
        let heard = std::thread::scope(|scope| {
            let broker = scope.spawn(key);
            // The broker says nothing, and goes.
            within(attempt_with(&mut connector, overrides)).unwrap_err();
            broker.join().unwrap()
        });
        assert_eq!(heard.as_deref(), Some(expected));
        connector.stop();
    }
}
