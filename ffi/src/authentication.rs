//! Authentication
//!
//! Enhanced authentication of MQTT 5.0 (section 4.12): client and broker prove to each other who
//! they are, in as many steps as the method has, before the client is connected. The
//! authenticator is asked at each step, and answers its request now or later, from any thread.
//! SCRAM-SHA-256 is ready to use: mqttka_options_set_scram_sha256().
//!
//! A request is the program's from the call of the authenticator on. It is answered exactly
//! once, with mqttka_authentication_request_reply() or mqttka_authentication_request_fail(), and
//! then freed with mqttka_authentication_request_free(), which also fails an exchange that has
//! no answer. All of them may be called when the attempt, or its client, has ended meanwhile:
//! answers are then ignored.
use std::ffi::{c_char, c_void};
use std::sync::{Arc, Weak};

use mqttka_core::client::{
    AuthenticationRequest, AuthenticationStep, Authenticator, Properties, Text, forked,
};

use crate::callbacks::{mqttka_completion_fn, mqttka_destructor_fn};
use crate::canceller::{cancelled_by, mqttka_canceller};
use crate::client::{borrow, mqttka_client};
use crate::event::milliseconds;
use crate::guard::{self, Failure};
use crate::handle::{self, NUL_TERMINATED, OutBytes};
use crate::hooks::Asked;
use crate::lanes;
use crate::open::Open;
use crate::options::{binary, mqttka_options};

/// An exchange begins, for a connection; one before it that was not finished is over. The
/// answer's data goes into CONNECT.
pub const MQTTKA_AUTHENTICATION_START: i32 = 1;
/// An exchange begins, for mqttka_client_reauthenticate(). The answer's data goes to the broker.
pub const MQTTKA_AUTHENTICATION_RESTART: i32 = 2;
/// The broker sent data, and waits for the answer's.
pub const MQTTKA_AUTHENTICATION_CONTINUE: i32 = 3;
/// The broker accepts, and sent its last data, or none. The answer says whether that is right;
/// its own data is not sent.
pub const MQTTKA_AUTHENTICATION_FINISH: i32 = 4;

/// Asks for one step of an exchange. It owns the request from here on, and may answer it before
/// it returns or later, on any thread. Called on a thread of the library that does nothing else
/// meanwhile, never on a lane, one step of a client at a time; it may block and may call
/// everything; it must return (no longjmp, no C++ exception, no pthread_exit). The attempt's
/// time (MQTTKA_OPTION_CONNECT_TIMEOUT_MS) runs meanwhile, and ends it with
/// MQTTKA_CONNECT_ERROR_AUTHENTICATION. A call may begin or go on while the client is being
/// destroyed: destroying does not wait for it. user_data is that of
/// mqttka_options_set_authenticator().
pub type mqttka_authenticator_fn = Option<
    unsafe extern "C" fn(request: *mut mqttka_authentication_request, user_data: *mut c_void),
>;

pub(crate) type AuthenticatorFn =
    unsafe extern "C" fn(*mut mqttka_authentication_request, *mut c_void);

/// One step of an exchange. From an authenticator's call; to be freed with
/// mqttka_authentication_request_free().
pub struct mqttka_authentication_request {
    exchange: u64,
    time_left_ms: i64,
    step: AuthenticationStep,
    reason_string: Option<Text>,
    properties: Properties,
    open: Open<Unanswered>,
}

/// The request, and the user properties that its answer has so far.
struct Unanswered {
    request: AuthenticationRequest,
    user_properties: Vec<(Text, Text)>,
}

impl mqttka_authentication_request {
    fn new(mut request: AuthenticationRequest) -> Box<Self> {
        Box::new(mqttka_authentication_request {
            exchange: request.exchange,
            time_left_ms: milliseconds(request.time_left),
            step: request.step.clone(),
            reason_string: request.reason_string.take(),
            properties: std::mem::take(&mut request.properties),
            open: Open::new(Unanswered {
                request,
                user_properties: Vec::new(),
            }),
        })
    }
}

/// What the core asks. As for the hooks, the options and the clients keep the user_data.
struct Asks {
    method: String,
    function: Weak<Asked<AuthenticatorFn>>,
}

impl Authenticator for Asks {
    fn method(&self) -> &str {
        &self.method
    }

    fn authenticate(&self, request: AuthenticationRequest) {
        // Kept while it runs, also where the client ends meanwhile.
        match self.function.upgrade() {
            Some(asked) => {
                let request = Box::into_raw(mqttka_authentication_request::new(request));
                // SAFETY: the application's function with the arguments that its type promises;
                // the request is its own from here on.
                unsafe { (asked.function)(request, asked.user_pointer.get()) }
            }
            None => request.fail("the client has ended", false),
        }
    }
}

