//! Who is connected.

use std::ffi::{CString, c_char};

use crate::broker::mqttka_testing_broker;
use crate::guard;

/// The identifiers of the clients that were connected when it was asked for, in alphabetical order. Free
/// it with mqttka_testing_clients_free().
pub struct mqttka_testing_clients(Vec<CString>);

/// The clients that are connected; NULL where `broker` is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_clients(
    broker: *const mqttka_testing_broker,
) -> *mut mqttka_testing_clients {
    guard::value(
        "mqttka_testing_broker_clients",
        std::ptr::null_mut(),
        || {
            // SAFETY: the header's contract.
            let names = unsafe { guard::borrow(broker, "broker") }?.broker.clients();
            let names = names.into_iter().filter_map(|name| CString::new(name).ok());
            let clients = mqttka_testing_clients(names.collect());
            Ok(Box::into_raw(Box::new(clients)))
        },
    )
}

/// How many there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_clients_count(
    clients: *const mqttka_testing_clients,
) -> usize {
    guard::value("mqttka_testing_clients_count", 0, || {
        // SAFETY: the header's contract.
        Ok(unsafe { guard::borrow(clients, "clients") }?.0.len())
    })
}

/// The one at this index, valid as long as `clients`; NULL where there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_clients_at(
    clients: *const mqttka_testing_clients,
    index: usize,
) -> *const c_char {
    guard::value("mqttka_testing_clients_at", std::ptr::null(), || {
        // SAFETY: the header's contract.
        let clients = unsafe { guard::borrow(clients, "clients") }?;
        let name = clients.0.get(index);
        Ok(name.map_or(std::ptr::null(), |name| name.as_ptr()))
    })
}

/// Frees it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_clients_free(clients: *mut mqttka_testing_clients) {
    guard::value("mqttka_testing_clients_free", (), || {
        // SAFETY: the header's contract.
        unsafe { guard::free(clients) };
        Ok(())
    });
}
