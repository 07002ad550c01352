//! Topics
//!
//! Whether a message's topic is one that a filter asks for, by the rules of section 4.7, as the
//! library itself decides which callback or stream gets a message.
use std::ffi::c_char;

use crate::guard;
use crate::handle;

/// Whether messages of a topic belong to a topic filter: `+` stands for one level, `#` at the end
/// for any number of them, none included; a filter that begins with either matches no topic that
/// begins with `$`. Of `$share/group/filter` its filter counts. Needs no client. Any thread.
///
/// filter_length, topic_length: in bytes, or MQTTKA_NUL_TERMINATED.
/// matches: receives the answer; on failure it is false.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_TOPIC (mqttka_last_error() says whether
/// filter or topic is none), MQTTKA_ERROR_OUT_OF_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_topic_matches(
    filter: *const c_char,
    filter_length: usize,
    topic: *const c_char,
    topic_length: usize,
    matches: *mut bool,
) -> i32 {
    guard::status("mqttka_topic_matches", || {
        // SAFETY: a valid out-parameter, by the header's contract.
        let matches = unsafe { handle::out(matches, "matches") }?;
        matches.set(false);
        // SAFETY: readable strings, by the header's contract.
        let (filter, topic) = unsafe {
            (
                handle::filter(filter, filter_length, "filter")?,
                handle::topic_string(topic, topic_length, "topic")?,
            )
        };
        let topic = handle::topic(handle::copy(&[topic])?, "topic")?;
        matches.set(filter.matches(&topic));
        Ok(())
    })
}
