//! Counters
//!
//! What a client has counted since it was made, over all its connections, and what waits at this
//! moment: one snapshot, under the names that OpenTelemetry's conventions would have them, so that
//! an exporter is one loop. Several entries may have one name; their attributes differ. Names,
//! units, kinds and attributes do not change; later versions may add entries.
//!
//! There are mqttka.client.io (bytes), .packets, .messages.received, .messages.dropped,
//! .messages.unclaimed, .queue.messages, .queue.size, .connections, .reconnects, .disconnects,
//! .connect.failures, .moves, .faults (what MQTTKA_OPTION_TOLERATE tolerated), .packets.not_tapped,
//! .ping.duration (a histogram), .inbound.age and .evidence.age (while connected).
use std::ffi::{CString, c_char};

use mqttka_core::client::{Metric, MetricKind, MetricValue, RoundTrips};

use crate::client::{borrow, mqttka_client};
use crate::guard::{self, Failure};
use crate::handle;

/// A sum that only grows.
pub const MQTTKA_METRIC_COUNTER: i32 = 1;
/// A sum that grows and shrinks.
pub const MQTTKA_METRIC_UP_DOWN_COUNTER: i32 = 2;
/// A value of this moment that makes no sense as a sum.
pub const MQTTKA_METRIC_GAUGE: i32 = 3;
/// How values are distributed; it only grows: mqttka_counters_bucket_at().
pub const MQTTKA_METRIC_HISTOGRAM: i32 = 4;

/// A snapshot of what a client counts. From mqttka_client_counters(); to be freed with
/// mqttka_counters_free(). Any number of threads may read it.
pub struct mqttka_counters {
    entries: Vec<Entry>,
}

/// One metric's point, with its texts as C reads them.
struct Entry {
    name: CString,
    unit: CString,
    description: CString,
    attributes: Vec<(CString, CString)>,
    kind: MetricKind,
    value: MetricValue,
}

impl Entry {
    fn new(metric: Metric) -> Self {
        // None of them has a NUL.
        let text = |text: &str| CString::new(text).unwrap_or_default();
        let attributes = metric.attributes.iter();
        Entry {
            name: text(metric.name),
            unit: text(metric.unit),
            description: text(metric.description),
            attributes: attributes
                .map(|(name, value)| (text(name), text(value)))
                .collect(),
            kind: metric.kind,
            value: metric.value,
        }
    }
}

/// # Safety
/// `counters` is NULL or valid during `'a`.
unsafe fn entry<'a>(counters: *const mqttka_counters, index: usize) -> Result<&'a Entry, Failure> {
    // SAFETY: the caller's promise.
    let counters = unsafe { handle::borrow(counters, "counters") }?;
    counters.entries.get(index).ok_or_else(Failure::not_present)
}

/// Takes a snapshot of what a client counts. So cheap that it may be taken every second.
///
/// counters: receives the snapshot; NULL where this fails. To be freed with mqttka_counters_free().
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_counters(
    client: *mut mqttka_client,
    counters: *mut *mut mqttka_counters,
) -> i32 {
    guard::status("mqttka_client_counters", || {
        // SAFETY: a valid out-parameter, by the header's contract.
        let out = unsafe { handle::out(counters, "counters") }?;
        out.set(std::ptr::null_mut());
        guard::not_in_child()?;
        // SAFETY: a valid client, by the header's contract.
        let metrics = unsafe { borrow(client) }?.open()?.counters().metrics();
        let entries = metrics.into_iter().map(Entry::new).collect();
        out.set(Box::into_raw(Box::new(mqttka_counters { entries })));
        Ok(())
    })
}

/// Frees a snapshot; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_counters_free(counters: *mut mqttka_counters) {
    guard::value("mqttka_counters_free", (), || {
        // SAFETY: from mqttka_client_counters and not used again, by the header's contract.
        unsafe { handle::free(counters) }
    })
}

/// How many entries a snapshot has; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_counters_count(counters: *const mqttka_counters) -> usize {
    guard::value_or("mqttka_counters_count", 0, || {
        // SAFETY: a valid snapshot, by the header's contract.
        Ok(unsafe { handle::borrow(counters, "counters") }?
            .entries
            .len())
    })
}

/// The name of the entry at index, from 0, such as "mqttka.client.packets": NUL-terminated, valid as
/// long as the snapshot. NULL past the last one, or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_counters_name(
    counters: *const mqttka_counters,
    index: usize,
) -> *const c_char {
    guard::value_or("mqttka_counters_name", std::ptr::null(), || {
        // SAFETY: a valid snapshot, by the header's contract.
        Ok(unsafe { entry(counters, index) }?.name.as_ptr())
    })
}

