//! rumqttc 0.25, 3.1.1, on one thread: a producer's task beside the event loop, as its manual shows.
//!
//! Its defaults are kept (no `TCP_NODELAY`) but for the window, the packet's size and the
//! request channel's.

use std::time::{Duration, Instant};

use bench_report::{Arguments, ECHO, Idle, Latencies, Mode, Quiet, Stopwatch, TOPIC, Transport};
use rumqttc::tokio_rustls::rustls::client::Resumption;
use rumqttc::tokio_rustls::rustls::pki_types::CertificateDer;
use rumqttc::tokio_rustls::rustls::pki_types::pem::PemObject as _;
use rumqttc::tokio_rustls::rustls::{ClientConfig, RootCertStore};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS, TlsConfiguration};

const NAME: &str = "rumqttc";

fn main() {
    let arguments = Arguments::from_command_line();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let work = async {
        match arguments.mode {
            Mode::Publish(level) => publish(&arguments, qos(level)).await,
            Mode::Receive(level) => receive(&arguments, qos(level)).await,
            Mode::RoundTrip => round_trips(&arguments).await,
            Mode::Echo => echoes(&arguments).await,
            Mode::Idle => idle(&arguments).await,
            Mode::Handshakes { resumption } => handshakes(&arguments, resumption).await,
        }
    };
    runtime.block_on(tokio::task::LocalSet::new().run_until(work));
}

async fn publish(arguments: &Arguments, qos: QoS) {
    let (client, mut events) = connected(arguments, 0).await;
    let watch = Stopwatch::start();
    let payload = vec![b'x'; arguments.size];
    let count = arguments.count;
    tokio::task::spawn_local(async move {
        for _ in 0..count {
            send(&client, TOPIC, qos, payload.clone()).await;
        }
        if qos == QoS::AtMostOnce {
            send(&client, TOPIC, QoS::AtLeastOnce, payload).await;
        }
        // The channel stays open: a client that is dropped ends the event loop.
        std::future::pending::<()>().await;
    });
    let acknowledgements = if qos == QoS::AtMostOnce { 1 } else { count };
    for _ in 0..acknowledgements {
        until(&mut events, |packet| {
            matches!(packet, Packet::PubAck(_) | Packet::PubComp(_))
        })
        .await;
    }
    watch.report(NAME, arguments, count);
}

async fn receive(arguments: &Arguments, qos: QoS) {
    let (client, mut events) = connected(arguments, 0).await;
    let watch = Stopwatch::start();
    client
        .subscribe(arguments.flood(qos as u8), qos)
        .await
        .expect("subscribe");
    let mut left = arguments.count;
    until(&mut events, |packet| {
        if let Packet::Publish(publish) = packet {
            assert_eq!(publish.payload.len(), arguments.size);
            left -= 1;
        }
        left == 0
    })
    .await;
    watch.report(NAME, arguments, arguments.count);
}

async fn round_trips(arguments: &Arguments) {
    let (client, mut events) = connected(arguments, 0).await;
    measure_trips(arguments, async |latencies| {
        let start = Instant::now();
        send(&client, TOPIC, QoS::AtLeastOnce, vec![b'x'; arguments.size]).await;
        until(&mut events, |packet| matches!(packet, Packet::PubAck(_))).await;
        latencies.record(start);
    })
    .await;
}

async fn echoes(arguments: &Arguments) {
    let (client, mut events) = connected(arguments, 0).await;
    client
        .subscribe(ECHO, QoS::AtLeastOnce)
        .await
        .expect("subscribe");
    until(&mut events, |packet| matches!(packet, Packet::SubAck(_))).await;
    measure_trips(arguments, async |latencies| {
        let start = Instant::now();
        send(&client, ECHO, QoS::AtLeastOnce, vec![b'x'; arguments.size]).await;
        until(&mut events, |packet| matches!(packet, Packet::Publish(_))).await;
        latencies.record(start);
    })
    .await;
}

