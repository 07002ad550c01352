use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use crate::error::{TransportError, TransportErrorKind};

/// Text in PEM (RFC 7468), or the file that has it. Files are read once, when the client is made.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Pem {
    /// The path of a file.
    File(PathBuf),
    /// The text itself.
    Bytes(Bytes),
}

/// How TLS is spoken: versions 1.2 and 1.3, by rustls.
///
/// The server's certificate is checked against the platform's trust store, and against its name,
/// unless these options say otherwise.
///
/// Certificates, keys, names, ALPN and pins are refused where no server is reached by TLS, and no
/// provider may choose one that is.
#[derive(Clone)]
#[non_exhaustive]
pub struct TlsOptions {
    /// The certificates of the authorities to trust, *instead of* the platform's. Default: the
    /// platform's.
    pub ca: Option<Pem>,
    /// The client's certificate and those that lead from it to its authority, in this order.
    pub certificate: Option<Pem>,
    /// The private key of the client's certificate: PKCS#8 (also encrypted), PKCS#1 or SEC1.
    /// Default: it is in `certificate` too.
    pub private_key: Option<Pem>,
    /// The password of an encrypted private key.
    pub private_key_password: Option<Bytes>,
    /// The protocols to offer by ALPN, the preferred one first, such as `mqtt` or `x-amzn-mqtt-ca`;
    /// each 1 to 255 bytes. Default: none.
    pub alpn: Vec<String>,
    /// The name that is sent to the server (SNI) and that its certificate must have. Default: the
    /// host.
    pub server_name: Option<String>,
    /// SHA-256 of the server's public key (SubjectPublicKeyInfo), in Base64 as
    /// `openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64` prints it; a
    /// `sha256/` before it is allowed. Where there are some, the key must be one of them, beside
    /// all other checks. Default: none.
    pub pins: Vec<String>,
    /// Whether a later connection goes on with the TLS session of an earlier one, which costs a
    /// round trip and some milliseconds less. Default true.
    pub resumption: bool,
    /// Whether the session's secrets are appended to the file that the environment variable
    /// `SSLKEYLOGFILE` names, for packet analyzers. Whoever has that file can read everything.
    /// Default false.
    pub key_log: bool,
    /// DANGEROUS: takes any certificate of anybody, so that whoever is in the path can read and
    /// change everything. `pins` are still checked. Default false.
    pub danger_accept_any_certificate: bool,
    /// Judges the server's certificate instead of the platform and of `ca`.
    pub verifier: Option<Arc<dyn CertificateVerifier>>,
}

/// Judges certificates for the application, as `X509TrustManager` does on Android.
pub trait CertificateVerifier: Send + Sync {
    /// Whether to trust the server of this name. `chain` is what it sent, in DER, its own
    /// certificate first. That it has the private key of that certificate is checked apart from
    /// this. Called on a thread of its own; it may block (the attempt's deadline goes on).
    ///
    /// # Errors
    /// Why not; it becomes the message of
    /// [`TransportErrorKind::CertificateInvalid`](crate::error::TransportErrorKind).
    fn verify(&self, chain: &[&[u8]], server_name: &str) -> Result<(), String>;

    /// What the library calls: [`verify`](Self::verify), for those who can tell no more. Another
    /// one can tell the error's kind, such as
    /// [`TransportErrorKind::CertificateExpired`].
    ///
    /// # Errors
    /// Why not; it becomes the attempt's error as it is.
    fn judge(&self, chain: &[&[u8]], server_name: &str) -> Result<(), TransportError> {
        self.verify(chain, server_name)
            .map_err(|reason| TransportError::of(TransportErrorKind::CertificateInvalid, reason))
    }
}

#[cfg(feature = "client")]
impl TlsOptions {
    /// The first of the options that only who wants TLS gives.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let pem = |it: &Option<Pem>, text, file| match it {
            Some(Pem::Bytes(_)) => Some(text),
            Some(Pem::File(_)) => Some(file),
            None => None,
        };
        let some = |is: bool, name| is.then_some(name);
        pem(&self.ca, "tls_ca", "tls_ca_file")
            .or(pem(
                &self.certificate,
                "tls_certificate",
                "tls_certificate_file",
            ))
            .or(pem(
                &self.private_key,
                "tls_private_key",
                "tls_private_key_file",
            ))
            .or(some(
                self.private_key_password.is_some(),
                "tls_private_key_password",
            ))
            .or(some(!self.alpn.is_empty(), "tls_alpn"))
            .or(some(self.server_name.is_some(), "tls_server_name"))
            .or(some(!self.pins.is_empty(), "tls_pins"))
    }
}

impl Default for TlsOptions {
    fn default() -> Self {
        TlsOptions {
            ca: None,
            certificate: None,
            private_key: None,
            private_key_password: None,
            alpn: Vec::new(),
            server_name: None,
            pins: Vec::new(),
            resumption: true,
            key_log: false,
            danger_accept_any_certificate: false,
            verifier: None,
        }
    }
}

impl fmt::Debug for Pem {
    /// Without the text, which may be a private key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pem::File(path) => f.debug_tuple("File").field(path).finish(),
            Pem::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}

impl fmt::Debug for TlsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let password = self.private_key_password.as_ref().map(|_| "(hidden)");
        f.debug_struct("TlsOptions")
            .field("ca", &self.ca)
            .field("certificate", &self.certificate)
            .field("private_key", &self.private_key)
            .field("private_key_password", &password)
            .field("alpn", &self.alpn)
            .field("server_name", &self.server_name)
            .field("pins", &self.pins)
            .field("resumption", &self.resumption)
            .field("key_log", &self.key_log)
            .field(
                "danger_accept_any_certificate",
                &self.danger_accept_any_certificate,
            )
            .field("verifier", &self.verifier.is_some())
            .finish()
    }
}