/// Its unit as UCUM has it, such as "By" or "{packet}", as mqttka_counters_name() gives the name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_counters_unit(
    counters: *const mqttka_counters,
    index: usize,
) -> *const c_char {
    guard::value_or("mqttka_counters_unit", std::ptr::null(), || {
        // SAFETY: a valid snapshot, by the header's contract.
        Ok(unsafe { entry(counters, index) }?.unit.as_ptr())
    })
}

/// What it counts, in one sentence, as mqttka_counters_name() gives the name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_counters_description(
    counters: *const mqttka_counters,
    index: usize,
) -> *const c_char {
    guard::value_or("mqttka_counters_description", std::ptr::null(), || {
        // SAFETY: a valid snapshot, by the header's contract.
        Ok(unsafe { entry(counters, index) }?.description.as_ptr())
    })
}

/// What kind of instrument it is: MQTTKA_METRIC_*. 0 past the last one, or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_counters_kind(
    counters: *const mqttka_counters,
    index: usize,
) -> i32 {
    guard::value_or("mqttka_counters_kind", 0, || {
        // SAFETY: a valid snapshot, by the header's contract.
        Ok(unsafe { entry(counters, index) }?.kind as i32)
    })
}

/// Reads one of the attributes of the entry at index, such as "network.io.direction" and "transmit":
/// NUL-terminated, valid as long as the snapshot.
///
/// attribute: from 0.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last one). On failure *name and
/// *value are left as they were.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_counters_attribute_at(
    counters: *const mqttka_counters,
    index: usize,
    attribute: usize,
    name: *mut *const c_char,
    value: *mut *const c_char,
) -> i32 {
    guard::status("mqttka_counters_attribute_at", || {
        // SAFETY: a valid snapshot and out-parameters, by the header's contract.
        let (entry, name_out, value_out) = unsafe {
            (
                entry(counters, index)?,
                handle::out(name, "name")?,
                handle::out(value, "value")?,
            )
        };
        let attribute = entry.attributes.get(attribute);
        let (name, value) = attribute.ok_or_else(Failure::not_present)?;
        name_out.set(name.as_ptr());
        value_out.set(value.as_ptr());
        Ok(())
    })
}

/// Reads an entry that is a whole number, as all are but times: those whose unit is "s".
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (a time, or past the last one). On failure
/// *value is left as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_counters_get_int(
    counters: *const mqttka_counters,
    index: usize,
    value: *mut i64,
) -> i32 {
    guard::status("mqttka_counters_get_int", || {
        // SAFETY: a valid snapshot and out-parameter, by the header's contract.
        let (entry, out) = unsafe { (entry(counters, index)?, handle::out(value, "value")?) };
        match entry.value {
            MetricValue::Integer(number) => out.set(i64::try_from(number).unwrap_or(i64::MAX)),
            _ => return Err(Failure::not_present()),
        }
        Ok(())
    })
}

/// Reads any entry as a real number: times in seconds, of a histogram the sum of its values.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last one). On failure *value is
/// left as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_counters_get_double(
    counters: *const mqttka_counters,
    index: usize,
    value: *mut f64,
) -> i32 {
    guard::status("mqttka_counters_get_double", || {
        // SAFETY: a valid snapshot and out-parameter, by the header's contract.
        let (entry, out) = unsafe { (entry(counters, index)?, handle::out(value, "value")?) };
        match &entry.value {
            MetricValue::Integer(number) => out.set(*number as f64),
            MetricValue::Time(time) => out.set(time.as_secs_f64()),
            MetricValue::Times(times) => out.set(times.sum().as_secs_f64()),
            _ => return Err(Failure::not_present()),
        }
        Ok(())
    })
}

/// Reads a bucket of a histogram.
///
/// bucket: from 0. upper_bound: receives its upper bound in seconds, which is included; infinity of
/// the last one; may be NULL. count: receives how many values fell into it.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (no histogram, or past the last one). On
/// failure nothing is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_counters_bucket_at(
    counters: *const mqttka_counters,
    index: usize,
    bucket: usize,
    upper_bound: *mut f64,
    count: *mut i64,
) -> i32 {
    guard::status("mqttka_counters_bucket_at", || {
        // SAFETY: a valid snapshot and out-parameter, by the header's contract.
        let (entry, out) = unsafe { (entry(counters, index)?, handle::out(count, "count")?) };
        let MetricValue::Times(times) = &entry.value else {
            return Err(Failure::not_present());
        };
        let counts = times.counts().get(bucket);
        let count = *counts.ok_or_else(Failure::not_present)?;
        out.set(i64::try_from(count).unwrap_or(i64::MAX));
        let bound = RoundTrips::BOUNDS
            .get(bucket)
            .map_or(f64::INFINITY, |it| it.as_secs_f64());
        // SAFETY: NULL or a valid out-parameter, by the header's contract.
        if let Ok(out) = unsafe { handle::out(upper_bound, "upper_bound") } {
            out.set(bound);
        }
        Ok(())
    })
}
