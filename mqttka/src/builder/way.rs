//! Where the broker is, and the way there.

use std::io;
use std::net::IpAddr;

use mqttka_core::client::{Error as CallError, Proxy, RawSocket, SocketHook};

use super::Builder;
use crate::{Error, Server, Transport};

impl Builder {
    /// The first server, as [`Client::builder`](crate::Client::builder) takes it; user name and
    /// password, too, where it has some.
    pub fn uri(mut self, uri: impl AsRef<str>) -> Self {
        let set = self.options.set_uri(uri.as_ref());
        let set = set.map_err(|error| match error {
            CallError::InvalidText(problem) => Error::InvalidText {
                argument: "user_name",
                problem,
            },
            error => error.into(),
        });
        self.read(set, |_, ()| ())
    }

    /// The first server's name or IP address, for those who have it apart from the rest.
    pub fn host(self, host: impl Into<String>) -> Self {
        self.server(|server| server.host = host.into())
    }

    /// The first server's port, 1 to 65,535. Default: 1883, 8883, 80 or 443, by
    /// [`transport`](Self::transport).
    pub fn port(self, port: u16) -> Self {
        self.number("port", port.into())
            .server(|server| server.port = Some(port))
    }

    /// What carries MQTT to the first server. Default: what the URI says.
    pub fn transport(self, transport: Transport) -> Self {
        self.server(|server| server.transport = transport)
    }

    /// Path and query of the first server's WebSocket, or the path of its Unix socket.
    pub fn path(self, path: impl Into<String>) -> Self {
        self.server(|server| server.path = path.into())
    }

    fn server(mut self, change: impl FnOnce(&mut Server)) -> Self {
        if self.options.servers.is_empty() {
            self.options.servers.push(Server::new(""));
        }
        if let Some(server) = self.options.server() {
            change(server);
        }
        self
    }

    /// Further servers as URIs, up to 63, instead of those that are there; they are tried in order
    /// where the ones before are not reached, and have the same credentials and the same session.
    /// Default: none.
    pub fn servers<T: AsRef<str>>(mut self, uris: impl IntoIterator<Item = T>) -> Self {
        self.options.servers.truncate(1);
        for uri in uris {
            let added = self.options.add_server(uri.as_ref());
            self = self.read(added.map_err(Error::from), |_, ()| ());
        }
        self
    }

    /// Further headers of the WebSocket's upgrade request, such as `Authorization`; instead of those
    /// that are there. Default: none.
    pub fn web_socket_headers<N: Into<String>, V: Into<String>>(
        mut self,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let headers = headers.into_iter();
        self.options.web_socket.headers = headers.map(|(n, v)| (n.into(), v.into())).collect();
        self
    }

    /// `http://[user:password@]host:port`, or `socks5://...`, where the proxy looks names up;
    /// `system`: what the environment says (`https_proxy`, `all_proxy`, `no_proxy`, as curl reads
    /// them). Default: none.
    pub fn proxy(self, proxy: impl AsRef<str>) -> Self {
        let proxy = Proxy::parse(proxy.as_ref());
        let proxy = proxy.map_err(|invalid| Error::InvalidArgument(invalid.to_string()));
        self.read(proxy, |options, it| options.proxy = it)
    }

    /// Only this network interface is used, by name. Default: the system's routes decide.
    pub fn interface(mut self, name: impl Into<String>) -> Self {
        self.options.socket.interface = Some(name.into());
        self
    }

    /// The local address to connect from. Default: the system chooses.
    pub fn local_address(mut self, address: IpAddr) -> Self {
        self.options.socket.local_address = Some(address);
        self
    }

    /// Multipath TCP, where the system has it (Linux). Default: false.
    pub fn multipath_tcp(mut self, multipath: bool) -> Self {
        self.options.socket.multipath_tcp = multipath;
        self
    }

    /// Gets each TCP socket before it connects, on a thread of its own. It may block, must not close
    /// the socket, and must not use it after it has returned; an error fails the attempt to this
    /// address. Default: none.
    pub fn socket_hook(
        mut self,
        hook: impl Fn(RawSocket) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.options.socket.hook = Some(SocketHook::new(hook));
        self
    }

    /// Watch the system's network, where this build can (Linux, with the feature
    /// `network-monitor`). Default: true.
    pub fn network_monitor(mut self, watch: bool) -> Self {
        self.options.network_monitor = watch;
        self
    }
}
