//! Subscribe request
//!
//! One SUBSCRIBE packet with several filters, options or properties (section 3.8). A request is
//! used by one thread at a time.
use std::ffi::c_char;

use mqttka_core::client::{Completion, Properties, Property, RetainHandling, Subscription};

use crate::canceller::mqttka_canceller;
use crate::client::mqttka_client;
use crate::guard::{self, Failure};
use crate::handle;

/// Do not send me what I published myself (section 3.8.3.1). MQTT 5.0 only.
pub const MQTTKA_SUBSCRIBE_NO_LOCAL: u32 = 0x1;
/// Keep the retain flag as the publisher set it. MQTT 5.0 only.
pub const MQTTKA_SUBSCRIBE_RETAIN_AS_PUBLISHED: u32 = 0x2;
/// Send retained messages only where the subscription is new. MQTT 5.0 only.
pub const MQTTKA_SUBSCRIBE_RETAIN_IF_NEW: u32 = 0x4;
/// Send no retained messages for this subscribe. MQTT 5.0 only.
pub const MQTTKA_SUBSCRIBE_RETAIN_NEVER: u32 = 0x8;

const ALL_FLAGS: u32 = MQTTKA_SUBSCRIBE_NO_LOCAL
    | MQTTKA_SUBSCRIBE_RETAIN_AS_PUBLISHED
    | MQTTKA_SUBSCRIBE_RETAIN_IF_NEW
    | MQTTKA_SUBSCRIBE_RETAIN_NEVER;

/// One SUBSCRIBE packet in the making. From mqttka_subscribe_request_new(); to be freed with
/// mqttka_subscribe_request_free().
#[derive(Default)]
pub struct mqttka_subscribe_request {
    subscriptions: Vec<Subscription>,
    properties: Properties,
    canceller: Option<mqttka_canceller>,
    pub(crate) manual_acknowledgement: bool,
}

impl mqttka_subscribe_request {
    pub(crate) fn to_send(&self) -> Result<(Vec<Subscription>, Properties), Failure> {
        if self.subscriptions.is_empty() {
            // [MQTT-3.8.3-2]
            return Err(Failure::invalid("the subscribe request has no filters"));
        }
        Ok((
            handle::copy_list(&self.subscriptions)?,
            self.properties.clone(),
        ))
    }

    /// A completion that its canceller cancels, where it has one.
    pub(crate) fn cancellable(
        &self,
        client: &mqttka_client,
        completion: Completion,
    ) -> Result<Completion, Failure> {
        match &self.canceller {
            Some(canceller) => canceller.cancels(client, completion),
            None => Ok(completion),
        }
    }
}

/// Makes an empty request. Never NULL, short of a bug in mqttka. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_subscribe_request_new() -> *mut mqttka_subscribe_request {
    guard::value("mqttka_subscribe_request_new", std::ptr::null_mut(), || {
        Box::into_raw(Box::new(mqttka_subscribe_request::default()))
    })
}

/// Frees a request; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_subscribe_request_free(request: *mut mqttka_subscribe_request) {
    guard::value("mqttka_subscribe_request_free", (), || {
        // SAFETY: from mqttka_subscribe_request_new and not used again, by the header's contract.
        unsafe { handle::free(request) }
    })
}