/// Sets what proves to the broker who the client is, in place of what was set before; NULL: none,
/// the default (user_data then stays the caller's, and destructor is not called). MQTT 5.0 only:
/// mqttka_client_new() refuses it with 3.1.1, and no fallback to that happens.
///
/// method: the name of the method, NUL-terminated; copied. user_data: what the authenticator
/// receives; it is used on threads of the library. destructor: releases it; NULL: nothing to
/// release. As for mqttka_options_set_socket_hook(), it passes to these options and to all
/// clients that are made with them. A request that is answered later has no part in it.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING (user_data then stays the caller's).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_authenticator(
    options: *mut mqttka_options,
    method: *const c_char,
    authenticator: mqttka_authenticator_fn,
    user_data: *mut c_void,
    destructor: mqttka_destructor_fn,
) -> i32 {
    guard::status("mqttka_options_set_authenticator", || {
        // SAFETY: valid options, by the header's contract.
        let options = unsafe { handle::borrow_mut(options, "options") }?;
        let Some(function) = authenticator else {
            options.options.authenticator = None;
            options.hooks.authenticator = None;
            return Ok(());
        };
        // SAFETY: a string, by the header's contract.
        let method = unsafe { handle::text(method, NUL_TERMINATED, "method") }?;
        let asked = Asked::new(function, user_data, destructor);
        options.options.authenticator = Some(Arc::new(Asks {
            method: method.as_str().to_owned(),
            function: Arc::downgrade(&asked),
        }));
        options.hooks.authenticator = Some(asked);
        Ok(())
    })
}

/// Authenticates by SCRAM-SHA-256 (RFC 7677), in place of what was set before: the password is
/// told to nobody, and a broker that does not know it gets no connection
/// (MQTTKA_CONNECT_ERROR_AUTHENTICATION). It replaces no TLS.
///
/// user_name, password: 1 to 1,024 bytes of UTF-8; prepared by SASLprep (RFC 4013) and copied.
/// Their lengths: in bytes, or MQTTKA_NUL_TERMINATED. max_iterations: how many iterations the
/// broker may ask for, 4,096 to 100,000,000; 0: 1,000,000.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_INVALID_ARGUMENT (a
/// length, a character that SASLprep forbids, or a library without SCRAM; mqttka_last_error()
/// says which).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_scram_sha256(
    options: *mut mqttka_options,
    user_name: *const c_char,
    user_name_length: usize,
    password: *const c_char,
    password_length: usize,
    max_iterations: i64,
) -> i32 {
    guard::status("mqttka_options_set_scram_sha256", || {
        // SAFETY: valid options, by the header's contract.
        let options = unsafe { handle::borrow_mut(options, "options") }?;
        // SAFETY: strings, by the header's contract.
        let (user_name, password) = unsafe {
            (
                handle::text(user_name, user_name_length, "user_name")?,
                handle::text(password, password_length, "password")?,
            )
        };
        options.options.authenticator = Some(scram(
            user_name.as_str(),
            password.as_str(),
            handle::number(max_iterations, 0..=100_000_000, "max_iterations")?,
        )?);
        options.hooks.authenticator = None;
        Ok(())
    })
}

#[cfg(feature = "scram")]
fn scram(
    user_name: &str,
    password: &str,
    max_iterations: u32,
) -> Result<Arc<dyn Authenticator>, Failure> {
    let mut scram = mqttka_core::client::ScramSha256::new(user_name, password)?;
    if max_iterations > 0 {
        scram = scram.max_iterations(max_iterations)?;
    }
    Ok(Arc::new(scram))
}

#[cfg(not(feature = "scram"))]
fn scram(_: &str, _: &str, _: u32) -> Result<Arc<dyn Authenticator>, Failure> {
    Err(Failure::invalid("this build of the library has no SCRAM"))
}

/// Which step it is: MQTTKA_AUTHENTICATION_*; 0 for NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_authentication_request_step(
    request: *const mqttka_authentication_request,
) -> i32 {
    guard::value_or("mqttka_authentication_request_step", 0, || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        Ok(match request.step {
            AuthenticationStep::Start {
                reauthenticate: false,
            } => MQTTKA_AUTHENTICATION_START,
            AuthenticationStep::Start { .. } => MQTTKA_AUTHENTICATION_RESTART,
            AuthenticationStep::Continue { .. } => MQTTKA_AUTHENTICATION_CONTINUE,
            AuthenticationStep::Finish { .. } => MQTTKA_AUTHENTICATION_FINISH,
        })
    })
}

