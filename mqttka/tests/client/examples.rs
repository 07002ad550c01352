//! The programs of `examples/`, as their readers run them, against mosquitto.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::support::{Mosquitto, example};

/// Runs it; what it printed, and whether it ended well.
fn output(name: &str, arguments: &[&str]) -> (String, bool) {
    let output = example(name).args(arguments).output().expect("it starts");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    (text, output.status.success())
}

fn prints(name: &str, arguments: &[&str], text: &str) {
    let (printed, well) = output(name, arguments);
    assert!(well && printed.contains(text), "{name}: {printed}");
}

fn fails(name: &str, arguments: &[&str], text: &str) {
    let (printed, well) = output(name, arguments);
    assert!(!well && printed.contains(text), "{name}: {printed}");
}

#[test]
fn hello_request_response_and_many_clients() {
    let broker = Mosquitto::start(&[]);
    let uri = broker.uri();
    prints("hello", &[&uri], "mqttka/hello: hello, world");
    fails("hello", &["http://localhost"], "uri has the scheme");
    let text = "1 doubled: 2\n21 doubled: 42\nx doubled: not a number";
    prints("request_response", &[&uri], text);
    prints("many_clients", &[&uri, "50"], "50 clients, 50 messages");
}

#[test]
fn tls() {
    let directory = std::env::temp_dir().join(format!("mqttka-tls-{}", std::process::id()));
    mqttka_authority::write(&directory, &[]).expect("certificates");
    let path = |name: &str| directory.join(name).display().to_string();
    let mut lines = vec![
        format!("certfile {}", path("server.pem")),
        format!("keyfile {}", path("server.key")),
    ];
    let broker = Mosquitto::start(&lines);
    let uri = format!("mqtts://localhost:{}", broker.port);
    let got = "mqttka/tls: nobody else reads this";
    prints("tls", &[&uri, &path("ca.pem")], got);
    fails("tls", &[&uri, &path("other_ca.pem")], "unknown_issuer");
    fails("tls", &[&uri], "unknown_issuer");
    fails("tls", &[&uri, &path("nowhere.pem")], "tls_ca");

    lines.push(format!("cafile {}", path("ca.pem")));
    lines.push("require_certificate true".into());
    let mutual = Mosquitto::start(&lines);
    let uri = format!("mqtts://localhost:{}", mutual.port);
    let (certificate, key) = (path("client.pem"), path("client.key"));
    prints("tls", &[&uri, &path("ca.pem"), &certificate, &key], got);
    fails("tls", &[&uri, &path("ca.pem")], "tls_alert");
    let _ = std::fs::remove_dir_all(directory);
}

/// The broker comes after the program, goes, and comes back.
#[test]
fn reconnect() {
    let broker = Mosquitto::start(&[]);
    let port = broker.port;
    drop(broker);
    let mut program = example("reconnect")
        .args([&format!("mqtt://127.0.0.1:{port}"), "5"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(program.stdout.take().expect("its output")).lines();
    let mut next = |text: &str| {
        let line = lines.by_ref().map(|line| line.expect("text"));
        let mut line = line.skip_while(|line| !line.contains(text));
        line.next().unwrap_or_else(|| panic!("no {text:?}"))
    };
    next("connect_failed");
    let broker = Mosquitto::start_at(port);
    next("connected to 127.0.0.1");
    next("received 1");
    drop(broker);
    next("disconnected");
    let _broker = Mosquitto::start_at(port);
    next("received 5");
    assert!(program.wait().expect("its end").success());
}