/// Adds a topic filter; at least one is needed. It is copied.
///
/// filter: may have wildcards, and may be `$share/group/filter`; filter_length: in bytes, or
/// MQTTKA_NUL_TERMINATED. qos: 0, 1 or 2, the highest at which messages come. flags: any of
/// MQTTKA_SUBSCRIBE_*, at most one of RETAIN_IF_NEW and RETAIN_NEVER; 0 sends retained messages at
/// every subscribe. NO_LOCAL is not possible with `$share` [MQTT-3.8.3-4].
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_TOPIC.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_subscribe_request_add(
    request: *mut mqttka_subscribe_request,
    filter: *const c_char,
    filter_length: usize,
    qos: i32,
    flags: u32,
) -> i32 {
    guard::status("mqttka_subscribe_request_add", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow_mut(request, "request") }?;
        // SAFETY: a readable filter, by the header's contract.
        let filter = unsafe { handle::filter(filter, filter_length, "filter") }?;
        let mut subscription = Subscription::new(filter, handle::qos(qos)?);
        if flags & !ALL_FLAGS != 0 {
            return Err(Failure::invalid(format!(
                "flags are {flags:#x}; {ALL_FLAGS:#x} are known"
            )));
        }
        subscription.no_local = flags & MQTTKA_SUBSCRIBE_NO_LOCAL != 0;
        if subscription.no_local && subscription.filter.is_shared() {
            return Err(Failure::invalid(
                "MQTTKA_SUBSCRIBE_NO_LOCAL is not possible with a shared subscription",
            ));
        }
        subscription.retain_as_published = flags & MQTTKA_SUBSCRIBE_RETAIN_AS_PUBLISHED != 0;
        let if_new = flags & MQTTKA_SUBSCRIBE_RETAIN_IF_NEW != 0;
        let never = flags & MQTTKA_SUBSCRIBE_RETAIN_NEVER != 0;
        subscription.retain_handling = match (if_new, never) {
            (true, true) => {
                return Err(Failure::invalid(
                    "flags have MQTTKA_SUBSCRIBE_RETAIN_IF_NEW and _RETAIN_NEVER at once",
                ));
            }
            (true, false) => RetainHandling::SendIfNew,
            (false, true) => RetainHandling::DoNotSend,
            (false, false) => RetainHandling::SendAtSubscribe,
        };
        handle::push(&mut request.subscriptions, subscription)
    })
}

/// Sets the Subscription Identifier (section 3.8.2.1.2), 1 to 268,435,455: messages that match one
/// of the filters bear it (MQTTKA_PROPERTY_SUBSCRIPTION_IDENTIFIER). Those from 2,031,616 to
/// 2,097,151 are the library's: with one of them the subscribe fails with
/// MQTTKA_ERROR_INVALID_ARGUMENT. MQTT 5.0 only.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_subscribe_request_set_subscription_identifier(
    request: *mut mqttka_subscribe_request,
    identifier: u32,
) -> i32 {
    guard::status(
        "mqttka_subscribe_request_set_subscription_identifier",
        || {
            // SAFETY: a valid request, by the header's contract.
            let request = unsafe { handle::borrow_mut(request, "request") }?;
            let identifier = handle::number(i64::from(identifier), 1..=268_435_455, "identifier")?;
            request
                .properties
                .set(Property::SubscriptionIdentifier(identifier));
            Ok(())
        },
    )
}

/// Adds a User Property (section 3.8.2.1.3); they keep their order, and names may repeat. Copied.
/// MQTT 5.0 only. Lengths: in bytes, or MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_STRING.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_subscribe_request_add_user_property(
    request: *mut mqttka_subscribe_request,
    name: *const c_char,
    name_length: usize,
    value: *const c_char,
    value_length: usize,
) -> i32 {
    guard::status("mqttka_subscribe_request_add_user_property", || {
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

/// Whether the program acknowledges the QoS 1 and 2 messages of this subscription itself, with
/// mqttka_message_acknowledge() or mqttka_message_refuse(), now or later. Default false: they are
/// acknowledged when the callback has returned, or the stream's reader said done. For
/// mqttka_client_subscribe_with() and mqttka_client_subscribe_stream(); what
/// mqttka_client_send_subscribe() brings is MQTTKA_OPTION_MANUAL_ACKNOWLEDGEMENT's.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_subscribe_request_set_manual_acknowledgement(
    request: *mut mqttka_subscribe_request,
    manual: bool,
) -> i32 {
    guard::status(
        "mqttka_subscribe_request_set_manual_acknowledgement",
        || {
            // SAFETY: a valid request, by the header's contract.
            unsafe { handle::borrow_mut(request, "request") }?.manual_acknowledgement = manual;
            Ok(())
        },
    )
}

/// Sets what can cancel what is sent from now on with this request; NULL: nothing, the default. It
/// is shared, and can be freed at once.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL (request). Sending the request for another client than that of the
/// canceller's other operations gives MQTTKA_ERROR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_subscribe_request_set_canceller(
    request: *mut mqttka_subscribe_request,
    canceller: *const mqttka_canceller,
) -> i32 {
    guard::status("mqttka_subscribe_request_set_canceller", || {
        // SAFETY: a valid request and NULL or a valid canceller, by the header's contract.
        let (request, canceller) =
            unsafe { (handle::borrow_mut(request, "request")?, canceller.as_ref()) };
        request.canceller = canceller.map(mqttka_canceller::share);
        Ok(())
    })
}
