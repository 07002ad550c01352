//! The broker's certificate and its authority's, in a folder of their own for as long as they are read.

use std::fs::{self, DirBuilder};
use std::io;
use std::net::IpAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process;

use mqttka_authority::Authority;

use crate::clock::Moment;

/// The folder, gone when dropped.
#[derive(Debug)]
pub(crate) struct Certificates(PathBuf);

impl Certificates {
    /// Makes an authority, and a certificate for this address.
    pub(crate) fn new(broker: IpAddr) -> io::Result<Self> {
        let name = format!("mqttka-demo-{}-{}", process::id(), Moment::now().0);
        let folder = std::env::temp_dir().join(name);
        // It is an error where it is there already: nobody else's files are trusted.
        DirBuilder::new().mode(0o700).create(&folder)?;
        let certificates = Self(folder);
        let authority = Authority::new("mqttka's demo");
        let issued = authority.server(&[&broker.to_string()]);
        fs::write(authority_file(&certificates.0), authority.certificate())?;
        fs::write(certificate_file(&certificates.0), issued.certificate)?;
        fs::write(key_file(&certificates.0), issued.key)?;
        Ok(certificates)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }
}

impl Drop for Certificates {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What the phone trusts.
pub(crate) fn authority_file(folder: &Path) -> PathBuf {
    folder.join("ca.pem")
}

pub(crate) fn certificate_file(folder: &Path) -> PathBuf {
    folder.join("server.pem")
}

pub(crate) fn key_file(folder: &Path) -> PathBuf {
    folder.join("server.key")
}
