//! A folder in memory that forgets what was not synced: the disk of the crash tests here and in
//! the reliability programme. Every write, sync, rename and removal is a step that can be made to
//! fail, or to be the last one.

use crate::error::LedgerError;
use crate::folder::{Folder, Held, LogFile};
use crate::holding::{Holding, Unlocked};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Words of eight bytes that are rolled at most; what is longer repeats them. A reserve of space
/// would otherwise cost more than everything else a trial does.
const ROLLED: usize = 64;

/// What happens at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The process ends in the middle of it: a write is half done, and nothing works any more.
    Crash,
    /// It fails once, a write after its half.
    Error,
    /// It and everything later fails.
    Failing,
}

/// A disk in memory. Clones are handles on the same disk.
#[derive(Clone, Debug, Default)]
pub struct MemoryFolder(Arc<Mutex<Disk>>);

#[derive(Clone, Debug, Default)]
struct Disk {
    files: BTreeMap<u64, Content>,
    /// The names as they were after each change since the last sync; the first is durable.
    names: Vec<BTreeMap<String, u64>>,
    open_to_others: BTreeSet<String>,
    made: u64,
    capacity: Option<usize>,
    steps: u64,
    trouble: Option<(u64, Trouble)>,
    chance: Dice,
}

/// Bytes are shared until they are written: a disk is copied after every run of a trial.
#[derive(Clone, Debug, Default)]
struct Content {
    now: Arc<Vec<u8>>,
    durable: Arc<Vec<u8>>,
}

impl MemoryFolder {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty disk whose random bytes come from a seed.
    #[must_use]
    pub fn with_seed(seed: u64) -> Self {
        let folder = Self::new();
        folder.disk().chance = Dice(seed);
        folder
    }

    /// Lets at most so many bytes be on the disk; `None` for any number.
    pub fn limit(&self, bytes: Option<usize>) {
        self.disk().capacity = bytes;
    }

    /// Makes something happen at a step, counted from 1 over the disk's life.
    pub fn trouble_at(&self, step: u64, trouble: Trouble) {
        self.disk().trouble = Some((step, trouble));
    }

    /// How many steps there were.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.disk().steps
    }

    /// How many bytes are on the disk.
    #[must_use]
    pub fn used(&self) -> usize {
        self.disk().used()
    }

    /// Lets other users read a file.
    pub fn open_to_others(&self, name: &str) {
        self.disk().open_to_others.insert(name.to_owned());
    }

    /// Another disk with the same on it, and the same to come.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self(Arc::new(Mutex::new(self.disk().clone())))
    }

    /// The disk as the next process finds it after this one was killed: nothing written is lost.
    #[must_use]
    pub fn after_kill(&self) -> Self {
        let mut disk = self.disk().clone();
        disk.trouble = None;
        Self(Arc::new(Mutex::new(disk)))
    }

    /// The disk as it may be found after a loss of power: what was not synced is there, lost, cut
    /// short, or has holes of zeros, as the seed decides.
    #[must_use]
    pub fn after_power_loss(&self, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut disk = self.disk().clone();
        disk.trouble = None;
        let survived = dice.below(disk.names.len().max(1));
        disk.names = disk.names.get(survived).cloned().into_iter().collect();
        for content in disk.files.values_mut() {
            content.now = content.survive(&mut dice);
            content.durable = content.now.clone();
        }
        Self(Arc::new(Mutex::new(disk)))
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn survive(&self, dice: &mut Dice) -> Arc<Vec<u8>> {
        const SECTOR: usize = 512;
        if self.now == self.durable {
            return self.now.clone();
        }
        let kept = self.durable.len().min(self.now.len());
        let mut left = self.now.to_vec();
        match dice.below(4) {
            0 => return self.durable.clone(),
            1 => {}
            2 => left.truncate(kept + dice.below(self.now.len() - kept + 1)),
            _ => {
                let sector = (kept + dice.below(self.now.len() - kept + 1)) / SECTOR;
                let hole = left.iter_mut().enumerate().skip(kept);
                hole.filter(|(at, _)| at / SECTOR == sector).for_each(|(_, byte)| *byte = 0);
            }
        }
        Arc::new(left)
    }
}

impl Disk {
    fn step(&mut self) -> Result<(), Trouble> {
        self.steps += 1;
        match self.trouble {
            Some((step, Trouble::Error)) if step == self.steps => Err(Trouble::Error),
            Some((step, trouble @ (Trouble::Crash | Trouble::Failing))) if step <= self.steps => {
                Err(trouble)
            }
            _ => Ok(()),
        }
    }

    /// Whether the step that just failed is the crash itself, and not one after it.
    fn is_crashing(&self) -> bool {
        self.trouble.is_some_and(|(step, _)| step == self.steps)
    }

