//! The broker.

use std::ffi::{CString, c_char};

use mqttka_testing::FakeBroker;

use crate::guard::{self, Failure};

/// A broker on a port of the loopback interface (127.0.0.1).
pub struct mqttka_testing_broker {
    pub(crate) broker: FakeBroker,
    uri: CString,
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
        let broker = FakeBroker::start_on(port)?;
        let uri = CString::new(broker.uri());
        let uri = uri.map_err(|_| Failure::invalid("port".to_owned()))?;
        *out = Box::into_raw(Box::new(mqttka_testing_broker { broker, uri }));
        Ok(())
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

/// Where clients find it, mqtt://127.0.0.1:PORT; valid as long as the broker, and NULL where that is.
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
