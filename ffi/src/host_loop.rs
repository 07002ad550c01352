//! Your own loop
//!
//! A client that lives in a loop that the program has anyway (poll, epoll, libuv, GLib, ...),
//! without any thread of the library: mqttka_client_new_hosted() makes it. Poll the descriptor
//! that mqttka_client_fd() gives for reading, level by level, and call mqttka_client_process()
//! when it is readable. It becomes readable when something came, when another thread asked for
//! something, and when time has passed, so that no other timer is needed. All callbacks of the
//! client, completions, the connection provider, the authenticator, the socket hook and the
//! verifier run inside mqttka_client_process(), and hold up the loop for as long as they take.
//!
//! Everything else is as for other clients, but:
//! - A loop that does not call mqttka_client_process() in time cannot keep the promise meanwhile.
//! - Names are looked up by mqttka_options_set_resolver(). Without that, the system looks them up
//!   inside mqttka_client_process(), and the loop waits for it, some seconds where there is no
//!   network. Addresses need neither.
//! - After mqttka_client_destroy(), go on calling mqttka_client_process() until `terminated` was
//!   called, which runs inside it, too; take the descriptor out of the loop there, as it is closed
//!   when mqttka_client_process() returns. mqttka_client_destroy_and_wait() does all that by itself.
//! - Nobody says goodbye for it at the end of the process.
//! - MQTTKA_OPTION_NETWORK_MONITOR has no effect; mqttka_client_network_changed() has.
//! - mqttka_stream_next() with a timeout waits for what only mqttka_client_process() brings: it is
//!   for other threads than the loop's, or for a timeout of 0.
//!
//! Linux. On macOS and iOS the code is there, and nobody has run it yet. Elsewhere
//! mqttka_client_new_hosted() fails.

use std::ffi::{c_char, c_void};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mqttka_core::client::forked;

use crate::callbacks::mqttka_destructor_fn;
use crate::client::{borrow, mqttka_client};
use crate::error::{MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_WOULD_DEADLOCK};
use crate::event::milliseconds;
use crate::guard::{self, Failure};
use crate::handle::{self, NUL_TERMINATED};
use crate::hooks::Asked;
use crate::host_driver::{Driver, NameRequest};
use crate::lanes::{Lanes, inside_callback_of};
use crate::options::mqttka_options;

/// Looks a name up without waiting. It owns the request from here on, and may answer it before
/// it returns or later, on any thread. Called inside mqttka_client_process(), once for each
/// attempt and server that has a name. user_data is that of mqttka_options_set_resolver().
pub type mqttka_resolver_fn =
    Option<unsafe extern "C" fn(request: *mut mqttka_name_request, user_data: *mut c_void)>;

pub(crate) type ResolverFn = unsafe extern "C" fn(*mut mqttka_name_request, *mut c_void);

/// A name whose addresses are asked for. From a resolver's call; to be freed with
/// mqttka_name_request_free().
pub struct mqttka_name_request {
    // NUL-terminated.
    name: Vec<u8>,
    time_left_ms: i64,
    // `None` where it was answered.
    open: Mutex<Option<(NameRequest, Vec<IpAddr>)>>,
}

impl mqttka_name_request {
    fn new(request: NameRequest) -> Box<Self> {
        let mut name = request.name.clone().into_bytes();
        name.push(0);
        Box::new(mqttka_name_request {
            name,
            time_left_ms: milliseconds(request.time_left),
            open: Mutex::new(Some((request, Vec::new()))),
        })
    }

    // Not in a forked child, where the thread that holds it may not exist.
    fn lock(&self) -> MutexGuard<'_, Option<(NameRequest, Vec<IpAddr>)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answered() -> Failure {
    Failure::new(
        MQTTKA_ERROR_ALREADY_ANSWERED,
        "the request was answered before",
    )
}

/// Calls the application's resolver.
pub(crate) fn ask(resolver: &Asked<ResolverFn>, request: NameRequest) {
    let request = Box::into_raw(mqttka_name_request::new(request));
    // SAFETY: the application's function with the arguments that its type promises; the request is
    // its own from here on.
    unsafe { (resolver.function)(request, resolver.user_pointer.get()) }
}

