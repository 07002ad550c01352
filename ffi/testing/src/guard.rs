//! What stands between C and every exported function: a panic becomes a number, and the reason of a failure the
//! thread's last error. Pointers and numbers from C are checked here.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use mqttka_core::error::Error as Number;
use mqttka_core::types::ReasonCode;
use mqttka_testing::Error;

/// `MQTTKA_OK`.
pub(crate) const OK: i32 = 0;
/// `MQTTKA_ERROR_NULL`.
const NULL: i32 = 40;
/// `MQTTKA_ERROR_TIMED_OUT`.
pub(crate) const TIMED_OUT: i32 = 44;
/// `MQTTKA_ERROR_NOT_PRESENT`.
const NOT_PRESENT: i32 = 45;
/// `MQTTKA_ERROR_PANIC`.
const PANIC: i32 = 46;

/// Why a call failed: its number, and its reason.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) i32, pub(crate) String);

impl Failure {
    pub(crate) fn invalid(reason: String) -> Self {
        Failure(Number::InvalidArgument(String::new()).code(), reason)
    }

    pub(crate) fn not_present(what: &str) -> Self {
        Failure(NOT_PRESENT, what.to_owned())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let number = match error {
            Error::NotConnected { .. } => Number::NotConnected,
            Error::Startup(_) => Number::Startup(String::new()),
            Error::Stopped => Number::Closed,
            _ => Number::InvalidArgument(String::new()),
        };
        Failure(number.code(), error.to_string())
    }
}

thread_local! {
    static LAST_ERROR: RefCell<CString> = RefCell::default();
}

fn failed(function: &str, Failure(code, reason): Failure) -> i32 {
    let text = format!("{function}: {reason}").replace('\0', " ");
    if let Ok(text) = CString::new(text) {
        // A thread that is past its thread-locals' destructors has nowhere to keep it.
        let _ = LAST_ERROR.try_with(|last| last.replace(text));
    }
    code
}

/// Valid until the thread's next failure.
pub(crate) fn last_error() -> *const c_char {
    let last = LAST_ERROR.try_with(|last| last.borrow().as_ptr());
    last.unwrap_or(c"".as_ptr())
}

/// Runs the body of a function that returns an error number.
pub(crate) fn status(function: &str, body: impl FnOnce() -> Result<(), Failure>) -> i32 {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => OK,
        Ok(Err(failure)) => failed(function, failure),
        Err(_) => failed(function, Failure(PANIC, "internal error".to_owned())),
    }
}

/// Runs the body of a function that returns a value; `default` stands for a failure.
pub(crate) fn value<T>(function: &str, default: T, body: impl FnOnce() -> Result<T, Failure>) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => return value,
        Ok(Err(failure)) => failed(function, failure),
        Err(_) => failed(function, Failure(PANIC, "internal error".to_owned())),
    };
    default
}

fn null(name: &str) -> Failure {
    Failure(NULL, format!("{name} is NULL"))
}

/// Borrows what a handle points to.
///
/// # Safety
/// `pointer` is NULL, or points to a live `T` during `'a`.
pub(crate) unsafe fn borrow<'a, T>(pointer: *const T, name: &str) -> Result<&'a T, Failure> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_ref() }.ok_or_else(|| null(name))
}

/// An out-parameter, before anything is done for it.
///
/// # Safety
/// `pointer` is NULL, or may be written during `'a`.
pub(crate) unsafe fn out<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T, Failure> {
    // SAFETY: the caller's promise; what is there is a pointer, any bytes of which are one.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(name))
}

/// Takes back what `Box::into_raw` gave to C.
///
/// # Safety
/// `pointer` is NULL, or came from `Box::into_raw` and is not used afterwards.
pub(crate) unsafe fn free<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(pointer) });
    }
}

/// A string, or NULL.
///
/// # Safety
/// `text` is NULL, or a string that ends at its NUL and lives during `'a`.
pub(crate) unsafe fn optional<'a>(
    text: *const c_char,
    name: &str,
) -> Result<Option<&'a str>, Failure> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(text) };
    let text = text.to_str().map(Some);
    text.map_err(|_| Failure::invalid(format!("{name} is not UTF-8")))
}

/// A string.
///
/// # Safety
/// As of [`optional`].
pub(crate) unsafe fn string<'a>(text: *const c_char, name: &str) -> Result<&'a str, Failure> {
    // SAFETY: the caller's promise.
    unsafe { optional(text, name) }?.ok_or_else(|| null(name))
}

/// Bytes; NULL where there are none.
///
/// # Safety
/// `size` bytes at `bytes` can be read during `'a`.
pub(crate) unsafe fn bytes<'a>(
    bytes: *const u8,
    size: usize,
    name: &str,
) -> Result<&'a [u8], Failure> {
    if size == 0 {
        return Ok(&[]);
    }
    if bytes.is_null() {
        return Err(null(name));
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(bytes, size) })
}

pub(crate) fn reason_code(number: i32) -> Result<ReasonCode, Failure> {
    let known = u8::try_from(number).ok().and_then(ReasonCode::from_u8);
    known.ok_or_else(|| Failure::invalid(format!("there is no reason code {number}")))
}

/// -1 is none.
pub(crate) fn optional_code(number: i32) -> Result<Option<ReasonCode>, Failure> {
    match number {
        -1 => Ok(None),
        number => reason_code(number).map(Some),
    }
}
