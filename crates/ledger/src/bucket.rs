//! A shared store in an object storage: Amazon S3 and what speaks its protocol, Google Cloud
//! Storage, Azure Blob Storage.
//!
//! Where it is and who may use it come from the store's usual environment (`AWS_*`, `GOOGLE_*`,
//! `AZURE_*`), web identities of CI jobs among it. The requests run on a runtime of their own, so that
//! whoever appends need not run on one.

use crate::error::LedgerError;
use crate::objects::{Creation, Objects};
use crate::surroundings::{Surroundings, clock};
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::path::Path;
use object_store::{
    Certificate, ClientOptions, Error, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload,
    RetryConfig,
};
use plumb_model::text::innermost;
use std::fmt;
use std::io;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::runtime::Runtime;

/// So many objects are read at the same time.
const READS: usize = 16;

/// Letters of what a store says that are shown, where it does not say which of them are for people.
const LONGEST_WORDS: usize = 300;

/// How long a sign of life holds.
const PROMISE: Duration = Duration::from_mins(1);

/// How long one operation is tried again by the client, which knows the store's ways to say "later". What is
/// left after that is tried again by the ledger.
const PATIENCE: Duration = Duration::from_secs(20);

/// A store in an object storage.
pub(crate) struct Bucket {
    place: String,
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    promise: Duration,
    runtime: Option<Runtime>,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Bucket").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Bucket {
    /// The store at an address: `s3://`, `gs://` or `az://`, a bucket or container, a prefix. Nothing
    /// is asked of it yet.
    ///
    /// # Errors
    /// When the address is none, or the environment does not say who may use it.
    pub(crate) fn at(address: &str, surroundings: &Surroundings) -> Result<Self, LedgerError> {
        let refused = |why: String| LedgerError::BadAddress { address: address.to_owned(), why };
        let (scheme, rest) = address.split_once("://").unwrap_or_default();
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() || bucket.contains(['@', '?', '#']) || prefix.contains(['?', '#']) {
            let why = "it is not made of a bucket and a prefix".to_owned();
            return Err(LedgerError::BadAddress { address: format!("{scheme}://…"), why });
        }
        let prefix = Path::parse(prefix.trim_end_matches('/'));
        let prefix = prefix.map_err(|error| refused(error.to_string()))?;
        // A second install is refused and means that one is there already, which is what we want.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = match scheme {
            "s3" => amazon(bucket, surroundings),
            "gs" => google(bucket, surroundings),
            _ => azure(bucket, surroundings),
        };
        let store = store.map_err(|error| refused(error.to_string()))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("ledger-store")
            .enable_all()
            .build()
            .map_err(LedgerError::io("start a thread for", address))?;
        let promise = surroundings.promise.unwrap_or(PROMISE);
        Ok(Self { place: address.to_owned(), store, prefix, promise, runtime: Some(runtime) })
    }

    fn path(&self, name: &str) -> Path {
        self.prefix.clone().join(name)
    }

    /// Runs work on the store's own runtime, and waits for it.
    fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> io::Result<T> {
        let gone = || io::Error::other("the threads of the store have ended");
        let runtime = self.runtime.as_ref().ok_or_else(gone)?;
        let (sender, receiver) = mpsc::sync_channel(1);
        runtime.spawn(async move {
            // An error cannot be: whoever waits is still there.
            let _ = sender.send(work.await);
        });
        receiver.recv().map_err(|_| gone())?.map_err(|error| told(&error))
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        // Also from within another runtime, where waiting for threads is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Objects for Bucket {
    fn place(&self) -> String {
        self.place.clone()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let (store, prefix) = (self.store.clone(), self.prefix.clone());
        self.wait(async move {
            let found = store.list(Some(&prefix));
            let name = |found: object_store::ObjectMeta| {
                let mut below = found.location.prefix_match(&prefix)?;
                let first = below.next()?.as_ref().to_owned();
                below.next().is_none().then_some(first)
            };
            found.try_filter_map(|found| std::future::ready(Ok(name(found)))).try_collect().await
        })
    }

    fn read(&self, names: &[String]) -> io::Result<Vec<Vec<u8>>> {
        let paths: Vec<Path> = names.iter().map(|name| self.path(name)).collect();
        let store = self.store.clone();
        self.wait(async move {
            let read = |path: Path| {
                let store = store.clone();
                async move { Ok(store.get(&path).await?.bytes().await?.to_vec()) }
            };
            futures_util::stream::iter(paths).map(read).buffered(READS).try_collect().await
        })
    }

    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<Creation> {
        let (store, path) = (self.store.clone(), self.path(name));
        let payload = PutPayload::from(bytes.to_vec());
        self.wait(async move {
            match store.put_opts(&path, payload, PutMode::Create.into()).await {
                Ok(_) => Ok(Creation::Made),
                Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
                    Ok(Creation::Refused)
                }
                Err(error) => Err(error),
            }
        })
    }

    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (store, path) = (self.store.clone(), self.path(name));
        let payload = PutPayload::from(bytes.to_vec());
        self.wait(async move { store.put(&path, payload).await.map(|_| ()) })
    }

    fn remove(&self, names: &[String]) -> io::Result<()> {
        let paths: Vec<Path> = names.iter().map(|name| self.path(name)).collect();
        let store = self.store.clone();
        self.wait(async move {
            for path in paths {
                match store.delete(&path).await {
                    Ok(()) | Err(Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        })
    }

    fn promise(&self) -> Duration {
        self.promise
    }

    fn now(&self) -> Timestamp {
        clock()
    }
}

fn amazon(bucket: &str, surroundings: &Surroundings) -> Result<Arc<dyn ObjectStore>, Error> {
    let mut builder = AmazonS3Builder::new().with_bucket_name(bucket).with_retry(retry());
    builder = builder.with_client_options(options(surroundings)?);
    for (name, value) in surroundings.beginning("AWS_") {
        if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    Ok(Arc::new(builder.build()?))
}

fn google(bucket: &str, surroundings: &Surroundings) -> Result<Arc<dyn ObjectStore>, Error> {
    let mut builder = GoogleCloudStorageBuilder::new().with_bucket_name(bucket);
    builder = builder.with_retry(retry()).with_client_options(options(surroundings)?);
    for (name, value) in surroundings.beginning("GOOGLE_") {
        if let Ok(key) = name.to_ascii_lowercase().parse::<GoogleConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    Ok(Arc::new(builder.build()?))
}

fn azure(container: &str, surroundings: &Surroundings) -> Result<Arc<dyn ObjectStore>, Error> {
    let mut builder = MicrosoftAzureBuilder::new().with_container_name(container);
    builder = builder.with_retry(retry()).with_client_options(options(surroundings)?);
    for (name, value) in surroundings.beginning("AZURE_") {
        if let Ok(key) = name.to_ascii_lowercase().parse::<AzureConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    Ok(Arc::new(builder.build()?))
}

fn retry() -> RetryConfig {
    RetryConfig { retry_timeout: PATIENCE, ..RetryConfig::default() }
}

/// A store that does not answer in this time does not answer. Without authorities the system's are
/// trusted alone, or those that `SSL_CERT_FILE` names.
fn options(surroundings: &Surroundings) -> Result<ClientOptions, Error> {
    let options = ClientOptions::new()
        .with_connect_timeout(Duration::from_secs(10))
        .with_timeout(Duration::from_secs(30));
    surroundings.authorities.iter().try_fold(options, |options, der| {
        Ok(options.with_root_certificate(Certificate::from_der(der)?))
    })
}

/// What the store says, in its own words where it has some.
fn told(error: &Error) -> io::Error {
    const NO_PLACE: [&str; 3] = ["NoSuchBucket", "ContainerNotFound", "bucket does not exist"];
    let text = plumb_model::text::chain(error);
    let kind = match error {
        _ if NO_PLACE.iter().any(|words| text.contains(words)) => io::ErrorKind::InvalidInput,
        Error::NotFound { .. } => io::ErrorKind::NotFound,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            io::ErrorKind::PermissionDenied
        }
        _ => io::ErrorKind::Other,
    };
    let between = |begin: &str, end: &str| {
        Some(text.split_once(begin)?.1.split_once(end)?.0.trim().to_owned())
    };
    let said = between("<Message>", "</Message>").or_else(|| between("\"message\":\"", "\""));
    let said = said.unwrap_or_else(|| innermost(error).chars().take(LONGEST_WORDS).collect());
    io::Error::new(kind, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_a_call_is_said_and_not_all_around_it() {
        let around = |source: Box<dyn std::error::Error + Send + Sync>| {
            let error = Error::Generic { store: "a store", source };
            assert!(error.to_string().contains("a store"));
            error
        };
        let refused = io::Error::other("invalid peer certificate: UnknownIssuer");
        let error = around(Box::new(around(refused.into())));
        assert_eq!(told(&error).to_string(), "invalid peer certificate: UnknownIssuer");
    }
}