    fn used(&self) -> usize {
        let named: BTreeSet<u64> = self.current().into_values().collect();
        named.iter().filter_map(|file| self.files.get(file)).map(|content| content.now.len()).sum()
    }

    fn current(&self) -> BTreeMap<String, u64> {
        self.names.last().cloned().unwrap_or_default()
    }

    fn change_names(&mut self, change: impl FnOnce(&mut BTreeMap<String, u64>)) {
        let mut names = self.current();
        if self.names.is_empty() {
            self.names.push(BTreeMap::new());
        }
        change(&mut names);
        self.names.push(names);
    }

    fn write(&mut self, file: u64, bytes: &[u8]) -> io::Result<()> {
        let step = self.step();
        let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
        let room = self.capacity.map_or(usize::MAX, |all| all.saturating_sub(self.used()));
        let crashing = self.is_crashing();
        let Some(content) = self.files.get_mut(&file) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        if let Err(trouble) = step {
            if crashing {
                Arc::make_mut(&mut content.now).extend_from_slice(half);
            }
            return Err(failed(trouble));
        }
        let fits = bytes.get(..bytes.len().min(room)).unwrap_or_default();
        Arc::make_mut(&mut content.now).extend_from_slice(fits);
        if fits.len() < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&mut self, file: u64) -> io::Result<()> {
        self.step().map_err(failed)?;
        if let Some(content) = self.files.get_mut(&file) {
            content.durable = content.now.clone();
        }
        Ok(())
    }

    fn find(&self, name: &str) -> io::Result<u64> {
        let names = self.names.last();
        names.and_then(|names| names.get(name)).copied().ok_or(io::ErrorKind::NotFound.into())
    }
}

fn failed(trouble: Trouble) -> io::Error {
    io::Error::other(match trouble {
        Trouble::Crash => "the process has ended",
        Trouble::Error | Trouble::Failing => "the disk failed",
    })
}

impl Folder for MemoryFolder {
    fn place(&self) -> String {
        "memory".to_owned()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.disk().current().into_keys().collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let disk = self.disk();
        let file = disk.find(name)?;
        Ok(disk.files.get(&file).map(|content| content.now.to_vec()).unwrap_or_default())
    }

    fn length(&self, name: &str) -> io::Result<u64> {
        let disk = self.disk();
        let file = disk.find(name)?;
        Ok(disk.files.get(&file).map_or(0, |content| content.now.len() as u64))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.disk();
        disk.step().map_err(failed)?;
        disk.made += 1;
        let file = disk.made;
        disk.files.insert(file, Content::default());
        disk.change_names(|names| {
            names.insert(name.to_owned(), file);
        });
        disk.write(file, bytes)?;
        disk.sync(file)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.disk();
        disk.step().map_err(failed)?;
        let file = disk.find(from)?;
        disk.change_names(|names| {
            names.remove(from);
            names.insert(to.to_owned(), file);
        });
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut disk = self.disk();
        disk.step().map_err(failed)?;
        disk.change_names(|names| {
            names.remove(name);
        });
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut disk = self.disk();
        disk.step().map_err(failed)?;
        disk.names = vec![disk.current()];
        Ok(())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn LogFile>> {
        let file = self.disk().find(name)?;
        Ok(Box::new(MemoryLog { disk: self.clone(), file }))
    }

    fn prepare(&self) -> io::Result<()> {
        Ok(())
    }

    fn lock(&self, _holding: &Holding) -> Result<Box<dyn Held>, LedgerError> {
        Ok(Box::new(()))
    }

    fn unlock(&self) -> Result<Unlocked, LedgerError> {
        Ok(Unlocked::WasFree)
    }

    fn is_open_to_others(&self, name: &str) -> io::Result<bool> {
        let disk = self.disk();
        disk.find(name)?;
        Ok(disk.open_to_others.contains(name))
    }

    fn random(&self, count: usize) -> io::Result<Vec<u8>> {
        let chance = &mut self.disk().chance;
        let words = std::iter::repeat_with(|| chance.roll().to_le_bytes());
        let rolled: Vec<u8> = words.take(count.div_ceil(8).min(ROLLED)).flatten().collect();
        let mut bytes = rolled.repeat(count.div_ceil(rolled.len().max(1)));
        bytes.truncate(count);
        Ok(bytes)
    }
}

#[derive(Debug)]
struct MemoryLog {
    disk: MemoryFolder,
    file: u64,
}

impl LogFile for MemoryLog {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.disk().write(self.file, bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut disk = self.disk.disk();
        disk.step().map_err(failed)?;
        if let Some(content) = disk.files.get_mut(&self.file) {
            Arc::make_mut(&mut content.now).truncate(usize::try_from(length).unwrap_or(usize::MAX));
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.disk().sync(self.file)
    }
}

/// Numbers that look random and come from a seed alone (`SplitMix64`).
#[derive(Clone, Debug, Default)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from(self.roll() % bound).unwrap_or_default()
    }
}
