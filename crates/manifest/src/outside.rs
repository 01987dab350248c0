//! What the caller gives of the world: environment variables and standard input.

/// What the manifests may ask of the world outside their files.
pub struct Outside<'a> {
    /// Looks an environment variable up by its full name.
    pub variable: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// Standard input, when it was given and a path `-` asks for it.
    pub standard_input: Option<String>,
}

impl std::fmt::Debug for Outside<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Outside(…)")
    }
}
