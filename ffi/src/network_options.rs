//! Options of the network
//!
//! How the broker is reached: over which transport, with which certificates, through which proxy.
//! Where the server wants TLS, its certificate is checked against the platform's trust store and
//! against its name, unless these options say otherwise; TLS 1.2 and 1.3 are spoken. What these
//! options cannot have is refused by the function that sets them; what only the whole shows (a
//! file that is not there, a certificate without its key) by mqttka_client_new(). Files are read
//! once, by mqttka_client_new().
//!
//! MQTTKA_OPTION_HOST, _PORT, _TRANSPORT and _PATH are those of the first server;
//! mqttka_options_set_uri() sets them at once.
use std::net::IpAddr;
use std::path::PathBuf;

use mqttka_core::client::{Bytes, Error, Options, Pem, Proxy, Server, Text, Transport};

use crate::guard::Failure;
use crate::handle::{flag, number};
use crate::transport::{
    MQTTKA_TRANSPORT_TCP, MQTTKA_TRANSPORT_TLS, MQTTKA_TRANSPORT_UNIX, MQTTKA_TRANSPORT_WEB_SOCKET,
    MQTTKA_TRANSPORT_WEB_SOCKET_TLS,
};

/// Number: MQTTKA_TRANSPORT_*. Default MQTTKA_TRANSPORT_TCP.
pub const MQTTKA_OPTION_TRANSPORT: i32 = 17;
/// Number: 1 to go on with the TLS session of an earlier connection, which costs a round trip less,
/// else 0. Default 1.
pub const MQTTKA_OPTION_TLS_RESUMPTION: i32 = 18;
/// Number: 1 to append the session's secrets to the file that the environment variable
/// SSLKEYLOGFILE names, for packet analyzers, else 0. Whoever has that file can read everything.
/// Default 0.
pub const MQTTKA_OPTION_TLS_KEY_LOG: i32 = 19;
/// Number: DANGEROUS: 1 to take any certificate of anybody, so that whoever is in the path can read
/// and change everything, else 0. Pins are still checked. Default 0.
pub const MQTTKA_OPTION_TLS_DANGER_ACCEPT_ANY_CERTIFICATE: i32 = 20;
/// Number: 1 to use Multipath TCP where the system has it (Linux), else 0. Default 0.
pub const MQTTKA_OPTION_MULTIPATH_TCP: i32 = 21;
/// String: WebSocket: path and query of the upgrade request; default empty, which is "/mqtt". A
/// Unix socket: its path in the file system, or "@" and a name in Linux's abstract namespace. Not
/// used by TCP and TLS.
pub const MQTTKA_OPTION_PATH: i32 = 103;
/// String: the file with the certificates of the authorities to trust, in PEM, INSTEAD OF the
/// platform's. Replaces MQTTKA_OPTION_TLS_CA. Default empty: the platform's.
pub const MQTTKA_OPTION_TLS_CA_FILE: i32 = 104;
/// String: the file with the client's certificate and those that lead from it to its authority, in
/// this order, in PEM. Replaces MQTTKA_OPTION_TLS_CERTIFICATE. Default empty: none.
pub const MQTTKA_OPTION_TLS_CERTIFICATE_FILE: i32 = 105;
/// String: the file with the private key of the client's certificate, in PEM: PKCS#8 (also
/// encrypted), PKCS#1 or SEC1. Replaces MQTTKA_OPTION_TLS_PRIVATE_KEY. Default empty: it is in the
/// client's certificate's PEM.
pub const MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE: i32 = 106;
/// String: the name that is sent to the server (SNI) and that its certificate must have. Default
/// empty: the host.
pub const MQTTKA_OPTION_TLS_SERVER_NAME: i32 = 107;
/// String: the proxy: http://[user[:password]@]host[:port], the same with socks5:// or socks5h://
/// (the proxy looks the server's name up with both), port 1080 where there is none; or "system":
/// what the environment says at each attempt (https_proxy, http_proxy, all_proxy, no_proxy, as curl
/// reads them). Unix sockets go through none. Default empty: none.
pub const MQTTKA_OPTION_PROXY: i32 = 108;
/// String: the only network interface to use, by name. Linux and Android may want a privilege for
/// it. Default empty: the system's routes decide.
pub const MQTTKA_OPTION_INTERFACE: i32 = 109;
/// String: the local IP address to connect from; the server's addresses of the other family are not
/// tried then. Default empty: the system chooses.
pub const MQTTKA_OPTION_LOCAL_ADDRESS: i32 = 110;
/// Bytes: as MQTTKA_OPTION_TLS_CA_FILE, the PEM itself.
pub const MQTTKA_OPTION_TLS_CA: i32 = 201;
/// Bytes: as MQTTKA_OPTION_TLS_CERTIFICATE_FILE, the PEM itself.
pub const MQTTKA_OPTION_TLS_CERTIFICATE: i32 = 202;
/// Bytes: as MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE, the PEM itself.
pub const MQTTKA_OPTION_TLS_PRIVATE_KEY: i32 = 203;
/// Bytes: the password of an encrypted private key. Default: none.
pub const MQTTKA_OPTION_TLS_PRIVATE_KEY_PASSWORD: i32 = 204;

