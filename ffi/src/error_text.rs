//! Errors in words: the functions of the chapter that `error` opens. Apart from the numbers, which
//! `guard` needs, while these functions need `guard`.
use std::ffi::c_char;

use crate::error::text_of;
use crate::guard;

/// The meaning of an error number in English, NUL-terminated.
///
/// Never NULL; a number that is no error's gives "unknown error". The text is static: valid for
/// ever, and not to be freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_strerror(error: i32) -> *const c_char {
    guard::value("mqttka_strerror", c"".as_ptr(), || text_of(error).as_ptr())
}

/// What exactly was wrong with the last call that failed on this thread, in English and
/// NUL-terminated: the function that was called, the argument or option, and its limits, as in
/// "mqttka_options_set_int: MQTTKA_OPTION_PORT is 70000; it must be 1 to 65535".
///
/// Never NULL; "" where no call failed on this thread yet. Successful calls leave it as it is.
/// Valid until the next call that fails on this thread, or until the thread ends; not to be
/// freed. It never contains a payload or a password.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_last_error() -> *const c_char {
    guard::value("mqttka_last_error", c"".as_ptr(), guard::last_error)
}
