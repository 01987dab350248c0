//! `plumb policy`: tries rails and policies on cases. Offline, and without keys.

mod cases;

use super::prelude::{
    Args, Context, Ended, Exit, JsonSchema, Output, Paths, Problem, Serialize, Subcommand,
    ValueEnum,
};
use crate::report::{self, Report};
use crate::stack::{self, Manifested, Unset};
use cases::{Case, Expected, Refusal, Word};
use plumb_manifest::Outside;
use plumb_model::text::escape;
use plumb_model::{Address, Code, Desired, Finding, Money, Policy as Allowed, ResourceKey};
use plumb_render::junit::{self, Failure, Found};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Try rails and policies on cases.
#[derive(Debug, Args)]
pub(crate) struct Policy {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say which cases the rails and policies of a stack judge as expected.
    Test(Test),
}

#[derive(Debug, Args)]
struct Test {
    #[command(flatten)]
    paths: Paths,
    /// A file of cases [default: policies/*.test.yaml beside plumb.yaml].
    #[arg(long, value_name = "FILE")]
    cases: Vec<PathBuf>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: TestFormat,
}

/// The forms of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum TestFormat {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
    /// For CI that shows test results.
    Junit,
}

/// What the cases came to.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Tried {
    /// The stack whose rules were tried.
    stack: String,
    /// How many cases passed.
    passed: usize,
    /// How many did not.
    failed: usize,
    /// Each case, in the order of files and of places in them.
    cases: Vec<TriedCase>,
}

/// What one case came to.
#[derive(Debug, Serialize, JsonSchema)]
struct TriedCase {
    /// The file it stands in.
    file: String,
    /// What it is called.
    name: String,
    /// Whether each rule said what was expected of it.
    passed: bool,
    /// The rules of which something was expected.
    rules: Vec<TriedRule>,
}

/// What a rule said.
#[derive(Debug, Serialize, JsonSchema)]
struct TriedRule {
    /// The rail or the policy.
    rule: String,
    /// `pass`, or `refuse` and what words it should have in it.
    expected: String,
    /// What it refused with; nothing where it passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    /// Whether that was expected.
    passed: bool,
}

impl Policy {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let What::Test(test) = &self.what;
        test.run(context)
    }
}

impl Test {
    fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let manifested = stack::read(&self.paths.all(), Unset::Open, context)?;
        let loaded = &manifested.loaded;
        let mut tried =
            Tried { stack: loaded.stack.name.clone(), passed: 0, failed: 0, cases: Vec::new() };
        for file in cases::files(&loaded.root, &self.cases)? {
            for case in cases::read(&file)? {
                tried.cases.push(tried_case(&file, &case, &manifested, context)?);
            }
        }
        tried.passed = tried.cases.iter().filter(|case| case.passed).count();
        tried.failed = tried.cases.len().saturating_sub(tried.passed);
        context.output.data(&match self.format {
            TestFormat::Human => tried.human(&context.output),
            TestFormat::Json => report::json(&tried),
            TestFormat::Junit => junit::suite("plumb policy", &tried.tests()),
        });
        Ok(match tried.failed {
            0 => Exit::Done.into(),
            1 => Ended::because(Exit::Error, "1 case failed"),
            failed => Ended::because(Exit::Error, format!("{failed} cases failed")),
        })
    }
}

