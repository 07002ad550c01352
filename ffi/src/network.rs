//! The functions of the chapter that `network_options` opens: what more than a number, a string or
//! bytes is needed for.
use std::ffi::{c_char, c_void};

use crate::callbacks::{mqttka_destructor_fn, mqttka_socket_hook_fn, mqttka_tls_verifier_fn};
use crate::guard::{self, Failure};
use crate::handle::{self, NUL_TERMINATED};
use crate::hooks::{self, Asked, Verifier};
use crate::options::mqttka_options;

/// Sets the first server, and user name and password where the URI has some:
/// scheme://[user[:password]@]host[:port][/path]. Host, port, transport and path are replaced.
/// Copied.
///
/// uri: NUL-terminated. mqtt:// (or tcp://), mqtts:// (or ssl://, tls://), ws://, wss:// with path
/// and query as they are sent ("/mqtt" where there is none), and unix:///path or unix://@name
/// (abstract, Linux). User name, password and the path of a Unix socket are percent-decoded. An IPv6
/// address is in brackets, its interface behind %25: "mqtt://[fe80::1%25eth0]".
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_INVALID_ARGUMENT
/// (mqttka_last_error() names the part that is wrong; nothing was changed).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_uri(
    options: *mut mqttka_options,
    uri: *const c_char,
) -> i32 {
    guard::status("mqttka_options_set_uri", || {
        // SAFETY: valid options and a string, by the header's contract.
        let (options, uri) =
            unsafe { (handle::borrow_mut(options, "options")?, text(uri, "uri")?) };
        Ok(options.options.set_uri(&uri)?)
    })
}

/// Adds a further server, up to 64 together. An attempt tries them in the order in which they were
/// added, the first one (MQTTKA_OPTION_HOST, mqttka_options_set_uri()) before them: the next one
/// where no stream to the one before came about within its share of the time that is left. The next
/// attempt begins with another than the one that failed last. MQTTKA_EVENT_SERVER_INDEX says which
/// one it was. All of them have the same credentials and the same session. Copied.
///
/// uri: NUL-terminated, as for mqttka_options_set_uri(), but without user name and password.
///
/// Errors as for mqttka_options_set_uri().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_add_server(
    options: *mut mqttka_options,
    uri: *const c_char,
) -> i32 {
    guard::status("mqttka_options_add_server", || {
        // SAFETY: valid options and a string, by the header's contract.
        let (options, uri) =
            unsafe { (handle::borrow_mut(options, "options")?, text(uri, "uri")?) };
        Ok(options.options.add_server(&uri)?)
    })
}

/// Adds a protocol that TLS offers by ALPN, the preferred one first, such as "mqtt" or
/// "x-amzn-mqtt-ca". Copied.
///
/// protocol: NUL-terminated, 1 to 255 bytes.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_INVALID_ARGUMENT,
/// MQTTKA_ERROR_OUT_OF_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_add_tls_alpn(
    options: *mut mqttka_options,
    protocol: *const c_char,
) -> i32 {
    guard::status("mqttka_options_add_tls_alpn", || {
        // SAFETY: valid options and a string, by the header's contract.
        let (options, protocol) = unsafe {
            (
                handle::borrow_mut(options, "options")?,
                text(protocol, "protocol")?,
            )
        };
        if !(1..=255).contains(&protocol.len()) {
            return Err(Failure::invalid(format!(
                "protocol has {} bytes; it must have 1 to 255",
                protocol.len()
            )));
        }
        handle::push(&mut options.options.tls.alpn, protocol)
    })
}