async fn measure_trips(arguments: &Arguments, mut trip: impl AsyncFnMut(&mut Latencies)) {
    let watch = Stopwatch::start();
    let mut latencies = Latencies::default();
    for _ in 0..arguments.count {
        trip(&mut latencies).await;
    }
    watch.report_latencies(NAME, arguments, latencies);
}

async fn idle(arguments: &Arguments) {
    let before = Idle::start();
    let mut kept = Vec::with_capacity(arguments.count);
    let transport = transport(arguments, true);
    for index in 0..arguments.count {
        let (client, mut events) = connect(arguments, index, transport.clone()).await;
        kept.push(client);
        tokio::task::spawn_local(async move { while events.poll().await.is_ok() {} });
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let quiet = Quiet::start();
    tokio::time::sleep(Quiet::DURATION).await;
    before.report(NAME, arguments, &quiet);
}

/// One configuration of TLS for all connections: there it keeps the sessions.
async fn handshakes(arguments: &Arguments, resumption: bool) {
    let transport = transport(arguments, resumption);
    measure_trips(arguments, async |latencies| {
        let start = Instant::now();
        let (client, mut events) = connect(arguments, 0, transport.clone()).await;
        latencies.record(start);
        client.disconnect().await.expect("disconnect");
        // It ends with the connection.
        while events.poll().await.is_ok() {}
    })
    .await;
}

fn transport(arguments: &Arguments, resumption: bool) -> rumqttc::Transport {
    let tls = || {
        let file = arguments.ca.as_ref().expect("the authority's certificate");
        let certificate = CertificateDer::from_pem_file(file).expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(certificate).expect("an authority");
        let mut config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        if !resumption {
            config.resumption = Resumption::disabled();
        }
        TlsConfiguration::from(config)
    };
    match arguments.transport {
        Transport::Tcp => rumqttc::Transport::tcp(),
        Transport::Tls => rumqttc::Transport::tls_with_config(tls()),
        Transport::Ws => rumqttc::Transport::ws(),
        Transport::Wss => rumqttc::Transport::wss_with_config(tls()),
    }
}

async fn connected(arguments: &Arguments, index: usize) -> (AsyncClient, EventLoop) {
    connect(arguments, index, transport(arguments, true)).await
}

async fn connect(
    arguments: &Arguments,
    index: usize,
    transport: rumqttc::Transport,
) -> (AsyncClient, EventLoop) {
    let (host, port) = (&arguments.host, arguments.port);
    let address = match arguments.transport {
        Transport::Tcp | Transport::Tls => host.clone(),
        Transport::Ws => format!("ws://{host}:{port}/mqtt"),
        Transport::Wss => format!("wss://{host}:{port}/mqtt"),
    };
    let mut options = MqttOptions::new(format!("bench-{index}"), address, port);
    // Its default is 10 KiB.
    let packet = 10 * 1024 + arguments.size;
    options
        .set_transport(transport)
        .set_keep_alive(Duration::from_secs(60))
        .set_inflight(arguments.window)
        .set_max_packet_size(packet, packet);
    let capacity = if arguments.mode == Mode::Idle {
        10
    } else {
        1000
    };
    let (client, mut events) = AsyncClient::new(options, capacity);
    until(&mut events, |packet| matches!(packet, Packet::ConnAck(_))).await;
    (client, events)
}

async fn send(client: &AsyncClient, topic: &str, qos: QoS, payload: Vec<u8>) {
    client
        .publish(topic, qos, false, payload)
        .await
        .expect("publish");
}

/// Drives the client until a packet that is looked for has come in.
async fn until(events: &mut EventLoop, mut found: impl FnMut(&Packet) -> bool) {
    loop {
        if let Event::Incoming(packet) = events.poll().await.expect("connection")
            && found(&packet)
        {
            return;
        }
    }
}

fn qos(level: u8) -> QoS {
    match level {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}
