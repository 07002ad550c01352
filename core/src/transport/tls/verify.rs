//! Who judges the server's certificate.

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, hash, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, CipherSuite, DigitallySignedStruct, OtherError, SignatureScheme,
    SupportedCipherSuite,
};

use crate::error::TransportError;
use crate::transport::options::CertificateVerifier;

/// A pin: SHA-256 of a public key.
pub(super) type Pin = [u8; 32];

/// Judges by what the options say. That the server has the private key of its certificate is
/// checked whoever judges.
pub(super) struct Verifier {
    pub(super) trust: Trust,
    pub(super) pins: Vec<Pin>,
    pub(super) provider: Arc<CryptoProvider>,
}

/// Whom the options trust.
pub(super) enum Trust {
    /// Whom the platform's store or the option `tls_ca` names.
    Authorities(Arc<dyn ServerCertVerifier>),
    /// Whom the application does.
    Application(Arc<dyn CertificateVerifier>),
    /// Anybody.
    Anybody,
}

/// The application did not trust the certificate, for this reason.
#[derive(Debug)]
pub(super) struct Distrusted(pub(super) TransportError);

/// The server's public key is none of the pinned ones, but has this pin.
#[derive(Debug)]
pub(super) struct NotPinned(pub(super) String);

impl Verifier {
    fn check_pins(&self, certificate: &CertificateDer<'_>) -> Result<(), rustls::Error> {
        if self.pins.is_empty() {
            return Ok(());
        }
        let parsed = ParsedCertificate::try_from(certificate)?;
        let hash = sha256(&self.provider)?.hash(&parsed.subject_public_key_info());
        if self.pins.iter().any(|pin| pin == hash.as_ref()) {
            return Ok(());
        }
        Err(other(NotPinned(BASE64.encode(hash.as_ref()))))
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match &self.trust {
            Trust::Authorities(store) => {
                store.verify_server_cert(
                    end_entity,
                    intermediates,
                    server_name,
                    ocsp_response,
                    now,
                )?;
            }
            Trust::Application(verifier) => {
                let mut chain: Vec<&[u8]> = vec![end_entity];
                chain.extend(intermediates.iter().map(|certificate| certificate.as_ref()));
                verifier
                    .judge(&chain, &server_name.to_str())
                    .map_err(|reason| other(Distrusted(reason)))?;
            }
            Trust::Anybody => {}
        }
        self.check_pins(end_entity)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// The provider's, so that no further crate is needed for it.
fn sha256(provider: &CryptoProvider) -> Result<&'static dyn hash::Hash, rustls::Error> {
    let found = provider.cipher_suites.iter().find_map(|suite| match suite {
        SupportedCipherSuite::Tls13(suite)
            if suite.common.suite == CipherSuite::TLS13_AES_128_GCM_SHA256 =>
        {
            Some(suite.common.hash_provider)
        }
        _ => None,
    });
    found.ok_or_else(|| rustls::Error::General("no SHA-256 for the pins".into()))
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> rustls::Error {
    CertificateError::Other(OtherError(Arc::new(error))).into()
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trust = match &self.trust {
            Trust::Authorities(_) => "authorities",
            Trust::Application(_) => "the application",
            Trust::Anybody => "anybody",
        };
        write!(f, "Verifier({trust}, {} pins)", self.pins.len())
    }
}

impl fmt::Display for Distrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Display for NotPinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the server's public key has the pin {}, which is none of the pins that were given",
            self.0
        )
    }
}

impl std::error::Error for Distrusted {}
impl std::error::Error for NotPinned {}
