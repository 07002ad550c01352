//! Connection provider
//!
//! What an attempt connects with, where it is known only when the attempt begins: a token that
//! expires, for example. The provider is asked before each attempt, and answers its request now or
//! later, from any thread: what it sets with the functions of the request stands for this attempt in
//! place of the options; the rest is as the options say.
//!
//! A request is the program's from the call of the provider on. It is answered exactly once, with
//! mqttka_connection_request_provide() or mqttka_connection_request_fail(), and then freed with
//! mqttka_connection_request_free(), which also fails an attempt that has no answer. All of them may
//! be called when the attempt, or its client, has ended meanwhile: answers are then ignored.
use std::ffi::{c_char, c_void};
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use mqttka_core::client::{
    ConnectionProvider, ConnectionRequest, Options, Pem, ProvidedConnection, forked,
};

use crate::callbacks::mqttka_destructor_fn;
use crate::event::milliseconds;
use crate::guard::{self, Failure};
use crate::handle::{self, NUL_TERMINATED};
use crate::hooks::Asked;
use crate::names;
use crate::network_options::{
    MQTTKA_OPTION_TLS_CERTIFICATE, MQTTKA_OPTION_TLS_CERTIFICATE_FILE,
    MQTTKA_OPTION_TLS_PRIVATE_KEY, MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE,
};
use crate::open::Open;
use crate::options::{MQTTKA_OPTION_PASSWORD, MQTTKA_OPTION_USER_NAME, binary, mqttka_options};

/// Asks what an attempt is to connect with. It owns the request from here on, and may answer it
/// before it returns or later, on any thread. Called on a thread of the library that does nothing
/// else meanwhile, never on a lane, one attempt of a client at a time; it may block and may call
/// everything; it must return (no longjmp, no C++ exception, no pthread_exit). The attempt's time
/// (MQTTKA_OPTION_CONNECT_TIMEOUT_MS) runs meanwhile, and ends the attempt in the stage
/// MQTTKA_STAGE_PROVIDER. A call may begin or go on while the client is being destroyed: destroying
/// does not wait for it. user_data is that of mqttka_options_set_provider().
pub type mqttka_provider_fn =
    Option<unsafe extern "C" fn(request: *mut mqttka_connection_request, user_data: *mut c_void)>;

pub(crate) type ProviderFn = unsafe extern "C" fn(*mut mqttka_connection_request, *mut c_void);

/// One attempt's question to the provider, and the answer in the making. From a provider's call; to
/// be freed with mqttka_connection_request_free().
pub struct mqttka_connection_request {
    attempt_number: u32,
    time_left: Duration,
    open: Open<Answer>,
}

/// The answer in the making.
struct Answer {
    request: ConnectionRequest,
    connection: ProvidedConnection,
    certificate: Option<Pem>,
    private_key: Option<Pem>,
}

impl mqttka_connection_request {
    fn new(request: ConnectionRequest) -> Box<Self> {
        Box::new(mqttka_connection_request {
            attempt_number: request.attempt_number,
            time_left: request.time_left,
            open: Open::new(Answer {
                request,
                connection: ProvidedConnection::default(),
                certificate: None,
                private_key: None,
            }),
        })
    }
}

/// What the core asks. As for the hooks, the options and the clients keep the user_data.
pub(crate) struct Provider(Weak<Asked<ProviderFn>>);

impl Provider {
    pub(crate) fn of(provider: &Arc<Asked<ProviderFn>>) -> Arc<dyn ConnectionProvider> {
        Arc::new(Provider(Arc::downgrade(provider)))
    }
}

impl ConnectionProvider for Provider {
    fn provide(&self, request: ConnectionRequest) {
        // Kept while it runs, also where the client ends meanwhile.
        match self.0.upgrade() {
            Some(provider) => {
                let request = Box::into_raw(mqttka_connection_request::new(request));
                // SAFETY: the application's function with the arguments that its type promises;
                // the request is its own from here on.
                unsafe { (provider.function)(request, provider.user_pointer.get()) }
            }
            None => request.fail("the client has ended", false),
        }
    }
}

/// Sets what is asked before each attempt; NULL: none, the default (user_data then stays the
/// caller's, and destructor is not called).
///
/// user_data: what the provider receives; it is used on threads of the library. destructor: releases
/// it; NULL: nothing to release. As for mqttka_options_set_socket_hook(), it passes to these options
/// and to all clients that are made with them. A request that is answered later has no part in it.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL (options; user_data then stays the caller's).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_provider(
    options: *mut mqttka_options,
    provider: mqttka_provider_fn,
    user_data: *mut c_void,
    destructor: mqttka_destructor_fn,
) -> i32 {
    guard::status("mqttka_options_set_provider", || {
        // SAFETY: valid options, by the header's contract.
        let options = unsafe { handle::borrow_mut(options, "options") }?;
        let provider = provider.map(|function| Asked::new(function, user_data, destructor));
        options.options.provider = provider.as_ref().map(Provider::of);
        options.hooks.provider = provider;
        Ok(())
    })
}

