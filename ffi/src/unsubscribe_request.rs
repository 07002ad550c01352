//! Unsubscribe request
//!
//! One UNSUBSCRIBE packet with several filters or with properties (section 3.10). A request is used
//! by one thread at a time.
use std::ffi::{c_char, c_void};

use mqttka_core::client::{Properties, Property, TopicFilter};

use crate::callbacks::mqttka_completion_fn;
use crate::canceller::mqttka_canceller;
use crate::client::{borrow, mqttka_client};
use crate::guard::{self, Failure};
use crate::handle;
use crate::lanes;

/// One UNSUBSCRIBE packet in the making. From mqttka_unsubscribe_request_new(); to be freed with
/// mqttka_unsubscribe_request_free().
#[derive(Default)]
pub struct mqttka_unsubscribe_request {
    filters: Vec<TopicFilter>,
    properties: Properties,
    canceller: Option<mqttka_canceller>,
}

/// Makes an empty request. Never NULL, short of a bug in mqttka. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_unsubscribe_request_new() -> *mut mqttka_unsubscribe_request {
    guard::value(
        "mqttka_unsubscribe_request_new",
        std::ptr::null_mut(),
        || Box::into_raw(Box::new(mqttka_unsubscribe_request::default())),
    )
}

/// Frees a request; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_unsubscribe_request_free(request: *mut mqttka_unsubscribe_request) {
    guard::value("mqttka_unsubscribe_request_free", (), || {
        // SAFETY: from mqttka_unsubscribe_request_new and not used again, by the header's contract.
        unsafe { handle::free(request) }
    })
}

/// Adds a topic filter, written as it was subscribed; at least one is needed. It is copied.
/// filter_length: in bytes, or MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_TOPIC.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_unsubscribe_request_add(
    request: *mut mqttka_unsubscribe_request,
    filter: *const c_char,
    filter_length: usize,
) -> i32 {
    guard::status("mqttka_unsubscribe_request_add", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow_mut(request, "request") }?;
        // SAFETY: a readable filter, by the header's contract.
        let filter = unsafe { handle::filter(filter, filter_length, "filter") }?;
        handle::push(&mut request.filters, filter)
    })
}

/// Adds a User Property (section 3.10.2.1.2); they keep their order, and names may repeat. Copied.
/// MQTT 5.0 only. Lengths: in bytes, or MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_STRING.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_unsubscribe_request_add_user_property(
    request: *mut mqttka_unsubscribe_request,
    name: *const c_char,
    name_length: usize,
    value: *const c_char,
    value_length: usize,
) -> i32 {
    guard::status("mqttka_unsubscribe_request_add_user_property", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow_mut(request, "request") }?;
        // SAFETY: readable strings, by the header's contract.
        let (name, value) = unsafe {
            (
                handle::text(name, name_length, "name")?,
                handle::text(value, value_length, "value")?,
            )
        };
        request.properties.push(Property::UserProperty(name, value));
        Ok(())
    })
}

/// Sets what can cancel what is sent from now on with this request; NULL: nothing, the default. It
/// is shared, and can be freed at once.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL (request). Sending the request for another client than that of the
/// canceller's other operations gives MQTTKA_ERROR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_unsubscribe_request_set_canceller(
    request: *mut mqttka_unsubscribe_request,
    canceller: *const mqttka_canceller,
) -> i32 {
    guard::status("mqttka_unsubscribe_request_set_canceller", || {
        // SAFETY: a valid request and NULL or a valid canceller, by the header's contract.
        let (request, canceller) =
            unsafe { (handle::borrow_mut(request, "request")?, canceller.as_ref()) };
        request.canceller = canceller.map(mqttka_canceller::share);
        Ok(())
    })
}

/// Unsubscribes from all filters of a request in one UNSUBSCRIBE packet. The request is copied; it
/// stays the caller's and can be sent again.
///
/// completion, user_data: called once with the broker's UNSUBACK; mqttka_result_reason_code_at()
/// tells each filter's outcome, in the order in which they were added. May be NULL. Errors as for
/// mqttka_client_subscribe(), and MQTTKA_ERROR_INVALID_ARGUMENT for a request without filters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_send_unsubscribe(
    client: *mut mqttka_client,
    request: *const mqttka_unsubscribe_request,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_client_send_unsubscribe", || {
        // SAFETY: a valid client and request, by the header's contract.
        let (client, request) = unsafe { (borrow(client)?, handle::borrow(request, "request")?) };
        let core = client.usable()?;
        if request.filters.is_empty() {
            // [MQTT-3.10.3-2]
            return Err(Failure::invalid("the unsubscribe request has no filters"));
        }
        let filters = handle::copy_list(&request.filters)?;
        let mut completion = lanes::completion(client, completion, user_data);
        if let Some(canceller) = &request.canceller {
            completion = canceller.cancels(client, completion)?;
        }
        Ok(core.unsubscribe(filters, request.properties.clone(), completion)?)
    })
}
