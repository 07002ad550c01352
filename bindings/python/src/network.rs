//! How the broker is reached, from keyword arguments.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use mqttka_core::client::{Options, Pem, Proxy, Server, Transport};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::argument::{self, optional, wrong_type, wrong_value};
use crate::authentication::authenticator;
use crate::hooks::{Verifier, socket_hook};
use crate::named::{Member, named};
use crate::provider::provider;
use crate::slot::Slot;
use crate::tap::packet_tap;
use crate::{error, gate};

/// The callables that were given, for the garbage collector.
pub(crate) type Slots = Vec<Slot>;

const TRANSPORTS: [Member<Transport>; 5] = {
    use Transport as T;
    [
        ("tcp", T::Tcp as u8, T::Tcp),
        ("tls", T::Tls as u8, T::Tls),
        ("web_socket", T::WebSocket as u8, T::WebSocket),
        ("web_socket_tls", T::WebSocketTls as u8, T::WebSocketTls),
        ("unix", T::Unix as u8, T::Unix),
    ]
};

/// Sets one of these options; `false` where the name is none of them. What None leaves as it is may
/// come from a URI.
pub(crate) fn set(
    options: &mut Options,
    slots: &mut Slots,
    name: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    let tls = &mut options.tls;
    let flag = |value: &Bound<'_, PyAny>| argument::flag(name, value);
    let text = |value: &Bound<'_, PyAny>| string(name, value);
    match name {
        "transport" => {
            let transport = optional(value, |value| named(name, value, &TRANSPORTS))?;
            set_server(options, transport, |it| &mut it.transport);
        }
        "path" => set_server(options, optional(value, text)?, |it| &mut it.path),
        "servers" => {
            for uri in strings(name, value, "a list of URIs as str")? {
                let added = options.add_server(&uri);
                added.map_err(|refused| error::call(value.py(), &refused))?;
            }
        }
        "tls_ca" | "tls_ca_file" => set_pem(&mut tls.ca, name, value)?,
        "tls_certificate" | "tls_certificate_file" => set_pem(&mut tls.certificate, name, value)?,
        "tls_private_key" | "tls_private_key_file" => set_pem(&mut tls.private_key, name, value)?,
        "tls_private_key_password" => {
            tls.private_key_password = optional(value, |value| argument::bytes(name, value))?;
        }
        "tls_alpn" => tls.alpn = strings(name, value, "a list of str")?,
        "tls_server_name" => tls.server_name = optional(value, text)?,
        "tls_pins" => tls.pins = strings(name, value, "a list of str")?,
        "tls_resumption" => tls.resumption = flag(value)?,
        "tls_key_log" => tls.key_log = flag(value)?,
        "tls_danger_accept_any_certificate" => tls.danger_accept_any_certificate = flag(value)?,
        "tls_verifier" => {
            let verifier = callable(slots, name, value)?;
            tls.verifier = match verifier {
                Some(slot) => Some(Arc::new(Verifier(slot))),
                None => None,
            };
        }
        "web_socket_headers" => {
            let pairs = argument::pairs(name, value)?.into_iter();
            let headers = pairs.map(|(name, value)| (name.as_str().into(), value.as_str().into()));
            options.web_socket.headers = headers.collect();
        }
        "proxy" => {
            let text = optional(value, text)?.unwrap_or_default();
            options.proxy =
                Proxy::parse(&text).map_err(|invalid| error::call(value.py(), &invalid.into()))?;
        }
        "interface" => options.socket.interface = optional(value, text)?,
        "local_address" => options.socket.local_address = optional(value, address)?,
        "multipath_tcp" => options.socket.multipath_tcp = flag(value)?,
        "socket_hook" => {
            options.socket.hook = callable(slots, name, value)?.map(socket_hook);
        }
        "authenticator" => {
            options.authenticator = optional(value, |value| authenticator(slots, name, value))?;
        }
        "packet_tap" => options.packet_tap = callable(slots, name, value)?.map(packet_tap),
        "provider" => options.provider = callable(slots, name, value)?.map(provider),
        _ => return Ok(false),
    }
    Ok(true)
}

fn set_server<T>(
    options: &mut Options,
    value: Option<T>,
    field: impl FnOnce(&mut Server) -> &mut T,
) {
    if let (Some(value), Some(server)) = (value, options.server()) {
        *field(server) = value;
    }
}

fn string(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(argument::text(name, value)?.as_str().to_owned())
}

/// `str` or `ipaddress.IPv4Address` and `IPv6Address`.
fn address(value: &Bound<'_, PyAny>) -> PyResult<IpAddr> {
    if let Ok(address) = value.extract::<IpAddr>() {
        return Ok(address);
    }
    let text = string("local_address", value)?;
    let invalid = |_| wrong_value("local_address", value, "an IP address");
    text.parse().map_err(invalid)
}

/// A str would be a list of its letters.
fn strings(name: &str, value: &Bound<'_, PyAny>, wanted: &str) -> PyResult<Vec<String>> {
    if value.is_instance_of::<PyString>() {
        return Err(wrong_type(name, value, wanted));
    }
    gate::within(value.py(), || {
        let each = value
            .try_iter()
            .map_err(|_| wrong_type(name, value, wanted))?;
        each.map(|one| string(name, &one?)).collect()
    })
}

/// Text in PEM, or for a name that ends in `_file` the path of the file that has it.
fn set_pem(pem: &mut Option<Pem>, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let given = match name.strip_suffix("_file") {
        Some(_) => optional(value, |value| {
            let wanted = |_| wrong_type(name, value, "a path");
            value.extract::<PathBuf>().map(Pem::File).map_err(wanted)
        })?,
        None => optional(value, |value| argument::bytes(name, value))?.map(Pem::Bytes),
    };
    let Some(given) = given else {
        return Ok(());
    };
    if pem.is_some() {
        let bare = name.trim_end_matches("_file");
        let text = format!("{bare} and {bare}_file are both given; give one of them");
        let refused = mqttka_core::client::Error::InvalidArgument(text);
        return Err(error::call(value.py(), &refused));
    }
    *pem = Some(given);
    Ok(())
}

fn callable(slots: &mut Slots, name: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<Slot>> {
    if value.is_none() {
        return Ok(None);
    }
    if !value.is_callable() {
        return Err(wrong_type(name, value, "callable"));
    }
    let slot = Slot::new(value.clone().unbind());
    slots.push(slot.clone());
    Ok(Some(slot))
}

/// Says what to do instead, where somebody passes what Python's own TLS is made with.
pub(crate) fn refuse_context(name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let modules = value.py().import("sys")?.getattr("modules")?;
    // Where `ssl` was not imported, there is no context.
    let Ok(ssl) = modules.get_item("ssl") else {
        return Ok(());
    };
    if !value.is_instance(&ssl.getattr("SSLContext")?)? {
        return Ok(());
    }
    let text = format!(
        "{name}: an ssl.SSLContext cannot be used, for TLS is part of mqttka and not Python's. What a \
         context has is given by options: tls_ca or tls_ca_file (load_verify_locations), \
         tls_certificate_file and tls_private_key_file (load_cert_chain), tls_alpn, tls_server_name; \
         without them mqtts:// checks the server against the platform's trust store, as \
         ssl.create_default_context() does"
    );
    Err(error::invalid_type(value.py(), &text))
}
