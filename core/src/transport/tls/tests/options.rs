//! Each option that can be wrong is named, with what it must be.

use std::path::PathBuf;

use bytes::Bytes;
use mqttka_authority::{Authority, Key, Usage, Validity};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;

use super::support::*;
use crate::error::Error;
use crate::transport::options::{Pem, TlsOptions};
use crate::transport::tls::TlsConnector;

fn wrong(options: &TlsOptions) -> (&'static str, String) {
    match TlsConnector::new(options) {
        Err(error @ Error::InvalidOption { option, .. }) => (option, error.to_string()),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn expect(options: &TlsOptions, option: &str, words: &str) {
    let (found, message) = wrong(options);
    assert_eq!(found, option, "{message}");
    assert!(message.contains(words), "{message}");
    assert!(!message.contains("secret"), "{message}");
}

#[test]
fn authorities() {
    let ca = |ca: Pem| TlsOptions {
        ca: Some(ca),
        ..TlsOptions::default()
    };
    let text = |text: &str| ca(Pem::Bytes(Bytes::from(text.to_owned())));
    let missing = PathBuf::from("/nowhere/ca.pem");
    expect(
        &ca(Pem::File(missing)),
        "tls_ca_file",
        "/nowhere/ca.pem; it must be a file that can be read",
    );
    expect(
        &text(""),
        "tls_ca",
        "0 bytes; it must be PEM with a certificate in it",
    );
    expect(&text(&good_server().key), "tls_ca", "BEGIN CERTIFICATE");
    let broken = authority().certificate().replace("M", "!");
    expect(&text(&broken), "tls_ca", "PEM with a certificate");
    let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    expect(&text(nonsense), "tls_ca", "valid certificates");

    let directory = std::env::temp_dir().join(format!("mqttka-ca-{}", std::process::id()));
    mqttka_authority::write(&directory, &["10.1.2.3"]).unwrap();
    let file = |name: &str| Some(Pem::File(directory.join(name)));
    let files = TlsOptions {
        ca: file("ca.pem"),
        certificate: file("client.pem"),
        private_key: file("client.pk8.encrypted.key"),
        private_key_password: Some(mqttka_authority::PASSWORD.into()),
        pins: vec![std::fs::read_to_string(directory.join("server.pin")).unwrap()],
        ..TlsOptions::default()
    };
    let made = TlsConnector::new(&files);
    let empty = TlsOptions {
        ca: file("server.pin"),
        ..TlsOptions::default()
    };
    expect(
        &empty,
        "tls_ca_file",
        "server.pin; it must be PEM with a certificate",
    );
    std::fs::remove_dir_all(&directory).unwrap();
    made.unwrap();
}

#[test]
fn identities() {
    let client = authority().client("client");
    let other = authority().client("client");
    let identity = |certificate: &str, key: &str| TlsOptions {
        certificate: pem(certificate),
        private_key: pem(key),
        ..trusting()
    };
    expect(
        &identity(&client.certificate, &other.key),
        "tls_private_key",
        "the key of the first certificate in tls_certificate",
    );
    expect(
        &identity(&client.certificate, &client.certificate),
        "tls_private_key",
        "PEM with a private key in it",
    );
    expect(
        &identity("", &client.key),
        "tls_certificate",
        "PEM with a certificate in it",
    );
    let alone = TlsOptions {
        certificate: pem(&client.certificate),
        ..trusting()
    };
    expect(
        &alone,
        "tls_private_key",
        "the private key of tls_certificate, which has none in it",
    );
    let alone = TlsOptions {
        private_key: pem(&client.key),
        ..trusting()
    };
    expect(
        &alone,
        "tls_certificate",
        "not set; it must be the certificate of tls_private_key",
    );
    let nonsense = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    expect(
        &identity(&client.certificate, nonsense),
        "tls_private_key",
        "a private key that can sign",
    );
}

#[test]
fn encrypted_keys() {
    let client = authority().client("client");
    let encrypted = |key: &str, password: Option<&'static str>| TlsOptions {
        certificate: pem(&client.certificate),
        private_key: pem(key),
        private_key_password: password.map(Bytes::from),
        ..trusting()
    };
    let key = client.encrypted_key("secret");
    expect(
        &encrypted(&key, None),
        "tls_private_key_password",
        "not set; it must be the password of tls_private_key",
    );
    for password in ["", "secret!", "Secret"] {
        expect(
            &encrypted(&key, Some(password)),
            "tls_private_key_password",
            "the password that tls_private_key is encrypted with",
        );
    }
    TlsConnector::new(&encrypted(&key, Some("secret"))).unwrap();
    TlsConnector::new(&encrypted(&client.key, Some("needless"))).unwrap();
    let cut: String = key
        .lines()
        .take(3)
        .map(|line| format!("{line}\n"))
        .collect();
    expect(&encrypted(&cut, Some("secret")), "tls_private_key", "");
    let old = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n";
    expect(
        &encrypted(old, Some("secret")),
        "tls_private_key",
        "openssl pkcs8 -topk8",
    );
    let other =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n";
    expect(
        &encrypted(other, Some("secret")),
        "tls_private_key",
        "PBES2",
    );
}

#[test]
fn keys_of_every_kind() {
    let rsa = Authority::new("rsa").issue(&["client"], Usage::Client, Validity::Now, Key::Rsa);
    let options = TlsOptions {
        certificate: pem(&rsa.certificate),
        private_key: pem(&rsa.key),
        ..trusting()
    };
    TlsConnector::new(&options).unwrap();
}

/// One wrong password in 256 decrypts the key to something, which is no key then.
#[test]
fn a_wrong_password_that_seems_to_fit() {
    let rsa = Authority::new("rsa").issue(&["client"], Usage::Client, Validity::Now, Key::Rsa);
    let key = rsa.key_encrypted_in("secret", 1);
    let text = key.replace("ENCRYPTED PRIVATE", "PRIVATE");
    let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).unwrap();
    let info = pkcs8::EncryptedPrivateKeyInfoRef::try_from(der.secret_pkcs8_der()).unwrap();
    let seems_to_fit =
        |password: &String| matches!(info.decrypt(password).err(), Some(pkcs8::Error::Asn1(_)));
    let wrong = (0..100_000).map(|number| format!("wrong {number}"));
    let password = wrong.into_iter().find(seems_to_fit).unwrap();
    let options = TlsOptions {
        certificate: pem(&rsa.certificate),
        private_key: pem(&key),
        private_key_password: Some(password.into()),
        ..trusting()
    };
    expect(
        &options,
        "tls_private_key_password",
        "the password that tls_private_key is encrypted with",
    );
}