/// Adds a pin: the server's public key must be one of those that are pinned, beside all other
/// checks. Copied.
///
/// pin: NUL-terminated: SHA-256 of the key (SubjectPublicKeyInfo) in Base64, as
/// openssl x509 -in cert.pem -noout -pubkey | openssl pkey -pubin -outform der
/// | openssl dgst -sha256 -binary | base64 prints it; a "sha256/" before it is allowed.
/// mqttka_client_new() refuses what is none.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_OUT_OF_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_add_tls_pin(
    options: *mut mqttka_options,
    pin: *const c_char,
) -> i32 {
    guard::status("mqttka_options_add_tls_pin", || {
        // SAFETY: valid options and a string, by the header's contract.
        let (options, pin) =
            unsafe { (handle::borrow_mut(options, "options")?, text(pin, "pin")?) };
        handle::push(&mut options.options.tls.pins, pin)
    })
}

/// Adds a header to the upgrade request of WebSocket, such as Authorization; they keep their order.
/// Not those that the upgrade itself has (Host, Upgrade, Connection, Sec-WebSocket-*), and at most
/// 16 KiB together; mqttka_client_new() refuses these. Copied.
///
/// name, value: NUL-terminated.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING, MQTTKA_ERROR_OUT_OF_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_add_web_socket_header(
    options: *mut mqttka_options,
    name: *const c_char,
    value: *const c_char,
) -> i32 {
    guard::status("mqttka_options_add_web_socket_header", || {
        // SAFETY: valid options and strings, by the header's contract.
        let (options, header) = unsafe {
            (
                handle::borrow_mut(options, "options")?,
                (text(name, "name")?, text(value, "value")?),
            )
        };
        handle::push(&mut options.options.web_socket.headers, header)
    })
}

/// Sets what gets each TCP socket before it connects; NULL: none, the default (user_data then stays
/// the caller's, and destructor is not called).
///
/// user_data: what the hook receives; it is used on threads of the library. destructor: releases
/// it; NULL: nothing to release. user_data passes to these options and to all clients that are made
/// with them: it is released once, when the options were freed or have another hook, the
/// `terminated` callbacks of these clients have returned, and no call of the hook runs any more.
/// That may be inside mqttka_options_free() or this function, on a client's lifecycle lane, or on
/// the thread of the hook's last call.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL (options; user_data then stays the caller's).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_socket_hook(
    options: *mut mqttka_options,
    hook: mqttka_socket_hook_fn,
    user_data: *mut c_void,
    destructor: mqttka_destructor_fn,
) -> i32 {
    guard::status("mqttka_options_set_socket_hook", || {
        // SAFETY: valid options, by the header's contract.
        let options = unsafe { handle::borrow_mut(options, "options") }?;
        let hook = hook.map(|function| Asked::new(function, user_data, destructor));
        options.options.socket.hook = hook.as_ref().map(hooks::socket_hook);
        options.hooks.socket = hook;
        Ok(())
    })
}

/// Sets what judges the server's certificate, INSTEAD OF the platform and of MQTTKA_OPTION_TLS_CA;
/// NULL: none, the default (user_data then stays the caller's, and destructor is not called). Pins
/// are still checked, and that the server has the private key of its certificate.
///
/// user_data, destructor: as for mqttka_options_set_socket_hook().
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL (options; user_data then stays the caller's).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_tls_verifier(
    options: *mut mqttka_options,
    verifier: mqttka_tls_verifier_fn,
    user_data: *mut c_void,
    destructor: mqttka_destructor_fn,
) -> i32 {
    guard::status("mqttka_options_set_tls_verifier", || {
        // SAFETY: valid options, by the header's contract.
        let options = unsafe { handle::borrow_mut(options, "options") }?;
        let verifier = verifier.map(|function| Asked::new(function, user_data, destructor));
        options.options.tls.verifier = match &verifier {
            Some(verifier) => Some(Verifier::new(verifier)),
            None => None,
        };
        options.hooks.verifier = verifier;
        Ok(())
    })
}

/// Copies a NUL-terminated string.
///
/// # Safety
/// `pointer` is NULL, or points to a string that is readable up to its NUL.
unsafe fn text(pointer: *const c_char, name: &str) -> Result<String, Failure> {
    // SAFETY: the caller's promise.
    let text = unsafe { handle::text(pointer, NUL_TERMINATED, name) }?;
    Ok(text.as_str().to_owned())
}
