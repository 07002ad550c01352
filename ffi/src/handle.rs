//! Pointers, strings and numbers as they come from C: checked here, once, or refused with an
//! error that names the argument.
use std::ffi::{CStr, c_char, c_void};
use std::ops::RangeInclusive;

use mqttka_core::client::{
    Bytes, Error, InvalidText, InvalidTopic, QoS, Text, TopicFilter, TopicName,
};

use crate::error::MQTTKA_ERROR_NULL;
use crate::guard::Failure;

/// The length that says "up to the NUL"; MQTTKA_NUL_TERMINATED in the header's preamble.
pub(crate) const NUL_TERMINATED: usize = usize::MAX;

pub(crate) fn null(name: &str) -> Failure {
    Failure::new(MQTTKA_ERROR_NULL, format!("{name} is NULL"))
}

/// Borrows what a handle points to.
///
/// # Safety
/// `pointer` is NULL, or points to a live `T` that nobody changes during `'a`.
pub(crate) unsafe fn borrow<'a, T>(pointer: *const T, name: &str) -> Result<&'a T, Failure> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_ref() }.ok_or_else(|| null(name))
}

/// As [`borrow`], to change it.
///
/// # Safety
/// `pointer` is NULL, or points to a live `T` that nobody else uses during `'a`.
pub(crate) unsafe fn borrow_mut<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T, Failure> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(name))
}

/// A struct of C whose first field is its size there.
///
/// # Safety
/// As for `handle::sized`: `T` begins with its size, a `usize`, and any bytes are a `T`.
pub(crate) unsafe trait WithSize: Copy {
    /// How large it was in the first version that had it. Zeros stand for what came later.
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// Copies such a struct.
///
/// # Safety
/// `pointer` is NULL, or its first field may be read and says how many bytes may.
pub(crate) unsafe fn sized<T: WithSize>(pointer: *const T, name: &str) -> Result<T, Failure> {
    if pointer.is_null() {
        return Err(null(name));
    }
    // SAFETY: the caller's promise; `T` begins with its size.
    let size = unsafe { pointer.cast::<usize>().read() };
    if size < T::FIRST_SIZE {
        let least = T::FIRST_SIZE;
        return Err(Failure::invalid(format!(
            "{name}: its size is {size}; it must be {least} at least, sizeof in the program"
        )));
    }
    let mut copy = std::mem::MaybeUninit::<T>::zeroed();
    let size = size.min(size_of::<T>());
    // SAFETY: the caller's promise, for as many bytes as both have; any bytes are a `T`.
    unsafe {
        std::ptr::copy_nonoverlapping(pointer.cast::<u8>(), copy.as_mut_ptr().cast(), size);
        Ok(copy.assume_init())
    }
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

/// Checks an out-parameter before anything is done for it.
///
/// # Safety
/// `pointer` is NULL, or is aligned and may be written during `'a`.
pub(crate) unsafe fn out<'a, T: Copy>(pointer: *mut T, name: &str) -> Result<Out<'a, T>, Failure> {
    if pointer.is_null() {
        return Err(null(name));
    }
    Ok(Out(pointer, std::marker::PhantomData))
}

/// A place in C's memory that may be uninitialized: it is written, never read.
pub(crate) struct Out<'a, T>(*mut T, std::marker::PhantomData<&'a mut T>);

impl<T: Copy> Out<'_, T> {
    pub(crate) fn set(&self, value: T) {
        // SAFETY: `out`'s caller promised that it may be written.
        unsafe { self.0.write(value) }
    }
}

/// The two out-parameters of a string or of bytes. They say "nothing" until they are set.
pub(crate) struct OutBytes<'a, T>(Out<'a, *const T>, Out<'a, usize>);

impl<T> OutBytes<'_, T> {
    /// # Safety
    /// As for [`out`], of both.
    pub(crate) unsafe fn new(value: *mut *const T, length: *mut usize) -> Result<Self, Failure> {
        // SAFETY: the caller's promise.
        let (value, length) = unsafe { (out(value, "value"), out(length, "length")) };
        if let Ok(value) = &value {
            value.set(std::ptr::null());
        }
        if let Ok(length) = &length {
            length.set(0);
        }
        Ok(OutBytes(value?, length?))
    }

    pub(crate) fn set(&self, bytes: &[u8]) {
        self.0.set(start(bytes).cast());
        self.1.set(bytes.len());
    }
}

