//! The server's side of TLS.

use std::sync::{Arc, OnceLock};

use mqttka_authority::Authority;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};

struct Credentials {
    authority: String,
    config: ServerConfig,
}

/// Of this process: making them takes longer than a schedule.
fn credentials() -> &'static Credentials {
    static CREDENTIALS: OnceLock<Credentials> = OnceLock::new();
    CREDENTIALS.get_or_init(|| {
        let authority = Authority::new("The simulation's authority");
        let issued = authority.server(&["localhost"]);
        let chain = vec![CertificateDer::from(issued.certificate_der)];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(issued.key_der));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_no_client_auth())
            .and_then(|builder| builder.with_single_cert(chain, key));
        Credentials {
            authority: authority.certificate(),
            config: config.expect("a key that fits its certificate"),
        }
    })
}

/// The certificate of who issued the server's, in PEM.
pub fn authority() -> &'static str {
    &credentials().authority
}

/// A server with records of at most this size.
pub(super) fn server(fragment: usize) -> ServerConnection {
    let mut config = credentials().config.clone();
    config.max_fragment_size = Some(fragment);
    ServerConnection::new(Arc::new(config)).expect("a size within its bounds")
}
