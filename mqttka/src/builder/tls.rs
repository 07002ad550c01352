//! How TLS is spoken, where the URI says `mqtts` or `wss`.

use std::path::Path;
use std::sync::Arc;

use mqttka_core::client::CertificateVerifier;

use super::Builder;
use crate::{IntoPayload, Pem};

/// A function that judges certificates.
struct Judge<F>(F);

impl<F: Fn(&[&[u8]], &str) -> Result<(), String> + Send + Sync> CertificateVerifier for Judge<F> {
    fn verify(&self, chain: &[&[u8]], server_name: &str) -> Result<(), String> {
        (self.0)(chain, server_name)
    }
}

fn file(path: impl AsRef<Path>) -> Option<Pem> {
    Some(Pem::File(path.as_ref().to_owned()))
}

fn pem(pem: impl IntoPayload) -> Option<Pem> {
    Some(Pem::Bytes(pem.into_payload()))
}

impl Builder {
    /// The certificates of the authorities to trust, in PEM, *instead of* the platform's. Default:
    /// the platform's.
    pub fn tls_ca(mut self, ca: impl IntoPayload) -> Self {
        self.options.tls.ca = pem(ca);
        self
    }

    /// The same, as a file; it is read once, when the client is made.
    #[doc(alias = "ca_certs")]
    #[doc(alias = "ca_certificates")]
    pub fn tls_ca_file(mut self, path: impl AsRef<Path>) -> Self {
        self.options.tls.ca = file(path);
        self
    }

    /// The client's certificate in PEM, and those that lead from it to its authority, in this order.
    /// Default: none.
    pub fn tls_certificate(mut self, certificate: impl IntoPayload) -> Self {
        self.options.tls.certificate = pem(certificate);
        self
    }

    /// The same, as a file.
    pub fn tls_certificate_file(mut self, path: impl AsRef<Path>) -> Self {
        self.options.tls.certificate = file(path);
        self
    }

    /// The private key of the client's certificate in PEM: PKCS#8 (also encrypted), PKCS#1 or SEC1.
    /// Default: it is with the certificate.
    pub fn tls_private_key(mut self, key: impl IntoPayload) -> Self {
        self.options.tls.private_key = pem(key);
        self
    }

    /// The same, as a file.
    pub fn tls_private_key_file(mut self, path: impl AsRef<Path>) -> Self {
        self.options.tls.private_key = file(path);
        self
    }

    /// The password of an encrypted private key. Default: none.
    pub fn tls_private_key_password(mut self, password: impl IntoPayload) -> Self {
        self.options.tls.private_key_password = Some(password.into_payload());
        self
    }

    /// The protocols to offer by ALPN, the preferred one first, such as `mqtt` or `x-amzn-mqtt-ca`;
    /// each 1 to 255 bytes. Default: none.
    pub fn tls_alpn<T: Into<String>>(mut self, protocols: impl IntoIterator<Item = T>) -> Self {
        self.options.tls.alpn = protocols.into_iter().map(Into::into).collect();
        self
    }

    /// The name that is sent to the server (SNI) and that its certificate must have. Default: the
    /// host.
    pub fn tls_server_name(mut self, name: impl Into<String>) -> Self {
        self.options.tls.server_name = Some(name.into());
        self
    }

    /// SHA-256 of the server's public key (SubjectPublicKeyInfo) in Base64, with or without
    /// `sha256/` before it; where there are some, it must be one of them, beside all other checks.
    /// Default: none.
    pub fn tls_pins<T: Into<String>>(mut self, pins: impl IntoIterator<Item = T>) -> Self {
        self.options.tls.pins = pins.into_iter().map(Into::into).collect();
        self
    }

    /// Whether a later connection goes on with the TLS session of an earlier one, which saves a
    /// round trip. Default: true.
    pub fn tls_resumption(mut self, resumption: bool) -> Self {
        self.options.tls.resumption = resumption;
        self
    }

    /// Whether the session's secrets are appended to the file that the environment variable
    /// `SSLKEYLOGFILE` names: whoever has it can read everything. Default: false.
    pub fn tls_key_log(mut self, key_log: bool) -> Self {
        self.options.tls.key_log = key_log;
        self
    }

    /// DANGEROUS: takes any certificate of anybody, so that whoever is in the path can read and
    /// change everything. [`tls_pins`](Self::tls_pins) are still checked. Default: false.
    #[doc(alias = "insecure")]
    pub fn tls_danger_accept_any_certificate(mut self, accept: bool) -> Self {
        self.options.tls.danger_accept_any_certificate = accept;
        self
    }

    /// Judges the server's certificate instead of the platform and of [`tls_ca`](Self::tls_ca): gets
    /// what the server sent, in DER, its own certificate first, and the name that it is to have, and
    /// says why it is not to be trusted. Nothing else is checked but that the server has the private
    /// key, and [`tls_pins`](Self::tls_pins): authorities, times and the name are for this to check.
    /// It is called on a thread of its own and may block.
    pub fn tls_verifier(
        mut self,
        verifier: impl Fn(&[&[u8]], &str) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.options.tls.verifier = Some(Arc::new(Judge(verifier)));
        self
    }
}