#[test]
fn names_pins_and_protocols() {
    let alpn = |name: &str| TlsOptions {
        alpn: vec!["mqtt".into(), name.into()],
        ..trusting()
    };
    expect(
        &alpn(""),
        "tls_alpn",
        "0 bytes; it must be of 1 to 255 bytes",
    );
    expect(&alpn(&"x".repeat(256)), "tls_alpn", "256 bytes");
    TlsConnector::new(&alpn(&"x".repeat(255))).unwrap();
    for name in ["", "a host", "http://a.test"] {
        let options = TlsOptions {
            server_name: Some(name.into()),
            ..trusting()
        };
        expect(&options, "tls_server_name", "a DNS name or an IP address");
    }
    for pin in ["", "sha256/", "AAAA", "sha1/AAAA", &good_server().pin[1..]] {
        let options = TlsOptions {
            pins: vec![good_server().pin.clone(), pin.into()],
            ..trusting()
        };
        expect(&options, "tls_pins", "SHA-256 of a public key in Base64");
    }
}

#[test]
fn nothing_secret_is_printed() {
    let client = authority().client("client");
    let options = TlsOptions {
        certificate: pem(&client.certificate),
        private_key: pem(&client.encrypted_key("secret")),
        private_key_password: Some(Bytes::from_static(b"secret")),
        ..trusting()
    };
    let printed = format!("{options:?} {:?}", TlsConnector::new(&options).unwrap());
    assert!(
        !printed.contains("secret") && !printed.contains("BEGIN"),
        "{printed}"
    );
}

/// All clients share the platform's store; it goes with the last one.
#[test]
#[cfg(target_os = "linux")]
fn the_platforms_store_is_read_or_its_absence_told() {
    match TlsConnector::new(&TlsOptions::default()) {
        Ok(first) => {
            assert!(!first.blocks);
            TlsConnector::new(&TlsOptions::default()).unwrap();
        }
        Err(Error::InvalidOption { option, bound, .. }) => {
            assert_eq!(option, "tls_ca");
            assert!(bound.contains("no store of authorities"), "{bound}");
        }
        Err(other) => panic!("{other}"),
    }
}
