//! Whom connections trust: the system's authorities, or those that `SSL_CERT_FILE` names instead, and
//! those that `PLUMB_CA_FILE` names besides. What cannot be used is said before anything is sent: a
//! file that is passed over would show as a certificate that nobody vouches for.

use crate::environment::Environment;
use crate::problem::Problem;
use plumb_engine::Authorities;
use plumb_model::text::escape;
use plumb_model::{Code, Finding};
use std::fs;

/// Names the file that is trusted instead of the system's authorities, as OpenSSL and others have it.
const INSTEAD: &str = "SSL_CERT_FILE";
/// Names the file that is trusted besides.
const BESIDES: &str = "PLUMB_CA_FILE";

/// The authorities that are trusted besides the system's.
///
/// # Errors
/// When a variable names a file that cannot be read, or that has no certificate.
pub(crate) fn authorities(environment: &Environment) -> Result<Authorities, Problem> {
    // The client reads it by itself; here it is only seen to be readable.
    let _instead = named(INSTEAD, environment)?;
    Ok(named(BESIDES, environment)?.unwrap_or_default())
}

fn named(variable: &str, environment: &Environment) -> Result<Option<Authorities>, Problem> {
    let Some(path) = environment.variable(variable) else { return Ok(None) };
    let unusable = |why: String| {
        let message = format!("{variable} names {}, which cannot be used: {why}", escape(&path));
        let help = format!("name a file with certificates in PEM, or unset {variable}");
        Problem::from(Finding::error(Code::NO_CONNECTION, message).help(help))
    };
    let pem = fs::read(&path).map_err(|error| unusable(error.to_string()))?;
    Authorities::read(&pem).map(Some).map_err(|error| unusable(error.to_string()))
}
