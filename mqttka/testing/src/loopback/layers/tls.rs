//! TLS, with an authority that is made for each broker.

use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};

use super::Layer;
use crate::error::Error;

/// Whom the certificate is for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

const DAY: Duration = Duration::from_secs(86_400);

/// Who the broker is.
#[derive(Clone, Debug)]
pub(in crate::loopback) struct Identity {
    config: Arc<ServerConfig>,
    /// The certificate of its authority, in PEM.
    pub(in crate::loopback) authority: String,
}

impl Identity {
    pub(in crate::loopback) fn new() -> Result<Self, Error> {
        let (authority, certificate, key) = issued().map_err(failed)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|it| {
                it.with_no_client_auth()
                    .with_single_cert(vec![certificate], key)
            });
        Ok(Identity {
            config: Arc::new(config.map_err(failed)?),
            authority,
        })
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Startup(error.to_string())
}

type Issued = (String, rustls::pki_types::CertificateDer<'static>, KeyPair);

/// A new authority's certificate, and one that it issued.
fn issued() -> Result<Issued, rcgen::Error> {
    let mut params = for_a_while(&[], "mqttka fake broker's authority")?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let mut params = for_a_while(&NAMES, "mqttka fake broker")?;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &authority)?;
    Ok((authority.pem(), certificate.der().clone(), key))
}

/// From yesterday on for a year: some systems take none that is valid for longer.
fn for_a_while(names: &[&str], common: &str) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, common);
    let now = SystemTime::now();
    (params.not_before, params.not_after) = ((now - DAY).into(), (now + 364 * DAY).into());
    Ok(params)
}

#[derive(Debug)]
pub(super) struct Tls {
    connection: ServerConnection,
    ended: bool,
}

impl Tls {
    pub(super) fn new(identity: &Identity) -> Option<Self> {
        let connection = ServerConnection::new(Arc::clone(&identity.config));
        // Fails for no configuration that could be made.
        let mut connection = connection.ok()?;
        // What a client does not read is bounded by its peer.
        connection.set_buffer_limit(None);
        Some(Tls {
            connection,
            ended: false,
        })
    }
}

impl Layer for Tls {
    fn receive(&mut self, mut below: &[u8], up: &mut Vec<u8>) -> Result<(), String> {
        let wrong = |error: &dyn std::fmt::Display| format!("TLS: {error}");
        while !below.is_empty() {
            self.connection
                .read_tls(&mut below)
                .map_err(|error| wrong(&error))?;
            let state = self.connection.process_new_packets();
            self.ended |= state.map_err(|error| wrong(&error))?.peer_has_closed();
            match self.connection.reader().read_to_end(up) {
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(wrong(&error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn send(&mut self, bytes: &[u8]) {
        // Into memory without bound, which does not fail.
        let _ = self.connection.writer().write_all(bytes);
    }

    fn finish(&mut self) {
        self.connection.send_close_notify();
    }

    fn take_output(&mut self) -> Vec<u8> {
        let mut output = Vec::new();
        while self.connection.wants_write() {
            // The same.
            if self.connection.write_tls(&mut output).is_err() {
                break;
            }
        }
        output
    }

    fn has_ended(&self) -> bool {
        self.ended
    }
}
