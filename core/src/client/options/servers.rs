//! Where the broker is, of what an application gives.

#[cfg(feature = "engine")]
use std::sync::Arc;
#[cfg(feature = "engine")]
use std::time::Duration;

use super::Options;
use crate::error::Error;
#[cfg(feature = "engine")]
use crate::proto::liveness::verdict_after;
#[cfg(feature = "engine")]
use crate::transport::Sockets;
#[cfg(feature = "tls")]
use crate::transport::TlsConnector;
#[cfg(feature = "websocket")]
use crate::transport::UpgradeRequest;
#[cfg(feature = "tls")]
use crate::transport::options::Carrier;
use crate::transport::options::{Proxy, Server};
use crate::transport::{Route, Uri, Ways, not_built};
use crate::types::Text;

/// How many servers there can be.
const MAX_SERVERS: usize = 64;

impl Options {
    /// The defaults, for the broker of this URI, such as `mqtts://user:password@broker.example`;
    /// [`Uri`] says what it can be.
    ///
    /// # Errors
    /// As [`set_uri`](Self::set_uri).
    pub fn from_uri(uri: &str) -> Result<Self, Error> {
        let mut options = Options::new("");
        options.set_uri(uri)?;
        Ok(options)
    }

    /// The first server, and its transport, is that of the URI, and so are user name and password
    /// where it has some. Further servers stay.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] names the part that is wrong, such as `uri has the scheme "http";
    /// it must be mqtt, mqtts, ws, wss or unix`. Nothing is changed then.
    pub fn set_uri(&mut self, uri: &str) -> Result<(), Error> {
        let uri = Uri::parse(uri)?;
        if let Some(user_name) = uri.user_name {
            self.config.user_name = Some(Text::try_from(user_name).map_err(Error::InvalidText)?);
        }
        if let Some(password) = uri.password {
            self.config.password = Some(password.into());
        }
        match self.servers.first_mut() {
            Some(server) => *server = uri.server,
            None => self.servers.push(uri.server),
        }
        Ok(())
    }

    /// Another server, that is tried after those that are there.
    ///
    /// # Errors
    /// As [`set_uri`](Self::set_uri); also where the URI has a user name or a password, which are
    /// the same for all servers.
    pub fn add_server(&mut self, uri: &str) -> Result<(), Error> {
        let uri = Uri::parse(uri).map_err(|invalid| invalid.of("servers"))?;
        if uri.user_name.is_some() || uri.password.is_some() {
            let text = "servers has a user name or a password; they must be in the first URI, or \
                        in options of their own";
            return Err(Error::InvalidArgument(text.to_owned()));
        }
        self.servers.push(uri.server);
        Ok(())
    }

    /// The first server, to change it; there is none where `servers` was emptied.
    pub fn server(&mut self) -> Option<&mut Server> {
        self.servers.first_mut()
    }

    /// The servers, where each is one.
    pub(crate) fn routes(&self) -> Result<Vec<Route>, Error> {
        if !(1..=MAX_SERVERS).contains(&self.servers.len()) {
            let (value, bound) = (self.servers.len(), format!("a list of 1 to {MAX_SERVERS}"));
            return Err(Error::invalid_option("servers", value, bound));
        }
        let routes = self.servers.iter().map(|server| self.route(server));
        routes.collect()
    }

    fn route(&self, server: &Server) -> Result<Route, Error> {
        let route = Route::new(server.clone(), self.carrier)?;
        #[cfg(feature = "websocket")]
        if server.transport.is_web_socket() {
            UpgradeRequest::new(server, &self.web_socket)?;
        }
        Ok(route)
    }

    /// What all servers have in common. Reads the files that the options name.
    pub(crate) fn ways(&self) -> Result<Ways, Error> {
        if self.proxy != Proxy::None && cfg!(not(feature = "proxy")) {
            return Err(not_built("proxy"));
        }
        // Files are read, and trusted authorities looked for, only where a server wants it.
        #[cfg(feature = "tls")]
        let secure = self.servers.iter().any(|it| it.transport.is_secure());
        Ok(Ways {
            #[cfg(feature = "engine")]
            sockets: self.sockets(),
            #[cfg(feature = "tls")]
            tls: match secure && self.carrier == Carrier::Socket {
                true => Some(TlsConnector::new(&self.tls)?),
                false => None,
            },
            #[cfg(feature = "websocket")]
            web_socket: self.web_socket.clone(),
            #[cfg(feature = "engine")]
            proxy: self.proxy.clone(),
        })
    }

    #[cfg(feature = "engine")]
    fn sockets(&self) -> Arc<Sockets> {
        let keep_alive = Duration::from_secs(u64::from(self.config.keep_alive));
        // The kernel's own time limit while connecting (rule L18).
        let backstop = (!keep_alive.is_zero()).then(|| verdict_after(keep_alive) * 2);
        Arc::new(Sockets::new(self.socket.clone(), backstop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::options::Transport;

    #[test]
    fn a_uri_sets_all_that_it_has() {
        let mut options = Options::from_uri("mqtts://ann:s%20e@broker.example:8884").unwrap();
        let server = options.servers[0].clone();
        assert_eq!(server.transport, Transport::Tls);
        assert_eq!((&*server.host, server.port), ("broker.example", Some(8884)));
        assert_eq!(options.config.user_name.as_deref(), Some("ann"));
        assert_eq!(options.config.password.as_deref(), Some(&b"s e"[..]));
        // What it has not stays.
        options.set_uri("wss://other.example/x?y=1").unwrap();
        assert_eq!(options.config.user_name.as_deref(), Some("ann"));
        assert_eq!(options.servers[0].path, "/x?y=1");
        assert_eq!(options.servers[0].effective_port(), 443);
        options.add_server("mqtt://third.example").unwrap();
        assert_eq!(options.servers.len(), 2);
        assert_eq!(options.server().unwrap().host, "other.example");
    }

    #[test]
    fn what_is_wrong_with_a_uri_is_said_and_changes_nothing() {
        let mut options = Options::new("first.example");
        let before = format!("{options:?}");
        let error = options.set_uri("http://a.example").unwrap_err().to_string();
        assert!(error.contains("scheme \"http\""), "{error}");
        let error = options.add_server("mqtt://ann@a.example").unwrap_err();
        assert!(
            error.to_string().contains("servers has a user name"),
            "{error}"
        );
        let error = options.add_server("a.example").unwrap_err().to_string();
        assert!(error.contains("servers has no scheme"), "{error}");
        assert_eq!(format!("{options:?}"), before);
    }
}
