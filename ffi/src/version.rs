//! Version
//!
//! MQTTKA_VERSION and MQTTKA_ABI_VERSION are the header's; the functions tell the library's.
use std::ffi::c_char;

use crate::error::MQTTKA_ERROR_ABI_MISMATCH;
use crate::guard::{self, Failure};

/// The number of this binary interface. It changes only where a program that was compiled with
/// an older header would no longer work.
pub const MQTTKA_ABI_VERSION: u32 = 1;

/// The library's version, such as "0.2.0", NUL-terminated. Static; not to be freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_version() -> *const c_char {
    guard::value("mqttka_version", c"".as_ptr(), || {
        concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
    })
}

/// The library's ABI number. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_abi_version() -> u32 {
    guard::value("mqttka_abi_version", 0, || MQTTKA_ABI_VERSION)
}

/// Asks whether the library serves programs that were compiled with this header. Call it once
/// with MQTTKA_ABI_VERSION where header and library can come from different packages.
///
/// MQTTKA_OK, or MQTTKA_ERROR_ABI_MISMATCH. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_check_abi(header_abi_version: u32) -> i32 {
    guard::status("mqttka_check_abi", || {
        if header_abi_version == MQTTKA_ABI_VERSION {
            return Ok(());
        }
        Err(Failure::new(
            MQTTKA_ERROR_ABI_MISMATCH,
            format!(
                "the header has ABI {header_abi_version}, the library {} has ABI {MQTTKA_ABI_VERSION}",
                env!("CARGO_PKG_VERSION")
            ),
        ))
    })
}