/// The number of the exchange, counted from 1 for each client: its steps have the same one, and
/// one of a later exchange says that those before are over. 0 for NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_authentication_request_exchange(
    request: *const mqttka_authentication_request,
) -> u64 {
    guard::value_or("mqttka_authentication_request_exchange", 0, || {
        // SAFETY: a valid request, by the header's contract.
        Ok(unsafe { handle::borrow(request, "request") }?.exchange)
    })
}

/// How long the exchange could wait for the answer when the authenticator was called, in
/// milliseconds; 0 for NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_authentication_request_time_left_ms(
    request: *const mqttka_authentication_request,
) -> i64 {
    guard::value_or("mqttka_authentication_request_time_left_ms", 0, || {
        // SAFETY: a valid request, by the header's contract.
        Ok(unsafe { handle::borrow(request, "request") }?.time_left_ms)
    })
}

/// What the broker sent with this step. Any thread.
///
/// value, length: receive it; it belongs to the request.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (it sent none).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_authentication_request_data(
    request: *const mqttka_authentication_request,
    value: *mut *const u8,
    length: *mut usize,
) -> i32 {
    guard::status("mqttka_authentication_request_data", || {
        // SAFETY: the application's pointers, by the header's contract.
        let (out, request) = unsafe {
            (
                OutBytes::new(value, length)?,
                handle::borrow(request, "request")?,
            )
        };
        let data = match &request.step {
            AuthenticationStep::Start { .. } => None,
            AuthenticationStep::Continue { data } | AuthenticationStep::Finish { data } => {
                data.as_ref()
            }
        };
        out.set(data.ok_or_else(Failure::not_present)?);
        Ok(())
    })
}

/// The Reason String of the AUTH or CONNACK that the broker sent with this step (sections
/// 3.15.2.2.4 and 3.2.2.3.9): UTF-8, NOT NUL-terminated. Any thread.
///
/// value, length: receive it; it belongs to the request.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (it sent none).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_authentication_request_reason_string(
    request: *const mqttka_authentication_request,
    value: *mut *const c_char,
    length: *mut usize,
) -> i32 {
    guard::status("mqttka_authentication_request_reason_string", || {
        // SAFETY: the application's pointers, by the header's contract.
        let (out, request) = unsafe {
            (
                OutBytes::new(value, length)?,
                handle::borrow(request, "request")?,
            )
        };
        let text = request.reason_string.as_ref();
        out.set(text.ok_or_else(Failure::not_present)?.as_bytes());
        Ok(())
    })
}

/// How many User Properties the AUTH or CONNACK has that the broker sent with this step, at most
/// 10,000; 0 for a step that begins an exchange, or for NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_authentication_request_user_property_count(
    step: *const mqttka_authentication_request,
) -> usize {
    guard::value_or(
        "mqttka_authentication_request_user_property_count",
        0,
        || {
            // SAFETY: a valid request, by the header's contract.
            let request = unsafe { handle::borrow(step, "step") }?;
            Ok(request.properties.user_properties().len())
        },
    )
}

/// Reads the User Property at index, from 0, in the broker's order; as fast for the last as for the
/// first. The strings are NOT NUL-terminated; they belong to the request. Any thread.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last). On failure the strings
/// are NULL and their lengths 0, where these pointers are not NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_authentication_request_user_property_at(
    request: *const mqttka_authentication_request,
    index: usize,
    name: *mut *const c_char,
    name_length: *mut usize,
    value: *mut *const c_char,
    value_length: *mut usize,
) -> i32 {
    guard::status("mqttka_authentication_request_user_property_at", || {
        // SAFETY: valid out-parameters, by the header's contract.
        let out = unsafe { handle::OutPair::new(name, name_length, value, value_length) }?;
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        out.set(request.properties.user_property(index))
    })
}

/// Adds a User Property to the answer (section 3.15.2.2.5), 9,998 at most: it leaves in the AUTH
/// that mqttka_authentication_request_reply() sends. They keep their order, and names may repeat.
/// Copied. Lengths: in bytes, or MQTTKA_NUL_TERMINATED. An AUTH that becomes larger than the broker
/// takes fails the exchange. Any thread.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (too many; or a step whose answer
/// leaves in no AUTH: MQTTKA_AUTHENTICATION_START, as CONNECT has those of
/// mqttka_options_add_user_property(), and MQTTKA_AUTHENTICATION_FINISH),
/// MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED. On failure the
/// answer is as before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_authentication_request_add_user_property(
    request: *mut mqttka_authentication_request,
    name: *const c_char,
    name_length: usize,
    value: *const c_char,
    value_length: usize,
) -> i32 {
    guard::client_status("mqttka_authentication_request_add_user_property", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        // SAFETY: readable strings, by the header's contract.
        let (name, value) = unsafe {
            (
                handle::text(name, name_length, "name")?,
                handle::text(value, value_length, "value")?,
            )
        };
        request.open.change(|answer| {
            let count = answer.user_properties.len() + 1;
            answer.request.check_user_properties(count)?;
            answer.user_properties.push((name, value));
            Ok(())
        })
    })
}

