//! Persistence: a world that survives the end of its process.
//!
//! The core is deterministic, so a world is its last snapshot and the requests that changed it
//! since. A data folder holds
//!
//! - `world.json`, the snapshot, replaced by rename;
//! - `log-N.jsonl`, the requests since snapshot N, appended before they are answered;
//! - `effects.jsonl`, every effect, appended;
//! - `lock`, held while a process uses the folder.
//!
//! Appends reach the operating system before an answer leaves, so killing the process loses
//! nothing that was answered; snapshots are synced to the disk. The files hold request bodies and
//! the synthetic API keys, and are readable by their owner only.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cloud::Cloud;
use crate::config::{ConfigError, WorldConfig};
use crate::dispatch::handle;
use crate::effects::Effect;
use crate::http::Request;
use crate::world::World;

/// The version of the files.
const FORMAT: u32 = 3;

/// Log entries after which a snapshot is taken, beside two for each object.
const ENTRIES_PER_SNAPSHOT: usize = 1000;

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process uses the folder.
    #[error("data folder {0} is in use by another sandbox")]
    Locked(PathBuf),
    /// A file cannot be read or written.
    #[error("sandbox file {0}")]
    File(PathBuf, #[source] io::Error),
    /// A file is not what it should be.
    #[error("sandbox file {0} is damaged")]
    Damaged(PathBuf, #[source] serde_json::Error),
    /// Effects are missing from their file.
    #[error("sandbox file {0} has lost effects")]
    EffectsLost(PathBuf),
    /// The configuration is none.
    #[error("sandbox configuration")]
    Config(#[source] ConfigError),
    /// The files are of another version.
    #[error("sandbox file {path} is of version {found}, this program writes {FORMAT}")]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
}

/// An open data folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    generation: u64,
    log: File,
    entries: usize,
    effects: File,
    effects_written: u64,
    /// How often a state was loaded at the last write: a loaded state has other effects.
    loads: u64,
    _lock: File,
}

/// One request of the log, with what the world does not know from it.
#[derive(Debug, Deserialize)]
struct Entry {
    /// Calls before the request: reads that changed nothing are not in the log.
    calls: u64,
    request: Request,
}

#[derive(Serialize)]
struct EntryRef<'a> {
    calls: u64,
    request: &'a Request,
}

#[derive(Deserialize)]
struct Snapshot {
    format: u64,
    #[serde(default)]
    generation: u64,
    #[serde(default)]
    world: Value,
}

#[derive(Serialize)]
struct SnapshotRef<'a> {
    format: u32,
    generation: u64,
    world: &'a World,
}

impl Store {
    /// Opens a data folder, making it when it is not there. A saved world goes on at its virtual
    /// time; of the configuration it keeps `seed`, `epoch` and what was seeded, the rest is the
    /// one given. Without a saved world a new one is made.
    ///
    /// The texts say what of the seed could not be made.
    ///
    /// # Errors
    ///
    /// See [`StoreError`].
    pub fn open(
        folder: &Path,
        config: WorldConfig,
        clouds: Vec<Box<dyn Cloud>>,
    ) -> Result<(World, Store, Vec<String>), StoreError> {
        std::fs::create_dir_all(folder).map_err(|e| StoreError::File(folder.to_owned(), e))?;
        let lock = lock(folder)?;
        let saved = load(folder, &clouds)?;
        let (world, generation, problems) = if let Some((mut world, generation)) = saved {
            world.configure(config).map_err(StoreError::Config)?;
            (world, generation, Vec::new())
        } else {
            let (world, problems) = World::new(config, clouds).map_err(StoreError::Config)?;
            (world, 0, problems)
        };
        let mut store = Store {
            log: create(&log_path(folder, generation + 1))?,
            effects: create(&folder.join("effects.jsonl.new"))?,
            folder: folder.to_owned(),
            generation,
            entries: 0,
            effects_written: 0,
            loads: world.loads,
            _lock: lock,
        };
        store.rewrite_effects(&world)?;
        store.snapshot(&world)?;
        Ok((world, store, problems))
    }

    /// Saves a request that changed the world; `calls` is the number of calls before it.
    ///
    /// # Errors
    ///
    /// When a file cannot be written; the request must not be answered then.
    pub fn append(
        &mut self,
        world: &World,
        calls: u64,
        request: &Request,
    ) -> Result<(), StoreError> {
        if world.loads != self.loads {
            self.loads = world.loads;
            self.rewrite_effects(world)?;
            return self.snapshot(world);
        }
        let path = log_path(&self.folder, self.generation);
        write_line(&mut self.log, &path, &EntryRef { calls, request })?;
        self.entries += 1;
        self.append_effects(world)?;
        if self.entries >= ENTRIES_PER_SNAPSHOT + 2 * world.object_count() {
            self.snapshot(world)?;
        }
        Ok(())
    }