/// The number of the attempt, counted since the last connection that came about, from 1
/// (MQTTKA_EVENT_ATTEMPT_NUMBER); 0 for NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_connection_request_attempt_number(
    request: *const mqttka_connection_request,
) -> u32 {
    guard::value_or("mqttka_connection_request_attempt_number", 0, || {
        // SAFETY: a valid request, by the header's contract.
        Ok(unsafe { handle::borrow(request, "request") }?.attempt_number)
    })
}

/// How long the attempt could wait for the answer when the provider was called, in milliseconds; 0
/// for NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_connection_request_time_left_ms(
    request: *const mqttka_connection_request,
) -> i64 {
    guard::value_or("mqttka_connection_request_time_left_ms", 0, || {
        // SAFETY: a valid request, by the header's contract.
        Ok(milliseconds(
            unsafe { handle::borrow(request, "request") }?.time_left,
        ))
    })
}

/// Sets a string of this attempt: MQTTKA_OPTION_USER_NAME, MQTTKA_OPTION_TLS_CERTIFICATE_FILE or
/// MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE, as the options have them, or what
/// mqttka_connection_request_set_bytes() takes; a certificate that is set here goes
/// with the private key that is set here, or that is in its own PEM. Copied. length: in bytes, or
/// MQTTKA_NUL_TERMINATED. Any thread.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_STRING,
/// MQTTKA_ERROR_INVALID_ARGUMENT (too long), MQTTKA_ERROR_OUT_OF_MEMORY,
/// MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_connection_request_set_string(
    request: *mut mqttka_connection_request,
    option: i32,
    value: *const c_char,
    length: usize,
) -> i32 {
    guard::client_status("mqttka_connection_request_set_string", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        // SAFETY: a readable string, by the header's contract.
        let text = || unsafe { handle::text(value, length, names::option(option)) };
        let file = || Ok::<_, Failure>(Some(Pem::File(PathBuf::from(text()?.as_str()))));
        request.open.change(|open| {
            match option {
                MQTTKA_OPTION_USER_NAME => open.connection.user_name = Some(text()?),
                MQTTKA_OPTION_TLS_CERTIFICATE_FILE => open.certificate = file()?,
                MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE => open.private_key = file()?,
                // SAFETY: readable bytes, as a string is.
                other => return unsafe { set_bytes(open, other, value.cast(), length) },
            }
            Ok(())
        })
    })
}

/// # Safety
/// `value` is readable for `length` bytes, or to its NUL.
unsafe fn set_bytes(
    open: &mut Answer,
    option: i32,
    value: *const c_void,
    length: usize,
) -> Result<(), Failure> {
    // SAFETY: readable bytes, by this function's contract.
    let bytes = || unsafe { handle::bytes(value, length, names::option(option)) };
    let pem = || Ok::<_, Failure>(Some(Pem::Bytes(handle::copy(&[bytes()?])?)));
    match option {
        MQTTKA_OPTION_PASSWORD => {
            let password = binary(bytes()?, "MQTTKA_OPTION_PASSWORD")?;
            open.connection.password = Some(password);
        }
        MQTTKA_OPTION_TLS_CERTIFICATE => open.certificate = pem()?,
        MQTTKA_OPTION_TLS_PRIVATE_KEY => open.private_key = pem()?,
        other => return Err(Failure::unknown("option", names::OPTIONS, other)),
    }
    Ok(())
}

/// Sets bytes of this attempt: MQTTKA_OPTION_PASSWORD, MQTTKA_OPTION_TLS_CERTIFICATE or
/// MQTTKA_OPTION_TLS_PRIVATE_KEY, as the options have them; a certificate that is set here goes with
/// the private key that is set here, or that is in its own PEM. Copied. length: in bytes, or
/// MQTTKA_NUL_TERMINATED. Any thread.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_ARGUMENT (too
/// long), MQTTKA_ERROR_OUT_OF_MEMORY, MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_connection_request_set_bytes(
    request: *mut mqttka_connection_request,
    option: i32,
    value: *const c_void,
    length: usize,
) -> i32 {
    guard::client_status("mqttka_connection_request_set_bytes", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        // SAFETY: readable bytes, by the header's contract.
        request
            .open
            .change(|open| unsafe { set_bytes(open, option, value, length) })
    })
}

