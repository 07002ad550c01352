//! What an application's connection provider gives, made ready for an attempt.

use super::Options;
use super::checks::{check_for_311, check_lengths};
use crate::client::provider::ProvidedConnection;
use crate::error::Error;
use crate::proto::Provided;
#[cfg(feature = "tls")]
use crate::transport::TlsConnector;
#[cfg(feature = "websocket")]
use crate::transport::UpgradeRequest;
#[cfg(any(not(feature = "tls"), not(feature = "websocket")))]
use crate::transport::not_built;
#[cfg(feature = "tls")]
use crate::transport::options::{Pem, TlsOptions};
use crate::transport::{Overrides, Route, Uri};
use crate::types::Text;

/// The TLS that was last made ready for an attempt, and of which client certificate: trusted
/// authorities are not looked for anew, and sessions go on.
#[cfg(feature = "tls")]
#[derive(Debug, Default)]
pub(in crate::client) struct LastTls(Option<(Option<(Pem, Pem)>, TlsConnector)>);

#[cfg(feature = "tls")]
impl LastTls {
    fn get(
        &mut self,
        options: &TlsOptions,
        certificate: Option<(Pem, Pem)>,
    ) -> Result<TlsConnector, Error> {
        // A file may have changed.
        let in_files = match &certificate {
            Some((chain, key)) => [chain, key].iter().any(|it| matches!(it, Pem::File(_))),
            None => false,
        };
        if let Some((last, connector)) = &self.0
            && *last == certificate
            && !in_files
        {
            return Ok(connector.clone());
        }
        let mut options = options.clone();
        if let Some((chain, key)) = certificate.clone() {
            (options.certificate, options.private_key) = (Some(chain), Some(key));
        }
        let connector = TlsConnector::new(&options)?;
        self.0 = Some((certificate, connector.clone()));
        Ok(connector)
    }
}

impl Options {
    /// What goes into CONNECT, and what the connection is made with in place of these options.
    /// Reads the files that it names.
    pub(in crate::client) fn provided(
        &self,
        given: ProvidedConnection,
        #[cfg(feature = "tls")] last_tls: &mut LastTls,
    ) -> Result<(Provided, Overrides), Error> {
        let mut overrides = Overrides::default();
        let mut provided = Provided {
            user_name: given.user_name,
            password: given.password,
        };
        if let Some(uri) = &given.uri {
            let uri = Uri::parse(uri)?;
            if let (None, Some(name)) = (&provided.user_name, uri.user_name) {
                provided.user_name = Some(Text::try_from(name).map_err(Error::InvalidText)?);
            }
            if let (None, Some(password)) = (&provided.password, uri.password) {
                provided.password = Some(password.into());
            }
            overrides.route = Some(Route::new(uri.server, self.carrier)?);
        }
        let mut config = self.config.clone();
        config.user_name = provided.user_name.clone().or(config.user_name);
        config.password = provided.password.clone().or(config.password);
        check_lengths(&config)?;
        check_for_311(&config)?;
        self.override_web_socket(&mut overrides, given.web_socket_headers)?;
        #[cfg(feature = "tls")]
        self.override_tls(&mut overrides, given.client_certificate, last_tls)?;
        #[cfg(not(feature = "tls"))]
        if given.client_certificate.is_some() {
            return Err(not_built("tls"));
        }
        Ok((provided, overrides))
    }

    #[cfg(feature = "websocket")]
    fn override_web_socket(
        &self,
        overrides: &mut Overrides,
        headers: Option<Vec<(String, String)>>,
    ) -> Result<(), Error> {
        let mut web_socket = self.web_socket.clone();
        let given = headers.is_some();
        web_socket.headers = headers.unwrap_or(web_socket.headers);
        let servers = match &overrides.route {
            Some(route) => std::slice::from_ref(&route.server),
            None => &self.servers,
        };
        for server in servers.iter().filter(|it| it.transport.is_web_socket()) {
            UpgradeRequest::new(server, &web_socket)?;
        }
        overrides.web_socket = given.then_some(web_socket);
        Ok(())
    }

    #[cfg(not(feature = "websocket"))]
    fn override_web_socket(
        &self,
        _: &mut Overrides,
        headers: Option<Vec<(String, String)>>,
    ) -> Result<(), Error> {
        match headers {
            Some(_) => Err(not_built("websocket")),
            None => Ok(()),
        }
    }

