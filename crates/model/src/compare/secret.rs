//! What becomes of a place where a secret is declared.

use super::Walk;
use super::equal::{same_case, same_json};
use crate::body::Body;
use crate::plan::{HiddenReason, Shown};
use crate::rules::Facets;
use crate::text::{Secret, is_mask};
use zeroize::Zeroizing;

impl Walk<'_> {
    /// A secret: compared with the live value when the field comes back, else by keyed hash.
    pub(super) fn secret(&mut self, secret: &Secret, live: Option<&Body>, facets: Facets) {
        let recorded = self.given.sent.and_then(|sent| sent.hashes.get(&self.path));
        let readable = live.and_then(Body::bare).filter(|text| !is_mask(text));
        let same = match (readable.as_deref().filter(|_| !facets.write_only), recorded) {
            (Some(text), _) => {
                secret.is(text)
                    || (facets.json && same_json(text, secret.expose()))
                    || (facets.case_insensitive && same_case(text, secret.expose()))
            }
            (None, Some(recorded)) => *recorded == self.given.hash_key.of(secret),
            // A field that comes back as it is, and is not there, was never set.
            (None, None) if live.is_none() && !facets.secret && !facets.recorded => {
                secret.expose().is_empty()
            }
            (None, None) => return self.hide_if(true, HiddenReason::NotRecorded),
        };
        if same {
            let unseen = readable.is_none() || facets.write_only;
            return self.hide_if(unseen, HiddenReason::MaskedSecret);
        }
        let nothing = live.is_none() && recorded.is_none();
        let before = if nothing { Shown::Absent } else { Shown::Secret };
        let was = |text: &str| match (readable.as_deref().filter(|_| !facets.write_only), recorded)
        {
            (Some(readable), _) => readable == text,
            (None, Some(recorded)) => *recorded == self.given.hash_key.hash(text),
            (None, None) => false,
        };
        let only_ends = with_other_line_ends(secret).iter().any(|text| was(text));
        self.differ(before, if only_ends { Shown::SecretLineEnds } else { Shown::Secret }, facets);
    }
}

/// A secret with every other form of its line ends: without one at its end and with one, in the
/// forms of Unix and of Windows.
fn with_other_line_ends(secret: &Secret) -> [Zeroizing<String>; 4] {
    let unix = secret.expose().replace("\r\n", "\n");
    let bare = unix.trim_end_matches('\n').to_owned();
    let ended = format!("{bare}\n");
    [bare.replace('\n', "\r\n"), ended.replace('\n', "\r\n"), bare, ended].map(Zeroizing::new)
}
