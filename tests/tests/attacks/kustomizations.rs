//! Kustomizations, which plumb does not read itself: the user's own tool builds them. Programs that
//! stand for the tool show what it is told and given, and what becomes of what it says.

use super::answer::Answer;
use super::measure::alone;
use plumb_manifest::{Outside, Resolved, load, resolve};
use plumb_model::{Code, Finding};
use plumb_tests::plumb::registry;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::MutexGuard;
use tempfile::TempDir;

/// What kustomize 5.5 says of a file above the kustomization.
const OUTSIDE: &str = "Error: accumulating resources: accumulation err='accumulating resources from \
                       '../../elsewhere/secret.yaml': security; file '/elsewhere/secret.yaml' is not \
                       in or below '/stack''";

/// The kustomization of the attack set, and a folder for programs; and the turn of the test it is for.
struct Place {
    folder: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), _alone: alone() };
        crate::make("kustomization", &place.stack());
        fs::create_dir(place.folder.path().join("tools")).unwrap();
        place
    }

    fn stack(&self) -> PathBuf {
        self.folder.path().join("stack")
    }

    /// A program that does what a shell script says.
    fn tool(self, name: &str, script: &str) -> Self {
        let tool = self.folder.path().join("tools").join(name);
        fs::write(&tool, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o700)).unwrap();
        self
    }

    /// What plumb makes of the folder where any variable that is asked for is there: what is passed
    /// on is what was asked for.
    fn resolved(&self) -> Resolved {
        let path = format!("{}:/usr/bin:/bin", self.folder.path().join("tools").display());
        let variable =
            |name: &str| Some(if name == "PATH" { path.clone() } else { name.to_lowercase() });
        let outside = Outside { variable: &variable, standard_input: None };
        let loaded = load(&[self.stack()], &outside);
        resolve(&loaded, &registry(), &outside)
    }

    fn said(&self, finding: &Finding) -> String {
        finding.message.replace(&self.stack().display().to_string(), "STACK")
    }
}

/// A kustomization may name programs, read the environment, and fetch from anywhere. The tool is
/// told to run none, is given nothing that is not its own, and is kept from networks.
#[test]
fn building_a_kustomization_gives_nothing_away() {
    let seen = tempfile::NamedTempFile::new().unwrap();
    let script = format!("(echo \"$@\"; env) > {}; exit 3", seen.path().display());
    let place = Place::new().tool("kustomize", &script);
    let Resolved { desired, findings, .. } = place.resolved();
    assert!(desired.is_none() && only(&findings).code == Code::KUSTOMIZE_FAILED, "{findings:?}");
    let seen = fs::read_to_string(seen.path()).unwrap();
    let (arguments, environment) = seen.split_once('\n').unwrap();
    assert_eq!(arguments, format!("build {}", place.stack().display()));
    // The shell that stands for the tool adds its own.
    let shell = ["PWD", "_", "SHLVL", "OLDPWD", "PATH"];
    let mut environment: Vec<&str> = environment
        .lines()
        .filter(|line| !shell.contains(&line.split('=').next().unwrap_or_default()))
        .collect();
    environment.sort_unstable();
    let expected = [
        "ALL_PROXY=http://127.0.0.1:9",
        "GIT_ALLOW_PROTOCOL=none",
        "GIT_TERMINAL_PROMPT=0",
        "HOME=home",
        "HTTPS_PROXY=http://127.0.0.1:9",
        "HTTP_PROXY=http://127.0.0.1:9",
        "LANG=lang",
        "SystemRoot=systemroot",
        "TEMP=temp",
        "TMPDIR=tmpdir",
        "USERPROFILE=userprofile",
    ];
    assert_eq!(environment, expected);
}

#[test]
fn without_a_tool_a_kustomization_is_refused_and_what_to_install_is_said() {
    let place = Place::new();
    let Answer { resolved: Resolved { desired, findings, .. }, .. } =
        super::answer::read(&place.stack());
    let finding = only(&findings);
    assert!(desired.is_none() && finding.code == Code::KUSTOMIZE_FAILED);
    let expected =
        "the kustomization STACK cannot be built: neither kustomize nor kubectl is installed";
    assert_eq!(place.said(finding), expected);
    assert!(finding.help.as_deref().is_some_and(|help| help.contains("install one of them")));
}

/// What lies outside is the tool's to refuse; that must end in nothing being loaded, not in less.
#[test]
fn what_the_tool_refuses_is_refused_in_its_words() {
    let script = format!("echo \"{OUTSIDE}\" >&2; echo 'kind: Workspace'; exit 1");
    let place = Place::new().tool("kustomize", &script);
    let Resolved { desired, findings, .. } = place.resolved();
    let finding = only(&findings);
    assert!(desired.is_none() && finding.code == Code::KUSTOMIZE_FAILED);
    let expected = format!(
        "the kustomization STACK cannot be built: kustomize ended with exit status: 1: {OUTSIDE}"
    );
    assert_eq!(place.said(finding), expected);
}

/// What the tool wrote is a manifest like any other: limits and places hold for it too.
#[test]
fn what_the_tool_writes_is_read_as_hostile_as_a_file() {
    for (output, code, line) in [
        ("yes '[' | head -c 8000000 | tr -d '\\n'", Code::TOO_LARGE, 1),
        ("yes 'a: b' | head -c 9000000", Code::KUSTOMIZE_FAILED, 0),
        ("printf '# \\342\\200\\256\\n'", Code::CONTROL_CHARACTER, 1),
        ("printf '\\377\\376'", Code::KUSTOMIZE_FAILED, 0),
        ("printf 'a: 1\\na: 2\\n'", Code::DUPLICATE_FIELD, 2),
        ("echo 'x: *y'", Code::SYNTAX, 1),
    ] {
        let place = Place::new().tool("kubectl", output);
        let Resolved { desired, findings, .. } = place.resolved();
        let found = findings.iter().find(|finding| finding.code == code);
        let found = found.unwrap_or_else(|| panic!("{output}: {findings:?}"));
        assert!(desired.is_none(), "{output}");
        assert_eq!(found.span.as_ref().map_or(0, |span| span.line), line, "{output}");
        let file = found.span.as_ref().map(|span| span.file.to_string());
        let expected = format!("{} (kubectl)", place.stack().display());
        assert!(file.is_none_or(|file| file == expected), "{output}: {found:?}");
    }
}

/// A link to a kustomization elsewhere is no way around the folder's border.
#[test]
fn a_kustomization_behind_a_link_is_not_built() {
    let place = Place::new().tool("kustomize", "echo 'a tool ran' >&2; exit 1");
    let root = place.folder.path().join("root");
    fs::create_dir(&root).unwrap();
    std::os::unix::fs::symlink(place.stack(), root.join("stack")).unwrap();
    let answer = super::answer::read(&root);
    let finding = only(&answer.resolved.findings);
    assert_eq!(finding.code, Code::UNREADABLE_FILE);
    assert!(finding.message.contains("leads out of the folder"), "{finding:?}");
    assert!(Path::new(&*finding.span.as_ref().unwrap().file).ends_with("stack"));
}

fn only(findings: &[Finding]) -> &Finding {
    assert_eq!(findings.len(), 1, "{findings:?}");
    &findings[0]
}
