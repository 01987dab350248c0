//! Whom a connection may trust besides those the system trusts: the authorities of an operator's own
//! network, whose proxy reads what passes, say.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Certificates of authorities. None of them is taken on trust by their form alone: each can vouch.
#[derive(Clone, Debug, Default)]
pub struct Authorities(Vec<CertificateDer<'static>>);

/// A text holds no certificate of an authority.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAuthority {
    /// There is none in it.
    #[error("there is no certificate in it: it needs -----BEGIN CERTIFICATE----- and what follows")]
    Empty,
    /// What looks like one is none.
    #[error("its certificate {0} cannot be read")]
    Malformed(usize),
}

impl Authorities {
    /// Reads every certificate of a file in PEM; what else is in it is passed over.
    ///
    /// # Errors
    /// When there is none, or one that cannot vouch for anybody.
    pub fn read(pem: &[u8]) -> Result<Self, NoAuthority> {
        let mut found = Vec::new();
        for (index, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let malformed = NoAuthority::Malformed(index + 1);
            let certificate = certificate.map_err(|_| malformed.clone())?;
            RootCertStore::empty().add(certificate.clone()).map_err(|_| malformed)?;
            found.push(certificate);
        }
        if found.is_empty() { Err(NoAuthority::Empty) } else { Ok(Self(found)) }
    }

    /// Each of them, in DER.
    pub fn certificates_in_der(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|certificate| &**certificate)
    }

    /// As the client below has them.
    pub(super) fn certificates(&self) -> Result<Vec<reqwest::Certificate>, reqwest::Error> {
        self.0.iter().map(|der| reqwest::Certificate::from_der(der)).collect()
    }
}
