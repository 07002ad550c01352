use std::borrow::Cow;

use crate::Bytes;

/// What can be published: bytes, or text, which goes as UTF-8. What is borrowed is copied;
/// [`Bytes`], `Vec<u8>` and `String` are not.
///
/// ```
/// use mqttka::IntoPayload;
///
/// assert_eq!(&*"21.5".into_payload(), b"21.5");
/// assert_eq!(&*21.5.to_string().into_payload(), b"21.5");
/// assert_eq!(&*[1, 2, 3].into_payload(), [1, 2, 3]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a payload",
    label = "bytes or text are expected",
    note = "numbers and others are published as their text, with `.to_string()`, or as their bytes"
)]
pub trait IntoPayload {
    /// Its bytes.
    fn into_payload(self) -> Bytes;
}

macro_rules! moved {
    ($($type:ty)*) => {$(
        impl IntoPayload for $type {
            fn into_payload(self) -> Bytes {
                self.into()
            }
        }
    )*};
}

moved! { Bytes Vec<u8> String Box<[u8]> }

macro_rules! copied {
    ($($type:ty)*) => {$(
        impl IntoPayload for $type {
            fn into_payload(self) -> Bytes {
                Bytes::copy_from_slice(self.as_ref())
            }
        }
    )*};
}

copied! { &str &String &[u8] &Vec<u8> }

impl IntoPayload for &Bytes {
    fn into_payload(self) -> Bytes {
        self.clone()
    }
}

impl<const N: usize> IntoPayload for [u8; N] {
    fn into_payload(self) -> Bytes {
        Bytes::copy_from_slice(&self)
    }
}

impl<const N: usize> IntoPayload for &[u8; N] {
    fn into_payload(self) -> Bytes {
        Bytes::copy_from_slice(self)
    }
}

impl IntoPayload for Cow<'_, str> {
    fn into_payload(self) -> Bytes {
        self.into_owned().into()
    }
}

impl IntoPayload for Cow<'_, [u8]> {
    fn into_payload(self) -> Bytes {
        self.into_owned().into()
    }
}