    /// Where the attempt needs other TLS than the client was made with.
    #[cfg(feature = "tls")]
    fn override_tls(
        &self,
        overrides: &mut Overrides,
        certificate: Option<(Pem, Pem)>,
        last: &mut LastTls,
    ) -> Result<(), Error> {
        let there = self.servers.iter().any(|it| it.transport.is_secure());
        let needed = match &overrides.route {
            Some(route) => route.server.transport.is_secure(),
            None => there,
        };
        if needed && (certificate.is_some() || !there) {
            overrides.tls = Some(last.get(&self.tls, certificate)?);
        }
        Ok(())
    }
}

#[cfg(all(test, feature = "tls", feature = "websocket"))]
mod tests {
    use bytes::Bytes;
    use mqttka_authority::Authority;

    use super::*;
    use crate::types::Version;

    fn made_ready(
        options: &Options,
        given: &ProvidedConnection,
        last: &mut LastTls,
    ) -> Result<(Provided, Overrides), Error> {
        options.provided(given.clone(), last)
    }

    fn pem(text: String) -> Pem {
        Pem::Bytes(Bytes::from(text))
    }

    #[test]
    fn nothing_is_overridden_that_is_not_given() {
        let options = Options::from_uri("wss://ann:pw@a.example").unwrap();
        let given = ProvidedConnection::default();
        let (provided, overrides) = made_ready(&options, &given, &mut LastTls::default()).unwrap();
        assert_eq!(provided, Provided::default());
        assert!(overrides.route.is_none());
        assert!(overrides.tls.is_none() && overrides.web_socket.is_none());
    }

    #[test]
    fn what_is_given_itself_counts_before_what_the_uri_has() {
        let options = Options::new("a.example");
        let mut given = ProvidedConnection {
            uri: Some("mqtt://bob:inner@b.example".into()),
            password: Some("outer".into()),
            ..ProvidedConnection::default()
        };
        given.web_socket_headers = Some(Vec::new());
        let (provided, overrides) = made_ready(&options, &given, &mut LastTls::default()).unwrap();
        assert_eq!(provided.user_name.as_deref(), Some("bob"));
        assert_eq!(provided.password.as_deref(), Some(&b"outer"[..]));
        assert!(overrides.web_socket.is_some_and(|it| it.headers.is_empty()));
    }

    #[test]
    fn version_3_1_1_has_no_password_alone() {
        let mut options = Options::new("a.example");
        options.config.protocol_version = Version::V311;
        let mut given = ProvidedConnection {
            password: Some("pw".into()),
            ..ProvidedConnection::default()
        };
        let check = |options: &Options, given: &ProvidedConnection| {
            made_ready(options, given, &mut LastTls::default()).map(drop)
        };
        let error = check(&options, &given).unwrap_err().to_string();
        assert!(error.contains("MQTT-3.1.2-22"), "{error}");
        given.user_name = Some("ann".try_into().unwrap());
        check(&options, &given).unwrap();
        given.user_name = None;
        options.config.user_name = Some("ann".try_into().unwrap());
        check(&options, &given).unwrap();
    }

    #[test]
    fn tls_is_made_ready_once_for_each_certificate_and_only_where_a_server_wants_it() {
        let authority = Authority::new("provided");
        let mut options = Options::new("a.example");
        options.tls.ca = Some(pem(authority.certificate()));
        let mut last = LastTls::default();
        let mut tls = |options: &Options, given: &ProvidedConnection| {
            let (_, overrides) = made_ready(options, given, &mut last).unwrap();
            overrides.tls
        };
        let mut given = ProvidedConnection::default();
        let issued = authority.client("ann");
        given.client_certificate = Some((pem(issued.certificate.clone()), pem(issued.key.clone())));
        assert!(tls(&options, &given).is_none(), "plain");
        given.uri = Some("mqtts://b.example".into());
        let first = tls(&options, &given).unwrap();
        assert!(first.is(&tls(&options, &given).unwrap()));
        given.client_certificate = None;
        let without = tls(&options, &given).unwrap();
        assert!(!first.is(&without));
        // The client was made with that.
        options.servers[0].transport = crate::transport::options::Transport::Tls;
        given.uri = None;
        assert!(tls(&options, &given).is_none());
    }
}