/// Sets the server of this attempt, in place of all servers of the options. Copied. Any thread.
///
/// uri: NUL-terminated, as for mqttka_options_set_uri().
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_INVALID_ARGUMENT
/// (mqttka_last_error() names the part that is wrong; nothing was changed),
/// MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_connection_request_set_uri(
    request: *mut mqttka_connection_request,
    uri: *const c_char,
) -> i32 {
    guard::client_status("mqttka_connection_request_set_uri", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        // SAFETY: a string, by the header's contract.
        let uri = unsafe { handle::text(uri, NUL_TERMINATED, "uri") }?;
        Options::from_uri(uri.as_str())?;
        request.open.change(|open| {
            open.connection.uri = Some(uri.as_str().to_owned());
            Ok(())
        })
    })
}

/// Adds a header to this attempt's WebSocket upgrade, as for mqttka_options_add_web_socket_header().
/// Those of the request, where it has some, stand in place of all headers of the options. Copied.
/// Any thread.
///
/// name, value: NUL-terminated.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_OUT_OF_MEMORY,
/// MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_connection_request_add_web_socket_header(
    request: *mut mqttka_connection_request,
    name: *const c_char,
    value: *const c_char,
) -> i32 {
    guard::client_status("mqttka_connection_request_add_web_socket_header", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        // SAFETY: strings, by the header's contract.
        let (name, value) = unsafe {
            (
                handle::text(name, NUL_TERMINATED, "name")?,
                handle::text(value, NUL_TERMINATED, "value")?,
            )
        };
        let header = (name.as_str().to_owned(), value.as_str().to_owned());
        request.open.change(|open| {
            let headers = open.connection.web_socket_headers.get_or_insert_default();
            handle::push(headers, header)
        })
    })
}

/// Answers: connect with what was set in this request. The request is still to be freed. Of two
/// answers of two threads one counts. Any thread.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (a private key without a certificate;
/// the request has no answer yet), MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED. What only
/// the attempt shows, as a certificate that cannot be read, ends it with
/// MQTTKA_CONNECT_ERROR_PROVIDER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_connection_request_provide(
    request: *mut mqttka_connection_request,
) -> i32 {
    guard::client_status("mqttka_connection_request_provide", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        let whole = |answer: &Answer| match answer {
            Answer {
                certificate: None,
                private_key: Some(_),
                ..
            } => Err(Failure::invalid(
                "MQTTKA_OPTION_TLS_PRIVATE_KEY is set; it must have a MQTTKA_OPTION_TLS_CERTIFICATE",
            )),
            _ => Ok(()),
        };
        let Answer {
            request: question,
            mut connection,
            certificate,
            private_key,
        } = request.open.take_where(whole)?;
        connection.client_certificate = certificate.map(|certificate| {
            let private_key = private_key.unwrap_or_else(|| certificate.clone());
            (certificate, private_key)
        });
        question.provide(connection);
        Ok(())
    })
}

/// Answers: there is nothing to connect with. The attempt ends with MQTTKA_CONNECT_ERROR_PROVIDER.
/// The request is still to be freed. Any thread.
///
/// message: what went wrong, for people (MQTTKA_EVENT_PROVIDER_MESSAGE); copied. length: in bytes,
/// or MQTTKA_NUL_TERMINATED; NULL with length 0: nothing to say.
/// fatal: whether nothing will be there later either. The client then stops (MQTTKA_STOP_PROVIDER);
/// else it tries again with the usual delays.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_ALREADY_ANSWERED,
/// MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_connection_request_fail(
    request: *mut mqttka_connection_request,
    message: *const c_char,
    length: usize,
    fatal: bool,
) -> i32 {
    guard::client_status("mqttka_connection_request_fail", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        // SAFETY: a readable string, by the header's contract.
        let message = unsafe { handle::text(message, length, "message") }?;
        let answer = request.open.take()?;
        answer.request.fail(message.as_str(), fatal);
        Ok(())
    })
}

/// Frees a request; NULL is fine. One that has no answer fails its attempt, as
/// mqttka_connection_request_fail() does without `fatal`. Not while another thread is inside a
/// function of this request. Any thread. In a forked child it does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_connection_request_free(request: *mut mqttka_connection_request) {
    guard::value("mqttka_connection_request_free", (), || {
        // The core's part of it may be locked for ever.
        if !forked() {
            // SAFETY: from a provider's call and not used again, by the header's contract.
            unsafe { handle::free(request) }
        }
    })
}
