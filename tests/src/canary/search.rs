//! Searching everything that was kept for every secret in every form, in one pass.

use crate::canary::MARK;
use crate::canary::disguise::{Disguise, disguises, planted};
use crate::canary::keep::{Harness, SECRETS, WRITTEN};
use aho_corasick::AhoCorasick;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How much of a secret is shown where it was found.
const SHOWN: usize = 6;

/// Files of a harness below which something was not kept.
const LEAST: [(Harness, usize); 4] = [
    (Harness::Commands, 300),
    (Harness::Processes, 300),
    (Harness::Scenarios, 500),
    (Harness::Trials, 300),
];

/// A search for some secrets.
#[derive(Debug)]
pub struct Search {
    automaton: AhoCorasick,
    /// By the automaton's numbers: the secret, and the form.
    needles: Vec<(String, Disguise)>,
    secrets: BTreeSet<String>,
}

/// A place where a secret stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The file, or whatever was searched.
    pub place: String,
    /// Where in it, in bytes.
    pub at: usize,
    /// In which form.
    pub disguise: Disguise,
    /// The secret.
    pub secret: String,
}

/// Names the secret by its beginning only: this may stand in a log.
impl fmt::Display for Hit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, at, disguise, secret } = self;
        let shown: String = secret.chars().take(SHOWN).collect();
        write!(formatter, "{place}: byte {at}: {disguise:?} of {shown:?}… ({} bytes)", secret.len())
    }
}

/// What searching a folder came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Searched {
    /// How many secrets were searched for.
    pub secrets: usize,
    /// How many files were searched.
    pub files: usize,
    /// How many bytes.
    pub bytes: usize,
    /// Files of each harness.
    pub kept: BTreeMap<String, usize>,
    /// Where secrets stand.
    pub hits: Vec<Hit>,
}

impl Search {
    /// A search for these secrets, and for the mark.
    ///
    /// # Errors
    /// When there are more than can be searched at once.
    pub fn new(secrets: &BTreeSet<String>) -> Result<Self, String> {
        let all: BTreeSet<&str> = secrets.iter().map(String::as_str).chain([MARK]).collect();
        let mut needles = Vec::new();
        let mut patterns = Vec::new();
        for secret in &all {
            for (disguise, bytes) in disguises(secret) {
                needles.push(((*secret).to_owned(), disguise));
                patterns.push(bytes);
            }
        }
        let automaton = AhoCorasick::new(patterns).map_err(|error| error.to_string())?;
        let secrets = all.into_iter().map(str::to_owned).collect();
        Ok(Self { automaton, needles, secrets })
    }

    /// Where secrets stand in some bytes.
    #[must_use]
    pub fn hits(&self, place: &str, bytes: &[u8]) -> Vec<Hit> {
        let found = self.automaton.find_iter(bytes).filter_map(|found| {
            let (secret, disguise) = self.needles.get(found.pattern().as_usize())?.clone();
            Some(Hit { place: place.to_owned(), at: found.start(), disguise, secret })
        });
        found.collect()
    }

    /// Forms of the secrets that this search would not find: none, unless it is broken.
    #[must_use]
    pub fn blind_spots(&self) -> Vec<String> {
        let searched = self.secrets.iter().filter(|secret| !disguises(secret).is_empty());
        let missed = searched.flat_map(|secret| {
            let planted = planted(secret).into_iter();
            planted.filter(|(_, text)| self.hits("", text.as_bytes()).is_empty())
        });
        missed.map(|(disguise, text)| format!("{disguise:?}: {text}")).collect()
    }

    /// Searches every file below a folder but the secrets themselves, and the files' names.
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn folder(&self, root: &Path) -> io::Result<Searched> {
        let secrets = root.join(SECRETS);
        let mut searched = Searched { secrets: self.secrets.len(), ..Searched::default() };
        for path in files(root)?.into_iter().filter(|path| !path.starts_with(&secrets)) {
            let bytes = fs::read(&path)?;
            let place = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            searched.hits.extend(self.hits(&format!("the name {place}"), place.as_bytes()));
            searched.hits.extend(self.hits(&place, &bytes));
            searched.files += 1;
            searched.bytes += bytes.len();
            for harness in Harness::ALL.map(Harness::folder) {
                let is_its = path.starts_with(root.join(WRITTEN).join(harness));
                *searched.kept.entry(harness.to_owned()).or_default() += usize::from(is_its);
            }
        }
        Ok(searched)
    }
}

impl Searched {
    /// Why this shows nothing: a harness that kept too little, or nothing at all.
    #[must_use]
    pub fn emptiness(&self) -> Vec<String> {
        let few = LEAST.iter().filter_map(|(harness, least)| {
            let files = self.kept.get(harness.folder()).copied().unwrap_or_default();
            (files < *least).then(|| {
                format!(
                    "{} kept {files} files, and at least {least} were expected",
                    harness.folder()
                )
            })
        });
        few.collect()
    }
}

/// The secrets that harnesses remembered below a folder.
///
/// # Errors
/// When something cannot be read.
pub fn secrets(root: &Path) -> io::Result<BTreeSet<String>> {
    let read = |path: &PathBuf| fs::read(path);
    let texts = files(&root.join(SECRETS))?.iter().map(read).collect::<io::Result<Vec<_>>>()?;
    Ok(texts.into_iter().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect())
}

/// Every file below a folder, sorted.
fn files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const SECRETS_HERE: [&str; 3] =
        ["Canary+Notebook/7f3a91c5=", "Canary-login-\"5d81\"", "ra2.0badcafe.00112233445566778899"];

    fn search() -> Search {
        Search::new(&SECRETS_HERE.map(str::to_owned).into()).unwrap()
    }

    #[test]
    fn everything_that_is_planted_is_found() {
        assert_eq!(search().blind_spots(), [""; 0]);
        for secret in SECRETS_HERE.into_iter().chain(["a-canary5ecret-in-a-manifest"]) {
            for (disguise, text) in planted(secret) {
                let hits = search().hits("it", text.as_bytes());
                assert!(!hits.is_empty(), "{disguise:?} of {secret}: {text}");
            }
        }
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        let text = "Canary Notebook 7f3a91c5, canary secret, ra2.0badcafe";
        assert_eq!(search().hits("it", text.as_bytes()), []);
    }

    #[test]
    fn a_folder_is_searched_with_names_and_without_its_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("secrets/1", SECRETS_HERE[0]);
        write("written/trials/1-0-story", "nothing");
        write("written/commands/1-1-error", &format!("token: {}", SECRETS_HERE[0]));
        write(&format!("output/{}", SECRETS_HERE[2]), "nothing either");
        assert_eq!(secrets(folder.path()).unwrap(), BTreeSet::from([SECRETS_HERE[0].to_owned()]));
        let searched = search().folder(folder.path()).unwrap();
        let places: Vec<&str> = searched.hits.iter().map(|hit| hit.place.as_str()).collect();
        let name = format!("the name output/{}", SECRETS_HERE[2]);
        assert_eq!(places, [name.as_str(), "written/commands/1-1-error"]);
        assert_eq!((searched.files, searched.kept["commands"], searched.kept["trials"]), (3, 1, 1));
        assert_eq!(searched.emptiness().len(), 4);
        let shown = searched.hits[1].to_string();
        assert_eq!(shown, "written/commands/1-1-error: byte 7: Plain of \"Canary\"… (25 bytes)");
    }
}
