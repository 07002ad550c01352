use std::future::poll_fn;
use std::net::TcpListener;
use std::time::Duration;

use super::*;
use crate::transport::Stream as _;
use crate::transport::host;
use crate::transport::options::Server;
use crate::transport::route::Place;
use crate::transport::testing::{full, within};

const START: Instant = Instant::ORIGIN;

fn route(port: u16) -> Route {
    let mut server = Server::new("127.0.0.1");
    server.port = Some(port);
    let place = Place::Host(host::parse(&server.host).unwrap());
    Route {
        server,
        place,
        #[cfg(feature = "websocket")]
        web_socket: None,
    }
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

async fn attempt(connector: &mut Connector) -> Result<usize, Failed> {
    connector.start(START, START + Duration::from_secs(30));
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
        connector.start(START, START + Duration::from_millis(500));
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
        connector.start(START, at(30_000));
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
        connector.start(START, START + Duration::from_secs(30));
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
        connector.routes = vec![route(port)];
        assert_eq!(attempt(&mut connector).await, Ok(0));
    });
}
