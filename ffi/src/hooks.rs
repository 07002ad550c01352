//! The application's functions that are asked while a connection comes about: what the core calls,
//! and until when.
//!
//! Their user_data belongs to the options and to the clients that are made with them. The core has
//! weak references alone, for it drops what it has on its network thread, where no destructor of
//! the application may run.
use std::ffi::{CString, c_char, c_int, c_void};
use std::io;
use std::sync::{Arc, Weak};

use mqttka_core::client::{
    CertificateVerifier, RawSocket, SocketHook, TransportError, TransportErrorKind as Kind,
};

use crate::authentication::AuthenticatorFn;
use crate::callbacks::mqttka_destructor_fn;
use crate::handle;
use crate::host_loop::ResolverFn;
use crate::packet_tap::PacketTapFn;
use crate::provider::ProviderFn;
use crate::transport::{
    MQTTKA_TRANSPORT_ERROR_CERTIFICATE_EXPIRED, MQTTKA_TRANSPORT_ERROR_CERTIFICATE_NOT_YET_VALID,
    MQTTKA_TRANSPORT_ERROR_CERTIFICATE_REVOKED, MQTTKA_TRANSPORT_ERROR_PIN_MISMATCH,
    MQTTKA_TRANSPORT_ERROR_UNKNOWN_ISSUER, MQTTKA_TRANSPORT_ERROR_WRONG_HOST,
};
use crate::user_data::{OwnedUserData, UserPointer};

type HookFn = unsafe extern "C" fn(c_int, *mut c_void) -> c_int;
type VerifierFn = unsafe extern "C" fn(
    *const *const u8,
    *const usize,
    usize,
    *const c_char,
    *mut c_char,
    usize,
    *mut c_void,
) -> i32;

/// How many bytes a verifier may write of its reason, its NUL included.
const REASON_SIZE: usize = 512;

/// A function of the application with its user_data, which is released when this is dropped.
pub(crate) struct Asked<F> {
    pub(crate) function: F,
    pub(crate) user_pointer: UserPointer,
    _user_data: Option<OwnedUserData>,
}

impl<F> Asked<F> {
    pub(crate) fn new(
        function: F,
        user_data: *mut c_void,
        destructor: mqttka_destructor_fn,
    ) -> Arc<Self> {
        let user_pointer = UserPointer::new(user_data);
        Arc::new(Asked {
            function,
            user_pointer,
            _user_data: destructor.map(|destructor| OwnedUserData {
                pointer: user_pointer,
                destructor,
            }),
        })
    }
}

/// Whoever has one keeps the user_data.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) socket: Option<Arc<Asked<HookFn>>>,
    pub(crate) verifier: Option<Arc<Asked<VerifierFn>>>,
    pub(crate) provider: Option<Arc<Asked<ProviderFn>>>,
    pub(crate) authenticator: Option<Arc<Asked<AuthenticatorFn>>>,
    pub(crate) packet_tap: Option<Arc<Asked<PacketTapFn>>>,
    pub(crate) resolver: Option<Arc<Asked<ResolverFn>>>,
}