    /// Saves the whole world and starts a new log.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub fn snapshot(&mut self, world: &World) -> Result<(), StoreError> {
        self.append_effects(world)?;
        let effects = self.folder.join("effects.jsonl");
        self.effects.sync_all().map_err(|e| StoreError::File(effects, e))?;
        let generation = self.generation + 1;
        let log = create(&log_path(&self.folder, generation))?;
        let path = self.folder.join("world.json");
        let snapshot = SnapshotRef { format: FORMAT, generation, world };
        let text =
            serde_json::to_vec(&snapshot).map_err(|e| StoreError::Damaged(path.clone(), e))?;
        replace(&self.folder, &path, &text)?;
        // Only now is the old log of no use; a leftover one is never read.
        drop(std::fs::remove_file(log_path(&self.folder, self.generation)));
        self.log = log;
        self.generation = generation;
        self.entries = 0;
        Ok(())
    }

    fn append_effects(&mut self, world: &World) -> Result<(), StoreError> {
        let path = self.folder.join("effects.jsonl");
        for effect in world.effects().since(self.effects_written) {
            write_line(&mut self.effects, &path, effect)?;
            self.effects_written = effect.id;
        }
        Ok(())
    }

    /// Replaces the file of effects by the world's.
    fn rewrite_effects(&mut self, world: &World) -> Result<(), StoreError> {
        let new = self.folder.join("effects.jsonl.new");
        let path = self.folder.join("effects.jsonl");
        self.effects = create(&new)?;
        self.effects_written = 0;
        self.append_effects(world)?;
        std::fs::rename(&new, &path).map_err(|e| StoreError::File(path, e))
    }
}

/// The saved world and the generation of its snapshot, when there is one.
fn load(folder: &Path, clouds: &[Box<dyn Cloud>]) -> Result<Option<(World, u64)>, StoreError> {
    let path = folder.join("world.json");
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(problem) => return Err(StoreError::File(path, problem)),
    };
    let damaged = |problem| StoreError::Damaged(path.clone(), problem);
    let snapshot: Value = serde_json::from_slice(&text).map_err(damaged)?;
    let snapshot = Snapshot::deserialize(&snapshot).map_err(damaged)?;
    if snapshot.format != u64::from(FORMAT) {
        return Err(StoreError::Version { path, found: snapshot.format });
    }
    let mut world = World::restored(&snapshot.world, clouds.to_vec()).map_err(damaged)?;
    let path = folder.join("effects.jsonl");
    let mut effects: Vec<Effect> = read_lines(&path)?;
    let count = usize::try_from(world.saved_effect_count()).unwrap_or(usize::MAX);
    if effects.len() < count {
        return Err(StoreError::EffectsLost(path));
    }
    // Later effects come again with the requests that had them.
    effects.truncate(count);
    world.stage.restore_effects(effects);
    for entry in read_lines::<Entry>(&log_path(folder, snapshot.generation))? {
        world.stage.calls = entry.calls;
        handle(&mut world, &entry.request);
    }
    Ok(Some((world, snapshot.generation)))
}

/// The values of a file with one on each line; none when there is no file. A last line without
/// its end was cut off by the end of the process and is left out.
fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, StoreError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(problem) => return Err(StoreError::File(path.to_owned(), problem)),
    };
    let mut reader = BufReader::new(file);
    let mut values = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line);
        read.map_err(|problem| StoreError::File(path.to_owned(), problem))?;
        let Some((b'\n', text)) = line.split_last() else { return Ok(values) };
        let value: serde_json::Result<Value> = serde_json::from_slice(text);
        let value = value.and_then(|value| T::deserialize(&value));
        values.push(value.map_err(|problem| StoreError::Damaged(path.to_owned(), problem))?);
    }
}

fn write_line<T: Serialize>(file: &mut File, path: &Path, value: &T) -> Result<(), StoreError> {
    let text = serde_json::to_vec(value);
    let mut text = text.map_err(|problem| StoreError::Damaged(path.to_owned(), problem))?;
    text.push(b'\n');
    file.write_all(&text).map_err(|problem| StoreError::File(path.to_owned(), problem))
}

/// Replaces a file so that it is always either the old or the new one.
fn replace(folder: &Path, path: &Path, text: &[u8]) -> Result<(), StoreError> {
    let new = path.with_extension("json.new");
    let write = || -> io::Result<()> {
        let mut file = options().truncate(true).open(&new)?;
        file.write_all(text)?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|problem| StoreError::File(path.to_owned(), problem))
}

fn create(path: &Path) -> Result<File, StoreError> {
    options().truncate(true).open(path).map_err(|e| StoreError::File(path.to_owned(), e))
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("lock");
    let file = options().open(&path).map_err(|e| StoreError::File(path.clone(), e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::Locked(folder.to_owned())),
        Err(std::fs::TryLockError::Error(problem)) => Err(StoreError::File(path, problem)),
    }
}

/// Options to write a file only its owner may read.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

fn log_path(folder: &Path, generation: u64) -> PathBuf {
    folder.join(format!("log-{generation}.jsonl"))
}