/// The four out-parameters of a User Property. They say "nothing" until they are set.
pub(crate) struct OutPair<'a>(OutBytes<'a, c_char>, OutBytes<'a, c_char>);

impl OutPair<'_> {
    /// # Safety
    /// As for [`out`], of all four.
    pub(crate) unsafe fn new(
        name: *mut *const c_char,
        name_length: *mut usize,
        value: *mut *const c_char,
        value_length: *mut usize,
    ) -> Result<Self, Failure> {
        // SAFETY: the caller's promise.
        let (name, value) = unsafe {
            (
                OutBytes::new(name, name_length),
                OutBytes::new(value, value_length),
            )
        };
        Ok(OutPair(name?, value?))
    }

    /// Where there is none, it is "not present".
    pub(crate) fn set(&self, pair: Option<(&Text, &Text)>) -> Result<(), Failure> {
        let (name, value) = pair.ok_or_else(Failure::not_present)?;
        self.0.set(name.as_bytes());
        self.1.set(value.as_bytes());
        Ok(())
    }
}

/// Writes a string and its NUL into memory of the application, cut where that is too small.
///
/// # Safety
/// `capacity` bytes may be written from `buffer` on.
pub(crate) unsafe fn write_string(text: &[u8], buffer: *mut c_char, capacity: usize) {
    let kept = text.len().min(capacity.saturating_sub(1));
    if capacity > 0 {
        // SAFETY: the caller's promise; a NUL fits behind `kept` bytes.
        unsafe {
            std::ptr::copy_nonoverlapping(text.as_ptr(), buffer.cast(), kept);
            buffer.add(kept).write(0);
        }
    }
}

/// Borrows `length` bytes, or those up to a NUL where `length` is [`NUL_TERMINATED`]. NULL with
/// length 0 is no bytes.
///
/// # Safety
/// `pointer` is NULL, or `length` bytes from it may be read during `'a`; with [`NUL_TERMINATED`]
/// those up to its NUL.
pub(crate) unsafe fn bytes<'a>(
    pointer: *const c_void,
    length: usize,
    name: &str,
) -> Result<&'a [u8], Failure> {
    if length == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(null(name));
    }
    if length == NUL_TERMINATED {
        // SAFETY: not NULL, and NUL-terminated by the caller's promise.
        return Ok(unsafe { CStr::from_ptr(pointer.cast()) }.to_bytes());
    }
    if isize::try_from(length).is_err() {
        return Err(Failure::invalid(format!(
            "{name} has a length of {length} bytes, which no memory has; is it a negative number?"
        )));
    }
    // SAFETY: not NULL, not too long, and readable by the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(pointer.cast(), length) })
}

/// Copies bytes of the application, as many as it has: an error where memory cannot hold them.
pub(crate) fn copy(parts: &[&[u8]]) -> Result<Bytes, Failure> {
    let size = parts
        .iter()
        .fold(0_usize, |size, part| size.saturating_add(part.len()));
    let mut copy = Vec::new();
    copy.try_reserve_exact(size)
        .map_err(|_| Failure::out_of_memory(size))?;
    for part in parts {
        copy.extend_from_slice(part);
    }
    Ok(Bytes::from(copy))
}

/// Adds to a list that grows as the application says.
pub(crate) fn push<T>(list: &mut Vec<T>, item: T) -> Result<(), Failure> {
    list.try_reserve(1)
        .map_err(|_| Failure::out_of_memory(list.len().saturating_mul(size_of::<T>())))?;
    list.push(item);
    Ok(())
}

/// Copies such a list.
pub(crate) fn copy_list<T: Clone>(list: &[T]) -> Result<Vec<T>, Failure> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(list.len())
        .map_err(|_| Failure::out_of_memory(size_of_val(list)))?;
    copy.extend_from_slice(list);
    Ok(copy)
}

/// What is too long for MQTT is refused before it is copied.
fn short(bytes: &[u8]) -> Result<&[u8], InvalidText> {
    if bytes.len() > Text::MAX_LEN {
        return Err(InvalidText::TooLong);
    }
    Ok(bytes)
}

