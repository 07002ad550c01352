//! rumqttc as its documentation advises: a loop polls the event loop. `peer.h` says what a peer does.

use std::io::Read;

use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS, v5};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [port, level] = words.as_slice() else {
        std::process::exit(3);
    };
    let port = port.parse().expect("a port");
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let why = match level.as_str() {
        "5" => runtime.block_on(new(port)),
        _ => runtime.block_on(old(port)),
    };
    println!("ended {why}");
}

fn message(payload: &[u8]) {
    println!("message {}", String::from_utf8_lossy(payload));
}

async fn old(port: u16) -> String {
    let mut options = MqttOptions::new("c", "127.0.0.1", port);
    options.set_clean_session(true);
    let (client, mut events) = AsyncClient::new(options, 10);
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                println!("connected");
                let _ = client.try_subscribe("a/#", QoS::ExactlyOnce);
                let _ = client.try_publish("up", QoS::AtLeastOnce, false, "1");
                let _ = client.try_publish("up", QoS::ExactlyOnce, false, "2");
            }
            Ok(Event::Incoming(Packet::Publish(it))) => message(&it.payload),
            Ok(_) => {}
            Err(error) => return error.to_string(),
        }
    }
}

async fn new(port: u16) -> String {
    use v5::mqttbytes::QoS;
    use v5::mqttbytes::v5::Packet;
    let mut options = v5::MqttOptions::new("c", "127.0.0.1", port);
    options.set_clean_start(true);
    options.set_receive_maximum(Some(4));
    options.set_max_packet_size(Some(4096));
    let (client, mut events) = v5::AsyncClient::new(options, 10);
    loop {
        match events.poll().await {
            Ok(v5::Event::Incoming(Packet::ConnAck(_))) => {
                println!("connected");
                let _ = client.try_subscribe("a/#", QoS::ExactlyOnce);
                let _ = client.try_publish("up", QoS::AtLeastOnce, false, "1");
                let _ = client.try_publish("up", QoS::ExactlyOnce, false, "2");
            }
            Ok(v5::Event::Incoming(Packet::Publish(it))) => message(&it.payload),
            Ok(_) => {}
            Err(error) => return error.to_string(),
        }
    }
}
