//! What an idle TLS client keeps, counted by this binary's allocator.

#![cfg(all(feature = "tls", feature = "ring"))]

#[path = "support/wire.rs"]
mod wire;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use mqttka_core::transport::{Stream, TlsConnector};

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is handed on to the system's allocator unchanged; the counter is a
// constant-initialised cell of a plain number, which allocates nothing itself.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.set(HELD.get() + layout.size() as isize);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.set(HELD.get() - layout.size() as isize);
        // SAFETY: the caller keeps `dealloc`'s contract, and `alloc` came from there.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The goal is 24 KiB; what is measured is less than half of it.
const GOAL: isize = 12 * 1024;

#[test]
fn an_idle_client_keeps_little() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let (config, options) = wire::both(version);
        // What the process keeps once is not counted: the provider of cryptography.
        drop(wire::connect(
            &TlsConnector::new(&options).expect("options"),
            &config,
        ));
        let before = HELD.get();
        let connector = TlsConnector::new(&options).expect("options");
        let connector_alone = HELD.get() - before;
        // The second of them: what it resumed is kept beside what it can resume next.
        let mut client = None;
        for _ in 0..2 {
            drop(client.take());
            let (mut tls, server, pipe) = wire::connect(&connector, &config);
            // Traffic leaves nothing behind.
            tls.try_write(&[1; 100_000], &[2; 100_000]).expect("room");
            tls.progress().expect("a count");
            drop(server);
            pipe.0.take();
            client = Some((tls, pipe));
        }
        let total = HELD.get() - before;
        println!("{version:?}: {total} bytes held, {connector_alone} of them by the connector");
        assert!(total < GOAL, "{total}");
        assert!(total > 1000, "{total}: nothing was counted");
        drop(client);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_platforms_authorities_are_kept_once() {
    let options = mqttka_core::transport::options::TlsOptions::default();
    let before = HELD.get();
    let Ok(first) = TlsConnector::new(&options) else {
        println!("this system has no authorities");
        return;
    };
    let store = HELD.get() - before;
    let second = TlsConnector::new(&options).expect("the same");
    let further = HELD.get() - before - store;
    println!("{store} bytes for the first client, {further} for a further one");
    assert!(further < 4 * 1024, "{further}");
    drop((first, second));
    // They go with the last one; what remains is the provider of cryptography.
    let left = HELD.get() - before;
    assert!(left < 4 * 1024, "{left}");
}
