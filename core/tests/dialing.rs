//! Attempts to connect (rule L13) over real sockets.

#![cfg(feature = "engine")]

mod support;

use std::net::{TcpListener, ToSocketAddrs};
use std::process::Command;
use std::time::Duration;

use mqttka_core::client::{Client, Event, EventKind, Handler, Message, Options, Stage, Version};
use mqttka_scripted_broker::{Broker, CONNACK_311};
use support::{App, options};

/// Runs this test of the whole name once more, in a process that knows `broker.test` by two
/// addresses. False where the machine does not allow that, and true within that process.
fn knows_two_addresses(test: &str) -> bool {
    if std::env::var_os("MQTTKA_TEST_CHILD").is_some() {
        return true;
    }
    let hosts = std::env::temp_dir().join(format!("mqttka-hosts-{}", std::process::id()));
    std::fs::write(&hosts, "127.0.0.1 broker.test\n127.0.0.2 broker.test\n").unwrap();
    let within_mounts = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script]).arg(&hosts);
        command
    };
    const MOUNT: &str = "mount --bind \"$0\" /etc/hosts";
    let allowed = within_mounts(MOUNT).output();
    if allowed.is_ok_and(|output| output.status.success()) {
        let output = within_mounts(&format!("{MOUNT} && exec \"$@\""))
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env("MQTTKA_TEST_CHILD", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    } else {
        eprintln!("skipped: {test} needs root and unshare");
    }
    std::fs::remove_file(&hosts).unwrap();
    false
}

/// Fault 6: the name's preferred address accepts and passes no data, the other one is good.
#[test]
fn the_next_attempt_takes_the_other_address() {
    if !knows_two_addresses("the_next_attempt_takes_the_other_address") {
        return;
    }
    let port = Broker::listen().port();
    let mut order: Vec<_> = ("broker.test", port).to_socket_addrs().unwrap().collect();
    order.dedup();
    assert_eq!(order.len(), 2, "{order:?}");
    let mute = TcpListener::bind(order[0]).unwrap();
    let good = Broker::from(TcpListener::bind(order[1]).unwrap());
    let mut options = options(port, Version::V311);
    options.servers[0].host = "broker.test".into();
    // The second attempt, which is to succeed, has it too.
    options.config.connect_timeout = Some(Duration::from_secs(5));
    let app = App::new(options);
    app.client.connect().unwrap();
    match app.event().kind {
        EventKind::ConnectFailed(error) => {
            assert_eq!(error.stage(), Some(Stage::Mqtt));
            // Fault 20: what was tried.
            let attempted = error.attempted().unwrap();
            assert_eq!(attempted.host, "broker.test");
            assert_eq!(attempted.address, Some(order[0]));
        }
        other => panic!("{other:?}"),
    }
    mute.accept().unwrap();
    app.client.connect().unwrap();
    let _peer = good.accept_mqtt(CONNACK_311);
    app.connected();
    app.close();
}

/// Fault 20: errors of all stages name host, port and, where it came so far, the address.
#[test]
fn errors_name_what_was_tried() {
    let port = Broker::listen().port();
    // Refused by the system, and a name that has no addresses (RFC 2606).
    for (host, stage) in [
        ("127.0.0.1", Stage::Tcp),
        ("no-such-name.invalid", Stage::Dns),
    ] {
        let mut options = options(port, Version::V311);
        options.servers[0].host = host.into();
        let app = App::new(options);
        app.client.connect().unwrap();
        match app.event().kind {
            EventKind::ConnectFailed(error) => {
                assert_eq!(error.stage(), Some(stage), "{error}");
                let attempted = error.attempted().unwrap();
                assert_eq!((attempted.host.as_str(), attempted.port), (host, port));
                assert_eq!(attempted.address.is_some(), stage == Stage::Tcp);
            }
            other => panic!("{other:?}"),
        }
        app.close();
    }
}

struct Nothing;

impl Handler for Nothing {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, _: Message, _: u64) {}
}

/// Fault 20: at once, and with the reason.
#[test]
fn a_host_that_is_none_is_refused_with_the_reason() {
    for (host, why) in [
        ("mqtt://host", "scheme"),
        ("host:1883", "port"),
        ("host/path", "path"),
        ("[fe80::1", "brackets"),
    ] {
        let error = Client::new(Options::new(host), Nothing).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("host is \"{host}\"; it must be")),
            "{text}"
        );
        assert!(text.contains(why), "{text}");
    }
}
