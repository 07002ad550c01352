//! Certificates and private keys from the options' PEM texts.

use bytes::Bytes;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::error::Error;
use crate::transport::options::Pem;

/// A text that an option gave, and what the option is called.
pub(super) struct Text {
    pub(super) option: &'static str,
    shown: String,
    bytes: Bytes,
}

impl Text {
    /// Reads the file, where it is one. `option` and `file` are the names of the option for a text
    /// and of the one for a file.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn read(pem: &Pem, option: &'static str, file: &'static str) -> Result<Self, Error> {
        match pem {
            Pem::Bytes(bytes) => Ok(Text {
                option,
                shown: format!("{} bytes", bytes.len()),
                bytes: bytes.clone(),
            }),
            Pem::File(path) => match std::fs::read(path) {
                Ok(bytes) => Ok(Text {
                    option: file,
                    shown: path.display().to_string(),
                    bytes: bytes.into(),
                }),
                Err(error) => Err(Error::invalid_option(
                    file,
                    path.display(),
                    format!("a file that can be read ({error})"),
                )),
            },
        }
    }

    /// That the option has a value that it cannot have.
    pub(super) fn refuse(&self, bound: impl Into<String>) -> Error {
        Error::invalid_option(self.option, &self.shown, bound)
    }

    /// Its certificates, at least one.
    ///
    /// # Errors
    /// There is none, or the text is broken.
    pub(super) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, Error> {
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.bytes).collect();
        match found {
            Ok(found) if !found.is_empty() => Ok(found),
            Ok(_) => Err(self.refuse("PEM with a certificate in it (BEGIN CERTIFICATE)")),
            Err(error) => Err(self.refuse(format!("PEM with a certificate in it ({error})"))),
        }
    }

    /// Its first private key, where it has one.
    ///
    /// # Errors
    /// It is broken, or encrypted with another password or in a way that is not supported.
    pub(super) fn private_key(
        &self,
        password: Option<&Bytes>,
    ) -> Result<Option<PrivateKeyDer<'static>>, Error> {
        if let Some(encrypted) = self.encrypted_key()? {
            return self.decrypt(&encrypted, password).map(Some);
        }
        match PrivateKeyDer::from_pem_slice(&self.bytes) {
            Ok(key) => Ok(Some(key)),
            Err(rustls::pki_types::pem::Error::NoItemsFound) => Ok(None),
            // OpenSSL's own encryption of old: its header lines are no Base64.
            Err(_) if contains(&self.bytes, b"Proc-Type: 4,ENCRYPTED") => Err(self.refuse(
                "a private key that is not encrypted, or is as PKCS#8 \
                 (`openssl pkcs8 -topk8` makes it that)",
            )),
            Err(error) => Err(self.refuse(format!("PEM with a private key in it ({error})"))),
        }
    }

    /// The parser of PEM does not know this label, but the one of keys that are not encrypted.
    fn encrypted_key(&self) -> Result<Option<PrivatePkcs8KeyDer<'static>>, Error> {
        const BEGIN: &[u8] = b"-----BEGIN ENCRYPTED PRIVATE KEY-----";
        const END: &[u8] = b"-----END ENCRYPTED PRIVATE KEY-----";
        let Some(begin) = find(&self.bytes, BEGIN) else {
            return Ok(None);
        };
        let body = &self.bytes[begin + BEGIN.len()..];
        let end = find(body, END).unwrap_or(body.len());
        let text = [
            b"-----BEGIN PRIVATE KEY-----",
            &body[..end],
            b"-----END PRIVATE KEY-----\n",
        ];
        match PrivatePkcs8KeyDer::from_pem_slice(&text.concat()) {
            Ok(key) => Ok(Some(key)),
            Err(error) => Err(self.refuse(format!("PEM with a private key in it ({error})"))),
        }
    }

    fn decrypt(
        &self,
        key: &PrivatePkcs8KeyDer<'_>,
        password: Option<&Bytes>,
    ) -> Result<PrivateKeyDer<'static>, Error> {
        const OPTION: &str = "tls_private_key_password";
        let unsupported = || {
            self.refuse(
                "encrypted with PBES2, AES, and a hash of the SHA-2 family \
                 (`openssl pkcs8 -topk8 -v2 aes256` does that)",
            )
        };
        let Some(password) = password else {
            let bound = format!("the password of {}, which is encrypted", self.option);
            return Err(Error::invalid_option(OPTION, "not set", bound));
        };
        let info = pkcs8::EncryptedPrivateKeyInfoRef::try_from(key.secret_pkcs8_der())
            .map_err(|_| unsupported())?;
        match info.decrypt(password) {
            Ok(key) => Ok(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into()),
            // With a wrong password, one in 256 keys can be decrypted, to something that is none.
            Err(pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::DecryptFailed))
            | Err(pkcs8::Error::Asn1(_)) => Err(Error::invalid_option(
                OPTION,
                "(hidden)",
                format!("the password that {} is encrypted with", self.option),
            )),
            Err(_) => Err(unsupported()),
        }
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn contains(text: &[u8], what: &[u8]) -> bool {
    find(text, what).is_some()
}