/// What a number of C is called in Rust.
fn transport(value: i64) -> Result<Transport, Failure> {
    let known = i64::from(MQTTKA_TRANSPORT_TCP)..=i64::from(MQTTKA_TRANSPORT_UNIX);
    Ok(
        match number::<i32>(value, known, "MQTTKA_OPTION_TRANSPORT")? {
            MQTTKA_TRANSPORT_TLS => Transport::Tls,
            MQTTKA_TRANSPORT_WEB_SOCKET => Transport::WebSocket,
            MQTTKA_TRANSPORT_WEB_SOCKET_TLS => Transport::WebSocketTls,
            MQTTKA_TRANSPORT_UNIX => Transport::Unix,
            _ => Transport::Tcp,
        },
    )
}

/// The server that the options of one server are about.
pub(crate) fn server(options: &mut Options) -> &mut Server {
    if options.servers.is_empty() {
        options.servers.push(Server::new(""));
    }
    &mut options.servers[0]
}

/// Sets a number; `false` where the option is none of these.
pub(crate) fn set_int(options: &mut Options, option: i32, value: i64) -> Result<bool, Failure> {
    match option {
        MQTTKA_OPTION_TRANSPORT => server(options).transport = transport(value)?,
        MQTTKA_OPTION_TLS_RESUMPTION => {
            options.tls.resumption = flag(value, "MQTTKA_OPTION_TLS_RESUMPTION")?;
        }
        MQTTKA_OPTION_TLS_KEY_LOG => {
            options.tls.key_log = flag(value, "MQTTKA_OPTION_TLS_KEY_LOG")?;
        }
        MQTTKA_OPTION_TLS_DANGER_ACCEPT_ANY_CERTIFICATE => {
            options.tls.danger_accept_any_certificate =
                flag(value, "MQTTKA_OPTION_TLS_DANGER_ACCEPT_ANY_CERTIFICATE")?;
        }
        MQTTKA_OPTION_MULTIPATH_TCP => {
            options.socket.multipath_tcp = flag(value, "MQTTKA_OPTION_MULTIPATH_TCP")?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Sets a string; `false` where the option is none of these, whose text is then not read.
pub(crate) fn set_string(
    options: &mut Options,
    option: i32,
    text: impl FnOnce() -> Result<Text, Failure>,
) -> Result<bool, Failure> {
    let present = |text: Text| (!text.is_empty()).then(|| text.as_str().to_owned());
    let file = |text: Text| present(text).map(|path| Pem::File(PathBuf::from(path)));
    match option {
        MQTTKA_OPTION_PATH => server(options).path = text()?.as_str().to_owned(),
        MQTTKA_OPTION_TLS_CA_FILE => options.tls.ca = file(text()?),
        MQTTKA_OPTION_TLS_CERTIFICATE_FILE => options.tls.certificate = file(text()?),
        MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE => options.tls.private_key = file(text()?),
        MQTTKA_OPTION_TLS_SERVER_NAME => options.tls.server_name = present(text()?),
        MQTTKA_OPTION_PROXY => {
            let text = text()?;
            options.proxy = Proxy::parse(text.as_str())
                .map_err(|error| Failure::from(Error::from(error)).about("MQTTKA_OPTION_PROXY"))?;
        }
        MQTTKA_OPTION_INTERFACE => options.socket.interface = present(text()?),
        MQTTKA_OPTION_LOCAL_ADDRESS => {
            options.socket.local_address = match present(text()?) {
                None => None,
                Some(text) => Some(text.parse::<IpAddr>().map_err(|_| {
                    Failure::invalid(format!(
                        "MQTTKA_OPTION_LOCAL_ADDRESS is {text:?}; it must be an IP address"
                    ))
                })?),
            };
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Sets bytes; `false` where the option is none of these, whose bytes are then not read.
pub(crate) fn set_bytes(
    options: &mut Options,
    option: i32,
    bytes: impl FnOnce() -> Result<Bytes, Failure>,
) -> Result<bool, Failure> {
    let present = |bytes: Bytes| (!bytes.is_empty()).then_some(bytes);
    let pem = |bytes: Bytes| present(bytes).map(Pem::Bytes);
    match option {
        MQTTKA_OPTION_TLS_CA => options.tls.ca = pem(bytes()?),
        MQTTKA_OPTION_TLS_CERTIFICATE => options.tls.certificate = pem(bytes()?),
        MQTTKA_OPTION_TLS_PRIVATE_KEY => options.tls.private_key = pem(bytes()?),
        MQTTKA_OPTION_TLS_PRIVATE_KEY_PASSWORD => {
            options.tls.private_key_password = present(bytes()?);
        }
        _ => return Ok(false),
    }
    Ok(true)
}