/// Copies a string into an MQTT string.
///
/// # Safety
/// As for [`bytes`].
pub(crate) unsafe fn text(
    pointer: *const c_char,
    length: usize,
    name: &str,
) -> Result<Text, Failure> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes(pointer.cast(), length, name) }?;
    let refused = |error: InvalidText| Failure::from(Error::from(error)).about(name);
    let bytes = copy(&[short(bytes).map_err(refused)?])?;
    Text::from_bytes(bytes).map_err(refused)
}

/// Copies and parses a topic filter.
///
/// # Safety
/// As for [`bytes`].
pub(crate) unsafe fn filter(
    pointer: *const c_char,
    length: usize,
    name: &str,
) -> Result<TopicFilter, Failure> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { topic_string(pointer, length, name) }?;
    TopicFilter::from_bytes(copy(&[bytes])?)
        .map_err(|error| Failure::from(Error::from(error)).about(name))
}

/// Borrows a topic name or filter that is to be copied: its length is possible.
///
/// # Safety
/// As for [`bytes`].
pub(crate) unsafe fn topic_string<'a>(
    pointer: *const c_char,
    length: usize,
    name: &str,
) -> Result<&'a [u8], Failure> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes(pointer.cast(), length, name) }?;
    short(bytes).map_err(|error| Failure::from(Error::from(InvalidTopic::from(error))).about(name))
}

/// Parses a topic name that is in memory already.
pub(crate) fn topic(bytes: Bytes, name: &str) -> Result<TopicName, Failure> {
    TopicName::from_bytes(bytes).map_err(|error| Failure::from(Error::from(error)).about(name))
}

pub(crate) fn qos(value: i32) -> Result<QoS, Failure> {
    u8::try_from(value)
        .ok()
        .and_then(QoS::from_u8)
        .ok_or_else(|| Failure::invalid(format!("qos is {value}; it must be 0, 1 or 2")))
}

/// Checks a number's range.
pub(crate) fn number<T: TryFrom<i64>>(
    value: i64,
    range: RangeInclusive<i64>,
    name: &str,
) -> Result<T, Failure> {
    let refused = || {
        Failure::invalid(format!(
            "{name} is {value}; it must be {} to {}",
            range.start(),
            range.end()
        ))
    };
    if !range.contains(&value) {
        return Err(refused());
    }
    T::try_from(value).map_err(|_| refused())
}

/// Checks a 0 or 1.
pub(crate) fn flag(value: i64, name: &str) -> Result<bool, Failure> {
    number::<u8>(value, 0..=1, name).map(|value| value == 1)
}

/// Where bytes start, as C reads it: never NULL, readable even where there are none.
pub(crate) fn start(bytes: &[u8]) -> *const u8 {
    if bytes.is_empty() {
        c"".as_ptr().cast()
    } else {
        bytes.as_ptr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        // SAFETY: what is dereferenced is readable; the rest must be refused unread.
        unsafe {
            assert_eq!(bytes(std::ptr::null(), 0, "x").ok(), Some(&[][..]));
            let abc = c"abc".as_ptr().cast();
            assert_eq!(bytes(abc, 2, "x").ok(), Some(&b"ab"[..]));
            assert_eq!(bytes(abc, NUL_TERMINATED, "x").ok(), Some(&b"abc"[..]));
            let code = |result: Result<&[u8], Failure>| result.err().map(|failure| failure.code);
            assert_eq!(code(bytes(std::ptr::null(), 1, "x")), Some(40));
            assert_eq!(code(bytes(abc, usize::MAX - 1, "x")), Some(1));
            assert_eq!(code(bytes(std::ptr::null(), NUL_TERMINATED, "x")), Some(40));
        }
    }

    #[test]
    fn a_refused_number_names_its_range() {
        let failure = number::<u16>(70_000, 1..=65_535, "port").unwrap_err();
        assert_eq!(failure.code, 1);
        assert_eq!(failure.detail, "port is 70000; it must be 1 to 65535");
        assert!(number::<u16>(-1, 0..=65_535, "port").is_err());
        assert!(matches!(
            number::<u16>(65_535, 0..=65_535, "port"),
            Ok(65_535)
        ));
        assert!(matches!(flag(1, "f"), Ok(true)));
        assert!(flag(2, "f").is_err());
        assert!(qos(3).is_err() && qos(-1).is_err() && qos(256).is_err());
    }

    #[test]
    fn an_empty_value_has_a_readable_start() {
        // SAFETY: `start` promises one readable byte.
        assert_eq!(unsafe { *start(&[]) }, 0);
    }
}
