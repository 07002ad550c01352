//! What TLS costs: a handshake, and records of the sizes that MQTT makes. In memory, on one thread,
//! with rustls's server at the other end. `cargo bench -p mqttka-core --bench tls`.

#[path = "../tests/support/wire.rs"]
mod wire;

use bytes::BytesMut;
use divan::Bencher;
use divan::counter::BytesCount;
use mqttka_core::transport::{Stream, TlsConnector};

fn main() {
    divan::main();
}

const VERSIONS: [&str; 2] = ["1.2", "1.3"];

/// What is written or read in one sample, in packets of the benchmark's size.
const TOTAL: usize = 1024 * 1024;

fn version(name: &str) -> &'static rustls::SupportedProtocolVersion {
    match name {
        "1.2" => &rustls::version::TLS12,
        _ => &rustls::version::TLS13,
    }
}

/// Client and server together.
#[divan::bench(args = VERSIONS)]
fn handshake_cold(bencher: Bencher<'_, '_>, name: &str) {
    let (config, mut options) = wire::both(version(name));
    options.resumption = false;
    let connector = TlsConnector::new(&options).expect("options");
    bencher.bench_local(|| wire::connect(&connector, &config));
}

/// Client and server together.
#[divan::bench(args = VERSIONS)]
fn handshake_resumed(bencher: Bencher<'_, '_>, name: &str) {
    let (config, options) = wire::both(version(name));
    let connector = TlsConnector::new(&options).expect("options");
    wire::connect(&connector, &config);
    bencher.bench_local(|| {
        let (tls, ..) = wire::connect(&connector, &config);
        assert!(tls.resumed());
    });
}

#[divan::bench(args = [64, 256, 1024, 16 * 1024, 64 * 1024])]
fn write(bencher: Bencher<'_, '_>, size: usize) {
    let (config, options) = wire::both(version("1.3"));
    let connector = TlsConnector::new(&options).expect("options");
    let (mut tls, _server, pipe) = wire::connect(&connector, &config);
    pipe.0.borrow_mut().drain = true;
    let payload = vec![7; size];
    bencher.counter(BytesCount::new(TOTAL)).bench_local(|| {
        for _ in 0..TOTAL / size {
            let taken = tls.try_write(&[1; 20], &payload).expect("room");
            assert_eq!(taken, 20 + size);
        }
        tls.progress()
    });
}

/// Each packet is a record of its own, as most brokers send it.
#[divan::bench(args = [64, 256, 1024, 16 * 1024])]
fn read(bencher: Bencher<'_, '_>, size: usize) {
    use std::io::Write as _;
    let (config, options) = wire::both(version("1.3"));
    let connector = TlsConnector::new(&options).expect("options");
    let (tls, server, _pipe) = wire::connect(&connector, &config);
    let both = std::cell::RefCell::new((tls, server));
    let payload = vec![7; size];
    let mut into = BytesMut::with_capacity(64 * 1024);
    bencher
        .counter(BytesCount::new(TOTAL))
        .with_inputs(|| {
            let server = &mut both.borrow_mut().1;
            for _ in 0..TOTAL / size {
                server.tls.writer().write_all(&payload).expect("memory");
                server.send();
            }
        })
        .bench_local_values(|()| {
            let tls = &mut both.borrow_mut().0;
            let mut got = 0;
            while got < TOTAL / size * size {
                into.clear();
                got += tls.try_read(&mut into, 64 * 1024).expect("bytes").count;
            }
        });
}
