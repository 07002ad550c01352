//! Bytes that Python hands in.

use mqttka_core::client::Bytes;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

/// The bytes of a str (as UTF-8) or of anything with the buffer protocol.
pub(crate) fn bytes(value: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Bytes::copy_from_slice(bytes.as_bytes()));
    }
    if let Ok(text) = value.cast::<PyString>() {
        let text = text.encode_utf8()?;
        return Ok(Bytes::copy_from_slice(text.as_bytes()));
    }
    // bytes(5) would be five zeros.
    let view = value
        .py()
        .get_type::<pyo3::types::PyMemoryView>()
        .call1((value,))
        .map_err(|_| PyTypeError::new_err("a payload is str, bytes or a buffer"))?;
    let bytes = view.call_method0("tobytes")?.cast_into::<PyBytes>()?;
    Ok(Bytes::copy_from_slice(bytes.as_bytes()))
}
