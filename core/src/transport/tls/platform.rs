//! The platform's store of trusted authorities.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

use super::verify::Trust;
use crate::error::Error;

/// What the platform trusts, and whether to ask it may take time. All clients of a process share
/// it: on Linux, 144 authorities are 85 kB. It is read anew when no client has it any more.
#[cfg(not(any(target_os = "android", target_family = "wasm")))]
pub(super) fn trust(provider: &Arc<CryptoProvider>) -> Result<(Trust, bool), Error> {
    use std::sync::{Mutex, PoisonError, Weak};

    use rustls_platform_verifier::Verifier;

    static SHARED: Mutex<Weak<Verifier>> = Mutex::new(Weak::new());

    // The systems' own verifiers may ask a service of theirs, or the network.
    let blocks = cfg!(any(target_vendor = "apple", windows));
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let verifier = match shared.upgrade() {
        Some(verifier) => verifier,
        None => {
            let new = Verifier::new(provider.clone()).map_err(|error| {
                let bound = format!("set: this system has no store of authorities ({error})");
                Error::invalid_option("tls_ca", "not set", bound)
            })?;
            let new = Arc::new(new);
            *shared = Arc::downgrade(&new);
            new
        }
    };
    Ok((Trust::Authorities(verifier), blocks))
}

/// Android tells only Java whom it trusts: a binding sets `tls_verifier`.
#[cfg(any(target_os = "android", target_family = "wasm"))]
pub(super) fn trust(_: &Arc<CryptoProvider>) -> Result<(Trust, bool), Error> {
    let bound = "set, or tls_verifier: this system's store of authorities cannot be read here";
    Err(Error::invalid_option("tls_ca", "not set", bound))
}
