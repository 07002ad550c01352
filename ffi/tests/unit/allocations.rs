//! What a publish costs the calling thread: one allocation for the message, one more where it
//! has a completion callback.
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::c_void;
use std::net::TcpListener;
use std::ptr::null_mut;

use crate::*;

struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: everything is the system allocator's; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

unsafe extern "C" fn ignore(_: *mut mqttka_client, _: *const mqttka_result<'_>, _: *mut c_void) {}

fn publish(client: *mut mqttka_client, payload: &[u8], completion: mqttka_completion_fn) {
    // SAFETY: a live client, a readable topic and payload.
    let error = unsafe {
        mqttka_client_publish(
            client,
            c"sensors/kitchen/temperature".as_ptr(),
            usize::MAX,
            payload.as_ptr().cast(),
            payload.len(),
            1,
            false,
            completion,
            null_mut(),
        )
    };
    assert_eq!(error, MQTTKA_OK);
}

/// Allocations of this thread by a thousand publishes, after some that grow the queues.
fn thousand(client: *mut mqttka_client, payload: &[u8], completion: mqttka_completion_fn) -> u64 {
    let before = COUNT.get();
    for _ in 0..1000 {
        publish(client, payload, completion);
    }
    COUNT.get() - before
}

#[test]
fn one_allocation_per_publish_and_one_per_completion() {
    // A server that never answers: the client stays connecting, and accepts publishes.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("its address").port();
    let mut client = null_mut();
    // SAFETY: handles are used as the header asks for.
    unsafe {
        let options = mqttka_options_new();
        mqttka_options_set_string(
            options,
            MQTTKA_OPTION_HOST,
            c"127.0.0.1".as_ptr(),
            usize::MAX,
        );
        mqttka_options_set_int(options, MQTTKA_OPTION_PORT, i64::from(port));
        assert_eq!(mqttka_client_new(options, &mut client), MQTTKA_OK);
        mqttka_options_free(options);
        assert_eq!(mqttka_client_connect(client), MQTTKA_OK);
    }
    // Growing queues may allocate now and then: some 20 times in a thousand at most.
    let without = thousand(client, &[7; 100], None);
    assert!(
        (1000..1030).contains(&without),
        "{without} without completion"
    );
    let with = thousand(client, &[7; 100], Some(ignore));
    assert!((2000..2030).contains(&with), "{with} with completion");
    // A large payload is in memory of its own, apart from its reference count.
    let large = thousand(client, &[7; 5000], None);
    assert!((2000..2030).contains(&large), "{large} for large payloads");
    // SAFETY: the last use of the client.
    let error = unsafe { mqttka_client_destroy_and_wait(client, -1) };
    assert_eq!(error, MQTTKA_OK);
}
