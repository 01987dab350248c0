//! Shared storage volumes, mounted over NFS by bare-metal rentals (contract §2.4).
