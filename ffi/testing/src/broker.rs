//! The broker.

use std::ffi::{CString, c_char};

use mqttka_testing::{FakeBroker, Transport};

use crate::guard::{self, Failure};

/// TCP alone: mqtt://. The default.
pub const MQTTKA_TESTING_TCP: i32 = Transport::Tcp as i32;
/// TLS 1.2 or 1.3: mqtts://.
pub const MQTTKA_TESTING_TLS: i32 = Transport::Tls as i32;
/// WebSocket: ws://.
pub const MQTTKA_TESTING_WEB_SOCKET: i32 = Transport::WebSocket as i32;
/// WebSocket over TLS: wss://.
pub const MQTTKA_TESTING_SECURE_WEB_SOCKET: i32 = Transport::SecureWebSocket as i32;

/// A broker on a port of the loopback interface (127.0.0.1).
pub struct mqttka_testing_broker {
    pub(crate) broker: FakeBroker,
    uri: CString,
    authority: Option<CString>,
}

/// Starts one. `port`: 0 for one that is free. MQTTKA_ERROR_STARTUP where it cannot listen.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_new(
    port: u16,
    broker: *mut *mut mqttka_testing_broker,
) -> i32 {
    guard::status("mqttka_testing_broker_new", || {
        // SAFETY: the header's contract.
        let out = unsafe { guard::out(broker, "broker") }?;
        *out = start(port, Transport::Tcp)?;
        Ok(())
    })
}

/// Starts one that speaks a transport of MQTTKA_TESTING_TCP, MQTTKA_TESTING_TLS,
/// MQTTKA_TESTING_WEB_SOCKET or MQTTKA_TESTING_SECURE_WEB_SOCKET. TLS has a certificate for localhost,
/// 127.0.0.1 and ::1, of an authority that is made for this broker alone:
/// mqttka_testing_broker_authority(). As mqttka_testing_broker_new() else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_new_with(
    port: u16,
    transport: i32,
    broker: *mut *mut mqttka_testing_broker,
) -> i32 {
    guard::status("mqttka_testing_broker_new_with", || {
        // SAFETY: the header's contract.
        let out = unsafe { guard::out(broker, "broker") }?;
        let known = u8::try_from(transport).ok().and_then(Transport::from_u8);
        let none = || Failure::invalid(format!("transport: there is none of number {transport}"));
        *out = start(port, known.ok_or_else(none)?)?;
        Ok(())
    })
}

fn start(port: u16, transport: Transport) -> Result<*mut mqttka_testing_broker, Failure> {
    let broker = FakeBroker::start_with(port, transport)?;
    let text = |text: &str| {
        let text = CString::new(text);
        text.map_err(|_| Failure::invalid("port".to_owned()))
    };
    let uri = text(&broker.uri())?;
    let authority = broker.authority().map(text).transpose()?;
    Ok(Box::into_raw(Box::new(mqttka_testing_broker {
        broker,
        uri,
        authority,
    })))
}

/// The certificate of the authority that has issued the broker's, in PEM, for
/// MQTTKA_OPTION_TLS_CA; valid as long as the broker. NULL where there is no TLS, or `broker` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_authority(
    broker: *const mqttka_testing_broker,
) -> *const c_char {
    guard::value("mqttka_testing_broker_authority", std::ptr::null(), || {
        // SAFETY: the header's contract.
        let broker = unsafe { guard::borrow(broker, "broker") }?;
        let authority = broker.authority.as_ref();
        Ok(authority.map_or(std::ptr::null(), |it| it.as_ptr()))
    })
}

/// Stops and frees it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_free(broker: *mut mqttka_testing_broker) {
    guard::value("mqttka_testing_broker_free", (), || {
        // SAFETY: the header's contract.
        unsafe { guard::free(broker) };
        Ok(())
    });
}

/// Stops it: connections are reset, the port is free, who waits in another thread returns. Repeating
/// it does nothing; other functions return MQTTKA_ERROR_CLOSED from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_stop(broker: *const mqttka_testing_broker) -> i32 {
    guard::status("mqttka_testing_broker_stop", || {
        // SAFETY: the header's contract.
        unsafe { guard::borrow(broker, "broker") }?.broker.stop();
        Ok(())
    })
}

/// Its port; 0 where `broker` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_port(broker: *const mqttka_testing_broker) -> u16 {
    guard::value("mqttka_testing_broker_port", 0, || {
        // SAFETY: the header's contract.
        Ok(unsafe { guard::borrow(broker, "broker") }?.broker.port())
    })
}

/// Where clients find it, such as mqtt://127.0.0.1:PORT or wss://127.0.0.1:PORT/mqtt; valid as long as the broker, and NULL where that is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_uri(
    broker: *const mqttka_testing_broker,
) -> *const c_char {
    guard::value("mqttka_testing_broker_uri", std::ptr::null(), || {
        // SAFETY: the header's contract.
        Ok(unsafe { guard::borrow(broker, "broker") }?.uri.as_ptr())
    })
}

/// Why this thread's last call failed; "" where none has. Valid until its next failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_last_error() -> *const c_char {
    guard::value("mqttka_testing_last_error", c"".as_ptr(), || {
        Ok(guard::last_error())
    })
}