/// What the core calls for a socket hook.
pub(crate) fn socket_hook(hook: &Arc<Asked<HookFn>>) -> SocketHook {
    let hook = Arc::downgrade(hook);
    SocketHook::new(move |socket| {
        // Kept while it runs, also where the client ends meanwhile.
        let hook = hook.upgrade().ok_or_else(ended)?;
        let socket = number_in_c(socket)?;
        // SAFETY: the application's function with the arguments that its type promises.
        match unsafe { (hook.function)(socket, hook.user_pointer.get()) } {
            0 => Ok(()),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    })
}

const ENDED: &str = "the client has ended";

fn ended() -> io::Error {
    io::Error::other(ENDED)
}

// On Windows a SOCKET is wider; its numbers are small there.
#[allow(clippy::unnecessary_fallible_conversions)]
fn number_in_c(socket: RawSocket) -> io::Result<c_int> {
    c_int::try_from(socket).map_err(|_| io::Error::other("the socket's number is too large"))
}

/// What the core calls for a verifier.
pub(crate) struct Verifier(Weak<Asked<VerifierFn>>);

impl Verifier {
    pub(crate) fn new(verifier: &Arc<Asked<VerifierFn>>) -> Arc<Self> {
        Arc::new(Verifier(Arc::downgrade(verifier)))
    }
}

impl CertificateVerifier for Verifier {
    fn verify(&self, chain: &[&[u8]], server_name: &str) -> Result<(), String> {
        self.judge(chain, server_name)
            .map_err(|error| error.message)
    }

    fn judge(&self, chain: &[&[u8]], server_name: &str) -> Result<(), TransportError> {
        let invalid = |why: &str| TransportError::of(Kind::CertificateInvalid, why);
        let verifier = self.0.upgrade().ok_or_else(|| invalid(ENDED))?;
        let starts: Vec<_> = chain.iter().map(|it| handle::start(it)).collect();
        let lengths: Vec<_> = chain.iter().map(|it| it.len()).collect();
        let name =
            CString::new(server_name).map_err(|_| invalid("the server's name has a NUL in it"))?;
        let mut reason = [0_u8; REASON_SIZE];
        // SAFETY: the application's function with the arguments that its type promises; all of them
        // live until it returns.
        let refused = unsafe {
            (verifier.function)(
                starts.as_ptr(),
                lengths.as_ptr(),
                chain.len(),
                name.as_ptr(),
                reason.as_mut_ptr().cast(),
                REASON_SIZE,
                verifier.user_pointer.get(),
            )
        };
        if refused == 0 {
            return Ok(());
        }
        let length = reason.iter().position(|byte| *byte == 0);
        let reason = String::from_utf8_lossy(&reason[..length.unwrap_or(REASON_SIZE)]);
        let kind = kind_of(refused);
        Err(if reason.is_empty() {
            let text = format!("the verifier refused the certificate with {refused}");
            TransportError::of(kind, text)
        } else {
            TransportError::of(kind, reason)
        })
    }
}

/// What a verifier's number says of the certificate.
fn kind_of(refused: i32) -> Kind {
    match refused {
        MQTTKA_TRANSPORT_ERROR_CERTIFICATE_EXPIRED => Kind::CertificateExpired,
        MQTTKA_TRANSPORT_ERROR_CERTIFICATE_NOT_YET_VALID => Kind::CertificateNotYetValid,
        MQTTKA_TRANSPORT_ERROR_UNKNOWN_ISSUER => Kind::UnknownIssuer,
        MQTTKA_TRANSPORT_ERROR_WRONG_HOST => Kind::WrongHost,
        MQTTKA_TRANSPORT_ERROR_CERTIFICATE_REVOKED => Kind::CertificateRevoked,
        MQTTKA_TRANSPORT_ERROR_PIN_MISMATCH => Kind::PinMismatch,
        _ => Kind::CertificateInvalid,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    static RELEASED: AtomicUsize = AtomicUsize::new(0);

    unsafe extern "C" fn release(_: *mut c_void) {
        RELEASED.fetch_add(1, Ordering::Relaxed);
    }

    unsafe extern "C" fn refuse_odd(socket: c_int, user_data: *mut c_void) -> c_int {
        // SAFETY: the test's own number.
        unsafe { *user_data.cast::<c_int>() = socket };
        if socket % 2 == 0 { 0 } else { 13 }
    }

    #[test]
    fn a_hook_is_called_until_its_owners_are_gone_and_released_once() {
        let mut seen: c_int = 0;
        let user_data = (&raw mut seen).cast();
        let hook = Asked::new(refuse_odd as HookFn, user_data, Some(release));
        let called = socket_hook(&hook);
        let other = called.clone();
        assert!(called.call(4).is_ok());
        assert_eq!(seen, 4);
        let refused = called.call(5).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(13));
        assert_eq!(RELEASED.load(Ordering::Relaxed), 0);
        drop(hook);
        assert_eq!(RELEASED.load(Ordering::Relaxed), 1);
        assert!(other.call(6).is_err());
        assert_eq!(seen, 5);
    }

    unsafe extern "C" fn judge(
        certificates: *const *const u8,
        lengths: *const usize,
        count: usize,
        name: *const c_char,
        reason: *mut c_char,
        size: usize,
        user_data: *mut c_void,
    ) -> i32 {
        assert_eq!((count, size), (2, REASON_SIZE));
        assert!(user_data.is_null());
        // SAFETY: what `verify` promises.
        let (first, second, name) = unsafe {
            (
                std::slice::from_raw_parts(*certificates, *lengths),
                std::slice::from_raw_parts(*certificates.add(1), *lengths.add(1)),
                CStr::from_ptr(name),
            )
        };
        assert_eq!((first, second), (&b"own"[..], &b""[..]));
        match name.to_bytes() {
            b"good" => 0,
            b"silent" => 7,
            b"long" => {
                // SAFETY: the buffer's whole size, without a NUL.
                unsafe { std::ptr::write_bytes(reason, b'x', size) };
                1
            }
            _ => {
                // SAFETY: it fits.
                unsafe { std::ptr::copy_nonoverlapping(c"bad\xff".as_ptr(), reason, 5) };
                1
            }
        }
    }

    #[test]
    fn a_verifier_s_number_is_the_kind_where_it_is_one_of_certificates() {
        for (name, number) in mqttka_core::client::vocabulary::transport_errors() {
            let known = kind_of(number);
            let of_certificates = (10..=16).contains(&number);
            assert_eq!(known as i32 == number, of_certificates, "{name}");
        }
        assert_eq!(kind_of(-1), Kind::CertificateInvalid);
    }

    #[test]
    fn a_verifier_gets_the_chain_and_gives_a_reason() {
        let asked = Asked::new(judge as VerifierFn, std::ptr::null_mut(), None);
        let verifier = Verifier::new(&asked);
        let verify = |name| verifier.verify(&[b"own", b""], name);
        assert_eq!(verify("good"), Ok(()));
        assert_eq!(
            verify("silent"),
            Err("the verifier refused the certificate with 7".to_owned())
        );
        assert_eq!(verify("bad"), Err("bad\u{fffd}".to_owned()));
        assert_eq!(verify("long"), Err("x".repeat(REASON_SIZE)));
        let judged = verifier.judge(&[b"own", b""], "silent").unwrap_err();
        assert_eq!(judged.kind, Kind::CertificateInvalid);
        drop(asked);
        assert_eq!(verify("good"), Err("the client has ended".to_owned()));
    }
}