/// Makes a client that the program's own loop drives; else as mqttka_client_new(). No thread is
/// started.
///
/// MQTTKA_OK, and errors as for mqttka_client_new(); MQTTKA_ERROR_STARTUP also where the system
/// gives no descriptor (it takes three); MQTTKA_ERROR_NOT_SUPPORTED where the system is not Linux,
/// macOS or iOS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_new_hosted(
    options: *mut mqttka_options,
    client: *mut *mut mqttka_client,
) -> i32 {
    guard::status("mqttka_client_new_hosted", || {
        // SAFETY: the application's pointers, by the header's contract.
        let out = unsafe { handle::out(client, "client") }?;
        out.set(std::ptr::null_mut());
        guard::not_in_child()?;
        // SAFETY: as above.
        let options = unsafe { handle::borrow_mut(options, "options") }?;
        let (core_options, callbacks, user_pointer) = options.for_client()?;
        let made = mqttka_client::new();
        let lanes = Lanes {
            client: Arc::clone(&made),
            callbacks,
            user_pointer,
        };
        let hooks = options.share_hooks();
        let streams = callbacks.message.is_none();
        let (core, driver) = Driver::open(core_options, lanes, streams, hooks.resolver.as_ref())?;
        made.begin(core, options.hand_over_user_data(), hooks);
        made.drive_with(driver);
        // As in `mqttka_client_new`.
        out.set(Arc::into_raw(made).cast_mut());
        Ok(())
    })
}

/// The descriptor of a client of mqttka_client_new_hosted(): readable when
/// mqttka_client_process() has something to do. The same one until `terminated` has returned; it
/// is the library's, and is not to be read from or closed. -1 for other clients, and for NULL.
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_fd(client: *const mqttka_client) -> i32 {
    guard::value_or("mqttka_client_fd", -1, || {
        // SAFETY: a valid client, by the header's contract.
        Ok(unsafe { borrow(client) }?.driver()?.fd())
    })
}

/// How long until mqttka_client_process() has something to do although nothing comes, in
/// milliseconds, rounded up; 0: it has now; -1: never, or no client of
/// mqttka_client_new_hosted(). For loops that want it for their own timeout: the descriptor
/// becomes readable then, too. Any thread; waits while another one is inside
/// mqttka_client_process() of this client.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_deadline_ms(client: *const mqttka_client) -> i64 {
    guard::value_or("mqttka_client_deadline_ms", -1, || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let driver = client.driver()?;
        // Whatever a callback asks for is done before `process` returns, or at once after it.
        Ok(match inside_callback_of(client) {
            true => 0,
            false => driver.deadline_ms(),
        })
    })
}

/// Does what there is to do now, within bounds, and calls back. It waits for nothing, but for
/// callbacks and, without a resolver, for the system's. Early and repeated calls change nothing.
/// One thread at a time; it need not be the same. After `terminated` was called within it, the
/// client's pointer is not valid any more.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (not a client of
/// mqttka_client_new_hosted()), MQTTKA_ERROR_WOULD_DEADLOCK (inside a callback of the same
/// client; nothing was done), MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_process(client: *mut mqttka_client) -> i32 {
    guard::client_status("mqttka_client_process", || {
        // SAFETY: a valid client, by the header's contract.
        let borrowed = unsafe { borrow(client) }?;
        if inside_callback_of(client) {
            return Err(Failure::new(
                MQTTKA_ERROR_WOULD_DEADLOCK,
                "mqttka_client_process inside a callback of the same client would wait for itself",
            ));
        }
        borrowed.driver()?;
        // SAFETY: the pointer came from an Arc (`mqttka_client_new_hosted`) that is still alive. The
        // client may end within.
        let kept = unsafe {
            Arc::increment_strong_count(client);
            Arc::from_raw(client.cast_const())
        };
        kept.driver()?.process();
        Ok(())
    })
}

