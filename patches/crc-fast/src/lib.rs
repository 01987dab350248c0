//! What `object_store` uses of `crc-fast`: the checksum that S3 may be told to ask for
//! (`AWS_CHECKSUM_ALGORITHM=crc64nvme`). The whole crate carries the tables of all others too, 0.7 MB of what
//! ships: docs/decisions/0110-what-ships-is-small.md. Delete this, and the line in the workspace's
//! `[patch.crates-io]`, when `object_store` asks for it only where it is wanted.

use crc::{CRC_64_NVME, Crc, NoTable};

/// Ledgers are appended to some kilobytes at a time: no table is worth its place.
static CRC64_NVME: Crc<u64, NoTable> = Crc::<u64, NoTable>::new(&CRC_64_NVME);

/// A checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrcAlgorithm {
    /// The one that solid-state disks use, in 64 bits.
    Crc64Nvme,
}

/// A checksum of what comes in parts.
pub struct Digest(crc::Digest<'static, u64, NoTable>);

impl std::fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Digest").finish_non_exhaustive()
    }
}

impl Digest {
    /// Of nothing so far.
    #[must_use]
    pub fn new(CrcAlgorithm::Crc64Nvme: CrcAlgorithm) -> Self {
        Self(CRC64_NVME.digest())
    }

    /// Takes a further part in.
    pub fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    /// The checksum of all parts.
    #[must_use]
    pub fn finalize(self) -> u64 {
        self.0.finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(parts: &[&[u8]]) -> u64 {
        let mut digest = Digest::new(CrcAlgorithm::Crc64Nvme);
        for part in parts {
            digest.update(part);
        }
        digest.finalize()
    }

    /// The check value that the NVM Command Set Specification gives, and two of its vectors.
    #[test]
    fn it_is_that_of_nvme() {
        assert_eq!(of(&[b"123456789"]), 0xae8b_1486_0a79_9888);
        assert_eq!(of(&[b"1234", b"", b"56789"]), 0xae8b_1486_0a79_9888);
        assert_eq!(of(&[&[0; 4096]]), 0x6482_d367_eb22_b64e);
        assert_eq!(of(&[&[0xff; 4096]]), 0xc0dd_ba73_02ec_a3ac);
    }
}
