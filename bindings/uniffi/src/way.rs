//! The way to the servers: what carries MQTT, and what is done on it.

use mqttka_core::client::{Error, Options as CoreOptions, Pem, Proxy, Server, Transport};

use crate::MqttkaError;

/// Where the servers are, and what lies between.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct WayOptions {
    /// Transport, host, port, path, user name and password of the first server as one URI.
    pub uri: Option<String>,
    /// The first server's name or IP address.
    pub host: String,
    /// The first server's port. None: that of the transport.
    pub port: Option<u16>,
    /// What carries MQTT to the first server. None: TCP.
    pub transport: Option<Transport>,
    /// Path of the WebSocket or of the Unix socket of the first server.
    pub path: String,
    /// Further servers as URIs.
    pub servers: Vec<String>,
    /// Further headers of the WebSocket's upgrade request.
    pub web_socket_headers: Vec<WebSocketHeader>,
    /// The proxy as a URI, or `system`; empty: none.
    pub proxy: String,
    /// Only this interface is used.
    pub interface: Option<String>,
    /// The IP address to connect from.
    pub local_address: Option<String>,
    /// Multipath TCP, where the system has it.
    pub multipath_tcp: bool,
}

/// A header of the WebSocket's upgrade request.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct WebSocketHeader {
    /// Its name.
    pub name: String,
    /// Its value, which may be a credential.
    pub value: String,
}

/// How TLS is spoken.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TlsOptions {
    /// The authorities to trust, in PEM.
    pub ca: Option<Vec<u8>>,
    /// The same, as a file.
    pub ca_file: Option<String>,
    /// The client's certificate and those that lead to its authority, in PEM.
    pub certificate: Option<Vec<u8>>,
    /// The same, as a file.
    pub certificate_file: Option<String>,
    /// The private key of the client's certificate, in PEM.
    pub private_key: Option<Vec<u8>>,
    /// The same, as a file.
    pub private_key_file: Option<String>,
    /// The password of an encrypted private key.
    pub private_key_password: Option<Vec<u8>>,
    /// The protocols to offer by ALPN.
    pub alpn: Vec<String>,
    /// The name for SNI and for the certificate. None: the host.
    pub server_name: Option<String>,
    /// SHA-256 of the public keys that the server may have, in Base64.
    pub pins: Vec<String>,
    /// Whether a later connection goes on with an earlier one's TLS session.
    pub resumption: bool,
    /// Whether secrets are appended to the file that `SSLKEYLOGFILE` names.
    pub key_log: bool,
    /// Takes any certificate of anybody.
    pub danger_accept_any_certificate: bool,
}

impl WayOptions {
    /// The core's, where only the host is given.
    pub(crate) fn of(core: &CoreOptions) -> Self {
        let server = core.servers.first();
        WayOptions {
            uri: None,
            host: server.map_or(String::new(), |server| server.host.clone()),
            port: server.and_then(|server| server.port),
            transport: server
                .map(|server| server.transport)
                .filter(|transport| *transport != Transport::default()),
            path: server.map_or(String::new(), |server| server.path.clone()),
            servers: Vec::new(),
            web_socket_headers: Vec::new(),
            proxy: String::new(),
            interface: core.socket.interface.clone(),
            local_address: core.socket.local_address.map(|it| it.to_string()),
            multipath_tcp: core.socket.multipath_tcp,
        }
    }

    /// Into the core's options, which have no server yet.
    pub(crate) fn put(self, core: &mut CoreOptions) -> Result<(), MqttkaError> {
        let WayOptions {
            uri,
            host,
            port,
            transport,
            path,
            servers,
            web_socket_headers,
            proxy,
            interface,
            local_address,
            multipath_tcp,
        } = self;
        match uri {
            Some(uri) => {
                // Otherwise nobody could say which of the two counts.
                for (option, is_set) in [
                    ("host", !host.is_empty()),
                    ("port", port.is_some()),
                    ("transport", transport.is_some()),
                    ("path", !path.is_empty()),
                ] {
                    absent(option, is_set, "absent, for uri is set")?;
                }
                core.set_uri(&uri)?;
            }
            None => {
                let mut server = Server::new(host);
                server.port = port;
                server.transport = transport.unwrap_or_default();
                server.path = path;
                core.servers = vec![server];
            }
        }
        for uri in servers {
            core.add_server(&uri)?;
        }
        core.web_socket.headers = web_socket_headers
            .into_iter()
            .map(|header| (header.name, header.value))
            .collect();
        core.proxy = Proxy::parse(&proxy).map_err(Error::from)?;
        core.socket.interface = interface;
        core.socket.local_address = local_address
            .map(|text| {
                text.parse().map_err(|_| Error::InvalidOption {
                    option: "local_address",
                    value: format!("{text:?}"),
                    bound: "an IP address".into(),
                })
            })
            .transpose()?;
        core.socket.multipath_tcp = multipath_tcp;
        Ok(())
    }
}

impl TlsOptions {
    /// The core's defaults.
    pub(crate) fn of(core: &CoreOptions) -> Self {
        TlsOptions {
            ca: None,
            ca_file: None,
            certificate: None,
            certificate_file: None,
            private_key: None,
            private_key_file: None,
            private_key_password: None,
            alpn: core.tls.alpn.clone(),
            server_name: core.tls.server_name.clone(),
            pins: core.tls.pins.clone(),
            resumption: core.tls.resumption,
            key_log: core.tls.key_log,
            danger_accept_any_certificate: core.tls.danger_accept_any_certificate,
        }
    }

    /// Into the core's options.
    pub(crate) fn put(self, core: &mut CoreOptions) -> Result<(), MqttkaError> {
        let TlsOptions {
            ca,
            ca_file,
            certificate,
            certificate_file,
            private_key,
            private_key_file,
            private_key_password,
            alpn,
            server_name,
            pins,
            resumption,
            key_log,
            danger_accept_any_certificate,
        } = self;
        let tls = &mut core.tls;
        tls.ca = pem("tls_ca_file", ca, ca_file)?;
        tls.certificate = pem("tls_certificate_file", certificate, certificate_file)?;
        tls.private_key = pem("tls_private_key_file", private_key, private_key_file)?;
        tls.private_key_password = private_key_password.map(Into::into);
        tls.alpn = alpn;
        tls.server_name = server_name;
        tls.pins = pins;
        tls.resumption = resumption;
        tls.key_log = key_log;
        tls.danger_accept_any_certificate = danger_accept_any_certificate;
        Ok(())
    }
}

fn pem(
    file_option: &'static str,
    bytes: Option<Vec<u8>>,
    file: Option<String>,
) -> Result<Option<Pem>, MqttkaError> {
    let both = bytes.is_some() && file.is_some();
    absent(file_option, both, "absent, for the same is given as bytes")?;
    let bytes = bytes.map(|bytes| Pem::Bytes(bytes.into()));
    Ok(bytes.or(file.map(|path| Pem::File(path.into()))))
}

/// Two options that say the same cannot both be set.
fn absent(option: &str, is_set: bool, bound: &str) -> Result<(), MqttkaError> {
    if !is_set {
        return Ok(());
    }
    Err(MqttkaError::InvalidOption {
        option: option.into(),
        value: "set".into(),
        bound: bound.into(),
    })
}
