//! Enhanced authentication.

use std::ffi::c_char;

use mqttka_testing::FakeBroker;

use crate::broker::mqttka_testing_broker;
use crate::guard;
use crate::telling::{Told, tell};

/// Clients have to authenticate by this method from now on (section 4.12), and are refused where they do
/// not: without any with 0x87, with another with 0x8c. Whoever does is let in, after the challenges that
/// follow this call. `method`: NULL: nobody has to, which is how a broker begins.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_authenticate(
    broker: *const mqttka_testing_broker,
    method: *const c_char,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        // SAFETY: the header's contract.
        let method = unsafe { guard::optional(method, "method") }?;
        Ok(broker.authenticate(method))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_authenticate", broker, told) }
}

/// One more challenge for each exchange of the method of mqttka_testing_broker_authenticate(): AUTH with this
/// data; 100 at most, of 65,535 bytes at most. What clients send is MQTTKA_TESTING_AUTHENTICATING, and
/// nothing of it is wrong.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_challenge(
    broker: *const mqttka_testing_broker,
    data: *const u8,
    size: usize,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        // SAFETY: the header's contract.
        let data = unsafe { guard::bytes(data, size, "data") }?;
        Ok(broker.challenge(data))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_challenge", broker, told) }
}

/// What CONNACK, or the last AUTH, has as authentication data, for the method of
/// mqttka_testing_broker_authenticate(). NULL: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_finish_authentication(
    broker: *const mqttka_testing_broker,
    data: *const u8,
    size: usize,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        // SAFETY: the header's contract.
        let bytes = unsafe { guard::bytes(data, size, "data") }?;
        Ok(broker.finish_authentication((!data.is_null()).then_some(bytes)))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_finish_authentication", broker, told) }
}

/// Clients have to authenticate by SCRAM-SHA-256 from now on, as this user with this password; both as
/// SASLprep leaves them, which changes no printable ASCII. Who knows another is refused with 0x87.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_authenticate_scram(
    broker: *const mqttka_testing_broker,
    user: *const c_char,
    password: *const c_char,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        // SAFETY: the header's contract.
        let user = unsafe { guard::string(user, "user") }?;
        // SAFETY: the header's contract.
        let password = unsafe { guard::string(password, "password") }?;
        Ok(broker.authenticate_scram(user, password))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_authenticate_scram", broker, told) }
}

/// Refuses with this code at the end of each exchange, whatever the client has proved; -1: no longer. It is
/// that of CONNACK, and of DISCONNECT where a client authenticates again; a code that DISCONNECT has no
/// number for is sent there as 0x87.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_refuse_authentications(
    broker: *const mqttka_testing_broker,
    reason_code: i32,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        Ok(broker.refuse_authentications(guard::optional_code(reason_code)?))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_refuse_authentications", broker, told) }
}
