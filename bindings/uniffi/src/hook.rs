//! What the application does on the way: with sockets before they connect, and with certificates.

use std::io;
use std::sync::Arc;

use mqttka_core::client::{
    CertificateVerifier as CoreVerifier, RawSocket, SocketHook as CoreHook, TransportError,
    TransportErrorKind as CoreKind, process_is_ending,
};

use crate::TransportErrorKind;

/// Gets each TCP socket before it connects.
#[uniffi::export(foreign)]
pub trait SocketCallback: Send + Sync {
    /// Called on a thread of its own; it may block (the attempt's deadline goes on), and must not
    /// close the socket. An error fails the attempt to this address.
    fn prepare(&self, socket: i32) -> Result<(), HookError>;
}

/// Judges the server's certificate.
#[uniffi::export(foreign)]
pub trait CertificateCallback: Send + Sync {
    /// Whether to trust the server of this name. `chain` is what it sent, in DER, its own
    /// certificate first. Called on a thread of its own; it may block (the attempt's deadline goes
    /// on).
    fn verify(&self, chain: Vec<Vec<u8>>, server_name: String) -> Result<(), CertificateError>;
}

/// What the application's code said or threw.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum HookError {
    /// It refused.
    #[error("{detail}")]
    Refused {
        /// Why.
        detail: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for HookError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        HookError::Refused {
            detail: error.reason,
        }
    }
}

/// Why the application does not trust a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum CertificateError {
    /// It refused.
    #[error("{detail}")]
    Refused {
        /// What the attempt's error is then.
        kind: TransportErrorKind,
        /// Why.
        detail: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for CertificateError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        CertificateError::Refused {
            kind: TransportErrorKind::CertificateInvalid,
            detail: error.reason,
        }
    }
}

/// At the process's end the foreign language's runtime may be gone.
const ENDING: &str = "the process is ending";

pub(crate) fn socket_hook(hook: Arc<dyn SocketCallback>) -> CoreHook {
    CoreHook::new(move |socket: RawSocket| {
        if process_is_ending() {
            return Err(io::Error::other(ENDING));
        }
        // Windows has wider numbers, of which it uses 32 bits.
        #[allow(clippy::useless_conversion)]
        let socket = i32::try_from(socket).map_err(io::Error::other)?;
        hook.prepare(socket).map_err(io::Error::other)
    })
}

pub(crate) struct Verifier(pub(crate) Arc<dyn CertificateCallback>);

impl CoreVerifier for Verifier {
    fn verify(&self, chain: &[&[u8]], server_name: &str) -> Result<(), String> {
        self.judge(chain, server_name)
            .map_err(|error| error.message)
    }

    fn judge(&self, chain: &[&[u8]], server_name: &str) -> Result<(), TransportError> {
        if process_is_ending() {
            return Err(TransportError::of(CoreKind::CertificateInvalid, ENDING));
        }
        let chain = chain.iter().map(|certificate| certificate.to_vec());
        let verdict = self.0.verify(chain.collect(), server_name.into());
        verdict.map_err(|error| {
            let CertificateError::Refused { kind, detail } = error;
            TransportError::of(kind.of_a_certificate(), detail)
        })
    }
}
