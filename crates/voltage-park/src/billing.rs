//! What the account is billed: rate, transactions, monthly reports (contract §2.6).