/// Sets what looks names up for clients of mqttka_client_new_hosted(); NULL: the system, inside
/// mqttka_client_process(), the default (user_data then stays the caller's, and destructor is not
/// called). Other clients look names up by themselves.
///
/// user_data: what the resolver receives. destructor: releases it; NULL: nothing to release. As
/// for mqttka_options_set_socket_hook(), it passes to these options and to all clients that are
/// made with them. A request that is answered later has no part in it.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL (options; user_data then stays the caller's).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_resolver(
    options: *mut mqttka_options,
    resolver: mqttka_resolver_fn,
    user_data: *mut c_void,
    destructor: mqttka_destructor_fn,
) -> i32 {
    guard::status("mqttka_options_set_resolver", || {
        // SAFETY: valid options, by the header's contract.
        let options = unsafe { handle::borrow_mut(options, "options") }?;
        options.hooks.resolver =
            resolver.map(|function| Asked::new(function, user_data, destructor));
        Ok(())
    })
}

/// The name, NUL-terminated; it belongs to the request. "" for NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_name_request_name(
    request: *const mqttka_name_request,
) -> *const c_char {
    guard::value_or("mqttka_name_request_name", c"".as_ptr(), || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        Ok(request.name.as_ptr().cast())
    })
}

/// How long the attempt could wait for the answer when the resolver was called, in milliseconds;
/// 0 for NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_name_request_time_left_ms(
    request: *const mqttka_name_request,
) -> i64 {
    guard::value_or("mqttka_name_request_time_left_ms", 0, || {
        // SAFETY: a valid request, by the header's contract.
        Ok(unsafe { handle::borrow(request, "request") }?.time_left_ms)
    })
}

/// Adds an address of the name, the preferred one first; 32 of them are tried at most. Any
/// thread.
///
/// address: as in "192.0.2.7" or "2001:db8::7", NUL-terminated; copied.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_INVALID_ARGUMENT (not
/// an address, or more than 256 of them), MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_name_request_add_address(
    request: *mut mqttka_name_request,
    address: *const c_char,
) -> i32 {
    guard::client_status("mqttka_name_request_add_address", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        // SAFETY: a string, by the header's contract.
        let text = unsafe { handle::text(address, NUL_TERMINATED, "address") }?;
        let mut open = request.lock();
        let (_, addresses) = open.as_mut().ok_or_else(answered)?;
        let address = text.as_str().parse().ok();
        match address.filter(|_| addresses.len() < 256) {
            Some(address) => handle::push(addresses, address),
            None => Err(Failure::invalid(format!(
                "address is {:?}; it must be an IP address, and one of 256 at most",
                text.as_str()
            ))),
        }
    })
}

/// Answers with the addresses that were added; where there are none, the attempt fails. The
/// request is still to be freed. Any thread.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_name_request_answer(request: *mut mqttka_name_request) -> i32 {
    guard::client_status("mqttka_name_request_answer", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        let open = request.lock().take();
        let (question, addresses) = open.ok_or_else(answered)?;
        question.answer(addresses);
        Ok(())
    })
}

/// Answers: the name has no addresses that could be found. The attempt goes on with the next
/// server, or ends in the stage MQTTKA_STAGE_DNS. The request is still to be freed. Any thread.
///
/// message: what went wrong, for people (MQTTKA_EVENT_TRANSPORT_MESSAGE); copied. length: in
/// bytes, or MQTTKA_NUL_TERMINATED; NULL with length 0: nothing to say.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_ALREADY_ANSWERED,
/// MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_name_request_fail(
    request: *mut mqttka_name_request,
    message: *const c_char,
    length: usize,
) -> i32 {
    guard::client_status("mqttka_name_request_fail", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        // SAFETY: a readable string, by the header's contract.
        let message = unsafe { handle::text(message, length, "message") }?;
        let open = request.lock().take();
        let (question, _) = open.ok_or_else(answered)?;
        question.fail(message.as_str());
        Ok(())
    })
}

/// Frees a request; NULL is fine. One that has no answer fails. Not while another thread is
/// inside a function of this request. Any thread. In a forked child it does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_name_request_free(request: *mut mqttka_name_request) {
    guard::value("mqttka_name_request_free", (), || {
        // The core's part of it may be locked for ever.
        if !forked() {
            // SAFETY: from a resolver's call and not used again, by the header's contract.
            unsafe { handle::free(request) }
        }
    })
}