/// One case before the rules of the stack.
fn tried_case(
    file: &Path,
    case: &Case,
    of: &Manifested,
    context: &Context,
) -> Result<TriedCase, Problem> {
    let stack = &of.loaded.stack;
    let rails = stack.rails.rails.iter().map(|rail| (&rail.name, format!("guard rail {rail}: ")));
    let policies = stack.policies.iter().map(|policy| (&policy.name, format!("policy {policy}: ")));
    let rules: Vec<(&String, String)> = rails.chain(policies).collect();
    let wrong = |why: String| {
        let message = format!("{}, case {}: {why}", file.display(), escape(&case.name));
        Problem::from(Finding::error(Code::INVALID_VALUE, message))
    };
    if let Some(name) = case.expect.keys().find(|name| !rules.iter().any(|(rule, _)| rule == name))
    {
        return Err(wrong(format!("plumb.yaml has no rail and no policy called {}", escape(name))));
    }
    let desired = fleet(file, case, of, context)?;
    let mut prices: BTreeMap<ResourceKey, Money> = BTreeMap::new();
    for (address, amount) in &case.hourly {
        let parsed: Address =
            address.parse().map_err(|_| wrong(format!("{} is no address", escape(address))))?;
        let key = desired.resources().keys().find(|key| parsed.names(key));
        let key = key.ok_or_else(|| wrong(format!("the fleet has no {}", escape(address))))?;
        let amount =
            amount.read().ok_or_else(|| wrong(format!("{} costs no amount", escape(address))))?;
        prices.insert(key.clone(), amount);
    }
    let policy = Allowed {
        prices: stack.prices.clone(),
        rails: stack.rails.clone(),
        policies: stack.policies.clone(),
        ..Allowed::default()
    };
    let refusals = plumb_reconcile::judge(&desired, &prices, &policy);
    let said = |rule: &str| {
        let starts = || rules.iter().filter(|(name, _)| *name == rule).map(|(_, start)| &**start);
        let of_it = |message: &str| {
            starts().find_map(|start| message.strip_prefix(start)).map(str::to_owned)
        };
        let said: Vec<String> = refusals.iter().filter_map(|it| of_it(&it.message)).collect();
        (!said.is_empty()).then(|| said.join("; "))
    };
    let rules: Vec<TriedRule> =
        case.expect.iter().map(|(rule, expected)| tried_rule(rule, expected, said(rule))).collect();
    Ok(TriedCase {
        file: file.display().to_string(),
        name: case.name.clone(),
        passed: rules.iter().all(|rule| rule.passed),
        rules,
    })
}

fn tried_rule(rule: &str, expected: &Expected, refused: Option<String>) -> TriedRule {
    let passed = match (expected, &refused) {
        (Expected::Word(Word::Pass), refused) => refused.is_none(),
        (Expected::Refusal(Refusal { refuse: words }), Some(refused)) => refused.contains(words),
        (Expected::Refusal(_), None) => false,
    };
    let expected = match expected {
        Expected::Word(Word::Pass) => "pass".to_owned(),
        Expected::Refusal(Refusal { refuse: words }) => format!("refuse: {words}"),
    };
    TriedRule { rule: rule.to_owned(), expected, refused, passed }
}

/// Everything that there is in a case.
fn fleet(file: &Path, case: &Case, of: &Manifested, context: &Context) -> Result<Desired, Problem> {
    let beside = file.parent().unwrap_or(Path::new("."));
    let mut paths: Vec<PathBuf> = case.manifests.iter().map(|path| beside.join(path)).collect();
    let inline = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": &case.resources});
    if paths.is_empty() || !case.resources.is_empty() {
        paths.push(PathBuf::from("-"));
    }
    let variable = |name: &str| context.environment.variable(name);
    let outside = Outside { variable: &variable, standard_input: Some(inline.to_string()) };
    let loaded = plumb_manifest::load(&paths, &outside);
    let resolved = plumb_manifest::resolve(&loaded, &of.registry, &outside);
    resolved.desired.ok_or_else(|| {
        let excerpts = plumb_manifest::excerpts(&loaded, &of.registry, &resolved.findings);
        context.output.message(&format!("{}, case {}:", file.display(), escape(&case.name)));
        Problem::findings(resolved.findings, excerpts)
    })
}

impl TriedRule {
    /// What it said, where that was not expected.
    fn surprise(&self) -> Option<String> {
        let said = self
            .refused
            .as_deref()
            .map_or("it passes".to_owned(), |said| format!("it refuses: {said}"));
        (!self.passed)
            .then(|| escape(&format!("{}: expected to {}, and {said}", self.rule, self.expected)))
    }
}

impl Report for Tried {
    fn human(&self, _: &Output) -> String {
        let mut lines = Vec::new();
        for case in &self.cases {
            let word = if case.passed { "ok  " } else { "FAIL" };
            lines.push(format!("{word} {} ({})", escape(&case.name), escape(&case.file)));
            lines.extend(
                case.rules.iter().filter_map(TriedRule::surprise).map(|it| format!("     {it}")),
            );
        }
        lines.push(format!("{} passed, {} failed.", self.passed, self.failed));
        lines.join("\n")
    }
}

impl Tried {
    fn tests(&self) -> Vec<junit::Case> {
        let failure = |message: String| Failure {
            found: Found::Wrong,
            kind: "policy".to_owned(),
            text: message.clone(),
            message,
        };
        let test = |case: &TriedCase| junit::Case {
            name: case.name.clone(),
            file: Some(case.file.clone()),
            failures: case.rules.iter().filter_map(TriedRule::surprise).map(failure).collect(),
            notes: Vec::new(),
        };
        self.cases.iter().map(test).collect()
    }
}
