//! SSH public keys of the organization (contract §2.5).
