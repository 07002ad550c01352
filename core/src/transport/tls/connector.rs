//! What the options say, made ready once for all connections of a client.

use std::fmt;
use std::sync::{Arc, OnceLock};

use data_encoding::BASE64_NOPAD;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, KeyLogFile, RootCertStore};

use super::pem::Text;
use super::platform;
use super::sessions::Sessions;
use super::verify::{Pin, Trust, Verifier};
use crate::error::Error;
use crate::transport::options::TlsOptions;

/// How a client speaks TLS: its options, read and checked, and the sessions that it can resume.
/// Cheap to clone; clones resume each other's sessions.
#[derive(Clone)]
pub struct TlsConnector {
    pub(super) config: Arc<ClientConfig>,
    /// Instead of the host.
    pub(super) server_name: Option<ServerName<'static>>,
    /// The verification of a certificate may take time.
    pub(super) blocks: bool,
}

impl TlsConnector {
    /// Reads the files that the options name, and checks all of them.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] names the option that is wrong, and says what it must be.
    pub fn new(options: &TlsOptions) -> Result<Self, Error> {
        let provider = provider();
        let (trust, blocks) = trust(options, &provider)?;
        let pins = pins(&options.pins)?;
        let server_name = match &options.server_name {
            Some(name) => Some(ServerName::try_from(name.clone()).map_err(|_| {
                let bound = "a DNS name or an IP address";
                Error::invalid_option("tls_server_name", name, bound)
            })?),
            None => None,
        };
        let verifier = Verifier {
            trust,
            pins,
            provider: provider.clone(),
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Startup(format!("TLS: {error}")))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match identity(options)? {
            None => builder.with_no_client_auth(),
            Some(Identity {
                certificate,
                chain,
                key_text,
                key,
            }) => builder.with_client_auth_cert(chain, key).map_err(|error| {
                let bound = match error {
                    rustls::Error::InconsistentKeys(_) => {
                        format!("the key of the first certificate in {certificate}")
                    }
                    error => format!("a private key that can sign: RSA, ECDSA, Ed25519 ({error})"),
                };
                key_text.refuse(bound)
            })?,
        };
        config.alpn_protocols = alpn(&options.alpn)?;
        config.resumption = if options.resumption {
            Resumption::store(Arc::new(Sessions::new()))
        } else {
            Resumption::disabled()
        };
        if options.key_log {
            config.key_log = Arc::new(KeyLogFile::new());
        }
        Ok(TlsConnector {
            config: Arc::new(config),
            server_name,
            blocks,
        })
    }

    /// The same for WebSocket over TLS: of the protocols in `alpn`, it offers `http/1.1` alone, for
    /// the others are MQTT without WebSocket.
    #[must_use]
    pub fn for_web_socket(&self) -> Self {
        let mut config = ClientConfig::clone(&self.config);
        config.alpn_protocols.retain(|name| name == b"http/1.1");
        TlsConnector {
            config: Arc::new(config),
            ..self.clone()
        }
    }
}

#[cfg(test)]
impl TlsConnector {
    /// Whether they are clones.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.config, &other.config)
    }
}

impl fmt::Debug for TlsConnector {
    /// Without keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConnector")
            .field("server_name", &self.server_name)
            .field("blocks", &self.blocks)
            .finish_non_exhaustive()
    }
}

/// One for the process; it is not installed as rustls's default, which is the application's.
pub(super) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    let provider = PROVIDER.get_or_init(|| {
        #[cfg(feature = "aws-lc-rs")]
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        #[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
        let provider = rustls::crypto::ring::default_provider();
        Arc::new(provider)
    });
    provider.clone()
}

/// Whom to trust, and whether to ask them may take time.
fn trust(options: &TlsOptions, provider: &Arc<CryptoProvider>) -> Result<(Trust, bool), Error> {
    if options.danger_accept_any_certificate {
        return Ok((Trust::Anybody, false));
    }
    if let Some(verifier) = &options.verifier {
        return Ok((Trust::Application(verifier.clone()), true));
    }
    let Some(ca) = &options.ca else {
        return platform::trust(provider);
    };
    let text = Text::read(ca, "tls_ca", "tls_ca_file")?;
    let mut roots = RootCertStore::empty();
    for certificate in text.certificates()? {
        roots
            .add(certificate)
            .map_err(|error| text.refuse(format!("valid certificates ({error})")))?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|error| text.refuse(format!("certificates of authorities ({error})")))?;
    Ok((Trust::Authorities(verifier), false))
}

/// The client's certificate and key.
struct Identity {
    /// The name of the certificate's option.
    certificate: &'static str,
    chain: Vec<rustls::pki_types::CertificateDer<'static>>,
    key_text: Text,
    key: rustls::pki_types::PrivateKeyDer<'static>,
}

fn identity(options: &TlsOptions) -> Result<Option<Identity>, Error> {
    let password = options.private_key_password.as_ref();
    let key_text = match &options.private_key {
        Some(pem) => Some(Text::read(pem, "tls_private_key", "tls_private_key_file")?),
        None => None,
    };
    let Some(pem) = &options.certificate else {
        return match key_text {
            None => Ok(None),
            Some(key) => {
                let bound = format!("the certificate of {}", key.option);
                Err(Error::invalid_option("tls_certificate", "not set", bound))
            }
        };
    };
    let text = Text::read(pem, "tls_certificate", "tls_certificate_file")?;
    let chain = text.certificates()?;
    let certificate = text.option;
    let (key_text, key) = match key_text {
        Some(key_text) => {
            let key = key_text.private_key(password)?;
            let key = key.ok_or_else(|| {
                key_text.refuse("PEM with a private key in it (PKCS#8, PKCS#1 or SEC1)")
            })?;
            (key_text, key)
        }
        None => {
            let key = text.private_key(password)?;
            let key = key.ok_or_else(|| {
                let bound = format!("the private key of {certificate}, which has none in it");
                Error::invalid_option("tls_private_key", "not set", bound)
            })?;
            (text, key)
        }
    };
    Ok(Some(Identity {
        certificate,
        chain,
        key_text,
        key,
    }))
}

fn pins(texts: &[String]) -> Result<Vec<Pin>, Error> {
    let pin = |text: &String| {
        decode(text.strip_prefix("sha256/").unwrap_or(text)).ok_or_else(|| {
            let bound = "SHA-256 of a public key in Base64: 44 characters, as \
                         `openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64` prints";
            Error::invalid_option("tls_pins", text, bound)
        })
    };
    texts.iter().map(pin).collect()
}

/// The padding may be missing.
fn decode(text: &str) -> Option<Pin> {
    let digits = text.strip_suffix('=').unwrap_or(text);
    let bytes = BASE64_NOPAD.decode(digits.as_bytes()).ok()?;
    bytes.try_into().ok()
}

fn alpn(names: &[String]) -> Result<Vec<Vec<u8>>, Error> {
    let checked = |name: &String| match name.len() {
        1..=255 => Ok(name.clone().into_bytes()),
        length => {
            let value = format!("a name of {length} bytes");
            Err(Error::invalid_option(
                "tls_alpn",
                value,
                "of 1 to 255 bytes",
            ))
        }
    };
    names.iter().map(checked).collect()
}
