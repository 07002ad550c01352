//! A certificate authority for tests, made on the fly, and certificates that it issues: good ones,
//! and one for each reason to refuse one.

use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use pkcs8::pkcs5::pbes2;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PublicKeyData, date_time_ymd,
};

/// The names that `server.pem` is for.
pub const SERVER_NAMES: [&str; 5] = [
    "localhost",
    "*.lab.test",
    "broker.lab.test",
    "127.0.0.1",
    "::1",
];

/// The password of `client.pk8.encrypted.key`.
pub const PASSWORD: &str = "secret";

/// Issues certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
pub struct Issued {
    /// The certificate, in PEM.
    pub certificate: String,
    /// The certificate, in DER.
    pub certificate_der: Vec<u8>,
    /// Its private key: PKCS#8, in PEM.
    pub key: String,
    /// Its private key: PKCS#8, in DER.
    pub key_der: Vec<u8>,
    /// Its public key's SHA-256, in Base64.
    pub pin: String,
}

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Now.
    Now,
    /// Until the end of 2020.
    Past,
    /// From 2048 on.
    Future,
}

/// Whose certificate it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// A server's.
    Server,
    /// A client's.
    Client,
}

/// What kind of key a certificate has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Elliptic curve P-256, a new one.
    Ec,
    /// RSA with 2048 bits, one for the whole process; by openssl(1), as ring cannot make one.
    Rsa,
}

fn rsa_key() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| {
        let made = Command::new("openssl")
            .args(["genpkey", "-quiet", "-algorithm", "RSA"])
            .output()
            .expect("openssl");
        String::from_utf8(made.stdout).expect("PEM")
    })
}

impl Authority {
    /// An authority of this name.
    ///
    /// # Panics
    /// Where the system gives no randomness.
    pub fn new(name: &str) -> Self {
        let mut params = params(name, &[], Validity::Now);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        Authority(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    /// Its own certificate, in PEM.
    pub fn certificate(&self) -> String {
        self.0.pem()
    }

    /// Its own certificate, in DER.
    pub fn certificate_der(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }

    /// Its private key: PKCS#8, in DER.
    pub fn key_der(&self) -> Vec<u8> {
        self.0.key().serialize_der()
    }

    /// A server's certificate with a new key, valid now, for these names and IP addresses.
    pub fn server(&self, names: &[&str]) -> Issued {
        self.issue(names, Usage::Server, Validity::Now, Key::Ec)
    }

    /// A client's certificate with a new key.
    pub fn client(&self, name: &str) -> Issued {
        self.issue(&[name], Usage::Client, Validity::Now, Key::Ec)
    }

    /// A certificate for these names and IP addresses.
    ///
    /// # Panics
    /// Where a name is not one.
    pub fn issue(&self, names: &[&str], usage: Usage, validity: Validity, key: Key) -> Issued {
        let mut params = params(names.first().copied().unwrap_or("nobody"), names, validity);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        if key == Key::Rsa {
            // Key exchange by RSA alone is of TLS 1.2 and before.
            params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
        }
        params.extended_key_usages = vec![match usage {
            Usage::Server => ExtendedKeyUsagePurpose::ServerAuth,
            Usage::Client => ExtendedKeyUsagePurpose::ClientAuth,
        }];
        let key = match key {
            Key::Ec => KeyPair::generate().expect("a key"),
            Key::Rsa => KeyPair::from_pem(rsa_key()).expect("what openssl made"),
        };
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Issued {
            certificate: certificate.pem(),
            certificate_der: certificate.der().to_vec(),
            key: key.serialize_pem(),
            key_der: key.serialize_der(),
            pin: pin(&key.subject_public_key_info()),
        }
    }
}

impl Issued {
    /// The private key as encrypted PKCS#8 (PBES2: PBKDF2 with SHA-256, AES-256-CBC, as OpenSSL
    /// makes it), in PEM.
    ///
    /// # Panics
    /// Never, with keys of this crate.
    pub fn encrypted_key(&self, password: &str) -> String {
        self.key_encrypted_in(password, 2048)
    }

    /// The same with so many rounds, for tests that try many passwords.
    ///
    /// # Panics
    /// Never, with keys of this crate.
    pub fn key_encrypted_in(&self, password: &str, rounds: u32) -> String {
        let how = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(rounds, b"8 bytes.", [7; 16]);
        pkcs8::PrivateKeyInfoRef::try_from(self.key_der.as_slice())
            .and_then(|key| key.encrypt_with_params(how?, password))
            .and_then(|key| Ok(key.to_pem("ENCRYPTED PRIVATE KEY", pkcs8::LineEnding::LF)?))
            .expect("a key that can be encrypted")
            .to_string()
    }
}

fn params(common_name: &str, names: &[&str], validity: Validity) -> CertificateParams {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).expect("names and addresses");
    params
        .distinguished_name
        .push(DnType::OrganizationName, "mqttka tests");
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    let (from, to) = match validity {
        Validity::Now => (2020, 2049),
        Validity::Past => (2019, 2020),
        Validity::Future => (2048, 2049),
    };
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(to, 12, 31);
    params
}

/// SHA-256 of a SubjectPublicKeyInfo, in Base64.
fn pin(public_key: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = ring::digest::digest(&ring::digest::SHA256, public_key);
    let mut text = String::new();
    for bytes in digest.as_ref().chunks(3) {
        let at = |index: usize| u32::from(bytes.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            text.push(if digit <= bytes.len() {
                char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize])
            } else {
                '='
            });
        }
    }
    text
}

/// Writes an authority's certificate and all that it issues into `dir`, which is made where it is
/// not there. `server.pem` is also for `addresses`.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(dir: &Path, addresses: &[&str]) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let authority = Authority::new("mqttka test authority");
    let other = Authority::new("mqttka other authority");
    let names: Vec<&str> = SERVER_NAMES.iter().chain(addresses).copied().collect();
    let issue = |validity, key| authority.issue(&names, Usage::Server, validity, key);
    let put = |file: &str, text: &str| std::fs::write(dir.join(file), text);
    let both = |name: &str, issued: &Issued| {
        put(&format!("{name}.pem"), &issued.certificate)?;
        put(&format!("{name}.key"), &issued.key)
    };

    put("ca.pem", &authority.certificate())?;
    put("other_ca.pem", &other.certificate())?;
    let server = issue(Validity::Now, Key::Ec);
    both("server", &server)?;
    put("server.pin", &server.pin)?;
    both("expired", &issue(Validity::Past, Key::Ec))?;
    both("not_yet_valid", &issue(Validity::Future, Key::Ec))?;
    both("rsa", &issue(Validity::Now, Key::Rsa))?;
    both("wrong_host", &authority.server(&["elsewhere.test"]))?;
    both("untrusted", &other.server(&names))?;
    let client = authority.client("client.lab.test");
    both("client", &client)?;
    put("client.pk8.encrypted.key", &client.encrypted_key(PASSWORD))
}