/// Answers: go on; to MQTTKA_AUTHENTICATION_FINISH: the broker's data is right. The request is
/// still to be freed. Of two answers of two threads one counts. Any thread.
///
/// data: what the broker gets, at most 65,535 bytes; NULL with length 0: nothing. Copied.
/// length: in bytes, or MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (too long; the request has no
/// answer yet), MQTTKA_ERROR_OUT_OF_MEMORY, MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_authentication_request_reply(
    request: *mut mqttka_authentication_request,
    data: *const c_void,
    length: usize,
) -> i32 {
    guard::client_status("mqttka_authentication_request_reply", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        // SAFETY: readable bytes, by the header's contract.
        let bytes = unsafe { handle::bytes(data, length, "data") }?;
        let data = match data.is_null() {
            true => None,
            false => Some(binary(bytes, "data")?),
        };
        let Unanswered {
            request,
            user_properties,
        } = request.open.take()?;
        Ok(request.reply_with(data, user_properties)?)
    })
}

/// Answers: give up. The attempt ends with MQTTKA_CONNECT_ERROR_AUTHENTICATION, a
/// re-authentication with MQTTKA_ERROR_AUTHENTICATION, for which the connection ends unless it
/// was its first step. The request is still to be freed. Any thread.
///
/// message: what went wrong, for people (mqttka_event_description()); copied. length: in bytes,
/// or MQTTKA_NUL_TERMINATED; NULL with length 0: nothing to say. fatal: whether trying again
/// cannot help. The client then stops (MQTTKA_STOP_CREDENTIALS); else it tries again with the
/// usual delays.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_ALREADY_ANSWERED,
/// MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_authentication_request_fail(
    request: *mut mqttka_authentication_request,
    message: *const c_char,
    length: usize,
    fatal: bool,
) -> i32 {
    guard::client_status("mqttka_authentication_request_fail", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        // SAFETY: a readable string, by the header's contract.
        let message = unsafe { handle::text(message, length, "message") }?;
        let answer = request.open.take()?;
        answer.request.fail(message.as_str(), fatal);
        Ok(())
    })
}

/// Frees a request; NULL is fine. One that has no answer fails its exchange, as
/// mqttka_authentication_request_fail() does without `fatal`. Not while another thread is inside
/// a function of this request. Any thread. In a forked child it does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_authentication_request_free(
    request: *mut mqttka_authentication_request,
) {
    guard::value("mqttka_authentication_request_free", (), || {
        // The core's part of it may be locked for ever.
        if !forked() {
            // SAFETY: from an authenticator's call and not used again, by the header's contract.
            unsafe { handle::free(request) }
        }
    })
}

/// Proves to the broker anew who the client is, with the client's authenticator, while the
/// connection goes on (section 4.12.1): for example before a token expires. Several are done one
/// after the other; each has a place in the outbound queue. A failure ends the connection, but
/// where the authenticator fails at MQTTKA_AUTHENTICATION_RESTART.
///
/// completion, user_data: called with the outcome; NULL where it does not matter.
/// MQTTKA_ERROR_REFUSED: by the broker's DISCONNECT; MQTTKA_ERROR_AUTHENTICATION: on this side,
/// or for a broker that has not answered within MQTTKA_OPTION_CONNECT_TIMEOUT_MS.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (there is no authenticator),
/// MQTTKA_ERROR_NOT_CONNECTED, MQTTKA_ERROR_QUEUE_FULL, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_reauthenticate(
    client: *mut mqttka_client,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_client_reauthenticate", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let core = client.usable()?;
        Ok(core.reauthenticate(lanes::completion(client, completion, user_data))?)
    })
}

/// As mqttka_client_reauthenticate(), and can be cancelled while it waits for another one to end:
/// it ends with MQTTKA_ERROR_CANCELLED then, and nothing of it is sent. One that has begun goes
/// on.
///
/// canceller: what cancels it; shared, and can be freed at once. NULL: nothing.
///
/// As mqttka_client_reauthenticate(); MQTTKA_ERROR_INVALID_ARGUMENT for a canceller that an
/// operation of another client has, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_reauthenticate_cancellable(
    client: *mut mqttka_client,
    canceller: *const mqttka_canceller,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_client_reauthenticate_cancellable", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let core = client.usable()?;
        let completion = lanes::completion(client, completion, user_data);
        // SAFETY: NULL or a valid canceller, by the header's contract.
        let completion = unsafe { cancelled_by(canceller, client, completion) }?;
        Ok(core.reauthenticate(completion)?)
    })
}
