//! What stands between C and every exported function: a panic becomes a typed default, and the
//! reason of a failure becomes the thread's last error. Where the library's threads are needed
//! ([`client_status`]) a forked child, which has none of them, is refused before anything is read
//! or locked; all other functions take no lock of the library and work there as well.
use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mqttka_core::client::{Error, forked};

use crate::error::{
    MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_NOT_PRESENT, MQTTKA_ERROR_OUT_OF_MEMORY,
    MQTTKA_ERROR_PANIC, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_OK,
};
use crate::names::{self, Names};

/// Why a call failed: its number and, for mqttka_last_error(), its reason.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: i32,
    pub(crate) detail: Cow<'static, str>,
}

impl Failure {
    pub(crate) fn new(code: i32, detail: impl Into<Cow<'static, str>>) -> Self {
        Failure {
            code,
            detail: detail.into(),
        }
    }

    pub(crate) fn invalid(detail: impl Into<Cow<'static, str>>) -> Self {
        Failure::new(MQTTKA_ERROR_INVALID_ARGUMENT, detail)
    }

    /// The function does not take this number, which is one of a `kind` or none at all.
    pub(crate) fn unknown(kind: &str, names: Names, number: i32) -> Self {
        let detail = match names::of(names, number) {
            Some(name) if kind == "option" => format!(
                "this function does not take {name}, which is {}",
                names::type_of_option(number)
            ),
            Some(name) => format!("this function does not take {name}"),
            None => format!("there is no {kind} {number}"),
        };
        Failure::new(MQTTKA_ERROR_UNKNOWN_OPTION, detail)
    }

    pub(crate) fn out_of_memory(size: usize) -> Self {
        Failure::new(
            MQTTKA_ERROR_OUT_OF_MEMORY,
            format!("no memory for {size} bytes"),
        )
    }

    pub(crate) fn not_present() -> Self {
        Failure::new(MQTTKA_ERROR_NOT_PRESENT, "there is no such value")
    }

    /// Says which argument or option the failure is about.
    pub(crate) fn about(self, name: &str) -> Self {
        Failure::new(self.code, format!("{name}: {}", self.detail))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::new(error.code(), error.to_string())
    }
}

/// As [`status`], for a function that is about a client: MQTTKA_ERROR_FORKED in a forked child.
pub(crate) fn client_status(function: &str, body: impl FnOnce() -> Result<(), Failure>) -> i32 {
    status(function, || {
        not_in_child()?;
        body()
    })
}

/// For a function that has something to say to a forked child first, as that there is no client.
pub(crate) fn not_in_child() -> Result<(), Failure> {
    if forked() {
        return Err(Error::Forked.into());
    }
    Ok(())
}

/// Runs the body of a function that returns an error number. `function`: what the last error names.
pub(crate) fn status(function: &str, body: impl FnOnce() -> Result<(), Failure>) -> i32 {
    let failure = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return MQTTKA_OK,
        Ok(Err(failure)) => failure,
        Err(payload) => panicked(payload.as_ref()),
    };
    set_last_error(function, &failure.detail);
    failure.code
}

/// Runs the body of a function that returns a value; `default` stands for a failure.
pub(crate) fn value<T>(function: &str, default: T, body: impl FnOnce() -> T) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(payload) => {
            set_last_error(function, &panicked(payload.as_ref()).detail);
            default
        }
    }
}

/// As [`value`], for a body that can fail.
pub(crate) fn value_or<T>(
    function: &str,
    default: T,
    body: impl FnOnce() -> Result<T, Failure>,
) -> T {
    let failure = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => return value,
        Ok(Err(failure)) => failure,
        Err(payload) => panicked(payload.as_ref()),
    };
    set_last_error(function, &failure.detail);
    default
}

fn panicked(payload: &(dyn std::any::Any + Send)) -> Failure {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text");
    Failure::new(
        MQTTKA_ERROR_PANIC,
        format!("internal error in mqttka: {text}"),
    )
}

thread_local! {
    // NUL-terminated where it is not empty. Its memory is used again, so that a thread whose
    // calls keep failing (a full queue, say) does not allocate.
    static LAST_ERROR: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn set_last_error(function: &str, detail: &str) {
    // A thread that is past its thread-locals' destructors has nowhere to keep it.
    let _ = LAST_ERROR.try_with(|buffer| {
        let mut buffer = buffer.borrow_mut();
        buffer.clear();
        buffer.extend_from_slice(function.as_bytes());
        buffer.extend_from_slice(b": ");
        buffer.extend(detail.bytes().filter(|byte| *byte != 0));
        buffer.push(0);
    });
}

/// The last error as C reads it; static where there is none.
pub(crate) fn last_error() -> *const c_char {
    LAST_ERROR
        .try_with(|buffer| {
            let buffer = buffer.borrow();
            if buffer.is_empty() {
                c"".as_ptr()
            } else {
                buffer.as_ptr().cast()
            }
        })
        .unwrap_or(c"".as_ptr())
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;
    use crate::error::MQTTKA_ERROR_NULL;

    fn last() -> String {
        // SAFETY: last_error never returns NULL, and its text is NUL-terminated.
        let text = unsafe { CStr::from_ptr(last_error()) };
        text.to_string_lossy().into_owned()
    }

    #[test]
    fn a_panic_becomes_a_number_and_its_text_the_last_error() {
        assert_eq!(status("f", || panic!("a bug")), MQTTKA_ERROR_PANIC);
        assert_eq!(last(), "f: internal error in mqttka: a bug");
        let number = 7;
        assert_eq!(value("g", -1, || panic!("bug {number}")), -1);
        assert_eq!(last(), "g: internal error in mqttka: bug 7");
        assert_eq!(
            value_or("h", -2, || -> Result<i32, Failure> {
                std::panic::panic_any(5_u8)
            }),
            -2
        );
        assert_eq!(last(), "h: internal error in mqttka: no text");
    }

    #[test]
    fn last_error_belongs_to_its_thread_and_survives_success() {
        assert_eq!(last(), "");
        let fails = || Err(Failure::new(MQTTKA_ERROR_NULL, "first\0 reason"));
        assert_eq!(status("f", fails), MQTTKA_ERROR_NULL);
        assert_eq!(status("g", || Ok(())), MQTTKA_OK);
        assert_eq!(last(), "f: first reason");
        let other = std::thread::spawn(last).join();
        assert_eq!(other.ok().as_deref(), Some(""));
    }

    #[test]
    fn a_long_detail_replaces_a_short_one_and_back() {
        for text in ["x".repeat(10_000), "short".to_owned()] {
            let expected = format!("f: {text}");
            assert_eq!(status("f", || Err(Failure::invalid(text))), 1);
            assert_eq!(last(), expected);
        }
    }
}
