//! What hostile pull requests, servers and surroundings try, through the real binary. The list of
//! threats is docs/threat-model.md, which names the test of each; [`listed`] holds it to that.

mod answers;
mod certificates;
mod echoes;
mod ids;
mod key_files;
mod listed;
mod pull_request;
mod redirect;
mod surroundings;
pub(crate) mod wire;
mod words;
